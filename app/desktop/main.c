#include <glib/gi18n.h>
#include <locale.h>

#include "amalgam.h"
#include "application.h"

/* A build that is not installed has its translations elsewhere. */
static const char *
get_locale_folder (void)
{
  const char *folder = g_getenv ("AMALGAM_LOCALE_DIR");

  return folder != NULL ? folder : AM_LOCALE_DIR;
}

static const char *
translate (const char *one, const char *many, gulong n)
{
  return many != NULL ? ngettext (one, many, n) : gettext (one);
}

int
main (int argc, char **argv)
{
  g_autoptr (AmApplication) application = NULL;

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, get_locale_folder ());
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  am_set_translate (translate);
  g_set_application_name (_ ("Amalgam"));

  application = am_application_new ();
  return g_application_run (G_APPLICATION (application), argc, argv);
}
