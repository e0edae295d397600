/* Steps that make no node: repeats, choices, parts and names. */
#include "graph/description-private.h"

#include <string.h>

/* Compares what stands before and behind a sign; numbers that are not known compare with nothing. */
static gboolean
compare (AmReader *reader, const AmYamlNode *node, char **sides, char sign, gboolean *holds, GError **error)
{
  double a, b;

  if (!am_description_reader_evaluate (reader, node, sides[0], &a, error)
      || !am_description_reader_evaluate (reader, node, sides[1], &b, error))
    return FALSE;
  *holds = sign == '<' ? a < b : sign == '>' ? a > b : a == b;
  return TRUE;
}

/* Whether a comparison holds, or there is a tensor of the name in @node or under it. */
static gboolean
test_condition (AmReader *reader, const AmYamlNode *node, gboolean *holds, GError **error)
{
  static const char *const signs[] = { " == ", " < ", " > " };
  g_autofree char *text = am_description_reader_read_text (reader, node, error);

  if (text == NULL)
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (signs); i++)
    {
      g_auto (GStrv) sides = g_strsplit (text, signs[i], 2);

      if (sides[0] != NULL && sides[1] != NULL)
        return compare (reader, node, sides, signs[i][1], holds, error);
    }
  *holds = am_description_reader_has_tensor (reader, text);
  if (!*holds && strchr (text, ' ') != NULL)
    return am_description_reader_fail (
        reader, node, error, "expected a tensor, or a comparison as in conv1.weight[2] == 7, found '%s'",
        text);
  return TRUE;
}

static gboolean
run_list (AmReader *reader, const AmYamlNode *list, GError **error)
{
  return list == NULL || am_description_reader_run (reader, list, error);
}

static gboolean
run_if (AmReader *reader, const AmStep *step, GError **error)
{
  gboolean holds;
  gboolean is_unless = g_str_equal (step->kind->name, "unless");

  if (!test_condition (reader, step->value, &holds, error))
    return FALSE;
  return run_list (reader, am_yaml_get (step->map, holds != is_unless ? "then" : "else"), error);
}

/* One round with the counter bound; @is_over (out): the condition no longer holds. */
static gboolean
run_round (AmReader *reader, const AmStep *step, gint64 i, gboolean *is_over, GError **error)
{
  const AmYamlNode *condition = am_yaml_get (step->map, "while");
  guint n_outer = reader->scope->len;
  gboolean goes_on = TRUE, is_good;

  if (!am_description_reader_spend (reader, step->key, 1, error))
    return FALSE;
  am_description_reader_bind (reader, step->value->text, g_strdup_printf ("%" G_GINT64_FORMAT, i));
  is_good = condition == NULL || test_condition (reader, condition, &goes_on, error);
  if (is_good && goes_on)
    is_good = am_description_reader_run (reader, am_yaml_get (step->map, "do"), error);
  am_description_reader_unbind (reader, n_outer);
  *is_over = !goes_on;
  return is_good;
}

static gboolean
read_bound (AmReader *reader, const AmStep *step, const char *key, gint64 fallback, gint64 *bound,
            GError **error)
{
  const AmYamlNode *node = am_yaml_get (step->map, key);

  *bound = fallback;
  return node == NULL || am_description_reader_read_whole (reader, node, 0, -1, bound, NULL, error);
}

static gboolean
run_repeat (AmReader *reader, const AmStep *step, GError **error)
{
  gint64 first, last;
  gboolean is_over = FALSE;

  if (!am_description_reader_check_name (reader, step->value, error)
      || !read_bound (reader, step, "first", 0, &first, error)
      || !read_bound (reader, step, "last", G_MAXINT64, &last, error))
    return FALSE;
  for (gint64 i = first; i <= last; i++)
    {
      if (i - first >= AM_DESCRIPTION_MAX_ROUNDS)
        return am_description_reader_fail (reader, step->key, error,
                                           "more than %d rounds; no network has so many layers",
                                           AM_DESCRIPTION_MAX_ROUNDS);
      if (!run_round (reader, step, i, &is_over, error))
        return FALSE;
      if (is_over)
        break;
    }
  return TRUE;
}

static gboolean
run_part (AmReader *reader, const AmStep *step, const AmPart *part, GError **error)
{
  const AmYamlFile *outer = reader->file;
  gboolean is_good;

  if (reader->depth >= AM_DESCRIPTION_MAX_DEPTH)
    return am_description_reader_fail (reader, step->key, error, "parts within parts more than %d deep",
                                       AM_DESCRIPTION_MAX_DEPTH);
  reader->depth++;
  reader->file = part->file;
  is_good = am_description_reader_run (reader, part->steps, error);
  reader->file = outer;
  reader->depth--;
  return is_good;
}

/* With `from`, the part finds that value as x; with `to`, its result gets that name and x is what it was. */
static gboolean
run_part_on (AmReader *reader, const AmStep *step, const AmPart *part, GError **error)
{
  guint outer = GPOINTER_TO_UINT (g_hash_table_lookup (reader->values, AM_VALUE_DEFAULT));
  guint value;

  if (am_yaml_get (step->map, "from") != NULL)
    {
      if (!am_description_reader_read_from (reader, step, &value, error))
        return FALSE;
      am_description_reader_set_value (reader, AM_VALUE_DEFAULT, value);
    }
  if (!run_part (reader, step, part, error))
    return FALSE;
  if (am_yaml_get (step->map, "to") == NULL)
    return TRUE;
  if (!am_description_reader_find_value (reader, step->key, AM_VALUE_DEFAULT, &value, error))
    return FALSE;
  if (outer > 0)
    am_description_reader_set_value (reader, AM_VALUE_DEFAULT, outer - 1);
  return am_description_reader_write_to (reader, step, value, error);
}

static gboolean
run_use (AmReader *reader, const AmStep *step, GError **error)
{
  const AmYamlNode *names = am_yaml_get (step->map, "with");
  g_autofree char *name = am_description_reader_read_text (reader, step->value, error);
  guint n_outer = reader->scope->len;
  const AmPart *part;
  gboolean is_good;

  if (name == NULL)
    return FALSE;
  part = g_hash_table_lookup (reader->parts, name);
  if (part == NULL)
    {
      g_autofree char *hint = am_description_reader_hint (name, reader->parts);

      return am_description_reader_fail (reader, step->value, error, "no part is called '%s'%s", name, hint);
    }
  if (names != NULL && !am_description_reader_bind_map (reader, names, error))
    return FALSE;
  is_good = run_part_on (reader, step, part, error);
  am_description_reader_unbind (reader, n_outer);
  return is_good;
}

static gboolean
run_let (AmReader *reader, const AmStep *step, GError **error)
{
  return am_description_reader_bind_map (reader, step->value, error);
}

static gboolean
run_remember (AmReader *reader, const AmStep *step, GError **error)
{
  g_autofree char *name = am_description_reader_read_text (reader, step->value, error);
  guint value;

  if (name == NULL || !am_description_reader_read_from (reader, step, &value, error))
    return FALSE;
  am_description_reader_set_value (reader, name, value);
  return TRUE;
}

static gboolean
run_push (AmReader *reader, const AmStep *step, GError **error)
{
  g_autofree char *name = am_description_reader_read_text (reader, step->value, error);
  GArray *stack;
  guint value;

  if (name == NULL || !am_description_reader_read_from (reader, step, &value, error))
    return FALSE;
  stack = g_hash_table_lookup (reader->stacks, name);
  if (stack == NULL)
    {
      stack = g_array_new (FALSE, FALSE, sizeof (guint));
      g_hash_table_insert (reader->stacks, g_strdup (name), stack);
    }
  g_array_append_val (stack, value);
  return TRUE;
}

static gboolean
run_pop (AmReader *reader, const AmStep *step, GError **error)
{
  g_autofree char *name = am_description_reader_read_text (reader, step->value, error);
  GArray *stack = name != NULL ? g_hash_table_lookup (reader->stacks, name) : NULL;
  guint value;

  if (name == NULL)
    return FALSE;
  if (stack == NULL || stack->len == 0)
    return am_description_reader_fail (reader, step->value, error, "nothing is left on the stack '%s'", name);
  value = g_array_index (stack, guint, stack->len - 1);
  g_array_set_size (stack, stack->len - 1);
  return am_description_reader_write_to (reader, step, value, error);
}

static gboolean
run_keep (AmReader *reader, const AmStep *step, GError **error)
{
  g_autofree char *prefix = am_description_reader_read_text (reader, step->value, error);
  g_autofree char *reason = NULL;

  if (prefix == NULL)
    return FALSE;
  if (am_description_reader_has_tensor (reader, prefix))
    {
      reason = am_description_reader_read_key (reader, step, "because", "", error);
      if (reason == NULL)
        return FALSE;
      if (*reason != '\0')
        am_graph_add_note (reader->graph, "%s: %s", prefix, reason);
      g_ptr_array_add (reader->kept, g_steal_pointer (&prefix));
    }
  return TRUE;
}

const AmStepKind am_flow_steps[] = {
  { "repeat", "first last while do ", AM_N_NODE_TYPES, run_repeat },
  { "if", "then else ", AM_N_NODE_TYPES, run_if },
  { "unless", "then else ", AM_N_NODE_TYPES, run_if },
  { "use", "with from to ", AM_N_NODE_TYPES, run_use },
  { "let", "", AM_N_NODE_TYPES, run_let },
  { "remember", "from ", AM_N_NODE_TYPES, run_remember },
  { "push", "from ", AM_N_NODE_TYPES, run_push },
  { "pop", "to ", AM_N_NODE_TYPES, run_pop },
  { "keep", "because ", AM_N_NODE_TYPES, run_keep },
  { NULL },
};
