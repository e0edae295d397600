/* Which channels of a network are the same channels: union-find over spaces of channels that are cut into
 * smaller ones as need be. Two spaces that are unified are permuted alike for ever after. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Why a space cannot move. The words are in symmetries-fixed.c. */
typedef enum
{
  AM_FREE,
  AM_FIXED_BY_NATURE, /* rows of an embedding, taps of a kernel: nothing to tell people */
  AM_FIXED_INPUT,
  AM_FIXED_OUTPUT,
  AM_FIXED_STRADDLED,  /* a group reaches beyond them */
  AM_FIXED_NOT_NESTED, /* groups that do not nest */
  AM_FIXED_DIVIDED,    /* heads and groups that contradict each other */
  AM_FIXED_NO_HEADS,   /* their number is not known */
  AM_FIXED_UNEVEN,     /* the width is no multiple of heads or groups */
  AM_FIXED_MIXED,      /* heads that are made of several spaces, or of a part of one */
  AM_FIXED_ROTARY,
  AM_FIXED_FLATTENED, /* meets channels that are divided otherwise */
  AM_FIXED_TIED,      /* to others that are fixed */
} AmFixedCause;

/* @node: number of the node in the graph that is the cause; for %AM_FIXED_NO_HEADS the one that makes the
 * heads. */
typedef struct
{
  AmFixedCause cause;
  guint node;
} AmFixed;

/* A space of which each channel stands for @repeat neighbouring ones that stay together, as flattened
 * positions do. A value of the network is a GArray of these, in the order of its channels. */
typedef struct
{
  guint space;
  guint64 repeat;
} AmPiece;

typedef struct _AmChannelSpaces AmChannelSpaces;

AmChannelSpaces *am_channel_spaces_new (void);
void am_channel_spaces_free (AmChannelSpaces *spaces);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AmChannelSpaces, am_channel_spaces_free)

/**
 * am_channel_spaces_add:
 * @origin: number of the node that makes the channels
 *
 * Returns: (transfer full) (element-type AmPiece): a value of one new space of @size channels, or of none
 * when @size is 0.
 */
GArray *am_channel_spaces_add (AmChannelSpaces *spaces, guint64 size, guint origin);

/* The same for channels that cannot move. */
GArray *am_channel_spaces_add_fixed (AmChannelSpaces *spaces, guint64 size, AmFixed fixed);

/**
 * am_channel_spaces_unify:
 * @node: that ties them
 *
 * Channel i of @a is channel i of @b from now on. Where the two are divided differently both are cut; where
 * that is impossible, or one is longer, they are fixed.
 */
void am_channel_spaces_unify (AmChannelSpaces *spaces, const GArray *a, const GArray *b, guint node);

/* Channels @start .. @start + @length of @value. Spaces across an end are cut, or fixed when the end is
 * inside of repeated ones; what lies outside of @value is fixed. (transfer full). */
GArray *am_channel_spaces_cut (AmChannelSpaces *spaces, const GArray *value, guint64 start, guint64 length,
                               guint node);

/* The first cause that is given stays, unless it is %AM_FIXED_BY_NATURE. */
void am_channel_spaces_fix (AmChannelSpaces *spaces, const GArray *value, AmFixed fixed);
void am_channel_spaces_fix_space (AmChannelSpaces *spaces, guint space, AmFixed fixed);

/* @value in terms of representatives: spaces that are not cut, each standing for all that are unified with
 * it. (transfer full). */
GArray *am_channel_spaces_resolve (AmChannelSpaces *spaces, const GArray *value);

guint64 am_channel_spaces_get_length (AmChannelSpaces *spaces, const GArray *value);

/* Spaces are numbered from 0. What follows is for representatives. */
guint am_channel_spaces_get_n (const AmChannelSpaces *spaces);
gboolean am_channel_spaces_is_representative (const AmChannelSpaces *spaces, guint space);
guint64 am_channel_spaces_get_size (const AmChannelSpaces *spaces, guint space);
guint am_channel_spaces_get_origin (const AmChannelSpaces *spaces, guint space); /* the earliest */
AmFixed am_channel_spaces_get_fixed (const AmChannelSpaces *spaces, guint space);

G_END_DECLS
