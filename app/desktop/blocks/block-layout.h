/* Where bars and their groups stand beside each other. Without widgets. */
#pragma once

#include "state/block-values.h"

G_BEGIN_DECLS

/**
 * AmBlockGroup:
 * @title: heading, owned by the values
 * @first, @n: its bars
 * @is_extra: whether it holds no block but the time embedding, a text encoder or the VAE
 * @title_width: room the heading needs
 * @x, @width: of its panel
 */
typedef struct
{
  const char *title;
  guint first;
  guint n;
  gboolean is_extra;
  float title_width;
  float x;
  float width;
} AmBlockGroup;

/**
 * AmBlockLayout:
 * @groups: AmBlockGroup, in order
 * @centres: float: middle of each bar
 * @widths: float: of each bar's column
 * @pitch: width of a column in a group of several bars
 */
typedef struct
{
  GArray *groups;
  GArray *centres;
  GArray *widths;
  float pitch;
} AmBlockLayout;

/* Groups of @values as they are now; headings have no width yet, and nothing has a place. */
AmBlockLayout *am_block_layout_new (AmBlockValues *values);
void am_block_layout_free (AmBlockLayout *layout);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AmBlockLayout, am_block_layout_free)

/* Width of everything with columns of @pitch. */
float am_block_layout_get_width (const AmBlockLayout *layout, float pitch);

/* Spreads the bars over @width, columns no wider than @max_pitch; what is over stays at both ends. */
void am_block_layout_fit (AmBlockLayout *layout, float width, float max_pitch);

guint am_block_layout_get_n_bars (const AmBlockLayout *layout);
float am_block_layout_get_centre (const AmBlockLayout *layout, guint bar);

/* The bar nearest to @x; 0 when there is none. */
guint am_block_layout_find (const AmBlockLayout *layout, double x);
const AmBlockGroup *am_block_layout_find_group (const AmBlockLayout *layout, guint bar);

/**
 * am_block_layout_sweep:
 * @values: [number of bars]
 *
 * A stroke that went from @from_x at @from_value to @to_x at @to_value: bars whose middle it passed get the
 * value it had there, the bar where it ends gets @to_value, others keep theirs.
 */
void am_block_layout_sweep (const AmBlockLayout *layout, double from_x, double from_value, double to_x,
                            double to_value, double *values);

G_END_DECLS
