/* How long the app works on a frame while a bar of the block weights editor is dragged, and while a stroke
 * paints across all of them, with the draft that follows each change: the time from the pointer's motion
 * until the frame clock says that the frame is painted. Build it for release; a display refreshing 60 times a
 * second leaves 16.7 ms.
 *
 *   drag-frames [FRAMES]
 */
#include <math.h>
#include <stdlib.h>

#include "desktop-support.h"

#include "blocks/block-chart-private.h"
#include "blocks/block-editor.h"
#include "state/draft.h"

#define WARM_UP 20

typedef struct
{
  AmBlockChart *chart;
  gboolean is_painting; /* across bars, else up and down on one */
  guint frame;
  guint n_frames;
  gint64 start;
  GArray *times; /* double: milliseconds */
} Drag;

static GtkWidget *
find_chart (GtkWidget *widget)
{
  if (AM_IS_BLOCK_CHART (widget))
    return widget;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = find_chart (child);

      if (found != NULL)
        return found;
    }
  return NULL;
}

static double
get_x (Drag *drag)
{
  guint n = am_block_layout_get_n_bars (drag->chart->layout);
  double share = (1 + sin (drag->frame / 7.0)) / 2;
  float first = am_block_layout_get_centre (drag->chart->layout, 0);
  float last = am_block_layout_get_centre (drag->chart->layout, n - 1);

  return drag->is_painting ? first + share * (last - first)
                           : am_block_layout_get_centre (drag->chart->layout, n / 2);
}

static double
get_y (Drag *drag)
{
  double share = (1 + sin (drag->frame / 3.0)) / 2;

  return drag->chart->scale.top + share * (drag->chart->scale.bottom - drag->chart->scale.top);
}

/* Events of the pointer reach widgets at this point of a frame. */
static void
on_flush_events (GdkFrameClock *clock, Drag *drag)
{
  drag->start = g_get_monotonic_time ();
  if (drag->frame == 0)
    am_block_chart_stroke_begin (drag->chart, get_x (drag), get_y (drag), FALSE);
  else
    am_block_chart_stroke_move (drag->chart, get_x (drag), get_y (drag));
}

static void
on_after_paint (GdkFrameClock *clock, Drag *drag)
{
  double time = (double)(g_get_monotonic_time () - drag->start) / 1000;

  if (drag->start != 0 && drag->frame >= WARM_UP)
    g_array_append_val (drag->times, time);
  drag->start = 0;
  drag->frame++;
  gdk_frame_clock_request_phase (clock, GDK_FRAME_CLOCK_PHASE_FLUSH_EVENTS | GDK_FRAME_CLOCK_PHASE_PAINT);
}

static gint
compare (gconstpointer a, gconstpointer b)
{
  double left = *(const double *)a, right = *(const double *)b;

  return (left > right) - (left < right);
}

static void
print_times (const char *name, const Drag *drag)
{
  const double *times = (const double *)(gpointer)drag->times->data;
  guint n = drag->times->len, n_late = 0;

  g_array_sort (drag->times, compare);
  for (guint i = 0; i < n; i++)
    n_late += times[i] > 16 ? 1 : 0;
  g_print ("%-22s %4u frames: median %5.2f ms, 95 %% %5.2f ms, longest %5.2f ms, %u over 16 ms\n", name, n,
           times[n / 2], times[n * 95 / 100], times[n - 1], n_late);
}

static void
measure (AmFamily family, const char *name, gboolean is_painting, guint n_frames)
{
  g_autoptr (AmDraft) draft = am_draft_new ();
  AmBlockEditor *editor = g_object_new (AM_TYPE_BLOCK_EDITOR, NULL);
  GtkWindow *window;
  GdkFrameClock *clock;
  Drag drag = { .is_painting = is_painting, .n_frames = n_frames };

  am_draft_set_layout (draft, family, am_family_get_blocks (family), am_family_get_title (family));
  am_block_editor_set_values (editor, am_draft_get_block_values (draft, 0));
  window = desktop_test_show (GTK_WIDGET (editor), 1000, 440);
  drag.chart = AM_BLOCK_CHART (find_chart (GTK_WIDGET (editor)));
  drag.times = g_array_new (FALSE, FALSE, sizeof (double));
  clock = gtk_widget_get_frame_clock (GTK_WIDGET (editor));
  g_signal_connect (clock, "flush-events", G_CALLBACK (on_flush_events), &drag);
  g_signal_connect (clock, "after-paint", G_CALLBACK (on_after_paint), &drag);
  gdk_frame_clock_request_phase (clock, GDK_FRAME_CLOCK_PHASE_FLUSH_EVENTS | GDK_FRAME_CLOCK_PHASE_PAINT);
  while (drag.times->len < drag.n_frames)
    g_main_context_iteration (NULL, TRUE);
  g_signal_handlers_disconnect_by_data (clock, &drag);
  am_block_chart_stroke_end (drag.chart);
  print_times (name, &drag);
  g_array_unref (drag.times);
  gtk_window_destroy (window);
}

int
main (int argc, char **argv)
{
  guint n_frames;

  desktop_test_init (&argc, &argv);
  n_frames = argc > 1 ? (guint)strtoul (argv[1], NULL, 10) : 240;
  if (n_frames == 0)
    {
      g_printerr ("usage: drag-frames [FRAMES]\n");
      return 2;
    }
  measure (AM_FAMILY_SD1, "SD 1, one bar", FALSE, n_frames);
  measure (AM_FAMILY_SD1, "SD 1, painting", TRUE, n_frames);
  measure (AM_FAMILY_FLUX, "Flux, one bar", FALSE, n_frames);
  measure (AM_FAMILY_FLUX, "Flux, painting", TRUE, n_frames);
  return 0;
}
