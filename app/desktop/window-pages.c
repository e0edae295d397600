#include "window-private.h"

static GtkWidget *
make_library_page (AmWindow *self)
{
  GtkWidget *page = g_object_new (AM_TYPE_LIBRARY_PAGE, NULL);

  am_library_page_set_workspace (AM_LIBRARY_PAGE (page), self->workspace);
  return page;
}

static void
on_can_merge_changed (AmWindow *self, GParamSpec *pspec, AmMergePage *page)
{
  gboolean can_merge;

  g_object_get (page, "can-merge", &can_merge, NULL);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.merge", can_merge);
}

static GtkWidget *
make_merge_page (AmWindow *self)
{
  GtkWidget *page = g_object_new (AM_TYPE_MERGE_PAGE, NULL);

  am_merge_page_set_workspace (AM_MERGE_PAGE (page), self->workspace);
  g_signal_connect_object (page, "notify::can-merge", G_CALLBACK (on_can_merge_changed), self,
                           G_CONNECT_SWAPPED);
  on_can_merge_changed (self, NULL, AM_MERGE_PAGE (page));
  return page;
}

static GtkWidget *
make_runs_page (AmWindow *self)
{
  GtkWidget *page = g_object_new (AM_TYPE_RUNS_PAGE, NULL);

  am_runs_page_set_workspace (AM_RUNS_PAGE (page), self->workspace);
  return page;
}

static GtkWidget *
make_compare_page (AmWindow *self)
{
  GtkWidget *page = g_object_new (AM_TYPE_COMPARE_PAGE, NULL);

  am_compare_page_set_workspace (AM_COMPARE_PAGE (page), self->workspace);
  return page;
}

static GtkWidget *
make_measure_page (AmWindow *self)
{
  GtkWidget *page = g_object_new (AM_TYPE_MEASURE_PAGE, NULL);

  am_measure_page_set_workspace (AM_MEASURE_PAGE (page), self->workspace);
  return page;
}

typedef struct
{
  const char *name;
  gsize bin; /* where in the window its place is */
  GtkWidget *(*make) (AmWindow *self);
} Page;

static const Page pages[] = {
  { "library", G_STRUCT_OFFSET (AmWindow, library_bin), make_library_page },
  { "merge", G_STRUCT_OFFSET (AmWindow, merge_bin), make_merge_page },
  { "runs", G_STRUCT_OFFSET (AmWindow, runs_bin), make_runs_page },
  { "compare", G_STRUCT_OFFSET (AmWindow, compare_bin), make_compare_page },
  { "measure", G_STRUCT_OFFSET (AmWindow, measure_bin), make_measure_page },
};

static AdwBin *
get_bin (AmWindow *self, const Page *page)
{
  return G_STRUCT_MEMBER (AdwBin *, self, page->bin);
}

GtkWidget *
am_window_get_page (AmWindow *self, const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (pages); i++)
    if (g_strcmp0 (pages[i].name, name) == 0)
      {
        AdwBin *bin = get_bin (self, &pages[i]);

        if (adw_bin_get_child (bin) == NULL)
          adw_bin_set_child (bin, pages[i].make (self));
        return adw_bin_get_child (bin);
      }
  return NULL;
}

/* One at a time, so that the window answers in between. */
static gboolean
make_next_page (gpointer data)
{
  AmWindow *self = data;

  for (gsize i = 0; i < G_N_ELEMENTS (pages) && self->workspace != NULL; i++)
    if (adw_bin_get_child (get_bin (self, &pages[i])) == NULL)
      {
        am_window_get_page (self, pages[i].name);
        return G_SOURCE_CONTINUE;
      }
  return G_SOURCE_REMOVE;
}

static void
on_first_frame (GdkFrameClock *frames, AmWindow *self)
{
  g_signal_handlers_disconnect_by_func (frames, on_first_frame, self);
  g_idle_add_full (G_PRIORITY_LOW, make_next_page, g_object_ref (self), g_object_unref);
}

static void
on_realize (AmWindow *self)
{
  g_signal_connect_object (gtk_widget_get_frame_clock (GTK_WIDGET (self)), "after-paint",
                           G_CALLBACK (on_first_frame), self, 0);
}

void
am_window_make_pages_later (AmWindow *self)
{
  g_signal_connect (self, "realize", G_CALLBACK (on_realize), NULL);
}
