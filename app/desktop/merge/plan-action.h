/* What happens to some of the tensors, in a sentence that unfolds into the list of them. */
#pragma once

#include <adwaita.h>

#include "planner.h"

G_BEGIN_DECLS

#define AM_TYPE_PLAN_ACTION (am_plan_action_get_type ())
G_DECLARE_FINAL_TYPE (AmPlanAction, am_plan_action, AM, PLAN_ACTION, AdwBin)

AmPlanAction *am_plan_action_new (AmAction action);

/* Shows the tensors of @forecast that meet the action; hidden when there are none. */
void am_plan_action_set_forecast (AmPlanAction *self, AmForecast *forecast);

/* "686 tensors will be merged"; (transfer full). */
char *am_plan_action_make_sentence (AmAction action, guint n);

G_END_DECLS
