/* Plans the merge being edited, again after every change, so that the page can say what would happen. */
#pragma once

#include "state/draft.h"
#include "state/history.h"

G_BEGIN_DECLS

/* A plan shared by those who show it; immutable. Of am_planner_get_forecast() it has a plan and no
 * complaints.
 */
typedef struct
{
  AmPlan *plan;
  char **complaints;       /* instead of a plan: what is wrong, one sentence each */
  char **align_complaints; /* those of them that would go if the models were not aligned */
  char *output;            /* where the result would go */
  char *output_problem;    /* why it cannot go there, or %NULL */
  gboolean output_exists;
  guint64 free_space; /* bytes where the result would go; 0 while unknown */
} AmForecast;

AmForecast *am_forecast_ref (AmForecast *forecast);
void am_forecast_unref (AmForecast *forecast);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AmForecast, am_forecast_unref)

typedef enum
{
  AM_PLANNER_INCOMPLETE, /* a model is missing */
  AM_PLANNER_PLANNING,
  AM_PLANNER_READY,
  AM_PLANNER_FAILED, /* see am_planner_get_complaints() */
} AmPlannerState;

#define AM_TYPE_PLANNER (am_planner_get_type ())
G_DECLARE_FINAL_TYPE (AmPlanner, am_planner, AM, PLANNER, GObject)

/**
 * am_planner_new:
 * @history: (nullable): for estimates of time
 *
 * Follows @draft from now on: a little after its last change the plan is made on a thread, one at a time;
 * what became stale meanwhile is dropped. Signal "changed" when state, plan or complaints are others.
 * Property "can-merge". Of the main thread.
 */
AmPlanner *am_planner_new (AmDraft *draft, AmHistory *history);

/* As AmMergeOptions have them. Plans again when they are others. */
void am_planner_set_limits (AmPlanner *self, guint n_threads, guint64 memory_limit);

/* Plans again though the draft is the same: files have changed. */
void am_planner_refresh (AmPlanner *self);

AmPlannerState am_planner_get_state (AmPlanner *self);

/* The newest plan, borrowed; while the next one is made it is that of a moment ago. %NULL when there is none.
 */
AmForecast *am_planner_get_forecast (AmPlanner *self);

/* What is wrong, one sentence each, %NULL-terminated and borrowed; empty unless the state is FAILED. */
const char *const *am_planner_get_complaints (AmPlanner *self);

/* Whether @complaint, one of them, comes of the wish to align the models. */
gboolean am_planner_is_about_alignment (AmPlanner *self, const char *complaint);

/* Whether the merge may be started: it is ready, or it was before the latest small change. */
gboolean am_planner_get_can_merge (AmPlanner *self);

/* How long the merge will take, from earlier ones; negative while that is unknown, as it is of merges that
 * align their models. */
double am_planner_get_seconds (AmPlanner *self);

G_END_DECLS
