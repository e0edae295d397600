/* Where the draft's result goes. */
#include "draft-private.h"

#include <math.h>
#include <string.h>

#define MAX_NAME_LENGTH 200
#define EXTENSION ".safetensors"

const char *
am_draft_get_output_folder (AmDraft *self)
{
  return self->output_folder;
}

void
am_draft_set_output_folder (AmDraft *self, const char *folder)
{
  g_free (self->output_folder);
  self->output_folder = g_strdup (folder);
  am_draft_begin (self, "output");
  am_draft_end (self);
}

const char *
am_draft_get_name_template (AmDraft *self)
{
  return self->name_template;
}

void
am_draft_set_name_template (AmDraft *self, const char *template)
{
  g_free (self->name_template);
  self->name_template = g_strdup (template);
  am_draft_begin (self, "output");
  am_draft_end (self);
}

gboolean
am_draft_get_embeds_metadata (AmDraft *self)
{
  return self->embeds_metadata;
}

void
am_draft_set_embeds_metadata (AmDraft *self, gboolean embeds_metadata)
{
  self->embeds_metadata = embeds_metadata;
  am_draft_begin (self, "output");
  am_draft_end (self);
}

static char *
get_stem (const char *path)
{
  g_autofree char *name = g_path_get_basename (path);
  char *dot = strrchr (name, '.');

  if (*path == '\0')
    return g_strdup ("");
  if (dot != NULL && dot != name && strlen (dot) <= sizeof EXTENSION)
    *dot = '\0';
  return g_steal_pointer (&name);
}

/* The preset's name where the recipe names one. */
static char *
get_preset (const AmRecipe *recipe)
{
  const AmBlockWeights *weights = g_hash_table_lookup (recipe->blocks, "");

  if (weights == NULL)
    return g_strdup ("");
  return g_strdup (weights->preset != NULL ? weights->preset : "blocks");
}

static char *
get_date (void)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();

  return g_date_time_format (now, "%Y-%m-%d");
}

static char *
get_parameter (AmDraft *self, const char *id)
{
  const AmMethod *method = am_draft_get_method (self);
  gint index = method != NULL ? am_method_find_parameter (method, id) : -1;
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  double value;

  if (index < 0)
    return NULL;
  value = am_draft_get_parameter (self, (guint)index, 0);
  if (isnan (value))
    return g_strdup ("");
  if (method->parameters[index].type == AM_PARAMETER_CHOICE)
    return g_strdup (method->parameters[index].choices[(guint)value]);
  g_ascii_formatd (number, sizeof number, "%.6g", value);
  return g_strdup (number);
}

/* What stands for {word}, or %NULL when it is no word of templates. */
static char *
expand (AmDraft *self, const char *word)
{
  const AmRecipe *recipe = am_draft_peek (self);

  if (strlen (word) == 1 && g_ascii_isupper (*word))
    return (guint)(*word - 'A') < am_draft_get_n_slots (self)
               ? get_stem (am_draft_get_path (self, (guint)(*word - 'A')))
               : g_strdup ("");
  if (g_str_equal (word, "base"))
    return get_stem (am_draft_get_path (self, AM_SLOT_BASE));
  if (g_str_equal (word, "method"))
    return g_strdup (recipe->method);
  if (g_str_equal (word, "preset"))
    return get_preset (recipe);
  if (g_str_equal (word, "seed"))
    return g_strdup_printf ("%" G_GUINT64_FORMAT, recipe->seed);
  if (g_str_equal (word, "dtype"))
    return g_strdup (recipe->out_dtype != AM_DTYPE_NONE ? am_dtype_get_name (recipe->out_dtype) : "same");
  if (g_str_equal (word, "date"))
    return get_date ();
  return get_parameter (self, word);
}

static char *
expand_template (AmDraft *self)
{
  GString *name = g_string_new (NULL);
  const char *rest = self->name_template;
  const char *open;

  while ((open = strchr (rest, '{')) != NULL)
    {
      const char *close = strchr (open, '}');
      g_autofree char *word = close != NULL ? g_strndup (open + 1, (gsize)(close - open - 1)) : NULL;
      g_autofree char *value = word != NULL ? expand (self, word) : NULL;

      g_string_append_len (name, rest, open - rest);
      if (value != NULL)
        g_string_append (name, value);
      else
        g_string_append_c (name, '{');
      rest = value != NULL ? close + 1 : open + 1;
    }
  g_string_append (name, rest);
  return g_string_free (name, FALSE);
}

static gboolean
is_padding (char c)
{
  return strchr ("-_. ", c) != NULL;
}

/* A word of the template that stood for nothing leaves separators behind; and a leading "-" looks like an
 * option. */
static void
strip_padding (char *name)
{
  gsize n_leading = 0;
  gsize length = strlen (name);

  while (name[n_leading] != '\0' && is_padding (name[n_leading]))
    n_leading++;
  while (length > n_leading && is_padding (name[length - 1]))
    length--;
  memmove (name, name + n_leading, length - n_leading);
  name[length - n_leading] = '\0';
}

/* What no file system minds, not those of memory cards either. */
static char *
make_file_name (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  char *name = g_strdelimit (g_strdup (valid), "/\\:*?\"<>|\n\r\t", '-');

  while (strlen (name) > MAX_NAME_LENGTH)
    *g_utf8_find_prev_char (name, name + strlen (name)) = '\0';
  strip_padding (name);
  if (*name != '\0')
    return name;
  g_free (name);
  return g_strdup ("merged");
}

/* Relative paths and names of stages say nothing of where a file is. */
static char *
find_folder (const AmRecipe *recipe)
{
  for (guint i = 0; i < recipe->models->len; i++)
    {
      const AmRecipeModel *model = g_ptr_array_index (recipe->models, i);

      if (g_path_is_absolute (model->path))
        return g_path_get_dirname (model->path);
    }
  if (recipe->base != NULL && g_path_is_absolute (recipe->base->path))
    return g_path_get_dirname (recipe->base->path);
  return NULL;
}

static char *
get_folder (AmDraft *self)
{
  char *folder = *self->output_folder != '\0' ? g_strdup (self->output_folder) : NULL;

  for (guint i = self->recipes->len; i > 0 && folder == NULL; i--)
    folder = find_folder (g_ptr_array_index (self->recipes, i - 1));
  return folder != NULL ? folder : g_strdup (g_get_home_dir ());
}

char *
am_draft_dup_output_path (AmDraft *self)
{
  g_autofree char *text = expand_template (self);
  g_autofree char *name = make_file_name (text);
  g_autofree char *folder = get_folder (self);
  g_autofree char *file
      = g_str_has_suffix (name, EXTENSION) ? g_strdup (name) : g_strconcat (name, EXTENSION, NULL);

  return g_build_filename (folder, file, NULL);
}
