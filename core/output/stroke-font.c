#include "output/stroke-font.h"

#include <string.h>

/* A glyph is its width followed by strokes. A stroke is a run of points, two base-36 digits each: x, and y
 * with the baseline at 3, the height of small letters at 9 and of capitals at b. "~" starts a smooth stroke,
 * "@" a smooth closed one. */
static const char *const glyphs[95] = {
  "3",                                  /* space */
  "0 0b05 03",                          /* ! */
  "2 0b09 2b29",                        /* " */
  "6 2b13 5b43 0868 0666",              /* # */
  "6 ~696b0b0767630305 3c32",           /* $ */
  "7 @0b3b3808 @46767343 6b13",         /* % */
  "7 ~73191b4b4806034377",              /* & */
  "0 0b09",                             /* ' */
  "2 ~2c090522",                        /* ( */
  "2 ~0c292502",                        /* ) */
  "4 2b27 0a48 4a08",                   /* * */
  "6 3933 0666",                        /* + */
  "1 1401",                             /* , */
  "4 0646",                             /* - */
  "0 03",                               /* . */
  "4 4c02",                             /* / */
  "5 @0b5b5303",                        /* 0 */
  "5 193b33",                           /* 1 */
  "5 ~090b5b5803 0353",                 /* 2 */
  "5 ~0a0b5b5727 ~2757530304",          /* 3 */
  "5 4b0555 4b43",                      /* 4 */
  "5 5b0b07 ~070858530304",             /* 5 */
  "5 ~4b0a05 @08585303",                /* 6 */
  "5 0b5b13",                           /* 7 */
  "5 @0b5b5707 @07575303",              /* 8 */
  "5 @0b5b5606 ~135459",                /* 9 */
  "0 03 08",                            /* : */
  "1 18 1401",                          /* ; */
  "5 590653",                           /* < */
  "6 0868 0565",                        /* = */
  "5 095603",                           /* > */
  "4 ~0a0b4b482725 23",                 /* ? */
  "8 ~63030b8b856569 @29696525",        /* @ */
  "6 033b63 1656",                      /* A */
  "5 0b03 ~0b2b5b572707 ~072757532303", /* B */
  "6 ~696b0b036365",                    /* C */
  "6 0b03 ~0b3b6b633303",               /* D */
  "5 5b0b0353 0747",                    /* E */
  "5 5b0b03 0747",                      /* F */
  "6 ~696b0b036367 6737",               /* G */
  "6 0b03 6b63 0767",                   /* H */
  "0 0b03",                             /* I */
  "4 ~4b47430305",                      /* J */
  "5 0b03 5b06 2853",                   /* K */
  "5 0b0353",                           /* L */
  "6 030b356b63",                       /* M */
  "6 030b636b",                         /* N */
  "7 @0b7b7303",                        /* O */
  "5 0b03 ~0b2b5b562606",               /* P */
  "7 @0b7b7303 4572",                   /* Q */
  "5 0b03 ~0b2b5b572707 2753",          /* R */
  "6 ~696b0b0767630305",                /* S */
  "6 0b6b 3b33",                        /* T */
  "6 ~0b070363676b",                    /* U */
  "6 0b336b",                           /* V */
  "8 0b234b638b",                       /* W */
  "6 0b63 6b03",                        /* X */
  "6 0b37 6b3733",                      /* Y */
  "6 0b6b0363",                         /* Z */
  "2 2c0c0222",                         /* [ */
  "4 0c42",                             /* \ */
  "2 0c2c2202",                         /* ] */
  "4 092b49",                           /* ^ */
  "6 0262",                             /* _ */
  "2 0c2a",                             /* ` */
  "5 5953 @09595303",                   /* a */
  "5 0b03 @09595303",                   /* b */
  "4 ~484909034344",                    /* c */
  "5 5b53 @09595303",                   /* d */
  "5 0656 ~565909035354",               /* e */
  "3 ~3b1b1813 0939",                   /* f */
  "5 @09595303 ~5955500001",            /* g */
  "4 0b03 ~0609494643",                 /* h */
  "0 0903 0b",                          /* i */
  "2 ~29242000 2b",                     /* j */
  "4 0b03 4905 1643",                   /* k */
  "1 ~0b050313",                        /* l */
  "8 0903 ~0609494643 ~4649898683",     /* m */
  "4 0903 ~0609494643",                 /* n */
  "5 @09595303",                        /* o */
  "5 0900 @09595303",                   /* p */
  "5 5950 @09595303",                   /* q */
  "3 0903 ~060939",                     /* r */
  "4 ~4849090646430304",                /* s */
  "3 ~1b151333 0939",                   /* t */
  "4 4943 ~0906034346",                 /* u */
  "4 092349",                           /* v */
  "8 0923496389",                       /* w */
  "4 0943 4903",                        /* x */
  "4 0923 4910",                        /* y */
  "4 09490343",                         /* z */
  "3 ~3c1c1707 ~07171232",              /* { */
  "0 0c02",                             /* | */
  "3 ~0c2c2737 ~37272202",              /* } */
  "5 ~05184457",                        /* ~ */
};

#define GAP 2.2 /* between letters */
#define MAX_POINTS 160
#define CORNER_CUTS 3

typedef struct
{
  float x, y;
} Point;

static const char *
find_glyph (char character)
{
  return glyphs[(character >= 32 && character < 127 ? character : '?') - 32];
}

static guint
parse_points (const char *text, gsize length, Point *points)
{
  guint n = 0;

  for (gsize i = 0; i + 1 < length && n < MAX_POINTS; i += 2)
    {
      char digit[2] = { text[i + 1], '\0' };

      points[n].x = (float)(text[i] - '0');
      points[n].y = (float)g_ascii_strtoull (digit, NULL, 36) - 3.0f;
      n++;
    }
  return n;
}

static Point
mix_points (Point a, Point b, float t)
{
  return (Point){ a.x + t * (b.x - a.x), a.y + t * (b.y - a.y) };
}

/* One round of corner cutting; the ends of an open stroke stay. */
static guint
cut_corners (Point *points, guint n, gboolean is_closed)
{
  Point cut[MAX_POINTS];
  guint n_cut = 0;
  guint n_edges = is_closed ? n : n - 1;

  if (2 * n_edges + 2 > MAX_POINTS)
    return n;
  if (!is_closed)
    cut[n_cut++] = points[0];
  for (guint i = 0; i < n_edges; i++)
    {
      Point a = points[i], b = points[(i + 1) % n];

      if (is_closed || i > 0)
        cut[n_cut++] = mix_points (a, b, 0.25f);
      if (is_closed || i + 1 < n_edges)
        cut[n_cut++] = mix_points (a, b, 0.75f);
    }
  if (!is_closed)
    cut[n_cut++] = points[n - 1];
  memcpy (points, cut, n_cut * sizeof *points);
  return n_cut;
}

static void
add_stroke (GArray *strokes, const char *text, gsize length)
{
  Point points[MAX_POINTS];
  gboolean is_closed = text[0] == '@';
  gboolean is_smooth = is_closed || text[0] == '~';
  guint n = parse_points (text + is_smooth, length - is_smooth, points);
  guint n_pieces;

  for (guint i = 0; is_smooth && i < CORNER_CUTS; i++)
    n = cut_corners (points, n, is_closed);
  n_pieces = is_closed || n == 1 ? n : n - 1;
  for (guint i = 0; i < n_pieces; i++)
    {
      Point a = points[i], b = points[(i + 1) % n];
      AmStroke stroke = { a.x, a.y, b.x, b.y };

      g_array_append_val (strokes, stroke);
    }
}

double
am_stroke_font_get (char character, GArray *strokes)
{
  const char *glyph = find_glyph (character);
  const char *text = glyph + 1;

  while (*text != '\0')
    {
      const char *end;

      text++;
      end = strchrnul (text, ' ');
      add_stroke (strokes, text, (gsize)(end - text));
      text = end;
    }
  return (glyph[0] - '0') + GAP;
}

double
am_stroke_font_measure (const char *text)
{
  double width = 0.0;

  for (const char *p = text; *p != '\0'; p++)
    width += (find_glyph (*p)[0] - '0') + GAP;
  return width > 0.0 ? width - GAP : 0.0;
}
