/* Inside of the editor, for its own files. */
#pragma once

#include <adwaita.h>

#include "blocks/block-axis.h"
#include "blocks/block-chart.h"
#include "blocks/block-editor.h"
#include "blocks/preset-popover.h"

struct _AmBlockEditor
{
  GtkWidget parent_instance;

  GtkMenuButton *preset_button;
  GtkLabel *preset_label;
  AmPresetPopover *preset_popover;
  GtkToggleButton *blend_toggle;
  GtkToggleButton *curve_toggle;
  GtkMenuButton *second_button;
  GtkLabel *second_label;
  AmPresetPopover *second_popover;
  GtkWidget *blend_scale;
  GtkAdjustment *blend_adjustment;
  GtkStack *stack;
  AmBlockAxis *axis;
  AmBlockChart *chart;
  GtkWidget *toolbar;
  GtkWidget *numbers_row;
  GtkEntry *numbers;
  GtkWidget *message_row;
  GtkImage *message_icon;
  GtkLabel *message;
  GtkLabel *help;

  AmBlockValues *values;
  AmOwnPresets *own;

  gboolean is_applying; /* a change comes from here, not from outside */
  gboolean is_showing;  /* widgets are being set, not used */
  gboolean is_edited;   /* the entry holds what the user typed */
  guint show_source;

  double *base; /* [n_bars]: what the slider mixes with the second preset; or %NULL: the bars as they are */
  guint base_preset;   /* the same as a built-in preset, or G_MAXUINT */
  double *second;      /* [n_bars], or %NULL while none is chosen */
  guint second_preset; /* or G_MAXUINT */
  guint blend_timeout;
};

/* Below the numbers, until the next change; %NULL: none. */
void am_block_editor_say (AmBlockEditor *self, const char *text, gboolean is_error);

/* In the window, where it shows such messages. */
void am_block_editor_toast (AmBlockEditor *self, const char *text);

/* Sets the bars from text and says what there is to say; one edit. */
gboolean am_block_editor_take_text (AmBlockEditor *self, const char *text);

/* block-editor-presets.c */
void am_block_editor_bind_preset_callbacks (GtkWidgetClass *widget_class);
void am_block_editor_install_preset_actions (GtkWidgetClass *widget_class);
void am_block_editor_choose_preset (AmBlockEditor *self, guint preset);
void am_block_editor_choose_second (AmBlockEditor *self, guint preset);

/* Forgets the second preset. */
void am_block_editor_reset_blend (AmBlockEditor *self);
void am_block_editor_end_blend (AmBlockEditor *self);

/* Names of presets on the buttons, after a change. */
void am_block_editor_show_presets (AmBlockEditor *self);
