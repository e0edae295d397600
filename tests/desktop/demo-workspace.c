#include "demo-workspace.h"

#include "fixture-checkpoint.h"
#include "state/draft-defaults.h"

void
demo_write_models (const char *folder, char **a, char **b)
{
  GError *failure = NULL;

  am_demo_write_models (folder, a, b, &failure);
  g_assert_no_error (failure);
}

void
demo_reset_settings (GSettings *settings)
{
  g_autoptr (GSettingsSchema) schema = NULL;
  g_auto (GStrv) keys = NULL;

  g_object_get (settings, "settings-schema", &schema, NULL);
  keys = g_settings_schema_list_keys (schema);
  for (guint i = 0; keys[i] != NULL; i++)
    g_settings_reset (settings, keys[i]);
}

void
demo_workspace_init (DemoWorkspace *demo)
{
  AmDraft *draft;

  demo->folder = fixture_new_folder ();
  demo_write_models (demo->folder, &demo->a, &demo->b);
  demo->settings = g_settings_new (AM_APPLICATION_ID);
  demo_reset_settings (demo->settings);
  g_settings_set_string (demo->settings, "output-folder", demo->folder);
  demo->workspace = am_workspace_new (demo->settings);
  draft = am_workspace_get_draft (demo->workspace);
  am_draft_take_defaults (draft, demo->settings);
  am_draft_set_path (draft, 0, demo->a);
  am_draft_set_path (draft, 1, demo->b);
}

void
demo_workspace_clear (DemoWorkspace *demo)
{
  desktop_test_settle ();
  g_clear_object (&demo->workspace);
  g_clear_object (&demo->settings);
  fixture_remove_folder (demo->folder);
  g_clear_pointer (&demo->folder, g_free);
  g_clear_pointer (&demo->a, g_free);
  g_clear_pointer (&demo->b, g_free);
}
