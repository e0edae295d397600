#include "recipe/block-elements.h"

#include <math.h>
#include <string.h>

#include "base/number-text.h"

/* A stretch of text between separators. */
typedef struct
{
  const char *text;
  gsize length;
} Span;

/* Cuts the next word off @rest. */
static gboolean
next_word (Span *rest, Span *word)
{
  while (rest->length > 0 && rest->text[0] == ' ')
    {
      rest->text++;
      rest->length--;
    }
  word->text = rest->text;
  word->length = 0;
  while (word->length < rest->length && rest->text[word->length] != ' ')
    word->length++;
  rest->text += word->length;
  rest->length -= word->length;
  return word->length > 0;
}

static gboolean
is_not (const Span *word)
{
  return word->length == 3 && memcmp (word->text, "NOT", 3) == 0;
}

/* Takes a leading NOT off. */
static gboolean
take_not (Span *words)
{
  Span rest = *words, first;

  if (!next_word (&rest, &first) || !is_not (&first))
    return FALSE;
  *words = rest;
  return TRUE;
}

/* The three fields of a rule. */
static gboolean
split (const char *rule, Span fields[3])
{
  for (guint i = 0; i < 3; i++)
    {
      fields[i].text = rule;
      fields[i].length = strcspn (rule, ":");
      rule += fields[i].length;
      if (i < 2 && *rule++ != ':')
        return FALSE;
    }
  return *rule == '\0';
}

static Span
strip (Span span)
{
  while (span.length > 0 && span.text[0] == ' ')
    {
      span.text++;
      span.length--;
    }
  while (span.length > 0 && span.text[span.length - 1] == ' ')
    span.length--;
  return span;
}

static gboolean
get_ratio (Span field, double *ratio)
{
  field = strip (field);
  return am_number_from_text (field.text, field.length, ratio);
}

gboolean
am_element_rule_check (const char *rule, GError **error)
{
  Span fields[3];
  double ratio;

  if (!split (rule, fields))
    {
      g_set_error (
          error, AM_ERROR, AM_ERROR_BAD_RECIPE,
          "'%s' is not an elemental rule; expected BLOCKS:ELEMENTS:RATIO, as in OUT03-OUT06:attn2:0.5", rule);
      return FALSE;
    }
  if (get_ratio (fields[2], &ratio))
    return TRUE;
  g_set_error (error, AM_ERROR, AM_ERROR_BAD_RECIPE, "the ratio of the elemental rule '%s' is not a number",
               rule);
  return FALSE;
}

/* FIRST-LAST or a single name, as block numbers; -1 where unknown. */
static void
get_range (Span word, AmBlockNameFunc name_of, gconstpointer data, gint *first, gint *last)
{
  const char *dash = memchr (word.text, '-', word.length);
  gsize left = dash != NULL ? (gsize)(dash - word.text) : word.length;

  *first = am_block_names_find (name_of, data, word.text, left);
  *last = *first;
  if (dash != NULL)
    *last = am_block_names_find (name_of, data, dash + 1, word.length - left - 1);
}

gboolean
am_element_rule_check_blocks (const char *rule, AmBlockNameFunc name_of, gconstpointer data, GError **error)
{
  Span fields[3], word;

  if (!split (rule, fields))
    return am_element_rule_check (rule, error);
  take_not (&fields[0]);
  while (next_word (&fields[0], &word))
    {
      gint first, last;

      get_range (word, name_of, data, &first, &last);
      if (first >= 0 && last >= 0)
        continue;
      g_set_error (error, AM_ERROR, AM_ERROR_BAD_RECIPE,
                   "the elemental rule '%s' names a block '%.*s' which this architecture does not have", rule,
                   (int)word.length, word.text);
      return FALSE;
    }
  return TRUE;
}

/* Nothing matches everything; NOT in front turns the answer round. */
static gboolean
matches_blocks (Span words, const AmModel *model, guint block)
{
  gboolean is_inverted = take_not (&words);
  gboolean is_empty = TRUE, is_listed = FALSE;
  Span word;

  while (next_word (&words, &word))
    {
      gint first, last;

      is_empty = FALSE;
      get_range (word, am_block_name_in_model, model, &first, &last);
      if (first >= 0 && last >= 0 && block != AM_BLOCK_NONE)
        is_listed = is_listed || ((gint)block >= MIN (first, last) && (gint)block <= MAX (first, last));
    }
  return is_empty || is_listed != is_inverted;
}

static gboolean
matches_elements (Span words, const char *name)
{
  gboolean is_inverted = take_not (&words);
  gboolean is_empty = TRUE, is_listed = FALSE;
  Span word;

  while (next_word (&words, &word))
    {
      is_empty = FALSE;
      is_listed = is_listed || memmem (name, strlen (name), word.text, word.length) != NULL;
    }
  return is_empty || is_listed != is_inverted;
}

double
am_block_weights_match_element (const AmBlockWeights *weights, const AmModel *model, guint block,
                                const char *name)
{
  for (guint i = weights->elements->len; i > 0; i--)
    {
      Span fields[3];
      double ratio;

      if (!split (g_ptr_array_index (weights->elements, i - 1), fields) || !get_ratio (fields[2], &ratio))
        continue;
      if (matches_blocks (fields[0], model, block) && matches_elements (fields[1], name))
        return ratio;
    }
  return NAN;
}
