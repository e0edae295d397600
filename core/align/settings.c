#include "align/settings.h"

static const char *const orders[] = {
  [AM_ALIGN_RANDOM] = "random",
  [AM_ALIGN_FORWARD] = "forward",
  [AM_ALIGN_BACKWARD] = "backward",
  [AM_ALIGN_ALTERNATE] = "alternate",
};

AmAlignSettings *
am_align_settings_new (void)
{
  AmAlignSettings *self = g_new0 (AmAlignSettings, 1);

  self->restarts = 1;
  self->max_sweeps = 100;
  self->tolerance = 1e-6;
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
  return copy;
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
  for (guint i = 0; i < G_N_ELEMENTS (orders); i++)
    if (g_strcmp0 (text, orders[i]) == 0)
      {
        *order = (AmAlignOrder)i;
        return TRUE;
      }
  return FALSE;
}
