/* The digits of tests/core/align/digits as data, and the networks trained on them. */
#pragma once

#include "network/vision-network.h"
#include "dataset/dataset.h"

#define N_DIGITS 540

/* Path of a file of digits/. (transfer full) */
char *digits_path (const char *name);

AmVisionNetwork *digits_open (const char *name);

/* FOLDER/@name with the held-out pictures [540, 1, 8, 8] from 0 to 1 and their labels plus @shift. (transfer
 * full) */
AmDataset *digits_data (const char *folder, const char *name, guint shift);
