#include "sweep.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "base/parameter-words.h"

#define EXTENSION ".safetensors"

static void
add_parameter (GArray *subjects, AmDraft *draft, guint index)
{
  const AmParameter *parameter = &am_draft_get_method (draft)->parameters[index];
  guint n = parameter->per_model ? am_draft_get_n_slots (draft) : 1;

  if (parameter->type != AM_PARAMETER_NUMBER && parameter->type != AM_PARAMETER_INTEGER)
    return;
  for (guint slot = 0; slot < n; slot++)
    {
      AmSweepSubject subject = { .parameter = index, .slot = slot };

      g_array_append_val (subjects, subject);
    }
}

/* The parameter that weights of a target stand for. */
static guint
get_target_parameter (AmDraft *draft, guint target)
{
  const AmMethod *method = am_draft_get_method (draft);
  gint ratio = am_method_get_ratio (method);

  if (target == 0 || method->parameters[ratio].per_model)
    return (guint)ratio;
  return (guint)am_method_get_second_ratio (method);
}

GArray *
am_sweep_list_subjects (AmDraft *draft)
{
  GArray *subjects = g_array_new (FALSE, FALSE, sizeof (AmSweepSubject));
  const AmMethod *method = am_draft_get_method (draft);

  for (guint i = 0; method != NULL && i < method->n_parameters; i++)
    add_parameter (subjects, draft, i);
  for (guint i = 0; i < am_draft_get_n_targets (draft); i++)
    {
      AmSweepSubject subject
          = { .is_block = TRUE, .target = i, .parameter = get_target_parameter (draft, i) };

      if (am_block_values_get_n_bars (am_draft_get_block_values (draft, i)) > 0)
        g_array_append_val (subjects, subject);
    }
  return subjects;
}

const AmParameter *
am_sweep_get_parameter (AmDraft *draft, const AmSweepSubject *subject)
{
  return &am_draft_get_method (draft)->parameters[subject->parameter];
}

char *
am_sweep_dup_title (AmDraft *draft, const AmSweepSubject *subject)
{
  const AmParameter *parameter = am_sweep_get_parameter (draft, subject);
  g_autofree char *target = subject->is_block ? am_draft_dup_target_title (draft, subject->target) : NULL;
  g_autofree char *title = am_parameter_dup_title (parameter);
  g_autofree char *slot = NULL;

  /* Translators: what a sweep varies: the block weights of a parameter or model, as in “Alpha of one block”
   */
  if (subject->is_block)
    return g_strdup_printf (_ ("%s of one block"), target);
  if (!parameter->per_model)
    return g_steal_pointer (&title);
  slot = am_draft_dup_slot_title (draft, subject->slot);
  /* Translators: a parameter and the letter of a model, as in “Weight of B” */
  return g_strdup_printf (C_ ("parameter of a model", "%s of %s"), title, slot);
}

double
am_sweep_get_value (AmDraft *draft, const AmSweepSubject *subject)
{
  if (subject->is_block)
    return am_block_values_get_effective (am_draft_get_block_values (draft, subject->target), subject->bar);
  return am_draft_get_parameter (draft, subject->parameter, subject->slot);
}

static gboolean
is_separator (char c)
{
  return c == ',' || c == ';' || g_ascii_isspace (c);
}

static gboolean
add_value (GArray *values, double value, const AmParameter *parameter, GError **error)
{
  g_autofree char *title = am_parameter_dup_title (parameter);

  if (!(value >= parameter->minimum && value <= parameter->maximum))
    {
      g_set_error (error, AM_ERROR, AM_ERROR_BAD_RECIPE, _ ("%s takes values from %g to %g, not %g"), title,
                   parameter->minimum, parameter->maximum, value);
      return FALSE;
    }
  if (parameter->type == AM_PARAMETER_INTEGER && value != floor (value))
    {
      g_set_error (error, AM_ERROR, AM_ERROR_BAD_RECIPE, _ ("%s takes whole numbers, not %g"), title, value);
      return FALSE;
    }
  for (guint i = 0; i < values->len; i++)
    if (g_array_index (values, double, i) == value)
      {
        g_set_error (error, AM_ERROR, AM_ERROR_BAD_RECIPE, _ ("%g is there twice"), value);
        return FALSE;
      }
  g_array_append_val (values, value);
  return TRUE;
}

GArray *
am_sweep_parse (const char *text, const AmParameter *parameter, GError **error)
{
  g_autoptr (GArray) values = g_array_new (FALSE, FALSE, sizeof (double));

  while (TRUE)
    {
      char *end;
      double value;

      while (is_separator (*text))
        text++;
      if (*text == '\0')
        break;
      value = g_ascii_strtod (text, &end);
      if (end == text || (*end != '\0' && !is_separator (*end)))
        {
          g_set_error (error, AM_ERROR, AM_ERROR_BAD_RECIPE, _ ("“%s” is not a list of numbers"), text);
          return NULL;
        }
      if (!add_value (values, value, parameter, error))
        return NULL;
      text = end;
    }
  if (values->len > 0)
    return g_steal_pointer (&values);
  g_set_error_literal (error, AM_ERROR, AM_ERROR_BAD_RECIPE, _ ("Give at least one value"));
  return NULL;
}

static void
append_number (GString *text, double value)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_formatd (number, sizeof number, "%.10g", value);
  g_string_append (text, number);
}

char *
am_sweep_write_range (double from, double to, guint n)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < n; i++)
    {
      double position = n > 1 ? (double)i / (n - 1) : 0;
      double value = round ((from + (to - from) * position) * 10000) / 10000;

      g_string_append (text, i > 0 ? ", " : "");
      append_number (text, value == 0 ? 0 : value);
    }
  return g_string_free (text, FALSE);
}

static void
step_free (gpointer data)
{
  AmSweepStep *step = data;

  g_ptr_array_unref (step->recipes);
  g_free (step->output);
  g_free (step);
}

/* Another draft with the same merge, for the blocks of the same architecture. */
static AmDraft *
copy_draft (AmDraft *draft)
{
  AmDraft *copy = am_draft_new ();
  g_autoptr (GPtrArray) recipes = am_draft_dup_recipes (draft);

  am_draft_set_output_folder (copy, am_draft_get_output_folder (draft));
  am_draft_set_name_template (copy, am_draft_get_name_template (draft));
  if (am_draft_get_n_targets (draft) > 0)
    {
      AmBlockValues *values = am_draft_get_block_values (draft, 0);
      g_autoptr (GPtrArray) names = g_ptr_array_new ();

      for (guint i = 0; i < am_block_values_get_n_blocks (values); i++)
        g_ptr_array_add (names, (gpointer)am_block_values_get_name (values, i));
      g_ptr_array_add (names, NULL);
      am_draft_set_layout (copy, am_block_values_get_family (values), (const char *const *)names->pdata,
                           am_family_get_title (am_block_values_get_family (values)));
    }
  am_draft_load (copy, recipes);
  am_draft_set_is_linked (copy, am_draft_get_is_linked (draft));
  return copy;
}

static AmSweepStep *
make_step (AmDraft *draft, const AmSweepSubject *subject, double value)
{
  g_autoptr (AmDraft) copy = copy_draft (draft);
  AmSweepStep *step = g_new0 (AmSweepStep, 1);

  if (subject->is_block)
    am_block_values_set (am_draft_get_block_values (copy, subject->target), subject->bar, value);
  else
    am_draft_set_parameter (copy, subject->parameter, subject->slot, value);
  step->value = value;
  step->recipes = am_draft_dup_recipes (copy);
  step->output = am_draft_dup_output_path (copy);
  return step;
}

static gboolean
has_equal_names (const GPtrArray *steps)
{
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < steps->len; i++)
    if (!g_hash_table_add (names, ((AmSweepStep *)g_ptr_array_index (steps, i))->output))
      return TRUE;
  return FALSE;
}

/* What the value is of, in a file name. */
static char *
dup_label (AmDraft *draft, const AmSweepSubject *subject)
{
  const AmParameter *parameter = am_sweep_get_parameter (draft, subject);
  g_autofree char *title = NULL;

  if (subject->is_block)
    {
      AmBlockValues *values = am_draft_get_block_values (draft, subject->target);
      char *label = g_strdup (am_block_values_get_name (values, subject->bar));

      return g_strdelimit (label, " /\\", '-');
    }
  if (!parameter->per_model)
    return g_strdup (parameter->id);
  title = am_draft_dup_slot_title (draft, subject->slot);
  return g_strdup_printf ("%s-%s", parameter->id, title);
}

static void
append_value (AmSweepStep *step, const char *label)
{
  g_autoptr (GString) name = g_string_new (step->output);

  if (g_str_has_suffix (step->output, EXTENSION))
    g_string_truncate (name, name->len - strlen (EXTENSION));
  g_string_append_printf (name, "-%s-", label);
  append_number (name, step->value);
  g_string_append (name, EXTENSION);
  g_free (step->output);
  step->output = g_strdup (name->str);
}

GPtrArray *
am_sweep_make_steps (AmDraft *draft, const AmSweepSubject *subject, const GArray *values)
{
  GPtrArray *steps = g_ptr_array_new_with_free_func (step_free);
  g_autofree char *label = dup_label (draft, subject);

  for (guint i = 0; i < values->len; i++)
    g_ptr_array_add (steps, make_step (draft, subject, g_array_index (values, double, i)));
  if (has_equal_names (steps))
    for (guint i = 0; i < steps->len; i++)
      append_value (g_ptr_array_index (steps, i), label);
  return steps;
}

typedef enum
{
  CLASH_TWICE,
  CLASH_QUEUED,
  CLASH_EXISTS,
} Clash;

static gboolean
refuse (GError **error, Clash clash, const char *path)
{
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *shown = g_filename_display_name (name);

  if (clash == CLASH_TWICE)
    g_set_error (error, AM_ERROR, AM_ERROR_NOT_WRITABLE, _ ("“%s” would be written twice"), shown);
  else if (clash == CLASH_QUEUED)
    g_set_error (error, AM_ERROR, AM_ERROR_NOT_WRITABLE, _ ("“%s” is in the queue already"), shown);
  else
    g_set_error (error, AM_ERROR, AM_ERROR_NOT_WRITABLE, _ ("“%s” exists already"), shown);
  return FALSE;
}

gboolean
am_sweep_check_names (const GPtrArray *steps, AmRunQueue *queue, GError **error)
{
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < steps->len; i++)
    {
      AmSweepStep *step = g_ptr_array_index (steps, i);

      if (!g_hash_table_add (names, step->output))
        return refuse (error, CLASH_TWICE, step->output);
      if (am_run_queue_will_write (queue, step->output))
        return refuse (error, CLASH_QUEUED, step->output);
      if (g_file_test (step->output, G_FILE_TEST_EXISTS))
        return refuse (error, CLASH_EXISTS, step->output);
    }
  return TRUE;
}
