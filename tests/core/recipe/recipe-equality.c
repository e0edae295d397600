#include "recipe-equality.h"

#include <math.h>
#include <string.h>

static void
assert_same_texts (const GPtrArray *a, const GPtrArray *b)
{
  g_assert_cmpuint (a->len, ==, b->len);
  for (guint i = 0; i < a->len; i++)
    g_assert_cmpstr (g_ptr_array_index (a, i), ==, g_ptr_array_index (b, i));
}

static void
assert_same_number (double a, double b)
{
  g_assert_true (a == b || (isnan (a) && isnan (b)));
}

static void
assert_same_numbers (const GArray *a, const GArray *b)
{
  g_assert_cmpint (a == NULL, ==, b == NULL);
  if (a != NULL)
    g_assert_cmpmem (a->data, a->len * sizeof (double), b->data, b->len * sizeof (double));
}

static void
assert_same_setting (const AmSetting *a, const AmSetting *b)
{
  g_assert_cmpint (a->type, ==, b->type);
  g_assert_cmpint (a->is_boolean, ==, b->is_boolean);
  g_assert_cmpfloat (a->number, ==, b->number);
  g_assert_cmpstr (a->word, ==, b->word);
  assert_same_numbers (a->gradient, b->gradient);
  if (a->type == AM_SETTING_STEPS)
    assert_same_texts (a->steps, b->steps);
  if (a->type != AM_SETTING_FILTERS)
    return;
  g_assert_cmpuint (a->filters->len, ==, b->filters->len);
  for (guint i = 0; i < a->filters->len; i++)
    {
      const AmSettingFilter *left = g_ptr_array_index (a->filters, i);
      const AmSettingFilter *right = g_ptr_array_index (b->filters, i);

      g_assert_cmpstr (left->filter, ==, right->filter);
      assert_same_setting (left->value, right->value);
    }
}

static void
assert_same_table (GHashTable *a, GHashTable *b, void (*compare) (gconstpointer left, gconstpointer right))
{
  GHashTableIter iter;
  gpointer key, value;

  g_assert_cmpuint (g_hash_table_size (a), ==, g_hash_table_size (b));
  g_hash_table_iter_init (&iter, a);
  while (g_hash_table_iter_next (&iter, &key, &value))
    {
      g_assert_true (g_hash_table_contains (b, key));
      compare (value, g_hash_table_lookup (b, key));
    }
}

static void
compare_settings (gconstpointer a, gconstpointer b)
{
  assert_same_setting (a, b);
}

static void
compare_doubles (gconstpointer a, gconstpointer b)
{
  g_assert_cmpfloat (*(const double *)a, ==, *(const double *)b);
}

static void
compare_blocks (gconstpointer left, gconstpointer right)
{
  const AmBlockWeights *a = left, *b = right;

  g_assert_cmpstr (a->preset, ==, b->preset);
  g_assert_cmpstr (a->second_preset, ==, b->second_preset);
  g_assert_cmpfloat (a->blend, ==, b->blend);
  assert_same_numbers (a->numbers, b->numbers);
  g_assert_cmpint (a->by_name == NULL, ==, b->by_name == NULL);
  if (a->by_name != NULL)
    assert_same_table (a->by_name, b->by_name, compare_doubles);
  assert_same_number (a->time_embed, b->time_embed);
  assert_same_texts (a->elements, b->elements);
}

static void
compare_policies (gconstpointer left, gconstpointer right)
{
  const AmPolicy *a = left, *b = right;

  g_assert_cmpint (a->type, ==, b->type);
  g_assert_cmpuint (a->model, ==, b->model);
  g_assert_cmpstr (a->file, ==, b->file);
  g_assert_cmpfloat (a->ratio, ==, b->ratio);
}

static void
assert_same_model (const AmRecipeModel *a, const AmRecipeModel *b)
{
  g_assert_cmpint (a == NULL, ==, b == NULL);
  if (a == NULL)
    return;
  g_assert_cmpstr (a->path, ==, b->path);
  g_assert_cmpstr (a->sha256, ==, b->sha256);
  g_assert_cmpuint (a->layer_end, ==, b->layer_end);
  assert_same_table (a->parameters, b->parameters, compare_settings);
  g_assert_cmpint (a->blocks == NULL, ==, b->blocks == NULL);
  if (a->blocks != NULL)
    compare_blocks (a->blocks, b->blocks);
}

static void
assert_same_align (const AmAlignSettings *a, const AmAlignSettings *b)
{
  g_assert_cmpint (a == NULL, ==, b == NULL);
  if (a == NULL)
    return;
  g_assert_cmpint (a->target, ==, b->target);
  g_assert_cmpstr (a->file, ==, b->file);
  g_assert_cmpstr (a->sha256, ==, b->sha256);
  g_assert_cmpint (a->order, ==, b->order);
  g_assert_cmpuint (a->seed, ==, b->seed);
  g_assert_cmpuint (a->restarts, ==, b->restarts);
  g_assert_cmpuint (a->max_sweeps, ==, b->max_sweeps);
  g_assert_cmpfloat (a->tolerance, ==, b->tolerance);
  g_assert_cmpint (a->rotate, ==, b->rotate);
  g_assert_cmpint (a->normalise, ==, b->normalise);
  g_assert_cmpstr (a->architecture, ==, b->architecture);
  g_assert_cmpint (a->matching, ==, b->matching);
  g_assert_cmpstr (a->data, ==, b->data);
  g_assert_cmpstr (a->data_sha256, ==, b->data_sha256);
  g_assert_cmpstr (a->preprocessing, ==, b->preprocessing);
  g_assert_cmpuint (a->n_samples, ==, b->n_samples);
  g_assert_cmpint (a->objective, ==, b->objective);
}

void
assert_same_recipe (const AmRecipe *a, const AmRecipe *b)
{
  g_assert_cmpstr (a->name, ==, b->name);
  g_assert_cmpstr (a->method, ==, b->method);
  assert_same_model (a->base, b->base);
  g_assert_cmpuint (a->models->len, ==, b->models->len);
  for (guint i = 0; i < a->models->len; i++)
    assert_same_model (g_ptr_array_index (a->models, i), g_ptr_array_index (b->models, i));
  assert_same_table (a->parameters, b->parameters, compare_settings);
  g_assert_cmpint (a->dtype, ==, b->dtype);
  g_assert_cmpint (a->out_dtype, ==, b->out_dtype);
  assert_same_table (a->blocks, b->blocks, compare_blocks);
  assert_same_table (a->components, b->components, compare_policies);
  assert_same_align (a->align, b->align);
  assert_same_texts (a->discard, b->discard);
  g_assert_cmpint (a->prune, ==, b->prune);
  g_assert_cmpint (a->clamp, ==, b->clamp);
  g_assert_cmpuint (a->seed, ==, b->seed);
  g_assert_cmpuint (a->shard_size, ==, b->shard_size);
}
