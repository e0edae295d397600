#include "desktop-support.h"

#include "am-desktop-resources.h"

static gboolean
is_dialog_shown (void)
{
  GListModel *windows = gtk_window_get_toplevels ();

  for (guint i = 0; i < g_list_model_get_n_items (windows); i++)
    {
      g_autoptr (GtkWidget) window = g_list_model_get_item (windows, i);

      if (ADW_IS_MESSAGE_DIALOG (window))
        return TRUE;
    }
  return FALSE;
}

/* AdwMessageDialog of libadwaita 1.7 measures its large heading for less width than that needs, and GTK warns
 * of it. */
static GLogWriterOutput
write_log (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer user_data)
{
  for (gsize i = 0; i < n_fields; i++)
    if (g_str_equal (fields[i].key, "MESSAGE")
        && g_str_has_prefix (fields[i].value, "Trying to measure GtkLabel") && is_dialog_shown ())
      return G_LOG_WRITER_HANDLED;
  return g_log_writer_default (level, fields, n_fields, user_data);
}

void
desktop_test_init (int *argc, char ***argv)
{
  if (g_getenv ("DISPLAY") == NULL && g_getenv ("WAYLAND_DISPLAY") == NULL)
    {
      g_print ("1..0 # SKIP no display\n");
      exit (77);
    }
  g_log_set_writer_func (write_log, NULL, NULL);
  gtk_test_init (argc, argv, NULL);
  adw_init ();
  g_resources_register (am_desktop_get_resource ());
  g_object_set (gtk_settings_get_default (), "gtk-enable-animations", FALSE, NULL);
}

static gboolean
give_up (gpointer data)
{
  *(gboolean *)data = TRUE;
  return G_SOURCE_REMOVE;
}

void
desktop_test_wait (gboolean (*is_done) (gpointer data), gpointer data)
{
  gboolean is_late = FALSE;
  guint timeout = g_timeout_add_seconds (60, give_up, &is_late);

  while (!is_done (data) && !is_late)
    g_main_context_iteration (NULL, TRUE);
  g_assert_false (is_late);
  g_source_remove (timeout);
}

void
desktop_test_settle (void)
{
  for (guint i = 0; i < 1000 && g_main_context_pending (NULL); i++)
    g_main_context_iteration (NULL, FALSE);
}

GtkWindow *
desktop_test_show (GtkWidget *child, int width, int height)
{
  GtkWindow *window = GTK_WINDOW (
      g_object_new (GTK_TYPE_WINDOW, "default-width", width, "default-height", height, "child", child, NULL));

  gtk_window_present (window);
  gtk_test_widget_wait_for_draw (GTK_WIDGET (window));
  return window;
}

static GskRenderNode *
take_snapshot (GtkWidget *widget)
{
  g_autoptr (GdkPaintable) paintable = gtk_widget_paintable_new (widget);
  GtkSnapshot *snapshot = gtk_snapshot_new ();

  gdk_paintable_snapshot (paintable, snapshot, gtk_widget_get_width (widget), gtk_widget_get_height (widget));
  return gtk_snapshot_free_to_node (snapshot);
}

/* A widget that waits for its place has no picture. */
static gboolean
is_drawn (gpointer widget)
{
  g_autoptr (GskRenderNode) node = take_snapshot (widget);

  if (node == NULL)
    gtk_widget_queue_draw (widget);
  return node != NULL;
}

static GdkTexture *
draw (GtkWidget *widget)
{
  float width = (float)gtk_widget_get_width (widget), height = (float)gtk_widget_get_height (widget);
  g_autoptr (GskRenderNode) node = NULL;

  desktop_test_wait (is_drawn, widget);
  node = take_snapshot (widget);
  return gsk_renderer_render_texture (gtk_native_get_renderer (gtk_widget_get_native (widget)), node,
                                      &GRAPHENE_RECT_INIT (0, 0, width, height));
}

void
desktop_test_save_picture (GtkWidget *widget, const char *name)
{
  const char *folder = g_getenv ("AMALGAM_SCREENSHOTS");
  g_autofree char *path = NULL;
  g_autoptr (GdkTexture) texture = NULL;

  if (folder == NULL)
    return;
  g_assert_cmpint (g_mkdir_with_parents (folder, 0755), ==, 0);
  path = g_strdup_printf ("%s/%s.png", folder, name);
  texture = draw (widget);
  g_assert_true (gdk_texture_save_to_png (texture, path));
}
