#include "check-jobs.h"

#include <glib/gi18n.h>

#include "base/readable.h"

#define MOST_FINDINGS 20
#define POLL_MICROSECONDS (G_USEC_PER_SEC / 10)

static void
append_finding (GString *text, const AmCheckpoint *checkpoint, const AmScanFinding *finding)
{
  const char *name = am_checkpoint_get_tensor (checkpoint, finding->tensor)->name;
  g_autofree char *n_nan = am_readable_count (finding->n_nan);
  g_autofree char *n_infinite = am_readable_count (finding->n_infinite);

  /* Translators: a tensor's name, and how many of its values are NaN and infinite. */
  g_string_append_printf (text, C_ ("scan", "\n%s: %s NaN, %s infinite"), name, n_nan, n_infinite);
}

static char *
describe_findings (const AmCheckpoint *checkpoint, const GArray *findings)
{
  GString *text;

  if (findings->len == 0)
    return g_strdup (_ ("Every value is finite."));
  text = g_string_new (NULL);
  g_string_append_printf (text,
                          ngettext ("%u tensor holds values that are not finite:",
                                    "%u tensors hold values that are not finite:", findings->len),
                          findings->len);
  for (guint i = 0; i < MIN (findings->len, MOST_FINDINGS); i++)
    append_finding (text, checkpoint, &g_array_index (findings, AmScanFinding, i));
  if (findings->len > MOST_FINDINGS)
    {
      g_string_append_c (text, '\n');
      g_string_append_printf (text, ngettext ("and %u more", "and %u more", findings->len - MOST_FINDINGS),
                              findings->len - MOST_FINDINGS);
    }
  return g_string_free (text, FALSE);
}

static gpointer
scan (gpointer data, const AmProgress *progress, GCancellable *cancellable, GError **error)
{
  g_autoptr (AmCheckpoint) checkpoint = am_checkpoint_open (data, error);
  g_autoptr (GArray) findings = NULL;

  if (checkpoint == NULL)
    return NULL;
  findings = am_scan_checkpoint (checkpoint, 0, progress, cancellable, error);
  return findings != NULL ? describe_findings (checkpoint, findings) : NULL;
}

AmJob *
am_check_make_scan_job (const char *path)
{
  return am_job_new (_ ("Looking for values that are not finite"), scan, g_strdup (path), g_free, g_free);
}

static void
tell (const AmDigest *digest, const AmProgress *progress)
{
  AmProgressState state = { .stage = _ ("Hashing"), .seconds_left = -1 };

  am_digest_get_progress (digest, &state.done_size, &state.total_size);
  progress->func (&state, progress->user_data);
}

static gpointer
hash (gpointer data, const AmProgress *progress, GCancellable *cancellable, GError **error)
{
  g_autoptr (AmCheckpoint) checkpoint = am_checkpoint_open (data, error);
  AmDigest *digest;

  if (checkpoint == NULL)
    return NULL;
  digest = am_digest_start (checkpoint, cancellable);
  while (!am_digest_is_finished (digest))
    {
      tell (digest, progress);
      g_usleep (POLL_MICROSECONDS);
    }
  return am_digest_finish (digest, error);
}

AmJob *
am_check_make_hash_job (const char *path)
{
  return am_job_new (_ ("Hashing"), hash, g_strdup (path), g_free, g_free);
}
