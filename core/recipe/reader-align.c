#include <string.h>

#include "recipe/recipe-reader.h"

#define MAX_RESTARTS 1000
#define MAX_SWEEPS 100000

static gboolean
read_to (AmRecipeReader *reader, const AmYamlNode *node, gpointer target, GError **error)
{
  AmAlignSettings *align = target;

  if (node->type == AM_YAML_SCALAR && (strcmp (node->text, "first") == 0 || strcmp (node->text, "base") == 0))
    align->target = AM_ALIGN_TO_FIRST;
  else if (node->type == AM_YAML_SCALAR && strcmp (node->text, "mean") == 0)
    align->target = AM_ALIGN_TO_MEAN;
  else
    return am_reader_fail_type (reader, node, "first, base or mean (a further model goes under 'file')",
                                error);
  return TRUE;
}

static gboolean
read_file (AmRecipeReader *reader, const AmYamlNode *node, gpointer target, GError **error)
{
  AmAlignSettings *align = target;

  align->target = AM_ALIGN_TO_FILE;
  return am_reader_read_text (reader, node, &align->file, error);
}

static gboolean
read_sha256 (AmRecipeReader *reader, const AmYamlNode *node, gpointer target, GError **error)
{
  AmAlignSettings *align = target;

  return am_reader_read_sha256 (reader, node, &align->sha256, error);
}

static gboolean
read_order (AmRecipeReader *reader, const AmYamlNode *node, gpointer target, GError **error)
{
  AmAlignSettings *align = target;

  if (node->type != AM_YAML_SCALAR || !am_align_order_parse (node->text, &align->order))
    return am_reader_fail_type (reader, node, "random, forward, backward or alternate", error);
  return TRUE;
}

static gboolean
read_seed (AmRecipeReader *reader, const AmYamlNode *node, gpointer target, GError **error)
{
  AmAlignSettings *align = target;

  if (node->type != AM_YAML_SCALAR
      || !g_ascii_string_to_unsigned (node->text, 10, 0, G_MAXUINT64, &align->seed, NULL))
    return am_reader_fail_type (reader, node, "a whole number from 0 to 18446744073709551615", error);
  return TRUE;
}

static gboolean
read_count (AmRecipeReader *reader, const AmYamlNode *node, guint maximum, guint *count, GError **error)
{
  g_autofree char *expected = g_strdup_printf ("a whole number from 1 to %u", maximum);
  guint64 value;

  if (node->type != AM_YAML_SCALAR || !g_ascii_string_to_unsigned (node->text, 10, 1, maximum, &value, NULL))
    return am_reader_fail_type (reader, node, expected, error);
  *count = (guint)value;
  return TRUE;
}

static gboolean
read_restarts (AmRecipeReader *reader, const AmYamlNode *node, gpointer target, GError **error)
{
  AmAlignSettings *align = target;

  return read_count (reader, node, MAX_RESTARTS, &align->restarts, error);
}

static gboolean
read_max_sweeps (AmRecipeReader *reader, const AmYamlNode *node, gpointer target, GError **error)
{
  AmAlignSettings *align = target;

  return read_count (reader, node, MAX_SWEEPS, &align->max_sweeps, error);
}

static gboolean
read_tolerance (AmRecipeReader *reader, const AmYamlNode *node, gpointer target, GError **error)
{
  AmAlignSettings *align = target;

  if (!am_yaml_get_number (node, &align->tolerance) || align->tolerance < 0 || align->tolerance > 1)
    return am_reader_fail_type (reader, node, "a number from 0 to 1", error);
  return TRUE;
}

static gboolean
read_rotate (AmRecipeReader *reader, const AmYamlNode *node, gpointer target, GError **error)
{
  AmAlignSettings *align = target;

  return am_reader_read_boolean (reader, node, &align->rotate, error);
}

static gboolean
read_normalize (AmRecipeReader *reader, const AmYamlNode *node, gpointer target, GError **error)
{
  AmAlignSettings *align = target;

  return am_reader_read_boolean (reader, node, &align->normalise, error);
}

static gboolean
read_architecture (AmRecipeReader *reader, const AmYamlNode *node, gpointer target, GError **error)
{
  AmAlignSettings *align = target;

  return am_reader_read_text (reader, node, &align->architecture, error);
}

static gboolean
read_matching (AmRecipeReader *reader, const AmYamlNode *node, gpointer target, GError **error)
{
  AmAlignSettings *align = target;

  if (node->type != AM_YAML_SCALAR || !am_align_matching_parse (node->text, &align->matching))
    return am_reader_fail_type (reader, node, "weights or activations", error);
  return TRUE;
}

static gboolean
read_data (AmRecipeReader *reader, const AmYamlNode *node, gpointer target, GError **error)
{
  AmAlignSettings *align = target;

  return am_reader_read_text (reader, node, &align->data, error);
}

static gboolean
read_data_sha256 (AmRecipeReader *reader, const AmYamlNode *node, gpointer target, GError **error)
{
  AmAlignSettings *align = target;

  return am_reader_read_sha256 (reader, node, &align->data_sha256, error);
}

static gboolean
read_preprocessing (AmRecipeReader *reader, const AmYamlNode *node, gpointer target, GError **error)
{
  AmAlignSettings *align = target;

  return am_reader_read_text (reader, node, &align->preprocessing, error);
}

static gboolean
read_samples (AmRecipeReader *reader, const AmYamlNode *node, gpointer target, GError **error)
{
  AmAlignSettings *align = target;

  if (node->type != AM_YAML_SCALAR
      || !g_ascii_string_to_unsigned (node->text, 10, 0, G_MAXINT64, &align->n_samples, NULL))
    return am_reader_fail_type (reader, node, "a whole number from 1 up, or 0 for all", error);
  return TRUE;
}

static gboolean
read_objective (AmRecipeReader *reader, const AmYamlNode *node, gpointer target, GError **error)
{
  AmAlignSettings *align = target;

  if (node->type != AM_YAML_SCALAR || !am_align_objective_parse (node->text, &align->objective))
    return am_reader_fail_type (reader, node, "correlation or product", error);
  return TRUE;
}

static const AmReaderKey keys[] = {
  { "to", read_to },
  { "file", read_file },
  { "sha256", read_sha256 },
  { "order", read_order },
  { "seed", read_seed },
  { "restarts", read_restarts },
  { "max_sweeps", read_max_sweeps },
  { "tolerance", read_tolerance },
  { "rotate", read_rotate },
  { "normalize", read_normalize },
  { "architecture", read_architecture },
  { "matching", read_matching },
  { "data", read_data },
  { "data_sha256", read_data_sha256 },
  { "preprocessing", read_preprocessing },
  { "samples", read_samples },
  { "objective", read_objective },
  { NULL },
};

/* Data is for activations, which take nothing without; what is said of data means nothing without it. */
static gboolean
settle_data (AmRecipeReader *reader, const AmYamlNode *node, AmAlignSettings *align, GError **error)
{
  static const char *const about_data[] = { "data_sha256", "preprocessing", "samples", "objective" };
  const AmYamlNode *matching = am_yaml_get (node, "matching");

  for (guint i = 0; i < G_N_ELEMENTS (about_data) && align->data == NULL; i++)
    if (am_yaml_get (node, about_data[i]) != NULL)
      return am_yaml_fail (reader->file, am_yaml_get (node, about_data[i]), AM_ERROR_BAD_RECIPE, error,
                           "'%s' without the 'data' it is about", about_data[i]);
  if (matching != NULL && align->matching == AM_ALIGN_BY_WEIGHTS && align->data != NULL)
    return am_yaml_fail (reader->file, matching, AM_ERROR_BAD_RECIPE, error,
                         "'matching: weights' beside 'data'; expected one of them");
  if (matching != NULL && align->matching == AM_ALIGN_BY_ACTIVATIONS && align->data == NULL)
    return am_yaml_fail (reader->file, matching, AM_ERROR_BAD_RECIPE, error,
                         "'matching: activations' without 'data'; expected pictures both models understand");
  if (align->data != NULL)
    align->matching = AM_ALIGN_BY_ACTIVATIONS;
  return TRUE;
}

static gboolean
read_settings (AmRecipeReader *reader, const AmYamlNode *node, AmAlignSettings *align, GError **error)
{
  const AmYamlNode *to = am_yaml_get (node, "to");

  if (!am_reader_read_map (reader, node, keys, "align", align, error))
    return FALSE;
  if (to != NULL && align->file != NULL)
    return am_yaml_fail (reader->file, to, AM_ERROR_BAD_RECIPE, error,
                         "'to' beside 'file'; expected one of them");
  if (align->sha256 != NULL && align->file == NULL)
    return am_yaml_fail (reader->file, node, AM_ERROR_BAD_RECIPE, error,
                         "'sha256' without the 'file' it pins");
  return settle_data (reader, node, align, error);
}

gboolean
am_reader_read_align (AmRecipeReader *reader, const AmYamlNode *node, gpointer target, GError **error)
{
  g_autoptr (AmAlignSettings) align = am_align_settings_new ();
  gboolean wanted = TRUE;

  if (node->type == AM_YAML_SCALAR)
    {
      if (!am_yaml_get_boolean (node, &wanted))
        return am_reader_fail_type (reader, node, "true, false or a map", error);
    }
  else if (!read_settings (reader, node, align, error))
    return FALSE;
  am_align_settings_free (reader->recipe->align);
  reader->recipe->align = wanted ? g_steal_pointer (&align) : NULL;
  return TRUE;
}
