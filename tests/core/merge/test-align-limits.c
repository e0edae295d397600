/* What alignment leaves alone: the file that describes the network, and layers that are too large. */
#include <string.h>

#include "merge-fixture.h"

static void
write_layers (const char *folder, const char *name, const char *in, const char *out, guint32 seed)
{
  g_autoptr (Fixture) fixture = fixture_new ();

  fixture_add_random (fixture, "fc1.weight", AM_DTYPE_F16, in, seed, 1.0);
  fixture_add_random (fixture, "fc2.weight", AM_DTYPE_F16, out, seed + 1, 1.0);
  g_free (fixture_write (fixture, folder, name));
}

static AmPlan *
plan_new (const char *folder, const char *yaml, const AmMergeOptions *options)
{
  g_autoptr (GPtrArray) recipes = recipes_new (yaml, folder);
  g_autoptr (GError) error = NULL;
  AmPlan *plan = am_plan_new (recipes, options, &error);

  g_assert_no_error (error);
  return plan;
}

#define TWO "merge_method: weighted_sum\nmodels: [DIR/a.safetensors, DIR/b.safetensors]\nalign:\n"

/* The description is an input like any other, under other names too: it is not written over. */
static void
test_description (void)
{
  g_autofree char *folder = fixture_new_folder ();
  g_autofree char *path = g_build_filename (folder, "net.yaml", NULL);
  g_autofree char *other = g_build_filename (folder, ".", "net.yaml", NULL);
  g_autofree char *out = g_build_filename (folder, "out.safetensors", NULL);
  const AmMergeOptions options = { .force = TRUE, .no_sync = TRUE, .recipe_folder = folder };
  g_autoptr (GError) error = NULL;
  g_autoptr (AmPlan) plan = NULL;

  g_file_set_contents (path,
                       "graph:\n"
                       "  - {input: x, channels: 'fc1.weight[1]'}\n"
                       "  - linear: fc1\n"
                       "  - activation: relu\n"
                       "  - linear: fc2\n"
                       "  - output: y\n",
                       -1, &error);
  g_assert_no_error (error);
  write_layers (folder, "a.safetensors", "8,4", "3,8", 1);
  write_layers (folder, "b.safetensors", "8,4", "3,8", 3);
  plan = plan_new (folder, TWO "  architecture: net.yaml\n", &options);
  g_assert_true (am_plan_is_input (plan, other));
  g_assert_false (am_plan_is_input (plan, out));
  g_assert_null (am_merge_run (plan, path, NULL, NULL, &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_NOT_WRITABLE);
  fixture_remove_folder (folder);
}

static void
test_large_layers (void)
{
  g_autofree char *folder = fixture_new_folder ();
  const AmMergeOptions options = { .no_sync = TRUE };
  g_autoptr (AmPlan) plan = NULL;
  const AmAlignment *alignment;
  const char *note;

  write_layers (folder, "a.safetensors", "32769,1", "1,32769", 1);
  write_layers (folder, "b.safetensors", "32769,1", "1,32769", 3);
  plan = plan_new (folder, TWO "  to: first\n", &options);
  alignment = g_ptr_array_index (am_plan_get_alignments (plan), 0);
  note = am_alignment_get_notes (alignment)[1];
  g_assert_nonnull (strstr (note, "fc1 stays as it is: its 32769 units are too many"));
  fixture_remove_folder (folder);
}

static gboolean
has_warning (const AmPlan *plan, const char *words)
{
  for (const char *const *warning = am_plan_get_warnings (plan); *warning != NULL; warning++)
    if (strstr (*warning, words) != NULL)
      return TRUE;
  return FALSE;
}

/* Similarities of 2,000 units take 16 MB, remembered and at work. */
static void
test_memory (void)
{
  g_autofree char *folder = fixture_new_folder ();
  const AmMergeOptions options = { .n_threads = 1, .memory_limit = 20 * 1000 * 1000 };
  g_autoptr (AmPlan) aligned = NULL;
  g_autoptr (AmPlan) plain = NULL;

  write_layers (folder, "a.safetensors", "2000,2", "2,2000", 1);
  write_layers (folder, "b.safetensors", "2000,2", "2,2000", 3);
  aligned = plan_new (folder, TWO "  to: first\n", &options);
  plain = plan_new (folder, "merge_method: weighted_sum\nmodels: [DIR/a.safetensors, DIR/b.safetensors]\n",
                    &options);
  g_assert_cmpuint (am_plan_get_memory (aligned), >, am_plan_get_memory (plain) + 2 * 16000000);
  g_assert_true (has_warning (aligned, "aligning needs about"));
  g_assert_false (has_warning (plain, "aligning needs about"));
  fixture_remove_folder (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/align-limits/description", test_description);
  g_test_add_func ("/align-limits/large-layers", test_large_layers);
  g_test_add_func ("/align-limits/memory", test_memory);
  return g_test_run ();
}
