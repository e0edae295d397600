/* What tests of the compare page share. */
#pragma once

#include "desktop-support.h"

#include "compare/comparison.h"
#include "fixture-checkpoint.h"

static inline gboolean
is_job_finished (gpointer job)
{
  return am_job_is_finished (job);
}

/* Compares two files; a failure aborts the test. (transfer full). */
static inline AmComparison *
compare_files (const char *a, const char *b)
{
  g_autoptr (AmJob) job = am_comparison_job_new (a, b, 1);

  am_job_start (job);
  desktop_test_wait (is_job_finished, job);
  g_assert_no_error (am_job_get_error (job));
  return am_job_steal_result (job);
}

/* The first widget of @type in the tree below @root. */
static inline GtkWidget *
find_widget (GtkWidget *root, GType type)
{
  GtkWidget *found = g_type_is_a (G_OBJECT_TYPE (root), type) ? root : NULL;

  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = find_widget (child, type);
  return found;
}
