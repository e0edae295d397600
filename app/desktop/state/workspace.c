#include "workspace.h"

struct _AmWorkspace
{
  GObject parent_instance;

  AmDraft *draft;
  AmLibrary *library;
  AmRunQueue *queue;
  AmHistory *history;
  GSettings *settings;
  AmDataSource *data_source;
  AmStatisticsShelf *statistics;
};

enum
{
  PROP_DRAFT = 1,
  PROP_LIBRARY,
  PROP_QUEUE,
  PROP_HISTORY,
  PROP_SETTINGS,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (AmWorkspace, am_workspace, G_TYPE_OBJECT)

static void
am_workspace_finalize (GObject *object)
{
  AmWorkspace *self = AM_WORKSPACE (object);

  g_clear_object (&self->draft);
  g_clear_object (&self->library);
  g_clear_object (&self->queue);
  g_clear_object (&self->history);
  g_clear_object (&self->settings);
  g_clear_object (&self->data_source);
  g_clear_object (&self->statistics);

  G_OBJECT_CLASS (am_workspace_parent_class)->finalize (object);
}

static void
am_workspace_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  AmWorkspace *self = AM_WORKSPACE (object);

  switch (id)
    {
    case PROP_DRAFT:
      g_value_set_object (value, self->draft);
      break;
    case PROP_LIBRARY:
      g_value_set_object (value, self->library);
      break;
    case PROP_QUEUE:
      g_value_set_object (value, self->queue);
      break;
    case PROP_HISTORY:
      g_value_set_object (value, self->history);
      break;
    case PROP_SETTINGS:
      g_value_set_object (value, self->settings);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
am_workspace_class_init (AmWorkspaceClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->finalize = am_workspace_finalize;
  object_class->get_property = am_workspace_get_property;

  properties[PROP_DRAFT] = g_param_spec_object ("draft", NULL, NULL, AM_TYPE_DRAFT, flags);
  properties[PROP_LIBRARY] = g_param_spec_object ("library", NULL, NULL, AM_TYPE_LIBRARY, flags);
  properties[PROP_QUEUE] = g_param_spec_object ("queue", NULL, NULL, AM_TYPE_RUN_QUEUE, flags);
  properties[PROP_HISTORY] = g_param_spec_object ("history", NULL, NULL, AM_TYPE_HISTORY, flags);
  properties[PROP_SETTINGS] = g_param_spec_object ("settings", NULL, NULL, G_TYPE_SETTINGS, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
am_workspace_init (AmWorkspace *self)
{
  self->draft = am_draft_new ();
  self->queue = am_run_queue_new ();
  self->history = am_history_new ();
  self->statistics = am_statistics_shelf_new ();
}

static void
on_run_finished (AmRunQueue *queue, AmRun *run, AmWorkspace *self)
{
  am_history_add (self->history, run);
  if (am_job_get_state (am_run_get_job (run)) == AM_JOB_DONE)
    am_library_notice (self->library, am_run_get_output (run));
}

AmWorkspace *
am_workspace_new (GSettings *settings)
{
  AmWorkspace *self = g_object_new (AM_TYPE_WORKSPACE, NULL);

  self->settings = g_object_ref (settings);
  self->library = am_library_new (settings);
  self->data_source = am_data_source_new (settings);
  g_signal_connect_object (self->queue, "run-finished", G_CALLBACK (on_run_finished), self, 0);
  return self;
}

AmDraft *
am_workspace_get_draft (AmWorkspace *self)
{
  return self->draft;
}

AmLibrary *
am_workspace_get_library (AmWorkspace *self)
{
  return self->library;
}

AmRunQueue *
am_workspace_get_queue (AmWorkspace *self)
{
  return self->queue;
}

AmHistory *
am_workspace_get_history (AmWorkspace *self)
{
  return self->history;
}

GSettings *
am_workspace_get_settings (AmWorkspace *self)
{
  return self->settings;
}

AmDataSource *
am_workspace_get_data_source (AmWorkspace *self)
{
  return self->data_source;
}

AmStatisticsShelf *
am_workspace_get_statistics (AmWorkspace *self)
{
  return self->statistics;
}

AmRunOptions
am_workspace_get_run_options (AmWorkspace *self)
{
  return (AmRunOptions){
    .n_threads = g_settings_get_uint (self->settings, "threads"),
    .memory_limit = (guint64)g_settings_get_uint (self->settings, "memory-ceiling-mib") << 20,
    .embeds_metadata = am_draft_get_embeds_metadata (self->draft),
  };
}
