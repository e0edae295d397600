#include "graph/description.h"

#include <string.h>

#include "base/text-file.h"
#include "base/text.h"

/* A description is a few hundred lines. */
#define MAX_FILE_SIZE (1024 * 1024)

/* Languages are one family of many layouts; only the first two have Llama's network. */
static const struct
{
  AmFamily family;
  const char *architecture; /* the only one it is for, or NULL */
  const char *description;
} table[] = {
  { AM_FAMILY_SD1, NULL, "sd1" },        { AM_FAMILY_SD2, NULL, "sd2" },
  { AM_FAMILY_SDXL, NULL, "sdxl" },      { AM_FAMILY_SDXL_REFINER, NULL, "sdxl-refiner" },
  { AM_FAMILY_SD3, NULL, "sd3" },        { AM_FAMILY_FLUX, NULL, "flux" },
  { AM_FAMILY_CLIP, NULL, "clip" },      { AM_FAMILY_VIT, NULL, "vit" },
  { AM_FAMILY_RESNET, NULL, "resnet" },  { AM_FAMILY_VGG, NULL, "vgg" },
  { AM_FAMILY_LLAMA, "llama", "llama" }, { AM_FAMILY_LLAMA, "llama-gguf", "llama" },
  { AM_FAMILY_VAE, NULL, "vae" },
};

/* The built-in description for @model, or NULL. */
static const char *
find_built_in (const AmModel *model, const char **name, gsize *length)
{
  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    if (table[i].family == am_model_get_family (model)
        && (table[i].architecture == NULL
            || g_str_equal (table[i].architecture, am_model_get_architecture (model))))
      {
        *name = table[i].description;
        return am_family_description_find (*name, length);
      }
  return NULL;
}

/* @source: (transfer full) */
typedef struct
{
  char *text;
  gsize length;
  char *source;
} Description;

static void
description_clear (Description *description)
{
  g_clear_pointer (&description->text, g_free);
  g_clear_pointer (&description->source, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Description, description_clear)

static gboolean
load (Description *description, const char *path, GError **error)
{
  description->text = am_text_file_read (path, MAX_FILE_SIZE, &description->length, error);
  if (description->text == NULL)
    return FALSE;
  description->source = g_strdup (path);
  return TRUE;
}

static gint
compare_paths (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

/* Adds the descriptions in @data_folder, sorted. A folder that is not there or cannot be read has none. */
static void
list_folder (GPtrArray *paths, const char *data_folder)
{
  g_autofree char *folder = g_build_filename (data_folder, "amalgam", "architectures", NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  g_autoptr (GPtrArray) found = g_ptr_array_new ();
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (name, ".yaml"))
      g_ptr_array_add (found, g_build_filename (folder, name, NULL));
  g_ptr_array_sort (found, compare_paths);
  g_ptr_array_extend_and_steal (paths, g_steal_pointer (&found));
}

static GPtrArray *
list_users_files (void)
{
  GPtrArray *paths = g_ptr_array_new_with_free_func (g_free);

  list_folder (paths, g_get_user_data_dir ());
  for (const char *const *folder = g_get_system_data_dirs (); *folder != NULL; folder++)
    list_folder (paths, *folder);
  return paths;
}

static void
fail_unknown (const AmModel *model, GError **error)
{
  g_autofree char *title = am_model_translate_title (model, am_translate);

  g_set_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED,
               T_ ("%s: no description of this network (%s); write one in an architecture file"),
               am_checkpoint_get_path (am_model_get_checkpoint (model)), title);
}

/* The first of the users' files that fits. One that cannot be read is in nobody's way unless none fits. */
static gboolean
find_users_file (const AmModel *model, Description *description, GError **error)
{
  g_autoptr (GPtrArray) paths = list_users_files ();
  g_autoptr (GError) first = NULL;

  for (guint i = 0; i < paths->len; i++)
    {
      g_autoptr (GError) failure = NULL;
      gboolean fits = FALSE;

      if (load (description, g_ptr_array_index (paths, i), &failure)
          && am_description_fits (model, description->text, description->length, description->source, &fits,
                                  &failure)
          && fits)
        return TRUE;
      description_clear (description);
      if (failure != NULL && first == NULL)
        first = g_steal_pointer (&failure);
    }
  if (first != NULL)
    g_propagate_error (error, g_steal_pointer (&first));
  else
    fail_unknown (model, error);
  return FALSE;
}

/* Errors of widths come from the checkpoint as much as from the description. */
static void
name_checkpoint (const AmModel *model, GError **error)
{
  if (error != NULL && g_error_matches (*error, AM_ERROR, AM_ERROR_MISMATCH))
    g_prefix_error (error, "%s: ", am_checkpoint_get_path (am_model_get_checkpoint (model)));
}

static gboolean
read_description (AmGraph *graph, const AmModel *model, const char *text, gsize length, const char *source,
                  GError **error)
{
  g_autoptr (GPtrArray) kept = g_ptr_array_new_with_free_func (g_free);

  if (!am_description_read (model, text, length, source, graph, kept, error))
    {
      name_checkpoint (model, error);
      return FALSE;
    }
  return am_graph_cover_model (graph, model, kept, source, error);
}

static gboolean
read_perceptron (AmGraph *graph, const AmModel *model, GError **error)
{
  g_autoptr (GPtrArray) kept = g_ptr_array_new ();

  if (!am_graph_add_perceptron (graph, model, error))
    {
      name_checkpoint (model, error);
      return FALSE;
    }
  return am_graph_cover_model (graph, model, kept, T_ ("of plain perceptrons"), error);
}

static gboolean
read_built_in (AmGraph *graph, const AmModel *model, const char *text, gsize length, const char *name,
               GError **error)
{
  g_autofree char *source = g_strdup_printf (AM_BUILT_IN_SOURCE, name);

  return read_description (graph, model, text, length, source, error);
}

AmGraph *
am_graph_new_for_model (const AmModel *model, const char *path, GError **error)
{
  g_autoptr (AmGraph) graph = am_graph_new ();
  g_auto (Description) description = { NULL };
  const char *name, *text;
  gsize length;
  gboolean is_good;

  if (path == NULL && am_model_get_family (model) == AM_FAMILY_MLP)
    is_good = read_perceptron (graph, model, error);
  else if (path == NULL && (text = find_built_in (model, &name, &length)) != NULL)
    is_good = read_built_in (graph, model, text, length, name, error);
  else
    is_good
        = (path != NULL ? load (&description, path, error) : find_users_file (model, &description, error))
          && read_description (graph, model, description.text, description.length, description.source, error);
  return is_good ? g_steal_pointer (&graph) : NULL;
}
