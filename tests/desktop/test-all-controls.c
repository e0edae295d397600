/* Whatever can have the focus has a name that a screen reader can say, and pictures are there: in every
 * template alone, and in every window with a whole workspace in it. */
#include "demo-workspace.h"

#include <string.h>

#include "application.h"
#include "preferences/preferences-window.h"
#include "recipes/card-dialog.h"
#include "recipes/sweep-dialog.h"
#include "window.h"

typedef struct
{
  gboolean is_live; /* texts are there already */
  guint n_controls;
  GPtrArray *faults;
} Walk;

static AmApplication *application;
static GSettings *settings;

static gboolean
is_any_of (GtkWidget *widget, const char *const *names)
{
  for (GType type = G_OBJECT_TYPE (widget); type != 0; type = g_type_parent (type))
    if (g_strv_contains (names, g_type_name (type)))
      return TRUE;
  return FALSE;
}

/* Containers take the focus only to hand it on, and windows are named by their title. */
static gboolean
is_container (GtkWidget *widget)
{
  static const char *const names[] = { "GtkWindow",
                                       "GtkPopover",
                                       "GtkScrolledWindow",
                                       "GtkViewport",
                                       "GtkListBox",
                                       "GtkFlowBox",
                                       "GtkListBase",
                                       "GtkStack",
                                       "GtkNotebook",
                                       "GtkPaned",
                                       "GtkColumnView",
                                       "GtkListItemWidget",
                                       "AdwViewStack",
                                       "AdwFlap",
                                       "AdwLeaflet",
                                       "GtkBox",
                                       "AdwToastOverlay",
                                       "GtkColumnListView",
                                       "GtkColumnListItemWidget",
                                       "GtkPopoverContent",
                                       "GtkPopoverMenuBar",
                                       NULL };

  return is_any_of (widget, names);
}

/* These consist of parts that take the focus for them and have their name. */
static gboolean
has_own_parts (GtkWidget *widget)
{
  static const char *const names[] = { "GtkEntry",       "GtkSpinButton",
                                       "GtkSearchEntry", "GtkPasswordEntry",
                                       "GtkMenuButton",  "GtkDropDown",
                                       "AdwSplitButton", "AdwEntryRow",
                                       "AdwComboRow",    "GtkEditableLabel",
                                       "GtkScale",       "GtkColumnViewTitle",
                                       "GtkExpander",    NULL };

  return is_any_of (widget, names);
}

static gboolean
has_text (GtkWidget *widget, gboolean is_live)
{
  if (GTK_IS_LABEL (widget))
    return !is_live || !gtk_widget_get_mapped (widget) || *gtk_label_get_text (GTK_LABEL (widget)) != '\0';
  if (GTK_IS_POPOVER (widget))
    return FALSE;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    if (has_text (child, is_live))
      return TRUE;
  return FALSE;
}

static gboolean
has_name (GtkWidget *widget, gboolean is_live)
{
  GtkAccessible *accessible = GTK_ACCESSIBLE (widget);
  g_autoptr (GList) mnemonics = gtk_widget_list_mnemonic_labels (widget);

  if (gtk_test_accessible_has_property (accessible, GTK_ACCESSIBLE_PROPERTY_LABEL))
    return TRUE;
  /* A button says that its child names it, even where that is an icon. */
  if (!GTK_IS_BUTTON (widget)
      && gtk_test_accessible_has_relation (accessible, GTK_ACCESSIBLE_RELATION_LABELLED_BY))
    return TRUE;
  if (mnemonics != NULL)
    return TRUE;
  if (ADW_IS_PREFERENCES_ROW (widget)
      && *adw_preferences_row_get_title (ADW_PREFERENCES_ROW (widget)) != '\0')
    return TRUE;
  return has_text (widget, is_live);
}

static char *
describe (GtkWidget *widget)
{
  GString *path = g_string_new (NULL);

  for (; widget != NULL; widget = gtk_widget_get_parent (widget))
    {
      const char *id = gtk_buildable_get_buildable_id (GTK_BUILDABLE (widget));

      g_string_append_printf (path, "%s%s%s%s", path->len > 0 ? " in " : "", G_OBJECT_TYPE_NAME (widget),
                              id != NULL ? " " : "", id != NULL ? id : "");
    }
  return g_string_free (path, FALSE);
}

static gboolean
is_control (GtkWidget *widget)
{
  return !is_container (widget) && (gtk_widget_get_focusable (widget) || has_own_parts (widget));
}

/* Hidden for now, or on a page that is not the one shown: it has its turn. */
static gboolean
is_out_of_sight (GtkWidget *widget)
{
  return !gtk_widget_get_visible (widget) || !gtk_widget_get_child_visible (widget);
}

/* Parts that are named by what they stand for, as a parameter or a model: alone they stand for nothing. */
static gboolean
is_named_by_data (GtkWidget *widget)
{
  static const char *const names[]
      = { "AmBlockBar", "AmCheckRow", "AmHeatMapGrid", "AmParameterRow", "AmPolicyRow", "AmSideCard", NULL };

  return is_any_of (widget, names);
}

/* Icon themes drop icons from one version to the next. */
static gboolean
lacks_icon (GtkWidget *widget)
{
  const char *name = GTK_IS_IMAGE (widget) ? gtk_image_get_icon_name (GTK_IMAGE (widget)) : NULL;

  return name != NULL
         && !gtk_icon_theme_has_icon (gtk_icon_theme_get_for_display (gtk_widget_get_display (widget)), name);
}

static void
walk (GtkWidget *widget, Walk *state)
{
  if ((is_out_of_sight (widget) && !GTK_IS_POPOVER (widget))
      || (!state->is_live && is_named_by_data (widget)))
    return;
  if (is_control (widget))
    {
      state->n_controls++;
      if (!has_name (widget, state->is_live))
        g_ptr_array_add (state->faults, describe (widget));
    }
  if (lacks_icon (widget))
    {
      g_autofree char *where = describe (widget);

      g_ptr_array_add (state->faults,
                       g_strconcat (gtk_image_get_icon_name (GTK_IMAGE (widget)), " for ", where, NULL));
    }
  /* A popover inside of one of these has contents of its own. */
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    if (!has_own_parts (widget) || GTK_IS_POPOVER (child))
      walk (child, state);
}

static guint
check (GtkWidget *widget, gboolean is_live, const char *what)
{
  Walk state = { is_live, 0, g_ptr_array_new_with_free_func (g_free) };
  guint n_faults;

  walk (widget, &state);
  n_faults = state.faults->len;
  for (guint i = 0; i < n_faults; i++)
    g_printerr ("# %s: no name or icon: %s\n", what, (char *)g_ptr_array_index (state.faults, i));
  g_ptr_array_unref (state.faults);
  g_test_message ("%s: %u controls", what, state.n_controls);
  if (n_faults > 0)
    g_test_fail ();
  return state.n_controls;
}

/* The check sees what it is there to see. */
static void
test_check (void)
{
  g_autoptr (GtkWidget) bare = g_object_ref_sink (gtk_button_new_from_icon_name ("list-add-symbolic"));
  g_autoptr (GtkWidget) box = g_object_ref_sink (gtk_box_new (GTK_ORIENTATION_VERTICAL, 0));
  GtkWidget *scale = gtk_scale_new_with_range (GTK_ORIENTATION_HORIZONTAL, 0, 1, 0.1);
  GtkWidget *label = gtk_label_new_with_mnemonic ("_Alpha");
  Walk state = { TRUE, 0, g_ptr_array_new_with_free_func (g_free) };

  g_assert_true (is_control (bare));
  g_assert_false (has_name (bare, TRUE));
  /* GTK 4.8 takes a tooltip for a description. */
  gtk_widget_set_tooltip_text (bare, "Add");
  g_assert_false (has_name (bare, TRUE));
  gtk_accessible_update_property (GTK_ACCESSIBLE (bare), GTK_ACCESSIBLE_PROPERTY_LABEL, "Add", -1);
  g_assert_true (has_name (bare, TRUE));

  gtk_box_append (GTK_BOX (box), label);
  gtk_box_append (GTK_BOX (box), scale);
  walk (box, &state);
  g_assert_cmpuint (state.faults->len, ==, 1);
  gtk_label_set_mnemonic_widget (GTK_LABEL (label), scale);
  g_assert_true (has_name (scale, TRUE));
  g_ptr_array_unref (state.faults);
}

static gboolean
is_ours (GType type)
{
  const char *name = g_type_name (type);

  return name[0] == 'A' && name[1] == 'm' && g_ascii_isupper (name[2]) && !G_TYPE_IS_ABSTRACT (type);
}

static guint
check_types_below (GType parent)
{
  g_autofree GType *types = g_type_children (parent, NULL);
  guint n = 0;

  for (guint i = 0; types[i] != 0; i++)
    {
      n += check_types_below (types[i]);
      if (!is_ours (types[i]) || g_type_is_a (types[i], GTK_TYPE_WINDOW))
        continue;
      {
        g_autoptr (GtkWidget) widget = g_object_ref_sink (g_object_new (types[i], NULL));

        check (widget, FALSE, g_type_name (types[i]));
        n++;
      }
    }
  return n;
}

static AmWindow *
open_window (void)
{
  GtkWindow *window;

  g_application_activate (G_APPLICATION (application));
  window = gtk_application_get_active_window (GTK_APPLICATION (application));
  gtk_test_widget_wait_for_draw (GTK_WIDGET (window));
  desktop_test_settle ();
  return AM_WINDOW (window);
}

/* After the others, so that all types are known. */
static void
test_templates (void)
{
  guint n = check_types_below (GTK_TYPE_WIDGET);

  g_test_message ("%u widgets of our own", n);
  g_assert_cmpuint (n, >, 20);
}

static void
test_first_run (void)
{
  AmWindow *window;

  demo_reset_settings (settings);
  window = open_window ();
  g_assert_cmpuint (check (GTK_WIDGET (window), TRUE, "first run"), >, 5);
  gtk_window_destroy (GTK_WINDOW (window));
}

static gboolean
is_queue_done (gpointer queue)
{
  return am_run_queue_get_n_open (queue) == 0;
}

static void
run_once (AmWorkspace *workspace)
{
  g_autoptr (GPtrArray) recipes = am_draft_dup_recipes (am_workspace_get_draft (workspace));
  g_autofree char *output = am_draft_dup_output_path (am_workspace_get_draft (workspace));
  AmRunOptions options = am_workspace_get_run_options (workspace);
  g_autoptr (AmRun) run = am_run_new (recipes, output, &options);

  am_run_queue_add (am_workspace_get_queue (workspace), run);
  desktop_test_wait (is_queue_done, am_workspace_get_queue (workspace));
}

/* Every page with models in it, for methods of every shape. */
static void
test_pages (void)
{
  static const char *const pages[] = { "library", "merge", "runs", "compare", "measure" };
  static const char *const methods[] = { "weighted_sum", "sum_twice", "ties", "slerp", "della" };
  AmWorkspace *workspace = am_application_get_workspace (application);
  AmDraft *draft = am_workspace_get_draft (workspace);
  g_autofree char *folder = g_build_filename (g_get_user_data_dir (), "controls", NULL);
  g_autofree char *a = NULL, *b = NULL, *text = NULL;
  const char *folders[] = { folder, NULL };
  AmWindow *window;

  g_assert_cmpint (g_mkdir_with_parents (folder, 0755), ==, 0);
  demo_write_models (folder, &a, &b);
  g_settings_set_boolean (settings, "welcome-done", TRUE);
  g_settings_set_boolean (settings, "notify", FALSE);
  g_settings_set_strv (settings, "library-folders", folders);
  g_settings_set_string (settings, "data-path", folder);
  am_draft_set_path (draft, 0, a);
  am_draft_set_path (draft, 1, b);
  am_draft_set_output_folder (draft, folder);
  window = open_window ();
  run_once (workspace);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.compare", "(ss)", a, b);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.measure", "s", a);
  for (gsize i = 0; i < G_N_ELEMENTS (pages); i++)
    {
      gtk_widget_activate_action (GTK_WIDGET (window), "win.show-page", "s", pages[i]);
      gtk_test_widget_wait_for_draw (GTK_WIDGET (window));
      desktop_test_settle ();
      g_assert_cmpuint (check (GTK_WIDGET (window), TRUE, pages[i]), >, 10);
    }
  gtk_widget_activate_action (GTK_WIDGET (window), "win.show-page", "s", "merge");
  for (gsize i = 0; i < G_N_ELEMENTS (methods); i++)
    {
      am_draft_set_method (draft, methods[i]);
      gtk_test_widget_wait_for_draw (GTK_WIDGET (window));
      check (GTK_WIDGET (window), TRUE, methods[i]);
    }
  gtk_window_destroy (GTK_WINDOW (window));
}

static void
check_window (gpointer window, const char *what)
{
  gtk_window_present (window);
  gtk_test_widget_wait_for_draw (window);
  g_assert_cmpuint (check (window, TRUE, what), >, 2);
  gtk_window_destroy (window);
}

static void
test_dialogs (void)
{
  DemoWorkspace demo;

  demo_workspace_init (&demo);
  check_window (am_card_dialog_new (demo.workspace), "recipe card");
  check_window (am_sweep_dialog_new (demo.workspace), "sweep");
  check_window (am_preferences_window_new (demo.workspace), "preferences");
  demo_workspace_clear (&demo);
}

int
main (int argc, char **argv)
{
  desktop_test_init (&argc, &argv);
  settings = g_settings_new (AM_APPLICATION_ID);
  application = am_application_new ();
  g_application_set_flags (G_APPLICATION (application),
                           G_APPLICATION_HANDLES_OPEN | G_APPLICATION_NON_UNIQUE);
  g_assert_true (g_application_register (G_APPLICATION (application), NULL, NULL));
  g_application_hold (G_APPLICATION (application));

  g_test_add_func ("/controls/check", test_check);
  g_test_add_func ("/controls/first-run", test_first_run);
  g_test_add_func ("/controls/pages", test_pages);
  g_test_add_func ("/controls/dialogs", test_dialogs);
  g_test_add_func ("/controls/templates", test_templates);
  return g_test_run ();
}
