#include "graph/description-private.h"

#include <math.h>
#include <string.h>

#include "base/number-text.h"

#define MAX_WHOLE (G_GINT64_CONSTANT (1) << 53)

/* A product of factors over another. */
typedef struct
{
  double over;
  double under;
} Fraction;

/* NAME[AXIS]: @name is cut at the bracket. */
static gboolean
read_axis (AmReader *reader, const AmYamlNode *node, char *name, double *number, GError **error)
{
  char *bracket = strrchr (name, '[');
  const AmTensor *tensor;
  guint64 axis;
  char *end;

  axis = g_ascii_strtoull (bracket + 1, &end, 10);
  if (!g_ascii_isdigit (bracket[1]) || strcmp (end, "]") != 0)
    return am_description_reader_fail (reader, node, error,
                                       "expected TENSOR[AXIS] as in fc1.weight[0], found '%s'", name);
  *bracket = '\0';
  tensor = am_description_reader_find_tensor (reader, name);
  if (tensor == NULL)
    return TRUE;
  if (axis >= tensor->n_dims)
    return am_description_reader_fail (reader, node, error,
                                       "%s has %u axes, counted from 0; there is no axis %" G_GUINT64_FORMAT,
                                       name, tensor->n_dims, axis);
  *number = (double)tensor->shape[axis];
  return TRUE;
}

/* NaN is what is not known. */
static gboolean
read_operand (AmReader *reader, const AmYamlNode *node, char *word, double *number, GError **error)
{
  *number = NAN;
  if (!am_description_reader_spend (reader, node, 1, error))
    return FALSE;
  if (am_number_from_text (word, strlen (word), number))
    return TRUE;
  *number = NAN;
  if (g_str_has_prefix (word, "config."))
    {
      double found;

      if (am_model_config_find (reader->config, word + strlen ("config."), &found))
        *number = found;
      return TRUE;
    }
  if (strchr (word, '[') != NULL)
    return read_axis (reader, node, word, number, error);
  return am_description_reader_fail (
      reader, node, error,
      "expected a number, TENSOR[AXIS] or config.KEY, with spaces round * and /, found '%s'", word);
}

static gboolean
multiply (AmReader *reader, const AmYamlNode *node, const char *sign, double number, Fraction *fraction,
          GError **error)
{
  if (strcmp (sign, "*") == 0)
    fraction->over *= number;
  else if (strcmp (sign, "/") != 0)
    return am_description_reader_fail (reader, node, error, "expected * or /, found '%s'", sign);
  else if (number == 0)
    return am_description_reader_fail (reader, node, error, "a division by 0");
  else
    fraction->under *= number;
  return TRUE;
}

gboolean
am_description_reader_evaluate (AmReader *reader, const AmYamlNode *node, const char *text, double *number,
                                GError **error)
{
  g_auto (GStrv) words = g_strsplit_set (text, " \t\n", -1);
  Fraction fraction = { 1, 1 };
  const char *sign = "*";
  gboolean is_operand = TRUE;

  for (guint i = 0; words[i] != NULL; i++)
    {
      double operand;

      if (*words[i] == '\0')
        continue;
      if (!is_operand)
        sign = words[i];
      else if (!read_operand (reader, node, words[i], &operand, error)
               || !multiply (reader, node, sign, operand, &fraction, error))
        return FALSE;
      is_operand = !is_operand;
    }
  if (is_operand)
    return am_description_reader_fail (reader, node, error, "expected a number at the end of '%s'", text);
  *number = fraction.over / fraction.under;
  return TRUE;
}

static gboolean
read_expression (AmReader *reader, const AmYamlNode *node, double *number, GError **error)
{
  g_autofree char *text = am_description_reader_read_text (reader, node, error);

  return text != NULL && am_description_reader_evaluate (reader, node, text, number, error);
}

static gboolean
choose_first (AmReader *reader, const AmYamlNode *list, guint64 width, double *number, GError **error)
{
  for (guint i = 0; i < list->items->len; i++)
    if (!am_description_reader_read_number (reader, g_ptr_array_index (list->items, i), width, number, error))
      return FALSE;
    else if (!isnan (*number))
      return TRUE;
  return TRUE;
}

static gboolean
choose_by_width (AmReader *reader, const AmYamlNode *map, guint64 width, double *number, GError **error)
{
  const AmYamlNode *chosen = NULL;

  if (width == 0)
    return am_description_reader_fail (reader, map, error,
                                       "a map chooses by the width of a value, and here is none");
  if (!am_description_reader_spend (reader, map, map->items->len, error))
    return FALSE;
  for (guint i = 0; i < map->items->len; i += 2)
    {
      const AmYamlNode *key = g_ptr_array_index (map->items, i);
      guint64 choice;

      if (!g_ascii_string_to_unsigned (key->text, 10, 1, G_MAXUINT64, &choice, NULL))
        return am_description_reader_fail_type (reader, key, "a width", error);
      if (choice == width)
        chosen = g_ptr_array_index (map->items, i + 1);
    }
  return chosen == NULL || am_description_reader_read_number (reader, chosen, width, number, error);
}

gboolean
am_description_reader_read_number (AmReader *reader, const AmYamlNode *node, guint64 width, double *number,
                                   GError **error)
{
  *number = NAN;
  if (!am_description_reader_spend (reader, node, 1, error))
    return FALSE;
  switch (node->type)
    {
    case AM_YAML_LIST:
      return choose_first (reader, node, width, number, error);
    case AM_YAML_MAP:
      return choose_by_width (reader, node, width, number, error);
    default:
      return read_expression (reader, node, number, error);
    }
}

gboolean
am_description_reader_read_whole (AmReader *reader, const AmYamlNode *node, guint64 width, gint64 least,
                                  gint64 *number, gboolean *is_known, GError **error)
{
  double value;

  if (!am_description_reader_read_number (reader, node, width, &value, error))
    return FALSE;
  if (is_known != NULL)
    *is_known = !isnan (value);
  if (isnan (value))
    return is_known != NULL
           || am_description_reader_fail (
               reader, node, error, "this number is not known: no such tensor or entry, and no other choice");
  if (value != floor (value) || value < (double)least || value > (double)MAX_WHOLE)
    return am_description_reader_fail (reader, node, error,
                                       "expected a whole number of at least %" G_GINT64_FORMAT ", found %g",
                                       least, value);
  *number = (gint64)value;
  return TRUE;
}
