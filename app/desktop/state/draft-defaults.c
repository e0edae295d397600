#include "draft-defaults.h"

#include "draft-private.h"

static AmDtype
get_dtype (GSettings *settings)
{
  g_autofree char *word = g_settings_get_string (settings, "default-dtype");

  return am_dtype_from_word (word);
}

void
am_draft_take_defaults (AmDraft *self, GSettings *settings)
{
  g_autofree char *folder = g_settings_get_string (settings, "output-folder");
  g_autofree char *template = g_settings_get_string (settings, "name-template");

  am_draft_peek (self)->out_dtype = get_dtype (settings);
  am_draft_set_output_folder (self, folder);
  am_draft_set_name_template (self, template);
  am_draft_set_embeds_metadata (self, g_settings_get_boolean (settings, "embed-metadata"));
}

void
am_draft_start_anew (AmDraft *self, GSettings *settings)
{
  am_draft_begin (self, NULL);
  am_draft_reset (self);
  am_draft_take_defaults (self, settings);
  am_draft_end (self);
}
