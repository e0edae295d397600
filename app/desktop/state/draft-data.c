/* Statistics and data that the draft's models name. */
#include "draft-private.h"

static char **
get_field (AmRecipeFiles *files, AmDraftFile file, char ***sha256)
{
  switch (file)
    {
    case AM_DRAFT_DATA:
      *sha256 = &files->data_sha256;
      return &files->data;
    case AM_DRAFT_PREPROCESSING:
      *sha256 = NULL;
      return &files->preprocessing;
    case AM_DRAFT_STATISTICS:
    default:
      *sha256 = &files->statistics_sha256;
      return &files->statistics;
    }
}

/* The digest was the old file's. */
static void
set_field (AmRecipeFiles *files, AmDraftFile file, const char *path)
{
  char **sha256;
  char **field = get_field (files, file, &sha256);

  if (g_strcmp0 (*field, path) == 0)
    return;
  g_free (*field);
  *field = g_strdup (path);
  if (sha256 != NULL)
    g_clear_pointer (sha256, g_free);
}

void
am_draft_clear_files (AmRecipeModel *model)
{
  set_field (&model->files, AM_DRAFT_STATISTICS, NULL);
  set_field (&model->files, AM_DRAFT_DATA, NULL);
  set_field (&model->files, AM_DRAFT_PREPROCESSING, NULL);
}

static gboolean
measures_itself (const AmMethod *method)
{
  return (method->flags & AM_METHOD_MERGED_PREFIX) != 0;
}

static gboolean
uses_statistics (const AmMethod *method)
{
  return method->statistics != AM_STATISTICS_NONE && !measures_itself (method);
}

gboolean
am_draft_takes_statistics (AmDraft *self)
{
  const AmMethod *method = am_draft_get_method (self);

  return method != NULL && uses_statistics (method);
}

gboolean
am_draft_takes_data (AmDraft *self)
{
  const AmMethod *method = am_draft_get_method (self);

  return method != NULL && measures_itself (method);
}

AmStatisticKind
am_draft_get_statistic_kind (AmDraft *self)
{
  const AmMethod *method = am_draft_get_method (self);

  return method != NULL && method->statistics == AM_STATISTICS_GRAM ? AM_STATISTIC_GRAM : AM_STATISTIC_FISHER;
}

const AmRecipeFiles *
am_draft_get_files (AmDraft *self, guint slot)
{
  static const AmRecipeFiles none;
  const AmRecipeModel *model = am_draft_find_model (self, slot);

  return model != NULL ? &model->files : &none;
}

void
am_draft_set_file (AmDraft *self, guint slot, AmDraftFile file, const char *path)
{
  AmRecipeModel *model;

  am_draft_begin (self, NULL);
  model = am_draft_find_model (self, slot);
  if (model != NULL)
    set_field (&model->files, file, path);
  am_draft_end (self);
}

const char *
am_draft_find_statistics (AmDraft *self, guint slot)
{
  const char *path = am_draft_get_path (self, slot);

  if (self->find_statistics == NULL || *path == '\0' || am_draft_is_stage (self, slot))
    return NULL;
  return self->find_statistics (path, am_draft_get_statistic_kind (self), self->find_statistics_data);
}

/* @is_anew: those that are there give way to others of the right kind. */
static void
fill (AmDraft *self, gboolean is_anew)
{
  for (guint i = 0; am_draft_takes_statistics (self) && i < am_draft_get_n_slots (self); i++)
    {
      AmRecipeModel *model = am_draft_find_model (self, i);
      const char *found
          = is_anew || model->files.statistics == NULL ? am_draft_find_statistics (self, i) : NULL;

      if (found != NULL)
        set_field (&model->files, AM_DRAFT_STATISTICS, found);
    }
}

static void
drop (AmRecipeModel *model, const AmMethod *method)
{
  if (!uses_statistics (method))
    set_field (&model->files, AM_DRAFT_STATISTICS, NULL);
  if (!measures_itself (method))
    {
      set_field (&model->files, AM_DRAFT_DATA, NULL);
      set_field (&model->files, AM_DRAFT_PREPROCESSING, NULL);
    }
}

void
am_draft_fit_files (AmDraft *self, AmRecipe *recipe, const AmMethod *from, const AmMethod *to)
{
  for (guint i = 0; i < recipe->models->len; i++)
    drop (g_ptr_array_index (recipe->models, i), to);
  if (recipe->base != NULL)
    am_draft_clear_files (recipe->base);
  fill (self, from != NULL && from->statistics != to->statistics);
}

void
am_draft_fill_statistics (AmDraft *self)
{
  am_draft_begin (self, NULL);
  fill (self, FALSE);
  am_draft_end (self);
}

void
am_draft_set_find_statistics (AmDraft *self, AmFindStatistics find, gpointer data)
{
  self->find_statistics = find;
  self->find_statistics_data = data;
  if (find != NULL)
    am_draft_fill_statistics (self);
}
