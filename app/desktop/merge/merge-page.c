#include "merge-page.h"

#include <glib/gi18n.h>

#include "align-section.h"
#include "blocks-section.h"
#include "column-pair.h"
#include "complaints.h"
#include "intake.h"
#include "merge-start.h"
#include "method-section.h"
#include "output-section.h"
#include "parts-section.h"
#include "plan-view.h"
#include "planner.h"
#include "slots-section.h"

struct _AmMergePage
{
  GtkWidget parent_instance;

  GtkDropTarget *drop_target;
  AmColumnPair *columns;
  AmSlotsSection *slots;
  AmMethodSection *method;
  AmAlignSection *align;
  AmBlocksSection *blocks;
  AmPartsSection *parts;
  AmOutputSection *output;
  AmPlanView *plan;
  GtkWidget *merge_button;

  AmWorkspace *workspace;
  AmPlanner *planner;
  gboolean wants_run; /* as soon as the plan is ready */
};

enum
{
  PROP_CAN_MERGE = 1,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (AmMergePage, am_merge_page, GTK_TYPE_WIDGET)

static AmDraft *
get_draft (AmMergePage *self)
{
  return am_workspace_get_draft (self->workspace);
}

/* The control a complaint is about, or %NULL. */
static GtkWidget *
place_complaint (AmMergePage *self, const char *complaint)
{
  guint slot = am_complaint_find_slot (get_draft (self), complaint);
  gint parameter = am_complaint_find_parameter (get_draft (self), complaint);
  AmSlotRow *row = am_slots_section_get_row (self->slots, slot);

  if (am_planner_is_about_alignment (self->planner, complaint))
    {
      am_align_section_set_complaint (self->align, complaint);
      return GTK_WIDGET (self->align);
    }
  if (row != NULL)
    {
      am_slot_row_set_complaint (row, complaint);
      return GTK_WIDGET (row);
    }
  return parameter >= 0 ? am_method_section_set_complaint (self->method, (guint)parameter, complaint) : NULL;
}

static void
show_complaints (AmMergePage *self)
{
  const char *const *complaints = am_planner_get_complaints (self->planner);

  am_slots_section_clear_complaints (self->slots);
  am_method_section_clear_complaints (self->method);
  am_align_section_set_complaint (self->align, NULL);
  for (guint i = 0; complaints[i] != NULL; i++)
    place_complaint (self, complaints[i]);
}

static gboolean
has_place (const char *complaint, gpointer data)
{
  AmMergePage *self = data;

  return am_planner_is_about_alignment (self->planner, complaint)
         || am_complaint_find_slot (get_draft (self), complaint) != AM_COMPLAINT_NO_SLOT
         || am_complaint_find_parameter (get_draft (self), complaint) >= 0;
}

static void
on_complaint_activated (AmMergePage *self, guint number)
{
  GtkWidget *place = place_complaint (self, am_planner_get_complaints (self->planner)[number]);

  if (place != NULL)
    gtk_widget_child_focus (place, GTK_DIR_TAB_FORWARD);
}

static void
start_if_wanted (AmMergePage *self)
{
  AmPlannerState state = am_planner_get_state (self->planner);

  if (!self->wants_run || state == AM_PLANNER_PLANNING)
    return;
  self->wants_run = FALSE;
  if (state == AM_PLANNER_READY)
    am_merge_start (GTK_WIDGET (self), self->workspace);
}

static void
on_planner_changed (AmMergePage *self)
{
  show_complaints (self);
  start_if_wanted (self);
}

static void
on_can_merge (AmMergePage *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CAN_MERGE]);
}

/* Models that are known already tell of no change when they come into a slot: only the draft does. */
static void
show_parts (AmMergePage *self)
{
  const char *const components[] = { "vae", "text_encoder", "unet" };

  for (guint i = 0; i < G_N_ELEMENTS (components); i++)
    am_parts_section_set_has_component (self->parts, components[i],
                                        am_slots_section_has_component (self->slots, components[i]));
}

static void
on_items_changed (AmMergePage *self)
{
  show_parts (self);
  if (self->planner != NULL)
    am_planner_refresh (self->planner);
}

/* The slot that has the focus takes what is pasted. */
static guint
find_focused_slot (AmMergePage *self)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  GtkWidget *focus = root != NULL ? gtk_root_get_focus (root) : NULL;
  GtkWidget *row = focus != NULL ? gtk_widget_get_ancestor (focus, AM_TYPE_SLOT_ROW) : NULL;

  return row != NULL ? am_slot_row_get_slot (AM_SLOT_ROW (row)) : AM_INTAKE_FREE_SLOT;
}

static gboolean
on_drop (GtkDropTarget *target, const GValue *value, double x, double y, AmMergePage *self)
{
  g_auto (GStrv) paths = am_intake_list_paths (value);

  if (paths[0] == NULL)
    return FALSE;
  am_intake_files (GTK_WIDGET (self), get_draft (self), AM_INTAKE_FREE_SLOT, (const char *const *)paths);
  return TRUE;
}

static void
on_pasted_files (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (AmMergePage) self = data;
  const GValue *value = gdk_clipboard_read_value_finish (GDK_CLIPBOARD (source), result, NULL);

  if (value != NULL && gtk_widget_get_root (GTK_WIDGET (self)) != NULL)
    {
      g_auto (GStrv) paths = am_intake_list_paths (value);

      am_intake_files (GTK_WIDGET (self), get_draft (self), find_focused_slot (self),
                       (const char *const *)paths);
    }
}

static void
on_pasted_text (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (AmMergePage) self = data;
  g_autofree char *text = gdk_clipboard_read_text_finish (GDK_CLIPBOARD (source), result, NULL);

  if (gtk_widget_get_root (GTK_WIDGET (self)) == NULL)
    return;
  if (text == NULL || !am_intake_text (GTK_WIDGET (self), get_draft (self), find_focused_slot (self), text))
    gtk_widget_activate_action (GTK_WIDGET (self), "win.toast", "s", _ ("There is no file to paste"));
}

static void
paste (GtkWidget *widget, const char *action, GVariant *parameter)
{
  GdkClipboard *clipboard = gtk_widget_get_clipboard (widget);

  if (gdk_content_formats_contain_gtype (gdk_clipboard_get_formats (clipboard), GDK_TYPE_FILE_LIST))
    gdk_clipboard_read_value_async (clipboard, GDK_TYPE_FILE_LIST, G_PRIORITY_DEFAULT, NULL, on_pasted_files,
                                    g_object_ref (widget));
  else
    gdk_clipboard_read_text_async (clipboard, NULL, on_pasted_text, g_object_ref (widget));
}

static void
refresh (GtkWidget *widget, const char *action, GVariant *parameter)
{
  am_planner_refresh (AM_MERGE_PAGE (widget)->planner);
}

static void
run (GtkWidget *widget, const char *action, GVariant *parameter)
{
  am_merge_page_run (AM_MERGE_PAGE (widget));
}

static void
am_merge_page_dispose (GObject *object)
{
  AmMergePage *self = AM_MERGE_PAGE (object);

  if (self->planner != NULL)
    g_signal_handlers_disconnect_by_data (self->planner, self);
  if (self->workspace != NULL)
    am_draft_set_find_statistics (get_draft (self), NULL, NULL);
  gtk_widget_dispose_template (GTK_WIDGET (self), AM_TYPE_MERGE_PAGE);
  g_clear_object (&self->planner);
  g_clear_object (&self->workspace);

  G_OBJECT_CLASS (am_merge_page_parent_class)->dispose (object);
}

static void
am_merge_page_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  if (id == PROP_CAN_MERGE)
    g_value_set_boolean (value, am_merge_page_get_can_merge (AM_MERGE_PAGE (object)));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
ensure_types (void)
{
  g_type_ensure (AM_TYPE_COLUMN_PAIR);
  g_type_ensure (AM_TYPE_SLOTS_SECTION);
  g_type_ensure (AM_TYPE_METHOD_SECTION);
  g_type_ensure (AM_TYPE_ALIGN_SECTION);
  g_type_ensure (AM_TYPE_BLOCKS_SECTION);
  g_type_ensure (AM_TYPE_PARTS_SECTION);
  g_type_ensure (AM_TYPE_OUTPUT_SECTION);
  g_type_ensure (AM_TYPE_PLAN_VIEW);
}

static void
am_merge_page_class_init (AmMergePageClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = am_merge_page_dispose;
  object_class->get_property = am_merge_page_get_property;

  properties[PROP_CAN_MERGE]
      = g_param_spec_boolean ("can-merge", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  gtk_widget_class_install_action (widget_class, "merge.run", NULL, run);
  gtk_widget_class_install_action (widget_class, "merge.refresh", NULL, refresh);
  gtk_widget_class_install_action (widget_class, "merge.paste", NULL, paste);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_v, GDK_CONTROL_MASK, "merge.paste", NULL);

  ensure_types ();
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/amalgam_merge/Amalgam/merge/merge-page.ui");
  gtk_widget_class_bind_template_child (widget_class, AmMergePage, drop_target);
  gtk_widget_class_bind_template_child (widget_class, AmMergePage, columns);
  gtk_widget_class_bind_template_child (widget_class, AmMergePage, slots);
  gtk_widget_class_bind_template_child (widget_class, AmMergePage, method);
  gtk_widget_class_bind_template_child (widget_class, AmMergePage, align);
  gtk_widget_class_bind_template_child (widget_class, AmMergePage, blocks);
  gtk_widget_class_bind_template_child (widget_class, AmMergePage, parts);
  gtk_widget_class_bind_template_child (widget_class, AmMergePage, output);
  gtk_widget_class_bind_template_child (widget_class, AmMergePage, plan);
  gtk_widget_class_bind_template_child (widget_class, AmMergePage, merge_button);
  gtk_widget_class_bind_template_callback (widget_class, on_drop);
  gtk_widget_class_bind_template_callback (widget_class, on_items_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_complaint_activated);
}

static void
am_merge_page_init (AmMergePage *self)
{
  GType types[] = { GDK_TYPE_FILE_LIST };

  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_drop_target_set_gtypes (self->drop_target, types, G_N_ELEMENTS (types));
}

static void
follow_limits (AmMergePage *self)
{
  AmRunOptions options = am_workspace_get_run_options (self->workspace);

  am_planner_set_limits (self->planner, options.n_threads, options.memory_limit);
}

static void
make_planner (AmMergePage *self)
{
  AmDraft *draft = get_draft (self);

  self->planner = am_planner_new (draft, am_workspace_get_history (self->workspace));
  follow_limits (self);
  g_signal_connect_object (am_workspace_get_settings (self->workspace), "changed", G_CALLBACK (follow_limits),
                           self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->planner, "changed", G_CALLBACK (on_planner_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->planner, "notify::can-merge", G_CALLBACK (on_can_merge), self,
                           G_CONNECT_SWAPPED);
  /* Files may be there now that were not, or the other way round. */
  g_signal_connect_object (am_workspace_get_queue (self->workspace), "run-finished",
                           G_CALLBACK (am_planner_refresh), self->planner, G_CONNECT_SWAPPED);
  am_plan_view_set_has_place (self->plan, has_place, self);
  am_plan_view_set_planner (self->plan, self->planner, draft);
}

static const char *
find_statistics (const char *model, AmStatisticKind kind, gpointer shelf)
{
  AmStatisticsItem *item = am_statistics_shelf_find (shelf, model, kind);

  return item != NULL ? am_statistics_item_get_path (item) : NULL;
}

/* Statistics that are measured now fill the slots that lack them; those that go take nothing away. */
static void
on_shelf_changed (GListModel *shelf, guint position, guint n_removed, guint n_added, AmDraft *draft)
{
  if (n_added > 0)
    am_draft_fill_statistics (draft);
}

static void
offer_data (AmMergePage *self)
{
  AmDraft *draft = get_draft (self);
  AmStatisticsShelf *shelf = am_workspace_get_statistics (self->workspace);
  AmDataSource *source = am_workspace_get_data_source (self->workspace);

  am_draft_set_find_statistics (draft, find_statistics, shelf);
  g_signal_connect_object (shelf, "items-changed", G_CALLBACK (on_shelf_changed), draft, 0);
  am_slots_section_set_data_source (self->slots, source);
  am_align_section_set_data_source (self->align, source);
}

void
am_merge_page_set_workspace (AmMergePage *self, AmWorkspace *workspace)
{
  AmDraft *draft = am_workspace_get_draft (workspace);

  g_return_if_fail (AM_IS_MERGE_PAGE (self) && self->workspace == NULL);

  self->workspace = g_object_ref (workspace);
  am_slots_section_set_draft (self->slots, draft, am_workspace_get_library (workspace));
  am_method_section_set_draft (self->method, draft);
  am_align_section_set_draft (self->align, draft);
  am_blocks_section_set_draft (self->blocks, draft);
  am_parts_section_set_draft (self->parts, draft);
  am_output_section_set_draft (self->output, draft);
  offer_data (self);
  g_signal_connect_object (draft, "changed", G_CALLBACK (show_parts), self, G_CONNECT_SWAPPED);
  on_items_changed (self);
  make_planner (self);
}

gboolean
am_merge_page_get_can_merge (AmMergePage *self)
{
  return self->planner != NULL && am_planner_get_can_merge (self->planner);
}

void
am_merge_page_run (AmMergePage *self)
{
  g_return_if_fail (AM_IS_MERGE_PAGE (self));

  if (!am_merge_page_get_can_merge (self))
    return;
  self->wants_run = TRUE;
  start_if_wanted (self);
}
