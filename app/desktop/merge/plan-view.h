/* What the merge will do, in plain words, before it runs. */
#pragma once

#include <adwaita.h>

#include "planner.h"

G_BEGIN_DECLS

#define AM_TYPE_PLAN_VIEW (am_plan_view_get_type ())
G_DECLARE_FINAL_TYPE (AmPlanView, am_plan_view, AM, PLAN_VIEW, AdwBin)

/* Both are kept; the planner is followed. Once. */
void am_plan_view_set_planner (AmPlanView *self, AmPlanner *planner, AmDraft *draft);

/* Complaints are shown with a button to go to the place where they can be mended, given by
 * "complaint-activated" (guint number of the complaint), where @has_place says so. */
typedef gboolean (*AmComplaintHasPlace) (const char *complaint, gpointer data);
void am_plan_view_set_has_place (AmPlanView *self, AmComplaintHasPlace has_place, gpointer data);

G_END_DECLS
