/* Trimming task vectors over the whole model, as if all its tensors were one vector in the order of their
 * names.
 *
 * Radix selection over surveys: each pass counts magnitudes within the bracket that holds a model's cut and
 * narrows it to one bin; a last pass counts, tensor by tensor, the elements equal to the cut when only a part
 * of them is kept. Exact, and independent of the order in which tensors are surveyed. Magnitudes of float and
 * of double tensors are compared as doubles. NaN counts as greater than any number. */
#pragma once

#include "methods/sparsify.h"

G_BEGIN_DECLS

/* The survey functions of a method; @density is the parameter that says, per model, what share is kept: of
 * all elements, or of each tensor's where it varies from tensor to tensor. */
gpointer am_whole_model_trim_new (const AmMethodRun *run, guint density);
gboolean am_whole_model_trim_survey (gpointer survey, const AmMethodTensor *tensor, AmTensorReader *reader,
                                     GError **error);
gboolean am_whole_model_trim_next (gpointer survey);
void am_whole_model_trim_free (gpointer survey);

/* What the finished survey means for one tensor; reads the tensor when the last tie is in it. */
gboolean am_whole_model_trim_init (gpointer survey, AmSparsity *sparsities, const AmMethodTensor *tensor,
                                   AmTensorReader *reader, GError **error);

G_END_DECLS
