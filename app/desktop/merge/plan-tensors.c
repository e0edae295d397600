#include "plan-tensors.h"

#include <glib/gi18n.h>

struct _AmPlanTensorItem
{
  GObject parent_instance;

  AmForecast *forecast;
  const AmPlanTensor *tensor;
};

enum
{
  PROP_NAME = 1,
  PROP_DETAIL,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (AmPlanTensorItem, am_plan_tensor_item, G_TYPE_OBJECT)

static char *
make_shape (const AmPlanTensor *tensor)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < tensor->n_dims; i++)
    g_string_append_printf (text, "%s%" G_GUINT64_FORMAT, i > 0 ? " × " : "", tensor->shape[i]);
  if (tensor->n_dims == 0)
    g_string_append (text, _ ("one value"));
  return g_string_free (text, FALSE);
}

static char *
make_detail (const AmPlanTensor *tensor)
{
  g_autofree char *shape = make_shape (tensor);

  if (tensor->reason != NULL)
    /* Translators: shape, type and treatment of a tensor: "1280 × 320 F16, its name matches a discard
     * pattern". */
    return g_strdup_printf (_ ("%s %s, %s"), shape, am_dtype_get_name (tensor->dtype), _ (tensor->reason));
  return g_strdup_printf ("%s %s", shape, am_dtype_get_name (tensor->dtype));
}

static void
am_plan_tensor_item_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  AmPlanTensorItem *self = AM_PLAN_TENSOR_ITEM (object);

  if (id == PROP_NAME)
    g_value_set_string (value, self->tensor->name);
  else if (id == PROP_DETAIL)
    g_value_take_string (value, make_detail (self->tensor));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
am_plan_tensor_item_finalize (GObject *object)
{
  am_forecast_unref (AM_PLAN_TENSOR_ITEM (object)->forecast);

  G_OBJECT_CLASS (am_plan_tensor_item_parent_class)->finalize (object);
}

static void
am_plan_tensor_item_class_init (AmPlanTensorItemClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->finalize = am_plan_tensor_item_finalize;
  object_class->get_property = am_plan_tensor_item_get_property;

  properties[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, flags);
  properties[PROP_DETAIL] = g_param_spec_string ("detail", NULL, NULL, NULL, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
am_plan_tensor_item_init (AmPlanTensorItem *self)
{
}

struct _AmPlanTensors
{
  GObject parent_instance;

  AmForecast *forecast;
  GArray *indices; /* guint: numbers in the plan */
};

static void list_model_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (AmPlanTensors, am_plan_tensors, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

static GType
get_item_type (GListModel *model)
{
  return AM_TYPE_PLAN_TENSOR_ITEM;
}

static guint
get_n_items (GListModel *model)
{
  return AM_PLAN_TENSORS (model)->indices->len;
}

static gpointer
get_item (GListModel *model, guint position)
{
  AmPlanTensors *self = AM_PLAN_TENSORS (model);
  AmPlanTensorItem *item;

  if (position >= self->indices->len)
    return NULL;
  item = g_object_new (AM_TYPE_PLAN_TENSOR_ITEM, NULL);
  item->forecast = am_forecast_ref (self->forecast);
  item->tensor = am_plan_get_tensor (self->forecast->plan, g_array_index (self->indices, guint, position));
  return item;
}

static void
list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

static void
am_plan_tensors_finalize (GObject *object)
{
  AmPlanTensors *self = AM_PLAN_TENSORS (object);

  am_forecast_unref (self->forecast);
  g_array_unref (self->indices);

  G_OBJECT_CLASS (am_plan_tensors_parent_class)->finalize (object);
}

static void
am_plan_tensors_class_init (AmPlanTensorsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = am_plan_tensors_finalize;
}

static void
am_plan_tensors_init (AmPlanTensors *self)
{
  self->indices = g_array_new (FALSE, FALSE, sizeof (guint));
}

AmPlanTensors *
am_plan_tensors_new (AmForecast *forecast, AmAction action)
{
  AmPlanTensors *self = g_object_new (AM_TYPE_PLAN_TENSORS, NULL);

  self->forecast = am_forecast_ref (forecast);
  for (guint i = 0; i < am_plan_get_n_tensors (forecast->plan); i++)
    if (am_plan_get_tensor (forecast->plan, i)->action == action)
      g_array_append_val (self->indices, i);
  return self;
}
