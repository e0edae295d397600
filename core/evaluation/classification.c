#include <math.h>

#include "evaluation/evaluation-private.h"

AmEvaluation *
am_evaluation_new (guint n_classes)
{
  AmEvaluation *evaluation = g_new0 (AmEvaluation, 1);

  evaluation->n_classes = n_classes;
  evaluation->class_count = g_new0 (guint64, n_classes);
  evaluation->class_correct = g_new0 (guint64, n_classes);
  return evaluation;
}

void
am_evaluation_free (AmEvaluation *evaluation)
{
  g_free (evaluation->class_count);
  g_free (evaluation->class_correct);
  g_free (evaluation);
}

/* The first of the greatest; none when there are no numbers. */
static guint
find_greatest (const AmReal *logits, guint n)
{
  guint greatest = n;

  for (guint i = 0; i < n; i++)
    if (!isnan (logits[i]) && (greatest == n || logits[i] > logits[greatest]))
      greatest = i;
  return greatest;
}

/* The sum of exp (logit - greatest), which neither overflows nor is below 1. */
static double
sum_exponentials (const AmReal *logits, guint n, double greatest)
{
  double sum = 0;

  for (guint i = 0; i < n; i++)
    sum += exp ((double)logits[i] - greatest);
  return sum;
}

static guint
find_bin (double confidence)
{
  double bin = ceil (confidence * AM_N_CALIBRATION_BINS) - 1;

  return bin > 0 ? (guint)MIN (bin, AM_N_CALIBRATION_BINS - 1) : 0;
}

void
am_evaluation_add (AmEvaluation *evaluation, const AmReal *logits, guint label)
{
  guint predicted = find_greatest (logits, evaluation->n_classes);
  double greatest = predicted < evaluation->n_classes ? (double)logits[predicted] : NAN;
  double sum = sum_exponentials (logits, evaluation->n_classes, greatest);
  double confidence = 1 / sum;
  gboolean is_correct = predicted == label;
  guint bin = find_bin (confidence);

  evaluation->n++;
  evaluation->loss += log (sum) - ((double)logits[label] - greatest);
  evaluation->accuracy += is_correct;
  evaluation->class_count[label]++;
  evaluation->class_correct[label] += (guint64)is_correct;
  evaluation->bin_count[bin]++;
  evaluation->bin_confidence[bin] += confidence;
  evaluation->bin_accuracy[bin] += is_correct;
}

void
am_evaluation_finish (AmEvaluation *evaluation)
{
  double n = (double)evaluation->n;

  for (guint i = 0; i < AM_N_CALIBRATION_BINS; i++)
    {
      double count = (double)evaluation->bin_count[i];

      if (evaluation->bin_count[i] > 0)
        evaluation->calibration_error
            += fabs (evaluation->bin_accuracy[i] - evaluation->bin_confidence[i]) / n;
      evaluation->bin_confidence[i] = count > 0 ? evaluation->bin_confidence[i] / count : NAN;
      evaluation->bin_accuracy[i] = count > 0 ? evaluation->bin_accuracy[i] / count : NAN;
    }
  evaluation->accuracy /= n;
  evaluation->loss /= n;
}

guint
am_evaluation_count_missing (const AmEvaluation *evaluation)
{
  guint n = 0;

  for (guint i = 0; i < evaluation->n_classes; i++)
    n += evaluation->class_count[i] == 0;
  return n;
}
