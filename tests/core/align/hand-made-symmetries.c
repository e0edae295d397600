#include "hand-made-symmetries.h"

#include <string.h>

#include "fixture-checkpoint.h"
#include "graph/symmetries-private.h"

static const struct
{
  char letter;
  char parent; /* 0: none */
  guint size;
  guint n_branches;
  gboolean can_rotate;
  AmFactorKind kind;
} factors[] = {
  { 'U', 0, 24, 1, FALSE, AM_FACTOR_UNITS },    { 'G', 0, 4, 1, FALSE, AM_FACTOR_GROUPS },
  { 'c', 'G', 6, 4, FALSE, AM_FACTOR_UNITS },   { 'H', 0, 3, 1, FALSE, AM_FACTOR_HEADS },
  { 'Q', 'H', 2, 3, FALSE, AM_FACTOR_QUERIES }, { 'k', 'H', 4, 3, TRUE, AM_FACTOR_UNITS },
  { 'v', 'H', 5, 3, TRUE, AM_FACTOR_UNITS },    { 'A', 0, 2, 1, FALSE, AM_FACTOR_HEADS },
  { 'B', 'A', 3, 2, FALSE, AM_FACTOR_GROUPS },  { 'C', 'B', 4, 6, FALSE, AM_FACTOR_UNITS },
  { 'L', 0, 4000, 1, FALSE, AM_FACTOR_UNITS },  { 'W', 0, 64, 1, FALSE, AM_FACTOR_UNITS },
  { 'R', 0, 16, 1, TRUE, AM_FACTOR_UNITS },
};

/* An axis is segments: "start:" and digits, x with a number being a fixed one. "" for an axis that stays. */
static const struct
{
  const char *name;
  const char *shape;
  const char *axes[5];
} tensors[] = {
  { "fc.weight", "24,10", { "0:U", "" } },
  { "fc.bias", "24", { "0:U" } },
  { "fc.count", "24", { "0:U" } },
  { "inner.weight", "7,24", { "", "0:U" } },
  { "both.weight", "24,24", { "0:U", "0:G c" } },
  { "conv.weight", "24,24,3,3", { "0:G c", "0:U" } },
  { "one.weight", "24,24,1,1", { "0:U", "0:G c" } },
  { "flat.weight", "5,216", { "", "0:U x9" } },
  { "fused.weight", "60,11", { "0:H Q k|24:H k|36:H v", "" } },
  { "fused.bias", "60", { "0:H Q k|24:H k|36:H v" } },
  { "out.weight", "9,30", { "", "0:H Q v" } },
  { "square.weight", "24,30", { "0:H Q k", "0:H Q v" } },
  { "deep.weight", "26,24", { "2:A B C", "0:A B C" } },
  { "heads", "3", { "0:H" } },
  { "positions", "1,50,24", { "", "", "0:U" } },
  { "blocks", "24,2,24,2,3", { "0:A B C", "", "0:G c", "", "" } },
  { "stack.weight", "2,24,9,700", { "", "0:U", "", "" } },
  { "tall.weight", "4000,70", { "0:L", "" } },
  { "narrow.weight", "4000,3,3", { "0:L", "", "" } },
  { "wide.weight", "30,4000", { "", "0:L" } },
  { "widest.weight", "2,144000", { "", "0:U x6000" } },
  { "large.weight", "24,4000", { "0:U", "0:L" } },
  { "large.bias", "4000", { "0:L" } },
  { "one_head.weight", "16,24,1,1", { "0:R", "0:U", "", "" } },
  { "one_head_out.weight", "24,16,1,1", { "0:U", "0:R", "", "" } },
  { "one_head_flat.weight", "3,16,2", { "", "0:R", "" } },
  { "one_head_flatter.weight", "3,32", { "", "0:R x2" } },
  { "one_head_rows.weight", "32,3", { "0:R x2", "" } },
  { "packed.weight", "24,64", { "0:U", "0:W" } },
  { "still.weight", "5,5", { "", "" } },
  { "scalar", "", { "" } },
};

guint
hand_made_factor (char letter)
{
  const char *place = strchr (FACTORS, letter);

  g_assert_nonnull (place);
  return (guint)(place - FACTORS);
}

static void
add_digit (AmAxisSegment *segment, const char *text)
{
  AmDigit *digit = &segment->digits[segment->n_digits++];

  if (text[0] == 'x')
    *digit = (AmDigit){ AM_FIXED_FACTOR, g_ascii_strtoull (text + 1, NULL, 10) };
  else
    *digit = (AmDigit){ (gint)hand_made_factor (text[0]), factors[hand_made_factor (text[0])].size };
  segment->length *= digit->size;
}

static void
add_binding (GArray *bindings, guint tensor, guint axis, const char *text)
{
  g_auto (GStrv) segments = g_strsplit (text, "|", -1);
  AmAxisBinding binding = { .tensor = tensor, .axis = axis, .n_segments = g_strv_length (segments) };

  binding.segments = g_new0 (AmAxisSegment, binding.n_segments);
  for (guint s = 0; s < binding.n_segments; s++)
    {
      g_auto (GStrv) parts = g_strsplit (strchr (segments[s], ':') + 1, " ", -1);

      binding.segments[s].start = g_ascii_strtoull (segments[s], NULL, 10);
      binding.segments[s].length = 1;
      for (guint d = 0; parts[d] != NULL; d++)
        add_digit (&binding.segments[s], parts[d]);
    }
  g_array_append_val (bindings, binding);
}

static void
add_tensors (AmGraph *graph, GArray *bindings)
{
  for (guint i = 0; i < G_N_ELEMENTS (tensors); i++)
    {
      g_auto (GStrv) lengths = g_strsplit (tensors[i].shape, ",", -1);
      const guint n_dims = g_strv_length (lengths);
      guint64 shape[5] = { 0 };

      for (guint k = 0; k < n_dims; k++)
        shape[k] = g_ascii_strtoull (lengths[k], NULL, 10);
      g_assert_cmpuint (am_graph_add_tensor (graph, tensors[i].name, n_dims, shape), ==, i);
      for (guint k = 0; k < n_dims; k++)
        if (tensors[i].axes[k] != NULL && tensors[i].axes[k][0] != '\0')
          add_binding (bindings, i, k, tensors[i].axes[k]);
    }
  am_graph_add_copy (graph, 0, "average.fc.weight");
  am_graph_add_copy (graph, 0, "average2.fc.weight");
}

HandMade *
hand_made_new (void)
{
  AmSymmetries *symmetries = g_new0 (AmSymmetries, 1);
  AmGraph *graph = am_graph_new ();

  symmetries->graph = graph;
  symmetries->factors = g_array_new (FALSE, FALSE, sizeof (AmFactor));
  symmetries->bindings = g_array_new (FALSE, FALSE, sizeof (AmAxisBinding));
  symmetries->fixed = g_array_new (FALSE, FALSE, sizeof (AmFixedSpace));
  g_assert_cmpuint (strlen (FACTORS), ==, G_N_ELEMENTS (factors));
  for (guint f = 0; f < G_N_ELEMENTS (factors); f++)
    {
      const AmFactor factor = { .name = (char *)"layer",
                                .kind = factors[f].kind,
                                .size = factors[f].size,
                                .parent = factors[f].parent ? (gint)hand_made_factor (factors[f].parent) : -1,
                                .n_branches = factors[f].n_branches,
                                .can_rotate = factors[f].can_rotate };

      g_assert_cmpint (factors[f].letter, ==, FACTORS[f]);
      g_array_append_val (symmetries->factors, factor);
    }
  add_tensors (graph, symmetries->bindings);
  return symmetries;
}

void
hand_made_free (HandMade *symmetries)
{
  for (guint i = 0; i < symmetries->bindings->len; i++)
    g_free (g_array_index (symmetries->bindings, AmAxisBinding, i).segments);
  am_graph_free ((AmGraph *)symmetries->graph);
  g_array_unref (symmetries->factors);
  g_array_unref (symmetries->bindings);
  g_array_unref (symmetries->fixed);
  g_free (symmetries);
}

/* The element of @factor, counted over all branches, that the digits up to @d make. */
static gsize
count_up (const AmReorder *reorder, const AmAxisSegment *segment, guint d, const guint *values)
{
  const gint number = segment->digits[d].factor;
  const AmFactor *factor = am_symmetries_get_factor (reorder->symmetries, (guint)number);

  if (factor->parent < 0)
    return values[d];
  for (guint above = 0; above < d; above++)
    if (segment->digits[above].factor == factor->parent)
      return count_up (reorder, segment, above, values) * factor->size + values[d];
  g_assert_not_reached ();
}

static void
map_segment (const AmReorder *reorder, const AmAxisSegment *segment, guint d, guint *values, guint64 place,
             guint64 source, guint32 *map)
{
  if (d == segment->n_digits)
    {
      map[segment->start + place] = (guint32)(segment->start + source);
      return;
    }
  for (values[d] = 0; values[d] < segment->digits[d].size; values[d]++)
    {
      const gint factor = segment->digits[d].factor;
      const guint from
          = factor < 0 ? values[d] : reorder->permutations[factor][count_up (reorder, segment, d, values)];

      map_segment (reorder, segment, d + 1, values, place * segment->digits[d].size + values[d],
                   source * segment->digits[d].size + from, map);
    }
}

guint32 *
reference_map (const AmReorder *reorder, guint tensor, guint axis)
{
  const AmAxisBinding *binding = am_symmetries_find_binding (reorder->symmetries, tensor, axis);
  const guint64 length
      = am_graph_get_tensor (am_symmetries_get_graph (reorder->symmetries), tensor)->shape[axis];
  guint32 *map = g_new (guint32, length);
  guint values[AM_MAX_DIGITS];

  for (guint32 i = 0; i < length; i++)
    map[i] = i;
  for (guint s = 0; binding != NULL && s < binding->n_segments; s++)
    map_segment (reorder, &binding->segments[s], 0, values, 0, 0, map);
  return map;
}

guint64
count_graph_elements (const AmGraphTensor *tensor)
{
  guint64 n = 1;

  for (guint i = 0; i < tensor->n_dims; i++)
    n *= tensor->shape[i];
  return n;
}

guint8 *
reference_permute (const AmReorder *reorder, guint tensor, const guint8 *values, gsize bytes)
{
  const AmGraphTensor *shape = am_graph_get_tensor (am_symmetries_get_graph (reorder->symmetries), tensor);
  const guint64 n = count_graph_elements (shape);
  guint8 *result = g_malloc (n * bytes);
  guint32 *maps[5];

  for (guint axis = 0; axis < shape->n_dims; axis++)
    maps[axis] = reference_map (reorder, tensor, axis);
  for (guint64 i = 0; i < n; i++)
    {
      guint64 rest = i, weight = 1, source = 0;

      for (guint axis = shape->n_dims; axis-- > 0;)
        {
          source += maps[axis][rest % shape->shape[axis]] * weight;
          rest /= shape->shape[axis];
          weight *= shape->shape[axis];
        }
      memcpy (result + i * bytes, values + source * bytes, bytes);
    }
  for (guint axis = 0; axis < shape->n_dims; axis++)
    g_free (maps[axis]);
  return result;
}

/* Adds to @sums what digits say of element @place of the axis: each number times the elements of one other.
 */
static void
rotate_segment (const AmReorder *reorder, const AmAxisSegment *segment, guint d, const guint *values,
                guint64 weight, guint64 place, double *row)
{
  const AmFactor *factor = am_symmetries_get_factor (reorder->symmetries, (guint)segment->digits[d].factor);
  const gsize element = count_up (reorder, segment, d, values);

  row[place] = 0;
  for (guint y = 0; y < factor->size; y++)
    row[place - values[d] * weight + y * weight]
        = reorder->rotations[segment->digits[d].factor][element * factor->size + y];
}

/* Row @place of the matrix that mixes a whole axis. */
static void
fill_row (const AmReorder *reorder, const AmAxisBinding *binding, guint64 place, double *row)
{
  row[place] = 1;
  for (guint s = 0; s < binding->n_segments; s++)
    {
      const AmAxisSegment *segment = &binding->segments[s];
      guint64 rest = place - segment->start, weight = 1;
      guint values[AM_MAX_DIGITS];

      if (place < segment->start || rest >= segment->length)
        continue;
      for (guint d = segment->n_digits; d-- > 0;)
        {
          values[d] = (guint)(rest % segment->digits[d].size);
          rest /= segment->digits[d].size;
        }
      for (guint d = segment->n_digits; d-- > 0; weight *= segment->digits[d].size)
        if (segment->digits[d].factor >= 0
            && am_reorder_has_rotation (reorder, (guint)segment->digits[d].factor))
          rotate_segment (reorder, segment, d, values, weight, place, row);
    }
}

static gboolean
is_rotated (const AmReorder *reorder, const AmAxisBinding *binding)
{
  for (guint s = 0; binding != NULL && s < binding->n_segments; s++)
    for (guint d = 0; d < binding->segments[s].n_digits; d++)
      if (binding->segments[s].digits[d].factor >= 0
          && reorder->rotations[binding->segments[s].digits[d].factor] != NULL)
        return TRUE;
  return FALSE;
}

/* values [before][n][behind], replaced by matrix times them, over the middle. */
static void
rotate_axis (const AmReorder *reorder, const AmAxisBinding *binding, guint64 before, guint64 n,
             guint64 behind, double *values)
{
  g_autofree double *row = g_new (double, n);
  g_autofree double *old = g_memdup2 (values, before * n * behind * sizeof *values);

  for (guint64 place = 0; place < n; place++)
    {
      memset (row, 0, n * sizeof *row);
      fill_row (reorder, binding, place, row);
      for (guint64 i = 0; i < before; i++)
        for (guint64 k = 0; k < behind; k++)
          {
            double sum = 0;

            for (guint64 y = 0; y < n; y++)
              sum += row[y] != 0 ? row[y] * old[(i * n + y) * behind + k] : 0;
            values[(i * n + place) * behind + k] = sum;
          }
    }
}

double *
reference_reorder (const AmReorder *reorder, guint tensor, const double *values)
{
  const AmGraphTensor *shape = am_graph_get_tensor (am_symmetries_get_graph (reorder->symmetries), tensor);
  double *result = (gpointer)reference_permute (reorder, tensor, (gconstpointer)values, sizeof *values);
  const guint64 n = count_graph_elements (shape);
  guint64 before = 1;

  for (guint axis = 0; axis < shape->n_dims; axis++)
    {
      const AmAxisBinding *binding = am_symmetries_find_binding (reorder->symmetries, tensor, axis);
      const guint64 length = shape->shape[axis];

      if (is_rotated (reorder, binding))
        rotate_axis (reorder, binding, before, length, n / before / length, result);
      before *= length;
    }
  return result;
}

char *
shape_text (guint n_dims, const guint64 *shape)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < n_dims; i++)
    g_string_append_printf (text, "%s%" G_GUINT64_FORMAT, i > 0 ? "," : "", shape[i]);
  return g_string_free (text, FALSE);
}

static void
add_random_bytes (Fixture *fixture, const AmGraphTensor *tensor, const char *name, AmDtype dtype,
                  GRand *random)
{
  g_autofree char *shape = shape_text (tensor->n_dims, tensor->shape);
  const gsize size = count_graph_elements (tensor) * am_dtype_get_bits (dtype) / 8;
  g_autofree guint8 *bytes = g_malloc (size + 4);

  for (gsize i = 0; i < size; i += 4)
    {
      const guint32 word = g_rand_int (random);

      memcpy (bytes + i, &word, 4);
    }
  fixture_add_bytes (fixture, name, dtype, shape, bytes);
}

char *
write_random_bytes (const AmSymmetries *symmetries, const char *folder, AmDtype dtype, guint32 seed)
{
  const AmGraph *graph = am_symmetries_get_graph (symmetries);
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);

  for (guint i = 0; i < am_graph_get_n_tensors (graph); i++)
    {
      const AmGraphTensor *tensor = am_graph_get_tensor (graph, i);
      const gboolean is_count = g_str_has_suffix (tensor->name, ".count");

      add_random_bytes (fixture, tensor, tensor->name, is_count ? AM_DTYPE_I64 : dtype, random);
      for (guint k = 0; tensor->copies != NULL && k < tensor->copies->len; k++)
        add_random_bytes (fixture, tensor, g_ptr_array_index (tensor->copies, k), AM_DTYPE_F32, random);
    }
  return fixture_write (fixture, folder, "random.safetensors");
}

guint8 *
read_all (AmCheckpoint *checkpoint, const AmTensor *tensor)
{
  guint8 *bytes = g_malloc (tensor->size + 1);
  g_autoptr (GError) error = NULL;

  am_checkpoint_read_bytes (checkpoint, tensor, 0, (gsize)tensor->size, bytes, &error);
  g_assert_no_error (error);
  return bytes;
}

char *
write_again (AmCheckpoint *checkpoint, const char *folder, const char *name)
{
  g_autoptr (Fixture) fixture = fixture_new ();

  for (guint i = 0; i < am_checkpoint_get_n_tensors (checkpoint); i++)
    {
      const AmTensor *tensor = am_checkpoint_get_tensor (checkpoint, i);
      g_autofree char *shape = shape_text (tensor->n_dims, tensor->shape);
      g_autofree guint8 *bytes = read_all (checkpoint, tensor);

      fixture_add_bytes (fixture, tensor->name, tensor->dtype, shape, bytes);
    }
  return fixture_write (fixture, folder, name);
}

AmCheckpoint *
open_checkpoint (const char *path)
{
  g_autoptr (GError) error = NULL;
  AmCheckpoint *checkpoint = am_checkpoint_open (path, &error);

  g_assert_no_error (error);
  return checkpoint;
}
