/* A merge while it runs: tasks, workers and what they share. */
#pragma once

#include "kernels/kernels.h"
#include "merge/plan-private.h"
#include "methods/tensor-reader.h"
#include "output/file-writer.h"
#include "output/layout.h"

G_BEGIN_DECLS

/* Bytes of the output a block task computes and writes at once. */
#define AM_BLOCK_SIZE (1024 * 1024)

/* Bytes of one input read at once; small enough that the windows of all inputs stay in the cache. */
#define AM_WINDOW_SIZE (256 * 1024)

/* How far reductions run ahead of the blocks that need them, in bytes of output. */
#define AM_REDUCE_AHEAD (64 * 1024 * 1024)

/* The part of a tensor that lies in one block, and what was found there. */
typedef struct
{
  AmNarrowCounts counts;
  double out_out, lead_lead, out_lead, moved; /* sums of products, when measured */
} AmSegmentSums;

typedef struct
{
  guint file;
  guint first_tensor; /* position in the file's tensor list */
  guint first_segment;
  guint64 start; /* within the file's data */
  gsize size;
} AmBlock;

typedef enum
{
  AM_TASK_REDUCE,
  AM_TASK_BLOCK,
} AmTaskType;

typedef struct
{
  AmTaskType type;
  guint index; /* planned tensor, or block */
} AmTask;

typedef struct
{
  AmPlan *plan;
  AmLayout *layout;
  AmPlanned **written;    /* [layout->n_tensors]: the planned tensor of each layout tensor */
  AmFileWriter **writers; /* [layout->n_files] */
  guint64 *data_start;    /* [layout->n_files] bytes of header */
  GArray *blocks;         /* AmBlock */
  GArray *tasks;          /* AmTask */
  AmSegmentSums *sums;    /* [number of segments] */
  guint n_segments;
  gpointer survey;
  gint *blocks_left;    /* [n_merged], atomic */
  gboolean *is_reduced; /* [n_merged], under lock */
  gint next_task;       /* atomic */
  gint stop;            /* atomic */
  GMutex lock;
  GCond reduced;
  GError *error; /* first failure, under lock */
  GCancellable *cancellable;
  const AmProgress *progress;
  const char *stage;
  gint64 started;       /* g_get_monotonic_time () */
  gint64 last_progress; /* of the calling thread */
  guint64 done_size;    /* atomic (gcc builtins) */
  guint64 total_size;
  guint64 read_size;    /* atomic (gcc builtins): bytes read from inputs */
  gboolean made_folder; /* for the shards */
} AmMerger;

/* Window onto the bytes of one input. */
typedef struct
{
  const AmTensor *tensor;
  guint64 start;
  gsize size;
  gsize capacity;
  guint8 *bytes;
} AmWindow;

typedef struct
{
  AmMerger *run;
  const AmKernels *kernels;
  AmTensorReader *reader;
  AmWindow *windows;        /* [inputs] */
  const AmPlanned *planned; /* tensor the reader is bound to */
  guint64 limit;            /* element of the merged region up to which reading ahead is useful */
  guint8 *block;            /* AM_BLOCK_SIZE, aligned */
  double *doubles[3];       /* scratch, grown */
  gsize doubles_capacity;
} AmWorker;

/* Layout of the output; @written [tensors of the plan] gets the planned tensor of each layout tensor. */
AmLayout *am_plan_make_layout (const AmPlan *plan, AmPlanned **written);

/* Run-wide state. */
AmMerger *am_merger_new (AmPlan *plan, const AmProgress *progress, GCancellable *cancellable);
void am_merger_free (AmMerger *run);
void am_merger_fail (AmMerger *run, GError *error); /* takes error; the first one stays */
gboolean am_merger_is_stopped (AmMerger *run);      /* also polls the cancellable */
gboolean am_merger_set_cancelled (GError **error);  /* returns FALSE */
void am_merger_add_done (AmMerger *run, guint64 size);

/* Reads bytes of input @input, counted; fails once the run is stopped, so that long reductions end too. */
gboolean am_merger_read (AmMerger *run, guint input, const AmTensor *tensor, guint64 offset, gsize size,
                         gpointer dest, GError **error);
void am_merger_report_progress (AmMerger *run, const char *item, gboolean force);

/* Divides the output into blocks and lists the tasks. */
void am_merger_make_tasks (AmMerger *run);

/* The whole-model survey, when the method has one. */
gboolean am_merger_survey (AmMerger *run, guint n_threads);

/* All tasks, over @n_threads threads; FALSE when one failed or the user cancelled. */
gboolean am_merger_tasks (AmMerger *run, guint n_threads);

/* Workers. */
AmWorker *am_worker_new (AmMerger *run);
void am_worker_free (AmWorker *worker);
gboolean am_worker_fetch (gpointer worker, const AmMethodTensor *tensor, guint input, guint64 first, gsize n,
                          gpointer dest, GError **error);
const guint8 *am_worker_read (AmWorker *worker, guint input, const AmTensor *tensor, guint64 offset,
                              gsize size, guint64 limit, GError **error);
void am_worker_reserve (AmWorker *worker, gsize n);

/* Computes and writes one block. */
gboolean am_worker_run_block (AmWorker *worker, guint block, GError **error);

/* Elements of slice @slice_length each; where element @index of the merged region lies in @tensor. */
guint64 am_region_to_tensor (const AmMethodTensor *region, const AmTensor *tensor, guint64 index);

G_END_DECLS
