/* What the files of the library page share. */
#pragma once

#include "library/family-chips.h"
#include "library/item-details.h"
#include "library/library-filter.h"
#include "library/library-page.h"
#include "library/lost-folders.h"

G_BEGIN_DECLS

struct _AmLibraryPage
{
  GtkWidget parent_instance;

  AdwFlap *flap;
  GtkWidget *toolbar;
  GtkSearchEntry *search;
  GtkWidget *spinner;
  AmFamilyChips *chips;
  AmLostFolders *lost_folders;
  GtkStack *stack;
  GtkGridView *grid;
  GtkListView *list;
  AmItemDetails *details;
  GMenuModel *item_menu;
  GtkWidget *menu;       /* a popover of ours */
  GtkWidget *menu_focus; /* (nullable): where the focus was before */

  AmWorkspace *workspace;
  AmLibraryFilter *filter;
  GtkSortListModel *sorted;
  GtkSingleSelection *selection;
  char *sort;
  gboolean has_toolbar;
  guint columns_idle;
};

/* library-actions.c: what can be done with the selected item, and its menu. */
void am_library_page_class_install_item_actions (GtkWidgetClass *widget_class);
void am_library_page_update_item_actions (AmLibraryPage *self);

/* The menu of the selected item: at a point of @widget, or below it when @at is %NULL. */
void am_library_page_show_menu (AmLibraryPage *self, GtkWidget *widget, const graphene_point_t *at);

/* Gives the focus back: a popover that closes leaves it to whatever comes first in the window. */
void am_library_page_menu_closed (AmLibraryPage *self);

/* library-cards.c: the grid's cards and the list's rows. */
void am_library_page_set_up_cards (AmLibraryPage *self);

/* library-drops.c: files dropped on the page. */
void am_library_page_set_up_drops (AmLibraryPage *self);
void am_library_page_set_preview (AmLibraryPage *self, AmLibraryItem *item, const char *picture);
void am_library_page_add_folders (AmLibraryPage *self, const char *const *folders);

AmLibraryItem *am_library_page_get_selected (AmLibraryPage *self); /* borrowed; (nullable) */
void am_library_page_select (AmLibraryPage *self, AmLibraryItem *item);

G_END_DECLS
