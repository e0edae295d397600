#include "runs/result-alignment.h"

#include "charts/alignment-chart.h"

static const GPtrArray *
find_alignments (AmHistoryEntry *entry)
{
  const AmRunSummary *summary = am_history_entry_get_summary (entry);

  return summary != NULL && summary->alignments->len > 0 ? summary->alignments : NULL;
}

gboolean
am_result_alignment_is_there (AmHistoryEntry *entry)
{
  return find_alignments (entry) != NULL;
}

static GtkWidget *
make_sentence (const AmAlignmentSummary *alignment)
{
  gboolean has_moved = am_alignment_summary_has_moved (alignment);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
  GtkWidget *icon = g_object_new (
      GTK_TYPE_IMAGE, "icon-name", has_moved ? "view-sort-ascending-symbolic" : "dialog-information-symbolic",
      "valign", GTK_ALIGN_START, "accessible-role", GTK_ACCESSIBLE_ROLE_PRESENTATION, NULL);
  GtkWidget *label = g_object_new (GTK_TYPE_LABEL, "label", alignment->sentence, "xalign", 0.0f, "wrap", TRUE,
                                   "wrap-mode", PANGO_WRAP_WORD_CHAR, "hexpand", TRUE, NULL);

  gtk_widget_add_css_class (icon, "dim-label");
  gtk_box_append (GTK_BOX (box), icon);
  gtk_box_append (GTK_BOX (box), label);
  return box;
}

static GtkWidget *
make_card (const AmAlignmentSummary *alignment)
{
  GtkWidget *card = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);
  GtkWidget *inside
      = g_object_new (GTK_TYPE_BOX, "orientation", GTK_ORIENTATION_VERTICAL, "spacing", 12, "margin-top", 12,
                      "margin-bottom", 12, "margin-start", 12, "margin-end", 12, NULL);
  GtkWidget *chart;

  gtk_widget_add_css_class (card, "card");
  gtk_box_append (GTK_BOX (card), inside);
  gtk_box_append (GTK_BOX (inside), make_sentence (alignment));
  if (!am_alignment_summary_has_moved (alignment) || alignment->layers->len == 0)
    return card;
  chart = am_alignment_chart_new ();
  am_alignment_chart_set_layers (AM_ALIGNMENT_CHART (chart),
                                 (const AmAlignmentLayer *)alignment->layers->data, alignment->layers->len);
  gtk_box_append (GTK_BOX (inside), chart);
  return card;
}

void
am_result_alignment_show (GtkBox *box, AmHistoryEntry *entry)
{
  const GPtrArray *alignments = find_alignments (entry);
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (box))) != NULL)
    gtk_box_remove (box, child);
  for (guint i = 0; alignments != NULL && i < alignments->len; i++)
    gtk_box_append (box, make_card (g_ptr_array_index (alignments, i)));
}
