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

static void
count (const AmProgressState *state, gpointer user_data)
{
  guint *n = user_data;

  *n += strcmp (state->stage, "Aligning") == 0;
}

/* Rotations never come out the same to the last bit; rounds end all the same. */
static void
test_rotations_end (void)
{
  g_autofree char *folder = new_folder ();
  g_autofree char *out = g_build_filename (folder, "out.safetensors", NULL);
  g_autoptr (GPtrArray) recipes = recipes_new (MEAN "  rotate: true\n", folder);
  const AmMergeOptions options = { .no_sync = TRUE };
  guint n_reports = 0;
  const AmProgress progress = { count, &n_reports };
  g_autoptr (GError) error = NULL;
  g_autoptr (AmPlan) plan = NULL;
  g_autoptr (AmReport) report = NULL;

  for (guint i = 0; i < 4; i++)
    {
      const char name[] = { (char)('a' + i), '\0' };
      g_autofree char *file = g_strconcat (name, ".safetensors", NULL);
      Attention attention;

      attention_init (&attention, 20 + i);
      write_attention (&attention, folder, file);
    }
  plan = am_plan_new (recipes, &options, &error);
  g_assert_no_error (error);
  report = am_merge_run (plan, out, &progress, NULL, &error);
  g_assert_no_error (error);
  g_test_message ("%u reports", n_reports);
  g_assert_cmpuint (n_reports, <, 1000);
  fixture_remove_folder (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/align-mean/siblings", test_siblings);
  g_test_add_func ("/align-mean/rotations-end", test_rotations_end);
  return g_test_run ();
}
