/* Runs a fuzz target over files and folders given as arguments: replays a corpus without libFuzzer. */
#include <stdint.h>
#include <string.h>

#include <glib.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static gint
compare_strings (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

static void
replay_file (const char *path)
{
  g_autofree char *contents = NULL;
  g_autofree uint8_t *exact = NULL;
  g_autoptr (GError) error = NULL;
  gsize size;

  if (!g_file_get_contents (path, &contents, &size, &error))
    g_error ("%s", error->message);
  /* GLib ends contents with a NUL; without it a sanitizer sees reads beyond the end. */
  exact = g_memdup2 (contents, size);
  LLVMFuzzerTestOneInput (exact, size);
}

static guint
replay_folder (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  const char *name;

  while (dir && (name = g_dir_read_name (dir)))
    g_ptr_array_add (paths, g_build_filename (folder, name, NULL));
  g_ptr_array_sort (paths, compare_strings);
  for (guint i = 0; i < paths->len; i++)
    replay_file (g_ptr_array_index (paths, i));
  return paths->len;
}

int
main (int argc, char **argv)
{
  guint n = 0;

  for (int i = 1; i < argc; i++)
    if (g_file_test (argv[i], G_FILE_TEST_IS_DIR))
      n += replay_folder (argv[i]);
    else
      {
        replay_file (argv[i]);
        n++;
      }
  g_print ("%u inputs replayed\n", n);
  return n > 0 ? 0 : 1;
}
