/* The only header the front ends include. */
#pragma once

#include "architecture/model.h"
#include "base/dtype.h"
#include "base/error.h"
#include "base/progress.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/digest.h"
#include "convert.h"
#include "merge.h"
#include "methods/registry.h"
#include "output/demo.h"
#include "output/difference.h"
#include "output/heat-map.h"
#include "output/json-text.h"
#include "output/scan.h"
#include "recipe/presets.h"
#include "recipe/recipe.h"
