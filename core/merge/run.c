/* One merge from plan to published file. */
#include "merge/run-private.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "merge/metadata.h"
#include "merge/report-private.h"
#include "merge/stages.h"

static AmLayoutTensor *
list_written (const AmPlan *plan, AmPlanned **written, guint *n)
{
  AmLayoutTensor *tensors = g_new0 (AmLayoutTensor, plan->tensors->len + 1);

  *n = 0;
  for (guint i = 0; i < plan->tensors->len; i++)
    {
      AmPlanned *planned = am_plan_planned (plan, i);
      AmLayoutTensor *tensor = &tensors[*n];

      if (planned->public.action == AM_ACTION_DISCARDED)
        continue;
      tensor->name = planned->public.name;
      tensor->dtype = planned->public.dtype;
      tensor->n_dims = planned->public.n_dims;
      tensor->shape = planned->public.shape;
      tensor->size = planned->public.size;
      written[(*n)++] = planned;
    }
  return tensors;
}

AmLayout *
am_plan_make_layout (const AmPlan *plan, AmPlanned **written)
{
  guint n = 0;
  AmLayoutTensor *tensors = list_written (plan, written, &n);

  return am_layout_new (tensors, n, plan->recipe->shard_size);
}

/* Bytes of all inputs' tensors that are merged: what reductions go through. */
static guint64
merged_size (const AmPlan *plan)
{
  guint64 size = 0;

  for (guint i = 0; i < plan->tensors->len; i++)
    {
      const AmPlanned *planned = am_plan_planned (plan, i);

      for (guint k = 0; planned->tensors != NULL && k < plan->n_inputs; k++)
        size += planned->tensors[k]->size;
    }
  return size;
}

AmMerger *
am_merger_new (AmPlan *plan, const AmProgress *progress, GCancellable *cancellable)
{
  AmMerger *run = g_new0 (AmMerger, 1);

  run->plan = plan;
  run->progress = progress;
  run->cancellable = cancellable;
  run->written = g_new0 (AmPlanned *, plan->tensors->len + 1);
  run->layout = am_plan_make_layout (plan, run->written);
  run->writers = g_new0 (AmFileWriter *, run->layout->n_files);
  run->data_start = g_new0 (guint64, run->layout->n_files);
  run->blocks = g_array_new (FALSE, FALSE, sizeof (AmBlock));
  run->tasks = g_array_new (FALSE, FALSE, sizeof (AmTask));
  run->blocks_left = g_new0 (gint, plan->n_merged + 1);
  run->is_reduced = g_new0 (gboolean, plan->n_merged + 1);
  g_mutex_init (&run->lock);
  g_cond_init (&run->reduced);
  run->stage = plan->is_conversion ? N_ ("Converting") : N_ ("Merging");
  run->started = g_get_monotonic_time ();
  am_merger_make_tasks (run);
  run->total_size = 0;
  for (guint i = 0; i < run->blocks->len; i++)
    run->total_size += (guint64)g_array_index (run->blocks, AmBlock, i).size * (1 + plan->n_inputs);
  if (plan->method->reduce != NULL)
    run->total_size += merged_size (plan);
  return run;
}

/* States that a stopped run did not get to release. */
static void
free_states (AmMerger *run)
{
  for (guint i = 0; i < run->layout->n_tensors; i++)
    {
      AmMethodTensor *method = &run->written[i]->method;

      if (method->state != NULL && run->plan->method->state_free != NULL)
        run->plan->method->state_free (method->state);
      method->state = NULL;
      method->survey = NULL;
    }
}

void
am_merger_free (AmMerger *run)
{
  free_states (run);
  if (run->survey != NULL)
    run->plan->method->survey_free (run->survey);
  for (guint i = 0; i < run->layout->n_files; i++)
    am_file_writer_free (run->writers[i]);
  g_free (run->writers);
  g_free (run->data_start);
  g_array_unref (run->blocks);
  g_array_unref (run->tasks);
  g_free (run->sums);
  g_free (run->blocks_left);
  g_free (run->is_reduced);
  g_free (run->written);
  am_layout_free (run->layout);
  g_clear_error (&run->error);
  g_mutex_clear (&run->lock);
  g_cond_clear (&run->reduced);
  g_free (run);
}

void
am_merger_fail (AmMerger *run, GError *error)
{
  g_mutex_lock (&run->lock);
  if (run->error == NULL)
    run->error = g_steal_pointer (&error);
  g_atomic_int_set (&run->stop, 1);
  g_cond_broadcast (&run->reduced);
  g_mutex_unlock (&run->lock);
  g_clear_error (&error);
}

gboolean
am_merger_set_cancelled (GError **error)
{
  g_set_error_literal (error, AM_ERROR, AM_ERROR_CANCELLED, "cancelled; nothing was written");
  return FALSE;
}

gboolean
am_merger_is_stopped (AmMerger *run)
{
  if (g_atomic_int_get (&run->stop))
    return TRUE;
  if (!g_cancellable_is_cancelled (run->cancellable))
    return FALSE;
  am_merger_fail (run, g_error_new_literal (AM_ERROR, AM_ERROR_CANCELLED, "cancelled; nothing was written"));
  return TRUE;
}

void
am_merger_add_done (AmMerger *run, guint64 size)
{
  __atomic_fetch_add (&run->done_size, size, __ATOMIC_RELAXED);
}

gboolean
am_merger_read (AmMerger *run, guint input, const AmTensor *tensor, guint64 offset, gsize size, gpointer dest,
                GError **error)
{
  if (am_merger_is_stopped (run))
    return am_merger_set_cancelled (error);
  __atomic_fetch_add (&run->read_size, size, __ATOMIC_RELAXED);
  return am_checkpoint_read_bytes (am_plan_input (run->plan, input)->checkpoint, tensor, offset, size, dest,
                                   error);
}

void
am_merger_report_progress (AmMerger *run, const char *item, gboolean force)
{
  gint64 now = g_get_monotonic_time ();
  double seconds = (double)(now - run->started) / G_USEC_PER_SEC;
  AmProgressState state
      = { .stage = run->stage, .item = item, .total_size = run->total_size, .seconds_left = -1 };

  if (run->progress == NULL || run->progress->func == NULL)
    return;
  if (!force && now - run->last_progress < G_USEC_PER_SEC / 10)
    return;
  run->last_progress = now;
  state.done_size = MIN (__atomic_load_n (&run->done_size, __ATOMIC_RELAXED), run->total_size);
  state.speed = seconds > 0 ? (double)state.done_size / seconds : 0;
  if (seconds > 0.5 && state.speed > 0)
    state.seconds_left = (double)(run->total_size - state.done_size) / state.speed;
  run->progress->func (&state, run->progress->user_data);
}

static gboolean
is_same_file (const char *known, const char *path)
{
  struct stat info, other;

  return known != NULL && stat (known, &info) == 0 && stat (path, &other) == 0 && info.st_dev == other.st_dev
         && info.st_ino == other.st_ino;
}

/* Whether @path describes the network, or holds what its units are compared on. */
static gboolean
is_for_aligning (const AmPlan *plan, const char *path)
{
  const AmAlignSettings *align = plan->recipe->align;

  return align != NULL
         && (is_same_file (align->architecture, path) || is_same_file (align->data, path)
             || is_same_file (align->preprocessing, path));
}

gboolean
am_plan_is_input (const AmPlan *plan, const char *path)
{
  if (is_for_aligning (plan, path))
    return TRUE;
  for (guint i = 0; i < plan->inputs->len; i++)
    if (am_checkpoint_is_file (am_plan_input (plan, i)->checkpoint, path))
      return TRUE;
  for (guint i = 0; plan->stage_plans != NULL && i < plan->stage_plans->len; i++)
    if (am_plan_is_input (g_ptr_array_index (plan->stage_plans, i), path))
      return TRUE;
  return FALSE;
}

gboolean
am_plan_check_is_no_input (const AmPlan *plan, const char *path, GError **error)
{
  if (!am_plan_is_input (plan, path))
    return TRUE;
  g_set_error (error, AM_ERROR, AM_ERROR_NOT_WRITABLE,
               "%s is one of the inputs; inputs are never changed: choose another name", path);
  return FALSE;
}

/* Renaming over a device or a pipe would take it from everyone who uses it. */
static gboolean
is_special_file (const char *path)
{
  struct stat info;

  return lstat (path, &info) == 0 && !S_ISREG (info.st_mode) && !S_ISLNK (info.st_mode)
         && !S_ISDIR (info.st_mode);
}

gboolean
am_plan_check_output (const AmPlan *plan, const char *output, GError **error)
{
  gboolean is_sharded = plan->recipe->shard_size > 0;
  gboolean exists = g_file_test (output, G_FILE_TEST_EXISTS) || g_file_test (output, G_FILE_TEST_IS_SYMLINK);

  if (!am_plan_check_is_no_input (plan, output, error))
    return FALSE;
  if (*output == '\0')
    g_set_error_literal (error, AM_ERROR, AM_ERROR_NOT_WRITABLE, "the output has no name");
  else if (exists && !is_sharded && g_file_test (output, G_FILE_TEST_IS_DIR))
    g_set_error (error, AM_ERROR, AM_ERROR_NOT_WRITABLE, "%s is a folder: choose a file name", output);
  else if (is_special_file (output))
    g_set_error (error, AM_ERROR, AM_ERROR_NOT_WRITABLE,
                 "%s is a device, a pipe or a socket: choose a file name", output);
  else if (exists && is_sharded && !g_file_test (output, G_FILE_TEST_IS_DIR))
    g_set_error (error, AM_ERROR, AM_ERROR_NOT_WRITABLE, "%s is a file: shards go to a folder", output);
  else if (exists && !is_sharded && !plan->options.force)
    g_set_error (error, AM_ERROR, AM_ERROR_NOT_WRITABLE, "%s exists; use --force to replace it", output);
  else
    return TRUE;
  return FALSE;
}

static char *
file_path (const AmMerger *run, guint file, const char *output)
{
  const char *name = run->layout->files[file].name;

  return name != NULL ? g_build_filename (output, name, NULL) : g_strdup (output);
}

static gboolean
check_shards (AmMerger *run, const char *output, GError **error)
{
  g_autofree char *index = g_build_filename (output, "model.safetensors.index.json", NULL);

  if (run->plan->recipe->shard_size == 0)
    return TRUE;
  run->made_folder = !g_file_test (output, G_FILE_TEST_EXISTS);
  if (g_mkdir_with_parents (output, 0777) != 0)
    {
      am_set_error_errno (error, errno, output, "create the folder");
      return FALSE;
    }
  for (guint i = 0; i <= run->layout->n_files; i++)
    {
      g_autofree char *path = i < run->layout->n_files ? file_path (run, i, output) : g_strdup (index);

      if (am_plan_is_input (run->plan, path))
        g_set_error (error, AM_ERROR, AM_ERROR_NOT_WRITABLE,
                     "%s is one of the inputs; inputs are never changed: choose another folder", path);
      else if (!run->plan->options.force && g_file_test (path, G_FILE_TEST_EXISTS))
        g_set_error (error, AM_ERROR, AM_ERROR_NOT_WRITABLE, "%s exists; use --force to replace it", path);
      else
        continue;
      return FALSE;
    }
  return TRUE;
}

/* Headers are written last, with digests that are known only then; their length is fixed now. */
static gboolean
open_writers (AmMerger *run, AmMetadata *metadata, const char *output, GError **error)
{
  for (guint i = 0; i < run->layout->n_files; i++)
    {
      g_autoptr (GByteArray) header = NULL;
      g_autofree char *path = file_path (run, i, output);

      header = am_layout_make_header (run->layout, i, am_metadata_get_placeholders (metadata), 0, error);
      if (header == NULL)
        return FALSE;
      run->data_start[i] = header->len;
      run->writers[i] = am_file_writer_new (path, run->data_start[i] + run->layout->files[i].data_size,
                                            !run->plan->options.no_sync, error);
      if (run->writers[i] == NULL)
        return FALSE;
    }
  return TRUE;
}

static gboolean
write_headers (AmMerger *run, AmMetadata *metadata, GError **error)
{
  GHashTable *table = am_metadata_finish (metadata, error);

  if (table == NULL)
    return FALSE;
  for (guint i = 0; i < run->layout->n_files; i++)
    {
      g_autoptr (GByteArray) header = am_layout_make_header (
          run->layout, i, g_hash_table_size (table) > 0 ? table : NULL, run->data_start[i], error);
      gpointer aligned;
      gboolean done;

      if (header == NULL)
        return FALSE;
      g_assert (header->len == run->data_start[i]);
      aligned = g_aligned_alloc (1, header->len, AM_FILE_ALIGNMENT);
      memcpy (aligned, header->data, header->len);
      done = am_file_writer_write (run->writers[i], aligned, header->len, 0, error);
      g_aligned_free (aligned);
      if (!done)
        return FALSE;
    }
  return TRUE;
}

static gboolean
inputs_unchanged (const AmPlan *plan, GError **error)
{
  for (guint i = 0; i < plan->inputs->len; i++)
    if (!am_checkpoint_check_unchanged (am_plan_input (plan, i)->checkpoint, error))
      return FALSE;
  return TRUE;
}

/* What a failed merge published is taken back; what it replaced is gone. */
static void
withdraw (const AmMerger *run, const char *output, guint n_published)
{
  for (guint i = 0; i < n_published; i++)
    {
      g_autofree char *path = file_path (run, i, output);

      g_unlink (path);
    }
}

static gboolean
publish_files (AmMerger *run, const char *output, GError **error)
{
  for (guint i = 0; i < run->layout->n_files; i++)
    if (!am_file_writer_publish (run->writers[i], run->plan->options.force, error))
      {
        withdraw (run, output, i);
        return FALSE;
      }
  return TRUE;
}

static gboolean
publish_index (AmMerger *run, const char *output, const char *path, GError **error)
{
  g_autofree char *index = am_layout_make_index (run->layout);

  if (am_file_write_whole (path, index, strlen (index), !run->plan->options.no_sync, run->plan->options.force,
                           error))
    return TRUE;
  withdraw (run, output, run->layout->n_files);
  return FALSE;
}

/* Shards first, the index that makes them a model last; an index of before would make a model of old and new
 * shards meanwhile. */
static gboolean
publish (AmMerger *run, const char *output, GError **error)
{
  g_autofree char *index = g_build_filename (output, "model.safetensors.index.json", NULL);
  gboolean is_sharded = run->plan->recipe->shard_size > 0;

  for (guint i = 0; i < run->layout->n_files; i++)
    if (!am_file_writer_close (run->writers[i], error))
      return FALSE;
  if (is_sharded && run->plan->options.force)
    g_unlink (index);
  if (!publish_files (run, output, error))
    return FALSE;
  return !is_sharded || publish_index (run, output, index, error);
}

static gboolean
run_to_end (AmMerger *run, AmMetadata *metadata, const char *output, GError **error)
{
  guint n_threads = am_plan_get_n_threads (run->plan);

  if (!check_shards (run, output, error) || !open_writers (run, metadata, output, error))
    return FALSE;
  if (!am_merger_survey (run, n_threads) || !am_merger_tasks (run, n_threads))
    {
      g_propagate_error (error, g_steal_pointer (&run->error));
      return FALSE;
    }
  run->stage = N_ ("Finishing");
  am_merger_report_progress (run, NULL, TRUE);
  return write_headers (run, metadata, error) && inputs_unchanged (run->plan, error)
         && publish (run, output, error);
}

AmReport *
am_plan_run (AmPlan *plan, const char *output, const AmProgress *progress, GCancellable *cancellable,
             GError **error)
{
  const gint64 began = g_get_monotonic_time ();
  AmReport *report = NULL;
  AmMetadata *metadata;
  gboolean made_folder;
  AmMerger *run;

  if (!am_plan_check_output (plan, output, error) || !am_plan_align (plan, progress, cancellable, error)
      || !am_plan_measure (plan, output, progress, cancellable, error))
    return NULL;
  metadata = am_metadata_new (plan, cancellable);
  run = am_merger_new (plan, progress, cancellable);
  if (run_to_end (run, metadata, output, error))
    report = am_report_new (run, began, am_metadata_get_recipe (metadata));
  made_folder = run->made_folder;
  am_merger_free (run);
  am_metadata_free (metadata);
  if (report == NULL && made_folder)
    g_rmdir (output);
  return report;
}

AmReport *
am_merge_run (AmPlan *plan, const char *output, const AmProgress *progress, GCancellable *cancellable,
              GError **error)
{
  if (plan->stages->len > 1)
    return am_stages_run (plan, output, progress, cancellable, error);
  return am_plan_run (plan, output, progress, cancellable, error);
}
