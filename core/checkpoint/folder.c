/* Which file a folder means. */
#include "checkpoint/file-kind.h"

#include <string.h>

/* Names tools write, in order of preference. */
static const char *const known_indexes[] = {
  "model.safetensors.index.json",
  "diffusion_pytorch_model.safetensors.index.json",
  "pytorch_model.bin.index.json",
  "diffusion_pytorch_model.bin.index.json",
};

static const char *const known_files[] = {
  "model.safetensors",
  "diffusion_pytorch_model.safetensors",
  "pytorch_model.bin",
  "diffusion_pytorch_model.bin",
};

static const char *const variants[] = { ".fp16.", ".bf16.", ".fp32.", ".non_ema.", ".ema." };

static const char *const suffixes[] = { ".safetensors", ".ckpt", ".gguf", ".pt", ".pth", ".bin" };

static gint
compare_strings (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

static GPtrArray *
list_folder (const char *folder, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autoptr (GDir) dir = g_dir_open (folder, 0, &local_error);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  const char *name;

  if (!dir)
    {
      g_set_error (error, AM_ERROR, AM_ERROR_NOT_READABLE, "%s: cannot list the folder: %s", folder,
                   local_error->message);
      return NULL;
    }
  while ((name = g_dir_read_name (dir)))
    if (name[0] != '.')
      g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_strings);
  return g_steal_pointer (&names);
}

static gboolean
has_name (const GPtrArray *names, const char *name)
{
  return g_ptr_array_find_with_equal_func ((GPtrArray *)names, name, g_str_equal, NULL);
}

static const char *
find_known (const GPtrArray *names, const char *const *known, gsize n)
{
  for (gsize i = 0; i < n; i++)
    if (has_name (names, known[i]))
      return known[i];
  return NULL;
}

static gboolean
is_variant (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (variants); i++)
    if (strstr (name, variants[i]))
      return TRUE;
  return FALSE;
}

static gboolean
is_index (const char *name)
{
  return strstr (name, ".safetensors.index") && g_str_has_suffix (name, ".json");
}

/* A shard by its name: "...-00001-of-00003.safetensors". */
static gboolean
is_shard (const char *name)
{
  return g_regex_match_simple ("-[0-9]{5}-of-[0-9]{5}\\.", name, 0, 0);
}

/* Names with @suffix: whole models only, variants or not as asked. */
static GPtrArray *
filter_models (const GPtrArray *names, const char *suffix, gboolean want_variants)
{
  GPtrArray *found = g_ptr_array_new ();

  for (guint i = 0; i < names->len; i++)
    {
      char *name = g_ptr_array_index (names, i);

      if (g_str_has_suffix (name, suffix) && !is_shard (name) && is_variant (name) == want_variants)
        g_ptr_array_add (found, name);
    }
  return found;
}

static char *
join_names (const GPtrArray *names)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < names->len && i < 8; i++)
    g_string_append_printf (text, "%s%s", i > 0 ? ", " : "", (const char *)g_ptr_array_index (names, i));
  if (names->len > 8)
    g_string_append_printf (text, " and %u more", names->len - 8);
  return g_string_free (text, FALSE);
}

static const char *
set_several_error (const char *folder, const GPtrArray *found, GError **error)
{
  g_autofree char *list = join_names (found);

  g_set_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED,
               "%s: the folder holds several models (%s); name the one you mean", folder, list);
  return NULL;
}

static const char *
find_only_model (const char *folder, const GPtrArray *names, GError **error)
{
  for (gint want_variants = 0; want_variants < 2; want_variants++)
    for (guint i = 0; i < G_N_ELEMENTS (suffixes); i++)
      {
        g_autoptr (GPtrArray) found = filter_models (names, suffixes[i], want_variants);

        if (found->len > 1)
          return set_several_error (folder, found, error);
        if (found->len == 1)
          return g_ptr_array_index (found, 0);
      }
  g_set_error (
      error, AM_ERROR, AM_ERROR_UNSUPPORTED,
      "%s: the folder holds no model: no model_index.json, no shard index, no .safetensors, .ckpt, .gguf, "
      ".pt, .pth or .bin file",
      folder);
  return NULL;
}

static const char *
find_any_index (const GPtrArray *names)
{
  const char *known = find_known (names, known_indexes, G_N_ELEMENTS (known_indexes));

  for (gint want_variants = 0; want_variants < 2 && !known; want_variants++)
    for (guint i = 0; i < names->len && !known; i++)
      {
        const char *name = g_ptr_array_index (names, i);

        if (is_index (name) && (strstr (name, ".index.json") == NULL || is_variant (name)) == want_variants)
          known = name;
      }
  return known;
}

/* Tells when files of the same parts in other precisions were there to choose from. */
static char *
describe_passed_over (const GPtrArray *names, const char *chosen)
{
  g_autoptr (GPtrArray) others = g_ptr_array_new ();
  g_autofree char *list = NULL;

  for (guint i = 0; i < names->len; i++)
    {
      char *name = g_ptr_array_index (names, i);

      if (strcmp (name, chosen) != 0 && is_variant (name) && (is_index (name) || !is_shard (name))
          && (g_str_has_suffix (name, ".safetensors") || g_str_has_suffix (name, ".bin") || is_index (name)))
        g_ptr_array_add (others, name);
    }
  if (others->len == 0)
    return NULL;
  list = join_names (others);
  return g_strdup_printf ("%s was taken; passed over: %s", chosen, list);
}

char *
am_folder_find (const char *folder, AmFolderKind *kind, char **note, GError **error)
{
  g_autoptr (GPtrArray) names = list_folder (folder, error);
  const char *chosen;

  *note = NULL;
  if (!names)
    return NULL;
  if (has_name (names, "model_index.json"))
    {
      *kind = AM_FOLDER_KIND_DIFFUSERS;
      return g_strdup (folder);
    }
  *kind = AM_FOLDER_KIND_FILE;
  chosen = find_known (names, known_files, 2);
  if (!chosen && (chosen = find_any_index (names)))
    *kind = AM_FOLDER_KIND_INDEX;
  if (!chosen)
    chosen = find_known (names, known_files, G_N_ELEMENTS (known_files));
  if (!chosen)
    chosen = find_only_model (folder, names, error);
  if (!chosen)
    return NULL;
  *note = describe_passed_over (names, chosen);
  return g_build_filename (folder, chosen, NULL);
}
