/* What the details pane shows of a checkpoint beyond its item: read from the header when it is looked at. */
#pragma once

#include "base/job.h"

G_BEGIN_DECLS

typedef struct
{
  AmComponent component;
  guint n_tensors;
  guint64 size;
  char *dtypes; /* "F16, I64", most bytes first */
} AmComponentShare;

typedef struct
{
  const char *container;
  guint n_files;
  guint n_tensors;
  guint64 n_values;
  char **evidence;
  char **notes;
  guint n_missing;
  GPtrArray *components; /* AmComponentShare */
  GPtrArray *keys;       /* of the metadata, sorted */
  GHashTable *metadata;  /* the core's strings, made valid UTF-8 */
  AmAncestor *ancestry;
  gboolean has_recipe; /* whether the metadata hold one that can be run again */
} AmDetailsFacts;

/* A job that reads them: its result is an AmDetailsFacts. @name: what to call the checkpoint. (transfer full)
 */
AmJob *am_details_facts_make_job (const char *path, const char *name);

void am_details_facts_free (AmDetailsFacts *facts);

G_END_DECLS
