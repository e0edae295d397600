#include <math.h>
#include <string.h>

#include "base/text.h"
#include "base/number-text.h"
#include "recipe/presets.h"

AmBlockWeights *
am_block_weights_new (void)
{
  AmBlockWeights *weights = g_new0 (AmBlockWeights, 1);

  weights->time_embed = NAN;
  weights->elements = g_ptr_array_new_with_free_func (g_free);
  return weights;
}

void
am_block_weights_free (AmBlockWeights *weights)
{
  if (weights == NULL)
    return;
  g_free (weights->preset);
  g_free (weights->second_preset);
  g_clear_pointer (&weights->numbers, g_array_unref);
  g_clear_pointer (&weights->by_name, g_hash_table_unref);
  g_ptr_array_unref (weights->elements);
  g_free (weights);
}

static GHashTable *
copy_numbers (GHashTable *source)
{
  GHashTable *copy = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  GHashTableIter iter;
  gpointer key, value;

  g_hash_table_iter_init (&iter, source);
  while (g_hash_table_iter_next (&iter, &key, &value))
    g_hash_table_insert (copy, g_strdup (key), g_memdup2 (value, sizeof (double)));
  return copy;
}

static gpointer
copy_text (gconstpointer source, gpointer user_data)
{
  return g_strdup (source);
}

AmBlockWeights *
am_block_weights_copy (const AmBlockWeights *weights)
{
  AmBlockWeights *copy = g_new0 (AmBlockWeights, 1);

  *copy = *weights;
  copy->preset = g_strdup (weights->preset);
  copy->second_preset = g_strdup (weights->second_preset);
  if (weights->numbers != NULL)
    copy->numbers = g_array_copy (weights->numbers);
  if (weights->by_name != NULL)
    copy->by_name = copy_numbers (weights->by_name);
  copy->elements = g_ptr_array_copy (weights->elements, (GCopyFunc)copy_text, NULL);
  return copy;
}

static gboolean
fail_number (const char *text, gsize length, guint place, GError **error)
{
  g_autofree char *word = g_utf8_make_valid (text, (gssize)MIN (length, 40));

  g_set_error (error, AM_ERROR, AM_ERROR_BAD_RECIPE,
               T_ ("'%s' is not a number (number %u of the block weights)"), word, place);
  return FALSE;
}

/* Numbers are pasted with commas, spaces, tabs or line ends between them, sometimes with brackets around. */
static gboolean
parse_numbers (AmBlockWeights *weights, const char *text, GError **error)
{
  static const char separators[] = ", \t\r\n;[]";

  weights->numbers = g_array_new (FALSE, FALSE, sizeof (double));
  for (text += strspn (text, separators); *text != '\0'; text += strspn (text, separators))
    {
      gsize length = strcspn (text, separators);
      double number;

      if (!am_number_from_text (text, length, &number))
        return fail_number (text, length, weights->numbers->len + 1, error);
      g_array_append_val (weights->numbers, number);
      text += length;
    }
  if (weights->numbers->len > 0)
    return TRUE;
  g_set_error (error, AM_ERROR, AM_ERROR_BAD_RECIPE, T_ ("no block weights; expected a preset or numbers"));
  return FALSE;
}

static gboolean
take_preset (char **preset, const char *text, gsize length, GError **error)
{
  g_autofree char *id = g_strstrip (g_strndup (text, length));

  if (am_preset_find (id) < 0)
    return am_preset_fail (id, error) >= 0;
  *preset = g_steal_pointer (&id);
  return TRUE;
}

/* PRESET1+PRESET2@0.3 */
static gboolean
parse_blend (AmBlockWeights *weights, const char *text, const char *plus, GError **error)
{
  const char *at = strchr (plus, '@');
  g_autofree char *number = NULL;

  if (at == NULL)
    {
      g_set_error (error, AM_ERROR, AM_ERROR_BAD_RECIPE,
                   T_ ("a blend of presets is written PRESET1+PRESET2@0.3; '@' is missing in '%s'"), text);
      return FALSE;
    }
  number = g_strstrip (g_strdup (at + 1));
  if (!am_number_from_text (number, strlen (number), &weights->blend))
    {
      g_set_error (error, AM_ERROR, AM_ERROR_BAD_RECIPE, T_ ("'%s' is not a number (after '@')"), number);
      return FALSE;
    }
  return take_preset (&weights->preset, text, (gsize)(plus - text), error)
         && take_preset (&weights->second_preset, plus + 1, (gsize)(at - plus - 1), error);
}

/* Presets hold letters; numbers none but an exponent's e. */
static gboolean
looks_like_preset (const char *text)
{
  for (; *text != '\0'; text++)
    if ((g_ascii_isalpha (*text) && g_ascii_tolower (*text) != 'e') || *text == '_' || *text == '*')
      return TRUE;
  return FALSE;
}

static gboolean
parse_text (AmBlockWeights *weights, const char *text, GError **error)
{
  const char *plus = strchr (text, '+');

  if (strpbrk (text, ",;\n") != NULL || !looks_like_preset (text))
    return parse_numbers (weights, text, error);
  if (plus != NULL)
    return parse_blend (weights, text, plus, error);
  return take_preset (&weights->preset, text, strlen (text), error);
}

AmBlockWeights *
am_block_weights_parse (const char *text, GError **error)
{
  g_autoptr (AmBlockWeights) weights = am_block_weights_new ();

  return parse_text (weights, text, error) ? g_steal_pointer (&weights) : NULL;
}

gboolean
am_block_weights_add_elements (AmBlockWeights *weights, const char *text, GError **error)
{
  g_autoptr (GPtrArray) rules = g_ptr_array_new_with_free_func (g_free);

  for (text += strspn (text, ",\r\n"); *text != '\0'; text += strspn (text, ",\r\n"))
    {
      gsize length = strcspn (text, ",\r\n");
      g_autofree char *rule = g_strstrip (g_strndup (text, length));

      text += length;
      if (rule[0] == '\0')
        continue;
      if (!am_element_rule_check (rule, error))
        return FALSE;
      g_ptr_array_add (rules, g_steal_pointer (&rule));
    }
  g_ptr_array_extend_and_steal (weights->elements, g_steal_pointer (&rules));
  return TRUE;
}
