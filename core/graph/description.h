/* Reads descriptions of networks (docs/architecture-files.md). Private to core/graph. */
#pragma once

#include "graph/graph.h"

G_BEGIN_DECLS

/* Numbers that the authors of a model left beside it: config.json in its folder, or metadata in its header.
 */
typedef struct _AmModelConfig AmModelConfig;

/* @path: of the checkpoint; @metadata: (nullable): borrowed. Nothing is read before it is asked for. */
AmModelConfig *am_model_config_new (const char *path, GHashTable *metadata);
void am_model_config_free (AmModelConfig *config);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AmModelConfig, am_model_config_free)

/* Whether @key, whose dots lead into objects, is there and a number. */
gboolean am_model_config_find (AmModelConfig *config, const char *key, double *number);

/* Why config.json could not be read, or %NULL. */
const char *am_model_config_get_problem (const AmModelConfig *config);

/**
 * am_description_read:
 * @text: @length bytes
 * @source: for messages
 * @graph: gets nodes, tensors and notes
 * @kept: (element-type utf8): gets prefixes of tensors that are known and stay as they are
 *
 * Errors: BAD_RECIPE and MISMATCH, both with SOURCE:LINE:COLUMN.
 */
gboolean am_description_read (const AmModel *model, const char *text, gsize length, const char *source,
                              AmGraph *graph, GPtrArray *kept, GError **error);

/* Whether the description has a `require` and all its tensors are in the model. Errors: BAD_RECIPE. */
gboolean am_description_fits (const AmModel *model, const char *text, gsize length, const char *source,
                              gboolean *fits, GError **error);

/* What a built-in description is called in messages. */
#define AM_BUILT_IN_SOURCE "%s.yaml (built in)"

/* The built-in description of that name: text that lasts as long as the program, or %NULL. */
const char *am_family_description_find (const char *name, gsize *length);

/* The graph of a plain perceptron, family MLP. Errors: UNSUPPORTED, MISMATCH. */
gboolean am_graph_add_perceptron (AmGraph *graph, const AmModel *model, GError **error);

/* Whether @prefix stands for @name, or for names under it: "layers.1" and "layers.1." cover layers.1.weight,
 * not layers.10.weight. */
gboolean am_name_is_under (const char *name, const char *prefix);

/* Averaged copies, notes on parts without a graph, and an error for tensors nobody knows. @source:
 * (nullable): the description's, for messages. */
gboolean am_graph_cover_model (AmGraph *graph, const AmModel *model, const GPtrArray *kept,
                               const char *source, GError **error);

G_END_DECLS
