/* Opens checkpoints that tests make in memory. */
#pragma once

#include "checkpoint/checkpoint.h"

/* Writes @bytes to @path and opens it. */
AmCheckpoint *open_bytes (const char *path, const GByteArray *bytes, GError **error);

/* The same, of bytes that have to be accepted. */
AmCheckpoint *open_good (const char *path, const GByteArray *bytes);

/* Fails unless opening @bytes gives an error of that @code that names the file and holds @message. @name
 * tells which case it was. */
void assert_refused (const char *path, const char *name, const GByteArray *bytes, AmError code,
                     const char *message);
