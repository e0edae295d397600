/* The reader methods see tensors through: chunk geometry over a fetch function, so that methods run the same
 * over files and over arrays in tests. */
#pragma once

#include "methods/method.h"

G_BEGIN_DECLS

#define AM_STATISTIC_INPUT 256

/**
 * AmTensorFetch:
 * @input: 0 .. n_models - 1, n_models for the base, or %AM_STATISTIC_INPUT + model for its statistic, always
 * in double
 * @first, @n: elements of the merged region
 * @dest: [n] float32 or double, by tensor->is_double
 */
typedef gboolean (*AmTensorFetch) (gpointer user_data, const AmMethodTensor *tensor, guint input,
                                   guint64 first, gsize n, gpointer dest, GError **error);

/* One per worker; keeps its buffers from tensor to tensor. */
AmTensorReader *am_tensor_reader_new (void);
void am_tensor_reader_free (AmTensorReader *reader);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AmTensorReader, am_tensor_reader_free)

/* Reads @tensor from now on, from its start, for a survey or reduce function. @tensor is borrowed. */
void am_tensor_reader_bind (AmTensorReader *reader, const AmMethodTensor *tensor, AmTensorFetch fetch,
                            gpointer user_data);

/* Reads elements first .. end - 1 for apply: chunks have an out buffer and the method's halo, and begin and
 * end at whole slices or rows where the method asks for them, so they may reach beyond the range. */
void am_tensor_reader_bind_range (AmTensorReader *reader, const AmMethodTensor *tensor, AmTensorFetch fetch,
                                  gpointer user_data, guint64 first, guint64 end);

G_END_DECLS
