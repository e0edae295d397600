/* What the readers of the several formats fill in. Only core/dataset includes this. */
#pragma once

#include "checkpoint/checkpoint-private.h"
#include "dataset/dataset.h"
#include "dataset/picture.h"

G_BEGIN_DECLS

/* Beyond these a header is not believed. */
#define AM_DATASET_MAX_SAMPLES G_MAXUINT32
#define AM_DATASET_MAX_LABEL ((1u << 24) - 1)
#define AM_DATASET_MAX_VALUES (1u << 28) /* of one sample */

typedef struct _AmSamples AmSamples;

/**
 * AmSamples: samples of one format, as they are stored
 * @kind: for people; untranslated
 * @n_samples: at least 1
 * @height, @width, @channels: of every sample before preprocessing; 0 where each picture has its own size.
 *   A vector has height and width 1
 * @is_float: whether samples are numbers, else 8-bit pixels
 * @is_vector: whether samples have no height and width
 * @labels: (nullable): [n_samples]
 * @class_names: (nullable): by label
 * @files: (nullable): what the samples lie in, opened; %NULL for folders of pictures, which have @paths
 * @paths: (nullable): [n_samples], below the folder
 * @read: one sample, thread-safe; errors name the file, and the sample where the file has several
 * @get_file: (nullable): file of a sample; %NULL: the first of @files
 * @destroy: (nullable): frees @data
 */
struct _AmSamples
{
  const char *kind;
  guint64 n_samples;
  guint64 height, width, channels;
  gboolean is_float;
  gboolean is_vector;
  guint32 *labels;
  GPtrArray *class_names;
  AmCheckpoint *files;
  GPtrArray *paths;
  gboolean (*read) (const AmSamples *samples, guint64 sample, AmPicture *picture, GError **error);
  const char *(*get_file) (const AmSamples *samples, guint64 sample);
  gpointer data;
  GDestroyNotify destroy;
};

void am_samples_free (AmSamples *samples);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AmSamples, am_samples_free)

/* The samples of @path, with the reader its content asks for. */
AmSamples *am_samples_open (const char *path, GError **error);

/* One reader each; all (transfer full) (nullable). */
AmSamples *am_samples_open_pictures (const char *folder, GError **error);
AmSamples *am_samples_open_idx (const char *path, GError **error);
AmSamples *am_samples_open_cifar (const char *const *paths, guint n_paths, GError **error);
AmSamples *am_samples_open_npy (const char *path, GError **error);
AmSamples *am_samples_open_npz (const char *path, GError **error);
AmSamples *am_samples_open_tensors (const char *path, GError **error);

/* Whether the size of @path and every label in it are those of CIFAR-10 or CIFAR-100. */
gboolean am_cifar_check (const char *path);

/* Whether a file has a name CIFAR's files have. */
gboolean am_cifar_is_named (const char *path);

/* The file a folder with IDX or CIFAR files means, or files: %NULL-terminated and (transfer full); %NULL
 * without an error when there are none. Errors: UNSUPPORTED when there are several sets to choose from. */
char **am_idx_find (const char *folder, GPtrArray *names, GError **error);
char **am_cifar_find (const char *folder, GPtrArray *names, GError **error);

/* Names in a folder, hidden ones left out, sorted as bytes; folders end in "/". (transfer full) (nullable) */
GPtrArray *am_list_folder (const char *folder, GError **error);

/**
 * am_dataset_read_while:
 * @stop: (nullable): read atomically; once it is not 0, the rest is left out and the result is %FALSE without
 *   an error
 *
 * am_dataset_read() that can be stopped.
 */
gboolean am_dataset_read_while (AmDataset *dataset, const guint64 *samples, guint n, float *values,
                                const gint *stop, GError **error);

struct _AmDataset
{
  char *path;
  AmSamples *samples;
  AmPreprocessing *preprocessing;
  guint64 height, width, channels;
  guint n_classes;
  GThreadPool *pool;
};

G_END_DECLS
