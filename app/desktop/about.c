#include "about.h"

#include <glib/gi18n.h>

#include "amalgam.h"

/* The "model name" line of the first processor, where the system tells one. */
static char *
dup_processor (void)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (!g_file_get_contents ("/proc/cpuinfo", &text, NULL, NULL))
    return g_strdup ("unknown");
  lines = g_strsplit (text, "\n", 64);
  for (guint i = 0; lines[i] != NULL; i++)
    if (g_str_has_prefix (lines[i], "model name") && strchr (lines[i], ':') != NULL)
      return g_strdup (g_strstrip (strchr (lines[i], ':') + 1));
  return g_strdup ("unknown");
}

static const char *
get_instructions (void)
{
#if defined(__x86_64__)
  if (__builtin_cpu_supports ("avx512f"))
    return "AVX-512";
  return __builtin_cpu_supports ("avx2") ? "AVX2" : "x86-64";
#else
  return "scalar";
#endif
}

/* Not translated: it goes into bug reports. */
char *
am_about_dup_debug_info (void)
{
  g_autofree char *processor = dup_processor ();
  g_autofree char *system = g_get_os_info (G_OS_INFO_KEY_PRETTY_NAME);
  const char *forced = g_getenv ("AM_CPU");

  return g_strdup_printf ("Amalgam %s\n"
                          "Methods: %u\n"
                          "GTK %u.%u.%u, libadwaita %u.%u.%u, GLib %u.%u.%u\n"
                          "System: %s%s\n"
                          "Processor: %s, %u threads, %s%s%s\n",
                          AM_VERSION, am_method_get_count (), gtk_get_major_version (),
                          gtk_get_minor_version (), gtk_get_micro_version (), adw_get_major_version (),
                          adw_get_minor_version (), adw_get_micro_version (), glib_major_version,
                          glib_minor_version, glib_micro_version, system != NULL ? system : "unknown",
                          g_file_test ("/.flatpak-info", G_FILE_TEST_EXISTS) ? ", in Flatpak" : "", processor,
                          g_get_num_processors (), get_instructions (), forced != NULL ? ", AM_CPU=" : "",
                          forced != NULL ? forced : "");
}

/* In the markup AdwAboutWindow takes. */
static char *
dup_release_notes (void)
{
  const char *notes[] = {
    _ ("A library of your checkpoints, with previews and what each was merged from"),
    _ ("Merging by many methods, with a weight for each block of the network"),
    _ ("A live plan that says what will happen before anything is written"),
    _ ("Comparing two checkpoints by block and by tensor"),
    _ ("Recipes as YAML, in merged files and on recipe cards, which the command line replays"),
  };
  GString *text = g_string_new ("<ul>");

  for (gsize i = 0; i < G_N_ELEMENTS (notes); i++)
    {
      g_autofree char *item = g_markup_printf_escaped ("<li>%s</li>", notes[i]);

      g_string_append (text, item);
    }
  g_string_append (text, "</ul>");
  return g_string_free (text, FALSE);
}

AdwAboutWindow *
am_about_window_new (void)
{
  g_autofree char *debug_info = am_about_dup_debug_info ();
  g_autofree char *notes = dup_release_notes ();

  return g_object_new (
      ADW_TYPE_ABOUT_WINDOW, "application-name", _ ("Amalgam"), "application-icon", AM_APPLICATION_ID,
      "developer-name", _ ("The Amalgam developers"), "version", AM_VERSION, "comments",
      _ ("Merges neural-network checkpoints. What a recipe makes here, the command line makes again, byte "
         "for byte."),
      "website", "https://github.com/amalgam-merge/amalgam", "issue-url",
      "https://github.com/amalgam-merge/amalgam/issues", "license-type", GTK_LICENSE_MIT_X11, "copyright",
      "© 2026 The Amalgam developers", "release-notes", notes, "release-notes-version", AM_VERSION,
      "debug-info", debug_info, "debug-info-filename", "amalgam-debug-info.txt",
      /* Translators: your names, one a line */
      "translator-credits", _ ("translator-credits"), "modal", TRUE, NULL);
}
