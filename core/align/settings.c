#include "align/settings.h"

#include "base/text.h"

static const char *const orders[] = {
  [AM_ALIGN_RANDOM] = "random",
  [AM_ALIGN_FORWARD] = "forward",
  [AM_ALIGN_BACKWARD] = "backward",
  [AM_ALIGN_ALTERNATE] = "alternate",
};

static const char *const matchings[] = {
  [AM_ALIGN_BY_WEIGHTS] = "weights",
  [AM_ALIGN_BY_ACTIVATIONS] = "activations",
};

static const char *const objectives[] = {
  [AM_ALIGN_CORRELATION] = "correlation",
  [AM_ALIGN_PRODUCT] = "product",
};

AmAlignSettings *
am_align_settings_new (void)
{
  AmAlignSettings *self = g_new0 (AmAlignSettings, 1);

  self->restarts = 1;
  self->max_sweeps = 100;
  self->tolerance = 1e-6;
  self->n_samples = 1000;
  return self;
}

void
am_align_settings_free (AmAlignSettings *self)
{
  if (self == NULL)
    return;
  g_free (self->file);
  g_free (self->sha256);
  g_free (self->architecture);
  g_free (self->data);
  g_free (self->data_sha256);
  g_free (self->preprocessing);
  g_free (self);
}

AmAlignSettings *
am_align_settings_copy (const AmAlignSettings *self)
{
  AmAlignSettings *copy;

  if (self == NULL)
    return NULL;
  copy = g_memdup2 (self, sizeof *self);
  copy->file = g_strdup (self->file);
  copy->sha256 = g_strdup (self->sha256);
  copy->architecture = g_strdup (self->architecture);
  copy->data = g_strdup (self->data);
  copy->data_sha256 = g_strdup (self->data_sha256);
  copy->preprocessing = g_strdup (self->preprocessing);
  return copy;
}

const char *
am_align_settings_check (const AmAlignSettings *self)
{
  if (self->matching != AM_ALIGN_BY_ACTIVATIONS)
    return NULL;
  if (self->data == NULL)
    return T_ ("to match by activations takes data: pictures that both models understand");
  if (self->target == AM_ALIGN_TO_MEAN)
    return T_ (
        "a mean of models computes nothing that activations could be compared with: align to the first "
        "model or to a file, or match by weights");
  if (self->rotate)
    return T_ (
        "rotations are found from weights, not from activations: leave out rotate, or match by weights");
  return NULL;
}

/* The place of @text among @words, or -1. */
static gint
find_word (const char *const *words, guint n, const char *text)
{
  for (guint i = 0; i < n; i++)
    if (g_strcmp0 (text, words[i]) == 0)
      return (gint)i;
  return -1;
}

const char *
am_align_order_get_id (AmAlignOrder order)
{
  g_return_val_if_fail ((guint)order < G_N_ELEMENTS (orders), NULL);
  return orders[order];
}

gboolean
am_align_order_parse (const char *text, AmAlignOrder *order)
{
  gint found = find_word (orders, G_N_ELEMENTS (orders), text);

  if (found >= 0)
    *order = (AmAlignOrder)found;
  return found >= 0;
}

const char *
am_align_matching_get_id (AmAlignMatching matching)
{
  g_return_val_if_fail ((guint)matching < G_N_ELEMENTS (matchings), NULL);
  return matchings[matching];
}

gboolean
am_align_matching_parse (const char *text, AmAlignMatching *matching)
{
  gint found = find_word (matchings, G_N_ELEMENTS (matchings), text);

  if (found >= 0)
    *matching = (AmAlignMatching)found;
  return found >= 0;
}

const char *
am_align_objective_get_id (AmAlignObjective objective)
{
  g_return_val_if_fail ((guint)objective < G_N_ELEMENTS (objectives), NULL);
  return objectives[objective];
}

gboolean
am_align_objective_parse (const char *text, AmAlignObjective *objective)
{
  gint found = find_word (objectives, G_N_ELEMENTS (objectives), text);

  if (found >= 0)
    *objective = (AmAlignObjective)found;
  return found >= 0;
}
