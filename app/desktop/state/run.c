#include "state/run.h"

#include <glib/gi18n.h>

struct _AmRun
{
  GObject parent_instance;

  GPtrArray *recipes;
  char *output;
  char *title;
  char *subtitle;
  AmJob *job;
  gint64 started;
};

enum
{
  PROP_TITLE = 1,
  PROP_SUBTITLE,
  PROP_JOB,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (AmRun, am_run, G_TYPE_OBJECT)

/* What the job's thread works from. */
typedef struct
{
  GPtrArray *recipes;
  char *output;
  AmRunOptions options;
} Order;

typedef struct
{
  AmReport *report;
  AmRunSummary *summary;
} Outcome;

static void
order_free (gpointer data)
{
  Order *order = data;

  g_ptr_array_unref (order->recipes);
  g_free (order->output);
  g_free (order);
}

static void
outcome_free (gpointer data)
{
  Outcome *outcome = data;

  am_report_free (outcome->report);
  am_run_summary_free (outcome->summary);
  g_free (outcome);
}

static void
am_run_finalize (GObject *object)
{
  AmRun *self = AM_RUN (object);

  g_clear_object (&self->job);
  g_clear_pointer (&self->recipes, g_ptr_array_unref);
  g_free (self->output);
  g_free (self->title);
  g_free (self->subtitle);

  G_OBJECT_CLASS (am_run_parent_class)->finalize (object);
}

static void
am_run_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  AmRun *self = AM_RUN (object);

  switch (id)
    {
    case PROP_TITLE:
      g_value_set_string (value, self->title);
      break;
    case PROP_SUBTITLE:
      g_value_set_string (value, self->subtitle);
      break;
    case PROP_JOB:
      g_value_set_object (value, self->job);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
am_run_class_init (AmRunClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->finalize = am_run_finalize;
  object_class->get_property = am_run_get_property;

  properties[PROP_TITLE] = g_param_spec_string ("title", NULL, NULL, NULL, flags);
  properties[PROP_SUBTITLE] = g_param_spec_string ("subtitle", NULL, NULL, NULL, flags);
  properties[PROP_JOB] = g_param_spec_object ("job", NULL, NULL, AM_TYPE_JOB, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
am_run_init (AmRun *self)
{
}

static void
tell_opening (const AmProgress *progress)
{
  AmProgressState state = { .stage = N_ ("Opening the models"), .seconds_left = -1 };

  progress->func (&state, progress->user_data);
}

static gpointer
merge (gpointer data, const AmProgress *progress, GCancellable *cancellable, GError **error)
{
  const Order *order = data;
  AmMergeOptions options = {
    .n_threads = order->options.n_threads,
    .memory_limit = order->options.memory_limit,
    .no_metadata = !order->options.embeds_metadata,
    .force = order->options.replaces_output,
    .measure = TRUE,
  };
  g_autoptr (AmPlan) plan = NULL;
  g_autoptr (AmReport) report = NULL;
  Outcome *outcome;

  tell_opening (progress);
  plan = am_plan_new (order->recipes, &options, error);
  if (plan == NULL || g_cancellable_set_error_if_cancelled (cancellable, error))
    return NULL;
  report = am_merge_run (plan, order->output, progress, cancellable, error);
  if (report == NULL)
    return NULL;
  outcome = g_new0 (Outcome, 1);
  outcome->summary = am_run_summary_new (plan, report);
  outcome->report = g_steal_pointer (&report);
  return outcome;
}

static GPtrArray *
copy_recipes (const GPtrArray *recipes)
{
  GPtrArray *copy = g_ptr_array_new_full (recipes->len, (GDestroyNotify)am_recipe_free);

  for (guint i = 0; i < recipes->len; i++)
    g_ptr_array_add (copy, am_recipe_copy (g_ptr_array_index (recipes, i)));
  return copy;
}

static void
list_name (GStrvBuilder *builder, const AmRecipeModel *model)
{
  g_autofree char *name = g_path_get_basename (model->path);

  g_strv_builder_add (builder, name);
}

/* "Weighted sum: a.safetensors, b.safetensors". */
static char *
describe (const AmRecipe *recipe)
{
  const AmMethod *method = am_method_find (recipe->method);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) names = NULL;
  g_autofree char *list = NULL;

  if (recipe->base != NULL)
    list_name (builder, recipe->base);
  for (guint i = 0; i < recipe->models->len; i++)
    list_name (builder, g_ptr_array_index (recipe->models, i));
  names = g_strv_builder_end (builder);
  list = g_strjoinv (C_ ("between names in a list", ", "), names);
  /* Translators: method of a merge, then names of its models. */
  return g_strdup_printf (_ ("%s: %s"), method != NULL ? gettext (method->title) : recipe->method, list);
}

static void
note_start (AmJob *job, GParamSpec *pspec, AmRun *self)
{
  if (am_job_get_state (job) == AM_JOB_RUNNING)
    self->started = g_get_real_time () / G_USEC_PER_SEC;
}

AmRun *
am_run_new (const GPtrArray *recipes, const char *output, const AmRunOptions *options)
{
  AmRun *self;
  Order *order;

  g_return_val_if_fail (recipes != NULL && recipes->len > 0 && output != NULL, NULL);

  self = g_object_new (AM_TYPE_RUN, NULL);
  self->recipes = copy_recipes (recipes);
  self->output = g_strdup (output);
  self->title = g_path_get_basename (output);
  self->subtitle = describe (g_ptr_array_index (recipes, recipes->len - 1));
  order = g_new0 (Order, 1);
  order->recipes = g_ptr_array_ref (self->recipes);
  order->output = g_strdup (output);
  order->options = *options;
  self->job = am_job_new (self->title, merge, order, order_free, outcome_free);
  g_signal_connect_object (self->job, "notify::state", G_CALLBACK (note_start), self, 0);
  return self;
}

AmJob *
am_run_get_job (AmRun *self)
{
  return self->job;
}

const char *
am_run_get_title (AmRun *self)
{
  return self->title;
}

const char *
am_run_get_subtitle (AmRun *self)
{
  return self->subtitle;
}

const char *
am_run_get_output (AmRun *self)
{
  return self->output;
}

const GPtrArray *
am_run_get_recipes (AmRun *self)
{
  return self->recipes;
}

gint64
am_run_get_started (AmRun *self)
{
  return self->started;
}

const AmReport *
am_run_get_report (AmRun *self)
{
  const Outcome *outcome = am_job_get_result (self->job);

  return outcome != NULL ? outcome->report : NULL;
}

const AmRunSummary *
am_run_get_summary (AmRun *self)
{
  const Outcome *outcome = am_job_get_result (self->job);

  return outcome != NULL ? outcome->summary : NULL;
}
