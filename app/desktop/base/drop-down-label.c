#include "base/drop-down-label.h"

void
am_drop_down_keep_label (GtkDropDown *self)
{
  gtk_accessible_reset_relation (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_RELATION_LABELLED_BY);
}
