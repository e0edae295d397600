/* A workspace over the two demo models, in a folder of its own. */
#pragma once

#include "desktop-support.h"
#include "state/workspace.h"

typedef struct
{
  char *folder;
  char *a;
  char *b;
  GSettings *settings;
  AmWorkspace *workspace;
} DemoWorkspace;

/* Settings are at their defaults, but results go to the folder; the models are in slots A and B. */
void demo_workspace_init (DemoWorkspace *demo);
void demo_workspace_clear (DemoWorkspace *demo);

/* Writes the models into @folder. */
void demo_write_models (const char *folder, char **a, char **b);

/* All settings as they are on a first run. */
void demo_reset_settings (GSettings *settings);
