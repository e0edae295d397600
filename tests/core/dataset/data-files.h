/* Data files made byte by byte, for tests of their readers. */
#pragma once

#include <gio/gio.h>

#include "dataset/dataset.h"

/* Appends. */
void put_bytes (GByteArray *bytes, gconstpointer data, gsize size);
void put_be32 (GByteArray *bytes, guint32 value);
void put_le (GByteArray *bytes, guint64 value, guint size);

/* Writes to FOLDER/NAME, whose parents are made, and frees @bytes. Returns the path, (transfer full). */
char *write_bytes (GByteArray *bytes, const char *folder, const char *name);

/* [height][width][channels] pixels as a file. Channels: 1 grey, 2 with alpha, 3 colours, 4 with alpha; @depth
 * 8 or 16, of which the high byte is the pixel. */
GByteArray *make_png (const guint8 *pixels, guint height, guint width, guint channels, guint depth,
                      gboolean is_interlaced);

/* The pixels are numbers of colours in @palette [n_colours][3]. */
GByteArray *make_palette_png (const guint8 *pixels, guint height, guint width, const guint8 *palette,
                              guint n_colours);

/* Channels: 1, 3, or 4 for CMYK. */
GByteArray *make_jpeg (const guint8 *pixels, guint height, guint width, guint channels,
                       gboolean is_progressive);

/* IDX of unsigned bytes. */
GByteArray *make_idx (const guint8 *values, guint n_dims, const guint32 *shape);

/* .npy of that version with that dict. */
GByteArray *make_npy (guint version, const char *dict, gconstpointer values, gsize size);

/* A zip archive; frees the members. */
GByteArray *make_zip (const char *const *names, GByteArray **members, guint n, gboolean is_deflated);

/* A compressed copy; frees @bytes. */
GByteArray *compress_bytes (GByteArray *bytes, GZlibCompressorFormat format);

/* A data set that must open, or one that must not, for a reason whose message holds @path and @part. */
AmDataset *open_data (const char *path, const char *preprocessing);
void check_refused (const char *path, AmError code, const char *part);

/* All values, [n][height][width][channels]; (transfer full). */
float *read_all (AmDataset *dataset);

/**
 * check_cuts:
 * @opened: (nullable): what is opened; %NULL: the file
 * @is_whole: (nullable): whether a file of that many bytes is whole too
 *
 * Cuts the file at about fifty places and more near both ends, and damages bytes here and there: cut ones
 * must be refused with a message that names the file, damaged ones may be anything but a crash. Frees @bytes.
 */
void check_cuts (GByteArray *bytes, const char *folder, const char *name, const char *opened,
                 gboolean (*is_whole) (gsize size));
