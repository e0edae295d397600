/* What the files that touch BLAS and LAPACK share. */
#pragma once

/**
 * am_linalg_enter, am_linalg_leave:
 *
 * Around every call of BLAS or LAPACK: they run single-threaded between the two. leave takes what enter
 * returned.
 */
int am_linalg_enter (void);
void am_linalg_leave (int n_threads);
