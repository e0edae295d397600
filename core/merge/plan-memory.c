/* How much memory a merge takes, and how many threads fit. */
#include <omp.h>
#include <unistd.h>

#include "merge/run-private.h"

/* Headers, plan and buffers of libraries. */
#define SHARED_SIZE (16 * 1024 * 1024)

#define MEGABYTE 1000000

/* Bytes that reducing the greatest tensor takes beside buffers; 0 for methods that need no whole tensor. */
static guint64
get_tensor_memory (const AmPlan *plan)
{
  guint64 most = 0;

  for (guint i = 0; plan->method->count_memory != NULL && i < plan->tensors->len; i++)
    {
      const AmPlanned *planned = am_plan_planned (plan, i);

      if (planned->tensors != NULL)
        most = MAX (most, plan->method->count_memory (&planned->method));
    }
  return most;
}

/* What one worker holds, in bytes. */
static guint64
worker_size (const AmPlan *plan)
{
  guint64 windows = (guint64)plan->n_inputs * AM_WINDOW_SIZE;
  guint64 chunks = (guint64)(plan->n_inputs + 4) * AM_CHUNK_LENGTH * sizeof (double);

  return AM_BLOCK_SIZE + windows + chunks + get_tensor_memory (plan);
}

static guint64
get_half_of_memory (void)
{
  return (guint64)sysconf (_SC_PHYS_PAGES) * (guint64)sysconf (_SC_PAGESIZE) / 2;
}

/* Twice the processors keeps them busy while blocks wait for the disk; memory does not grow with them without
 * end. */
static guint
choose_threads (const AmPlan *plan)
{
  guint64 budget = (guint64)(plan->n_inputs <= 2 ? 96 : 224) * 1024 * 1024;
  guint n = (guint)omp_get_num_procs () * (plan->options.no_sync ? 1 : 2);

  if (plan->options.n_threads > 0)
    return plan->options.n_threads;
  if (plan->method->count_memory != NULL)
    return (guint)CLAMP (get_half_of_memory () / worker_size (plan), 1, (guint)omp_get_num_procs ());
  return (guint)MIN (n, budget / worker_size (plan));
}

guint
am_plan_get_n_threads (const AmPlan *plan)
{
  guint64 limit = plan->options.memory_limit;
  guint n = choose_threads (plan);

  if (limit > 0)
    n = (guint)MIN (n, limit > SHARED_SIZE ? (limit - SHARED_SIZE) / worker_size (plan) : 0);
  return CLAMP (n, 1, 256);
}

/* Models are aligned one after the other, before anything is merged. */
static guint64
get_align_memory (const AmPlan *plan)
{
  guint n_threads = plan->options.n_threads > 0 ? plan->options.n_threads : (guint)omp_get_num_procs ();
  guint64 most = 0;

  for (guint i = 0; i < plan->alignments->len; i++)
    most = MAX (most, am_alignment_get_memory (g_ptr_array_index (plan->alignments, i), n_threads));
  return most;
}

guint64
am_plan_get_memory (const AmPlan *plan)
{
  return MAX (am_plan_get_n_threads (plan) * worker_size (plan), get_align_memory (plan)) + SHARED_SIZE;
}

static char *
format_size (guint64 size)
{
  return size < MEGABYTE ? g_strdup_printf ("%u bytes", (guint)size)
                         : g_strdup_printf ("%.1f MB", (double)size / MEGABYTE);
}

void
am_plan_warn_about_memory (AmPlan *plan)
{
  guint64 needed = am_plan_get_memory (plan);
  g_autofree char *needed_text = format_size (needed);
  g_autofree char *limit_text = format_size (plan->options.memory_limit);

  if (plan->options.memory_limit == 0 || needed <= plan->options.memory_limit)
    return;
  if (get_align_memory (plan) + SHARED_SIZE >= needed)
    am_plan_warn (plan, T_ ("aligning needs about %s of memory, more than the limit of %s"), needed_text,
                  limit_text);
  else
    am_plan_warn (plan, T_ ("even one thread needs about %s of memory, more than the limit of %s"),
                  needed_text, limit_text);
}
