#include <math.h>
#include <stdint.h>
#include <string.h>

#include "recipe/evaluate.h"
#include "recipe/presets.h"

#define MAX_PARAMETERS 32
#define MAX_BLOCKS 80

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
evaluate (const AmRecipe *recipe)
{
  static const char *const names[] = { NULL, "model.layers.3.self_attn.q_proj.weight", "out.2.bias" };
  const AmMethod *method = am_method_find (recipe->method);
  double parameters[MAX_PARAMETERS];
  g_autofree double *model_parameters = g_new (double, MAX_PARAMETERS *AM_MAX_MODELS);

  g_assert_cmpuint (method->n_parameters, <=, MAX_PARAMETERS);
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (GError) error = NULL;
      gboolean is_good = am_recipe_evaluate (recipe, method, recipe->models->len, names[i], i / 3.0,
                                             parameters, model_parameters, &error);

      g_assert_true (is_good == (error == NULL));
    }
}

static void
resolve (const AmRecipe *recipe)
{
  static const AmFamily families[] = { AM_FAMILY_SD1, AM_FAMILY_SDXL, AM_FAMILY_FLUX, AM_FAMILY_RESNET };
  GHashTableIter iter;
  gpointer weights;
  double values[MAX_BLOCKS], time_embed, vae;

  g_hash_table_iter_init (&iter, recipe->blocks);
  while (g_hash_table_iter_next (&iter, NULL, &weights))
    for (gsize i = 0; i < G_N_ELEMENTS (families); i++)
      {
        g_autoptr (GError) error = NULL;
        gboolean is_good = am_block_weights_resolve (weights, families[i], values, &time_embed, &vae, &error);

        g_assert_true (is_good == (error == NULL));
      }
}

/* What was read can be written, and what was written reads back to the same text. */
static void
write_twice (const GPtrArray *recipes)
{
  g_autofree char *yaml = am_recipes_to_yaml (recipes);
  g_autofree char *second = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) again = am_recipes_parse (yaml, -1, "written", &error);

  if (again == NULL)
    g_error ("%s in\n%s", error->message, yaml);
  second = am_recipes_to_yaml (again);
  g_assert_cmpstr (second, ==, yaml);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) recipes = am_recipes_parse ((const char *)data, (gssize)size, "recipe", &error);

  g_assert_true ((recipes == NULL) == (error != NULL));
  if (recipes == NULL)
    {
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
      return 0;
    }
  write_twice (recipes);
  for (guint i = 0; i < recipes->len; i++)
    {
      evaluate (g_ptr_array_index (recipes, i));
      resolve (g_ptr_array_index (recipes, i));
    }
  return 0;
}
