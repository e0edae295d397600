#include "architecture/key-table.h"

guint64
am_key_table_narrow (const AmKeyTable *table, guint64 width)
{
  guint64 narrow;

  if (table->divisor <= 1)
    return width;
  narrow = (width + table->divisor - 1) / table->divisor;
  return (narrow + 31) / 32 * 32;
}

guint64
am_key_table_shrink (const AmKeyTable *table, guint64 count)
{
  return MAX (count / MAX (table->divisor, 1), 1);
}

static void
add_row (AmKeyTable *table, char *name, guint n_dims, const guint64 *shape)
{
  AmExpectedTensor row = {
    .name = name,
    .component = table->component,
    .dtype = table->dtype,
    .n_dims = n_dims,
    .is_optional = table->is_optional,
  };

  for (guint i = 0; i < n_dims; i++)
    row.shape[i] = shape[i];
  g_array_append_val (table->rows, row);
}

static char *format_name (const char *suffix, const char *format, va_list arguments) G_GNUC_PRINTF (2, 0);

static char *
format_name (const char *suffix, const char *format, va_list arguments)
{
  g_autofree char *stem = g_strdup_vprintf (format, arguments);

  return g_strconcat (stem, suffix, NULL);
}

/* Formats the name after the last fixed parameter into a variable, with a suffix. */
#define FORMAT_NAME(name, suffix, format)                                                                    \
  G_STMT_START                                                                                               \
  {                                                                                                          \
    va_list arguments;                                                                                       \
                                                                                                             \
    va_start (arguments, format);                                                                            \
    name = format_name (suffix, format, arguments);                                                          \
    va_end (arguments);                                                                                      \
  }                                                                                                          \
  G_STMT_END

void
am_key_table_add (AmKeyTable *table, guint n_dims, const guint64 *shape, const char *format, ...)
{
  char *name;

  FORMAT_NAME (name, "", format);
  add_row (table, name, n_dims, shape);
}

void
am_key_table_add_vector (AmKeyTable *table, guint64 width, const char *format, ...)
{
  char *name;

  FORMAT_NAME (name, "", format);
  add_row (table, name, 1, &width);
}

void
am_key_table_add_matrix (AmKeyTable *table, guint64 rows, guint64 columns, const char *format, ...)
{
  char *name;

  FORMAT_NAME (name, "", format);
  add_row (table, name, 2, (const guint64[]){ rows, columns });
}

void
am_key_table_add_norm (AmKeyTable *table, guint64 width, const char *format, ...)
{
  char *weight, *bias;

  FORMAT_NAME (weight, ".weight", format);
  FORMAT_NAME (bias, ".bias", format);
  add_row (table, weight, 1, &width);
  add_row (table, bias, 1, &width);
}

void
am_key_table_add_linear (AmKeyTable *table, guint64 n_out, guint64 n_in, const char *format, ...)
{
  char *weight, *bias;

  FORMAT_NAME (weight, ".weight", format);
  FORMAT_NAME (bias, ".bias", format);
  add_row (table, weight, 2, (const guint64[]){ n_out, n_in });
  add_row (table, bias, 1, &n_out);
}

void
am_key_table_add_conv (AmKeyTable *table, guint64 n_out, guint64 n_in, guint kernel, const char *format, ...)
{
  char *weight, *bias;

  FORMAT_NAME (weight, ".weight", format);
  FORMAT_NAME (bias, ".bias", format);
  add_row (table, weight, 4, (const guint64[]){ n_out, n_in, kernel, kernel });
  add_row (table, bias, 1, &n_out);
}
