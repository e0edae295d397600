#include "planner.h"

#include <glib/gi18n.h>

#include "base/job.h"

/* Long enough to see a stroke of the mouse through, short enough to feel at once. */
#define DELAY_MS 150

struct _AmPlanner
{
  GObject parent_instance;

  AmDraft *draft;
  AmHistory *history;
  guint n_threads;
  guint64 memory_limit;

  guint timeout; /* source that starts the next plan, or 0 */
  AmJob *job;    /* that plans now, or %NULL */
  gboolean is_stale;
  gboolean was_ready;
  AmPlannerState state;
  AmForecast *forecast;
  char **complaints;
  char **align_complaints; /* some of them */
};

enum
{
  PROP_CAN_MERGE = 1,
  N_PROPS
};

enum
{
  SIGNAL_CHANGED,
  N_SIGNALS
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (AmPlanner, am_planner, G_TYPE_OBJECT)

static void
forecast_clear (gpointer data)
{
  AmForecast *forecast = data;

  am_plan_free (forecast->plan);
  g_strfreev (forecast->complaints);
  g_strfreev (forecast->align_complaints);
  g_free (forecast->output);
  g_free (forecast->output_problem);
}

AmForecast *
am_forecast_ref (AmForecast *forecast)
{
  return g_atomic_rc_box_acquire (forecast);
}

void
am_forecast_unref (AmForecast *forecast)
{
  g_atomic_rc_box_release_full (forecast, forecast_clear);
}

typedef struct
{
  GPtrArray *recipes;
  char *output;
  AmMergeOptions options;
} Question;

static void
question_free (gpointer data)
{
  Question *question = data;

  g_ptr_array_unref (question->recipes);
  g_free (question->output);
  g_free (question);
}

static guint64
find_free_space (const char *output)
{
  g_autofree char *folder = g_path_get_dirname (output);
  g_autoptr (GFile) file = g_file_new_for_path (folder);
  g_autoptr (GFileInfo) info
      = g_file_query_filesystem_info (file, G_FILE_ATTRIBUTE_FILESYSTEM_FREE, NULL, NULL);

  return info != NULL ? g_file_info_get_attribute_uint64 (info, G_FILE_ATTRIBUTE_FILESYSTEM_FREE) : 0;
}

static char **
split (const GError *error)
{
  return g_strsplit (error->message, "\n", -1);
}

/* What the question's recipe would be told without the alignment: the complaints that stay are about
 * something else. */
static char **
find_align_complaints (const Question *question, const char *const *complaints)
{
  AmRecipe *last = g_ptr_array_index (question->recipes, question->recipes->len - 1);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autoptr (AmPlan) made = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) others = NULL;

  if (last->align == NULL)
    return NULL;
  g_clear_pointer (&last->align, am_align_settings_free);
  made = am_plan_new (question->recipes, &question->options, &error);
  others = made != NULL ? g_new0 (char *, 1) : split (error);
  for (guint i = 0; complaints[i] != NULL; i++)
    if (!g_strv_contains ((const char *const *)others, complaints[i]))
      g_strv_builder_add (builder, complaints[i]);
  return g_strv_builder_end (builder);
}

static AmForecast *
new_complaints (const Question *question, const GError *error)
{
  AmForecast *forecast = g_atomic_rc_box_new0 (AmForecast);

  forecast->complaints = split (error);
  forecast->align_complaints = find_align_complaints (question, (const char *const *)forecast->complaints);
  return forecast;
}

static gpointer
plan (gpointer data, const AmProgress *progress, GCancellable *cancellable, GError **error)
{
  Question *question = data;
  g_autoptr (GError) problem = NULL;
  g_autoptr (AmPlan) made = am_plan_new (question->recipes, &question->options, &problem);
  AmForecast *forecast;

  if (made == NULL)
    return new_complaints (question, problem);
  forecast = g_atomic_rc_box_new0 (AmForecast);
  forecast->output = g_strdup (question->output);
  forecast->output_exists = g_file_test (question->output, G_FILE_TEST_EXISTS);
  forecast->free_space = find_free_space (question->output);
  if (!am_plan_check_output (made, question->output, &problem))
    forecast->output_problem = g_strdup (problem->message);
  forecast->plan = g_steal_pointer (&made);
  return forecast;
}

static void
set_complaints (AmPlanner *self, const char *const *complaints, const char *const *align_complaints)
{
  g_strfreev (self->complaints);
  g_strfreev (self->align_complaints);
  self->complaints = g_strdupv ((char **)complaints);
  self->align_complaints = g_strdupv ((char **)align_complaints);
}

static void
set_state (AmPlanner *self, AmPlannerState state)
{
  gboolean could_merge = am_planner_get_can_merge (self);

  if (self->state != AM_PLANNER_PLANNING)
    self->was_ready = self->state == AM_PLANNER_READY;
  self->state = state;
  if (state != AM_PLANNER_FAILED)
    set_complaints (self, NULL, NULL);
  if (state == AM_PLANNER_INCOMPLETE || state == AM_PLANNER_FAILED)
    g_clear_pointer (&self->forecast, am_forecast_unref);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
  if (could_merge != am_planner_get_can_merge (self))
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CAN_MERGE]);
}

static void
take_forecast (AmPlanner *self, AmForecast *forecast)
{
  const char *const problem[] = { forecast->output_problem, NULL };
  const char *const *complaints
      = forecast->complaints != NULL ? (const char *const *)forecast->complaints : problem;

  if (complaints[0] != NULL)
    {
      set_complaints (self, complaints, (const char *const *)forecast->align_complaints);
      am_forecast_unref (forecast);
      set_state (self, AM_PLANNER_FAILED);
      return;
    }
  g_clear_pointer (&self->forecast, am_forecast_unref);
  self->forecast = forecast;
  set_state (self, AM_PLANNER_READY);
}

static void start (AmPlanner *self);

static void
on_finished (AmJob *job, AmPlanner *self)
{
  g_autoptr (AmJob) finished = g_steal_pointer (&self->job);

  if (self->is_stale)
    {
      if (self->timeout == 0)
        start (self);
      return;
    }
  take_forecast (self, am_job_steal_result (finished));
}

static void
start (AmPlanner *self)
{
  Question *question;

  if (!am_draft_is_complete (self->draft))
    return;
  question = g_new0 (Question, 1);
  question->recipes = am_draft_dup_recipes (self->draft);
  question->output = am_draft_dup_output_path (self->draft);
  question->options.n_threads = self->n_threads;
  question->options.memory_limit = self->memory_limit;
  question->options.no_metadata = !am_draft_get_embeds_metadata (self->draft);
  /* Whether an existing file may be replaced is asked when the merge starts. */
  question->options.force = TRUE;
  self->is_stale = FALSE;
  self->job = am_job_new (_ ("Planning"), plan, question, question_free, (GDestroyNotify)am_forecast_unref);
  g_signal_connect_object (self->job, "finished", G_CALLBACK (on_finished), self, 0);
  am_job_start (self->job);
}

static gboolean
on_timeout (gpointer data)
{
  AmPlanner *self = data;

  self->timeout = 0;
  if (self->job == NULL)
    start (self);
  return G_SOURCE_REMOVE;
}

void
am_planner_refresh (AmPlanner *self)
{
  g_return_if_fail (AM_IS_PLANNER (self));

  self->is_stale = TRUE;
  g_clear_handle_id (&self->timeout, g_source_remove);
  if (!am_draft_is_complete (self->draft))
    {
      set_state (self, AM_PLANNER_INCOMPLETE);
      return;
    }
  self->timeout = g_timeout_add (DELAY_MS, on_timeout, self);
  if (self->state != AM_PLANNER_PLANNING)
    set_state (self, AM_PLANNER_PLANNING);
}

static void
am_planner_dispose (GObject *object)
{
  AmPlanner *self = AM_PLANNER (object);

  g_clear_handle_id (&self->timeout, g_source_remove);
  if (self->job != NULL)
    g_signal_handlers_disconnect_by_data (self->job, self);
  g_clear_object (&self->job);
  g_clear_object (&self->draft);
  g_clear_object (&self->history);

  G_OBJECT_CLASS (am_planner_parent_class)->dispose (object);
}

static void
am_planner_finalize (GObject *object)
{
  AmPlanner *self = AM_PLANNER (object);

  g_clear_pointer (&self->forecast, am_forecast_unref);
  set_complaints (self, NULL, NULL);

  G_OBJECT_CLASS (am_planner_parent_class)->finalize (object);
}

static void
am_planner_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  if (id == PROP_CAN_MERGE)
    g_value_set_boolean (value, am_planner_get_can_merge (AM_PLANNER (object)));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
am_planner_class_init (AmPlannerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = am_planner_dispose;
  object_class->finalize = am_planner_finalize;
  object_class->get_property = am_planner_get_property;

  properties[PROP_CAN_MERGE]
      = g_param_spec_boolean ("can-merge", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  signals[SIGNAL_CHANGED]
      = g_signal_new ("changed", AM_TYPE_PLANNER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
am_planner_init (AmPlanner *self)
{
}

AmPlanner *
am_planner_new (AmDraft *draft, AmHistory *history)
{
  AmPlanner *self;

  g_return_val_if_fail (AM_IS_DRAFT (draft), NULL);

  self = g_object_new (AM_TYPE_PLANNER, NULL);
  self->draft = g_object_ref (draft);
  g_set_object (&self->history, history);
  g_signal_connect_object (draft, "changed", G_CALLBACK (am_planner_refresh), self, G_CONNECT_SWAPPED);
  am_planner_refresh (self);
  return self;
}

void
am_planner_set_limits (AmPlanner *self, guint n_threads, guint64 memory_limit)
{
  g_return_if_fail (AM_IS_PLANNER (self));

  if (self->n_threads == n_threads && self->memory_limit == memory_limit)
    return;
  self->n_threads = n_threads;
  self->memory_limit = memory_limit;
  am_planner_refresh (self);
}

AmPlannerState
am_planner_get_state (AmPlanner *self)
{
  return self->state;
}

AmForecast *
am_planner_get_forecast (AmPlanner *self)
{
  return self->forecast;
}

const char *const *
am_planner_get_complaints (AmPlanner *self)
{
  static const char *const none[] = { NULL };

  return self->complaints != NULL ? (const char *const *)self->complaints : none;
}

gboolean
am_planner_is_about_alignment (AmPlanner *self, const char *complaint)
{
  return self->align_complaints != NULL
         && g_strv_contains ((const char *const *)self->align_complaints, complaint);
}

gboolean
am_planner_get_can_merge (AmPlanner *self)
{
  return self->state == AM_PLANNER_READY || (self->state == AM_PLANNER_PLANNING && self->was_ready);
}

double
am_planner_get_seconds (AmPlanner *self)
{
  double speed = self->history != NULL
                     ? am_history_get_speed (self->history, am_draft_get_method (self->draft)->id)
                     : 0.0;

  if (speed <= 0.0 || self->forecast == NULL || am_plan_get_alignments (self->forecast->plan)->len > 0)
    return -1.0;
  return (double)(am_plan_get_read_size (self->forecast->plan)
                  + am_plan_get_output_size (self->forecast->plan))
         / speed;
}
