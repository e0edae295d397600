/* How a repair goes: sites are found in the graph, the parents are measured at them, the merged network is
 * walked and changed (or changed in closed form), rounded to the types of its file and measured once more. */
#pragma once

#include "network/moments.h"
#include "repair/repair.h"

G_BEGIN_DECLS

typedef enum
{
  AM_SITE_RESET, /* a batch norm gets the statistics of its input */
  AM_SITE_LAYER, /* a linear layer or convolution gets the parents' statistics at its output */
  AM_SITE_SUM,   /* the sum at the end of a residual block gets them through the batch norm before it */
} AmSiteKind;

/**
 * AmSite:
 * @node: whose value counts
 * @layer: whose weights change
 * @other: of a sum: the second value
 * @is_both: of a sum: @other is a batch norm that scales along
 * @parents: [n_parents] moments of each
 * @mixture: moments of the parents' mixture: for the closed form alone
 * @before, @after: of the merged network as it came, and as it will be read from the file
 * @target_means, @target_deviations: [n_units]
 * @is_dead: [n_units]: does not vary
 * @new_bias: [n_units] or %NULL: the layer has no bias in the graph
 */
typedef struct
{
  AmSiteKind kind;
  guint node, layer, other;
  gboolean is_both;
  guint64 n_units;
  AmMoments *parents;
  AmMoments mixture, before, after;
  double *target_means, *target_deviations;
  guint8 *is_dead;
  AmReal *new_bias;
} AmSite;

struct _AmRepair
{
  AmVisionNetwork *merged;         /* borrowed */
  AmVisionNetwork *const *parents; /* [n_parents] copied array of borrowed */
  guint n_parents;
  AmDataset *dataset;
  AmRepairSettings settings;
  AmRepairMethod method;
  double ratio;
  double *shares; /* [n_parents] */
  guint batch_size;
  guint64 *samples;
  guint64 n_samples;
  GArray *sites;        /* AmSite, in the order of the walk */
  gboolean *is_changed; /* [tensors of the graph] */
  GArray *layers;       /* AmRepairedLayer */
  GPtrArray *new_names; /* %NULL-terminated */
  char *data_digest;
  const AmProgress *progress;
  GCancellable *cancellable;
};

static inline AmSite *
am_repair_get_site (const AmRepair *repair, guint index)
{
  return &g_array_index (repair->sites, AmSite, index);
}

static inline AmNetwork *
am_repair_get_network (const AmRepair *repair)
{
  return am_vision_network_get_network (repair->merged);
}

/* sites.c: fills @sites as the method wants it; UNSUPPORTED when there are none. */
gboolean am_repair_find_sites (AmRepair *repair, GError **error);
gboolean am_repair_has_batch_norm (const AmRepair *repair);
void am_site_clear (gpointer site);

/* The tensor of the merged file that is tensor @tensor of the graph, or %NULL for those of a head. */
const AmTensor *am_repair_find_stored (const AmRepair *repair, guint tensor);

/* parents.c: shapes, and where between its parents the merged network lies. MISMATCH. */
gboolean am_repair_check_parents (AmRepair *repair, GError **error);

/* measure.c */
void am_repair_report (const AmRepair *repair, const char *stage, guint64 done, guint64 total);
AmNetworkRun *am_repair_new_run (const AmRepair *repair, AmVisionNetwork *network, const float *values,
                                 guint n, GError **error);
/* Parents and the merged network as it is, batch by batch: targets and what is there before. */
gboolean am_repair_measure_before (AmRepair *repair, GError **error);
/* The changed network: what a reader of the file will see. */
gboolean am_repair_measure_after (AmRepair *repair, GError **error);

/* walk.c: the sequential methods. NO_SPACE when values of all samples do not fit. */
gboolean am_repair_walk (AmRepair *repair, GError **error);

/* adjust.c */
/* The outputs x of unit c of layer @node become gains[c] * x + shifts[c]. */
void am_repair_adjust_layer (AmRepair *repair, AmSite *site, guint node, const double *gains,
                             const double *shifts);
void am_repair_set_tensor (AmRepair *repair, guint tensor, const AmReal *values);
void am_repair_adjust_closed_form (AmRepair *repair);
/* The last rounding, to what the file can hold. UNSUPPORTED for values beyond the type's range. */
gboolean am_repair_round (AmRepair *repair, GError **error);

/* Whether a unit of that spread and mean counts as one that does not vary. */
gboolean am_repair_is_dead (double deviation, double mean, double target);

/* repair-json.c: what goes into the file. (transfer full) */
char *am_repair_make_record (const AmRepair *repair);

G_END_DECLS
