/* Names of diffusers folders and the original layout's, as a table made from the layout's rules. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  AM_DIFFUSERS_SD1,
  AM_DIFFUSERS_SD2,
  AM_DIFFUSERS_SDXL,
  AM_DIFFUSERS_SDXL_REFINER,
} AmDiffusersLayout;

/**
 * AmDiffusersChange:
 * @AM_DIFFUSERS_RENAME: the name alone differs
 * @AM_DIFFUSERS_TO_CONV: a matrix [m, n] that the original has as a convolution [m, n, 1, 1]
 * @AM_DIFFUSERS_TRANSPOSE: a matrix the original keeps transposed
 * @AM_DIFFUSERS_PART: query, key or value, which the original keeps in one tensor, one after the other
 * @AM_DIFFUSERS_DROP: has no place in the original
 */
typedef enum
{
  AM_DIFFUSERS_RENAME,
  AM_DIFFUSERS_TO_CONV,
  AM_DIFFUSERS_TRANSPOSE,
  AM_DIFFUSERS_PART,
  AM_DIFFUSERS_DROP,
} AmDiffusersChange;

/**
 * AmDiffusersName:
 * @original: name in the original layout, with its prefix; %NULL for a dropped tensor
 * @change: what else differs
 * @part: 0, 1 or 2 for a part
 * @is_old: whether it is an older spelling of another row's name
 */
typedef struct
{
  char *original;
  AmDiffusersChange change;
  guint part;
  gboolean is_old;
} AmDiffusersName;

/* "FOLDER/NAME" (char *) -> AmDiffusersName *, for every tensor of the layout: "unet/conv_in.weight". */
GHashTable *am_diffusers_names_new (AmDiffusersLayout layout);

G_END_DECLS
