#include "merge/report-private.h"

#include <json-glib/json-glib.h>
#include <math.h>

#include "output/json-text.h"

typedef struct
{
  char *path;
  char *architecture;
} ReportInput;

struct _AmReport
{
  guint n_tensors;
  AmPlanTensor *tensors;
  AmTensorOutcome *outcomes;
  char *method;
  GPtrArray *inputs;      /* ReportInput */
  GPtrArray *block_names; /* char * */
  char **warnings;
  char *recipe;
  double seconds;
  guint64 bytes_read;
  guint64 bytes_written;
  GStringChunk *strings;
  GPtrArray *shapes;     /* guint64 arrays */
  GPtrArray *alignments; /* AmAlignment */
};

static void
input_free (gpointer data)
{
  ReportInput *input = data;

  g_free (input->path);
  g_free (input->architecture);
  g_free (input);
}

static void
copy_tensor (AmReport *self, guint index, const AmPlanTensor *from)
{
  AmPlanTensor *tensor = &self->tensors[index];
  guint64 *shape = g_memdup2 (from->shape, MAX (from->n_dims, 1) * sizeof *from->shape);

  *tensor = *from;
  tensor->name = g_string_chunk_insert (self->strings, from->name);
  tensor->reason = from->reason != NULL ? g_string_chunk_insert_const (self->strings, from->reason) : NULL;
  tensor->shape = shape;
  g_ptr_array_add (self->shapes, shape);
}

static void
add_sums (AmSegmentSums *total, const AmSegmentSums *part)
{
  total->counts.n_nan += part->counts.n_nan;
  total->counts.n_infinite += part->counts.n_infinite;
  total->counts.n_saturated += part->counts.n_saturated;
  total->out_out += part->out_out;
  total->lead_lead += part->lead_lead;
  total->out_lead += part->out_lead;
  total->moved += part->moved;
}

static void
set_outcome (AmTensorOutcome *outcome, const AmPlanned *planned, const AmSegmentSums *sums, gboolean measured)
{
  double norms = sqrt (sums->out_out) * sqrt (sums->lead_lead);

  outcome->n_nan = sums->counts.n_nan;
  outcome->n_infinite = sums->counts.n_infinite;
  outcome->n_saturated = sums->counts.n_saturated;
  outcome->is_measured = measured && planned->merged != AM_NOT_MERGED && planned->public.size > 0;
  outcome->relative_l2 = sums->lead_lead > 0 ? sqrt (sums->moved / sums->lead_lead)
                         : sums->moved == 0  ? 0
                                             : NAN;
  outcome->norm = sqrt (sums->lead_lead);
  outcome->cosine = norms > 0 ? CLAMP (sums->out_lead / norms, -1.0, 1.0) : NAN;
}

/* Segments of a tensor added up in file order, so that the figures do not depend on threads. */
static void
gather_outcomes (AmReport *self, const AmMerger *run)
{
  g_autofree AmSegmentSums *totals = g_new0 (AmSegmentSums, run->layout->n_tensors + 1);
  g_autoptr (GHashTable) numbers = g_hash_table_new (NULL, NULL);
  guint segment = 0;

  for (guint b = 0; b < run->blocks->len; b++)
    {
      const AmBlock *block = &g_array_index (run->blocks, AmBlock, b);
      const AmLayoutFile *file = &run->layout->files[block->file];

      for (guint i = block->first_tensor; i < file->n_tensors; i++)
        {
          const AmLayoutTensor *tensor = &run->layout->tensors[file->tensors[i]];

          if (tensor->offset >= block->start + block->size)
            break;
          if (tensor->size > 0)
            add_sums (&totals[file->tensors[i]], &run->sums[segment++]);
        }
    }
  for (guint i = 0; i < run->layout->n_tensors; i++)
    g_hash_table_insert (numbers, run->written[i], GUINT_TO_POINTER (i + 1));
  for (guint i = 0; i < self->n_tensors; i++)
    {
      const AmPlanned *planned = am_plan_planned (run->plan, i);
      guint number = GPOINTER_TO_UINT (g_hash_table_lookup (numbers, planned));

      if (number > 0)
        set_outcome (&self->outcomes[i], planned, &totals[number - 1], run->plan->options.measure);
    }
}

static gpointer
copy_alignment (gconstpointer alignment, gpointer user_data)
{
  return am_alignment_ref ((AmAlignment *)alignment);
}

static guint64
sum_of (const AmReport *self, gsize field)
{
  guint64 sum = 0;

  for (guint i = 0; i < self->n_tensors; i++)
    sum += *(const guint64 *)((const guint8 *)&self->outcomes[i] + field);
  return sum;
}

/* The plan's warnings and what only the run could find. */
static void
set_warnings (AmReport *self, const AmPlan *plan)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new ();
  guint64 n_nan = sum_of (self, G_STRUCT_OFFSET (AmTensorOutcome, n_nan));
  guint64 n_infinite = sum_of (self, G_STRUCT_OFFSET (AmTensorOutcome, n_infinite));
  guint64 n_saturated = sum_of (self, G_STRUCT_OFFSET (AmTensorOutcome, n_saturated));

  for (const char *const *warning = am_plan_get_warnings (plan); *warning != NULL; warning++)
    g_ptr_array_add (list, g_strdup (*warning));
  am_plan_list_stand_ins (plan, list);
  if (n_nan > 0)
    g_ptr_array_add (list,
                     g_strdup_printf ("%" G_GUINT64_FORMAT " %s not a number (NaN)", n_nan,
                                      n_nan == 1 ? "value of the result is" : "values of the result are"));
  if (n_infinite > 0)
    g_ptr_array_add (
        list, g_strdup_printf ("%" G_GUINT64_FORMAT " %s infinite", n_infinite,
                               n_infinite == 1 ? "value of the result is" : "values of the result are"));
  if (n_saturated > 0)
    g_ptr_array_add (list,
                     g_strdup_printf ("%" G_GUINT64_FORMAT " %s beyond the range of fp8 and set to its limit",
                                      n_saturated, n_saturated == 1 ? "value was" : "values were"));
  g_ptr_array_add (list, NULL);
  self->warnings = (char **)g_ptr_array_free (g_steal_pointer (&list), FALSE);
}

static void
describe_inputs (AmReport *self, const AmPlan *plan)
{
  const AmModel *lead = am_plan_input (plan, 0)->model;

  for (guint i = 0; i < plan->inputs->len; i++)
    {
      ReportInput *input = g_new0 (ReportInput, 1);
      const AmInput *from = am_plan_input (plan, i);

      input->path = g_strdup (am_plan_is_stage_result (plan, from) ? from->label : from->path);
      input->architecture = g_strdup (am_model_get_architecture (from->model));
      g_ptr_array_add (self->inputs, input);
    }
  for (guint i = 0; i < am_model_get_n_blocks (lead); i++)
    g_ptr_array_add (self->block_names, g_strdup (am_model_get_block_name (lead, i)));
}

AmReport *
am_report_new (const AmMerger *run, gint64 began, const char *recipe)
{
  AmReport *self = g_new0 (AmReport, 1);
  const AmPlan *plan = run->plan;

  self->strings = g_string_chunk_new (4096);
  self->shapes = g_ptr_array_new_with_free_func (g_free);
  self->inputs = g_ptr_array_new_with_free_func (input_free);
  self->block_names = g_ptr_array_new_with_free_func (g_free);
  self->n_tensors = plan->tensors->len;
  self->tensors = g_new0 (AmPlanTensor, self->n_tensors + 1);
  self->outcomes = g_new0 (AmTensorOutcome, self->n_tensors + 1);
  for (guint i = 0; i < self->n_tensors; i++)
    copy_tensor (self, i, &am_plan_planned (plan, i)->public);
  gather_outcomes (self, run);
  set_warnings (self, plan);
  describe_inputs (self, plan);
  self->alignments = g_ptr_array_copy (plan->alignments, copy_alignment, NULL);
  self->method = g_strdup (plan->method->id);
  self->recipe = g_strdup (recipe);
  self->seconds = (double)(g_get_monotonic_time () - began) / G_USEC_PER_SEC;
  self->bytes_read = run->read_size;
  self->bytes_written = am_plan_get_output_size (plan);
  for (guint i = 0; i < run->layout->n_files; i++)
    self->bytes_written += run->data_start[i];
  return self;
}

void
am_report_free (AmReport *self)
{
  if (self == NULL)
    return;
  g_free (self->tensors);
  g_free (self->outcomes);
  g_free (self->method);
  g_ptr_array_unref (self->inputs);
  g_ptr_array_unref (self->block_names);
  g_strfreev (self->warnings);
  g_free (self->recipe);
  g_string_chunk_free (self->strings);
  g_ptr_array_unref (self->shapes);
  g_ptr_array_unref (self->alignments);
  g_free (self);
}

guint
am_report_get_n_tensors (const AmReport *self)
{
  return self->n_tensors;
}

const AmPlanTensor *
am_report_get_tensor (const AmReport *self, guint index)
{
  return &self->tensors[index];
}

const AmTensorOutcome *
am_report_get_outcome (const AmReport *self, guint index)
{
  return &self->outcomes[index];
}

double
am_report_get_seconds (const AmReport *self)
{
  return self->seconds;
}

guint64
am_report_get_bytes_read (const AmReport *self)
{
  return self->bytes_read;
}

guint64
am_report_get_bytes_written (const AmReport *self)
{
  return self->bytes_written;
}

const char *const *
am_report_get_warnings (const AmReport *self)
{
  return (const char *const *)self->warnings;
}

const char *
am_report_get_recipe (const AmReport *self)
{
  return self->recipe;
}

const GPtrArray *
am_report_get_alignments (const AmReport *self)
{
  return self->alignments;
}

static void
add_tensor (JsonBuilder *builder, const AmReport *self, guint index)
{
  const AmPlanTensor *tensor = &self->tensors[index];
  const AmTensorOutcome *outcome = &self->outcomes[index];

  json_builder_begin_object (builder);
  am_json_add_string (builder, "name", tensor->name);
  am_json_add_string (builder, "action", am_action_get_id (tensor->action));
  if (tensor->reason != NULL)
    am_json_add_string (builder, "reason", tensor->reason);
  am_json_add_string (builder, "dtype", am_dtype_get_name (tensor->dtype));
  json_builder_set_member_name (builder, "shape");
  json_builder_begin_array (builder);
  for (guint i = 0; i < tensor->n_dims; i++)
    json_builder_add_int_value (builder, (gint64)tensor->shape[i]);
  json_builder_end_array (builder);
  am_json_add_string (builder, "component", am_component_get_id (tensor->component));
  if (tensor->block < self->block_names->len)
    am_json_add_string (builder, "block", g_ptr_array_index (self->block_names, tensor->block));
  if (isfinite (tensor->ratio))
    am_json_add_number (builder, "ratio", tensor->ratio);
  if (outcome->is_measured)
    {
      am_json_add_number (builder, "relative_l2", outcome->relative_l2);
      am_json_add_number (builder, "cosine", outcome->cosine);
    }
  am_json_add_count (builder, "nan", outcome->n_nan);
  am_json_add_count (builder, "infinite", outcome->n_infinite);
  am_json_add_count (builder, "saturated", outcome->n_saturated);
  json_builder_end_object (builder);
}

static void
add_counts (JsonBuilder *builder, const AmReport *self)
{
  json_builder_set_member_name (builder, "counts");
  json_builder_begin_object (builder);
  for (guint action = 0; action < AM_N_ACTIONS; action++)
    {
      guint n = 0;

      for (guint i = 0; i < self->n_tensors; i++)
        n += self->tensors[i].action == (AmAction)action;
      am_json_add_count (builder, am_action_get_id ((AmAction)action), n);
    }
  json_builder_end_object (builder);
}

static void
add_inputs (JsonBuilder *builder, const AmReport *self)
{
  json_builder_set_member_name (builder, "inputs");
  json_builder_begin_array (builder);
  for (guint i = 0; i < self->inputs->len; i++)
    {
      const ReportInput *input = g_ptr_array_index (self->inputs, i);

      json_builder_begin_object (builder);
      am_json_add_string (builder, "path", input->path);
      am_json_add_string (builder, "architecture", input->architecture);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
}

static void
add_summary (JsonBuilder *builder, const AmReport *self)
{
  am_json_add_string (builder, "format", "amalgam-report-1");
  am_json_add_string (builder, "method", self->method);
  am_json_add_number (builder, "seconds", self->seconds);
  am_json_add_count (builder, "bytes_read", self->bytes_read);
  am_json_add_count (builder, "bytes_written", self->bytes_written);
  am_json_add_count (builder, "nan", sum_of (self, G_STRUCT_OFFSET (AmTensorOutcome, n_nan)));
  am_json_add_count (builder, "infinite", sum_of (self, G_STRUCT_OFFSET (AmTensorOutcome, n_infinite)));
  am_json_add_count (builder, "saturated", sum_of (self, G_STRUCT_OFFSET (AmTensorOutcome, n_saturated)));
  if (self->recipe != NULL)
    am_json_add_string (builder, "recipe", self->recipe);
  am_json_add_strings (builder, "warnings", (const char *const *)self->warnings);
}

char *
am_report_to_json (const AmReport *self)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;

  json_builder_begin_object (builder);
  add_summary (builder, self);
  add_inputs (builder, self);
  add_counts (builder, self);
  if (self->alignments->len > 0)
    {
      json_builder_set_member_name (builder, "alignments");
      am_alignments_add_json (self->alignments, builder);
    }
  json_builder_set_member_name (builder, "tensors");
  json_builder_begin_array (builder);
  for (guint i = 0; i < self->n_tensors; i++)
    add_tensor (builder, self, i);
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  return am_json_to_text (root, TRUE);
}
