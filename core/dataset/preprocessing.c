#include "dataset/preprocessing.h"

#include <string.h>

#include "base/nearest-name.h"
#include "base/number-text.h"
#include "base/text-file.h"
#include "base/text.h"
#include "base/yaml-tree.h"

#define MAX_FILE_SIZE (64 * 1024)
#define MAX_SIDE 8192

/* clang-format off */
static const AmPreprocessing built_in[] = {
  { .name = "none", .interpolation = AM_INTERPOLATE_BILINEAR, .scale = 255 },
  { .name = "torchvision", .resize = 256, .crop = 224, .interpolation = AM_INTERPOLATE_BILINEAR, .scale = 255,
    .n_channels = 3, .mean = { 0.485, 0.456, 0.406 }, .std = { 0.229, 0.224, 0.225 } },
  { .name = "clip", .resize = 224, .crop = 224, .interpolation = AM_INTERPOLATE_BICUBIC, .scale = 255,
    .n_channels = 3, .mean = { 0.48145466, 0.4578275, 0.40821073 },
    .std = { 0.26862954, 0.26130258, 0.27577711 } },
  { .name = "vit", .resize = 248, .crop = 224, .interpolation = AM_INTERPOLATE_BICUBIC, .scale = 255,
    .n_channels = 3, .mean = { 0.5, 0.5, 0.5 }, .std = { 0.5, 0.5, 0.5 } },
  { .name = "cifar10", .interpolation = AM_INTERPOLATE_BILINEAR, .scale = 255,
    .n_channels = 3, .mean = { 0.4914, 0.4822, 0.4465 }, .std = { 0.2470, 0.2435, 0.2616 } },
  { .name = "mnist", .interpolation = AM_INTERPOLATE_BILINEAR, .scale = 255,
    .n_channels = 1, .mean = { 0.1307 }, .std = { 0.3081 } },
};
/* clang-format on */

static const char *const names[] = { "none", "torchvision", "clip", "vit", "cifar10", "mnist", NULL };

/* By AmInterpolation. */
static const char *const interpolations[] = { "nearest", "bilinear", "bicubic", NULL };

/* What a file holds, before lists are spread over the channels. */
typedef struct
{
  const AmYamlFile *file;
  AmPreprocessing *result;
  guint n_channels; /* as `channels` has it; 0: not named */
  guint n_mean, n_std;
} Reader;

const char *const *
am_preprocessing_list (void)
{
  return names;
}

AmPreprocessing *
am_preprocessing_copy (const AmPreprocessing *preprocessing)
{
  AmPreprocessing *copy = g_memdup2 (preprocessing, sizeof *preprocessing);

  copy->name = g_strdup (preprocessing->name);
  return copy;
}

void
am_preprocessing_free (AmPreprocessing *preprocessing)
{
  if (preprocessing == NULL)
    return;
  g_free (preprocessing->name);
  g_free (preprocessing);
}

static gboolean
read_number (Reader *reader, const char *key, const AmYamlNode *node, double *value, GError **error)
{
  g_autofree char *found = NULL;

  if (node->type == AM_YAML_SCALAR && am_yaml_get_number (node, value))
    return TRUE;
  found = am_yaml_describe (node);
  return am_yaml_fail (reader->file, node, AM_ERROR_BAD_RECIPE, error, T_ ("“%s” needs a number, not %s"),
                       key, found);
}

static gboolean
read_side (Reader *reader, const char *key, const AmYamlNode *node, guint *side, GError **error)
{
  double value;

  if (!read_number (reader, key, node, &value, error))
    return FALSE;
  if (value < 1 || value > MAX_SIDE || value != (guint)value)
    return am_yaml_fail (reader->file, node, AM_ERROR_BAD_RECIPE, error,
                         T_ ("“%s” counts pixels: a whole number from 1 to %u"), key, MAX_SIDE);
  *side = (guint)value;
  return TRUE;
}

static gboolean
read_size (Reader *reader, const char *key, const AmYamlNode *node, GError **error)
{
  AmPreprocessing *result = reader->result;

  if (node->type != AM_YAML_LIST)
    return read_side (reader, key, node, &result->resize, error);
  if (node->items->len != 2)
    return am_yaml_fail (reader->file, node, AM_ERROR_BAD_RECIPE, error,
                         T_ ("“%s” is the length of the shorter side, or [height, width]"), key);
  return read_side (reader, key, g_ptr_array_index (node->items, 0), &result->resize_height, error)
         && read_side (reader, key, g_ptr_array_index (node->items, 1), &result->resize_width, error);
}

static gboolean
read_crop (Reader *reader, const char *key, const AmYamlNode *node, GError **error)
{
  return read_side (reader, key, node, &reader->result->crop, error);
}

static gboolean
read_interpolation (Reader *reader, const char *key, const AmYamlNode *node, GError **error)
{
  const char *text = node->type == AM_YAML_SCALAR ? node->text : "";
  g_autofree char *hint = NULL;

  for (guint i = 0; interpolations[i] != NULL; i++)
    if (g_strcmp0 (text, interpolations[i]) == 0)
      {
        reader->result->interpolation = (AmInterpolation)i;
        return TRUE;
      }
  hint = am_nearest_hint (text, interpolations);
  return am_yaml_fail (reader->file, node, AM_ERROR_BAD_RECIPE, error,
                       T_ ("“%s” is nearest, bilinear or bicubic%s"), key, hint);
}

static gboolean
read_scale (Reader *reader, const char *key, const AmYamlNode *node, GError **error)
{
  AmPreprocessing *result = reader->result;

  if (!read_number (reader, key, node, &result->scale, error))
    return FALSE;
  if (result->scale <= 0)
    return am_yaml_fail (reader->file, node, AM_ERROR_BAD_RECIPE, error,
                         T_ ("“%s” is what pixels are divided by: a number above 0"), key);
  result->scales_numbers = TRUE;
  return TRUE;
}

/* A number or a list of 1 or 3. */
static gboolean
read_numbers (Reader *reader, const char *key, const AmYamlNode *node, double values[3], guint *n,
              GError **error)
{
  *n = node->type == AM_YAML_LIST ? node->items->len : 1;
  if (node->type != AM_YAML_LIST)
    return read_number (reader, key, node, values, error);
  if (*n != 1 && *n != 3)
    return am_yaml_fail (reader->file, node, AM_ERROR_BAD_RECIPE, error,
                         T_ ("“%s” is one number or a list of three, for red, green and blue"), key);
  for (guint i = 0; i < *n; i++)
    if (!read_number (reader, key, g_ptr_array_index (node->items, i), &values[i], error))
      return FALSE;
  return TRUE;
}

static gboolean
read_mean (Reader *reader, const char *key, const AmYamlNode *node, GError **error)
{
  return read_numbers (reader, key, node, reader->result->mean, &reader->n_mean, error);
}

static gboolean
read_std (Reader *reader, const char *key, const AmYamlNode *node, GError **error)
{
  if (!read_numbers (reader, key, node, reader->result->std, &reader->n_std, error))
    return FALSE;
  for (guint i = 0; i < reader->n_std; i++)
    if (reader->result->std[i] <= 0)
      return am_yaml_fail (reader->file, node, AM_ERROR_BAD_RECIPE, error,
                           T_ ("“%s” is what values are divided by: numbers above 0"), key);
  return TRUE;
}

static gboolean
read_channels (Reader *reader, const char *key, const AmYamlNode *node, GError **error)
{
  double value;

  if (!read_number (reader, key, node, &value, error))
    return FALSE;
  if (value != 1 && value != 3)
    return am_yaml_fail (reader->file, node, AM_ERROR_BAD_RECIPE, error,
                         T_ ("“%s” is 1 for grey or 3 for colours"), key);
  reader->n_channels = (guint)value;
  return TRUE;
}

static const struct
{
  const char *key;
  gboolean (*read) (Reader *reader, const char *key, const AmYamlNode *node, GError **error);
} keys[] = {
  { "size", read_size },         { "crop", read_crop }, { "interpolation", read_interpolation },
  { "scale", read_scale },       { "mean", read_mean }, { "std", read_std },
  { "channels", read_channels },
};

static gboolean
read_key (Reader *reader, const AmYamlNode *key, const AmYamlNode *value, GError **error)
{
  const char *known[G_N_ELEMENTS (keys) + 1] = { NULL };
  g_autofree char *hint = NULL, *list = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    if (g_strcmp0 (key->text, keys[i].key) == 0)
      return keys[i].read (reader, keys[i].key, value, error);
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    known[i] = keys[i].key;
  hint = am_nearest_hint (key->text, known);
  list = g_strjoinv (", ", (char **)known);
  return am_yaml_fail (reader->file, key, AM_ERROR_BAD_RECIPE, error,
                       T_ ("unknown key “%s”%s; there are: %s"), key->text, hint, list);
}

static void
spread (double values[3], guint n, double missing)
{
  for (guint i = n; i < 3; i++)
    values[i] = n == 0 ? missing : values[0];
}

/* How many channels it is for, from what was named. */
static gboolean
settle_channels (Reader *reader, const AmYamlNode *root, GError **error)
{
  AmPreprocessing *result = reader->result;
  const guint n_longest = MAX (reader->n_mean, reader->n_std);

  result->n_channels = reader->n_channels > 0 ? reader->n_channels : n_longest;
  if (n_longest > result->n_channels)
    return am_yaml_fail (reader->file, root, AM_ERROR_BAD_RECIPE, error,
                         T_ ("mean and std are for %u channels, but “channels” is %u"), n_longest,
                         result->n_channels);
  spread (result->mean, reader->n_mean, 0);
  spread (result->std, reader->n_std, 1);
  return TRUE;
}

static gboolean
read_document (Reader *reader, GError **error)
{
  const GPtrArray *documents = reader->file->documents;
  const AmYamlNode *root = documents->len == 1 ? g_ptr_array_index (documents, 0) : NULL;

  if (root == NULL || root->type != AM_YAML_MAP)
    {
      g_set_error (error, AM_ERROR, AM_ERROR_BAD_RECIPE,
                   T_ ("%s: a preprocessing file is one map of keys, as in “size: 256”"),
                   reader->file->source);
      return FALSE;
    }
  for (guint i = 0; i + 1 < root->items->len; i += 2)
    if (!read_key (reader, g_ptr_array_index (root->items, i), g_ptr_array_index (root->items, i + 1), error))
      return FALSE;
  return settle_channels (reader, root, error);
}

static AmPreprocessing *
read_text (const char *text, gsize length, const char *path, GError **error)
{
  g_autoptr (AmYamlFile) file = am_yaml_file_new (text, length, path, error);
  g_autoptr (AmPreprocessing) result = am_preprocessing_copy (&built_in[0]);
  Reader reader = { file, result, 0, 0, 0 };

  if (file == NULL || !read_document (&reader, error))
    return NULL;
  g_free (result->name);
  result->name = g_strdup (path);
  return g_steal_pointer (&result);
}

static AmPreprocessing *
read_file (const char *path, GError **error)
{
  gsize length;
  g_autofree char *text = am_text_file_read (path, MAX_FILE_SIZE, &length, error);

  return text != NULL ? read_text (text, length, path, error) : NULL;
}

AmPreprocessing *
am_preprocessing_load (const char *name, GError **error)
{
  g_autofree char *hint = NULL, *list = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (built_in); i++)
    if (g_strcmp0 (name, built_in[i].name) == 0)
      return am_preprocessing_copy (&built_in[i]);
  if (strchr (name, '\n') != NULL)
    return read_text (name, strlen (name), "preprocessing", error);
  if (g_file_test (name, G_FILE_TEST_EXISTS))
    return read_file (name, error);
  hint = am_nearest_hint (name, names);
  list = g_strjoinv (", ", (char **)names);
  g_set_error (error, AM_ERROR, AM_ERROR_NOT_FOUND,
               T_ ("%s: neither a file nor a built-in preprocessing%s; built in are: %s"), name, hint, list);
  return NULL;
}

static void
append_numbers (GString *text, const char *key, const double *values, guint n)
{
  g_string_append_printf (text, "%s: [", key);
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *number = am_number_to_text (values[i]);

      g_string_append_printf (text, "%s%s", i > 0 ? ", " : "", number);
    }
  g_string_append (text, "]\n");
}

char *
am_preprocessing_to_yaml (const AmPreprocessing *preprocessing)
{
  GString *text = g_string_new (NULL);
  g_autofree char *scale = am_number_to_text (preprocessing->scale);

  if (preprocessing->resize_width > 0)
    g_string_append_printf (text, "size: [%u, %u]\n", preprocessing->resize_height,
                            preprocessing->resize_width);
  else if (preprocessing->resize > 0)
    g_string_append_printf (text, "size: %u\n", preprocessing->resize);
  if (preprocessing->crop > 0)
    g_string_append_printf (text, "crop: %u\n", preprocessing->crop);
  g_string_append_printf (text, "interpolation: %s\n", interpolations[preprocessing->interpolation]);
  if (preprocessing->scales_numbers)
    g_string_append_printf (text, "scale: %s\n", scale);
  if (preprocessing->n_channels > 0)
    {
      append_numbers (text, "mean", preprocessing->mean, preprocessing->n_channels);
      append_numbers (text, "std", preprocessing->std, preprocessing->n_channels);
    }
  return g_string_free (text, FALSE);
}
