#include "job.h"

struct _AmJob
{
  GObject parent_instance;

  char *title;
  AmJobFunc func;
  gpointer data;
  GDestroyNotify data_free;
  GDestroyNotify result_free;
  GCancellable *cancellable;
  GThread *thread;

  /* Of the main thread. */
  AmJobState state;
  char *stage;
  char *item;
  guint64 done_size;
  guint64 total_size;
  double speed;
  double seconds_left;
  gpointer result;
  GError *error;

  /* Written by the work's thread under the lock, and taken over by the main thread. */
  GMutex lock;
  gboolean is_update_pending;
  char *new_stage;
  char *new_item;
  AmProgressState news;
};

enum
{
  PROP_TITLE = 1,
  PROP_STATE,
  PROP_STAGE,
  PROP_ITEM,
  PROP_FRACTION,
  PROP_DONE_SIZE,
  PROP_TOTAL_SIZE,
  PROP_SPEED,
  PROP_SECONDS_LEFT,
  N_PROPS
};

enum
{
  SIGNAL_FINISHED,
  N_SIGNALS
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (AmJob, am_job, G_TYPE_OBJECT)

static void
am_job_finalize (GObject *object)
{
  AmJob *self = AM_JOB (object);

  if (self->data_free != NULL)
    g_clear_pointer (&self->data, self->data_free);
  if (self->result_free != NULL)
    g_clear_pointer (&self->result, self->result_free);
  g_clear_error (&self->error);
  g_clear_object (&self->cancellable);
  g_free (self->title);
  g_free (self->stage);
  g_free (self->item);
  g_free (self->new_stage);
  g_free (self->new_item);
  g_mutex_clear (&self->lock);

  G_OBJECT_CLASS (am_job_parent_class)->finalize (object);
}

static void
am_job_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  AmJob *self = AM_JOB (object);

  switch (id)
    {
    case PROP_TITLE:
      g_value_set_string (value, self->title);
      break;
    case PROP_STATE:
      g_value_set_uint (value, self->state);
      break;
    case PROP_STAGE:
      g_value_set_string (value, self->stage);
      break;
    case PROP_ITEM:
      g_value_set_string (value, self->item);
      break;
    case PROP_FRACTION:
      g_value_set_double (value, am_job_get_fraction (self));
      break;
    case PROP_DONE_SIZE:
      g_value_set_uint64 (value, self->done_size);
      break;
    case PROP_TOTAL_SIZE:
      g_value_set_uint64 (value, self->total_size);
      break;
    case PROP_SPEED:
      g_value_set_double (value, self->speed);
      break;
    case PROP_SECONDS_LEFT:
      g_value_set_double (value, self->seconds_left);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
am_job_class_init (AmJobClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->finalize = am_job_finalize;
  object_class->get_property = am_job_get_property;

  properties[PROP_TITLE] = g_param_spec_string ("title", NULL, NULL, NULL, flags);
  properties[PROP_STATE] = g_param_spec_uint ("state", NULL, NULL, 0, AM_JOB_CANCELLED, 0, flags);
  properties[PROP_STAGE] = g_param_spec_string ("stage", NULL, NULL, NULL, flags);
  properties[PROP_ITEM] = g_param_spec_string ("item", NULL, NULL, NULL, flags);
  properties[PROP_FRACTION] = g_param_spec_double ("fraction", NULL, NULL, -1, 1, -1, flags);
  properties[PROP_DONE_SIZE] = g_param_spec_uint64 ("done-size", NULL, NULL, 0, G_MAXUINT64, 0, flags);
  properties[PROP_TOTAL_SIZE] = g_param_spec_uint64 ("total-size", NULL, NULL, 0, G_MAXUINT64, 0, flags);
  properties[PROP_SPEED] = g_param_spec_double ("speed", NULL, NULL, 0, G_MAXDOUBLE, 0, flags);
  properties[PROP_SECONDS_LEFT]
      = g_param_spec_double ("seconds-left", NULL, NULL, -G_MAXDOUBLE, G_MAXDOUBLE, -1, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  signals[SIGNAL_FINISHED] = g_signal_new ("finished", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                           NULL, NULL, G_TYPE_NONE, 0);
}

static void
am_job_init (AmJob *self)
{
  g_mutex_init (&self->lock);
  self->cancellable = g_cancellable_new ();
  self->seconds_left = -1;
}

AmJob *
am_job_new (const char *title, AmJobFunc func, gpointer data, GDestroyNotify data_free,
            GDestroyNotify result_free)
{
  AmJob *self = g_object_new (AM_TYPE_JOB, NULL);

  self->title = g_strdup (title);
  self->func = func;
  self->data = data;
  self->data_free = data_free;
  self->result_free = result_free;
  return self;
}

static void
take_over_news (AmJob *self)
{
  g_mutex_lock (&self->lock);
  self->is_update_pending = FALSE;
  g_free (self->stage);
  self->stage = g_strdup (self->new_stage);
  g_free (self->item);
  self->item = g_strdup (self->new_item);
  self->done_size = self->news.done_size;
  self->total_size = self->news.total_size;
  self->speed = self->news.speed;
  self->seconds_left = self->news.seconds_left;
  g_mutex_unlock (&self->lock);
}

static void
notify_progress (AmJob *self)
{
  GObject *object = G_OBJECT (self);

  g_object_freeze_notify (object);
  for (guint i = PROP_STAGE; i < N_PROPS; i++)
    g_object_notify_by_pspec (object, properties[i]);
  g_object_thaw_notify (object);
}

static gboolean
update (gpointer user_data)
{
  AmJob *self = user_data;

  take_over_news (self);
  if (self->state == AM_JOB_RUNNING)
    notify_progress (self);
  return G_SOURCE_REMOVE;
}

/* Called on the work's thread. */
static void
keep_news (const AmProgressState *state, gpointer user_data)
{
  AmJob *self = user_data;
  gboolean is_update_wanted;

  g_mutex_lock (&self->lock);
  g_free (self->new_stage);
  self->new_stage = g_strdup (state->stage);
  g_free (self->new_item);
  self->new_item = g_strdup (state->item);
  self->news = *state;
  is_update_wanted = !self->is_update_pending;
  self->is_update_pending = TRUE;
  g_mutex_unlock (&self->lock);

  /* Below redrawing, so that reports never hold a frame up. */
  if (is_update_wanted)
    g_idle_add_full (G_PRIORITY_LOW, update, g_object_ref (self), g_object_unref);
}

static AmJobState
get_end_state (const GError *error)
{
  if (error == NULL)
    return AM_JOB_DONE;
  if (g_error_matches (error, AM_ERROR, AM_ERROR_CANCELLED)
      || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return AM_JOB_CANCELLED;
  return AM_JOB_FAILED;
}

static void
set_state (AmJob *self, AmJobState state)
{
  self->state = state;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATE]);
}

static gboolean
finish (gpointer user_data)
{
  AmJob *self = user_data;

  g_clear_pointer (&self->thread, g_thread_join);
  if (self->new_stage != NULL)
    take_over_news (self);
  set_state (self, get_end_state (self->error));
  notify_progress (self);
  g_signal_emit (self, signals[SIGNAL_FINISHED], 0);
  return G_SOURCE_REMOVE;
}

static gpointer
work (gpointer user_data)
{
  AmJob *self = user_data;
  AmProgress progress = { keep_news, self };

  self->result = self->func (self->data, &progress, self->cancellable, &self->error);
  /* The reference taken by am_job_start() is dropped on the main thread, where the job dies. */
  g_idle_add_full (G_PRIORITY_DEFAULT, finish, self, g_object_unref);
  return NULL;
}

void
am_job_start (AmJob *self)
{
  g_return_if_fail (AM_IS_JOB (self) && self->state == AM_JOB_WAITING && self->thread == NULL);

  set_state (self, AM_JOB_RUNNING);
  g_object_ref (self);
  self->thread = g_thread_new ("job", work, self);
}

void
am_job_cancel (AmJob *self)
{
  g_return_if_fail (AM_IS_JOB (self));

  g_cancellable_cancel (self->cancellable);
  if (self->state != AM_JOB_WAITING)
    return;
  set_state (self, AM_JOB_CANCELLED);
  g_signal_emit (self, signals[SIGNAL_FINISHED], 0);
}

void
am_job_drop (AmJob **job, gpointer owner)
{
  if (*job == NULL)
    return;
  g_signal_handlers_disconnect_by_data (*job, owner);
  am_job_cancel (*job);
  g_clear_object (job);
}

AmJobState
am_job_get_state (AmJob *self)
{
  return self->state;
}

gboolean
am_job_is_finished (AmJob *self)
{
  return self->state >= AM_JOB_DONE;
}

const char *
am_job_get_title (AmJob *self)
{
  return self->title;
}

const char *
am_job_get_stage (AmJob *self)
{
  return self->stage;
}

const char *
am_job_get_item (AmJob *self)
{
  return self->item;
}

double
am_job_get_fraction (AmJob *self)
{
  if (self->total_size == 0)
    return -1;
  return CLAMP ((double)self->done_size / (double)self->total_size, 0, 1);
}

guint64
am_job_get_done_size (AmJob *self)
{
  return self->done_size;
}

guint64
am_job_get_total_size (AmJob *self)
{
  return self->total_size;
}

double
am_job_get_speed (AmJob *self)
{
  return self->speed;
}

double
am_job_get_seconds_left (AmJob *self)
{
  return self->seconds_left;
}

gpointer
am_job_get_result (AmJob *self)
{
  return am_job_is_finished (self) ? self->result : NULL;
}

gpointer
am_job_steal_result (AmJob *self)
{
  return am_job_is_finished (self) ? g_steal_pointer (&self->result) : NULL;
}

const GError *
am_job_get_error (AmJob *self)
{
  return am_job_is_finished (self) ? self->error : NULL;
}
