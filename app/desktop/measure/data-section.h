/* Which pictures models are measured with, how they are prepared, and how many of them. */
#pragma once

#include <adwaita.h>

#include "state/data-source.h"

G_BEGIN_DECLS

#define AM_TYPE_DATA_SECTION (am_data_section_get_type ())
G_DECLARE_FINAL_TYPE (AmDataSection, am_data_section, AM, DATA_SECTION, AdwBin)

/* @source: kept. Once, before the section is shown. Files and folders dropped on it become the data. */
void am_data_section_set_source (AmDataSection *self, AmDataSource *source);

/* Lets files and folders be dropped on @widget too. */
void am_data_section_accept_drops (AmDataSection *self, GtkWidget *widget);

/* Ask for a folder or a file of pictures. */
void am_data_section_choose_folder (AmDataSection *self);
void am_data_section_choose_file (AmDataSection *self);

G_END_DECLS
