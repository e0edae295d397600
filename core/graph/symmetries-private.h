/* What the files that derive symmetries share. The way goes from a graph to AmChannels (which channels are
 * the same), to AmDivision (which heads and groups they are divided into, and which of these are the same)
 * and to AmSymmetries. */
#pragma once

#include "graph/channel-spaces.h"
#include "graph/symmetries.h"

G_BEGIN_DECLS

#define AM_MAX_AXES 5

/**
 * AmChannels:
 * @values: (element-type GArray): of each node, in pieces
 * @axes: [tensors][AM_MAX_AXES]: pieces of an axis; %NULL where no node uses the tensor. What a node says of
 *   an axis another node knew before was unified with that
 */
typedef struct
{
  const AmGraph *graph;
  AmChannelSpaces *spaces;
  GPtrArray *values;
  GArray **axes;
} AmChannels;

AmChannels *am_channels_new (const AmGraph *graph);
void am_channels_free (AmChannels *channels);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AmChannels, am_channels_free)

const GArray *am_channels_get_axis (const AmChannels *channels, guint tensor, guint axis);
const GArray *am_channels_get_input (const AmChannels *channels, const AmNode *node, guint i);

/* A convolution that takes each channel alone and makes one of it. */
gboolean am_node_is_depthwise (const AmChannels *channels, const AmNode *node);

/* What a factor is called: as the layer, or as the attention around it. */
typedef enum
{
  AM_CALLED_LAYER,
  AM_CALLED_ATTENTION,
  AM_CALLED_QK,
  AM_CALLED_VO,
} AmCalled;

#define AM_NO_FACTOR (-1)

/**
 * AmPending: a factor to be, in a union-find
 * @parent: pending factor it depends on, or %AM_NO_FACTOR
 * @origin: node that gives the name
 */
typedef struct
{
  guint united;
  gint parent;
  guint64 size;
  AmFactorKind kind;
  gboolean can_rotate;
  AmFixed fixed;
  guint origin;
  AmCalled called;
} AmPending;

/* Digits of a space, outermost first. One is left for repeated channels. Digits of size 1 are left out. */
typedef struct
{
  guint n;
  guint factors[AM_MAX_DIGITS - 1];
} AmLayout;

/* @layouts: [spaces]; of representatives. */
typedef struct
{
  GArray *pending;
  AmLayout *layouts;
} AmDivision;

/* Fixes spaces of @channels that cannot be divided. */
AmDivision *am_division_new (const AmChannels *channels);
void am_division_free (AmDivision *division);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AmDivision, am_division_free)

/* Pending factors. United ones have the parent, name and kind of the first; what does not hold where all of
 * them stand is taken back in the end. */
gint am_pending_add (GArray *pending, const AmPending *factor); /* AM_NO_FACTOR for a size of 1 */
AmPending *am_pending_get (GArray *pending, guint factor);      /* the one that stands for it */
guint am_pending_find (GArray *pending, guint factor);          /* its number */
void am_pending_unite (GArray *pending, guint a, guint b);
void am_pending_fix (GArray *pending, guint factor, AmFixed fixed);

/* The factor above, of representatives; or %AM_NO_FACTOR. */
gint am_pending_get_parent (GArray *pending, guint factor);

/* Digits. @factor may be AM_NO_FACTOR, which adds nothing. */
void am_layout_append (AmLayout *layout, gint factor);

/* The digit at which the innermost channels number @size together, @layout->n for 1; or -1. */
gint am_layout_find (const AmLayout *layout, GArray *pending, guint64 size);

/* Unites digit by digit; FALSE when they are of other sizes. */
gboolean am_layout_unite (const AmLayout *a, const AmLayout *b, GArray *pending);

typedef enum
{
  AM_BLOCKS_STAY_TOGETHER, /* and may be reordered, as their insides may */
  AM_BLOCKS_ALIKE,         /* reordered inside in the same way, which is that of @inner */
  AM_BLOCKS_INSIDE_FIXED,
} AmBlockRule;

/* Neighbouring channels in blocks of @size. */
typedef struct
{
  guint64 size;
  AmBlockRule rule;
  gint inner;
  guint node;
} AmBlocks;

/**
 * AmClaims: what the nodes want of a space
 * @layouts: (element-type AmLayout)
 * @blocks: (element-type AmBlocks)
 * @is_separate: channels are more than summands of linear layers, and so cannot be mixed
 */
typedef struct
{
  GArray *layouts;
  GArray *blocks;
  gboolean is_separate;
} AmClaims;

/* A division in the making. @layouts, @claims: [spaces] */
typedef struct
{
  const AmChannels *channels;
  AmChannelSpaces *spaces;
  GArray *pending;
  AmLayout *layouts;
  AmClaims *claims;
} AmDivider;

/* Adds what the node of that number claims; fixes spaces that cannot be as it needs them. */
void am_divider_claim (AmDivider *divider, guint index);

gint am_divider_add_factor (const AmDivider *divider, AmFactorKind kind, guint64 size, gint parent,
                            guint origin);
void am_divider_fix_factor (const AmDivider *divider, gint factor, AmFixed fixed);

/* The digits from @first on. */
void am_divider_fix_layout (const AmDivider *divider, const AmLayout *layout, guint first, AmFixed fixed);

struct _AmSymmetries
{
  const AmGraph *graph;
  GArray *factors;  /* AmFactor */
  GArray *bindings; /* AmAxisBinding */
  GArray *fixed;    /* AmFixedSpace */
};

void am_symmetries_bind (AmSymmetries *symmetries, const AmChannels *channels, AmDivision *division);
void am_symmetries_list_fixed (AmSymmetries *symmetries, const AmChannels *channels, AmDivision *division);

G_END_DECLS
