/* How long the window takes to show: milliseconds from the start of the program to the end of its first
 * frame, as the frame clock tells it, with a library of 1,000 checkpoints.
 *
 *   start-time [RUNS]
 *
 * Wants a display, and GSETTINGS_SCHEMA_DIR where the app is not installed. The checkpoints are one file
 * under a thousand names, in a temporary folder. A first start, which is not counted, reads their headers
 * into the cache. */
#include <glib/gstdio.h>
#include <time.h>
#include <unistd.h>

#include "application.h"
#include "window.h"

#define N_FILES 1000

typedef struct
{
  AmApplication *application;
  const char *folder;
  gint64 started;
  gboolean fills_cache;
} Child;

static int
compare_times (gconstpointer a, gconstpointer b)
{
  double x = *(const double *)a, y = *(const double *)b;

  return (x > y) - (x < y);
}

static AmLibrary *
get_library (const Child *child)
{
  return am_workspace_get_library (am_application_get_workspace (child->application));
}

/* Checkpoints whose headers are known. */
static guint
count_known (const Child *child)
{
  GListModel *library = G_LIST_MODEL (get_library (child));
  guint n = 0;

  for (guint i = 0; i < g_list_model_get_n_items (library); i++)
    {
      g_autoptr (AmLibraryItem) item = g_list_model_get_item (library, i);

      if (am_library_item_get_state (item) == AM_ITEM_READY)
        n++;
    }
  return n;
}

static void
on_frame (GdkFrameClock *frames, Child *child)
{
  double milliseconds = (double)(g_get_monotonic_time () - child->started) / 1000;

  g_signal_handlers_disconnect_by_func (frames, on_frame, child);
  if (child->fills_cache)
    return;
  g_print ("%.1f %.0f ms of processor time, %u checkpoints known by then\n", milliseconds,
           (double)clock () * 1000 / CLOCKS_PER_SEC, count_known (child));
  _exit (0);
}

static void
on_window_realized (GtkWidget *window, Child *child)
{
  g_signal_connect (gtk_widget_get_frame_clock (window), "after-paint", G_CALLBACK (on_frame), child);
}

static void
on_window_added (GtkApplication *application, GtkWindow *window, Child *child)
{
  g_signal_connect (window, "realize", G_CALLBACK (on_window_realized), child);
}

static gboolean
is_library_read (gpointer data)
{
  Child *child = data;

  if (am_library_is_scanning (get_library (child)) || count_known (child) < N_FILES)
    return G_SOURCE_CONTINUE;
  g_application_quit (G_APPLICATION (child->application));
  return G_SOURCE_REMOVE;
}

static void
set_up (const char *folder)
{
  g_autoptr (GSettings) settings = g_settings_new (AM_APPLICATION_ID);
  const char *folders[] = { folder, NULL };

  g_settings_set_strv (settings, "library-folders", folders);
  g_settings_set_boolean (settings, "welcome-done", TRUE);
}

/* The app itself, which tells when its first frame is done. */
static int
run_child (char **argv)
{
  Child child = { .folder = argv[2], .started = g_ascii_strtoll (argv[3], NULL, 10) };
  char *app_argv[] = { argv[0], NULL };

  child.fills_cache = g_str_equal (argv[1], "--fill");
  set_up (child.folder);
  child.application = am_application_new ();
  g_application_set_flags (G_APPLICATION (child.application), G_APPLICATION_NON_UNIQUE);
  g_signal_connect (child.application, "window-added", G_CALLBACK (on_window_added), &child);
  if (child.fills_cache)
    g_timeout_add (50, is_library_read, &child);
  return g_application_run (G_APPLICATION (child.application), 1, app_argv);
}

static char *
start (const char *program, const char *mode, const char *folder)
{
  g_autofree char *now = g_strdup_printf ("%" G_GINT64_FORMAT, g_get_monotonic_time ());
  const char *argv[] = { program, mode, folder, now, NULL };
  char *output = NULL;
  GError *failure = NULL;

  if (!g_spawn_sync (NULL, (char **)argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &output, NULL, NULL, &failure))
    g_error ("%s", failure->message);
  return output;
}

static void
make_library (const char *folder)
{
  g_autofree char *a = NULL, *b = NULL;
  GError *failure = NULL;

  if (!am_demo_write_models (folder, &a, &b, &failure))
    g_error ("%s", failure->message);
  for (guint i = 2; i < N_FILES; i++)
    {
      g_autofree char *path = g_strdup_printf ("%s/model-%04u.safetensors", folder, i);

      if (link (i % 2 == 0 ? a : b, path) != 0)
        g_error ("cannot link %s", path);
    }
}

static void
measure (const char *program, const char *folder, guint n_runs)
{
  g_autoptr (GArray) times = g_array_new (FALSE, FALSE, sizeof (double));
  g_autofree char *last = NULL;

  for (guint i = 0; i < n_runs; i++)
    {
      g_autofree char *output = start (program, "--child", folder);
      char *end;
      double time = g_ascii_strtod (output, &end);

      g_array_append_val (times, time);
      g_free (last);
      last = g_strdup (g_strstrip (end));
    }
  g_array_sort (times, compare_times);
  g_print ("start to first frame: median %.0f ms, slowest %.0f ms, of %u starts; the last took %s\n",
           g_array_index (times, double, times->len / 2), g_array_index (times, double, times->len - 1),
           n_runs, last);
}

static void
remove_folder (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *below = g_build_filename (path, name, NULL);

      if (g_file_test (below, G_FILE_TEST_IS_DIR))
        remove_folder (below);
      else
        g_unlink (below);
    }
  g_rmdir (path);
}

int
main (int argc, char **argv)
{
  g_autofree char *top = NULL, *models = NULL, *cache = NULL, *filled = NULL;
  guint n_runs = argc == 2 ? (guint)MAX (1, g_ascii_strtoll (argv[1], NULL, 10)) : 5;

  g_setenv ("GSETTINGS_BACKEND", "memory", TRUE);
  if (argc == 4)
    return run_child (argv);
  top = g_dir_make_tmp ("amalgam-start-XXXXXX", NULL);
  models = g_build_filename (top, "models", NULL);
  cache = g_build_filename (top, "cache", NULL);
  g_mkdir (models, 0700);
  g_setenv ("XDG_CACHE_HOME", cache, TRUE);
  g_setenv ("XDG_DATA_HOME", cache, TRUE);
  make_library (models);
  filled = start (argv[0], "--fill", models);
  measure (argv[0], models, n_runs);
  remove_folder (top);
  return 0;
}
