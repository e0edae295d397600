#include "state/run-queue.h"

/* What a finished run found out is kept in memory while it is in the list. */
#define MAX_FINISHED 30

struct _AmRunQueue
{
  GObject parent_instance;

  GPtrArray *runs;
  AmRun *current;
};

enum
{
  PROP_N_OPEN = 1,
  PROP_CURRENT,
  N_PROPS
};

enum
{
  SIGNAL_RUN_FINISHED,
  N_SIGNALS
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

static void list_model_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (AmRunQueue, am_run_queue, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

static GType
get_item_type (GListModel *model)
{
  return AM_TYPE_RUN;
}

static guint
get_n_items (GListModel *model)
{
  return AM_RUN_QUEUE (model)->runs->len;
}

static gpointer
get_item (GListModel *model, guint position)
{
  AmRunQueue *self = AM_RUN_QUEUE (model);

  return position < self->runs->len ? g_object_ref (g_ptr_array_index (self->runs, position)) : NULL;
}

static void
list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

static void
am_run_queue_dispose (GObject *object)
{
  AmRunQueue *self = AM_RUN_QUEUE (object);

  for (guint i = 0; i < self->runs->len; i++)
    g_signal_handlers_disconnect_by_data (am_run_get_job (g_ptr_array_index (self->runs, i)), self);
  g_clear_object (&self->current);
  g_ptr_array_set_size (self->runs, 0);

  G_OBJECT_CLASS (am_run_queue_parent_class)->dispose (object);
}

static void
am_run_queue_finalize (GObject *object)
{
  g_ptr_array_unref (AM_RUN_QUEUE (object)->runs);

  G_OBJECT_CLASS (am_run_queue_parent_class)->finalize (object);
}

static void
am_run_queue_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  AmRunQueue *self = AM_RUN_QUEUE (object);

  switch (id)
    {
    case PROP_N_OPEN:
      g_value_set_uint (value, am_run_queue_get_n_open (self));
      break;
    case PROP_CURRENT:
      g_value_set_object (value, self->current);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
am_run_queue_class_init (AmRunQueueClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->dispose = am_run_queue_dispose;
  object_class->finalize = am_run_queue_finalize;
  object_class->get_property = am_run_queue_get_property;

  properties[PROP_N_OPEN] = g_param_spec_uint ("n-open", NULL, NULL, 0, G_MAXUINT, 0, flags);
  properties[PROP_CURRENT] = g_param_spec_object ("current", NULL, NULL, AM_TYPE_RUN, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  signals[SIGNAL_RUN_FINISHED] = g_signal_new ("run-finished", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST,
                                               0, NULL, NULL, NULL, G_TYPE_NONE, 1, AM_TYPE_RUN);
}

static void
am_run_queue_init (AmRunQueue *self)
{
  self->runs = g_ptr_array_new_with_free_func (g_object_unref);
}

static AmJobState
get_state (AmRun *run)
{
  return am_job_get_state (am_run_get_job (run));
}

static gboolean
is_waiting (gpointer run)
{
  return get_state (run) == AM_JOB_WAITING;
}

static AmRun *
find_waiting (AmRunQueue *self)
{
  for (guint i = 0; i < self->runs->len; i++)
    if (is_waiting (g_ptr_array_index (self->runs, i)))
      return g_ptr_array_index (self->runs, i);
  return NULL;
}

static void
remove_at (AmRunQueue *self, guint position)
{
  g_autoptr (AmRun) run = g_object_ref (g_ptr_array_index (self->runs, position));

  g_signal_handlers_disconnect_by_data (am_run_get_job (run), self);
  g_ptr_array_remove_index (self->runs, position);
  g_list_model_items_changed (G_LIST_MODEL (self), position, 1, 0);
}

static void
remove_oldest_finished (AmRunQueue *self)
{
  guint n_finished = self->runs->len - am_run_queue_get_n_open (self);

  for (guint i = 0; i < self->runs->len && n_finished > MAX_FINISHED;)
    if (am_job_is_finished (am_run_get_job (g_ptr_array_index (self->runs, i))))
      {
        remove_at (self, i);
        n_finished--;
      }
    else
      i++;
}

static void
start_next (AmRunQueue *self)
{
  AmRun *next = self->current == NULL ? find_waiting (self) : NULL;

  if (next != NULL)
    {
      self->current = g_object_ref (next);
      am_job_start (am_run_get_job (next));
    }
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CURRENT]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_N_OPEN]);
}

static AmRun *
find_run (AmRunQueue *self, AmJob *job)
{
  for (guint i = 0; i < self->runs->len; i++)
    if (am_run_get_job (g_ptr_array_index (self->runs, i)) == job)
      return g_ptr_array_index (self->runs, i);
  return NULL;
}

static void
on_finished (AmJob *job, AmRunQueue *self)
{
  g_autoptr (AmRun) run = g_object_ref (find_run (self, job));

  if (run == self->current)
    g_clear_object (&self->current);
  g_signal_emit (self, signals[SIGNAL_RUN_FINISHED], 0, run);
  remove_oldest_finished (self);
  start_next (self);
}

AmRunQueue *
am_run_queue_new (void)
{
  return g_object_new (AM_TYPE_RUN_QUEUE, NULL);
}

void
am_run_queue_add (AmRunQueue *self, AmRun *run)
{
  g_return_if_fail (AM_IS_RUN_QUEUE (self) && AM_IS_RUN (run) && is_waiting (run));

  g_ptr_array_add (self->runs, g_object_ref (run));
  g_signal_connect (am_run_get_job (run), "finished", G_CALLBACK (on_finished), self);
  g_list_model_items_changed (G_LIST_MODEL (self), self->runs->len - 1, 0, 1);
  start_next (self);
}

void
am_run_queue_cancel_all (AmRunQueue *self)
{
  g_autoptr (GPtrArray) runs = g_ptr_array_copy (self->runs, (GCopyFunc)(void (*) (void))g_object_ref, NULL);

  g_ptr_array_set_free_func (runs, g_object_unref);
  /* Those that wait first, so that none of them starts when the one that runs stops. */
  for (guint i = 0; i < runs->len; i++)
    if (is_waiting (g_ptr_array_index (runs, i)))
      am_job_cancel (am_run_get_job (g_ptr_array_index (runs, i)));
  if (self->current != NULL)
    am_job_cancel (am_run_get_job (self->current));
}

void
am_run_queue_remove_finished (AmRunQueue *self)
{
  for (guint i = self->runs->len; i > 0; i--)
    if (am_job_is_finished (am_run_get_job (g_ptr_array_index (self->runs, i - 1))))
      remove_at (self, i - 1);
}

guint
am_run_queue_get_n_open (AmRunQueue *self)
{
  guint n = 0;

  for (guint i = 0; i < self->runs->len; i++)
    n += !am_job_is_finished (am_run_get_job (g_ptr_array_index (self->runs, i)));
  return n;
}

AmRun *
am_run_queue_get_current (AmRunQueue *self)
{
  return self->current;
}

void
am_run_queue_remove (AmRunQueue *self, AmRun *run)
{
  guint position;

  g_return_if_fail (AM_IS_RUN_QUEUE (self) && AM_IS_RUN (run));

  if (run == self->current)
    return;
  if (is_waiting (run))
    am_job_cancel (am_run_get_job (run));
  if (g_ptr_array_find (self->runs, run, &position))
    remove_at (self, position);
}

/* Where @run would go, or its own place when it cannot move that way. */
static guint
find_place (AmRunQueue *self, AmRun *run, gint steps, guint *from)
{
  guint place, to;

  if (!is_waiting (run) || !g_ptr_array_find (self->runs, run, from))
    return *from = G_MAXUINT;
  place = to = *from;
  while (steps != 0)
    {
      to += steps < 0 ? -1 : 1;
      if (to >= self->runs->len)
        break;
      if (!is_waiting (g_ptr_array_index (self->runs, to)))
        continue;
      place = to;
      steps += steps < 0 ? 1 : -1;
    }
  return place;
}

gboolean
am_run_queue_can_move (AmRunQueue *self, AmRun *run, gint steps)
{
  guint from;

  return find_place (self, run, steps, &from) != from;
}

void
am_run_queue_move (AmRunQueue *self, AmRun *run, gint steps)
{
  guint from;
  guint to = find_place (self, run, steps, &from);

  if (to == from)
    return;
  g_ptr_array_insert (self->runs, (gint)to, g_ptr_array_steal_index (self->runs, from));
  g_list_model_items_changed (G_LIST_MODEL (self), MIN (from, to), MAX (from, to) - MIN (from, to) + 1,
                              MAX (from, to) - MIN (from, to) + 1);
}

gboolean
am_run_queue_will_write (AmRunQueue *self, const char *path)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);

  for (guint i = 0; i < self->runs->len; i++)
    {
      AmRun *run = g_ptr_array_index (self->runs, i);
      g_autoptr (GFile) output = g_file_new_for_path (am_run_get_output (run));

      if (!am_job_is_finished (am_run_get_job (run)) && g_file_equal (file, output))
        return TRUE;
    }
  return FALSE;
}
