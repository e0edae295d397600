/* What tests of widgets share: start-up without a user's settings, a main loop to wait in, and pictures. */
#pragma once

#include <adwaita.h>

/* Skips the program (exit 77) where there is no display. Registers the app's resources. */
void desktop_test_init (int *argc, char ***argv);

/* Runs the main loop until @is_done (data) or a minute has passed; fails the test then. */
void desktop_test_wait (gboolean (*is_done) (gpointer data), gpointer data);

/* Runs the main loop until nothing is pending. */
void desktop_test_settle (void);

/* A window around @child, shown and drawn once. (transfer full): gtk_window_destroy(). */
GtkWindow *desktop_test_show (GtkWidget *child, int width, int height);

/* Saves what the widget looks like as PNG into $AMALGAM_SCREENSHOTS, or does nothing when that is unset. */
void desktop_test_save_picture (GtkWidget *widget, const char *name);
