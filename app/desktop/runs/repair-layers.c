#include "runs/repair-layers.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#include "base/readable.h"

char *
am_repair_layers_describe (const AmRepairOutcome *outcome)
{
  guint n = outcome->layers->len;
  g_autofree char *layers = am_readable_count (n);
  g_autofree char *pictures = am_readable_count (outcome->n_samples);

  if (outcome->method == AM_REPAIR_RESET)
    /* Translators: numbers of layers and of pictures. */
    return g_strdup_printf (ngettext ("%s batch norm measured anew on %s pictures",
                                      "%s batch norms measured anew on %s pictures", n),
                            layers, pictures);
  /* Translators: numbers of layers and of pictures. */
  return g_strdup_printf (
      ngettext ("%s layer repaired on %s pictures", "%s layers repaired on %s pictures", n), layers,
      pictures);
}

static char *
describe_layer (const AmRepairedLayer *layer)
{
  g_autofree char *count = am_readable_count (layer->n_units);
  g_autofree char *dead = am_readable_count (layer->n_dead);

  if (layer->n_dead == 0)
    return g_strdup_printf (ngettext ("%s unit", "%s units", layer->n_units), count);
  /* Translators: numbers of units, and of those that do not vary. */
  return g_strdup_printf (
      ngettext ("%s unit, %s of them never varies", "%s units, %s of them never vary", layer->n_units), count,
      dead);
}

static char *
describe_change (const AmRepairedLayer *layer)
{
  if (layer->is_reset)
    return g_strdup (_ ("Measured anew"));
  /* Translators: shares in percent, before and after. */
  return g_strdup_printf (_ ("%.1f %% → %.1f %%"), 100 * layer->deviation_before,
                          100 * layer->deviation_after);
}

static GtkWidget *
make_row (const AmRepairedLayer *layer)
{
  GtkWidget *row = adw_action_row_new ();
  g_autofree char *units = describe_layer (layer);
  g_autofree char *change = describe_change (layer);
  GtkWidget *label = gtk_label_new (change);

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  g_object_set (row, "title", layer->name, "title-lines", 2, "subtitle", units, NULL);
  gtk_widget_add_css_class (label, "numeric");
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), label);
  return row;
}

void
am_repair_layers_show (GtkListBox *list, const AmRepairOutcome *outcome)
{
  for (guint i = 0; i < outcome->layers->len; i++)
    gtk_list_box_append (list, make_row (&g_array_index (outcome->layers, AmRepairedLayer, i)));
}
