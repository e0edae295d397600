/* What the files of the window share. */
#pragma once

#include "compare/compare-page.h"
#include "library/library-page.h"
#include "measure/measure-page.h"
#include "merge/merge-page.h"
#include "preferences/welcome-page.h"
#include "runs/runs-page.h"
#include "window.h"

G_BEGIN_DECLS

struct _AmWindow
{
  AdwApplicationWindow parent_instance;

  AdwToastOverlay *toasts;
  AdwViewSwitcherTitle *switcher_title;
  AdwHeaderBar *header;
  GtkWidget *recipe_buttons;
  GtkWidget *open_button;
  GtkWidget *save_button;
  GtkStack *content;
  AdwViewStack *stack;
  AdwViewStackPage *runs_stack_page;
  AdwBin *library_bin;
  AdwBin *merge_bin;
  AdwBin *runs_bin;
  AdwBin *compare_bin;
  AdwBin *measure_bin;

  AmWelcomePage *welcome_page; /* NULL once it is done */
  AmWorkspace *workspace;
  char *lone_model; /* path of one that was added and may ask for another, or NULL */
  guint hint;       /* source that asks */
  gboolean is_narrow;
  gboolean is_closing; /* the user agreed that open merges end with the window */
};

/* Adds the actions of state/workspace.h to the class. */
void am_window_class_install_actions (GtkWidgetClass *widget_class);

/* The same for those that open and save recipes. */
void am_window_class_install_recipe_actions (GtkWidgetClass *widget_class);

/* Sets which actions can be used now, and follows the draft. Once, when the workspace is there. */
void am_window_follow_draft (AmWindow *self);

/* The page of that name, made when it is first asked for. */
GtkWidget *am_window_get_page (AmWindow *self, const char *name);

/* Makes the pages that nobody has asked for yet, once the window has been drawn. */
void am_window_make_pages_later (AmWindow *self);

/* Accepts files dropped where no widget of a page takes them. */
void am_window_accept_drops (AmWindow *self);

/* Loads @path into the merge page, and tells which of its models were not found. */
void am_window_load_recipe (AmWindow *self, const char *path);

/* Adds a folder to the library and shows it. */
void am_window_add_folder (AmWindow *self, const char *path);

void am_window_toast (AmWindow *self, const char *text);

/* A dialog with one button. */
void am_window_show_error (AmWindow *self, const char *heading, const char *text);

G_END_DECLS
