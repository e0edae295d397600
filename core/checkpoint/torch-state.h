/* From a parsed pickle to tensors: finds the state dictionary, and checks every tensor against its storage.
 */
#pragma once

#include "checkpoint/checkpoint-private.h"
#include "checkpoint/pickle.h"

G_BEGIN_DECLS

/* Bytes of one storage in the file. */
typedef struct
{
  guint64 offset;
  guint64 size;
} AmTorchExtent;

/**
 * AmTorchStorage: a persistent id taken apart
 * @type: "HalfStorage"
 * @key: not NUL-terminated, @key_length bytes
 * @dtype: AM_DTYPE_NONE for untyped storages and types Amalgam has no name for
 * @element_size: bytes; 0 for types that cannot be read
 * @n_elements: of @type
 * @view_offset: elements from the start of the stored storage, for the views of old files
 * @root_elements: elements of the stored storage where this is a view and its own @n_elements elsewhere
 */
typedef struct
{
  const char *type;
  const char *key;
  gsize key_length;
  AmDtype dtype;
  guint element_size;
  guint64 n_elements;
  guint64 view_offset;
  guint64 root_elements;
} AmTorchStorage;

/* Takes the id of a PERSISTENT node apart. Returns %NULL, or what is wrong with it. */
const char *am_torch_storage_parse (const AmPickleNode *node, AmTorchStorage *storage);

/**
 * AmTorchSource:
 * @find: where the storage of that key lies; FALSE when the file has none
 */
typedef struct
{
  const AmPickle *pickle;
  guint file;
  gboolean (*find) (gconstpointer data, const AmTorchStorage *storage, AmTorchExtent *extent);
  gconstpointer data;
} AmTorchSource;

/**
 * am_torch_state_read:
 *
 * Adds the tensors of the state dictionary: the pickled dictionary itself or what it holds under a customary
 * name (state_dict, model, params_ema, ...). Notes what was passed over. A view that is not contiguous
 * becomes a strided piece; tensors that share a storage become copies.
 *
 * Errors: CORRUPT (a tensor outside its storage, a storage of another size than the file holds, numbers that
 * overflow, more bytes in tensors than the file can justify), UNSUPPORTED (a whole pickled module, quantised,
 * sparse or nested tensors, types Amalgam has no name for).
 */
gboolean am_torch_state_read (AmCheckpoint *checkpoint, const AmTorchSource *source, GError **error);

/* Adds the tensor that @node rebuilds under @name; *@extent gets its storage's place. Used by
 * am_torch_state_read(). */
gboolean am_torch_tensor_add (AmCheckpoint *checkpoint, const AmTorchSource *source, const char *name,
                              const AmPickleNode *node, AmTorchExtent *extent, GError **error);

/* Whether @node is a call that makes a tensor, of a kind that is read or of one that is refused by name. */
gboolean am_torch_is_tensor (const AmPickleNode *node);

G_END_DECLS
