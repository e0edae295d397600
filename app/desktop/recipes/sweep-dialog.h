/* Asks which number varies over which values, and queues the merges. */
#pragma once

#include <adwaita.h>

#include "state/workspace.h"

G_BEGIN_DECLS

#define AM_TYPE_SWEEP_DIALOG (am_sweep_dialog_get_type ())
G_DECLARE_FINAL_TYPE (AmSweepDialog, am_sweep_dialog, AM, SWEEP_DIALOG, AdwWindow)

/* Of the merge in the workspace's draft as it is now. */
AmSweepDialog *am_sweep_dialog_new (AmWorkspace *workspace);

G_END_DECLS
