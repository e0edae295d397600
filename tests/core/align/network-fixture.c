#include "network-fixture.h"

#include <stdarg.h>
#include <string.h>

#include "fixture-checkpoint.h"

struct _NetworkFixture
{
  Fixture *fixture;
  guint64 seed;
  char *config;
  char *left_out;
};

NetworkFixture *
network_fixture_new (guint64 seed)
{
  NetworkFixture *fixture = g_new0 (NetworkFixture, 1);

  fixture->fixture = fixture_new ();
  fixture->seed = seed;
  return fixture;
}

void
network_fixture_free (NetworkFixture *fixture)
{
  fixture_free (fixture->fixture);
  g_free (fixture->config);
  g_free (fixture->left_out);
  g_free (fixture);
}

void
network_fixture_leave_out (NetworkFixture *fixture, const char *part)
{
  g_free (fixture->left_out);
  fixture->left_out = g_strdup (part);
}

void
network_fixture_add_copy (NetworkFixture *fixture, const char *name, const char *original, const char *shape)
{
  g_auto (GStrv) parts = g_strsplit (shape, ",", -1);
  g_autofree double *values = NULL;
  guint64 axes[5];
  guint n_dims = 0;
  gsize n = 1;

  for (; parts[n_dims] != NULL; n_dims++)
    n *= axes[n_dims] = g_ascii_strtoull (parts[n_dims], NULL, 10);
  values = g_new (double, n);
  forward_fill_random (original, n_dims, axes, fixture->seed, values);
  if (G_BYTE_ORDER == G_LITTLE_ENDIAN)
    fixture_add_bytes (fixture->fixture, name, AM_DTYPE_F64, shape, values);
  else
    fixture_add_values (fixture->fixture, name, AM_DTYPE_F64, shape, values);
}

void
network_fixture_add (NetworkFixture *fixture, const char *shape, const char *format, ...)
{
  g_autofree char *name = NULL;
  va_list arguments;

  va_start (arguments, format);
  name = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  if (fixture->left_out == NULL || strstr (name, fixture->left_out) == NULL)
    network_fixture_add_copy (fixture, name, name, shape);
}

static void
add_vector (NetworkFixture *fixture, guint width, const char *stem, const char *ending)
{
  g_autofree char *shape = g_strdup_printf ("%u", width);

  network_fixture_add (fixture, shape, "%s.%s", stem, ending);
}

void
network_fixture_add_linear (NetworkFixture *fixture, guint n_out, guint n_in, const char *format, ...)
{
  g_autofree char *shape = g_strdup_printf ("%u,%u", n_out, n_in);
  g_autofree char *stem = NULL;
  va_list arguments;

  va_start (arguments, format);
  stem = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  network_fixture_add (fixture, shape, "%s.weight", stem);
  add_vector (fixture, n_out, stem, "bias");
}

void
network_fixture_add_norm (NetworkFixture *fixture, guint width, const char *format, ...)
{
  g_autofree char *stem = NULL;
  va_list arguments;

  va_start (arguments, format);
  stem = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  add_vector (fixture, width, stem, "weight");
  add_vector (fixture, width, stem, "bias");
}

static char *
format_shape (const AmExpectedTensor *row)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < row->n_dims; i++)
    g_string_append_printf (text, "%s%" G_GUINT64_FORMAT, i > 0 ? "," : "", row->shape[i]);
  return g_string_free (text, FALSE);
}

static void
clear_row (gpointer data)
{
  g_free (((AmExpectedTensor *)data)->name);
}

void
network_fixture_add_keys (NetworkFixture *fixture, guint divisor, NetworkKeys keys)
{
  g_autoptr (GArray) rows = g_array_new (FALSE, FALSE, sizeof (AmExpectedTensor));
  AmKeyTable table = { .rows = rows, .divisor = divisor, .dtype = AM_DTYPE_F16 };

  g_array_set_clear_func (rows, clear_row);
  keys (&table);
  for (guint i = 0; i < rows->len; i++)
    {
      const AmExpectedTensor *row = &g_array_index (rows, AmExpectedTensor, i);
      g_autofree char *shape = format_shape (row);

      if (row->dtype == AM_DTYPE_F16)
        network_fixture_add (fixture, shape, "%s", row->name);
    }
}

void
network_fixture_set_config (NetworkFixture *fixture, const char *json)
{
  g_free (fixture->config);
  fixture->config = g_strdup (json);
}

static void
write_config (const NetworkFixture *fixture, const char *folder)
{
  g_autofree char *path = g_build_filename (folder, "config.json", NULL);
  g_autoptr (GError) error = NULL;

  if (fixture->config == NULL)
    return;
  g_file_set_contents (path, fixture->config, -1, &error);
  g_assert_no_error (error);
}

AmCheckpoint *
network_reopen (const Network *network)
{
  g_autoptr (GError) error = NULL;
  AmCheckpoint *checkpoint = am_checkpoint_open (network->path, &error);

  g_assert_no_error (error);
  return checkpoint;
}

Network *
network_fixture_open (NetworkFixture *fixture)
{
  Network *network = g_new0 (Network, 1);
  g_autoptr (GError) error = NULL;

  network->folder = fixture_new_folder ();
  network->path = fixture_write (fixture->fixture, network->folder, "model.safetensors");
  write_config (fixture, network->folder);
  network->checkpoint = network_reopen (network);
  network->model = am_model_new (network->checkpoint);
  network->graph = am_graph_new_for_model (network->model, NULL, &error);
  g_assert_no_error (error);
  network->symmetries = am_symmetries_new (network->graph);
  return network;
}

void
network_free (Network *network)
{
  am_symmetries_free (network->symmetries);
  am_graph_free (network->graph);
  am_model_free (network->model);
  am_checkpoint_free (network->checkpoint);
  fixture_remove_folder (network->folder);
  g_free (network->folder);
  g_free (network->path);
  g_free (network);
}

static void
describe_digit (const AmSymmetries *symmetries, const AmDigit *digit, GString *text)
{
  static const char *const kinds[] = { "units", "groups", "heads", "queries" };
  const AmFactor *factor;

  if (digit->factor == AM_FIXED_FACTOR)
    {
      g_string_append_printf (text, "fixed %" G_GUINT64_FORMAT, digit->size);
      return;
    }
  factor = am_symmetries_get_factor (symmetries, (guint)digit->factor);
  g_assert_cmpuint (factor->size, ==, digit->size);
  g_string_append_printf (text, "%s %u%s", kinds[factor->kind], factor->size,
                          factor->can_rotate ? " turning" : "");
}

static void
append_separator (GString *text, const char *separator)
{
  if (text->len > 0)
    g_string_append (text, separator);
}

static void
describe_gap (guint64 size, GString *text)
{
  if (size == 0)
    return;
  append_separator (text, " | ");
  g_string_append_printf (text, "fixed %" G_GUINT64_FORMAT, size);
}

static guint
find_tensor (const Network *network, const char *name)
{
  gint tensor = am_graph_find_tensor (network->graph, name);

  if (tensor == AM_NO_TENSOR)
    g_error ("the graph has no tensor %s", name);
  return (guint)tensor;
}

char *
network_describe_axis (const Network *network, const char *name, guint axis)
{
  guint tensor = find_tensor (network, name);
  const AmAxisBinding *binding = am_symmetries_find_binding (network->symmetries, tensor, axis);
  GString *text = g_string_new (NULL);
  guint64 end = 0;

  for (guint i = 0; binding != NULL && i < binding->n_segments; i++)
    {
      const AmAxisSegment *segment = &binding->segments[i];

      g_assert_cmpuint (segment->start, >=, end);
      describe_gap (segment->start - end, text);
      append_separator (text, " | ");
      for (guint d = 0; d < segment->n_digits; d++)
        {
          g_string_append (text, d > 0 ? ", " : "");
          describe_digit (network->symmetries, &segment->digits[d], text);
        }
      end = segment->start + segment->length;
    }
  describe_gap (am_graph_get_tensor (network->graph, tensor)->shape[axis] - end, text);
  return g_string_free (text, FALSE);
}

gint
network_find_factor (const Network *network, const char *name, guint axis, guint segment, guint digit)
{
  const AmAxisBinding *binding
      = am_symmetries_find_binding (network->symmetries, find_tensor (network, name), axis);

  g_assert_nonnull (binding);
  g_assert_cmpuint (segment, <, binding->n_segments);
  g_assert_cmpuint (digit, <, binding->segments[segment].n_digits);
  return binding->segments[segment].digits[digit].factor;
}
