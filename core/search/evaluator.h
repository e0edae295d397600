/* What gives a checkpoint a score: a command, or accuracy on a data set. Higher is better. */
#pragma once

#include <gio/gio.h>

#include "evaluation/evaluation.h"

G_BEGIN_DECLS

typedef struct _AmEvaluator AmEvaluator;

/**
 * am_evaluator_new_command:
 * @command: run by /bin/sh with the checkpoint's path as $1, and quoted in the place of every {}; the last
 * line on standard output that is not empty must be one number, with a point whatever the locale
 *
 * It has a process group of its own and nothing to read on standard input.
 */
AmEvaluator *am_evaluator_new_command (const char *command);

/* @dataset is borrowed. @architecture, @head: (nullable): as for am_vision_network_open(). */
AmEvaluator *am_evaluator_new_dataset (AmDataset *dataset, const char *architecture, const char *head,
                                       const AmEvaluateSettings *settings);
void am_evaluator_free (AmEvaluator *evaluator);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AmEvaluator, am_evaluator_free)

/* What tells two evaluators apart, for resuming. (transfer full); errors: NOT_READABLE. */
char *am_evaluator_get_identity (AmEvaluator *evaluator, GError **error);

/**
 * am_evaluator_score:
 *
 * Errors: NOT_READABLE (the command cannot be run, or fails: with its exit code and the end of what it
 * wrote), CORRUPT (no number, or one that is not finite), CANCELLED (the command and its children are
 * killed), those of am_evaluate().
 */
gboolean am_evaluator_score (AmEvaluator *evaluator, const char *checkpoint, double *score,
                             GCancellable *cancellable, GError **error);

G_END_DECLS
