#include <math.h>

#include "command.h"
#include "console.h"
#include "json-text.h"

#define MAX_BLOCKS 25
#define NAME_COLUMNS 27

/* Values as a row of bars, the first for BASE. */
static char *
draw_values (const double *values, guint n)
{
  static const char *const bars[] = { "\xe2\x96\x81", "\xe2\x96\x82", "\xe2\x96\x83", "\xe2\x96\x84",
                                      "\xe2\x96\x85", "\xe2\x96\x86", "\xe2\x96\x87", "\xe2\x96\x88" };
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < n; i++)
    g_string_append (text, bars[CLAMP ((gint)lround (values[i] * 7.0), 0, 7)]);
  return g_string_free (text, FALSE);
}

static void
print_table (void)
{
  gboolean is_utf8 = g_get_charset (NULL);
  double values[1 + MAX_BLOCKS];

  g_print ("%-*s %s\n", NAME_COLUMNS, "PRESET",
           is_utf8 ? "BASE, IN00 TO OUT11 (SD 1 AND 2)" : "WHAT IT DOES");
  for (guint i = 0; i < am_preset_get_count (); i++)
    {
      const AmPreset *preset = am_preset_get (i);
      g_autofree char *bars = is_utf8 && am_preset_fill (i, MAX_BLOCKS, values)
                                  ? draw_values (values, 1 + MAX_BLOCKS)
                                  : g_strdup ("");

      g_print ("%-*s %s%*s  %s\n", NAME_COLUMNS, preset->id, bars,
               is_utf8 && *bars == '\0' ? 1 + MAX_BLOCKS : 0, "", preset->summary);
    }
  g_print ("\n--blocks NAME uses one; --blocks NAME1+NAME2@0.3 blends two. 'amalgam presets --blocks 25' "
           "prints numbers.\n");
}

static char *
format_values (const double *values, guint n)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *number = cli_format_number (values[i]);

      g_string_append_printf (text, "%s%s", i > 0 ? "," : "", number);
    }
  return g_string_free (text, FALSE);
}

/* In the form that preset files have. */
static void
print_numbers (guint n_blocks)
{
  double values[1 + MAX_BLOCKS];

  for (guint i = 0; i < am_preset_get_count (); i++)
    if (am_preset_fill (i, n_blocks, values))
      {
        g_autofree char *text = format_values (values, 1 + n_blocks);

        g_print ("%s\t%s\n", am_preset_get (i)->id, text);
      }
}

static void
add_values (JsonBuilder *builder, guint preset, guint n_blocks)
{
  double values[1 + MAX_BLOCKS];
  g_autofree char *name = g_strdup_printf ("blocks_%u", n_blocks);

  json_builder_set_member_name (builder, name);
  if (!am_preset_fill (preset, n_blocks, values))
    {
      json_builder_add_null_value (builder);
      return;
    }
  json_builder_begin_array (builder);
  for (guint i = 0; i < 1 + n_blocks; i++)
    json_builder_add_double_value (builder, values[i]);
  json_builder_end_array (builder);
}

static void
print_json (guint n_blocks)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_array (builder);
  for (guint i = 0; i < am_preset_get_count (); i++)
    {
      json_builder_begin_object (builder);
      am_json_add_string (builder, "id", am_preset_get (i)->id);
      am_json_add_string (builder, "summary", am_preset_get (i)->summary);
      if (n_blocks != 19)
        add_values (builder, i, 25);
      if (n_blocks != 25)
        add_values (builder, i, 19);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
  json_print (builder);
}

int
cli_presets (int argc, char **argv)
{
  gboolean is_json = FALSE;
  gint n_blocks = 0;
  g_auto (GStrv) rest = NULL;
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &is_json, "print JSON", NULL },
    { "blocks", 0, 0, G_OPTION_ARG_INT, &n_blocks,
      "print numbers, BASE first, for SD 1 and 2 (25) or SDXL (19)", "25|19" },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &rest, NULL, NULL },
    { NULL },
  };

  if (!cli_parse_options (argc, argv, "", "Lists the block-weight presets.", entries))
    return CLI_USAGE;
  if (rest != NULL)
    return cli_usage_error ("presets takes no arguments: it lists them all");
  if (n_blocks != 0 && n_blocks != 25 && n_blocks != 19)
    return cli_usage_error ("--blocks takes 25 or 19");
  if (is_json)
    print_json ((guint)n_blocks);
  else if (n_blocks != 0)
    print_numbers ((guint)n_blocks);
  else
    print_table ();
  return CLI_DONE;
}
