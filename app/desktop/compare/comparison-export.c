#include "comparison-export.h"

#include <glib/gi18n.h>
#include <string.h>

typedef struct
{
  AmComparison *comparison;
  AmExportKind kind;
  char *path;
} Export;

static void
export_free (gpointer data)
{
  Export *export = data;

  g_object_unref (export->comparison);
  g_free (export->path);
  g_free (export);
}

/* The recipe that made B, or A, so that the picture replays it. */
static const char *
find_recipe (AmComparison *comparison)
{
  static const AmSide order[] = { AM_SIDE_B, AM_SIDE_A };
  const char *recipe = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (order) && recipe == NULL; i++)
    {
      GHashTable *metadata = am_checkpoint_get_metadata (am_comparison_get_checkpoint (comparison, order[i]));

      recipe = metadata != NULL ? g_hash_table_lookup (metadata, AM_RECIPE_METADATA_KEY) : NULL;
    }
  return recipe;
}

static char *
dup_name (AmComparison *comparison, AmSide side)
{
  char *name = g_path_get_basename (am_checkpoint_get_path (am_comparison_get_checkpoint (comparison, side)));
  char *dot = strrchr (name, '.');

  if (dot != NULL && dot > name)
    *dot = '\0';
  return name;
}

static gboolean
write_picture (const Export *export, GError **error)
{
  const AmModel *model = am_comparison_get_model (export->comparison, AM_SIDE_A);
  g_autofree char *a = dup_name (export->comparison, AM_SIDE_A);
  g_autofree char *b = dup_name (export->comparison, AM_SIDE_B);
  g_autofree char *title = g_strdup_printf ("%s against %s", b, a);

  return am_difference_write_png (am_comparison_get_difference (export->comparison), model, title,
                                  am_model_get_title (model), export->path, find_recipe (export->comparison),
                                  error);
}

static gboolean
write_json (const Export *export, GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (export->path);
  g_autofree char *json = am_difference_to_json (am_comparison_get_difference (export->comparison),
                                                 am_comparison_get_model (export->comparison, AM_SIDE_A),
                                                 am_comparison_get_model (export->comparison, AM_SIDE_B));

  return g_file_replace_contents (file, json, strlen (json), NULL, FALSE, G_FILE_CREATE_NONE, NULL, NULL,
                                  error);
}

static gboolean
is_input (const Export *export)
{
  return am_checkpoint_is_file (am_comparison_get_checkpoint (export->comparison, AM_SIDE_A), export->path)
         || am_checkpoint_is_file (am_comparison_get_checkpoint (export->comparison, AM_SIDE_B),
                                   export->path);
}

static gpointer
write_file (gpointer data, const AmProgress *progress, GCancellable *cancellable, GError **error)
{
  const Export *export = data;

  if (is_input (export))
    g_set_error_literal (error, AM_ERROR, AM_ERROR_NOT_WRITABLE,
                         _ ("This file is one of the compared checkpoints, which are never changed"));
  else if (export->kind == AM_EXPORT_PICTURE)
    write_picture (export, error);
  else
    write_json (export, error);
  return NULL;
}

AmJob *
am_comparison_export_job_new (AmComparison *comparison, AmExportKind kind, const char *path)
{
  Export *export = g_new0 (Export, 1);

  export->comparison = g_object_ref (comparison);
  export->kind = kind;
  export->path = g_strdup (path);
  return am_job_new (_ ("Saving the comparison"), write_file, export, export_free, NULL);
}

char *
am_comparison_dup_export_name (AmComparison *comparison, AmExportKind kind)
{
  g_autofree char *a = dup_name (comparison, AM_SIDE_A);
  g_autofree char *b = dup_name (comparison, AM_SIDE_B);

  return g_strdup_printf ("%s-%s.%s", a, b, kind == AM_EXPORT_PICTURE ? "png" : "json");
}
