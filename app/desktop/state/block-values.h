/* The numbers behind the bars of the block weights editor: one ratio's value for each block of an
 * architecture, and for the text encoder, the VAE and the time embedding. */
#pragma once

#include <gio/gio.h>

#include "amalgam.h"

G_BEGIN_DECLS

#define AM_TYPE_BLOCK_VALUES (am_block_values_get_type ())
G_DECLARE_FINAL_TYPE (AmBlockValues, am_block_values, AM, BLOCK_VALUES, GObject)

/* Bars after those of the blocks. Which of them exist depends on the layout. */
typedef enum
{
  AM_BAR_BLOCK,
  AM_BAR_TIME_EMBED,
  AM_BAR_TEXT_ENCODER,
  AM_BAR_VAE,
} AmBarKind;

/**
 * am_block_values_new:
 *
 * Of the main thread. Every bar starts unset: NAN, which means that a block has the method's own ratio, the
 * time embedding goes with IN00, and text encoder and VAE go with BASE.
 *
 * Signals: "layout-changed" when the bars are others, "changed" when values are.
 */
AmBlockValues *am_block_values_new (void);

/**
 * am_block_values_set_layout:
 * @blocks: %NULL-terminated names; empty for architectures without blocks
 * @title: of the architecture, for messages
 *
 * Weights that still show what am_block_values_take_weights(), a preset or numbers gave are read again for
 * the new blocks; where that fails, and for weights changed by hand, values of blocks that both layouts have
 * are kept. Nothing is forgotten while there are no blocks. The extra bars are there for Stable Diffusion 1,
 * 2 and XL.
 */
void am_block_values_set_layout (AmBlockValues *self, AmFamily family, const char *const *blocks,
                                 const char *title);

/* Whether text encoder and VAE have bars, where the layout knows them; %TRUE at first. Not for a second
 * ratio, which policies of components do not reach. */
void am_block_values_set_has_components (AmBlockValues *self, gboolean has_components);

AmFamily am_block_values_get_family (AmBlockValues *self);
guint am_block_values_get_n_bars (AmBlockValues *self);
guint am_block_values_get_n_blocks (AmBlockValues *self);
AmBarKind am_block_values_get_kind (AmBlockValues *self, guint bar);
const char *am_block_values_get_name (AmBlockValues *self,
                                      guint bar); /* "IN00", or translated "Text encoder" */

/* A name that fits under a bar: "IN00", or translated "TE". */
const char *am_block_values_get_short_name (AmBlockValues *self, guint bar);

/* What is in a group by name: "BASE", "IN", "M", "OUT", "D", "S", ...: for gaps and headings between bars.
 * Those of the extra bars are empty. */
const char *am_block_values_get_group (AmBlockValues *self, guint bar);

double am_block_values_get (AmBlockValues *self, guint bar);           /* NAN when unset */
double am_block_values_get_effective (AmBlockValues *self, guint bar); /* what will be used */

/* @value: NAN unsets; else clamped to the hard range. "changed" only when it is another. */
void am_block_values_set (AmBlockValues *self, guint bar, double value);

/* Several at once, one "changed": [n_bars]. */
void am_block_values_set_all (AmBlockValues *self, const double *values);
void am_block_values_clear (AmBlockValues *self);      /* unsets all */
gboolean am_block_values_is_set (AmBlockValues *self); /* any bar is */

/* The method's ratio, used where a block is unset, and its ranges: of the axis, and the widest allowed. */
void am_block_values_set_ratio (AmBlockValues *self, double ratio, double soft_minimum, double soft_maximum,
                                double minimum, double maximum);
double am_block_values_get_ratio (AmBlockValues *self);
double am_block_values_get_soft_minimum (AmBlockValues *self);
double am_block_values_get_soft_maximum (AmBlockValues *self);
double am_block_values_get_minimum (AmBlockValues *self);
double am_block_values_get_maximum (AmBlockValues *self);

/* Changes between these make one step of undo: a stroke of the mouse, a preset. They nest. */
void am_block_values_begin_edit (AmBlockValues *self);
void am_block_values_end_edit (AmBlockValues *self);
gboolean am_block_values_is_editing (AmBlockValues *self);

/* Number of the edit: another one after each outermost am_block_values_begin_edit(). */
guint am_block_values_get_edit (AmBlockValues *self);

/* Sets blocks from a preset, or from the mixture (1 - blend) * preset + blend * second (@second G_MAXUINT:
 * none). Errors: BAD_RECIPE when a preset has no form for these blocks. */
gboolean am_block_values_apply_preset (AmBlockValues *self, guint preset, guint second, double blend,
                                       GError **error);

/* Whether the blocks still stand as am_block_values_apply_preset() or weights by preset set them. @second is
 * G_MAXUINT for a preset alone. All (out) (optional). */
gboolean am_block_values_get_preset (AmBlockValues *self, guint *preset, guint *second, double *blend);

/* What @text or a preset would set: [n_bars], %NAN for bars it leaves unset. Nothing changes. Errors:
 * BAD_RECIPE. */
gboolean am_block_values_try_text (AmBlockValues *self, const char *text, double *values, GError **error);
gboolean am_block_values_try_preset (AmBlockValues *self, guint preset, double *values);

/* Reads what artists trade: numbers separated by commas or white space, in any count the core takes for the
 * architecture, or a preset's name. @note: (out) (optional) (transfer full): what the user should know, or
 * %NULL. Errors: BAD_RECIPE, and then nothing has changed. */
gboolean am_block_values_parse (AmBlockValues *self, const char *text, char **note, GError **error);

/* "0,0.25,...": one number per block with BASE first, as artists trade them; unset ones as they will be used.
 * Reads back to the same doubles. (transfer full) */
char *am_block_values_to_text (AmBlockValues *self);

/* To and from a recipe. @weights is of one ratio; %NULL unsets all blocks. Rules by element are kept aside
 * and given back, and so are weights in the form they had (a preset's name) until a block changes, even those
 * that do not fit the layout, which show as unset bars. Text encoder and VAE are component policies in
 * recipes, not block weights: see AmDraft. */
AmBlockWeights *am_block_values_to_weights (AmBlockValues *self); /* (transfer full) (nullable) */
void am_block_values_take_weights (AmBlockValues *self, const AmBlockWeights *weights);

G_END_DECLS
