#include "base/nearest-name.h"

#include <string.h>

#define MAX_LENGTH 48

/* Letters to insert, delete, replace, or swap with their neighbour to get from one word to the other. */
static guint
edit_distance (const char *a, const char *b)
{
  guint rows[3][MAX_LENGTH + 1] = { 0 };
  gsize n = strlen (a), m = strlen (b);

  for (gsize j = 0; j <= m; j++)
    rows[0][j] = (guint)j;
  for (gsize i = 1; i <= n; i++)
    {
      guint *row = rows[i % 3], *above = rows[(i + 2) % 3], *second = rows[(i + 1) % 3];

      row[0] = (guint)i;
      for (gsize j = 1; j <= m; j++)
        {
          guint replaced = above[j - 1] + (g_ascii_tolower (a[i - 1]) != g_ascii_tolower (b[j - 1]));

          row[j] = MIN (replaced, MIN (above[j], row[j - 1]) + 1);
          if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
            row[j] = MIN (row[j], second[j - 2] + 1);
        }
    }
  return rows[n % 3][m];
}

const char *
am_nearest_name (const char *word, const char *const *names)
{
  const char *nearest = NULL;
  gsize length = strlen (word);
  guint best = (guint)CLAMP (length / 3, 1, 3);

  if (length == 0 || length > MAX_LENGTH)
    return NULL;
  for (; *names != NULL; names++)
    {
      guint distance;

      if (strlen (*names) > MAX_LENGTH)
        continue;
      distance = edit_distance (word, *names);
      if (distance < best || (distance == best && nearest == NULL))
        {
          best = distance;
          nearest = *names;
        }
    }
  return nearest;
}

char *
am_nearest_hint (const char *word, const char *const *names)
{
  const char *nearest = am_nearest_name (word, names);

  return nearest != NULL ? g_strdup_printf ("; did you mean '%s'?", nearest) : g_strdup ("");
}
