/* A plan and a report in words. */
#pragma once

#include "amalgam.h"

/* What a merge would do. */
void merge_print_plan (const AmPlan *plan, const AmRecipe *recipe);

/* What it did. @output: where. */
void merge_print_report (const AmPlan *plan, const AmReport *report, const AmRecipe *recipe, const char *output);
