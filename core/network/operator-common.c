#include "network/operator-private.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"

gboolean
am_operation_fail (const AmOperation *operation, GError **error, const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list arguments;

  va_start (arguments, format);
  message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error (error, AM_ERROR, AM_ERROR_MISMATCH, "%s (%s): %s", operation->node->name,
               am_node_type_get_id (operation->node->type), message);
  return FALSE;
}

void
am_fill_rows (AmReal *out, gsize n_rows, gsize n, gsize stride, const AmReal *bias)
{
  for (gsize r = 0; r < n_rows; r++)
    if (bias != NULL)
      memcpy (out + r * stride, bias, n * sizeof *out);
    else
      memset (out + r * stride, 0, n * sizeof *out);
}

void
am_add_rows (AmReal *sums, const AmReal *in, gsize n_rows, gsize n, gsize stride)
{
  for (gsize r = 0; r < n_rows; r++)
    for (gsize i = 0; i < n; i++)
      sums[i] += in[r * stride + i];
}

AmWindow
am_window_get (const AmNode *node)
{
  return (AmWindow){ MAX (node->kernel, 1), MAX (node->stride, 1), node->padding, MAX (node->dilation, 1) };
}

/* @n: rows in one direction. */
static gboolean
count_windows (const AmOperation *operation, guint64 n, guint64 *count, GError **error)
{
  const AmNode *node = operation->node;
  const AmWindow window = am_window_get (node);
  const guint64 extent = (window.kernel - 1) * window.dilation + 1;
  const guint64 outside = (guint64)node->padding + node->padding_end;

  if (n > G_MAXUINT32)
    return am_operation_fail (operation, error, T_ ("a picture of %lu x %lu is too large"),
                              (gulong)operation->inputs[0]->height, (gulong)operation->inputs[0]->width);
  if (n + outside < extent)
    return am_operation_fail (operation, error,
                              T_ ("a picture of %lu x %lu; expected at least %lu x %lu here"),
                              (gulong)operation->inputs[0]->height, (gulong)operation->inputs[0]->width,
                              (gulong)(extent - outside), (gulong)(extent - outside));
  *count = (n + outside - extent) / window.stride + 1;
  return TRUE;
}

gboolean
am_window_shape (AmOperation *operation, GError **error)
{
  const AmValue *in = operation->inputs[0];

  return count_windows (operation, in->height, &operation->output->height, error)
         && count_windows (operation, in->width, &operation->output->width, error);
}

gint64
am_window_clip (const AmWindow *window, guint64 position, guint64 n, guint64 *first, guint64 *end)
{
  const gint64 start = (gint64)(position * window->stride) - (gint64)window->padding;
  const gint64 step = (gint64)window->dilation;

  *first = start < 0 ? MIN ((guint64)((-start + step - 1) / step), window->kernel) : 0;
  *end = start < (gint64)n ? MIN ((guint64)(((gint64)n - start + step - 1) / step), window->kernel) : *first;
  *end = MAX (*end, *first);
  return start;
}

typedef struct
{
  AmReal *data;
  gsize n;
} ThreadMemory;

static void
free_memory (gpointer data)
{
  ThreadMemory *memory = data;

  g_free (memory->data);
  g_free (memory);
}

static GPrivate thread_memory = G_PRIVATE_INIT (free_memory);

/* Pages that are asked for anew for every layer would cost as much as some layers. */
AmReal *
am_thread_memory_get (gsize n)
{
  ThreadMemory *memory = g_private_get (&thread_memory);

  if (memory == NULL)
    {
      memory = g_new0 (ThreadMemory, 1);
      g_private_set (&thread_memory, memory);
    }
  if (memory->n < n)
    {
      g_free (memory->data);
      memory->data = g_new (AmReal, n);
      memory->n = n;
    }
  return memory->data;
}
