/* Tensors of a plan that meet the same fate: a list model of AmPlanTensorItem. */
#pragma once

#include "planner.h"

G_BEGIN_DECLS

#define AM_TYPE_PLAN_TENSOR_ITEM (am_plan_tensor_item_get_type ())
G_DECLARE_FINAL_TYPE (AmPlanTensorItem, am_plan_tensor_item, AM, PLAN_TENSOR_ITEM, GObject)

/* Properties: "name", and "detail": shape and type, and why it is treated so. */

#define AM_TYPE_PLAN_TENSORS (am_plan_tensors_get_type ())
G_DECLARE_FINAL_TYPE (AmPlanTensors, am_plan_tensors, AM, PLAN_TENSORS, GObject)

/* @forecast: kept. Items are made when they are looked at: models have thousands. */
AmPlanTensors *am_plan_tensors_new (AmForecast *forecast, AmAction action);

G_END_DECLS
