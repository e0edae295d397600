#include "architecture/model-private.h"

#include <string.h>

guint
am_checkpoint_seek (const AmCheckpoint *checkpoint, const char *prefix)
{
  guint first = 0, end = am_checkpoint_get_n_tensors (checkpoint);

  while (first < end)
    {
      guint middle = first + (end - first) / 2;

      if (strcmp (am_checkpoint_get_tensor (checkpoint, middle)->name, prefix) < 0)
        first = middle + 1;
      else
        end = middle;
    }
  return first;
}

static gboolean
starts_at (const AmCheckpoint *checkpoint, guint index, const char *prefix)
{
  return index < am_checkpoint_get_n_tensors (checkpoint)
         && g_str_has_prefix (am_checkpoint_get_tensor (checkpoint, index)->name, prefix);
}

gboolean
am_checkpoint_has_prefix (const AmCheckpoint *checkpoint, const char *prefix)
{
  return starts_at (checkpoint, am_checkpoint_seek (checkpoint, prefix), prefix);
}

static char *add_root (const AmModel *model, const char *format, va_list arguments) G_GNUC_PRINTF (2, 0);

static char *
add_root (const AmModel *model, const char *format, va_list arguments)
{
  g_autofree char *rest = g_strdup_vprintf (format, arguments);

  return g_strconcat (model->root, rest, NULL);
}

const AmTensor *
am_model_look (const AmModel *model, const char *format, ...)
{
  g_autofree char *name = NULL;
  va_list arguments;

  va_start (arguments, format);
  name = add_root (model, format, arguments);
  va_end (arguments);
  return am_checkpoint_find (model->checkpoint, name, NULL);
}

gboolean
am_model_has_under (const AmModel *model, const char *format, ...)
{
  g_autofree char *prefix = NULL;
  va_list arguments;

  va_start (arguments, format);
  prefix = add_root (model, format, arguments);
  va_end (arguments);
  return am_checkpoint_has_prefix (model->checkpoint, prefix);
}

/* The number at the start of @text plus one, or 0 when there is none or it is out of any reason. */
static guint
read_count (const char *text)
{
  char *end;
  guint64 number;

  if (!g_ascii_isdigit (text[0]))
    return 0;
  number = g_ascii_strtoull (text, &end, 10);
  return *end == '.' && number < G_MAXUINT16 ? (guint)number + 1 : 0;
}

guint
am_model_count_under (const AmModel *model, const char *format, ...)
{
  const AmCheckpoint *checkpoint = model->checkpoint;
  g_autofree char *prefix = NULL;
  guint count = 0;
  va_list arguments;

  va_start (arguments, format);
  prefix = add_root (model, format, arguments);
  va_end (arguments);
  for (guint i = am_checkpoint_seek (checkpoint, prefix); starts_at (checkpoint, i, prefix); i++)
    count = MAX (count, read_count (am_checkpoint_get_tensor (checkpoint, i)->name + strlen (prefix)));
  return count;
}

guint64
am_tensor_get_axis (const AmTensor *tensor, guint axis)
{
  return tensor != NULL && axis < tensor->n_dims ? tensor->shape[axis] : 0;
}
