/* Aligning the inputs of a merge before it runs. */
#include "merge/plan-private.h"

/* Whether input @index stays as it is and the others are brought to it. */
static gboolean
is_leading (const AmPlan *plan, guint index)
{
  return plan->recipe->align->target != AM_ALIGN_TO_FILE && index == 0;
}

/* Files are looked for as written, then beside the recipe. */
static void
find_file (const AmPlan *plan, char **path)
{
  g_autofree char *written = g_steal_pointer (path);

  *path = written != NULL ? am_plan_find_beside (plan, written) : NULL;
}

/* What the family's pictures are prepared by does not matter here: only that the data is there. */
static AmDataset *
open_data (const AmAlignSettings *align, GError **error)
{
  const char *name = align->preprocessing != NULL ? align->preprocessing : "none";
  g_autoptr (AmPreprocessing) preprocessing = am_preprocessing_load (name, error);

  return preprocessing != NULL ? am_dataset_open (align->data, preprocessing, error) : NULL;
}

/* Missing data shows now, not when it is needed; and it stays the same from here on. */
static void
check_data (AmPlan *plan)
{
  AmAlignSettings *align = plan->recipe->align;
  g_autofree char *written = g_strdup (align->data);
  g_autoptr (AmDataset) dataset = NULL;
  GError *error = NULL;

  if (align->matching != AM_ALIGN_BY_ACTIVATIONS)
    return;
  g_free (align->data);
  align->data = am_plan_find_data (plan, written, align->data_sha256);
  find_file (plan, &align->preprocessing);
  dataset = open_data (align, &error);
  if (dataset == NULL || !am_plan_check_digest (plan, dataset, written, align->data_sha256, &error))
    {
      am_plan_complain_error (plan, error);
      return;
    }
  g_free (align->data_sha256);
  align->data_sha256 = g_strdup (g_hash_table_lookup (plan->data_digests, written));
}

static void
check_settings (AmPlan *plan)
{
  const char *fault = am_align_settings_check (plan->recipe->align);

  if (fault != NULL)
    am_plan_complain (plan, AM_ERROR_BAD_RECIPE, "%s", fault);
  else
    check_data (plan);
}

static void
add_alignment (AmPlan *plan, guint index)
{
  const AmInput *input = am_plan_input (plan, index);
  GError *error = NULL;
  AmAlignment *alignment
      = am_alignment_new (input->model, input->checkpoint, input->label, plan->recipe->align, &error);

  if (alignment == NULL)
    am_plan_complain_error (plan, error);
  else
    g_ptr_array_add (plan->alignments, alignment);
}

static void
check_target (AmPlan *plan)
{
  const AmInput *target = am_plan_input (plan, plan->align_input);
  g_autofree char *reason = NULL;

  if (!am_model_is_compatible (target->model, am_plan_input (plan, 0)->model, &reason))
    am_plan_complain (plan, AM_ERROR_MISMATCH, "%s", reason);
}

/* One complaint about an architecture is enough, however many inputs have it. */
void
am_plan_prepare_alignment (AmPlan *plan)
{
  const AmAlignSettings *align = plan->recipe->align;

  if (align == NULL)
    return;
  if (align->target == AM_ALIGN_TO_FILE)
    check_target (plan);
  else if (plan->n_inputs < 2)
    am_plan_complain (plan, AM_ERROR_BAD_RECIPE,
                      T_ ("alignment needs something to align to: a second model, or a file under align"));
  check_settings (plan);
  find_file (plan, &plan->recipe->align->architecture);
  for (guint i = 0; i < plan->n_inputs && plan->complaints->len == 0; i++)
    if (!is_leading (plan, i))
      add_alignment (plan, i);
}

/* How pictures were prepared, where the recipe left it to the family. */
static void
keep_preprocessing (AmPlan *plan)
{
  AmAlignSettings *align = plan->recipe->align;

  if (align->preprocessing == NULL && plan->alignments->len > 0)
    align->preprocessing
        = g_strdup (am_alignment_get_preprocessing (g_ptr_array_index (plan->alignments, 0)));
}

gboolean
am_plan_align (AmPlan *plan, const AmProgress *progress, GCancellable *cancellable, GError **error)
{
  const AmInput *target;

  if (plan->recipe->align == NULL || plan->is_aligned)
    return TRUE;
  target = am_plan_input (plan, plan->align_input);
  plan->is_aligned
      = am_alignments_run (plan->alignments,
                           &(const AmReference){ 1, (const AmModel *[]){ target->model },
                                                 (AmCheckpoint *[]){ target->checkpoint } },
                           plan->recipe->align, plan->options.n_threads, progress, cancellable, error);
  if (plan->is_aligned)
    keep_preprocessing (plan);
  return plan->is_aligned;
}
