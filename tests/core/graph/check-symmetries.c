#include "check-symmetries.h"

#include <string.h>

char *
describe_factors (const AmSymmetries *symmetries)
{
  static const char *const kinds[] = { "units", "groups", "heads", "queries" };
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < am_symmetries_get_n_factors (symmetries); i++)
    {
      const AmFactor *factor = am_symmetries_get_factor (symmetries, i);

      g_string_append_printf (text, "%s%s*%u", i > 0 ? " " : "", kinds[factor->kind], factor->size);
      if (factor->parent >= 0)
        g_string_append_printf (text, "<%d", factor->parent);
      if (factor->can_rotate)
        g_string_append_c (text, '~');
    }
  return g_string_free (text, FALSE);
}

static void
append_segment (GString *text, const AmAxisSegment *segment)
{
  g_string_append_printf (text, "%s%" G_GUINT64_FORMAT "+%" G_GUINT64_FORMAT ":", text->len > 0 ? " " : "",
                          segment->start, segment->length);
  for (guint i = 0; i < segment->n_digits; i++)
    {
      const AmDigit *digit = &segment->digits[i];

      if (i > 0)
        g_string_append_c (text, ',');
      if (digit->factor == AM_FIXED_FACTOR)
        g_string_append_c (text, '-');
      else
        g_string_append_printf (text, "%d", digit->factor);
      g_string_append_printf (text, "*%" G_GUINT64_FORMAT, digit->size);
    }
}

char *
describe_axis (const AmSymmetries *symmetries, const char *tensor, guint axis)
{
  gint number = am_graph_find_tensor (am_symmetries_get_graph (symmetries), tensor);
  const AmAxisBinding *binding;
  GString *text = g_string_new (NULL);

  g_assert_cmpint (number, >=, 0);
  binding = am_symmetries_find_binding (symmetries, (guint)number, axis);
  for (guint i = 0; binding != NULL && i < binding->n_segments; i++)
    append_segment (text, &binding->segments[i]);
  return g_string_free (text, FALSE);
}

char *
describe_fixed (const AmSymmetries *symmetries)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < am_symmetries_get_n_fixed (symmetries); i++)
    {
      const AmFixedSpace *space = am_symmetries_get_fixed (symmetries, i);

      g_string_append_printf (text, "%s %" G_GUINT64_FORMAT ": %s\n", space->name, space->size,
                              space->reason);
    }
  return g_string_free (text, FALSE);
}

static void
check_factor (const AmSymmetries *symmetries, guint index)
{
  const AmFactor *factor = am_symmetries_get_factor (symmetries, index);
  guint n_branches = 1;

  g_assert_cmpuint (factor->size, >, 1);
  g_assert_nonnull (factor->name);
  g_assert_cmpint (factor->parent, <, (gint)index);
  for (gint above = factor->parent; above >= 0; above = am_symmetries_get_factor (symmetries, above)->parent)
    n_branches *= am_symmetries_get_factor (symmetries, (guint)above)->size;
  g_assert_cmpuint (factor->n_branches, ==, n_branches);
}

static gboolean
has_digit (const AmAxisSegment *segment, guint n, gint factor)
{
  for (guint i = 0; i < n; i++)
    if (segment->digits[i].factor == factor)
      return TRUE;
  return FALSE;
}

/* Returns whether a digit moves. */
static gboolean
check_digit (const AmSymmetries *symmetries, const AmAxisSegment *segment, guint index, gboolean *is_used)
{
  const AmDigit *digit = &segment->digits[index];
  const AmFactor *factor;

  g_assert_cmpuint (digit->size, >, 1);
  if (digit->factor == AM_FIXED_FACTOR)
    {
      g_assert_true (index == 0 || segment->digits[index - 1].factor != AM_FIXED_FACTOR);
      return FALSE;
    }
  factor = am_symmetries_get_factor (symmetries, (guint)digit->factor);
  g_assert_cmpuint (digit->size, ==, factor->size);
  g_assert_false (has_digit (segment, index, digit->factor));
  if (factor->parent >= 0)
    g_assert_true (has_digit (segment, index, factor->parent));
  if (factor->can_rotate)
    g_assert_cmpuint (index, ==, segment->n_digits - 1);
  is_used[digit->factor] = TRUE;
  return TRUE;
}

static void
check_segment (const AmSymmetries *symmetries, const AmAxisSegment *segment, gboolean *is_used)
{
  guint64 length = 1;
  gboolean moves = FALSE;

  g_assert_cmpuint (segment->n_digits, >, 0);
  g_assert_cmpuint (segment->n_digits, <=, AM_MAX_DIGITS);
  for (guint i = 0; i < segment->n_digits; i++)
    {
      length *= segment->digits[i].size;
      moves |= check_digit (symmetries, segment, i, is_used);
    }
  g_assert_true (moves);
  g_assert_cmpuint (length, ==, segment->length);
}

static void
check_binding (const AmSymmetries *symmetries, guint index, gboolean *is_used)
{
  const AmAxisBinding *binding = am_symmetries_get_binding (symmetries, index);
  const AmGraphTensor *tensor = am_graph_get_tensor (am_symmetries_get_graph (symmetries), binding->tensor);
  guint64 end = 0;

  g_assert_cmpuint (binding->axis, <, tensor->n_dims);
  g_assert_cmpuint (binding->n_segments, >, 0);
  for (guint i = 0; i < binding->n_segments; i++)
    {
      g_assert_cmpuint (binding->segments[i].start, >=, end);
      check_segment (symmetries, &binding->segments[i], is_used);
      end = binding->segments[i].start + binding->segments[i].length;
    }
  g_assert_cmpuint (end, <=, tensor->shape[binding->axis]);
  g_assert_true (am_symmetries_find_binding (symmetries, binding->tensor, binding->axis) == binding);
  if (index > 0)
    {
      const AmAxisBinding *before = am_symmetries_get_binding (symmetries, index - 1);

      g_assert_true (before->tensor < binding->tensor
                     || (before->tensor == binding->tensor && before->axis < binding->axis));
    }
}

void
check_symmetries (const AmSymmetries *symmetries)
{
  guint n_factors = am_symmetries_get_n_factors (symmetries);
  g_autofree gboolean *is_used = g_new0 (gboolean, n_factors);

  for (guint i = 0; i < n_factors; i++)
    check_factor (symmetries, i);
  for (guint i = 0; i < am_symmetries_get_n_bindings (symmetries); i++)
    check_binding (symmetries, i, is_used);
  for (guint i = 0; i < n_factors; i++)
    g_assert_true (is_used[i]);
  for (guint i = 0; i < am_symmetries_get_n_fixed (symmetries); i++)
    {
      g_assert_cmpuint (am_symmetries_get_fixed (symmetries, i)->size, >, 0);
      g_assert_cmpstr (am_symmetries_get_fixed (symmetries, i)->reason, !=, "");
    }
}

AmSymmetries *
derive_symmetries (const AmGraph *graph, const char *factors)
{
  AmSymmetries *symmetries = am_symmetries_new (graph);
  g_autofree char *found = describe_factors (symmetries);

  check_symmetries (symmetries);
  g_assert_cmpstr (found, ==, factors);
  return symmetries;
}

void
expect_axis (const AmSymmetries *symmetries, const char *tensor, guint axis, const char *segments)
{
  g_autofree char *found = describe_axis (symmetries, tensor, axis);

  g_assert_cmpstr (found, ==, segments);
}

void
expect_fixed (const AmSymmetries *symmetries, const char *start)
{
  g_autofree char *found = describe_fixed (symmetries);
  g_autofree char *lines = g_strconcat ("\n", found, NULL);
  g_autofree char *wanted = g_strconcat ("\n", start, NULL);

  if (strstr (lines, wanted) == NULL)
    g_error ("no \"%s\" in:%s", start, lines);
}

void
expect_name (const AmSymmetries *symmetries, guint factor, const char *name)
{
  g_assert_cmpstr (am_symmetries_get_factor (symmetries, factor)->name, ==, name);
}
