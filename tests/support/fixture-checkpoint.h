/* Small checkpoints for tests, written by code of the tests' own. */
#pragma once

#include <glib.h>

#include "base/dtype.h"

/* Builds a safetensors file in memory: add tensors, then write. Data offsets follow the order of adding. */
typedef struct _Fixture Fixture;

Fixture *fixture_new (void);
void fixture_free (Fixture *fixture);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Fixture, fixture_free)

void fixture_set_metadata (Fixture *fixture, const char *key, const char *value);

/* @shape is "2,3" or "" for a scalar; @data holds the bytes, copied. */
void fixture_add_bytes (Fixture *fixture, const char *name, AmDtype dtype, const char *shape, const void *data);

/* Values rounded to @dtype (F64 F32 F16 BF16 F8_E4M3 F8_E5M2, nearest even), one per element. */
void fixture_add_values (Fixture *fixture, const char *name, AmDtype dtype, const char *shape, const double *values);

/* Normal random values of that standard deviation from a seeded generator. */
void fixture_add_random (Fixture *fixture, const char *name, AmDtype dtype, const char *shape, guint32 seed,
                         double deviation);

/* Writes to FOLDER/NAME; aborts the test on failure. Returns the path (free with g_free()). */
char *fixture_write (Fixture *fixture, const char *folder, const char *name);

/* A fresh temporary folder (free with g_free(); remove with fixture_remove_folder()). */
char *fixture_new_folder (void);
void fixture_remove_folder (const char *folder);
