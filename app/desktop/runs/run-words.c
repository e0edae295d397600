#include "runs/run-words.h"

#include <glib/gi18n.h>
#include <math.h>

#include "base/readable.h"

static char *
describe_end (AmJobState state, double seconds, const AmRunSummary *summary)
{
  g_autofree char *duration = am_readable_duration (seconds);
  g_autofree char *size = NULL;

  if (state == AM_JOB_FAILED && seconds < 1)
    return g_strdup (_ ("Failed, nothing was written"));
  if (state == AM_JOB_FAILED)
    return g_strdup_printf (_ ("Failed after %s, nothing was written"), duration);
  if (state == AM_JOB_CANCELLED && seconds < 1)
    return g_strdup (_ ("Cancelled, nothing was written"));
  if (state == AM_JOB_CANCELLED)
    return g_strdup_printf (_ ("Cancelled after %s, nothing was written"), duration);
  if (summary == NULL)
    return g_strdup_printf (_ ("Done in %s"), duration);
  size = am_readable_size (summary->bytes_written);
  /* Translators: a duration, then a size, as in "Done in 3.2 s, 2.1 GB written". */
  return g_strdup_printf (_ ("Done in %s, %s written"), duration, size);
}

char *
am_run_words_headline (AmHistoryEntry *entry)
{
  return describe_end (am_history_entry_get_state (entry), am_history_entry_get_seconds (entry),
                       am_history_entry_get_summary (entry));
}

char *
am_run_words_of_run (AmRun *run)
{
  AmJob *job = am_run_get_job (run);
  const AmRunSummary *summary = am_run_get_summary (run);

  switch (am_job_get_state (job))
    {
    case AM_JOB_WAITING:
      return g_strdup (am_run_get_subtitle (run));
    case AM_JOB_RUNNING:
      return g_strdup (_ ("Running"));
    case AM_JOB_DONE:
      return describe_end (AM_JOB_DONE, summary->seconds, summary);
    case AM_JOB_FAILED:
      return g_strdup (am_job_get_error (job)->message);
    case AM_JOB_CANCELLED:
      return g_strdup (am_run_get_started (run) == 0 ? _ ("Cancelled before it began")
                                                     : _ ("Cancelled, nothing was written"));
    default:
      g_return_val_if_reached (NULL);
    }
}

static const char *
choose_count_format (AmAction action, guint n)
{
  switch (action)
    {
    case AM_ACTION_MERGED:
      return ngettext ("%s tensor merged", "%s tensors merged", n);
    case AM_ACTION_MERGED_OVERLAP:
      return ngettext ("%s tensor merged where shapes overlap", "%s tensors merged where shapes overlap", n);
    case AM_ACTION_COPIED_ONE_SIDED:
      return ngettext ("%s tensor copied: not in every model", "%s tensors copied: not in every model", n);
    case AM_ACTION_COPIED_SHAPE_MISMATCH:
      return ngettext ("%s tensor copied from the first model: shapes differ",
                       "%s tensors copied from the first model: shapes differ", n);
    case AM_ACTION_COPIED_INTEGER:
      return ngettext ("%s tensor copied exactly: not numbers to blend",
                       "%s tensors copied exactly: not numbers to blend", n);
    case AM_ACTION_COPIED_POLICY:
      return ngettext ("%s tensor copied as asked", "%s tensors copied as asked", n);
    case AM_ACTION_COPIED_TRAINING:
      return ngettext ("%s tensor copied: averaged copies and noise schedule",
                       "%s tensors copied: averaged copies and noise schedule", n);
    case AM_ACTION_BAKED:
      return ngettext ("%s tensor taken from the VAE file", "%s tensors taken from the VAE file", n);
    case AM_ACTION_REPAIRED:
      return ngettext ("%s tensor of position numbers repaired", "%s tensors of position numbers repaired",
                       n);
    case AM_ACTION_DISCARDED:
      return ngettext ("%s tensor left out", "%s tensors left out", n);
    default:
      g_return_val_if_reached ("%s");
    }
}

char *
am_run_words_count (AmAction action, guint n)
{
  g_autofree char *number = am_readable_count (n);

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  return g_strdup_printf (choose_count_format (action, n), number);
#pragma GCC diagnostic pop
}

char **
am_run_words_values (const AmRunSummary *summary)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new ();
  g_autofree char *n_nan = am_readable_count (summary->n_nan);
  g_autofree char *n_infinite = am_readable_count (summary->n_infinite);
  g_autofree char *n_saturated = am_readable_count (summary->n_saturated);

  if (summary->n_nan > 0)
    g_ptr_array_add (list, g_strdup_printf (ngettext ("%s value is not a number (NaN). The model may make "
                                                      "black or broken pictures.",
                                                      "%s values are not numbers (NaN). The model may make "
                                                      "black or broken pictures.",
                                                      summary->n_nan),
                                            n_nan));
  if (summary->n_infinite > 0)
    g_ptr_array_add (list, g_strdup_printf (ngettext ("%s value is infinite. The model may make black or "
                                                      "broken pictures.",
                                                      "%s values are infinite. The model may make black or "
                                                      "broken pictures.",
                                                      summary->n_infinite),
                                            n_infinite));
  if (summary->n_saturated > 0)
    g_ptr_array_add (
        list, g_strdup_printf (ngettext ("%s value was too large for the number type of the result and "
                                         "was set to its largest number.",
                                         "%s values were too large for the number type of the result "
                                         "and were set to its largest number.",
                                         summary->n_saturated),
                               n_saturated));
  g_ptr_array_add (list, NULL);
  return (char **)g_ptr_array_free (g_steal_pointer (&list), FALSE);
}

char *
am_run_words_percent (double fraction)
{
  double percent = fraction * 100;

  if (isinf (fraction))
    return g_strdup ("∞");
  if (percent == 0 || percent >= 99.95)
    return g_strdup_printf (C_ ("percent", "%.0f %%"), percent);
  if (percent >= 0.995)
    return g_strdup_printf (C_ ("percent", "%.1f %%"), percent);
  return g_strdup_printf (C_ ("percent", "%.2g %%"), percent);
}

char *
am_run_words_method (const char *id)
{
  const AmMethod *method = am_method_find (id);

  return g_strdup (method != NULL ? gettext (method->title) : id);
}

const char *
am_run_words_icon (AmJobState state)
{
  switch (state)
    {
    case AM_JOB_DONE:
      return "object-select-symbolic";
    case AM_JOB_FAILED:
      return "dialog-error-symbolic";
    case AM_JOB_CANCELLED:
      return "process-stop-symbolic";
    case AM_JOB_RUNNING:
      return "media-playback-start-symbolic";
    case AM_JOB_WAITING:
    default:
      return "content-loading-symbolic";
    }
}

const char *
am_run_words_style (AmJobState state)
{
  switch (state)
    {
    case AM_JOB_DONE:
      return "success";
    case AM_JOB_FAILED:
      return "error";
    case AM_JOB_WAITING:
    case AM_JOB_RUNNING:
    case AM_JOB_CANCELLED:
    default:
      return "dim-label";
    }
}

char *
am_run_words_state (AmJobState state)
{
  switch (state)
    {
    case AM_JOB_DONE:
      return g_strdup (C_ ("merge", "Done"));
    case AM_JOB_FAILED:
      return g_strdup (C_ ("merge", "Failed"));
    case AM_JOB_CANCELLED:
      return g_strdup (C_ ("merge", "Cancelled"));
    case AM_JOB_RUNNING:
      return g_strdup (C_ ("merge", "Running"));
    case AM_JOB_WAITING:
    default:
      return g_strdup (C_ ("merge", "Waiting"));
    }
}
