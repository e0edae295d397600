/* Aligning many models to their mean. */
#include <string.h>

#include "merge-fixture.h"

#define WIDTH 16
#define HEADS 4
#define INPUTS 6

static const char description[] = "graph:\n"
                                  "  - input: x\n"
                                  "    channels: q.weight[1]\n"
                                  "  - remember: seen\n"
                                  "  - {linear: q, from: seen, to: queries}\n"
                                  "  - {linear: k, from: seen, to: keys}\n"
                                  "  - {linear: v, from: seen, to: values}\n"
                                  "  - attention: [queries, keys, values]\n"
                                  "    heads: 4\n"
                                  "  - linear: o\n"
                                  "  - output: y\n";

/* An attention, its heads in the order of @heads. */
typedef struct
{
  double q[WIDTH][INPUTS], k[WIDTH][INPUTS], v[WIDTH][INPUTS], o[INPUTS][WIDTH];
} Attention;

static void
attention_init (Attention *attention, guint32 seed)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);
  double *values = (double *)attention;

  for (gsize i = 0; i < sizeof *attention / sizeof *values; i++)
    values[i] = g_rand_double_range (random, -1, 1);
}

/* @attention with a little noise, and its heads turned round by @shift. */
static Attention
make_sibling (const Attention *attention, guint32 seed, guint shift)
{
  const guint size = WIDTH / HEADS;
  Attention noise, sibling;

  attention_init (&noise, seed);
  for (guint i = 0; i < WIDTH; i++)
    {
      const guint from = (i + shift * size) % WIDTH;

      for (guint c = 0; c < INPUTS; c++)
        {
          sibling.q[i][c] = attention->q[from][c] + 0.1 * noise.q[i][c];
          sibling.k[i][c] = attention->k[from][c] + 0.1 * noise.k[i][c];
          sibling.v[i][c] = attention->v[from][c] + 0.1 * noise.v[i][c];
          sibling.o[c][i] = attention->o[c][from] + 0.1 * noise.o[c][i];
        }
    }
  return sibling;
}

static void
write_attention (const Attention *attention, const char *folder, const char *name)
{
  g_autoptr (Fixture) fixture = fixture_new ();

  fixture_add_values (fixture, "q.weight", AM_DTYPE_F32, "16,6", &attention->q[0][0]);
  fixture_add_values (fixture, "k.weight", AM_DTYPE_F32, "16,6", &attention->k[0][0]);
  fixture_add_values (fixture, "v.weight", AM_DTYPE_F32, "16,6", &attention->v[0][0]);
  fixture_add_values (fixture, "o.weight", AM_DTYPE_F32, "6,16", &attention->o[0][0]);
  g_free (fixture_write (fixture, folder, name));
}

static char *
new_folder (void)
{
  char *folder = fixture_new_folder ();
  g_autofree char *path = g_build_filename (folder, "net.yaml", NULL);
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, description, -1, &error);
  g_assert_no_error (error);
  return folder;
}

#define MEAN                                                                                                 \
  "merge_method: linear\nmodels: [DIR/a.safetensors, DIR/b.safetensors, DIR/c.safetensors, "                 \
  "DIR/d.safetensors]\nalign:\n  to: mean\n  architecture: DIR/net.yaml\n"

/* Siblings whose heads are in different orders all come into that of the first: their mean, which is no
 * network before, must not hold any of them back. */
static void
test_siblings (void)
{
  g_autofree char *folder = new_folder ();
  const AmMergeOptions options = { .no_sync = TRUE };
  g_autoptr (GError) error = NULL;
  g_autoptr (AmReport) report = NULL;
  Attention first;

  attention_init (&first, 1);
  write_attention (&first, folder, "a.safetensors");
  for (guint i = 1; i < 4; i++)
    {
      const Attention sibling = make_sibling (&first, 10 + i, i);
      const char name[] = { (char)('a' + i), '\0' };
      g_autofree char *file = g_strconcat (name, ".safetensors", NULL);

      write_attention (&sibling, folder, file);
    }
  report = merge_run (MEAN, folder, "out.safetensors", &options, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < 3; i++)
    {
      const AmAlignment *alignment = g_ptr_array_index (am_report_get_alignments (report), i);

      g_assert_cmpfloat (am_alignment_get_total (alignment)->similarity_after, >, 0.98);
    }
  fixture_remove_folder (folder);
}

/* Four attentions that have nothing in common. */
static void
write_strangers (const char *folder)
{
  for (guint i = 0; i < 4; i++)
    {
      const char name[] = { (char)('a' + i), '\0' };
      g_autofree char *file = g_strconcat (name, ".safetensors", NULL);
      Attention attention;

      attention_init (&attention, 20 + i);
      write_attention (&attention, folder, file);
    }
}

typedef struct
{
  guint64 done_size;
  guint n_begun;
} Count;

/* Matches that began, as far as reports show them: work that is done starts anew. */
static void
count (const AmProgressState *state, gpointer user_data)
{
  Count *begun = user_data;

  if (strcmp (state->stage, "Aligning") != 0)
    return;
  begun->n_begun += state->done_size < begun->done_size;
  begun->done_size = state->done_size;
}

/* Rotations never come out the same to the last bit; rounds end all the same. */
static void
test_rotations_end (void)
{
  g_autofree char *folder = new_folder ();
  g_autofree char *out = g_build_filename (folder, "out.safetensors", NULL);
  g_autoptr (GPtrArray) recipes = recipes_new (MEAN "  rotate: true\n", folder);
  const AmMergeOptions options = { .no_sync = TRUE };
  Count begun = { 0 };
  const AmProgress progress = { count, &begun };
  g_autoptr (GError) error = NULL;
  g_autoptr (AmPlan) plan = NULL;
  g_autoptr (AmReport) report = NULL;

  write_strangers (folder);
  plan = am_plan_new (recipes, &options, &error);
  g_assert_no_error (error);
  report = am_merge_run (plan, out, &progress, NULL, &error);
  g_assert_no_error (error);
  g_test_message ("%u matches", begun.n_begun);
  g_assert_cmpuint (begun.n_begun, <, 120);
  fixture_remove_folder (folder);
}

#define N_STRANGERS 4
#define N_VALUES (24 * 12)

/* Perceptrons that have nothing in common, and what aligns all but the first. */
typedef struct
{
  AmCheckpoint *checkpoints[N_STRANGERS];
  AmModel *models[N_STRANGERS];
  GPtrArray *alignments;
} Strangers;

static void
write_perceptron (const char *folder, const char *name, guint32 seed)
{
  g_autoptr (Fixture) fixture = fixture_new ();

  fixture_add_random (fixture, "fc1.weight", AM_DTYPE_F32, "24,12", seed, 1.0);
  fixture_add_random (fixture, "fc2.weight", AM_DTYPE_F32, "24,24", seed + 1, 1.0);
  fixture_add_random (fixture, "fc3.weight", AM_DTYPE_F32, "5,24", seed + 2, 1.0);
  g_free (fixture_write (fixture, folder, name));
}

static void
strangers_open (Strangers *strangers, const char *folder)
{
  g_autoptr (AmAlignSettings) settings = am_align_settings_new ();

  strangers->alignments = g_ptr_array_new_with_free_func ((GDestroyNotify)am_alignment_unref);
  for (guint i = 0; i < N_STRANGERS; i++)
    {
      g_autofree char *name = g_strdup_printf ("%u.safetensors", i);
      g_autofree char *path = g_build_filename (folder, name, NULL);
      g_autoptr (GError) error = NULL;

      write_perceptron (folder, name, 10 * i + 1);
      strangers->checkpoints[i] = am_checkpoint_open (path, &error);
      g_assert_no_error (error);
      strangers->models[i] = am_model_new (strangers->checkpoints[i]);
      if (i > 0)
        g_ptr_array_add (
            strangers->alignments,
            am_alignment_new (strangers->models[i], strangers->checkpoints[i], name, settings, &error));
      g_assert_no_error (error);
    }
}

static void
strangers_clear (Strangers *strangers)
{
  g_ptr_array_unref (strangers->alignments);
  for (guint i = 0; i < N_STRANGERS; i++)
    {
      am_model_free (strangers->models[i]);
      am_checkpoint_free (strangers->checkpoints[i]);
    }
}

/* Aligns all to their mean and returns the first matrix of the last. */
static double *
strangers_align (Strangers *strangers, guint64 seed)
{
  g_autoptr (AmAlignSettings) settings = am_align_settings_new ();
  const AmModel *const models[] = { strangers->models[0] };
  AmCheckpoint *const checkpoints[] = { strangers->checkpoints[0] };
  const AmReference reference = { 1, models, checkpoints };
  AmCheckpoint *last = strangers->checkpoints[N_STRANGERS - 1];
  double *values = g_new (double, N_VALUES);
  g_autoptr (GError) error = NULL;

  settings->target = AM_ALIGN_TO_MEAN;
  settings->seed = seed;
  am_alignments_run (strangers->alignments, &reference, settings, 1, NULL, NULL, &error);
  g_assert_no_error (error);
  am_checkpoint_read_doubles (last, am_checkpoint_find (last, "fc1.weight", NULL), 0, N_VALUES, values,
                              &error);
  g_assert_no_error (error);
  return values;
}

/* What an earlier run left behind, one that was cancelled too, makes no difference to the next. Strangers
 * have many optima, and where the search starts decides which one it finds. */
static void
test_again (void)
{
  g_autofree char *folder = fixture_new_folder ();
  Strangers fresh, used;
  const gsize size = N_VALUES * sizeof (double);
  g_autofree double *wanted = NULL;
  guint n_different = 0;

  strangers_open (&fresh, folder);
  strangers_open (&used, folder);
  wanted = strangers_align (&fresh, 1);
  for (guint64 seed = 2; seed < 12; seed++)
    {
      g_autofree double *before = strangers_align (&used, seed);
      g_autofree double *found = strangers_align (&used, 1);

      n_different += memcmp (before, wanted, size) != 0;
      g_assert_cmpmem (found, size, wanted, size);
    }
  g_assert_cmpuint (n_different, >, 0);
  strangers_clear (&fresh);
  strangers_clear (&used);
  fixture_remove_folder (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/align-mean/siblings", test_siblings);
  g_test_add_func ("/align-mean/rotations-end", test_rotations_end);
  g_test_add_func ("/align-mean/again", test_again);
  return g_test_run ();
}
