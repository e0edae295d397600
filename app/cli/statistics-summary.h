/* What a file of statistics holds, for the terminal. */
#pragma once

#include "amalgam.h"

/* @sums: what the file was made of, which knows what was left out. */
void statistics_summary_print (const AmStatistics *statistics, const AmStatisticsSums *sums);
void statistics_summary_print_json (const AmStatistics *statistics, const AmStatisticsSums *sums);
