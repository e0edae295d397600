/* Progress of long work, and the pair every front end adapts. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * AmProgressState:
 * @stage: what is being done, as in "Merging"; never %NULL
 * @item: the tensor or file at hand, or %NULL
 * @done_size: bytes of the work done
 * @total_size: bytes of the whole work; 0 while unknown
 * @speed: bytes per second over the run so far; 0 where the work is not counted in bytes
 * @seconds_left: estimate, or a negative number while unknown
 */
typedef struct
{
  const char *stage;
  const char *item;
  guint64 done_size;
  guint64 total_size;
  double speed;
  double seconds_left;
} AmProgressState;

/**
 * AmProgress:
 * @func: (nullable): called now and then, only on the thread that started the work
 * @user_data: for @func
 */
typedef struct
{
  void (*func) (const AmProgressState *state, gpointer user_data);
  gpointer user_data;
} AmProgress;

G_END_DECLS
