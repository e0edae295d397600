/* Key tables: counts that are common knowledge, and laws that hold at every width. */
#include "architecture/model.h"

#include <string.h>

static const AmFamily families[]
    = { AM_FAMILY_SD1, AM_FAMILY_SD2, AM_FAMILY_SDXL, AM_FAMILY_SDXL_REFINER, AM_FAMILY_SD3, AM_FAMILY_FLUX };

static guint
count_component (AmFamily family, AmComponent component, gboolean is_optional)
{
  g_autoptr (GArray) table = am_family_list_tensors (family, 1);
  guint n = 0;

  for (guint i = 0; i < table->len; i++)
    {
      const AmExpectedTensor *row = &g_array_index (table, AmExpectedTensor, i);

      n += row->component == component && row->is_optional == is_optional;
    }
  return n;
}

static void
test_counts (void)
{
  static const struct
  {
    AmFamily family;
    AmComponent component;
    gboolean is_optional;
    guint n;
  } counts[] = {
    { AM_FAMILY_SD1, AM_COMPONENT_DIFFUSION, FALSE, 686 },
    { AM_FAMILY_SD1, AM_COMPONENT_VAE, FALSE, 248 },
    { AM_FAMILY_SD1, AM_COMPONENT_TEXT_ENCODER, FALSE, 196 },
    { AM_FAMILY_SD1, AM_COMPONENT_TEXT_ENCODER, TRUE, 1 },
    { AM_FAMILY_SD1, AM_COMPONENT_EMA, TRUE, 688 },
    { AM_FAMILY_SD1, AM_COMPONENT_SCHEDULE, TRUE, 12 },
    { AM_FAMILY_SD2, AM_COMPONENT_DIFFUSION, FALSE, 686 },
    { AM_FAMILY_SDXL, AM_COMPONENT_DIFFUSION, FALSE, 1680 },
    { AM_FAMILY_SDXL, AM_COMPONENT_SCHEDULE, TRUE, 16 },
    { AM_FAMILY_SDXL, AM_COMPONENT_TEXT_ENCODER_2, FALSE, 374 },
    { AM_FAMILY_SD3, AM_COMPONENT_DIFFUSION, FALSE, 491 },
    { AM_FAMILY_SD3, AM_COMPONENT_VAE, FALSE, 244 },
    { AM_FAMILY_FLUX, AM_COMPONENT_DIFFUSION, FALSE, 780 },
    { AM_FAMILY_FLUX, AM_COMPONENT_TEXT_ENCODER_2, FALSE, 219 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (counts); i++)
    g_assert_cmpuint (count_component (counts[i].family, counts[i].component, counts[i].is_optional), ==,
                      counts[i].n);
  g_assert_null (am_family_list_tensors (AM_FAMILY_UNKNOWN, 1));
  g_assert_null (am_family_list_tensors (AM_FAMILY_VAE, 1));
}

static guint64
count_parameters (AmFamily family, AmComponent component)
{
  g_autoptr (GArray) table = am_family_list_tensors (family, 1);
  guint64 total = 0;

  for (guint i = 0; i < table->len; i++)
    {
      const AmExpectedTensor *row = &g_array_index (table, AmExpectedTensor, i);
      guint64 length = 1;

      for (guint axis = 0; axis < row->n_dims; axis++)
        length *= row->shape[axis];
      total += row->component == component ? length : 0;
    }
  return total;
}

/* The published sizes of the networks. */
static void
test_parameters (void)
{
  g_assert_cmpuint (count_parameters (AM_FAMILY_SD1, AM_COMPONENT_DIFFUSION), ==, 859520964);
  g_assert_cmpuint (count_parameters (AM_FAMILY_SD2, AM_COMPONENT_DIFFUSION), ==, 865910724);
  g_assert_cmpuint (count_parameters (AM_FAMILY_SDXL, AM_COMPONENT_DIFFUSION), ==, 2567463684);
  g_assert_cmpuint (count_parameters (AM_FAMILY_SD1, AM_COMPONENT_VAE), ==, 83653863);
  g_assert_cmpuint (count_parameters (AM_FAMILY_FLUX, AM_COMPONENT_DIFFUSION), ==,
                    G_GUINT64_CONSTANT (11901408320));
}

static void
assert_sorted (const GArray *table)
{
  for (guint i = 1; i < table->len; i++)
    g_assert_cmpint (strcmp (g_array_index (table, AmExpectedTensor, i - 1).name,
                             g_array_index (table, AmExpectedTensor, i).name),
                     <, 0);
}

static void
test_reduced (void)
{
  for (guint f = 0; f < G_N_ELEMENTS (families); f++)
    {
      g_autoptr (GArray) whole = am_family_list_tensors (families[f], 1);

      assert_sorted (whole);
      for (guint divisor = 2; divisor <= 16; divisor *= 2)
        {
          g_autoptr (GArray) small = am_family_list_tensors (families[f], divisor);

          g_assert_cmpuint (small->len, ==, whole->len);
          for (guint i = 0; i < small->len; i++)
            {
              const AmExpectedTensor *a = &g_array_index (whole, AmExpectedTensor, i);
              const AmExpectedTensor *b = &g_array_index (small, AmExpectedTensor, i);

              g_assert_cmpstr (a->name, ==, b->name);
              g_assert_cmpuint (a->n_dims, ==, b->n_dims);
              for (guint axis = 0; axis < a->n_dims; axis++)
                g_assert_cmpuint (b->shape[axis], <=, a->shape[axis]);
            }
        }
    }
}

static const AmExpectedTensor *
find_row (const GArray *table, const char *name)
{
  for (guint i = 0; i < table->len; i++)
    if (g_str_equal (g_array_index (table, AmExpectedTensor, i).name, name))
      return &g_array_index (table, AmExpectedTensor, i);
  g_assert_not_reached ();
}

/* What joins two parts of a model keeps joining them when both shrink. */
static void
test_widths_meet (void)
{
  for (guint divisor = 1; divisor <= 16; divisor *= 2)
    {
      g_autoptr (GArray) sd1 = am_family_list_tensors (AM_FAMILY_SD1, divisor);
      g_autoptr (GArray) sdxl = am_family_list_tensors (AM_FAMILY_SDXL, divisor);
      guint64 context
          = find_row (sd1, "model.diffusion_model.middle_block.1.transformer_blocks.0.attn2.to_k.weight")
                ->shape[1];
      guint64 width = find_row (sd1, "model.diffusion_model.input_blocks.0.0.weight")->shape[0];
      guint64 l = find_row (sdxl, "conditioner.embedders.0.transformer.text_model.final_layer_norm.weight")
                      ->shape[0];
      guint64 g = find_row (sdxl, "conditioner.embedders.1.model.ln_final.weight")->shape[0];

      g_assert_cmpuint (
          find_row (sd1, "cond_stage_model.transformer.text_model.final_layer_norm.weight")->shape[0], ==,
          context);
      g_assert_cmpuint (width % 32, ==, 0);
      g_assert_cmpuint (find_row (sd1, "first_stage_model.encoder.conv_in.weight")->shape[0] % 32, ==, 0);
      g_assert_cmpuint (
          find_row (sdxl, "model.diffusion_model.input_blocks.4.1.transformer_blocks.0.attn2.to_k.weight")
              ->shape[1],
          ==, l + g);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/architecture/key-tables/counts", test_counts);
  g_test_add_func ("/architecture/key-tables/parameters", test_parameters);
  g_test_add_func ("/architecture/key-tables/reduced", test_reduced);
  g_test_add_func ("/architecture/key-tables/widths-meet", test_widths_meet);
  return g_test_run ();
}
