/* Threads that share the work of weight matching: large items that wait for one another, and tiles of an item
 * that threads without one help with. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _AmCrew AmCrew;

/**
 * AmCrewJob:
 * @run: works on one item, concurrently with others. Returns %FALSE with an error to end the job
 * @pick: (nullable): the next item that may start, or -1 while there is none. Without, items start in order
 * @finish: (nullable): called after each item that was run
 *
 * @pick and @finish are never called concurrently, and see all that finished items wrote.
 */
typedef struct
{
  guint n_items;
  gboolean (*run) (guint item, gpointer user_data, GError **error);
  gint (*pick) (gpointer user_data);
  void (*finish) (guint item, gpointer user_data);
  gpointer user_data;
} AmCrewJob;

/**
 * am_crew_new:
 * @n_threads: at least 1
 * @tick: (nullable): called every 50 ms by am_crew_run(), on its thread
 */
AmCrew *am_crew_new (guint n_threads, GCancellable *cancellable, void (*tick) (gpointer user_data),
                     gpointer user_data);
void am_crew_free (AmCrew *crew);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AmCrew, am_crew_free)

/* All items of @job, waiting for the last. From the thread that made the crew. Errors: CANCELLED, and those
 * of the items; once there is one, no item starts. */
gboolean am_crew_run (AmCrew *crew, const AmCrewJob *job, GError **error);

/* From within an item: calls @func for tiles 0 .. n_tiles - 1 in any order, on this thread and idle ones.
 * Tiles must write to places of their own. Errors: those of am_crew_check(); then some tiles were left out.
 */
gboolean am_crew_share (AmCrew *crew, guint n_tiles, void (*func) (guint tile, gpointer user_data),
                        gpointer user_data, GError **error);

/* Error CANCELLED when the work shall stop. */
gboolean am_crew_check (AmCrew *crew, GError **error);

G_END_DECLS
