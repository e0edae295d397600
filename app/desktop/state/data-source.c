#include "state/data-source.h"

#include <glib/gi18n.h>
#include <string.h>

#include "base/job.h"
#include "base/readable.h"

struct _AmDataSource
{
  GObject parent_instance;

  char *path;
  char *preprocessing;
  guint64 n_samples;
  AmJob *job;
  char *summary;
  char *complaint;
};

enum
{
  PROP_PATH = 1,
  PROP_PREPROCESSING,
  PROP_N_SAMPLES,
  PROP_IS_READING,
  PROP_SUMMARY,
  PROP_COMPLAINT,
  N_PROPS
};

enum
{
  SIGNAL_CHANGED,
  N_SIGNALS
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (AmDataSource, am_data_source, G_TYPE_OBJECT)

static void
am_data_source_dispose (GObject *object)
{
  AmDataSource *self = AM_DATA_SOURCE (object);

  am_job_drop (&self->job, self);

  G_OBJECT_CLASS (am_data_source_parent_class)->dispose (object);
}

static void
am_data_source_finalize (GObject *object)
{
  AmDataSource *self = AM_DATA_SOURCE (object);

  g_free (self->path);
  g_free (self->preprocessing);
  g_free (self->summary);
  g_free (self->complaint);

  G_OBJECT_CLASS (am_data_source_parent_class)->finalize (object);
}

static void
am_data_source_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  AmDataSource *self = AM_DATA_SOURCE (object);

  switch (id)
    {
    case PROP_PATH:
      g_value_set_string (value, self->path);
      break;
    case PROP_PREPROCESSING:
      g_value_set_string (value, self->preprocessing);
      break;
    case PROP_N_SAMPLES:
      g_value_set_uint64 (value, self->n_samples);
      break;
    case PROP_IS_READING:
      g_value_set_boolean (value, self->job != NULL);
      break;
    case PROP_SUMMARY:
      g_value_set_string (value, self->summary);
      break;
    case PROP_COMPLAINT:
      g_value_set_string (value, self->complaint);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
notify (AmDataSource *self, guint id)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[id]);
}

static void
tell_findings (AmDataSource *self)
{
  notify (self, PROP_IS_READING);
  notify (self, PROP_SUMMARY);
  notify (self, PROP_COMPLAINT);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

/* The data as it will be read; pictures of a model that is not known yet keep their own size. */
static AmDataset *
open_data (const char *path, const char *preprocessing, GError **error)
{
  g_autoptr (AmPreprocessing) loaded = NULL;

  if (*preprocessing == '\0')
    return am_dataset_open (path, NULL, error);
  loaded = am_preprocessing_load (preprocessing, error);
  return loaded != NULL ? am_dataset_open (path, loaded, error) : NULL;
}

static char *
describe_samples (const AmDataset *dataset)
{
  guint64 n = am_dataset_get_n_samples (dataset), height, width, channels;
  g_autofree char *count = am_readable_count (n);
  g_autofree char *first = NULL, *second = NULL;

  am_dataset_get_shape (dataset, &height, &width, &channels);
  if (height == 1 && width == 1)
    {
      first = am_readable_count (channels);
      return g_strdup_printf (ngettext ("%s sample of %s numbers", "%s samples of %s numbers", n), count,
                              first);
    }
  if (height == 0 || width == 0)
    return g_strdup_printf (ngettext ("%s picture", "%s pictures", n), count);
  first = am_readable_count (width);
  second = am_readable_count (height);
  return g_strdup_printf (ngettext ("%s picture of %s × %s", "%s pictures of %s × %s", n), count, first,
                          second);
}

static char *
describe (const AmDataset *dataset)
{
  g_autofree char *samples = describe_samples (dataset);
  g_autofree char *count = NULL, *classes = NULL;
  guint n = am_dataset_get_n_classes (dataset);

  if (!am_dataset_has_labels (dataset))
    return g_strdup_printf (C_ ("data", "%s, without classes"), samples);
  count = am_readable_count (n);
  classes = g_strdup_printf (ngettext ("%s class", "%s classes", n), count);
  return g_strdup_printf (C_ ("data", "%s, %s"), samples, classes);
}

static gpointer
look (gpointer data, const AmProgress *progress, GCancellable *cancellable, GError **error)
{
  const AmDataChoice *choice = data;
  g_autoptr (AmDataset) dataset = open_data (choice->path, choice->preprocessing, error);

  return dataset != NULL ? describe (dataset) : NULL;
}

static void
on_finished (AmJob *job, AmDataSource *self)
{
  self->summary = am_job_steal_result (job);
  if (self->summary == NULL)
    self->complaint = g_strdup (am_job_get_error (job)->message);
  g_clear_object (&self->job);
  tell_findings (self);
}

static void
start_reading (AmDataSource *self)
{
  am_job_drop (&self->job, self);
  g_clear_pointer (&self->summary, g_free);
  g_clear_pointer (&self->complaint, g_free);
  if (*self->path != '\0')
    {
      self->job = am_job_new (_ ("Looking at data"), look, am_data_source_dup_choice (self),
                              (GDestroyNotify)am_data_choice_free, g_free);
      g_signal_connect_object (self->job, "finished", G_CALLBACK (on_finished), self, 0);
      am_job_start (self->job);
    }
  tell_findings (self);
}

static void
set_preprocessing (AmDataSource *self, const char *preprocessing)
{
  if (g_strcmp0 (self->preprocessing, preprocessing) == 0)
    return;
  g_free (self->preprocessing);
  self->preprocessing = g_strdup (preprocessing);
  notify (self, PROP_PREPROCESSING);
  start_reading (self);
}

static void
set_n_samples (AmDataSource *self, guint64 n_samples)
{
  if (self->n_samples == n_samples)
    return;
  self->n_samples = n_samples;
  notify (self, PROP_N_SAMPLES);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

static void
am_data_source_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  AmDataSource *self = AM_DATA_SOURCE (object);
  const char *text = G_VALUE_HOLDS_STRING (value) ? g_value_get_string (value) : NULL;

  switch (id)
    {
    case PROP_PATH:
      am_data_source_set_path (self, text != NULL ? text : "");
      break;
    case PROP_PREPROCESSING:
      set_preprocessing (self, text != NULL ? text : "");
      break;
    case PROP_N_SAMPLES:
      set_n_samples (self, g_value_get_uint64 (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
am_data_source_class_init (AmDataSourceClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags readable = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;
  GParamFlags writable = readable | G_PARAM_WRITABLE;

  object_class->dispose = am_data_source_dispose;
  object_class->finalize = am_data_source_finalize;
  object_class->get_property = am_data_source_get_property;
  object_class->set_property = am_data_source_set_property;

  properties[PROP_PATH] = g_param_spec_string ("path", NULL, NULL, "", writable);
  properties[PROP_PREPROCESSING] = g_param_spec_string ("preprocessing", NULL, NULL, "", writable);
  properties[PROP_N_SAMPLES] = g_param_spec_uint64 ("n-samples", NULL, NULL, 0, G_MAXUINT64, 0, writable);
  properties[PROP_IS_READING] = g_param_spec_boolean ("is-reading", NULL, NULL, FALSE, readable);
  properties[PROP_SUMMARY] = g_param_spec_string ("summary", NULL, NULL, NULL, readable);
  properties[PROP_COMPLAINT] = g_param_spec_string ("complaint", NULL, NULL, NULL, readable);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  signals[SIGNAL_CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                          NULL, NULL, G_TYPE_NONE, 0);
}

static void
am_data_source_init (AmDataSource *self)
{
  self->path = g_strdup ("");
  self->preprocessing = g_strdup ("");
}

AmDataSource *
am_data_source_new (GSettings *settings)
{
  AmDataSource *self = g_object_new (AM_TYPE_DATA_SOURCE, NULL);

  if (settings == NULL)
    return self;
  g_settings_bind (settings, "data-preprocessing", self, "preprocessing", G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (settings, "data-samples", self, "n-samples", G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (settings, "data-path", self, "path", G_SETTINGS_BIND_DEFAULT);
  return self;
}

const char *
am_data_source_get_path (AmDataSource *self)
{
  return self->path;
}

void
am_data_source_set_path (AmDataSource *self, const char *path)
{
  if (strcmp (self->path, path) == 0)
    return;
  g_free (self->path);
  self->path = g_strdup (path);
  notify (self, PROP_PATH);
  start_reading (self);
}

const char *
am_data_source_get_preprocessing (AmDataSource *self)
{
  return self->preprocessing;
}

guint64
am_data_source_get_n_samples (AmDataSource *self)
{
  return self->n_samples;
}

gboolean
am_data_source_is_ready (AmDataSource *self)
{
  return *self->path != '\0' && self->job == NULL && self->complaint == NULL;
}

AmDataChoice *
am_data_source_dup_choice (AmDataSource *self)
{
  AmDataChoice *choice = g_new0 (AmDataChoice, 1);

  choice->path = g_strdup (self->path);
  choice->preprocessing = g_strdup (self->preprocessing);
  choice->n_samples = self->n_samples;
  return choice;
}

void
am_data_choice_free (AmDataChoice *choice)
{
  g_free (choice->path);
  g_free (choice->preprocessing);
  g_free (choice);
}

AmDataset *
am_data_choice_open (const AmDataChoice *choice, const AmVisionNetwork *network, GError **error)
{
  const char *published = am_vision_network_get_preprocessing (network);
  g_autoptr (AmDataset) dataset = NULL;

  if (*choice->preprocessing != '\0')
    return open_data (choice->path, choice->preprocessing, error);
  if (strcmp (published, "none") != 0)
    dataset = open_data (choice->path, published, NULL);
  /* Numbers that are no pixels were brought to the model's range by whoever made them. */
  if (dataset == NULL || !am_dataset_has_pixels (dataset))
    return open_data (choice->path, "", error);
  return g_steal_pointer (&dataset);
}
