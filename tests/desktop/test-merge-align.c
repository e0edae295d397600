#include "align-support.h"
#include "merge-place.h"
#include "merge/align-section.h"

static GtkWidget *
find_align_part (Place *place, GType type)
{
  g_autoptr (GPtrArray) found = g_ptr_array_new ();

  collect (find_one (place, AM_TYPE_ALIGN_SECTION), type, found);
  return g_ptr_array_index (found, 0);
}

static gboolean
is_gone (gpointer data)
{
  return !is_shown (data);
}

static void
test_align (Place *place, gconstpointer data)
{
  GtkSwitch *toggle = GTK_SWITCH (find_align_part (place, GTK_TYPE_SWITCH));
  GtkWidget *section = find_one (place, AM_TYPE_ALIGN_SECTION);
  GtkWidget *plan = find_one (place, AM_TYPE_PLAN_VIEW);

  desktop_test_wait (can_merge, place);
  g_assert_true (gtk_widget_get_sensitive (GTK_WIDGET (toggle)));
  g_assert_true (shows_text (section, "do not need it"));
  g_assert_false (shows_text (section, "Align to"));
  gtk_switch_set_active (toggle, TRUE);
  g_assert_true (am_draft_get_aligns (place->draft));
  g_assert_true (shows_text (section, "Align to"));
  wait_for_text (plan, "B will be brought into the order of A first");
  take_picture (GTK_WIDGET (place->window), "merge-align");

  adw_combo_row_set_selected (ADW_COMBO_ROW (find_align_part (place, ADW_TYPE_COMBO_ROW)), AM_ALIGN_TO_MEAN);
  gtk_spin_button_set_value (GTK_SPIN_BUTTON (find_align_part (place, GTK_TYPE_SPIN_BUTTON)), 3);
  g_assert_cmpint (am_draft_get_recipe (place->draft)->align->target, ==, AM_ALIGN_TO_MEAN);
  g_assert_cmpuint (am_draft_get_recipe (place->draft)->align->restarts, ==, 3);
  wait_for_text (plan, "an order that suits all models");
  gtk_switch_set_active (toggle, FALSE);
  g_assert_null (am_draft_get_recipe (place->draft)->align);
  desktop_test_wait (is_gone, &(Shown){ plan, "will be brought into" });
  am_draft_undo (place->draft);
  g_assert_true (gtk_switch_get_active (toggle));
}

/* One model has nothing to be aligned to; what was switched on can be switched off. */
static void
test_align_one (Place *place, gconstpointer data)
{
  GtkWidget *toggle = find_align_part (place, GTK_TYPE_SWITCH);

  am_draft_set_path (place->draft, 1, "");
  g_assert_false (gtk_widget_get_sensitive (toggle));
  g_assert_true (shows_text (find_one (place, AM_TYPE_ALIGN_SECTION), "Takes two models"));
  gtk_test_accessible_assert_property (GTK_ACCESSIBLE (toggle), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                       "Takes two models: choose another one first.");
  am_draft_set_aligns (place->draft, TRUE);
  g_assert_true (gtk_widget_get_sensitive (toggle));
  am_draft_set_path (place->draft, 1, place->demo.b);
  g_assert_true (gtk_widget_get_sensitive (toggle));
}

/* What has no control is said, and stays until it is taken back. */
static void
test_align_further (Place *place, gconstpointer data)
{
  GtkWidget *section = find_one (place, AM_TYPE_ALIGN_SECTION);
  g_autoptr (GPtrArray) buttons = g_ptr_array_new ();

  am_draft_set_align_target (place->draft, AM_ALIGN_TO_FILE, place->demo.a);
  g_assert_true (shows_text (section, "base.safetensors"));
  g_assert_false (shows_text (section, "Further settings"));
  am_draft_begin (place->draft, NULL)->align->seed = 7;
  am_draft_end (place->draft);
  g_assert_true (shows_text (section, "seed 7"));
  take_picture (GTK_WIDGET (place->window), "merge-align-further");
  collect (section, GTK_TYPE_BUTTON, buttons);
  for (guint i = 0; i < buttons->len; i++)
    if (g_strcmp0 (gtk_widget_get_tooltip_text (g_ptr_array_index (buttons, i)), "Back to the defaults") == 0)
      g_signal_emit_by_name (g_ptr_array_index (buttons, i), "clicked");
  g_assert_cmpuint (am_draft_get_recipe (place->draft)->align->seed, ==, 0);
  g_assert_cmpstr (am_draft_get_recipe (place->draft)->align->file, ==, place->demo.a);
  g_assert_false (shows_text (section, "Further settings"));
}

static char *
write_unknown (Place *place, const char *name)
{
  g_autoptr (Fixture) fixture = fixture_new ();

  fixture_add_random (fixture, "strange.weight", AM_DTYPE_F32, "8,4,3,3,3", 1, 1.0);
  return fixture_write (fixture, place->demo.folder, name);
}

/* A network nobody has described can be merged, but not aligned: the plan leads to the switch. */
static void
test_align_complaint (Place *place, gconstpointer data)
{
  g_autofree char *a = write_unknown (place, "strange-a.safetensors");
  g_autofree char *b = write_unknown (place, "strange-b.safetensors");
  GtkWidget *section = find_one (place, AM_TYPE_ALIGN_SECTION);
  GtkWidget *plan = find_one (place, AM_TYPE_PLAN_VIEW);
  GtkWidget *focus;

  am_draft_set_path (place->draft, 0, a);
  am_draft_set_path (place->draft, 1, b);
  am_draft_set_aligns (place->draft, TRUE);
  wait_for_text (plan, "This cannot be merged yet");
  g_assert_true (shows_text (section, "strange-b.safetensors"));
  take_picture (GTK_WIDGET (place->window), "merge-align-complaint");
  g_signal_emit_by_name (plan, "complaint-activated", 0);
  focus = gtk_window_get_focus (place->window);
  g_assert_nonnull (focus);
  g_assert_true (gtk_widget_is_ancestor (focus, section));
  am_draft_set_aligns (place->draft, FALSE);
  desktop_test_wait (can_merge, place);
  g_assert_false (shows_text (section, "strange-b.safetensors"));
}

int
main (int argc, char **argv)
{
  desktop_test_init (&argc, &argv);

#define ADD(name, function) g_test_add ("/merge-align/" name, Place, NULL, set_up, function, tear_down)
  ADD ("switch", test_align);
  ADD ("one-model", test_align_one);
  ADD ("further-settings", test_align_further);
  ADD ("complaint", test_align_complaint);
  return g_test_run ();
}
