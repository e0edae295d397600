/* Everything the pages share. Pages speak to each other by actions of the window, never directly:
 *
 *   win.show-page      s   "library", "merge", "runs", "compare", "measure"
 *   win.toast          s   a short message, already translated
 *   win.add-model      s   path into the first free slot of the merge page, which is shown when no slot is
 * empty win.merge-further  s   path into the first slot, the others staying; the merge page is shown
 *   win.add-base       s   path into the base slot
 *   win.load-recipe    s   a recipe file, merged checkpoint or recipe card into the merge page
 *   win.load-yaml      s   the same from text (history)
 *   win.open-recipe        asks for a file and loads it
 *   win.save-recipe        asks where to and saves the merge page's recipe
 *   win.export-card        recipe card as PNG
 *   win.sweep              one parameter over a list of values
 *   win.new-merge          empties the merge page (undoable)
 *   win.undo, win.redo     of the merge page
 *   win.merge              queues the merge (enabled by the merge page)
 *   win.compare       (ss) two paths ("" leaves a side as it is) into the compare page, which is shown
 *   win.measure        s   path of a model into the measure page, which is shown
 *   win.show-in-folder s   path in the file manager
 *   win.add-folder         asks for a folder for the library
 *   app.preferences, app.about, app.quit, win.show-help-overlay
 */
#pragma once

#include "state/data-source.h"
#include "state/draft.h"
#include "state/history.h"
#include "state/library.h"
#include "state/run-queue.h"
#include "state/statistics-shelf.h"

G_BEGIN_DECLS

#define AM_TYPE_WORKSPACE (am_workspace_get_type ())
G_DECLARE_FINAL_TYPE (AmWorkspace, am_workspace, AM, WORKSPACE, GObject)

/* Properties "draft", "library", "queue", "history", "settings": read only, for bindings; the getters, of the
 * data source and the statistics too, borrow. */
AmWorkspace *am_workspace_new (GSettings *settings);

AmDraft *am_workspace_get_draft (AmWorkspace *self);
AmLibrary *am_workspace_get_library (AmWorkspace *self);
AmRunQueue *am_workspace_get_queue (AmWorkspace *self);
AmHistory *am_workspace_get_history (AmWorkspace *self);
GSettings *am_workspace_get_settings (AmWorkspace *self);
AmDataSource *am_workspace_get_data_source (AmWorkspace *self);
AmStatisticsShelf *am_workspace_get_statistics (AmWorkspace *self);

/* What preferences say of a run. */
AmRunOptions am_workspace_get_run_options (AmWorkspace *self);

G_END_DECLS
