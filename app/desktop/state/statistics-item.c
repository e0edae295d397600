#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <string.h>

#include "base/readable.h"
#include "state/statistics-item-private.h"

struct _AmStatisticsItem
{
  GObject parent_instance;

  char *path;
  char *model_name;
  char *model_sha256;
  char *data_name;
  guint64 n_samples; /* 0 where the file does not tell */
  guint kinds;
  gint64 modified; /* microseconds */
};

G_DEFINE_FINAL_TYPE (AmStatisticsItem, am_statistics_item, G_TYPE_OBJECT)

static void
am_statistics_item_finalize (GObject *object)
{
  AmStatisticsItem *self = AM_STATISTICS_ITEM (object);

  g_free (self->path);
  g_free (self->model_name);
  g_free (self->model_sha256);
  g_free (self->data_name);

  G_OBJECT_CLASS (am_statistics_item_parent_class)->finalize (object);
}

static void
am_statistics_item_class_init (AmStatisticsItemClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = am_statistics_item_finalize;
}

static void
am_statistics_item_init (AmStatisticsItem *self)
{
}

static gint64
get_modified (const char *path)
{
  GStatBuf info;

  if (g_stat (path, &info) != 0)
    return 0;
  return (gint64)info.st_mtim.tv_sec * G_USEC_PER_SEC + info.st_mtim.tv_nsec / 1000;
}

static char *
dup_base_name (const char *path)
{
  return path != NULL ? g_path_get_basename (path) : NULL;
}

static guint
collect_kinds (const AmStatistics *statistics)
{
  guint kinds = 0;

  for (guint i = 0; i < am_statistics_get_n (statistics); i++)
    kinds |= 1u << am_statistics_get (statistics, i)->kind;
  return kinds;
}

AmStatisticsItem *
am_statistics_item_read (const char *path)
{
  gint64 modified = get_modified (path);
  g_autoptr (AmStatistics) statistics = am_statistics_open (path, NULL);
  AmStatisticsItem *self;
  const char *samples;

  if (statistics == NULL)
    return NULL;
  self = g_object_new (AM_TYPE_STATISTICS_ITEM, NULL);
  self->path = g_strdup (path);
  self->modified = modified;
  self->model_name = dup_base_name (am_statistics_get_metadata (statistics, "model"));
  if (self->model_name == NULL)
    self->model_name = g_path_get_basename (path);
  self->model_sha256 = g_strdup (am_statistics_get_metadata (statistics, "model_sha256"));
  self->data_name = dup_base_name (am_statistics_get_metadata (statistics, "data"));
  samples = am_statistics_get_metadata (statistics, "samples");
  if (samples != NULL)
    g_ascii_string_to_unsigned (samples, 10, 0, G_MAXUINT64, &self->n_samples, NULL);
  self->kinds = collect_kinds (statistics);
  return self;
}

gboolean
am_statistics_item_equals (AmStatisticsItem *a, AmStatisticsItem *b)
{
  return a->modified == b->modified && strcmp (a->path, b->path) == 0;
}

gint
am_statistics_item_compare_newest_first (AmStatisticsItem *a, AmStatisticsItem *b)
{
  if (a->modified != b->modified)
    return a->modified < b->modified ? 1 : -1;
  return strcmp (a->path, b->path);
}

const char *
am_statistics_item_get_path (AmStatisticsItem *self)
{
  return self->path;
}

const char *
am_statistics_item_get_model_name (AmStatisticsItem *self)
{
  return self->model_name;
}

const char *
am_statistics_item_get_model_sha256 (AmStatisticsItem *self)
{
  return self->model_sha256;
}

guint
am_statistics_item_get_kinds (AmStatisticsItem *self)
{
  return self->kinds;
}

static char *
dup_kinds_text (guint kinds)
{
  const char *const names[AM_N_STATISTICS] = {
    [AM_STATISTIC_FISHER] = C_ ("statistics", "Fisher"),
    [AM_STATISTIC_GRAM] = C_ ("statistics", "Gram matrices"),
    [AM_STATISTIC_MOMENTS] = C_ ("statistics", "moments"),
  };
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) chosen = NULL;

  for (guint i = 0; i < AM_N_STATISTICS; i++)
    if ((kinds & (1u << i)) != 0)
      g_strv_builder_add (builder, names[i]);
  chosen = g_strv_builder_end (builder);
  return g_strjoinv (C_ ("between items of a list", ", "), chosen);
}

char *
am_statistics_item_dup_subtitle (AmStatisticsItem *self)
{
  g_autofree char *kinds = dup_kinds_text (self->kinds);
  g_autofree char *date = am_readable_date (self->modified / G_USEC_PER_SEC);
  g_autofree char *count = am_readable_count (self->n_samples);
  g_autofree char *samples = NULL;

  if (self->n_samples == 0)
    return g_strdup_printf (C_ ("kinds of statistics · date", "%s · %s"), kinds, date);
  samples = g_strdup_printf (ngettext ("%s sample", "%s samples", self->n_samples), count);
  if (self->data_name == NULL)
    return g_strdup_printf (C_ ("kinds of statistics · samples · date", "%s · %s · %s"), kinds, samples,
                            date);
  return g_strdup_printf (C_ ("kinds of statistics · samples · data · date", "%s · %s of %s · %s"), kinds,
                          samples, self->data_name, date);
}
