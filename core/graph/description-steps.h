/* Steps of descriptions that make a node. */
#pragma once

#include "graph/description-private.h"

G_BEGIN_DECLS

/* A node of the step's type without tensors and inputs. */
AmNode am_step_start_node (const AmStep *step);

/* Adds @node and calls its value what the step says. @name: (nullable) */
gboolean am_step_finish_node (AmReader *reader, const AmStep *step, AmNode *node, const char *name,
                              GError **error);

/* The same after reading all keys of the step that hold numbers and flags. */
gboolean am_step_complete_node (AmReader *reader, const AmStep *step, AmNode *node, const char *name,
                                GError **error);

/* Each runs steps of several kinds. */
gboolean am_step_run_input (AmReader *reader, const AmStep *step, GError **error);
gboolean am_step_run_parameter (AmReader *reader, const AmStep *step, GError **error);
gboolean am_step_run_layer (AmReader *reader, const AmStep *step, GError **error);
gboolean am_step_run_combination (AmReader *reader, const AmStep *step, GError **error);
gboolean am_step_run_shape (AmReader *reader, const AmStep *step, GError **error);
gboolean am_step_run_output (AmReader *reader, const AmStep *step, GError **error);
gboolean am_step_run_split (AmReader *reader, const AmStep *step, GError **error);

G_END_DECLS
