/* Inside of AmSlotRow, for its own files. */
#pragma once

#include "slot-files.h"
#include "slot-row.h"

G_BEGIN_DECLS

struct _AmSlotRow
{
  GtkListBoxRow parent_instance;

  GtkDropTarget *drop_target;
  GtkLabel *badge;
  GtkWidget *preview_clamp;
  GtkPicture *preview;
  GtkWidget *placeholder;
  GtkLabel *name;
  GtkWidget *facts;
  GtkLabel *architecture;
  GtkLabel *details;
  GtkLabel *hint;
  GtkWidget *complaint_box;
  GtkLabel *complaint;
  GtkWidget *open_button;
  GtkMenuButton *chooser_button;
  GtkWidget *clear_button;
  GtkWidget *remove_button;
  GMenuModel *menu;
  GtkWidget *context_menu;
  AmSlotFiles *files;

  AmDraft *draft;
  AmLibrary *library;
  guint slot;
  const AmMethod *method; /* of the draft when it was shown */
  char *path;             /* shown, or %NULL before anything is */
  AmLibraryItem *item;
  char *plan_complaint;
};

/* The actions "slot.*", their keys and the menu of them. */
void am_slot_row_class_install_actions (GtkWidgetClass *widget_class);

/* Shows the menu of actions. */
void am_slot_row_show_menu (AmSlotRow *self, const GdkRectangle *where);

/* Whether there is no model in the slot. */
gboolean am_slot_row_is_empty (AmSlotRow *self);

G_END_DECLS
