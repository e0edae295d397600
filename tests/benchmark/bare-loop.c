/* What a merge cannot do without, and nothing else: reads files of F16 values side by side, averages them,
 * and writes the result.
 *
 *   bare-loop [--no-sync] [--threads N] OUT IN...
 *
 * Chunks of 1 MiB, preallocated output through O_DIRECT where the file system takes it, one fsync at the end.
 * Files are taken as nothing but F16: their headers are averaged too. */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernels/kernels.h"

#define CHUNK (1024 * 1024)
#define STEP 8192 /* elements at a time, which stay in the nearest caches */
#define MAX_INPUTS 16

typedef struct
{
  int in[MAX_INPUTS];
  gint n_in;
  int out;
  gint64 size;
} Job;

static void
fail (const char *what)
{
  perror (what);
  exit (1);
}

static void
average (const Job *job, guint8 *const buffers[], guint8 *out, gsize n_bytes)
{
  const AmKernels *kernels = am_kernels_get ();
  float weight = 1.0f / (float)job->n_in;
  float sum[STEP], value[STEP];
  AmNarrowCounts counts = { 0 };

  for (gsize first = 0, n_values = n_bytes / 2; first < n_values; first += STEP)
    {
      gsize n = MIN (STEP, n_values - first);

      kernels->widen_float (sum, buffers[0] + 2 * first, AM_DTYPE_F16, n);
      kernels->widen_float (value, buffers[1] + 2 * first, AM_DTYPE_F16, n);
      kernels->lerp_float (sum, sum, value, weight, weight, n);
      for (gint i = 2; i < job->n_in; i++)
        {
          kernels->widen_float (value, buffers[i] + 2 * first, AM_DTYPE_F16, n);
          kernels->add_scaled_float (sum, value, weight, n);
        }
      kernels->narrow_float (out + 2 * first, sum, AM_DTYPE_F16, n, &counts);
    }
}

static void
do_chunk (const Job *job, guint8 *const buffers[], guint8 *out, gint64 start)
{
  gsize size = (gsize)MIN (CHUNK, job->size - start);

  for (gint i = 0; i < job->n_in; i++)
    if (pread (job->in[i], buffers[i], size, start) != (gssize)size)
      fail ("pread");
  average (job, buffers, out, size);
  if (pwrite (job->out, out, CHUNK, start) != CHUNK)
    fail ("pwrite");
}

static void
do_all (const Job *job, gint n_threads)
{
#pragma omp parallel num_threads(n_threads)
  {
    guint8 *memory = aligned_alloc (4096, (gsize)(job->n_in + 1) * CHUNK);
    guint8 *buffers[MAX_INPUTS];

    if (memory == NULL)
      fail ("aligned_alloc");
    for (gint i = 0; i < job->n_in; i++)
      buffers[i] = memory + (gsize)(i + 1) * CHUNK;
#pragma omp for schedule(dynamic)
    for (gint64 start = 0; start < job->size; start += CHUNK)
      do_chunk (job, buffers, memory, start);
    free (memory);
  }
}

static int
open_output (const char *path, gint64 size)
{
  int fd = open (path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_DIRECT, 0666);

  if (fd < 0 && errno == EINVAL)
    fd = open (path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd < 0)
    fail (path);
  if (fallocate (fd, 0, 0, (size + CHUNK - 1) / CHUNK * CHUNK) != 0)
    fail ("fallocate");
  return fd;
}

static void
open_inputs (Job *job, char **paths)
{
  struct stat status;

  for (; *paths != NULL && job->n_in < MAX_INPUTS; paths++, job->n_in++)
    {
      job->in[job->n_in] = open (*paths, O_RDONLY | O_CLOEXEC);
      if (job->in[job->n_in] < 0 || fstat (job->in[job->n_in], &status) != 0)
        fail (*paths);
      job->size = job->n_in == 0 ? status.st_size : MIN (job->size, status.st_size);
    }
}

int
main (int argc, char **argv)
{
  gboolean no_sync = FALSE;
  gint n_threads = omp_get_num_procs ();
  const GOptionEntry entries[] = {
    { "no-sync", 0, 0, G_OPTION_ARG_NONE, &no_sync, "Leave out the fsync", NULL },
    { "threads", 0, 0, G_OPTION_ARG_INT, &n_threads, "Number of threads", "N" },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("OUT IN IN...");
  g_autoptr (GError) error = NULL;
  Job job = { 0 };

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || argc < 4)
    {
      g_printerr ("%s\n",
                  error != NULL ? error->message : "bare-loop needs an output and at least two inputs");
      return 2;
    }
  open_inputs (&job, argv + 2);
  job.out = open_output (argv[1], job.size);
  do_all (&job, n_threads);
  if (ftruncate (job.out, job.size) != 0 || (!no_sync && fsync (job.out) != 0) || close (job.out) != 0)
    fail (argv[1]);
  return 0;
}
