#include "merge-summary.h"

#include <math.h>

#include "alignment-text.h"
#include "console.h"

static void
print_counts (const AmPlan *plan)
{
  for (guint action = 0; action < AM_N_ACTIONS; action++)
    {
      guint count = am_plan_count (plan, action);
      g_autofree char *text = cli_format_count (count);

      if (count > 0)
        g_print ("  %8s  %s\n", text, am_action_get_title (action));
    }
}

static void
print_alignments (const AmPlan *plan)
{
  const GPtrArray *alignments = am_plan_get_alignments (plan);

  for (guint i = 0; i < alignments->len; i++)
    g_print ("First it would align %s.\n", am_alignment_get_label (g_ptr_array_index (alignments, i)));
}

static void
print_inputs (const AmPlan *plan, const AmRecipe *recipe)
{
  guint n = am_plan_get_n_inputs (plan);
  guint first = recipe->base != NULL && n > recipe->models->len ? 1 : 0;

  for (guint i = 0; i < n; i++)
    {
      const AmModel *model = am_plan_get_input (plan, i);
      char letter[2] = { (char)('A' + (i - first) % 26), '\0' };

      g_print ("  %-4s  %s: %s\n", i < first ? "base" : letter, am_plan_get_input_path (plan, i),
               model != NULL ? am_model_get_title (model) : "result of an earlier stage");
    }
}

#define ANY_BLOCK (AM_BLOCK_NONE - 1)

typedef struct
{
  double low, high;
  guint n;
} Range;

static Range
find_range (const AmPlan *plan, guint block)
{
  Range range = { HUGE_VAL, -HUGE_VAL, 0 };

  for (guint i = 0; i < am_plan_get_n_tensors (plan); i++)
    {
      const AmPlanTensor *tensor = am_plan_get_tensor (plan, i);

      if ((block != ANY_BLOCK && tensor->block != block) || isnan (tensor->ratio)
          || (tensor->action != AM_ACTION_MERGED && tensor->action != AM_ACTION_MERGED_OVERLAP))
        continue;
      range.low = MIN (range.low, tensor->ratio);
      range.high = MAX (range.high, tensor->ratio);
      range.n++;
    }
  return range;
}

static char *
format_range (Range range)
{
  g_autofree char *low = cli_format_number (range.low);
  g_autofree char *high = cli_format_number (range.high);

  return range.low == range.high ? g_steal_pointer (&low) : g_strdup_printf ("%s to %s", low, high);
}

static void
print_block_list (const AmModel *model, const Range *ranges)
{
  guint n_printed = 0;

  g_print ("Ratio by block:\n");
  for (guint block = 0; block < am_model_get_n_blocks (model); block++)
    {
      g_autofree char *text = ranges[block].n > 0 ? format_range (ranges[block]) : NULL;

      if (text != NULL)
        g_print ("  %-6s %-14s%s", am_model_get_block_name (model, block), text,
                 ++n_printed % 4 == 0 ? "\n" : "");
    }
  if (n_printed % 4 != 0)
    g_print ("\n");
}

static void
print_ratios (const AmPlan *plan)
{
  const AmModel *model = am_plan_get_n_inputs (plan) > 0 ? am_plan_get_input (plan, 0) : NULL;
  guint n_blocks = model != NULL ? am_model_get_n_blocks (model) : 0;
  g_autofree Range *ranges = g_new0 (Range, n_blocks);
  Range all = find_range (plan, ANY_BLOCK);
  g_autofree char *text = all.n > 0 ? format_range (all) : NULL;

  for (guint block = 0; block < n_blocks; block++)
    ranges[block] = find_range (plan, block);
  if (text == NULL)
    return;
  if (all.low < all.high && n_blocks > 0)
    print_block_list (model, ranges);
  else
    g_print ("Ratio: %s\n", text);
}

void
merge_print_plan (const AmPlan *plan, const AmRecipe *recipe)
{
  g_autofree char *read = cli_format_size (am_plan_get_read_size (plan));
  g_autofree char *written = cli_format_size (am_plan_get_output_size (plan));
  g_autofree char *memory = cli_format_size (am_plan_get_memory (plan));

  g_print ("%s would merge:\n", recipe->method);
  print_inputs (plan, recipe);
  print_alignments (plan);
  g_print ("Tensors:\n");
  print_counts (plan);
  print_ratios (plan);
  g_print ("Reads %s, writes %s, needs about %s of memory. Nothing was written.\n", read, written, memory);
}

void
merge_print_report (const AmPlan *plan, const AmReport *report, const AmRecipe *recipe, const char *output)
{
  g_autofree char *written = cli_format_size (am_report_get_bytes_written (report));
  const GPtrArray *alignments = am_report_get_alignments (report);

  for (guint i = 0; i < alignments->len; i++)
    alignment_print (g_ptr_array_index (alignments, i), 0);
  g_print ("Merged with %s into %s: %s in %.1f s.\n", recipe->method, output, written,
           am_report_get_seconds (report));
  print_counts (plan);
}
