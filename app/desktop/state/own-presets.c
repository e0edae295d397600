#include "own-presets.h"

#include <glib/gi18n.h>
#include <string.h>

#include "amalgam.h"

#define HEADER "preset_name\tpreset_weights"

struct _AmOwnPreset
{
  GObject parent_instance;

  char *name;
  char *text;
};

G_DEFINE_FINAL_TYPE (AmOwnPreset, am_own_preset, G_TYPE_OBJECT)

static void
am_own_preset_finalize (GObject *object)
{
  AmOwnPreset *self = AM_OWN_PRESET (object);

  g_free (self->name);
  g_free (self->text);

  G_OBJECT_CLASS (am_own_preset_parent_class)->finalize (object);
}

static void
am_own_preset_class_init (AmOwnPresetClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = am_own_preset_finalize;
}

static void
am_own_preset_init (AmOwnPreset *self)
{
}

static AmOwnPreset *
preset_new (const char *name, const char *text)
{
  AmOwnPreset *self = g_object_new (AM_TYPE_OWN_PRESET, NULL);

  self->name = g_strdup (name);
  self->text = g_strdup (text);
  return self;
}

const char *
am_own_preset_get_name (AmOwnPreset *self)
{
  return self->name;
}

const char *
am_own_preset_get_text (AmOwnPreset *self)
{
  return self->text;
}

struct _AmOwnPresets
{
  GObject parent_instance;

  char *path;
  GPtrArray *presets;
  GString *other_lines; /* of the file, kept as they are */
  GError *unreadable;   /* why the file must not be written */
};

static GType
get_item_type (GListModel *model)
{
  return AM_TYPE_OWN_PRESET;
}

static guint
get_n_items (GListModel *model)
{
  return AM_OWN_PRESETS (model)->presets->len;
}

static gpointer
get_item (GListModel *model, guint position)
{
  GPtrArray *presets = AM_OWN_PRESETS (model)->presets;

  return position < presets->len ? g_object_ref (g_ptr_array_index (presets, position)) : NULL;
}

static void
list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (AmOwnPresets, am_own_presets, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

static void
am_own_presets_finalize (GObject *object)
{
  AmOwnPresets *self = AM_OWN_PRESETS (object);

  g_free (self->path);
  g_ptr_array_unref (self->presets);
  g_string_free (self->other_lines, TRUE);
  g_clear_error (&self->unreadable);

  G_OBJECT_CLASS (am_own_presets_parent_class)->finalize (object);
}

static void
am_own_presets_class_init (AmOwnPresetsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = am_own_presets_finalize;
}

static void
am_own_presets_init (AmOwnPresets *self)
{
  self->presets = g_ptr_array_new_with_free_func (g_object_unref);
  self->other_lines = g_string_new (NULL);
}

static gint
find (GPtrArray *presets, const char *name)
{
  for (guint i = 0; i < presets->len; i++)
    if (strcmp (AM_OWN_PRESET (g_ptr_array_index (presets, i))->name, name) == 0)
      return (gint)i;
  return -1;
}

/* Puts it in the place of one of the same name, or last. */
static guint
put (GPtrArray *presets, const char *name, const char *text)
{
  gint position = find (presets, name);

  if (position < 0)
    {
      g_ptr_array_add (presets, preset_new (name, text));
      return presets->len - 1;
    }
  g_object_unref (presets->pdata[position]);
  presets->pdata[position] = preset_new (name, text);
  return (guint)position;
}

static gboolean
are_numbers (const char *text, GError **error)
{
  g_autoptr (AmBlockWeights) weights = am_block_weights_parse (text, error);

  if (weights == NULL)
    return FALSE;
  if (weights->numbers != NULL)
    return TRUE;
  g_set_error_literal (error, AM_ERROR, AM_ERROR_BAD_RECIPE, _ ("A preset holds numbers"));
  return FALSE;
}

static void
read_line (AmOwnPresets *self, const char *line)
{
  gsize length = strcspn (line, "\t:");
  g_autofree char *name = g_strstrip (g_strndup (line, length));

  if (line[0] == '\0')
    return;
  if (line[length] != '\0' && name[0] != '\0' && are_numbers (line + length + 1, NULL))
    put (self->presets, name, line + length + 1);
  else
    g_string_append_printf (self->other_lines, "%s\n", line);
}

static void
read_lines (AmOwnPresets *self, const char *text)
{
  g_auto (GStrv) lines = g_strsplit (g_str_has_prefix (text, "\xEF\xBB\xBF") ? text + 3 : text, "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++)
    if (i > 0 || !g_str_has_prefix (lines[i], "preset_name"))
      read_line (self, g_strstrip (lines[i]));
}

static void
load (AmOwnPresets *self)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  gsize length;

  if (!g_file_get_contents (self->path, &text, &length, &error))
    {
      if (!g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        self->unreadable = g_steal_pointer (&error);
      return;
    }
  if (g_utf8_validate_len (text, length, NULL))
    read_lines (self, text);
  else
    g_set_error (&self->unreadable, AM_ERROR, AM_ERROR_BAD_RECIPE, _ ("%s: the presets are not UTF-8 text"),
                 self->path);
}

AmOwnPresets *
am_own_presets_new (const char *path)
{
  AmOwnPresets *self = g_object_new (AM_TYPE_OWN_PRESETS, NULL);

  self->path = path != NULL ? g_strdup (path)
                            : g_build_filename (g_get_user_data_dir (), "amalgam", "presets.tsv", NULL);
  load (self);
  return self;
}

const char *
am_own_presets_get_path (AmOwnPresets *self)
{
  return self->path;
}

gint
am_own_presets_find (AmOwnPresets *self, const char *name)
{
  return find (self->presets, name);
}

char *
am_own_presets_clean_name (const char *name)
{
  char *clean = g_strstrip (g_strdelimit (g_strdup (name), "\t\r\n:,", ' '));

  if (clean[0] == '\0')
    g_clear_pointer (&clean, g_free);
  return clean;
}

static gboolean
write_file (AmOwnPresets *self, GPtrArray *presets, GError **error)
{
  g_autoptr (GString) text = g_string_new (HEADER "\n");
  g_autofree char *folder = g_path_get_dirname (self->path);
  g_autoptr (GError) failure = NULL;

  for (guint i = 0; i < presets->len; i++)
    {
      AmOwnPreset *preset = g_ptr_array_index (presets, i);

      g_string_append_printf (text, "%s\t%s\n", preset->name, preset->text);
    }
  g_string_append (text, self->other_lines->str);
  /* A folder that cannot be made shows when the file is written. */
  g_mkdir_with_parents (folder, 0700);
  if (g_file_set_contents (self->path, text->str, (gssize)text->len, &failure))
    return TRUE;
  g_set_error (error, AM_ERROR, AM_ERROR_NOT_WRITABLE, _ ("The presets cannot be saved: %s"),
               failure->message);
  return FALSE;
}

/* Writes @presets, (transfer full), and only then shows them. */
static gboolean
replace (AmOwnPresets *self, GPtrArray *presets, guint position, guint n_removed, guint n_added,
         GError **error)
{
  g_autoptr (GPtrArray) next = presets;

  if (self->unreadable != NULL)
    {
      g_set_error (error, AM_ERROR, AM_ERROR_NOT_WRITABLE, _ ("The presets cannot be saved: %s"),
                   self->unreadable->message);
      return FALSE;
    }
  if (!write_file (self, next, error))
    return FALSE;
  g_ptr_array_unref (self->presets);
  self->presets = g_steal_pointer (&next);
  g_list_model_items_changed (G_LIST_MODEL (self), position, n_removed, n_added);
  return TRUE;
}

static GPtrArray *
copy_presets (AmOwnPresets *self)
{
  GPtrArray *copy = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < self->presets->len; i++)
    g_ptr_array_add (copy, g_object_ref (g_ptr_array_index (self->presets, i)));
  return copy;
}

static char *
take_name (const char *name, GError **error)
{
  char *clean = am_own_presets_clean_name (name);

  if (clean == NULL)
    g_set_error_literal (error, AM_ERROR, AM_ERROR_BAD_RECIPE, _ ("A preset needs a name"));
  return clean;
}

gboolean
am_own_presets_add (AmOwnPresets *self, const char *name, const char *text, GError **error)
{
  g_autofree char *clean = take_name (name, error);
  g_autofree char *line = g_strstrip (g_strdelimit (g_strdup (text), "\r\n", ','));
  GPtrArray *next;
  guint position, old_n = self->presets->len;

  if (clean == NULL || !are_numbers (line, error))
    return FALSE;
  next = copy_presets (self);
  position = put (next, clean, line);
  return replace (self, next, position, position < old_n, 1, error);
}

gboolean
am_own_presets_rename (AmOwnPresets *self, guint position, const char *name, GError **error)
{
  g_autofree char *clean = take_name (name, error);
  gint other = clean != NULL ? find (self->presets, clean) : -1;
  GPtrArray *next;
  AmOwnPreset *preset;

  g_return_val_if_fail (position < self->presets->len, FALSE);

  if (clean == NULL)
    return FALSE;
  if (other == (gint)position)
    return TRUE;
  if (other >= 0)
    {
      g_set_error (error, AM_ERROR, AM_ERROR_BAD_RECIPE, _ ("Another preset is named “%s”"), clean);
      return FALSE;
    }
  next = copy_presets (self);
  preset = g_ptr_array_index (next, position);
  next->pdata[position] = preset_new (clean, preset->text);
  g_object_unref (preset);
  return replace (self, next, position, 1, 1, error);
}

gboolean
am_own_presets_remove (AmOwnPresets *self, guint position, GError **error)
{
  GPtrArray *next;

  g_return_val_if_fail (position < self->presets->len, FALSE);

  next = copy_presets (self);
  g_ptr_array_remove_index (next, position);
  return replace (self, next, position, 1, 0, error);
}
