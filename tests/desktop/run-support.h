/* What tests of merges share: two small checkpoints, runs over them, and a data folder of their own. */
#pragma once

#include "desktop-support.h"
#include "fixture-checkpoint.h"
#include "state/run-queue.h"

typedef struct
{
  char *folder;
  char *a;
  char *b;
} RunFixture;

/* The history goes there. Before anything asks for the data folder. */
static inline char *
run_fixture_use_data_folder (void)
{
  char *folder = fixture_new_folder ();

  g_setenv ("XDG_DATA_HOME", folder, TRUE);
  return folder;
}

static inline char *
run_fixture_write_model (const char *folder, const char *name, guint32 seed)
{
  g_autoptr (Fixture) fixture = fixture_new ();

  fixture_add_random (fixture, "first.weight", AM_DTYPE_F32, "16,8", seed, 1.0);
  fixture_add_random (fixture, "first.bias", AM_DTYPE_F32, "16", seed + 1, 1.0);
  fixture_add_random (fixture, "second.weight", AM_DTYPE_F32, "4,16", seed + 2, 1.0);
  return fixture_write (fixture, folder, name);
}

static inline void
run_fixture_init (RunFixture *fixture)
{
  fixture->folder = fixture_new_folder ();
  fixture->a = run_fixture_write_model (fixture->folder, "a.safetensors", 1);
  fixture->b = run_fixture_write_model (fixture->folder, "b.safetensors", 10);
}

static inline void
run_fixture_clear (RunFixture *fixture)
{
  fixture_remove_folder (fixture->folder);
  g_free (fixture->folder);
  g_free (fixture->a);
  g_free (fixture->b);
}

/* A merge of two models into FOLDER/NAME. */
static inline AmRun *
run_fixture_new_run (const char *a, const char *b, const char *folder, const char *name)
{
  g_autofree char *yaml = g_strdup_printf ("merge_method: weighted_sum\n"
                                           "models: [{model: '%s'}, {model: '%s'}]\n"
                                           "parameters: {alpha: 0.25}\n",
                                           a, b);
  g_autofree char *output = g_build_filename (folder, name, NULL);
  GError *error = NULL;
  g_autoptr (GPtrArray) recipes = am_recipes_parse (yaml, -1, "test", &error);

  g_assert_no_error (error);
  return am_run_new (recipes, output, &(AmRunOptions){ .n_threads = 1, .embeds_metadata = TRUE });
}

static inline gboolean
run_fixture_is_idle (gpointer queue)
{
  return am_run_queue_get_n_open (queue) == 0;
}

/* How many files there are in FOLDER, those that are being written included. */
static inline guint
run_fixture_count_files (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  guint n = 0;

  g_assert_nonnull (dir);
  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}
