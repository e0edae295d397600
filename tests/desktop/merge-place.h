/* The merge page with two models, for tests of it. */
#pragma once

#include "demo-workspace.h"
#include "merge-support.h"
#include "merge/column-pair.h"
#include "merge/merge-page.h"
#include "merge/plan-view.h"

/* A page in a window that has the actions of the real one, and writes down which were asked for. */
typedef struct
{
  DemoWorkspace demo;
  AmDraft *draft;
  AmMergePage *page;
  GtkWindow *window;
  GString *asked;
} Place;

static inline void
write_down (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  g_string_append_printf (data, "%s %s\n", g_action_get_name (G_ACTION (action)),
                          parameter != NULL ? g_variant_get_string (parameter, NULL) : "");
}

static inline void
add_action (Place *place, GSimpleActionGroup *actions, const char *name)
{
  g_autoptr (GSimpleAction) action = g_simple_action_new (name, G_VARIANT_TYPE_STRING);

  g_signal_connect (action, "activate", G_CALLBACK (write_down), place->asked);
  g_action_map_add_action (G_ACTION_MAP (actions), G_ACTION (action));
}

static inline void
on_merge (GSimpleAction *action, GVariant *parameter, gpointer page)
{
  am_merge_page_run (page);
}

static inline void
add_actions (Place *place)
{
  g_autoptr (GSimpleActionGroup) actions = g_simple_action_group_new ();
  g_autoptr (GSimpleAction) merge = g_simple_action_new ("merge", NULL);

  add_action (place, actions, "toast");
  add_action (place, actions, "show-page");
  add_action (place, actions, "load-recipe");
  g_object_bind_property (place->page, "can-merge", merge, "enabled", G_BINDING_SYNC_CREATE);
  g_signal_connect (merge, "activate", G_CALLBACK (on_merge), place->page);
  g_action_map_add_action (G_ACTION_MAP (actions), G_ACTION (merge));
  gtk_widget_insert_action_group (GTK_WIDGET (place->window), "win", G_ACTION_GROUP (actions));
}

static inline void
set_up_sized (Place *place, int width, int height)
{
  demo_workspace_init (&place->demo);
  place->draft = am_workspace_get_draft (place->demo.workspace);
  place->asked = g_string_new (NULL);
  place->page = g_object_new (AM_TYPE_MERGE_PAGE, NULL);
  am_merge_page_set_workspace (place->page, place->demo.workspace);
  place->window = desktop_test_show (GTK_WIDGET (place->page), width, height);
  add_actions (place);
}

static inline void
set_up (Place *place, gconstpointer data)
{
  set_up_sized (place, 1180, 900);
}

static inline void
set_up_narrow (Place *place, gconstpointer data)
{
  set_up_sized (place, 360, 900);
}

static inline void
tear_down (Place *place, gconstpointer data)
{
  gtk_window_destroy (place->window);
  g_string_free (place->asked, TRUE);
  demo_workspace_clear (&place->demo);
}

static inline gboolean
can_merge (gpointer data)
{
  Place *place = data;

  return am_merge_page_get_can_merge (place->page);
}

static inline GPtrArray *
find_all (Place *place, GType type)
{
  GPtrArray *found = g_ptr_array_new ();

  collect (GTK_WIDGET (place->page), type, found);
  return found;
}

static inline gpointer
find_one (Place *place, GType type)
{
  g_autoptr (GPtrArray) found = find_all (place, type);

  g_assert_cmpuint (found->len, >, 0);
  return g_ptr_array_index (found, 0);
}

static inline gboolean
shows_text (GtkWidget *widget, const char *text)
{
  g_autoptr (GPtrArray) labels = g_ptr_array_new ();

  collect (widget, GTK_TYPE_LABEL, labels);
  for (guint i = 0; i < labels->len; i++)
    if (gtk_widget_get_mapped (g_ptr_array_index (labels, i))
        && strstr (gtk_label_get_text (g_ptr_array_index (labels, i)), text) != NULL)
      return TRUE;
  return FALSE;
}

typedef struct
{
  GtkWidget *widget;
  const char *text;
} Shown;

static inline gboolean
is_shown (gpointer data)
{
  Shown *shown = data;

  return shows_text (shown->widget, shown->text);
}

static inline void
wait_for_text (GtkWidget *widget, const char *text)
{
  Shown shown = { widget, text };

  desktop_test_wait (is_shown, &shown);
}
