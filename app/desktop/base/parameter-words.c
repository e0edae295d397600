#include "base/parameter-words.h"

#include <glib/gi18n.h>

/* A single letter stays as papers write it. */
static const struct
{
  const char *id;
  const char *title;
} titles[] = {
  { "alpha", NC_ ("parameter", "Alpha") },
  { "beta", NC_ ("parameter", "Beta") },
  { "cutoff", NC_ ("parameter", "Cutoff") },
  { "density", NC_ ("parameter", "Density") },
  { "election", NC_ ("parameter", "Election") },
  { "eps", NC_ ("parameter", "Eps") },
  { "epsilon", NC_ ("parameter", "Epsilon") },
  { "filter_wise", NC_ ("parameter", "Filter wise") },
  { "floor", NC_ ("parameter", "Floor") },
  { "formula", NC_ ("parameter", "Formula") },
  { "gamma", NC_ ("parameter", "Gamma") },
  { "lambda", NC_ ("parameter", "Lambda") },
  { "max_iter", NC_ ("parameter", "Max iter") },
  { "normalize", NC_ ("parameter", "Normalize") },
  { "normalize_weights", NC_ ("parameter", "Normalize weights") },
  { "nuslerp_flatten", NC_ ("parameter", "NuSLERP flatten") },
  { "nuslerp_row_wise", NC_ ("parameter", "NuSLERP row wise") },
  { "rank", NC_ ("parameter", "Rank") },
  { "rescale", NC_ ("parameter", "Rescale") },
  { "ridge", NC_ ("parameter", "Ridge") },
  { "samples", NC_ ("parameter", "Samples") },
  { "scale", NC_ ("parameter", "Scale") },
  { "scope", NC_ ("parameter", "Scope") },
  { "select_topk", NC_ ("parameter", "Select topk") },
  { "t", NC_ ("parameter", "t") },
  { "time", NC_ ("parameter", "Time") },
  { "tol", NC_ ("parameter", "Tol") },
  { "weight", NC_ ("parameter", "Weight") },
};

static const char *const choices[] = {
  NC_ ("choice", "count"),    NC_ ("choice", "density"), NC_ ("choice", "full"),
  NC_ ("choice", "l1"),       NC_ ("choice", "mass"),    NC_ ("choice", "mergekit"),
  NC_ ("choice", "model"),    NC_ ("choice", "none"),    NC_ ("choice", "participation"),
  NC_ ("choice", "rescaled"), NC_ ("choice", "tensor"),
};

char *
am_parameter_dup_title (const AmParameter *parameter)
{
  for (guint i = 0; i < G_N_ELEMENTS (titles); i++)
    if (g_str_equal (titles[i].id, parameter->id))
      return g_strdup (g_dpgettext2 (NULL, "parameter", titles[i].title));
  return g_strdup (parameter->id);
}

const char *
am_parameter_translate_choice (const char *choice)
{
  for (guint i = 0; i < G_N_ELEMENTS (choices); i++)
    if (g_str_equal (choices[i], choice))
      return g_dpgettext2 (NULL, "choice", choices[i]);
  return choice;
}
