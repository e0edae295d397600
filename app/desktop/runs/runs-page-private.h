/* The runs page, shared by its files. */
#pragma once

#include "runs/result-view.h"
#include "runs/run-card.h"
#include "runs/runs-page.h"

G_BEGIN_DECLS

struct _AmRunsPage
{
  GtkWidget parent_instance;

  AdwLeaflet *leaflet;
  GtkWidget *queue_scrolled;
  GtkWidget *queue_separator;
  AmRunCard *card;
  GtkWidget *waiting_group;
  GtkListBox *waiting_list;
  GtkWidget *finished_group;
  GtkListBox *finished_list;
  GtkWidget *search_box;
  GtkSearchEntry *search;
  GtkStack *history_stack;
  GtkListView *history_view;
  AmResultView *result;

  AmWorkspace *workspace;
  GtkFilterListModel *waiting;
  GtkFilterListModel *finished;
  GtkFilterListModel *found;
  GtkSingleSelection *selection;
  char **words;              /* of the search, case folded; or %NULL */
  gboolean is_result_chosen; /* by the user, so that a new one does not take its place */
};

/* Upper part: runs-queue.c. Once, when the workspace is there. */
void am_runs_page_set_up_queue (AmRunsPage *self);

/* Lower part: runs-history.c. */
void am_runs_page_set_up_history (AmRunsPage *self);

/* Shows @entry beside the list, or %NULL for none; @is_wanted: turns to it where there is room for one of them alone. */
void am_runs_page_show_entry (AmRunsPage *self, AmHistoryEntry *entry, gboolean is_wanted);

void am_runs_page_remove_entry (AmRunsPage *self, AmHistoryEntry *entry);

G_END_DECLS
