#include "histogram-pane.h"

#include <glib/gi18n.h>
#include <math.h>

#include "base/job.h"
#include "base/readable.h"
#include "base/unparent-children.h"
#include "charts/histogram-view.h"
#include "compare/figures.h"

#define LEAST_BINS 8
#define MOST_BINS 96

typedef enum
{
  MOMENT_LENGTH,
  MOMENT_MEAN,
  MOMENT_DEVIATION,
  MOMENT_MINIMUM,
  MOMENT_MAXIMUM,
  MOMENT_ZEROS,
  MOMENT_NOT_FINITE,
  N_MOMENTS,
} Moment;

static const char *const moment_titles[N_MOMENTS] = {
  [MOMENT_LENGTH] = N_ ("Values"),
  [MOMENT_MEAN] = N_ ("Mean"),
  [MOMENT_DEVIATION] = N_ ("Standard deviation"),
  [MOMENT_MINIMUM] = N_ ("Smallest"),
  [MOMENT_MAXIMUM] = N_ ("Largest"),
  [MOMENT_ZEROS] = N_ ("Zeros"),
  [MOMENT_NOT_FINITE] = N_ ("NaN or infinity"),
};

struct _AmHistogramPane
{
  GtkWidget parent_instance;

  GtkSpinner *spinner;
  GtkLabel *name;
  GtkStack *stack;
  GtkLabel *message;
  AmHistogramView *view;
  GtkLabel *readout;
  GtkGrid *moments;
  GtkLabel *figures[N_MOMENTS][AM_N_SIDES];

  AmTensorRow *row;
  AmJob *job;
};

G_DEFINE_FINAL_TYPE (AmHistogramPane, am_histogram_pane, GTK_TYPE_WIDGET)

/* As many as the values can fill: twice their cube root. */
static guint
choose_n_bins (const AmTensor *a, const AmTensor *b)
{
  guint64 length = MAX (a != NULL ? a->length : 0, b != NULL ? b->length : 0);

  return (guint)CLAMP (2.0 * cbrt ((double)length), LEAST_BINS, MOST_BINS);
}

static gpointer
count_values (gpointer data, const AmProgress *progress, GCancellable *cancellable, GError **error)
{
  AmComparison *comparison = am_tensor_row_get_comparison (data);
  guint index = am_tensor_row_get_index (data);
  const AmTensor *a = am_comparison_get_tensor (comparison, AM_SIDE_A, index);
  const AmTensor *b = am_comparison_get_tensor (comparison, AM_SIDE_B, index);

  return am_tensor_histogram_new (a != NULL ? am_comparison_get_checkpoint (comparison, AM_SIDE_A) : NULL, a,
                                  b != NULL ? am_comparison_get_checkpoint (comparison, AM_SIDE_B) : NULL, b,
                                  choose_n_bins (a, b), NULL, cancellable, error);
}

static void
histogram_free (gpointer histogram)
{
  am_tensor_histogram_free (histogram);
}

static char *
dup_moment_text (const AmTensorMoments *moments, Moment moment)
{
  switch (moment)
    {
    case MOMENT_LENGTH:
      return am_readable_count (moments->length);
    case MOMENT_MEAN:
      return am_figure_value (moments->mean);
    case MOMENT_DEVIATION:
      return am_figure_value (moments->deviation);
    case MOMENT_MINIMUM:
      return am_figure_value (moments->minimum);
    case MOMENT_MAXIMUM:
      return am_figure_value (moments->maximum);
    case MOMENT_ZEROS:
      return am_figure_percent (moments->zero_fraction);
    default:
      return am_readable_count (moments->n_not_finite);
    }
}

static void
show_moments (AmHistogramPane *self, AmSide side, const AmTensorMoments *moments, gboolean is_there)
{
  for (guint i = 0; i < N_MOMENTS; i++)
    {
      g_autofree char *text = is_there ? dup_moment_text (moments, i) : g_strdup ("–");

      gtk_label_set_text (self->figures[i][side], text);
    }
}

static void
show_histogram (AmHistogramPane *self, const AmTensorHistogram *histogram)
{
  am_histogram_view_set_counts (self->view, histogram->minimum, histogram->maximum, histogram->n_bins,
                                histogram->counts_a, histogram->counts_b);
  show_moments (self, AM_SIDE_A, &histogram->a, histogram->counts_a != NULL);
  show_moments (self, AM_SIDE_B, &histogram->b, histogram->counts_b != NULL);
  gtk_stack_set_visible_child_name (self->stack, "chart");
}

static void
show_name (AmHistogramPane *self)
{
  g_autofree char *name = am_tensor_row_dup_text (self->row, AM_TENSOR_NAME);

  gtk_label_set_text (self->name, name);
}

static void
on_finished (AmHistogramPane *self, AmJob *job)
{
  const GError *error = am_job_get_error (job);

  if (job != self->job)
    return;
  gtk_spinner_stop (self->spinner);
  show_name (self);
  if (am_job_get_state (job) == AM_JOB_DONE)
    show_histogram (self, am_job_get_result (job));
  else if (error != NULL)
    {
      gtk_label_set_text (self->message, error->message);
      gtk_stack_set_visible_child_name (self->stack, "failed");
    }
  g_clear_object (&self->job);
}

static void
am_histogram_pane_dispose (GObject *object)
{
  AmHistogramPane *self = AM_HISTOGRAM_PANE (object);

  am_job_drop (&self->job, self);
  am_unparent_children (GTK_WIDGET (self));
  g_clear_object (&self->row);

  G_OBJECT_CLASS (am_histogram_pane_parent_class)->dispose (object);
}

static void
am_histogram_pane_class_init (AmHistogramPaneClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = am_histogram_pane_dispose;

  g_type_ensure (AM_TYPE_HISTOGRAM_VIEW);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/amalgam_merge/Amalgam/compare/histogram-pane.ui");
  gtk_widget_class_bind_template_child (widget_class, AmHistogramPane, spinner);
  gtk_widget_class_bind_template_child (widget_class, AmHistogramPane, name);
  gtk_widget_class_bind_template_child (widget_class, AmHistogramPane, stack);
  gtk_widget_class_bind_template_child (widget_class, AmHistogramPane, message);
  gtk_widget_class_bind_template_child (widget_class, AmHistogramPane, view);
  gtk_widget_class_bind_template_child (widget_class, AmHistogramPane, readout);
  gtk_widget_class_bind_template_child (widget_class, AmHistogramPane, moments);
}

static GtkLabel *
add_text (AmHistogramPane *self, const char *text, int column, int row, const char *style)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), column == 0 ? 0.0f : 1.0f);
  gtk_widget_set_hexpand (label, column > 0);
  gtk_widget_add_css_class (label, "caption");
  gtk_widget_add_css_class (label, style);
  gtk_grid_attach (self->moments, label, column, row, 1, 1);
  return GTK_LABEL (label);
}

static void
on_readout_changed (AmHistogramPane *self)
{
  const char *text = am_histogram_view_get_readout (self->view);

  /* A hint keeps the line from coming and going. */
  gtk_label_set_text (self->readout, *text != '\0' ? text : _ ("Point at a bar to see its counts."));
}

static void
am_histogram_pane_init (AmHistogramPane *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  add_text (self, C_ ("side", "A"), 1, 0, "heading");
  add_text (self, C_ ("side", "B"), 2, 0, "heading");
  for (guint i = 0; i < N_MOMENTS; i++)
    {
      add_text (self, _ (moment_titles[i]), 0, (int)i + 1, "dim-label");
      for (guint side = 0; side < AM_N_SIDES; side++)
        self->figures[i][side] = add_text (self, NULL, (int)side + 1, (int)i + 1, "numeric");
    }
  g_signal_connect_object (self->view, "notify::readout", G_CALLBACK (on_readout_changed), self,
                           G_CONNECT_SWAPPED);
  on_readout_changed (self);
}

void
am_histogram_pane_set_row (AmHistogramPane *self, AmTensorRow *row)
{
  if (row == self->row)
    return;
  am_job_drop (&self->job, self);
  g_set_object (&self->row, row);
  if (row == NULL)
    {
      gtk_spinner_stop (self->spinner);
      gtk_label_set_text (self->name, "");
      gtk_stack_set_visible_child_name (self->stack, "none");
      return;
    }
  self->job = am_job_new (_ ("Reading the tensor"), count_values, g_object_ref (row), g_object_unref,
                          histogram_free);
  g_signal_connect_object (self->job, "finished", G_CALLBACK (on_finished), self, G_CONNECT_SWAPPED);
  gtk_spinner_start (self->spinner);
  am_job_start (self->job);
}

gboolean
am_histogram_pane_is_busy (AmHistogramPane *self)
{
  return self->job != NULL;
}
