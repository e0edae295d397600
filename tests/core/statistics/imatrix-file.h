/* Importance matrices as llama.cpp writes them. */
#pragma once

#include <glib.h>

typedef struct _ImatrixFile ImatrixFile;

ImatrixFile *imatrix_file_new (void);

/* @sums [n_experts][n], [n] alone where @n_experts is 0; @counts [MAX (n_experts, 1)], or %NULL for none. */
void imatrix_file_add (ImatrixFile *file, const char *name, guint n_experts, guint n, const float *sums,
                       const float *counts);

/* Writes FOLDER/NAME and frees. Returns the path, (transfer full). */
char *imatrix_file_write (ImatrixFile *file, const char *folder, const char *name);
