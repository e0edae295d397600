/* Accuracy, loss and calibration of answers that were made by hand. */
#include <math.h>

#include "evaluation/evaluation-private.h"

/* The logit that beats @n_others zeros with probability @confidence. */
static AmReal
logit_of (double confidence, guint n_others)
{
  return (AmReal)log (confidence / (1 - confidence) * n_others);
}

static void
assert_near (double found, double wanted)
{
  g_assert_cmpfloat_with_epsilon (found, wanted, 1e-6);
}

static void
test_loss (void)
{
  const AmReal even[] = { 7, 7, 7, 7 };
  const AmReal far[] = { 1000, -1000, 0, 0 };
  g_autoptr (AmEvaluation) evaluation = am_evaluation_new (4);

  am_evaluation_add (evaluation, even, 2);
  am_evaluation_add (evaluation, far, 1);
  am_evaluation_add (evaluation, far, 0);
  am_evaluation_finish (evaluation);
  g_assert_cmpuint (evaluation->n, ==, 3);
  assert_near (evaluation->loss, (log (4.0) + 2000 + 0) / 3);
  assert_near (evaluation->accuracy, 1.0 / 3);
}

/* Of equal logits the first counts. */
static void
test_ties (void)
{
  const AmReal logits[] = { 0, 5, 5, 1 };
  g_autoptr (AmEvaluation) evaluation = am_evaluation_new (4);

  am_evaluation_add (evaluation, logits, 2);
  g_assert_cmpfloat (evaluation->accuracy, ==, 0);
  am_evaluation_add (evaluation, logits, 1);
  g_assert_cmpfloat (evaluation->accuracy, ==, 1);
}

/* Two answers of confidence 0.9 of which one is right, one of 0.5 that is right, one that is certain and
 * right: |0.5 - 0.9| * 2 / 4 + |1 - 0.5| / 4 + 0. */
static void
test_calibration (void)
{
  const AmReal sure[] = { logit_of (0.9, 2), 0, 0 };
  const AmReal half[] = { 0, 0, logit_of (0.5, 2) };
  const AmReal certain[] = { 0, 1000, 0 };
  g_autoptr (AmEvaluation) evaluation = am_evaluation_new (3);

  am_evaluation_add (evaluation, sure, 0);
  am_evaluation_add (evaluation, sure, 1);
  am_evaluation_add (evaluation, half, 2);
  am_evaluation_add (evaluation, certain, 1);
  am_evaluation_finish (evaluation);
  assert_near (evaluation->calibration_error, 0.4 * 2 / 4 + 0.5 / 4);
  g_assert_cmpuint (evaluation->bin_count[13], ==, 2);
  assert_near (evaluation->bin_confidence[13], 0.9);
  assert_near (evaluation->bin_accuracy[13], 0.5);
  g_assert_cmpuint (evaluation->bin_count[7], ==, 1);
  g_assert_cmpuint (evaluation->bin_count[14], ==, 1);
  assert_near (evaluation->bin_confidence[14], 1);
  g_assert_true (isnan (evaluation->bin_accuracy[0]));
}

/* Right and wrong answers of one bin even out before the difference is taken. */
static void
test_calibrated (void)
{
  const AmReal logits[] = { logit_of (0.75, 1), 0 };
  g_autoptr (AmEvaluation) evaluation = am_evaluation_new (2);

  for (guint i = 0; i < 4; i++)
    am_evaluation_add (evaluation, logits, i == 0 ? 1 : 0);
  am_evaluation_finish (evaluation);
  assert_near (evaluation->calibration_error, 0);
}

static void
test_classes (void)
{
  const AmReal logits[] = { 0, 0, 3, 0 };
  g_autoptr (AmEvaluation) evaluation = am_evaluation_new (4);

  am_evaluation_add (evaluation, logits, 2);
  am_evaluation_add (evaluation, logits, 2);
  am_evaluation_add (evaluation, logits, 3);
  am_evaluation_finish (evaluation);
  g_assert_cmpuint (evaluation->class_count[2], ==, 2);
  g_assert_cmpuint (evaluation->class_correct[2], ==, 2);
  g_assert_cmpuint (evaluation->class_count[3], ==, 1);
  g_assert_cmpuint (evaluation->class_correct[3], ==, 0);
  g_assert_cmpuint (am_evaluation_count_missing (evaluation), ==, 2);
}

/* Answers that are no numbers are wrong, and seen in the loss. */
static void
test_not_finite (void)
{
  const AmReal nan_logits[] = { NAN, NAN };
  const AmReal some[] = { NAN, 1 };
  const AmReal infinite[] = { INFINITY, 0 };
  g_autoptr (AmEvaluation) evaluation = am_evaluation_new (2);

  am_evaluation_add (evaluation, nan_logits, 0);
  am_evaluation_add (evaluation, some, 0);
  am_evaluation_add (evaluation, infinite, 1);
  am_evaluation_finish (evaluation);
  g_assert_cmpfloat (evaluation->accuracy, ==, 0);
  g_assert_true (isnan (evaluation->loss));
  g_assert_true (isnan (evaluation->calibration_error));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/classification/loss", test_loss);
  g_test_add_func ("/classification/ties", test_ties);
  g_test_add_func ("/classification/calibration", test_calibration);
  g_test_add_func ("/classification/calibrated", test_calibrated);
  g_test_add_func ("/classification/classes", test_classes);
  g_test_add_func ("/classification/not-finite", test_not_finite);
  return g_test_run ();
}
