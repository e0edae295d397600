/* Pictures with labels, read when they are asked for.
 *
 * Folders of PNG and JPEG pictures by class (class names sorted as bytes are the labels 0, 1, ...; pictures
 * without class folders have no labels), IDX (MNIST: the images file or a folder with images and labels, also
 * gzipped), CIFAR-10 and CIFAR-100 binary files or folders, .npy (with labels beside it) and .npz,
 * safetensors with `images` [N, C, H, W], [N, H, W] or [N, features] and optionally `labels` [N]. */
#pragma once

#include <gio/gio.h>

#include "base/error.h"
#include "dataset/preprocessing.h"

G_BEGIN_DECLS

typedef struct _AmDataset AmDataset;

/**
 * am_dataset_open:
 * @path: file or folder; its kind is found from content
 * @preprocessing: (nullable): copied; %NULL: "none". 8-bit pixels are divided by its scale; numbers that are
 *   floating-point already are neither resized nor divided unless the preprocessing is a file of the user's
 *   that says so, only brought to mean and std
 *
 * Reads headers and labels, not pictures. Thread-safe.
 * Returns: (transfer full) (nullable). Errors, all naming the file: NOT_FOUND, NOT_READABLE, CORRUPT
 * (truncated; counts that differ; a label that is negative), UNSUPPORTED, MISMATCH (an empty class folder).
 */
AmDataset *am_dataset_open (const char *path, const AmPreprocessing *preprocessing, GError **error);
void am_dataset_free (AmDataset *dataset);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AmDataset, am_dataset_free)

const char *am_dataset_get_path (const AmDataset *dataset);
const char *am_dataset_get_kind (const AmDataset *dataset); /* for people: "IDX", "folder of pictures" */
const AmPreprocessing *am_dataset_get_preprocessing (const AmDataset *dataset);
gboolean am_dataset_has_pixels (const AmDataset *dataset); /* of 8 bits, not floating-point numbers */
guint64 am_dataset_get_n_samples (const AmDataset *dataset);

/* Shape of every sample after preprocessing; a vector has height and width 1. */
void am_dataset_get_shape (const AmDataset *dataset, guint64 *height, guint64 *width, guint64 *channels);

gboolean am_dataset_has_labels (const AmDataset *dataset);
guint am_dataset_get_n_classes (const AmDataset *dataset);                     /* largest label + 1 */
const char *am_dataset_get_class_name (const AmDataset *dataset, guint class); /* or %NULL */
guint am_dataset_get_label (const AmDataset *dataset, guint64 sample);

/* The file sample @sample lies in, for messages. */
const char *am_dataset_get_file (const AmDataset *dataset, guint64 sample);

/**
 * am_dataset_check_classes:
 * @n_classes: of the network
 *
 * Whether every label is one of them. Errors: MISMATCH naming file, sample and label.
 */
gboolean am_dataset_check_classes (const AmDataset *dataset, guint64 n_classes, GError **error);

/**
 * am_dataset_read:
 * @samples: [n] numbers of samples
 * @values: (out): [n][height][width][channels]
 *
 * Thread-safe; decodes with one thread per processor. Errors: NOT_READABLE, CORRUPT (a truncated picture,
 * naming it), MISMATCH (a picture of another size where nothing resizes it).
 */
gboolean am_dataset_read (AmDataset *dataset, const guint64 *samples, guint n, float *values, GError **error);

/**
 * am_dataset_choose:
 * @n_wanted: 0 for all
 * @n_chosen: (out)
 *
 * Numbers of samples in ascending order: all, or as many as wanted, drawn without replacement with Philox;
 * with labels each class gets its share. Returns: (transfer full).
 */
guint64 *am_dataset_choose (const AmDataset *dataset, guint64 n_wanted, guint64 seed, guint64 *n_chosen);

/* SHA-256, in hex, over what the samples are: the file, or files with their names; of a folder of pictures
 * their names, their sizes and the first 16 KiB of each. For caches and records. (transfer full); errors:
 * NOT_READABLE. */
char *am_dataset_get_digest (const AmDataset *dataset, GError **error);

/* Walks over chosen samples batch by batch, the next one being decoded while the caller works. */
typedef struct _AmBatches AmBatches;

/* @samples: [n_samples], copied. */
AmBatches *am_batches_new (AmDataset *dataset, const guint64 *samples, guint64 n_samples, guint batch_size);
void am_batches_free (AmBatches *batches);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AmBatches, am_batches_free)

/**
 * am_batches_next:
 * @values: (out) (transfer none): [n][height][width][channels], until the next call
 * @samples: (out) (transfer none): [n]
 *
 * Returns: samples in the batch; 0 at the end (error unset) or on failure (error set).
 */
guint am_batches_next (AmBatches *batches, const float **values, const guint64 **samples, GError **error);

G_END_DECLS
