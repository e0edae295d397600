/* REPAIR and RESET: gives the units of a merged network the statistics that its parents' have.
 *
 * Averaged units are correlated less than perfectly, so their variance collapses layer after layer (Jordan et
 * al. 2023, section 3). REPAIR rescales each unit to the interpolated mean and standard deviation of its
 * parents' (section 4), layer by layer, each layer measured behind those that are repaired already, and fuses
 * the result into weights. RESET measures the statistics of batch norms anew. */
#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>

#include "base/progress.h"
#include "dataset/dataset.h"
#include "network/vision-network.h"

G_BEGIN_DECLS

typedef enum
{
  AM_REPAIR_AUTO,        /* RESET where there are batch norms, else REPAIR */
  AM_REPAIR_RESET,       /* batch norms' running statistics alone */
  AM_REPAIR_RESCALE,     /* REPAIR; where there are batch norms: RESET, and outputs of residual blocks and the
                            last layer are repaired on top */
  AM_REPAIR_CLOSED_FORM, /* REPAIR from the parents' statistics: their means, deviations and the correlation
                            of units, without a pass of the merged network; not for batch norms */
} AmRepairMethod;

const char *am_repair_method_get_id (AmRepairMethod method); /* "auto", "reset", "rescale", "closed_form" */
gboolean am_repair_method_parse (const char *text, AmRepairMethod *method);

/**
 * AmRepairSettings:
 * @ratio: share of the last parent in the merged network; NAN: found from the weights, by least squares. With
 *   more than two parents each has the same share
 * @n_samples: of the data; 0: all
 * @seed: of the choice of samples
 * @batch_size: 0: as suits memory. The result depends on it by rounding alone
 * @n_threads: 0: one per processor
 * @memory: bytes that values kept between layers may take; 0: half of what is free
 */
typedef struct
{
  AmRepairMethod method;
  double ratio;
  guint64 n_samples;
  guint64 seed;
  guint batch_size;
  guint n_threads;
  guint64 memory;
} AmRepairSettings;

/**
 * AmRepairedLayer:
 * @name: of the layer: stem of its tensors
 * @is_reset: a batch norm whose statistics were measured anew
 * @n_units: channels
 * @deviation_before, @deviation_after: mean over units of standard deviation / target, in the merged network
 *   as it came and as it will be read from the file, rounded to its types; NAN for resets
 * @mean_error, @deviation_error: greatest distance from the targets over the target's deviation, after; for
 *   resets from what the batch norm says
 * @n_dead: units whose merged output does not vary, so that only their mean is set
 */
typedef struct
{
  char *name;
  gboolean is_reset;
  guint n_units;
  double deviation_before, deviation_after;
  double mean_error, deviation_error;
  guint n_dead;
} AmRepairedLayer;

typedef struct _AmRepair AmRepair;

/**
 * am_repair_new:
 * @merged: its checkpoint is not changed; its weights in memory are those of the result afterwards, but for
 *   biases that are new, or spoilt after an error
 * @parents: [n_parents] as they were merged: aligned to one another; none for RESET
 *
 * Measures. @merged, @parents and @dataset must outlive the result. Returns: (transfer full) (nullable).
 * Errors: MISMATCH (parents of other shapes; a merged model that does not lie between its parents, as when B
 * was aligned before and is not here: saying so), UNSUPPORTED (nothing to repair: no batch norm for RESET, no
 * layer; closed form with batch norms; values beyond the file's type), NO_SPACE (values beyond @memory,
 * saying how many samples fit), CANCELLED, those of reading.
 */
AmRepair *am_repair_new (AmVisionNetwork *merged, AmVisionNetwork *const *parents, guint n_parents,
                         AmDataset *dataset, const AmRepairSettings *settings, const AmProgress *progress,
                         GCancellable *cancellable, GError **error);
void am_repair_free (AmRepair *repair);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AmRepair, am_repair_free)

double am_repair_get_ratio (const AmRepair *repair);          /* as used; NAN with more than two parents */
AmRepairMethod am_repair_get_method (const AmRepair *repair); /* never AUTO */
guint64 am_repair_get_n_samples (const AmRepair *repair);
guint am_repair_get_n_layers (const AmRepair *repair);
const AmRepairedLayer *am_repair_get_layer (const AmRepair *repair, guint index);

/* Names of biases the merged checkpoint lacks and the result has: %NULL-terminated. */
const char *const *am_repair_get_new_tensors (const AmRepair *repair);

/**
 * am_repair_write:
 * @output: the merged checkpoint with the repaired tensors, each in its own type, and new biases in the type
 * of their weight; metadata kept, `amalgam_repair` added
 *
 * Atomic. Errors: NOT_WRITABLE, NO_SPACE, those of reading.
 */
gboolean am_repair_write (AmRepair *repair, const char *output, gboolean replace, gboolean sync,
                          GError **error);

/* Stable JSON, documented in docs/repair.md. (transfer full) */
char *am_repair_to_json (const AmRepair *repair);

G_END_DECLS
