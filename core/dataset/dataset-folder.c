/* Folders of pictures, by class or all together. */
#include "dataset/dataset-private.h"

#include <string.h>

#include "base/text.h"

/* Links may lead in circles. */
#define MAX_DEPTH 16

static const char *const read_suffixes[] = { ".png", ".jpg", ".jpeg", NULL };
static const char *const other_suffixes[]
    = { ".bmp", ".gif", ".ppm", ".pgm", ".tif", ".tiff", ".webp", ".avif", ".heic", ".jxl", ".jp2", NULL };

/* Folders that hold parts of a data set, not classes. */
static const char *const set_names[] = { "train", "val", "valid", "validation", "test", NULL };

static gint
compare_strings (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

/* Only once they are sorted: "a" goes before "a-b". */
static void
mark_folder (const char *parent, char **name)
{
  g_autofree char *path = g_build_filename (parent, *name, NULL);
  char *marked;

  if (!g_file_test (path, G_FILE_TEST_IS_DIR))
    return;
  marked = g_strconcat (*name, "/", NULL);
  g_free (*name);
  *name = marked;
}

GPtrArray *
am_list_folder (const char *folder, GError **error)
{
  g_autoptr (GError) failure = NULL;
  g_autoptr (GDir) dir = g_dir_open (folder, 0, &failure);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  const char *name;

  if (dir == NULL)
    {
      g_set_error (error, AM_ERROR, AM_ERROR_NOT_READABLE, T_ ("%s: cannot list the folder: %s"), folder,
                   failure->message);
      return NULL;
    }
  while ((name = g_dir_read_name (dir)) != NULL)
    if (name[0] != '.')
      g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_strings);
  for (guint i = 0; i < names->len; i++)
    mark_folder (folder, (char **)&names->pdata[i]);
  return g_steal_pointer (&names);
}

static gboolean
has_suffix (const char *name, const char *const *suffixes)
{
  g_autofree char *lower = g_ascii_strdown (name, -1);

  for (; *suffixes != NULL; suffixes++)
    if (g_str_has_suffix (lower, *suffixes))
      return TRUE;
  return FALSE;
}

/* Adds the pictures right in @folder to @paths, and the folders in it, if wanted, to @folders. */
static gboolean
take_folder (const char *folder, GPtrArray *paths, GPtrArray *folders, GError **error)
{
  g_autoptr (GPtrArray) names = am_list_folder (folder, error);

  for (guint i = 0; names != NULL && i < names->len; i++)
    {
      const char *name = g_ptr_array_index (names, i);
      g_autofree char *path = g_build_filename (folder, name, NULL);

      if (g_str_has_suffix (name, "/"))
        {
          path[strlen (path) - 1] = '\0';
          if (folders != NULL)
            g_ptr_array_add (folders, g_steal_pointer (&path));
        }
      else if (has_suffix (name, read_suffixes))
        g_ptr_array_add (paths, g_steal_pointer (&path));
      else if (has_suffix (name, other_suffixes))
        {
          g_set_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED,
                       T_ ("%s: pictures of this format are not read; convert it to PNG or JPEG"), path);
          return FALSE;
        }
    }
  return names != NULL;
}

/* All folders from @top on; the pictures in them follow the order of whole paths, as with ImageFolder. */
static gboolean
list_tree (const char *top, guint depth, GPtrArray *folders, GError **error)
{
  g_autoptr (GPtrArray) names = am_list_folder (top, error);

  if (names == NULL)
    return FALSE;
  if (depth == MAX_DEPTH)
    {
      g_set_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED,
                   T_ ("%s: more than %u folders inside each other; does a link lead back?"), top, MAX_DEPTH);
      return FALSE;
    }
  g_ptr_array_add (folders, g_strdup (top));
  for (guint i = 0; i < names->len; i++)
    {
      char *name = g_ptr_array_index (names, i);
      g_autofree char *path = NULL;

      if (!g_str_has_suffix (name, "/"))
        continue;
      name[strlen (name) - 1] = '\0';
      path = g_build_filename (top, name, NULL);
      if (!list_tree (path, depth + 1, folders, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
take_class (const char *folder, GPtrArray *paths, GError **error)
{
  g_autoptr (GPtrArray) folders = g_ptr_array_new_with_free_func (g_free);
  const guint n_before = paths->len;

  if (!list_tree (folder, 0, folders, error))
    return FALSE;
  g_ptr_array_sort (folders, compare_strings);
  for (guint i = 0; i < folders->len; i++)
    if (!take_folder (g_ptr_array_index (folders, i), paths, NULL, error))
      return FALSE;
  if (paths->len > n_before)
    return TRUE;
  g_set_error (error, AM_ERROR, AM_ERROR_MISMATCH,
               T_ ("%s: the folder of this class holds no PNG or JPEG pictures; add some or remove it"),
               folder);
  return FALSE;
}

static gboolean
read_picture (const AmSamples *samples, guint64 sample, AmPicture *picture, GError **error)
{
  return am_picture_load (g_ptr_array_index (samples->paths, sample), picture, error);
}

static const char *
get_picture_file (const AmSamples *samples, guint64 sample)
{
  return g_ptr_array_index (samples->paths, sample);
}

static AmSamples *
new_samples (void)
{
  AmSamples *samples = g_new0 (AmSamples, 1);

  samples->kind = N_ ("folder of pictures");
  samples->paths = g_ptr_array_new_with_free_func (g_free);
  samples->read = read_picture;
  samples->get_file = get_picture_file;
  return samples;
}

static gboolean
read_classes (AmSamples *samples, const GPtrArray *folders, GError **error)
{
  GArray *labels = g_array_new (FALSE, FALSE, sizeof (guint32));
  gboolean is_ok = TRUE;

  samples->class_names = g_ptr_array_new_with_free_func (g_free);
  for (guint32 i = 0; is_ok && i < folders->len; i++)
    {
      const char *folder = g_ptr_array_index (folders, i);

      g_ptr_array_add (samples->class_names, g_path_get_basename (folder));
      is_ok = take_class (folder, samples->paths, error);
      while (labels->len < samples->paths->len)
        g_array_append_val (labels, i);
    }
  samples->labels = (guint32 *)(void *)g_array_free (labels, FALSE);
  return is_ok;
}

/* A folder with train/ and val/ is no data set with the classes "train" and "val". */
static gboolean
check_no_sets (const char *folder, const GPtrArray *folders, GError **error)
{
  g_autoptr (GString) list = g_string_new (NULL);

  for (guint i = 0; i < folders->len; i++)
    {
      g_autofree char *name = g_path_get_basename (g_ptr_array_index (folders, i));

      if (!g_strv_contains (set_names, name))
        return TRUE;
      g_string_append_printf (list, "%s%s", i > 0 ? ", " : "", (char *)g_ptr_array_index (folders, i));
    }
  g_set_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED,
               T_ ("%s: these are sets, not classes; name one of them: %s"), folder, list->str);
  return FALSE;
}

static gboolean
check_no_strays (const GPtrArray *paths, const GPtrArray *folders, GError **error)
{
  if (paths->len == 0)
    return TRUE;
  g_set_error (
      error, AM_ERROR, AM_ERROR_MISMATCH,
      T_ ("%s: a picture beside folders of classes such as %s; move it into the folder of its class"),
      (char *)g_ptr_array_index (paths, 0), (char *)g_ptr_array_index (folders, 0));
  return FALSE;
}

AmSamples *
am_samples_open_pictures (const char *folder, GError **error)
{
  g_autoptr (AmSamples) samples = new_samples ();
  g_autoptr (GPtrArray) folders = g_ptr_array_new_with_free_func (g_free);

  if (!take_folder (folder, samples->paths, folders, error))
    return NULL;
  if (folders->len > 0
      && (!check_no_strays (samples->paths, folders, error) || !check_no_sets (folder, folders, error)
          || !read_classes (samples, folders, error)))
    return NULL;
  samples->n_samples = samples->paths->len;
  if (samples->n_samples > 0)
    return g_steal_pointer (&samples);
  g_set_error (
      error, AM_ERROR, AM_ERROR_UNSUPPORTED,
      T_ ("%s: nothing to read in this folder: neither PNG or JPEG pictures, nor folders of classes with "
          "them, nor files of MNIST or CIFAR"),
      folder);
  return NULL;
}
