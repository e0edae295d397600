#include "merge/input.h"

#include "checkpoint/digest.h"

/* Whether @path can be the input: it exists, and is not known to be another file than the pinned one. */
static gboolean
is_candidate (const char *path, const char *sha256)
{
  g_autofree char *known = NULL;

  if (path == NULL || !g_file_test (path, G_FILE_TEST_EXISTS))
    return FALSE;
  if (sha256 == NULL)
    return TRUE;
  known = am_digest_lookup (path);
  return known == NULL || g_ascii_strcasecmp (known, sha256) == 0;
}

static char *
find (const char *path, const char *sha256, const char *folder)
{
  g_autofree char *beside = folder != NULL ? g_build_filename (folder, path, NULL) : NULL;
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *named = folder != NULL ? g_build_filename (folder, name, NULL) : NULL;
  g_autofree char *known = sha256 != NULL ? am_digest_find_path (sha256) : NULL;

  if (is_candidate (path, sha256))
    return g_strdup (path);
  if (!g_path_is_absolute (path) && is_candidate (beside, sha256))
    return g_steal_pointer (&beside);
  if (sha256 != NULL && is_candidate (named, sha256))
    return g_steal_pointer (&named);
  if (known != NULL)
    return g_steal_pointer (&known);
  return g_strdup (path);
}

AmInput *
am_input_open (const char *path, const char *sha256, const char *folder, GError **error)
{
  g_autofree char *found = find (path, sha256, folder);
  AmCheckpoint *checkpoint = am_checkpoint_open (found, error);
  AmInput *self;

  if (checkpoint == NULL)
    return NULL;
  self = g_new0 (AmInput, 1);
  self->written = g_strdup (path);
  self->path = g_steal_pointer (&found);
  self->label = g_path_get_basename (self->path);
  self->pinned = g_strdup (sha256);
  self->checkpoint = checkpoint;
  self->model = am_model_new (checkpoint);
  return self;
}

void
am_input_free (AmInput *self)
{
  if (self == NULL)
    return;
  am_model_free (self->model);
  am_checkpoint_free (self->checkpoint);
  g_free (self->written);
  g_free (self->path);
  g_free (self->label);
  g_free (self->pinned);
  g_free (self);
}
