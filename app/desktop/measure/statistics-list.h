/* The statistics that have been measured. */
#pragma once

#include <adwaita.h>

#include "state/statistics-shelf.h"

G_BEGIN_DECLS

#define AM_TYPE_STATISTICS_LIST (am_statistics_list_get_type ())
G_DECLARE_FINAL_TYPE (AmStatisticsList, am_statistics_list, AM, STATISTICS_LIST, AdwBin)

/* @shelf: kept. Once, before the list is shown. */
void am_statistics_list_set_shelf (AmStatisticsList *self, AmStatisticsShelf *shelf);

G_END_DECLS
