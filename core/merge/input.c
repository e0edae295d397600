#include "merge/input.h"

#include "checkpoint/digest.h"

typedef enum
{
  CANDIDATE_NONE,    /* no file, or known to be another than the pinned one */
  CANDIDATE_UNKNOWN, /* its digest is not known yet */
  CANDIDATE_CERTAIN,
} Candidate;

static Candidate
examine (const char *path, const char *sha256)
{
  g_autofree char *known = NULL;

  if (path == NULL || !g_file_test (path, G_FILE_TEST_EXISTS))
    return CANDIDATE_NONE;
  if (sha256 == NULL)
    return CANDIDATE_CERTAIN;
  known = am_digest_lookup (path);
  if (known == NULL)
    return CANDIDATE_UNKNOWN;
  return g_ascii_strcasecmp (known, sha256) == 0 ? CANDIDATE_CERTAIN : CANDIDATE_NONE;
}

/* The first of @paths that qualifies as @least; NULL when none does. */
static char *
pick (const char *const *paths, guint n, const char *sha256, Candidate least)
{
  for (guint i = 0; i < n; i++)
    if (examine (paths[i], sha256) >= least)
      return g_strdup (paths[i]);
  return NULL;
}

static char *
find (const char *path, const char *sha256, const char *folder)
{
  gboolean is_relative = folder != NULL && !g_path_is_absolute (path);
  g_autofree char *beside = is_relative ? g_build_filename (folder, path, NULL) : NULL;
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *named = folder != NULL && sha256 != NULL ? g_build_filename (folder, name, NULL) : NULL;
  const char *const paths[] = { path, beside, named };
  char *found = pick (paths, G_N_ELEMENTS (paths), sha256, CANDIDATE_CERTAIN);

  if (found == NULL && sha256 != NULL)
    found = am_digest_find_path (sha256);
  if (found == NULL)
    found = pick (paths, G_N_ELEMENTS (paths), sha256, CANDIDATE_UNKNOWN);
  return found != NULL ? found : g_strdup (path);
}

/* The base name as written, so that a replay says the same of inputs that were renamed; always UTF-8, as
 * headers have to be. */
static char *
make_label (const char *path)
{
  g_autofree char *name = g_path_get_basename (path);

  return g_utf8_make_valid (name, -1);
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
  self->label = make_label (path);
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

void
am_input_set_label (AmInput *self, const char *label)
{
  g_free (self->label);
  self->label = g_strdup (label);
}
