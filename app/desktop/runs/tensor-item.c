#include "runs/tensor-item.h"

#include <math.h>

#include "runs/run-words.h"

struct _AmTensorItem
{
  GObject parent_instance;

  char *name;
  char *shape;
  const char *dtype;
  double moved;
  double cosine;
};

enum
{
  PROP_NAME = 1,
  PROP_SHAPE,
  PROP_DTYPE,
  PROP_MOVED,
  PROP_COSINE,
  PROP_MOVED_TEXT,
  PROP_COSINE_TEXT,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (AmTensorItem, am_tensor_item, G_TYPE_OBJECT)

static void
am_tensor_item_finalize (GObject *object)
{
  AmTensorItem *self = AM_TENSOR_ITEM (object);

  g_free (self->name);
  g_free (self->shape);

  G_OBJECT_CLASS (am_tensor_item_parent_class)->finalize (object);
}

static void
am_tensor_item_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  AmTensorItem *self = AM_TENSOR_ITEM (object);

  switch (id)
    {
    case PROP_NAME:
      g_value_set_string (value, self->name);
      break;
    case PROP_SHAPE:
      g_value_set_string (value, self->shape);
      break;
    case PROP_DTYPE:
      g_value_set_static_string (value, self->dtype);
      break;
    case PROP_MOVED:
      g_value_set_double (value, self->moved);
      break;
    case PROP_COSINE:
      g_value_set_double (value, self->cosine);
      break;
    case PROP_MOVED_TEXT:
      g_value_take_string (value, isnan (self->moved) ? g_strdup ("–") : am_run_words_percent (self->moved));
      break;
    case PROP_COSINE_TEXT:
      g_value_take_string (value,
                           isnan (self->cosine) ? g_strdup ("–") : g_strdup_printf ("%.5f", self->cosine));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
am_tensor_item_class_init (AmTensorItemClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->finalize = am_tensor_item_finalize;
  object_class->get_property = am_tensor_item_get_property;

  properties[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, flags);
  properties[PROP_SHAPE] = g_param_spec_string ("shape", NULL, NULL, NULL, flags);
  properties[PROP_DTYPE] = g_param_spec_string ("dtype", NULL, NULL, NULL, flags);
  properties[PROP_MOVED] = g_param_spec_double ("moved", NULL, NULL, -G_MAXDOUBLE, G_MAXDOUBLE, 0, flags);
  properties[PROP_COSINE] = g_param_spec_double ("cosine", NULL, NULL, -G_MAXDOUBLE, G_MAXDOUBLE, 0, flags);
  properties[PROP_MOVED_TEXT] = g_param_spec_string ("moved-text", NULL, NULL, NULL, flags);
  properties[PROP_COSINE_TEXT] = g_param_spec_string ("cosine-text", NULL, NULL, NULL, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
am_tensor_item_init (AmTensorItem *self)
{
}

static char *
write_shape (const AmPlanTensor *tensor)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < tensor->n_dims; i++)
    g_string_append_printf (text, i > 0 ? " × %" G_GUINT64_FORMAT : "%" G_GUINT64_FORMAT, tensor->shape[i]);
  return g_string_free (text, FALSE);
}

AmTensorItem *
am_tensor_item_new (const AmPlanTensor *tensor, const AmTensorOutcome *outcome)
{
  AmTensorItem *self = g_object_new (AM_TYPE_TENSOR_ITEM, NULL);

  self->name = g_strdup (tensor->name);
  self->shape = write_shape (tensor);
  self->dtype = am_dtype_get_name (tensor->dtype);
  self->moved = outcome->is_measured ? outcome->relative_l2 : NAN;
  self->cosine = outcome->is_measured ? outcome->cosine : NAN;
  return self;
}
