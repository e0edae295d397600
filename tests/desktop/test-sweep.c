#include "demo-workspace.h"

#include <math.h>

#include "recipes/sweep-dialog.h"
#include "recipes/sweep.h"

static const AmParameter unit = { .id = "alpha", .type = AM_PARAMETER_NUMBER, .maximum = 1 };
static const AmParameter whole
    = { .id = "iterations", .type = AM_PARAMETER_INTEGER, .minimum = 1, .maximum = 9 };

static void
assert_refused (const char *text, const AmParameter *parameter)
{
  g_autoptr (GError) failure = NULL;

  g_assert_null (am_sweep_parse (text, parameter, &failure));
  g_assert_error (failure, AM_ERROR, AM_ERROR_BAD_RECIPE);
}

static void
test_parse (void)
{
  g_autoptr (GArray) values = am_sweep_parse (" 0.2,0.4;0.6  1 ", &unit, NULL);

  g_assert_cmpuint (values->len, ==, 4);
  g_assert_cmpfloat (g_array_index (values, double, 2), ==, 0.6);
  assert_refused ("", &unit);
  assert_refused (" , ", &unit);
  assert_refused ("0.2, x", &unit);
  assert_refused ("0.2x", &unit);
  assert_refused ("1.5", &unit);
  assert_refused ("nan", &unit);
  assert_refused ("0.5, 0.2, 0.50", &unit);
  assert_refused ("2.5", &whole);
}

static void
test_range (void)
{
  g_autofree char *five = am_sweep_write_range (0, 1, 5);
  g_autofree char *down = am_sweep_write_range (0.3, -0.3, 3);
  g_autofree char *one = am_sweep_write_range (0.7, 1, 1);
  g_autofree char *thirds = am_sweep_write_range (0, 1, 4);

  g_assert_cmpstr (five, ==, "0, 0.25, 0.5, 0.75, 1");
  g_assert_cmpstr (down, ==, "0.3, 0, -0.3");
  g_assert_cmpstr (one, ==, "0.7");
  g_assert_cmpstr (thirds, ==, "0, 0.3333, 0.6667, 1");
}

static AmSweepSubject
find_subject (AmDraft *draft, gboolean is_block)
{
  g_autoptr (GArray) subjects = am_sweep_list_subjects (draft);

  for (guint i = 0; i < subjects->len; i++)
    if (g_array_index (subjects, AmSweepSubject, i).is_block == is_block)
      return g_array_index (subjects, AmSweepSubject, i);
  g_assert_not_reached ();
}

static const AmSweepStep *
get_step (const GPtrArray *steps, guint index)
{
  return g_ptr_array_index (steps, index);
}

static char *
get_name (const AmSweepStep *step)
{
  return g_path_get_basename (step->output);
}

static void
test_parameter (void)
{
  DemoWorkspace demo;
  AmDraft *draft;
  AmSweepSubject subject;
  g_autoptr (GArray) values = am_sweep_parse ("0.2, 0.8", &unit, NULL);
  g_autoptr (GPtrArray) steps = NULL;
  g_autofree char *first = NULL, *templated = NULL;
  const AmRecipe *recipe;
  const AmSetting *setting;

  demo_workspace_init (&demo);
  draft = am_workspace_get_draft (demo.workspace);
  subject = find_subject (draft, FALSE);
  steps = am_sweep_make_steps (draft, &subject, values);
  g_assert_cmpuint (steps->len, ==, 2);
  first = get_name (get_step (steps, 0));
  g_assert_cmpstr (first, ==, "base-style-weighted_sum-alpha-0.2.safetensors");
  recipe = g_ptr_array_index (get_step (steps, 1)->recipes, 0);
  setting = g_hash_table_lookup (recipe->parameters, "alpha");
  g_assert_cmpfloat (setting->number, ==, 0.8);
  /* The draft itself is as it was. */
  g_assert_cmpfloat (am_draft_get_parameter (draft, subject.parameter, 0), ==,
                     am_draft_get_method (draft)->parameters[subject.parameter].default_value);

  /* A template that has the value in it already is enough. */
  am_draft_set_name_template (draft, "mix {alpha}");
  g_clear_pointer (&steps, g_ptr_array_unref);
  steps = am_sweep_make_steps (draft, &subject, values);
  templated = get_name (get_step (steps, 1));
  g_assert_cmpstr (templated, ==, "mix 0.8.safetensors");
  demo_workspace_clear (&demo);
}

static void
test_block (void)
{
  DemoWorkspace demo;
  AmDraft *draft;
  AmSweepSubject subject;
  g_autoptr (GArray) values = am_sweep_parse ("0, 1", &unit, NULL);
  g_autoptr (GPtrArray) steps = NULL;
  g_autofree char *name = NULL, *block = NULL;
  g_autofree double *resolved = g_new0 (double, 64);
  double time_embed, vae;
  const AmRecipe *recipe;
  GError *failure = NULL;

  demo_workspace_init (&demo);
  draft = am_workspace_get_draft (demo.workspace);
  subject = find_subject (draft, TRUE);
  subject.bar = 5;
  block = g_strdup (am_block_values_get_name (am_draft_get_block_values (draft, 0), 5));
  steps = am_sweep_make_steps (draft, &subject, values);
  name = get_name (get_step (steps, 1));
  g_assert_cmpstr (block, ==, "IN04");
  g_assert_cmpstr (name, ==, "base-style-weighted_sum-IN04-1.safetensors");
  recipe = g_ptr_array_index (get_step (steps, 1)->recipes, 0);
  am_block_weights_resolve (g_hash_table_lookup (recipe->blocks, ""), AM_FAMILY_SD1, resolved, &time_embed,
                            &vae, &failure);
  g_assert_no_error (failure);
  g_assert_cmpfloat (resolved[5], ==, 1);
  g_assert_true (isnan (resolved[6]));
  demo_workspace_clear (&demo);
}

static void
test_names_collide (void)
{
  DemoWorkspace demo;
  AmDraft *draft;
  AmSweepSubject subject;
  g_autoptr (GArray) values = am_sweep_parse ("0.2, 0.8", &unit, NULL);
  g_autoptr (GPtrArray) steps = NULL;
  GError *failure = NULL;

  demo_workspace_init (&demo);
  draft = am_workspace_get_draft (demo.workspace);
  subject = find_subject (draft, FALSE);
  steps = am_sweep_make_steps (draft, &subject, values);
  g_assert_true (am_sweep_check_names (steps, am_workspace_get_queue (demo.workspace), &failure));
  g_assert_no_error (failure);

  g_assert_true (g_file_set_contents (get_step (steps, 1)->output, "x", -1, NULL));
  g_assert_false (am_sweep_check_names (steps, am_workspace_get_queue (demo.workspace), &failure));
  g_assert_error (failure, AM_ERROR, AM_ERROR_NOT_WRITABLE);
  g_clear_error (&failure);

  g_free (((AmSweepStep *)g_ptr_array_index (steps, 1))->output);
  ((AmSweepStep *)g_ptr_array_index (steps, 1))->output = g_strdup (get_step (steps, 0)->output);
  g_assert_false (am_sweep_check_names (steps, am_workspace_get_queue (demo.workspace), &failure));
  g_assert_error (failure, AM_ERROR, AM_ERROR_NOT_WRITABLE);
  g_clear_error (&failure);
  demo_workspace_clear (&demo);
}

static gboolean
is_queue_done (gpointer queue)
{
  return am_run_queue_get_n_open (queue) == 0;
}

/* The dialog as it opens: five values of alpha. Each becomes a file, and each file says its value. */
static void
test_dialog_queues (void)
{
  DemoWorkspace demo;
  AmSweepDialog *dialog;
  AmRunQueue *queue;

  demo_workspace_init (&demo);
  queue = am_workspace_get_queue (demo.workspace);
  dialog = am_sweep_dialog_new (demo.workspace);
  gtk_window_present (GTK_WINDOW (dialog));
  gtk_test_widget_wait_for_draw (GTK_WIDGET (dialog));
  desktop_test_settle ();
  desktop_test_save_picture (GTK_WIDGET (dialog), "sweep-dialog");
  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (dialog), "sweep.queue", NULL));
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (queue)), ==, 5);
  desktop_test_wait (is_queue_done, queue);
  for (guint i = 0; i < 5; i++)
    {
      g_autoptr (AmRun) run = g_list_model_get_item (G_LIST_MODEL (queue), i);
      g_autoptr (GPtrArray) recipes = am_recipes_load (am_run_get_output (run), NULL);
      const AmSetting *setting;

      g_assert_nonnull (recipes);
      setting = g_hash_table_lookup (((AmRecipe *)g_ptr_array_index (recipes, 0))->parameters, "alpha");
      g_assert_cmpfloat (setting->number, ==, i * 0.25);
    }
  demo_workspace_clear (&demo);
}

/* A file opened from outside may bring a merge that has nothing to sweep. */
static void
test_dialog_follows (void)
{
  DemoWorkspace demo;
  AmDraft *draft;
  AmSweepDialog *dialog;

  demo_workspace_init (&demo);
  draft = am_workspace_get_draft (demo.workspace);
  dialog = am_sweep_dialog_new (demo.workspace);
  g_object_add_weak_pointer (G_OBJECT (dialog), (gpointer *)&dialog);
  gtk_window_present (GTK_WINDOW (dialog));
  am_draft_set_method (draft, "slerp");
  desktop_test_settle ();
  g_assert_nonnull (dialog);
  am_draft_set_method (draft, "geometric_median");
  desktop_test_settle ();
  g_assert_null (dialog);
  demo_workspace_clear (&demo);
}

int
main (int argc, char **argv)
{
  desktop_test_init (&argc, &argv);

  g_test_add_func ("/sweep/parse", test_parse);
  g_test_add_func ("/sweep/range", test_range);
  g_test_add_func ("/sweep/parameter", test_parameter);
  g_test_add_func ("/sweep/block", test_block);
  g_test_add_func ("/sweep/names-collide", test_names_collide);
  g_test_add_func ("/sweep/dialog-queues", test_dialog_queues);
  g_test_add_func ("/sweep/dialog-follows", test_dialog_follows);
  return g_test_run ();
}
