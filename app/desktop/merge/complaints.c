#include "complaints.h"

#include <string.h>

static gboolean
is_part_of_word (char c)
{
  return g_ascii_isalnum (c) || c == '_' || c == '-';
}

static gboolean
names (const char *text, const char *word)
{
  gsize length = strlen (word);

  for (const char *found = strstr (text, word); found != NULL; found = strstr (found + 1, word))
    if ((found == text || !is_part_of_word (found[-1])) && !is_part_of_word (found[length]))
      return TRUE;
  return FALSE;
}

static gboolean
names_file (const char *path, const char *text)
{
  g_autofree char *name = path != NULL ? g_path_get_basename (path) : NULL;

  return name != NULL && *path != '\0' && (strstr (text, path) != NULL || names (text, name));
}

static gboolean
names_slot (AmDraft *draft, guint slot, const char *text)
{
  const AmRecipeFiles *files = am_draft_get_files (draft, slot);

  return names_file (am_draft_get_path (draft, slot), text) || names_file (files->statistics, text)
         || names_file (files->data, text);
}

guint
am_complaint_find_slot (AmDraft *draft, const char *text)
{
  gboolean has_base = am_draft_has_base_slot (draft);

  for (guint i = am_draft_get_n_slots (draft); i > (has_base ? 0 : 1); i--)
    if (names_slot (draft, i - 1, text))
      return i - 1;
  if (has_base && names_slot (draft, AM_SLOT_BASE, text))
    return AM_SLOT_BASE;
  return am_draft_get_n_slots (draft) > 0 && names_slot (draft, 0, text) ? 0 : AM_COMPLAINT_NO_SLOT;
}

/* A single letter is a parameter only in quotation marks. */
static gboolean
names_parameter (const AmParameter *parameter, const char *text)
{
  g_autofree char *quoted = g_strdup_printf ("“%s”", parameter->id);

  return strstr (text, quoted) != NULL || (parameter->id[1] != '\0' && names (text, parameter->id));
}

gint
am_complaint_find_parameter (AmDraft *draft, const char *text)
{
  const AmMethod *method = am_draft_get_method (draft);

  for (guint i = 0; i < method->n_parameters; i++)
    if (names_parameter (&method->parameters[i], text))
      return (gint)i;
  return -1;
}
