#include "runs/entry-menu.h"

#include <glib/gi18n.h>

static void
append (GMenu *menu, const char *label, const char *action, GVariant *target)
{
  g_autoptr (GMenuItem) item = g_menu_item_new (label, NULL);

  g_menu_item_set_action_and_target_value (item, action, target);
  g_menu_append_item (menu, item);
}

static void
append_section (GMenu *menu, GMenu *section)
{
  g_menu_append_section (menu, NULL, G_MENU_MODEL (section));
}

/* Menus take an underscore for a mnemonic. */
static char *
make_compare_label (const char *path)
{
  g_autofree char *base = g_path_get_basename (path);
  g_autofree char *name = g_filename_display_name (base);
  g_auto (GStrv) parts = g_strsplit (name, "_", -1);
  g_autofree char *escaped = g_strjoinv ("__", parts);

  /* Translators: %s is a model's file name. */
  return g_strdup_printf (_ ("Compare with “%s”"), escaped);
}

static void
append_comparisons (GMenu *menu, AmHistoryEntry *entry)
{
  const char *output = am_history_entry_get_output (entry);

  for (const char *const *input = am_history_entry_get_inputs (entry); *input != NULL; input++)
    {
      g_autofree char *label = make_compare_label (*input);

      append (menu, label, "win.compare", g_variant_new ("(ss)", *input, output));
    }
}

GMenuModel *
am_entry_menu_new (AmHistoryEntry *entry, gboolean has_show)
{
  g_autoptr (GMenu) menu = g_menu_new ();
  g_autoptr (GMenu) uses = g_menu_new ();
  g_autoptr (GMenu) comparisons = g_menu_new ();
  g_autoptr (GMenu) removal = g_menu_new ();

  if (has_show)
    append (uses, _ ("_Show result"), "entry.show", NULL);
  append (uses, _ ("_Load into the merge page"), "win.load-yaml",
          g_variant_new_string (am_history_entry_get_yaml (entry)));
  append_section (menu, uses);
  if (am_history_entry_get_state (entry) == AM_JOB_DONE)
    {
      append (uses, _ ("Show in _folder"), "win.show-in-folder",
              g_variant_new_string (am_history_entry_get_output (entry)));
      append_comparisons (comparisons, entry);
      append_section (menu, comparisons);
    }
  append (removal, _ ("_Remove from the history"), "entry.remove", NULL);
  append_section (menu, removal);
  return G_MENU_MODEL (g_steal_pointer (&menu));
}
