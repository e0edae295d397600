/* The order of work: reductions run a little ahead of the blocks that need them, on one list that all
 * threads take from. A block waits only for tasks before it on the list, so the order cannot deadlock. */
#include "merge/run-private.h"

#include <omp.h>

static void
add_task (AmMerger *run, AmTaskType type, guint index)
{
  AmTask task = { type, index };

  g_array_append_val (run->tasks, task);
}

static guint64
end_of (const AmMerger *run, const AmLayoutFile *file, guint position)
{
  const AmLayoutTensor *tensor = &run->layout->tensors[file->tensors[position]];

  return tensor->offset + tensor->size;
}

/* Cuts one file's data into blocks and counts, for each merged tensor, the blocks that need it. */
static void
cut_file (AmMerger *run, guint file)
{
  const AmLayoutFile *out = &run->layout->files[file];
  guint tensor = 0;

  for (guint64 start = 0; start < out->data_size; start += AM_BLOCK_SIZE)
    {
      AmBlock block = { .file = file, .start = start, .first_segment = run->n_segments };

      block.size = MIN (AM_BLOCK_SIZE, out->data_size - start);
      while (end_of (run, out, tensor) <= start)
        tensor++;
      block.first_tensor = tensor;
      for (guint i = tensor; i < out->n_tensors; i++)
        {
          const AmLayoutTensor *layout = &run->layout->tensors[out->tensors[i]];
          const AmPlanned *planned = run->written[out->tensors[i]];

          if (layout->offset >= start + block.size)
            break;
          if (layout->size == 0)
            continue;
          run->n_segments++;
          if (planned->merged != AM_NOT_MERGED)
            run->blocks_left[planned->merged]++;
        }
      g_array_append_val (run->blocks, block);
    }
}

/* Reductions of the tensors that begin before @end in the file, from position *@next on. */
static void
add_reductions (AmMerger *run, guint file, guint *next, guint64 end)
{
  const AmLayoutFile *out = &run->layout->files[file];

  for (; *next < out->n_tensors; (*next)++)
    {
      const AmLayoutTensor *tensor = &run->layout->tensors[out->tensors[*next]];
      const AmPlanned *planned = run->written[out->tensors[*next]];

      if (tensor->offset >= end)
        return;
      if (planned->merged != AM_NOT_MERGED && tensor->size > 0)
        add_task (run, AM_TASK_REDUCE, out->tensors[*next]);
    }
}

void
am_merger_make_tasks (AmMerger *run)
{
  gboolean has_reduce = run->plan->method->reduce != NULL;
  /* What a whole tensor became waits in memory for its blocks. */
  guint64 reduce_ahead = run->plan->method->count_memory != NULL ? AM_BLOCK_SIZE : AM_REDUCE_AHEAD;
  guint block = 0;

  for (guint file = 0; file < run->layout->n_files; file++)
    {
      guint next = 0;

      cut_file (run, file);
      for (; block < run->blocks->len; block++)
        {
          guint64 start = g_array_index (run->blocks, AmBlock, block).start;

          if (has_reduce)
            add_reductions (run, file, &next, start + reduce_ahead);
          add_task (run, AM_TASK_BLOCK, block);
        }
    }
  run->sums = g_new0 (AmSegmentSums, run->n_segments + 1);
}

static gboolean
reduce_tensor (AmWorker *worker, guint index, GError **error)
{
  AmMerger *run = worker->run;
  AmPlanned *planned = run->written[index];

  planned->method.survey = run->survey;
  worker->planned = planned;
  worker->limit = planned->method.length;
  am_tensor_reader_bind (worker->reader, &planned->method, am_worker_fetch, worker);
  if (!run->plan->method->reduce (&planned->method, worker->reader, error))
    {
      g_prefix_error (error, "tensor “%s”: ", planned->public.name);
      return FALSE;
    }
  if (planned->method.stand_in != NULL)
    planned->public.reason = planned->method.stand_in;
  for (guint i = 0; i < run->plan->n_inputs; i++)
    am_merger_add_done (run, planned->tensors[i]->size);
  g_mutex_lock (&run->lock);
  run->is_reduced[planned->merged] = TRUE;
  g_cond_broadcast (&run->reduced);
  g_mutex_unlock (&run->lock);
  return TRUE;
}

static void
wait_for (AmMerger *run, const AmPlanned *planned)
{
  if (planned->merged == AM_NOT_MERGED)
    return;
  g_mutex_lock (&run->lock);
  while (!run->is_reduced[planned->merged] && !g_atomic_int_get (&run->stop))
    g_cond_wait (&run->reduced, &run->lock);
  g_mutex_unlock (&run->lock);
}

static void
wait_for_block (AmMerger *run, const AmBlock *block)
{
  const AmLayoutFile *out = &run->layout->files[block->file];

  if (run->plan->method->reduce == NULL)
    return;
  for (guint i = block->first_tensor; i < out->n_tensors; i++)
    {
      const AmLayoutTensor *tensor = &run->layout->tensors[out->tensors[i]];

      if (tensor->offset >= block->start + block->size)
        return;
      if (tensor->size > 0)
        wait_for (run, run->written[out->tensors[i]]);
    }
}

static const char *
first_name (AmMerger *run, const AmBlock *block)
{
  return run->layout->tensors[run->layout->files[block->file].tensors[block->first_tensor]].name;
}

static gboolean
run_block (AmWorker *worker, guint index, GError **error)
{
  AmMerger *run = worker->run;
  const AmBlock *block = &g_array_index (run->blocks, AmBlock, index);

  wait_for_block (run, block);
  if (g_atomic_int_get (&run->stop))
    return TRUE;
  if (!am_worker_run_block (worker, index, error))
    return FALSE;
  am_merger_add_done (run, (guint64)block->size * (1 + run->plan->n_inputs));
  if (omp_get_thread_num () == 0)
    am_merger_report_progress (run, first_name (run, block), FALSE);
  return TRUE;
}

static void
work (AmMerger *run)
{
  AmWorker *worker = am_worker_new (run);

  while (!am_merger_is_stopped (run))
    {
      gint number = g_atomic_int_add (&run->next_task, 1);
      const AmTask *task;
      GError *error = NULL;
      gboolean done;

      if (number >= (gint)run->tasks->len)
        break;
      task = &g_array_index (run->tasks, AmTask, number);
      done = task->type == AM_TASK_REDUCE ? reduce_tensor (worker, task->index, &error)
                                          : run_block (worker, task->index, &error);
      if (!done)
        am_merger_fail (run, error);
    }
  am_worker_free (worker);
}

gboolean
am_merger_tasks (AmMerger *run, guint n_threads)
{
  g_atomic_int_set (&run->next_task, 0);
#pragma omp parallel num_threads(n_threads)
  work (run);
  return !am_merger_is_stopped (run);
}

static void
survey_pass (AmMerger *run, AmWorker *worker)
{
  const AmMethod *method = run->plan->method;

  while (!am_merger_is_stopped (run))
    {
      gint number = g_atomic_int_add (&run->next_task, 1);
      AmPlanned *planned;
      GError *error = NULL;

      if (number >= (gint)run->layout->n_tensors)
        break;
      planned = run->written[number];
      if (planned->merged == AM_NOT_MERGED)
        continue;
      worker->planned = planned;
      worker->limit = planned->method.length;
      am_tensor_reader_bind (worker->reader, &planned->method, am_worker_fetch, worker);
      if (!method->survey_tensor (run->survey, &planned->method, worker->reader, &error))
        {
          g_prefix_error (&error, "tensor “%s”: ", planned->public.name);
          am_merger_fail (run, error);
        }
      if (omp_get_thread_num () == 0)
        am_merger_report_progress (run, planned->public.name, FALSE);
    }
}

gboolean
am_merger_survey (AmMerger *run, guint n_threads)
{
  const AmMethod *method = run->plan->method;

  if (method->survey_new != NULL)
    run->survey = method->survey_new (&run->plan->run);
  if (run->survey == NULL)
    return TRUE;
  run->stage = N_ ("Surveying");
  do
    {
      g_atomic_int_set (&run->next_task, 0);
#pragma omp parallel num_threads(n_threads)
      {
        AmWorker *worker = am_worker_new (run);

        survey_pass (run, worker);
        am_worker_free (worker);
      }
      if (am_merger_is_stopped (run))
        return FALSE;
    }
  while (method->survey_next (run->survey));
  for (guint i = 0; i < run->layout->n_tensors; i++)
    run->written[i]->method.survey = run->survey;
  run->stage = N_ ("Merging");
  return TRUE;
}
