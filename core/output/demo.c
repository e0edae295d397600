#include "output/demo.h"

#include <math.h>
#include <string.h>

#include "architecture/model.h"
#include "kernels/kernels.h"
#include "kernels/philox.h"
#include "output/file-writer.h"
#include "output/layout.h"

#define WIDTH_DIVISOR 8
#define SEED 20240229u
#define DEMO_DTYPE AM_DTYPE_F16

/* What tells the second checkpoint from the first; NULL for the first. */
typedef struct
{
  AmCheckpoint *checkpoint;
  AmModel *model;
} Sibling;

static guint64
count_elements (const AmExpectedTensor *tensor)
{
  guint64 length = 1;

  for (guint i = 0; i < tensor->n_dims; i++)
    length *= tensor->shape[i];
  return length;
}

static AmDtype
choose_dtype (const AmExpectedTensor *tensor)
{
  return am_dtype_is_mergeable (tensor->dtype) ? DEMO_DTYPE : tensor->dtype;
}

/* Spread of the values about their centre, roughly as in a fresh network. */
static float
choose_spread (const AmExpectedTensor *tensor, guint64 length)
{
  if (tensor->n_dims < 2)
    return 0.08f;
  return 1.2f / sqrtf ((float)(length / tensor->shape[0]) + 1.0f);
}

/* Scales of norms lie about 1, everything else about 0. */
static float
choose_centre (const AmExpectedTensor *tensor)
{
  return tensor->n_dims == 1 && g_str_has_suffix (tensor->name, "weight") ? 1.0f : 0.0f;
}

/* Adds even noise of [-spread, spread). */
static void
add_noise (float *values, guint64 length, guint32 model, const char *name, float spread)
{
  guint32 key[2], words[256];

  am_philox_key (key, SEED, model, name);
  for (guint64 first = 0; first < length; first += G_N_ELEMENTS (words))
    {
      gsize n = (gsize)MIN (G_N_ELEMENTS (words), length - first);

      am_philox_words (words, key, 0, first, n);
      for (gsize i = 0; i < n; i++)
        values[first + i] += spread * ((float)(words[i] >> 8) * 0x1p-23f - 1.0f);
    }
}

static double
bump (double x, double centre, double width)
{
  return exp (-(x - centre) * (x - centre) / (2.0 * width * width));
}

/* A style fine-tune moves attention to the text most, in the middle of the way down and late on the way up.
 */
static float
choose_drift (const AmTensorRole *role, guint n_blocks)
{
  static const double by_kind[AM_N_LAYER_KINDS] = {
    [AM_LAYER_OTHER] = 0.05,          [AM_LAYER_CONV] = 0.3,          [AM_LAYER_SELF_ATTENTION] = 0.6,
    [AM_LAYER_CROSS_ATTENTION] = 1.0, [AM_LAYER_FEED_FORWARD] = 0.45, [AM_LAYER_NORM] = 0.1,
    [AM_LAYER_EMBEDDING] = 0.08,      [AM_LAYER_PROJECTION] = 0.35,
  };
  double x;

  if (role->component == AM_COMPONENT_TEXT_ENCODER)
    return (float)(0.03 * by_kind[role->kind]);
  if (role->component != AM_COMPONENT_DIFFUSION || role->block >= n_blocks)
    return 0.0f;
  x = (double)role->block / n_blocks;
  return (float)(by_kind[role->kind] * (0.015 + 0.16 * bump (x, 0.3, 0.09) + 0.34 * bump (x, 0.78, 0.1)));
}

static void
fill_values (const AmExpectedTensor *tensor, guint64 length, const Sibling *sibling, float *values)
{
  float spread = choose_spread (tensor, length);
  guint index;

  for (guint64 i = 0; i < length; i++)
    values[i] = choose_centre (tensor);
  add_noise (values, length, 0, tensor->name, spread);
  if (sibling != NULL && am_checkpoint_find (sibling->checkpoint, tensor->name, &index) != NULL)
    {
      const AmTensorRole *role = am_model_get_role (sibling->model, index);
      float drift = choose_drift (role, am_model_get_n_blocks (sibling->model));

      if (drift > 0.0f)
        add_noise (values, length, 1, tensor->name, drift * spread);
    }
}

/* CLIP's position_ids count up; there are no other integers in this layout. */
static void
fill_integers (AmDtype dtype, guint64 length, guint8 *dest)
{
  gsize width = am_dtype_get_bits (dtype) / 8;

  memset (dest, 0, length * width);
  for (guint64 i = 0; i < length; i++)
    dest[i * width] = (guint8)(i & 0xff);
}

static void
fill_tensor (const AmExpectedTensor *tensor, const Sibling *sibling, guint8 *dest)
{
  guint64 length = count_elements (tensor);
  AmDtype dtype = choose_dtype (tensor);
  AmNarrowCounts counts = { 0, 0, 0 };
  g_autofree float *values = NULL;

  if (!am_dtype_is_mergeable (dtype))
    {
      fill_integers (dtype, length, dest);
      return;
    }
  values = g_new (float, length);
  fill_values (tensor, length, sibling, values);
  am_kernels_get ()->narrow_float (dest, values, dtype, length, &counts);
}

/* The table without averaged copies, schedules and the like, which would double the files. */
static GArray *
list_tensors (void)
{
  GArray *table = am_family_list_tensors (AM_FAMILY_SD1, WIDTH_DIVISOR);

  for (guint i = table->len; i > 0; i--)
    if (g_array_index (table, AmExpectedTensor, i - 1).is_optional)
      g_array_remove_index (table, i - 1);
  return table;
}

static AmLayout *
lay_out (const GArray *table)
{
  AmLayoutTensor *tensors = g_new0 (AmLayoutTensor, table->len);

  for (guint i = 0; i < table->len; i++)
    {
      const AmExpectedTensor *expected = &g_array_index (table, AmExpectedTensor, i);

      tensors[i].name = expected->name;
      tensors[i].dtype = choose_dtype (expected);
      tensors[i].n_dims = expected->n_dims;
      tensors[i].shape = expected->shape;
      tensors[i].size = count_elements (expected) * am_dtype_get_bits (tensors[i].dtype) / 8;
    }
  return am_layout_new (tensors, table->len, 0);
}

static gboolean
write_model (const GArray *table, const Sibling *sibling, const char *path, GError **error)
{
  g_autoptr (AmLayout) layout = lay_out (table);
  g_autoptr (GByteArray) header = am_layout_make_header (layout, 0, NULL, 0, error);
  g_autofree guint8 *bytes = NULL;
  gsize size;

  if (header == NULL)
    return FALSE;
  size = header->len + layout->files[0].data_size;
  bytes = g_malloc (size);
  memcpy (bytes, header->data, header->len);
  for (guint i = 0; i < table->len; i++)
    fill_tensor (&g_array_index (table, AmExpectedTensor, i), sibling,
                 bytes + header->len + layout->tensors[i].offset);
  return am_file_write_whole (path, bytes, size, FALSE, TRUE, error);
}

gboolean
am_demo_write_models (const char *folder, char **path_a, char **path_b, GError **error)
{
  g_autoptr (GArray) table = list_tensors ();
  g_autofree char *a = g_build_filename (folder, "base.safetensors", NULL);
  g_autofree char *b = g_build_filename (folder, "style.safetensors", NULL);
  g_autoptr (AmCheckpoint) checkpoint = NULL;
  g_autoptr (AmModel) model = NULL;

  if (!write_model (table, NULL, a, error))
    return FALSE;
  checkpoint = am_checkpoint_open (a, error);
  if (checkpoint == NULL)
    return FALSE;
  model = am_model_new (checkpoint);
  if (!write_model (table, &(Sibling){ checkpoint, model }, b, error))
    return FALSE;
  *path_a = g_steal_pointer (&a);
  *path_b = g_steal_pointer (&b);
  return TRUE;
}
