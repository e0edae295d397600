/* Inside of the draft, for its own files. */
#pragma once

#include "state/draft.h"

struct _AmDraft
{
  GObject parent_instance;

  GPtrArray *recipes; /* AmRecipe *: stages, the last is edited */
  GPtrArray *undo;    /* GPtrArray * of stages, the newest last */
  GPtrArray *redo;
  GPtrArray *parked;             /* char *: models that a method with fewer slots had no place for */
  AmAlignSettings *parked_align; /* those that were switched off, or %NULL */
  char *topic;                   /* of the last step, or %NULL */
  guint depth;                   /* of am_draft_begin() */
  gboolean pushed_step;          /* the open change pushed one */

  GPtrArray *targets; /* AmBlockValues * */
  gboolean is_syncing;
  gboolean is_linked;
  AmFamily family;
  char **blocks;
  char *architecture;

  AmFindStatistics find_statistics; /* or %NULL */
  gpointer find_statistics_data;

  char *output_folder;
  char *name_template;
  gboolean embeds_metadata;
};

/* The stage being edited. */
AmRecipe *am_draft_peek (AmDraft *self);

/* Whether each model has a ratio, and so block weights, of its own. @method: (nullable). */
gboolean am_method_has_own_ratios (const AmMethod *method);

/* Forgets the alignment that was switched off. */
void am_draft_forget_align (AmDraft *self);

/* Model of a slot, or %NULL where there is none (a base not chosen). */
AmRecipeModel *am_draft_find_model (AmDraft *self, guint slot);

/* Gives the method the slots it needs, from parked models first. */
void am_draft_fit_slots (AmDraft *self, AmRecipe *recipe);

/* Lets go of statistics and data. */
void am_draft_clear_files (AmRecipeModel *model);

/* Lets go of files that @to does not take, and finds those it needs. @from: (nullable). */
void am_draft_fit_files (AmDraft *self, AmRecipe *recipe, const AmMethod *from, const AmMethod *to);

/* Lets go of stages whose result is no longer used: with them the recipe could not be read again. */
void am_draft_drop_unused_stages (AmDraft *self);

/* Shows the recipe's block weights in the values objects. */
void am_draft_sync_targets (AmDraft *self);
