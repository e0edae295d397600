#include "architecture/model-private.h"

/* Three quarters of a component's names: it is there, and what lacks was lost; with fewer it is another
 * network, or none. */
static gboolean
is_mostly_there (guint n_found, guint n_needed)
{
  return n_found < n_needed && 4 * n_found >= 3 * n_needed;
}

static gboolean
has_table (const AmModel *model)
{
  return model->family != AM_FAMILY_SD3 || g_str_equal (model->architecture, "sd3");
}

static gboolean
has_expected (const AmModel *model, const char *name)
{
  g_autofree char *renewed = NULL;

  /* The table is written in the file's own layout of a full checkpoint; the VAE of Flux has an alias there.
   */
  return am_model_find (model, name) >= 0
         || am_model_find (model, am_model_canonicalise (model, name, &renewed)) >= 0;
}

static gboolean
is_absent_by_design (const AmModel *model, const char *name)
{
  return g_str_equal (model->architecture, "flux-schnell")
         && g_str_has_prefix (name, "model.diffusion_model.guidance_in.");
}

void
am_model_list_missing (AmModel *model)
{
  g_autoptr (GArray) table = has_table (model) ? am_family_list_tensors (model->family, 1) : NULL;
  guint n_needed[AM_N_COMPONENTS] = { 0 }, n_found[AM_N_COMPONENTS] = { 0 };
  g_autofree gboolean *is_lost = NULL;

  if (table == NULL)
    return;
  is_lost = g_new0 (gboolean, table->len);
  for (guint i = 0; i < table->len; i++)
    {
      const AmExpectedTensor *row = &g_array_index (table, AmExpectedTensor, i);

      if (row->is_optional || is_absent_by_design (model, row->name))
        continue;
      is_lost[i] = !has_expected (model, row->name);
      n_needed[row->component]++;
      n_found[row->component] += !is_lost[i];
    }
  for (guint i = 0; i < table->len; i++)
    {
      const AmExpectedTensor *row = &g_array_index (table, AmExpectedTensor, i);

      if (is_lost[i] && is_mostly_there (n_found[row->component], n_needed[row->component]))
        g_ptr_array_add (model->missing, g_strdup (row->name));
    }
}
