/* The merge being edited: a recipe with undo, and what the pages need to show and change it. */
#pragma once

#include <gio/gio.h>

#include "amalgam.h"
#include "state/block-values.h"

G_BEGIN_DECLS

#define AM_TYPE_DRAFT (am_draft_get_type ())
G_DECLARE_FINAL_TYPE (AmDraft, am_draft, AM, DRAFT, GObject)

/**
 * am_draft_new:
 *
 * Starts with weighted_sum and two empty slots. Of the main thread.
 *
 * The recipe itself is the truth: whatever a loaded recipe holds that no control shows (filters, gradients,
 * earlier stages) stays in it. An empty slot is a model whose path is "".
 *
 * Signal "changed": after every change, undo and redo included. Properties "can-undo" and "can-redo".
 */
AmDraft *am_draft_new (void);

/* The last stage: borrowed, valid until the next change. */
const AmRecipe *am_draft_get_recipe (AmDraft *self);

/* All stages; (transfer full). */
GPtrArray *am_draft_dup_recipes (AmDraft *self);

/**
 * am_draft_begin:
 * @topic: (nullable): changes of one topic that follow each other in one stroke make one step of undo
 *
 * Opens the recipe for changes. Returns: (transfer none): the recipe to change until am_draft_end().
 */
AmRecipe *am_draft_begin (AmDraft *self, const char *topic);

/* Puts slots and blocks in order after a change and emits "changed". */
void am_draft_end (AmDraft *self);

/* Replaces everything; undoable. */
void am_draft_load (AmDraft *self, const GPtrArray *recipes);
void am_draft_reset (AmDraft *self); /* a new, empty merge; undoable */

gboolean am_draft_can_undo (AmDraft *self);
gboolean am_draft_can_redo (AmDraft *self);
void am_draft_undo (AmDraft *self);
void am_draft_redo (AmDraft *self);

/* Topics end here: the next change is a step of its own. */
void am_draft_end_topic (AmDraft *self);

/* Method. Parameters that the new one has too are kept; slots are added or, when empty, taken away so that it
 * has enough; a base moves to where the method wants it. */
const AmMethod *am_draft_get_method (AmDraft *self);
void am_draft_set_method (AmDraft *self, const char *id);

/* Slots: models A, B, C ..., and AM_SLOT_BASE where the method knows a base. */
#define AM_SLOT_BASE G_MAXUINT
guint am_draft_get_n_slots (AmDraft *self);
gboolean am_draft_has_base_slot (AmDraft *self);
const char *am_draft_get_path (AmDraft *self, guint slot); /* "" when empty */
gboolean am_draft_is_stage (AmDraft *self, guint slot); /* the "path" names an earlier step of the recipe */
void am_draft_set_path (AmDraft *self, guint slot, const char *path);
void am_draft_swap_slots (AmDraft *self, guint first, guint second);
gboolean am_draft_can_add_slot (AmDraft *self);
void am_draft_add_slot (AmDraft *self);
gboolean am_draft_can_remove_slot (AmDraft *self);
void am_draft_remove_slot (AmDraft *self, guint slot);
guint
am_draft_find_free_slot (AmDraft *self); /* first empty one; a new one where there may be; else the last */

/* Puts a model into the first free slot, or, where there is none, in place of the last. Returns: (transfer
 * full) (nullable): what the user should know, translated: which model had to go. */
char *am_draft_place_model (AmDraft *self, const char *path);

char *am_draft_dup_slot_title (AmDraft *self, guint slot); /* "A", or translated "Base" */
gboolean am_draft_is_complete (AmDraft *self);             /* no slot that must be filled is empty */

/* Statistics and data: files beside the model of a slot that the method needs. They go with the model when
 * slots are swapped, and leave with it. */
typedef enum
{
  AM_DRAFT_STATISTICS,
  AM_DRAFT_DATA,
  AM_DRAFT_PREPROCESSING,
} AmDraftFile;

/* Whether the method uses statistics that were measured before, or measures on data while it merges. */
gboolean am_draft_takes_statistics (AmDraft *self);
gboolean am_draft_takes_data (AmDraft *self);

AmStatisticKind am_draft_get_statistic_kind (AmDraft *self);         /* that the method uses */
const AmRecipeFiles *am_draft_get_files (AmDraft *self, guint slot); /* borrowed, never %NULL */

/* @path: (nullable); another file is not pinned. */
void am_draft_set_file (AmDraft *self, guint slot, AmDraftFile file, const char *path);

/**
 * AmFindStatistics:
 *
 * Returns: (nullable): a file with statistics of @kind of the model at @model, borrowed
 */
typedef const char *(*AmFindStatistics) (const char *model, AmStatisticKind kind, gpointer data);

/* Models that come into a slot, and those without statistics, get what @find (nullable) knows. The caller
 * sees to it that @data lives as long. */
void am_draft_set_find_statistics (AmDraft *self, AmFindStatistics find, gpointer data);
const char *am_draft_find_statistics (AmDraft *self, guint slot); /* (nullable) */

/* Asks again for slots that have none: more is known now. */
void am_draft_fill_statistics (AmDraft *self);

/* Parameters, by number in the method. @slot counts only for those with a value per model. */
double am_draft_get_parameter (AmDraft *self, guint parameter, guint slot);
void am_draft_set_parameter (AmDraft *self, guint parameter, guint slot, double value);

/* Whether the recipe holds something for it that is not one number or choice: gradient, filters. */
gboolean am_draft_is_parameter_elaborate (AmDraft *self, guint parameter, guint slot);

/* Block weights: one target for the main ratio, one for the second; methods whose ratio is each model's own
 * have one per slot. Values objects live as long as the draft; changing them changes the recipe. */
guint am_draft_get_n_targets (AmDraft *self);
char *am_draft_dup_target_title (AmDraft *self, guint target); /* "Alpha", "Beta", "A", "B" ... */
AmBlockValues *am_draft_get_block_values (AmDraft *self, guint target);
gboolean am_draft_get_is_linked (AmDraft *self); /* whether all targets follow the first */
void am_draft_set_is_linked (AmDraft *self, gboolean is_linked);

/* What the blocks are, as found in the models: for editor and presets. */
void am_draft_set_layout (AmDraft *self, AmFamily family, const char *const *blocks, const char *title);

/* Policy of a component, by id ("vae", "text_encoder", "unet"), as text of am_policy_parse(); %NULL: none. */
char *am_draft_dup_policy (AmDraft *self, const char *component);
gboolean am_draft_set_policy (AmDraft *self, const char *component, const char *text, GError **error);

/* Alignment of the models before they are merged. What is switched off keeps its settings for when it is
 * switched on again, until another recipe is loaded. */
gboolean am_draft_get_aligns (AmDraft *self);
void am_draft_set_aligns (AmDraft *self, gboolean aligns);

/* Whether there are two models at least, or a model and a file to align it to. */
gboolean am_draft_can_align (AmDraft *self);

/* What units are compared by, and for activations the data they are taken on. These switch it on too. By
 * activations no mean can be aligned to: the first model takes its place, and heads are not rotated. @data
 * and
 * @preprocessing: (nullable); another data set is not pinned. @n_samples: 0 for all. */
void am_draft_set_align_matching (AmDraft *self, AmAlignMatching matching);
void am_draft_set_align_data (AmDraft *self, const char *data);
void am_draft_set_align_preprocessing (AmDraft *self, const char *preprocessing);
void am_draft_set_align_samples (AmDraft *self, guint64 n_samples);

/* These switch it on. @file: of %AM_ALIGN_TO_FILE, else %NULL; another one is not pinned. */
void am_draft_set_align_target (AmDraft *self, AmAlignTarget target, const char *file);
void am_draft_set_align_restarts (AmDraft *self, guint restarts);

/* Where the result goes; not part of the recipe and not undone. */
const char *am_draft_get_output_folder (AmDraft *self); /* "" : beside model A */
void am_draft_set_output_folder (AmDraft *self, const char *folder);
const char *am_draft_get_name_template (AmDraft *self);
void am_draft_set_name_template (AmDraft *self, const char *template);
gboolean am_draft_get_embeds_metadata (AmDraft *self);
void am_draft_set_embeds_metadata (AmDraft *self, gboolean embeds_metadata);

/* Name from the template: {A} {B} {C} {base} names of models, {method}, {alpha} and other parameters by id,
 * {preset}, {seed}, {dtype}, {date}. Characters a file name cannot hold become "-". ".safetensors" is added.
 * Returns: (transfer full). */
char *am_draft_dup_output_path (AmDraft *self);

G_END_DECLS
