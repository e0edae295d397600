#include "measure/line-card.h"

#include <glib/gi18n.h>
#include <math.h>

#include "base/readable.h"
#include "measure/measure-parts.h"

/* Share of pictures that an average may lose and still count as as good. */
#define SMALL_DROP 0.01

typedef double (*GetValue) (const AmBarrierPoint *point);

static double
get_loss (const AmBarrierPoint *point)
{
  return point->loss;
}

static double
get_accuracy (const AmBarrierPoint *point)
{
  return point->accuracy;
}

static char *
describe_point (const AmBarrierPoint *point)
{
  g_autofree char *share = g_strdup_printf ("%.0f\u00a0%%", 100 * point->ratio);
  g_autofree char *loss = am_measure_loss (point->loss);
  g_autofree char *accuracy = am_measure_percent (point->accuracy);

  return g_strdup_printf (_ ("%s of the second model: loss %s, accuracy %s"), share, loss, accuracy);
}

static char **
describe_points (const AmBarrier *barrier)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (guint i = 0; i < barrier->n_points; i++)
    {
      g_autofree char *text = describe_point (&barrier->points[i]);

      g_strv_builder_add (builder, text);
    }
  return g_strv_builder_end (builder);
}

/* Where the straight line between both ends is at @ratio. */
static double
get_straight (const AmBarrier *barrier, GetValue get, double ratio)
{
  return (1 - ratio) * get (&barrier->points[0]) + ratio * get (&barrier->points[barrier->n_points - 1]);
}

static GtkWidget *
make_chart (const AmBarrier *barrier, const char *title, GetValue get, gboolean is_percent, double marked,
            const char *summary)
{
  GtkWidget *widget = am_line_chart_new (title);
  AmLineChart *chart = AM_LINE_CHART (widget);
  g_autofree double *xs = g_new (double, barrier->n_points);
  g_autofree double *ys = g_new (double, barrier->n_points);
  const double ends[] = { 0, 1 };
  const double straight[] = { get_straight (barrier, get, 0), get_straight (barrier, get, 1) };
  g_auto (GStrv) texts = describe_points (barrier);
  guint nearest = (guint)lround (marked * (barrier->n_points - 1));

  for (guint i = 0; i < barrier->n_points; i++)
    {
      xs[i] = barrier->points[i].ratio;
      ys[i] = get (&barrier->points[i]);
    }
  am_line_chart_set_axes (chart, is_percent, _ ("First model"), _ ("Second model"));
  am_line_chart_add_series (chart, AM_LINE_DASHED, 2, ends, straight);
  am_line_chart_add_series (chart, AM_LINE_SOLID, barrier->n_points, xs, ys);
  if (ys[nearest] != get_straight (barrier, get, xs[nearest]))
    am_line_chart_set_mark (chart, xs[nearest], get_straight (barrier, get, xs[nearest]), ys[nearest]);
  am_line_chart_set_points (chart, barrier->n_points, xs, (const char *const *)texts, summary);
  return am_measure_chart_new (title, widget);
}

static GtkWidget *
make_loss_chart (const AmBarrier *barrier)
{
  g_autofree char *height = am_measure_loss (barrier->loss_barrier);
  g_autofree char *share = g_strdup_printf ("%.0f\u00a0%%", 100 * barrier->worst_ratio);
  g_autofree char *summary
      = g_strdup_printf (_ ("The barrier is %s high, at %s of the second model. Dashed: the straight line "
                            "between both models"),
                         height, share);
  const char *none
      = _ ("No barrier: the loss never lies above the dashed, straight line between both models");

  return make_chart (barrier, _ ("Loss"), get_loss, FALSE, barrier->worst_ratio,
                     barrier->loss_barrier > 0 ? summary : none);
}

static GtkWidget *
make_accuracy_chart (const AmBarrier *barrier)
{
  g_autofree char *middle = am_measure_percent (barrier->points[barrier->n_points / 2].accuracy);
  g_autofree char *summary = g_strdup_printf (
      _ ("In the middle %s are right. Dashed: the straight line between both models"), middle);

  return make_chart (barrier, _ ("Accuracy"), get_accuracy, TRUE, 0.5, summary);
}

static void
fill_points (GtkGrid *grid, gpointer data)
{
  const AmBarrier *barrier = data;

  am_measure_table_add (grid, 0, 0, _ ("Share of the second model"), TRUE);
  am_measure_table_add (grid, 0, 1, _ ("Loss"), TRUE);
  am_measure_table_add (grid, 0, 2, _ ("Accuracy"), TRUE);
  for (guint i = 0; i < barrier->n_points; i++)
    {
      const AmBarrierPoint *point = &barrier->points[i];
      g_autofree char *share = am_measure_percent (point->ratio);
      g_autofree char *loss = am_measure_loss (point->loss);
      g_autofree char *accuracy = am_measure_percent (point->accuracy);

      am_measure_table_add (grid, (int)i + 1, 0, share, FALSE);
      am_measure_table_add (grid, (int)i + 1, 1, loss, FALSE);
      am_measure_table_add (grid, (int)i + 1, 2, accuracy, FALSE);
    }
}

static GtkWidget *
make_figures (const AmBarrier *barrier)
{
  GtkWidget *figures = am_measure_figures_new ();
  g_autofree char *loss = am_measure_loss (barrier->loss_barrier);
  g_autofree char *change = am_measure_percent (fabs (barrier->accuracy_barrier));
  gboolean is_gain = barrier->accuracy_barrier < 0;

  am_measure_figures_add (figures, _ ("Loss barrier"), loss,
                          _ ("How far the loss rises above the straight line between both models at most"));
  am_measure_figures_add (figures,
                          is_gain ? _ ("Accuracy gained in the middle") : _ ("Accuracy lost in the middle"),
                          change, _ ("The average of both models beside the mean of their accuracy"));
  return figures;
}

static const char *
judge (const AmBarrier *barrier)
{
  if (!isfinite (barrier->accuracy_barrier))
    return _ ("Nothing can be said of the average of these models.");
  if (barrier->accuracy_barrier < 0)
    return _ ("The average of these models is better than they are: they can be merged as they are.");
  if (barrier->accuracy_barrier <= SMALL_DROP)
    return _ ("The average of these models is about as good as they are: they can be merged as they are.");
  if (barrier->is_reset)
    return _ (
        "The average of these models is worse than they are. Aligning the second model to the first may "
        "help.");
  return _ ("The average of these models is worse than they are. Aligning the second model to the first, and "
            "measuring batch norms anew where there are any, may help.");
}

static GtkWidget *
make_save_button (void)
{
  GtkWidget *button = gtk_button_new_with_mnemonic (_ ("_Save as picture…"));

  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), "measure.save-line");
  gtk_widget_set_halign (button, GTK_ALIGN_END);
  return button;
}

char *
am_line_dup_title (const char *a, const char *b)
{
  return g_strdup_printf (C_ ("two models", "%s – %s"), a, b);
}

GtkWidget *
am_line_card_new (const AmBarrier *barrier, const char *a, const char *b)
{
  g_autofree char *title = am_line_dup_title (a, b);
  GtkWidget *card = am_measure_card_new (title);

  gtk_box_append (GTK_BOX (card), make_figures (barrier));
  gtk_box_append (GTK_BOX (card), am_measure_note_new (judge (barrier)));
  if (barrier->is_reset)
    {
      g_autofree char *count = am_readable_count (barrier->n_reset);
      g_autofree char *note = g_strdup_printf (
          ngettext ("Batch norms were measured anew at every point, on %s picture",
                    "Batch norms were measured anew at every point, on %s pictures", barrier->n_reset),
          count);

      gtk_box_append (GTK_BOX (card), am_measure_note_new (note));
    }
  gtk_box_append (GTK_BOX (card), make_loss_chart (barrier));
  gtk_box_append (GTK_BOX (card), make_accuracy_chart (barrier));
  gtk_box_append (GTK_BOX (card),
                  am_measure_table_new (_ ("All values"), fill_points, (gpointer)barrier, NULL));
  gtk_box_append (GTK_BOX (card), make_save_button ());
  return card;
}
