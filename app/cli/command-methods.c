#include <math.h>
#include <string.h>

#include "command.h"
#include "console.h"
#include "json-text.h"

static char *
describe_models (const AmMethod *method)
{
  if (method->min_models == method->max_models)
    return g_strdup_printf ("%u", method->min_models);
  if (method->max_models >= AM_MAX_MODELS)
    return g_strdup_printf ("%u+", method->min_models);
  return g_strdup_printf ("%u-%u", method->min_models, method->max_models);
}

static const char *
describe_base (AmBaseUse use)
{
  static const char *const words[] = { "none", "optional", "required" };

  return words[use];
}

static const char *
describe_type (AmParameterType type)
{
  static const char *const words[] = { "number", "integer", "boolean", "choice" };

  return words[type];
}

static void
print_table (void)
{
  g_print ("%-26s %-7s %-9s %s\n", "METHOD", "MODELS", "BASE", "WHAT IT DOES");
  for (guint i = 0; i < am_method_get_count (); i++)
    {
      const AmMethod *method = am_method_get (i);
      g_autofree char *models = describe_models (method);

      g_print ("%-26s %-7s %-9s %s\n", method->id, models, describe_base (method->base), method->summary);
    }
  g_print ("\n'amalgam methods METHOD' shows its parameters.\n");
}

static char *
format_value (const AmParameter *parameter, double value)
{
  if (parameter->type == AM_PARAMETER_BOOLEAN)
    return g_strdup (value != 0.0 ? "true" : "false");
  if (parameter->type == AM_PARAMETER_CHOICE)
    return g_strdup (parameter->choices[(guint)value]);
  return cli_format_number (value);
}

static char *
describe_range (const AmParameter *parameter)
{
  g_autofree char *low = cli_format_number (parameter->minimum);
  g_autofree char *high = cli_format_number (parameter->maximum);

  if (parameter->type == AM_PARAMETER_CHOICE)
    return g_strjoinv (" | ", (char **)parameter->choices);
  if (parameter->type == AM_PARAMETER_BOOLEAN)
    return g_strdup ("true | false");
  if (parameter->minimum <= -1e30 && parameter->maximum >= 1e30)
    return g_strdup ("any number");
  if (parameter->maximum >= 1e15)
    return g_strdup_printf ("from %s", low);
  if (parameter->minimum <= -1e30)
    return g_strdup_printf ("up to %s", high);
  return g_strdup_printf ("%s to %s", low, high);
}

static void
print_parameter (const AmParameter *parameter)
{
  g_autofree char *range = describe_range (parameter);
  g_autofree char *usual
      = isnan (parameter->default_value) ? NULL : format_value (parameter, parameter->default_value);

  g_print ("  %s\n      %s%s\n      %s; %s%s%s\n", parameter->id, parameter->summary,
           parameter->is_ratio || parameter->is_second_ratio ? " (block weights can replace it)" : "", range,
           usual != NULL ? "default " : "must be given", usual != NULL ? usual : "",
           parameter->per_model ? "; one value per model" : "");
}

static void
print_method (const AmMethod *method)
{
  g_autofree char *models = describe_models (method);

  g_print ("%s (%s)\n%s\n\nModels: %s; base: %s.\n", method->title, method->id, method->summary, models,
           describe_base (method->base));
  if (method->paper != NULL)
    g_print ("Source: %s\n", method->paper);
  if (method->flags & AM_METHOD_RANDOM)
    g_print ("Draws random numbers: --seed.\n");
  if (method->n_parameters > 0)
    g_print ("\nParameters (-p NAME=VALUE):\n");
  for (guint i = 0; i < method->n_parameters; i++)
    print_parameter (&method->parameters[i]);
}

static void
add_default (JsonBuilder *builder, const AmParameter *parameter)
{
  double value = parameter->default_value;

  if (isnan (value) || (parameter->type != AM_PARAMETER_BOOLEAN && parameter->type != AM_PARAMETER_CHOICE))
    am_json_add_number (builder, "default", value);
  else if (parameter->type == AM_PARAMETER_BOOLEAN)
    am_json_add_boolean (builder, "default", value != 0.0);
  else
    am_json_add_string (builder, "default", parameter->choices[(guint)value]);
}

static void
add_parameter (JsonBuilder *builder, const AmParameter *parameter)
{
  json_builder_begin_object (builder);
  am_json_add_string (builder, "id", parameter->id);
  am_json_add_string (builder, "summary", parameter->summary);
  am_json_add_string (builder, "type", describe_type (parameter->type));
  am_json_add_boolean (builder, "per_model", parameter->per_model);
  am_json_add_boolean (builder, "per_tensor", parameter->per_tensor);
  am_json_add_boolean (builder, "ratio", parameter->is_ratio);
  am_json_add_boolean (builder, "second_ratio", parameter->is_second_ratio);
  if (parameter->type == AM_PARAMETER_NUMBER || parameter->type == AM_PARAMETER_INTEGER)
    {
      am_json_add_number (builder, "minimum", parameter->minimum);
      am_json_add_number (builder, "maximum", parameter->maximum);
    }
  if (parameter->type == AM_PARAMETER_CHOICE)
    am_json_add_strings (builder, "choices", parameter->choices);
  add_default (builder, parameter);
  json_builder_end_object (builder);
}

static void
add_method (JsonBuilder *builder, const AmMethod *method)
{
  json_builder_begin_object (builder);
  am_json_add_string (builder, "id", method->id);
  am_json_add_string (builder, "title", method->title);
  am_json_add_string (builder, "summary", method->summary);
  am_json_add_string (builder, "paper", method->paper);
  am_json_add_string (builder, "base", describe_base (method->base));
  am_json_add_count (builder, "min_models", method->min_models);
  am_json_add_count (builder, "max_models", method->max_models);
  am_json_add_boolean (builder, "random", (method->flags & AM_METHOD_RANDOM) != 0);
  json_builder_set_member_name (builder, "parameters");
  json_builder_begin_array (builder);
  for (guint i = 0; i < method->n_parameters; i++)
    add_parameter (builder, &method->parameters[i]);
  json_builder_end_array (builder);
  json_builder_end_object (builder);
}

static void
print_json (const AmMethod *method)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  if (method != NULL)
    add_method (builder, method);
  else
    {
      json_builder_begin_array (builder);
      for (guint i = 0; i < am_method_get_count (); i++)
        add_method (builder, am_method_get (i));
      json_builder_end_array (builder);
    }
  json_print (builder);
}

int
cli_methods (int argc, char **argv)
{
  gboolean is_json = FALSE;
  g_auto (GStrv) names = NULL;
  const AmMethod *method = NULL;
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &is_json, "print JSON", NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &names, NULL, NULL },
    { NULL },
  };

  if (!cli_parse_options (argc, argv, "[METHOD]", "Lists the merge methods, or the parameters of one.",
                          entries))
    return CLI_USAGE;
  if (names != NULL && g_strv_length (names) > 1)
    return cli_usage_error ("one method at a time");
  if (names != NULL)
    method = am_method_find (names[0]);
  if (names != NULL && method == NULL)
    return cli_usage_error ("no method is called '%s'", names[0]);
  if (is_json)
    print_json (method);
  else if (method != NULL)
    print_method (method);
  else
    print_table ();
  return CLI_DONE;
}
