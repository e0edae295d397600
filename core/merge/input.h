/* The files a merge reads: found, opened, understood. */
#pragma once

#include "architecture/model.h"
#include "recipe/recipe.h"

G_BEGIN_DECLS

typedef struct
{
  char *written; /* as the recipe has it */
  char *path;    /* as opened */
  char *label;   /* base name as written, valid UTF-8: for messages and for the recipe in the output */
  char *pinned;  /* SHA-256 the recipe demands, or NULL */
  AmCheckpoint *checkpoint;
  AmModel *model;
} AmInput;

/**
 * am_input_open:
 * @path: as written in the recipe
 * @sha256: (nullable): the digest the recipe pins
 * @folder: (nullable): folder of the recipe
 *
 * A path is looked for as written, then beside the recipe. A pinned input is also looked for under its base
 * name beside the recipe and among files whose digest is known, so that a merge replays after its inputs were
 * moved; a candidate known to have another digest is passed over.
 *
 * Returns: (transfer full) (nullable). Errors: as am_checkpoint_open().
 */
AmInput *am_input_open (const char *path, const char *sha256, const char *folder, GError **error);
void am_input_free (AmInput *input);

/* Calls the input something else than its file. */
void am_input_set_label (AmInput *input, const char *label);

G_END_DECLS
