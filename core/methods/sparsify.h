/* Which elements of a task vector are kept. */
#pragma once

#include "methods/selection.h"

G_BEGIN_DECLS

typedef enum
{
  AM_SPARSITY_ALL,     /* everything stays */
  AM_SPARSITY_NOTHING, /* the vector becomes 0, so that the base is left */
  AM_SPARSITY_TRIM,    /* the greatest stay */
  AM_SPARSITY_BAND,    /* the greatest stay except for the very greatest */
  AM_SPARSITY_RANDOM,  /* each element stays by the draw of a counter-based generator */
} AmSparsityKind;

/**
 * AmSparsity: one model's, for one tensor.
 * @cut: of TRIM and BAND
 * @outlier_cut: those within it are dropped, for BAND
 * @key, @limit: of RANDOM: an element stays where its Philox word is below @limit, of 2^32
 * @factor: what the elements kept are multiplied with
 */
typedef struct
{
  AmSparsityKind kind;
  AmCut cut;
  AmCut outlier_cut;
  guint32 key[2];
  guint64 limit;
  double factor;
} AmSparsity;

/* What makes up for the elements dropped; the indices of am_rescale_choices. */
typedef enum
{
  AM_RESCALE_NONE,
  AM_RESCALE_DENSITY, /* divide by the share kept */
  AM_RESCALE_L1,      /* restore the sum of magnitudes of the tensor */
} AmRescale;

extern const char *const am_rescale_choices[];

/* Keeps each element with probability @density. Reproducible from the recipe's seed, the model's number, the
 * name of the tensor and the index of the element. */
void am_sparsity_init_random (AmSparsity *sparsity, const AmMethodTensor *tensor, guint model,
                              double density);

/**
 * am_sparsity_init_trims, am_sparsity_init_bands:
 * @sparsities: [n_models], zeroed; those whose weight is 0 are left alone
 * @density: parameter, per model, that says what share is kept
 * @gamma: parameter, per model, that says what share of the greatest is dropped
 *
 * Finds the cuts of all models in one pass over the tensor, or none where everything or nothing is kept.
 */
gboolean am_sparsity_init_trims (AmSparsity *sparsities, const AmMethodTensor *tensor, guint density,
                                 AmTensorReader *reader, GError **error);
gboolean am_sparsity_init_bands (AmSparsity *sparsities, const AmMethodTensor *tensor, guint density,
                                 guint gamma, AmTensorReader *reader, GError **error);

/* Sets the factors; L1 reads the tensor once more, unless everything is kept. @density as above. */
gboolean am_sparsity_rescale (AmSparsity *sparsities, const AmMethodTensor *tensor, guint density,
                              AmRescale rescale, AmTensorReader *reader, GError **error);

/* Whether nothing of any model is kept, of a tensor that has values. */
gboolean am_sparsity_keeps_nothing (const AmSparsity *sparsities, const AmMethodTensor *tensor);

/* The L1 factor from sums of magnitudes before and after; 1 where nothing, or nothing finite, is left. */
double am_sparsity_factor_of_l1 (double before, double after);

/* Zeroes what is not kept of the @n values of @delta, whose first has flat index @first. Leaves NaN, except
 * for RANDOM and NOTHING. */
void am_sparsity_apply (const AmSparsity *sparsity, gboolean is_double, gpointer delta, guint64 first,
                        gsize n);

G_END_DECLS
