/* A sweep: the same merge over a list of values of one number. */
#pragma once

#include "state/draft.h"
#include "state/run-queue.h"

G_BEGIN_DECLS

/* What varies: a parameter, or the value of a block. */
typedef struct
{
  gboolean is_block;
  guint parameter; /* number in the method */
  guint slot;      /* of a parameter with a value for each model */
  guint target;    /* of block weights */
  guint bar;       /* number of the bar; set by the user of the list */
} AmSweepSubject;

/* One merge of the sweep. */
typedef struct
{
  double value;
  GPtrArray *recipes; /* AmRecipe * */
  char *output;
} AmSweepStep;

/* What of the draft's merge can vary. Returns: (transfer full) (element-type AmSweepSubject). */
GArray *am_sweep_list_subjects (AmDraft *draft);

/* "alpha", "weight of B", "alpha of one block". (transfer full) */
char *am_sweep_dup_title (AmDraft *draft, const AmSweepSubject *subject);

/* The value now, and the ranges: of sensible values, and of allowed ones. */
double am_sweep_get_value (AmDraft *draft, const AmSweepSubject *subject);
const AmParameter *am_sweep_get_parameter (AmDraft *draft, const AmSweepSubject *subject);

/**
 * am_sweep_parse:
 * @text: numbers separated by commas, semicolons or white space
 * @parameter: what they are values of
 *
 * Returns: (transfer full) (element-type double) (nullable). Errors: BAD_RECIPE for what is no number, out of
 * range, there twice, or nothing at all; the messages are translated.
 */
GArray *am_sweep_parse (const char *text, const AmParameter *parameter, GError **error);

/* "0.2, 0.4, 0.6": @n values from @from to @to, both among them, in evenly spaced steps; rounded to four
 * digits after the point. (transfer full) */
char *am_sweep_write_range (double from, double to, guint n);

/**
 * am_sweep_make_steps:
 * @values: (element-type double)
 *
 * The draft is not changed. Names come from its template; where that gives the same name twice, each gets the
 * value at its end. Returns: (transfer full) (element-type AmSweepStep).
 */
GPtrArray *am_sweep_make_steps (AmDraft *draft, const AmSweepSubject *subject, const GArray *values);

/* Whether no step would write what exists, what a waiting run writes, or what another step writes. Errors:
 * NOT_WRITABLE, translated. */
gboolean am_sweep_check_names (const GPtrArray *steps, AmRunQueue *queue, GError **error);

G_END_DECLS
