/* Aligning the inputs of a merge before it runs. */
#include "merge/plan-private.h"

/* Whether input @index stays as it is and the others are brought to it. */
static gboolean
is_leading (const AmPlan *plan, guint index)
{
  return plan->recipe->align->target != AM_ALIGN_TO_FILE && index == 0;
}

/* The description of the network is looked for as written, then beside the recipe. */
static void
find_architecture (AmPlan *plan)
{
  AmAlignSettings *align = plan->recipe->align;
  g_autofree char *beside = NULL;

  if (align->architecture == NULL || plan->recipe_folder == NULL
      || g_file_test (align->architecture, G_FILE_TEST_EXISTS))
    return;
  beside = g_build_filename (plan->recipe_folder, align->architecture, NULL);
  if (!g_path_is_absolute (align->architecture) && g_file_test (beside, G_FILE_TEST_EXISTS))
    {
      g_free (align->architecture);
      align->architecture = g_steal_pointer (&beside);
    }
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
  find_architecture (plan);
  for (guint i = 0; i < plan->n_inputs && plan->complaints->len == 0; i++)
    if (!is_leading (plan, i))
      add_alignment (plan, i);
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
  return plan->is_aligned;
}
