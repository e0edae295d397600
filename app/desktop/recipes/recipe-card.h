/* A recipe card: a picture of a merge to share, whose PNG holds the recipe. */
#pragma once

#include <gtk/gtk.h>

#include "state/workspace.h"

G_BEGIN_DECLS

#define AM_CARD_WIDTH 1200
#define AM_CARD_HEIGHT 675
#define AM_CARD_MAX_PICTURES 2

/* One bar of the chart. */
typedef struct
{
  char *name;
  char *group; /* bars of different groups stand apart */
  double value;
} AmCardBar;

/* What a card shows; all texts are for people. */
typedef struct
{
  char *title;
  char *method;
  char *parameters;    /* "Alpha 0.3, seed 7", or "" */
  char *chart_title;   /* what the bars are */
  char *footer;        /* architecture and date */
  GPtrArray *models;   /* char *: names, in the order of the letters */
  GPtrArray *letters;  /* char *: "A", "Base" */
  GPtrArray *pictures; /* GdkTexture *: at most AM_CARD_MAX_PICTURES */
  GArray *bars;        /* AmCardBar */
  double minimum;      /* of the bars' axis */
  double maximum;
} AmCard;

/**
 * am_card_new:
 *
 * The card of the workspace's draft. Previews are those the library knows. Of the main thread.
 * Returns: (transfer full).
 */
AmCard *am_card_new (AmWorkspace *workspace);
void am_card_free (AmCard *card);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AmCard, am_card_free)

/* Draws the card, AM_CARD_WIDTH by AM_CARD_HEIGHT. (transfer full) */
cairo_surface_t *am_card_draw (const AmCard *card, gboolean is_dark);

/* A picture of the drawing for a widget. (transfer full) */
GdkTexture *am_card_make_texture (cairo_surface_t *surface);

/* Writes the drawing as PNG with the recipe in it. Of any thread. Errors: NOT_WRITABLE, NO_SPACE. */
gboolean am_card_write (cairo_surface_t *surface, const char *path, const char *yaml, GError **error);

G_END_DECLS
