#include "base/text.h"

static AmTranslate translator;

void
am_set_translate (AmTranslate translate)
{
  translator = translate;
}

const char *
am_translate (const char *text)
{
  return translator != NULL ? translator (text, NULL, 1) : text;
}

const char *
am_translate_plural (const char *one, const char *many, gulong n)
{
  if (translator != NULL)
    return translator (one, many, n);
  return n == 1 ? one : many;
}
