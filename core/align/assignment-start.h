/* Stages before the shortest paths, which assign most rows at little cost. */
#pragma once

#include "align/assignment-state.h"

/* Each column's dual becomes its least cost, and each row takes the lowest of the columns that are least in
 * it; the other rows become the free ones. Duals of columns whose row has no other such column then fall as
 * far as the row allows, which makes them dearer to others: "column reduction" and "reduction transfer". */
void am_assignment_reduce_columns (AmAssignmentState *state);

/* Each free row takes its best column, at a dual so low that its second best is as good, and sets free the
 * row that had it: "augmenting row reduction". Not more free rows are left than there were. */
void am_assignment_reduce_rows (AmAssignmentState *state);

/**
 * am_assignment_scale:
 * Finds duals near the best ones by an auction with falling increments (Bertsekas, Annals of Operations
 * Research 14, 1988) and leaves every row free.
 *
 * Any duals of columns are a start, since every column is assigned in the end. Good ones keep the paths short
 * where many rows compete for the same columns, as in similarities of low rank; from poor ones the search
 * looks at most of the matrix for every row.
 */
void am_assignment_scale (AmAssignmentState *state);
