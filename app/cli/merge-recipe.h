/* From the arguments of merge to recipes. */
#pragma once

#include "amalgam.h"

typedef struct
{
  char **files;
  char *method;
  char **parameters;
  char *base;
  char **blocks;
  char *blocks_file;
  char **elements;
  char *time_embed;
  char *vae;
  char *text_encoder;
  char *dtype;
  char **discard;
  char *seed;
  char *shard_size;
  gboolean prune;
  gboolean clamp;
  gboolean align;
} MergeFlags;

void merge_flags_clear (MergeFlags *flags);

/**
 * merge_recipes_new:
 * @folder: (out) (transfer full) (nullable): where the recipe's relative paths start
 * @status: (out): exit code when %NULL is returned; what is wrong has been told
 *
 * Returns: (transfer full) (nullable) (element-type AmRecipe).
 */
GPtrArray *merge_recipes_new (const MergeFlags *flags, char **folder, int *status);
