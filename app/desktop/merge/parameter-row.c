#include "parameter-row.h"

#include <glib/gi18n.h>
#include <math.h>

#include "base/drop-down-label.h"
#include "base/parameter-words.h"
#include "base/wheel.h"
#include "setting-text.h"

/* A pause this long ends a step of undo. */
#define STROKE_PAUSE_MS 700

struct _AmParameterRow
{
  GtkListBoxRow parent_instance;

  GtkAdjustment *spin_adjustment;
  GtkAdjustment *scale_adjustment;
  GtkLabel *title;
  GtkLabel *summary;
  GtkWidget *reset_button;
  GtkSpinButton *spin;
  GtkSwitch *toggle;
  GtkDropDown *drop_down;
  GtkScale *scale;
  GtkWidget *elaborate_box;
  GtkLabel *elaborate;
  GtkLabel *complaint;

  AmDraft *draft;
  const AmParameter *parameter;
  guint index;
  guint slot;
  gboolean is_updating;
  guint pause;
};

G_DEFINE_FINAL_TYPE (AmParameterRow, am_parameter_row, GTK_TYPE_LIST_BOX_ROW)

static gboolean
on_pause (gpointer data)
{
  AmParameterRow *self = data;

  self->pause = 0;
  am_draft_end_topic (self->draft);
  return G_SOURCE_REMOVE;
}

static void
set_value (AmParameterRow *self, double value)
{
  if (self->is_updating)
    return;
  g_clear_handle_id (&self->pause, g_source_remove);
  self->pause = g_timeout_add (STROKE_PAUSE_MS, on_pause, self);
  am_draft_set_parameter (self->draft, self->index, self->slot, value);
}

static void
on_reset (AmParameterRow *self)
{
  double value = self->parameter->default_value;

  set_value (self, isnan (value) ? self->parameter->soft_minimum : value);
}

/* Two decimals, or as many as the value has. */
static gboolean
on_output (AmParameterRow *self)
{
  double value = gtk_adjustment_get_value (self->spin_adjustment);
  gboolean is_short = fabs (value * 100 - round (value * 100)) < 1e-9 && (value == 0 || fabs (value) >= 0.01);
  gboolean is_integer = self->parameter != NULL && self->parameter->type == AM_PARAMETER_INTEGER;
  g_autofree char *text = g_strdup_printf (is_integer ? "%.0f" : is_short ? "%.2f" : "%.6g", value);

  if (g_strcmp0 (text, gtk_editable_get_text (GTK_EDITABLE (self->spin))) != 0)
    gtk_editable_set_text (GTK_EDITABLE (self->spin), text);
  return TRUE;
}

static void
on_spin_changed (AmParameterRow *self)
{
  set_value (self, gtk_adjustment_get_value (self->spin_adjustment));
}

/* Steps of a slider are what its length can tell apart, so that typed values look tidy beside dragged ones.
 */
static void
on_scale_changed (AmParameterRow *self)
{
  double step = gtk_adjustment_get_step_increment (self->scale_adjustment);

  set_value (self, round (gtk_adjustment_get_value (self->scale_adjustment) / step) * step);
}

static void
on_toggled (AmParameterRow *self)
{
  set_value (self, gtk_switch_get_active (self->toggle));
}

static void
on_selected (AmParameterRow *self)
{
  guint selected = gtk_drop_down_get_selected (self->drop_down);

  if (selected != GTK_INVALID_LIST_POSITION)
    set_value (self, selected);
}

static void
am_parameter_row_dispose (GObject *object)
{
  AmParameterRow *self = AM_PARAMETER_ROW (object);

  g_clear_handle_id (&self->pause, g_source_remove);
  gtk_widget_dispose_template (GTK_WIDGET (self), AM_TYPE_PARAMETER_ROW);
  g_clear_object (&self->draft);

  G_OBJECT_CLASS (am_parameter_row_parent_class)->dispose (object);
}

static void
am_parameter_row_class_init (AmParameterRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = am_parameter_row_dispose;

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/amalgam_merge/Amalgam/merge/parameter-row.ui");
  gtk_widget_class_bind_template_child (widget_class, AmParameterRow, spin_adjustment);
  gtk_widget_class_bind_template_child (widget_class, AmParameterRow, scale_adjustment);
  gtk_widget_class_bind_template_child (widget_class, AmParameterRow, title);
  gtk_widget_class_bind_template_child (widget_class, AmParameterRow, summary);
  gtk_widget_class_bind_template_child (widget_class, AmParameterRow, reset_button);
  gtk_widget_class_bind_template_child (widget_class, AmParameterRow, spin);
  gtk_widget_class_bind_template_child (widget_class, AmParameterRow, toggle);
  gtk_widget_class_bind_template_child (widget_class, AmParameterRow, drop_down);
  gtk_widget_class_bind_template_child (widget_class, AmParameterRow, scale);
  gtk_widget_class_bind_template_child (widget_class, AmParameterRow, elaborate_box);
  gtk_widget_class_bind_template_child (widget_class, AmParameterRow, elaborate);
  gtk_widget_class_bind_template_child (widget_class, AmParameterRow, complaint);
  gtk_widget_class_bind_template_callback (widget_class, on_reset);
  gtk_widget_class_bind_template_callback (widget_class, on_output);
  gtk_widget_class_bind_template_callback (widget_class, on_spin_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_scale_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_toggled);
  gtk_widget_class_bind_template_callback (widget_class, on_selected);
}

static void
am_parameter_row_init (AmParameterRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  am_wheel_pass (GTK_WIDGET (self->scale));
  am_drop_down_keep_label (self->drop_down);
}

static void
show_names (AmParameterRow *self)
{
  g_autofree char *title = am_parameter_dup_title (self->parameter);
  gboolean is_first = !self->parameter->per_model || self->slot == 0;

  if (self->parameter->per_model)
    {
      g_autofree char *slot = am_draft_dup_slot_title (self->draft, self->slot);
      /* Translators: a parameter and the letter of a model, as in "Weight of A". */
      char *both = g_strdup_printf (C_ ("parameter of a model", "%s of %s"), title, slot);

      g_free (title);
      title = both;
    }
  gtk_label_set_label (self->title, title);
  gtk_label_set_label (self->summary, _ (self->parameter->summary));
  gtk_widget_set_visible (GTK_WIDGET (self->summary), is_first);
  if (self->parameter->is_ratio)
    gtk_widget_add_css_class (GTK_WIDGET (self->title), "heading");
}

static void
name_control (AmParameterRow *self, GtkWidget *control)
{
  gtk_accessible_update_property (GTK_ACCESSIBLE (control), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  gtk_label_get_label (self->title), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                  gtk_label_get_label (self->summary), -1);
}

/* A slider cannot reach values far smaller than its range. */
static gboolean
wants_scale (const AmParameter *parameter)
{
  double range = parameter->soft_maximum - parameter->soft_minimum;

  return parameter->type == AM_PARAMETER_NUMBER
         && (parameter->default_value == 0 || fabs (parameter->default_value) >= range / 100);
}

static double
get_step (const AmParameter *parameter)
{
  double range = parameter->soft_maximum - parameter->soft_minimum;

  if (parameter->type == AM_PARAMETER_INTEGER)
    return 1;
  return pow (10, floor (log10 (range / 50)));
}

static void
set_up_number (AmParameterRow *self)
{
  const AmParameter *parameter = self->parameter;
  double step = get_step (parameter);

  gtk_adjustment_configure (self->spin_adjustment, parameter->minimum, parameter->minimum, parameter->maximum,
                            step, 10 * step, 0);
  gtk_adjustment_configure (self->scale_adjustment, parameter->soft_minimum, parameter->soft_minimum,
                            parameter->soft_maximum, step, 10 * step, 0);
  name_control (self, GTK_WIDGET (self->spin));
  name_control (self, GTK_WIDGET (self->scale));
}

static void
set_up_choice (AmParameterRow *self)
{
  g_autoptr (GtkStringList) choices = gtk_string_list_new (NULL);

  for (guint i = 0; self->parameter->choices[i] != NULL; i++)
    gtk_string_list_append (choices, am_parameter_translate_choice (self->parameter->choices[i]));
  gtk_drop_down_set_model (self->drop_down, G_LIST_MODEL (choices));
  name_control (self, GTK_WIDGET (self->drop_down));
}

static void
set_up (AmParameterRow *self)
{
  self->is_updating = TRUE;
  show_names (self);
  switch (self->parameter->type)
    {
    case AM_PARAMETER_CHOICE:
      set_up_choice (self);
      break;
    case AM_PARAMETER_BOOLEAN:
      name_control (self, GTK_WIDGET (self->toggle));
      break;
    case AM_PARAMETER_INTEGER:
    case AM_PARAMETER_NUMBER:
    default:
      set_up_number (self);
      break;
    }
  self->is_updating = FALSE;
}

AmParameterRow *
am_parameter_row_new (AmDraft *draft, guint parameter, guint slot)
{
  AmParameterRow *self = g_object_new (AM_TYPE_PARAMETER_ROW, NULL);

  self->draft = g_object_ref (draft);
  self->index = parameter;
  self->slot = slot;
  self->parameter = &am_draft_get_method (draft)->parameters[parameter];
  set_up (self);
  am_parameter_row_update (self);
  return self;
}

static const AmSetting *
find_setting (AmParameterRow *self)
{
  const AmRecipe *recipe = am_draft_get_recipe (self->draft);
  const AmSetting *setting = NULL;

  if (self->parameter->per_model && self->slot < recipe->models->len)
    {
      const AmRecipeModel *model = g_ptr_array_index (recipe->models, self->slot);

      setting = g_hash_table_lookup (model->parameters, self->parameter->id);
    }
  return setting != NULL ? setting : g_hash_table_lookup (recipe->parameters, self->parameter->id);
}

static void
show_elaborate (AmParameterRow *self)
{
  g_autofree char *text = am_setting_text_new (find_setting (self));

  gtk_label_set_label (self->elaborate, text);
}

static void
show_value (AmParameterRow *self)
{
  double value = am_draft_get_parameter (self->draft, self->index, self->slot);
  double shown = isnan (value) ? self->parameter->soft_minimum : value;

  gtk_adjustment_set_value (self->spin_adjustment, shown);
  gtk_adjustment_set_value (self->scale_adjustment, shown);
  gtk_switch_set_active (self->toggle, shown != 0);
  if (self->parameter->type == AM_PARAMETER_CHOICE)
    gtk_drop_down_set_selected (self->drop_down, (guint)shown);
  gtk_widget_set_visible (self->reset_button, value != self->parameter->default_value);
}

void
am_parameter_row_update (AmParameterRow *self)
{
  AmParameterType type = self->parameter->type;
  gboolean is_elaborate = am_draft_is_parameter_elaborate (self->draft, self->index, self->slot);
  gboolean is_number = type == AM_PARAMETER_NUMBER || type == AM_PARAMETER_INTEGER;

  self->is_updating = TRUE;
  gtk_widget_set_visible (GTK_WIDGET (self->spin), is_number && !is_elaborate);
  gtk_widget_set_visible (GTK_WIDGET (self->scale), wants_scale (self->parameter) && !is_elaborate);
  gtk_widget_set_visible (GTK_WIDGET (self->toggle), type == AM_PARAMETER_BOOLEAN && !is_elaborate);
  gtk_widget_set_visible (GTK_WIDGET (self->drop_down), type == AM_PARAMETER_CHOICE && !is_elaborate);
  gtk_widget_set_visible (self->elaborate_box, is_elaborate);
  gtk_widget_set_visible (self->reset_button, FALSE);
  if (is_elaborate)
    show_elaborate (self);
  else
    show_value (self);
  self->is_updating = FALSE;
}

guint
am_parameter_row_get_parameter (AmParameterRow *self)
{
  return self->index;
}

void
am_parameter_row_set_complaint (AmParameterRow *self, const char *complaint)
{
  gtk_label_set_label (self->complaint, complaint != NULL ? _ (complaint) : "");
  gtk_widget_set_visible (GTK_WIDGET (self->complaint), complaint != NULL);
}
