/* What the files of the measure page share. */
#pragma once

#include "measure/data-section.h"
#include "measure/measure-page.h"
#include "measure/measurement.h"
#include "measure/model-row.h"
#include "measure/statistics-list.h"
#include "measure/task-bar.h"

G_BEGIN_DECLS

typedef enum
{
  AM_TASK_EVALUATE,
  AM_TASK_LINE,
  AM_TASK_STATISTICS,
  AM_N_TASKS,
} AmTask;

struct _AmMeasurePage
{
  AdwBin parent_instance;

  GtkWidget *welcome;
  AmDataSection *data;
  AmModelRow *model;
  AmModelRow *other;
  AdwActionRow *head_row;
  GtkWidget *head_clear;
  GtkLabel *hint;
  GtkWidget *groups[AM_N_TASKS];
  GtkSwitch *reset;
  GtkCheckButton *kinds[AM_N_STATISTICS];
  AmTaskBar *bars[AM_N_TASKS];
  GtkLabel *failures[AM_N_TASKS];
  GtkBox *evaluations;
  GtkBox *line;
  GtkLabel *gaps;
  AmStatisticsList *shelf;

  AmWorkspace *workspace;
  char *head; /* path, or NULL */
  AmJob *job; /* of @task, or NULL */
  AmTask task;
  AmBarrier *barrier; /* on show, or NULL */
  char *line_names[2];
};

/* Adds the actions that measure to the class. */
void am_measure_page_class_install_tasks (GtkWidgetClass *widget_class);

/* What can be done now, and why not. */
void am_measure_page_update (AmMeasurePage *self);

G_END_DECLS
