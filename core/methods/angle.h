/* Sine, cosine and arc cosine that give the same bits on every machine.
 *
 * Those of the C library are chosen by the CPU and differ in their last bit, which a merge would carry into
 * the file. These use nothing but + - * / and square roots, each of which IEEE 754 defines exactly. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* @angle in radians, at most a few thousand; within 1e-15 of the true value. Thread-safe, as all of these. */
double am_sin (double angle);
double am_cos (double angle);

/* @cosine from -1 to 1; relative error within 1e-15. */
double am_acos (double cosine);

G_END_DECLS
