/* One tensor of a report, for lists. */
#pragma once

#include <gio/gio.h>

#include "amalgam.h"

G_BEGIN_DECLS

#define AM_TYPE_TENSOR_ITEM (am_tensor_item_get_type ())
G_DECLARE_FINAL_TYPE (AmTensorItem, am_tensor_item, AM, TENSOR_ITEM, GObject)

/* Properties: "name", "shape", "dtype", "moved" (relative L2, NAN when it was not measured), "cosine", and "moved-text",
 * "cosine-text" for people. Everything is copied. */
AmTensorItem *am_tensor_item_new (const AmPlanTensor *tensor, const AmTensorOutcome *outcome);

G_END_DECLS
