#include "measure/evaluation-card.h"

#include <glib/gi18n.h>
#include <math.h>

#include "base/readable.h"
#include "measure/measure-parts.h"

/* What the list of classes says. */
typedef struct
{
  char **names;
  guint64 *counts, *correct;
} Classes;

static void
classes_free (Classes *classes)
{
  g_strfreev (classes->names);
  g_free (classes->counts);
  g_free (classes->correct);
  g_free (classes);
}

static Classes *
copy_classes (const AmEvaluatedModel *model)
{
  const AmEvaluation *evaluation = model->evaluation;
  Classes *classes = g_new0 (Classes, 1);

  classes->names = g_strdupv (model->classes);
  classes->counts = g_memdup2 (evaluation->class_count, evaluation->n_classes * sizeof *classes->counts);
  classes->correct = g_memdup2 (evaluation->class_correct, evaluation->n_classes * sizeof *classes->correct);
  return classes;
}

static void
fill_classes (GtkGrid *grid, gpointer data)
{
  const Classes *classes = data;

  am_measure_table_add (grid, 0, 0, _ ("Class"), TRUE);
  am_measure_table_add (grid, 0, 1, _ ("Pictures"), TRUE);
  am_measure_table_add (grid, 0, 2, _ ("Accuracy"), TRUE);
  for (guint i = 0; classes->names[i] != NULL; i++)
    {
      double count = (double)classes->counts[i];
      g_autofree char *pictures = am_readable_count (classes->counts[i]);
      g_autofree char *accuracy = am_measure_percent (count > 0 ? (double)classes->correct[i] / count : NAN);

      am_measure_table_add (grid, (int)i + 1, 0, classes->names[i], FALSE);
      am_measure_table_add (grid, (int)i + 1, 1, pictures, FALSE);
      am_measure_table_add (grid, (int)i + 1, 2, accuracy, FALSE);
    }
}

static char *
describe_bin (const AmEvaluation *evaluation, guint bin)
{
  guint64 n = evaluation->bin_count[bin];
  g_autofree char *from = am_measure_percent ((double)bin / AM_N_CALIBRATION_BINS);
  g_autofree char *to = am_measure_percent ((bin + 1.0) / AM_N_CALIBRATION_BINS);
  g_autofree char *count = am_readable_count (n);
  g_autofree char *right = am_measure_percent (evaluation->bin_accuracy[bin]);

  if (n == 0)
    return g_strdup_printf (_ ("Confidence from %s to %s: no pictures"), from, to);
  return g_strdup_printf (ngettext ("Confidence from %s to %s: %s picture, %s of them right",
                                    "Confidence from %s to %s: %s pictures, %s of them right", n),
                          from, to, count, right);
}

static GtkWidget *
make_diagram (const AmEvaluation *evaluation)
{
  GtkWidget *chart = am_line_chart_new (_ ("Confidence and accuracy"));
  const double ends[] = { 0, 1 };
  double middles[AM_N_CALIBRATION_BINS];
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) texts = NULL;

  for (guint i = 0; i < AM_N_CALIBRATION_BINS; i++)
    {
      g_autofree char *text = describe_bin (evaluation, i);

      middles[i] = (i + 0.5) / AM_N_CALIBRATION_BINS;
      g_strv_builder_add (builder, text);
    }
  texts = g_strv_builder_end (builder);
  am_line_chart_set_axes (AM_LINE_CHART (chart), TRUE, _ ("Unsure"), _ ("Sure"));
  am_line_chart_add_series (AM_LINE_CHART (chart), AM_LINE_BARS, AM_N_CALIBRATION_BINS, middles,
                            evaluation->bin_accuracy);
  am_line_chart_add_series (AM_LINE_CHART (chart), AM_LINE_DASHED, 2, ends, ends);
  am_line_chart_set_points (AM_LINE_CHART (chart), AM_N_CALIBRATION_BINS, middles, (const char *const *)texts,
                            _ ("Bars below the dashed line: the model is surer than it should be"));
  return am_measure_chart_new (_ ("How often it is right, by how sure it is"), chart);
}

static GtkWidget *
make_figures (const AmEvaluation *evaluation)
{
  GtkWidget *figures = am_measure_figures_new ();
  g_autofree char *accuracy = am_measure_percent (evaluation->accuracy);
  g_autofree char *loss = am_measure_loss (evaluation->loss);
  g_autofree char *error = am_measure_percent (evaluation->calibration_error);

  am_measure_figures_add (figures, _ ("Accuracy"), accuracy,
                          _ ("Pictures whose class the model names first"));
  am_measure_figures_add (figures, _ ("Loss"), loss, _ ("Mean cross entropy, in nats; less is better"));
  am_measure_figures_add (figures, _ ("Calibration error"), error,
                          _ ("How far the model’s confidence is from its accuracy, on average"));
  return figures;
}

GtkWidget *
am_evaluation_card_new (const AmEvaluatedModel *model)
{
  const AmEvaluation *evaluation = model->evaluation;
  GtkWidget *card = am_measure_card_new (model->model);
  g_autofree char *count = am_readable_count (evaluation->n);
  g_autofree char *note
      = g_strdup_printf (ngettext ("Over %s picture", "Over %s pictures", evaluation->n), count);

  gtk_box_append (GTK_BOX (card), make_figures (evaluation));
  gtk_box_append (GTK_BOX (card), am_measure_note_new (note));
  gtk_box_append (GTK_BOX (card), make_diagram (evaluation));
  gtk_box_append (GTK_BOX (card), am_measure_table_new (_ ("Accuracy of each class"), fill_classes,
                                                        copy_classes (model), (GDestroyNotify)classes_free));
  return card;
}
