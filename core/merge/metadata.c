#include "merge/metadata.h"

#include <json-glib/json-glib.h>
#include <string.h>

#include "checkpoint/digest.h"
#include "merge/web-ui-metadata.h"

#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"

struct _AmMetadata
{
  const AmPlan *plan;
  GPtrArray *inputs;  /* AmInput, borrowed: those that are files of the user's */
  GPtrArray *digests; /* AmDigest or NULL, per input */
  GHashTable *hex;    /* path -> digest */
  GHashTable *placeholders;
  GHashTable *final;
  char *recipe;
  GCancellable *cancellable; /* of the digests: also ends them when the merge fails */
  GCancellable *user_cancellable;
  gulong cancel_handler;
};

static void
add_inputs (AmMetadata *self, const AmPlan *plan, GHashTable *seen)
{
  for (guint i = 0; i < plan->inputs->len; i++)
    {
      AmInput *input = am_plan_input (plan, i);

      if (am_plan_is_stage_result (self->plan, input))
        continue;
      if (g_hash_table_add (seen, input->path))
        g_ptr_array_add (self->inputs, input);
    }
}

static gboolean
needs_digest (const AmMetadata *self, const AmInput *input)
{
  return input->pinned != NULL || (!self->plan->options.no_metadata && !self->plan->is_conversion);
}

/* Base names may repeat in a recipe made from an output; the digests tell such inputs apart. */
static const AmInput *
find_input (const AmMetadata *self, const char *written, const char *pinned)
{
  const AmInput *found = NULL;

  for (guint i = 0; i < self->inputs->len; i++)
    {
      const AmInput *input = g_ptr_array_index (self->inputs, i);

      if (strcmp (input->written, written) != 0)
        continue;
      if (g_strcmp0 (input->pinned, pinned) == 0)
        return input;
      if (found == NULL)
        found = input;
    }
  return found;
}

static const char *
digest_of (const AmMetadata *self, const AmInput *input)
{
  const char *hex = g_hash_table_lookup (self->hex, input->path);

  return hex != NULL ? hex : ZEROS;
}

/* Base names and digests instead of paths: a shared file must not tell where its maker keeps models. */
static void
anonymise_model (const AmMetadata *self, AmRecipeModel *model)
{
  const AmInput *input = model != NULL ? find_input (self, model->path, model->sha256) : NULL;

  if (input == NULL)
    return;
  g_free (model->path);
  g_free (model->sha256);
  model->path = g_strdup (input->label);
  model->sha256 = g_strdup (digest_of (self, input));
}

static const char *
find_data_digest (const AmMetadata *self, const char *written)
{
  const GPtrArray *earlier = self->plan->stage_plans;
  const char *digest = g_hash_table_lookup (self->plan->data_digests, written);

  for (guint i = 0; digest == NULL && earlier != NULL && i < earlier->len; i++)
    digest = g_hash_table_lookup (((const AmPlan *)g_ptr_array_index (earlier, i))->data_digests, written);
  return digest;
}

static void
shorten_path (char **path)
{
  char *name = *path != NULL ? g_path_get_basename (*path) : NULL;

  g_free (*path);
  *path = name;
}

/* What a file says, so that the recipe does without it. */
static void
embed_preprocessing (const AmMetadata *self, char **name)
{
  g_autofree char *path = *name != NULL ? am_plan_find_beside (self->plan, *name) : NULL;
  g_autoptr (AmPreprocessing) preprocessing
      = path != NULL && g_file_test (path, G_FILE_TEST_EXISTS) ? am_preprocessing_load (path, NULL) : NULL;

  if (preprocessing == NULL)
    return;
  g_free (*name);
  *name = am_preprocessing_to_yaml (preprocessing);
}

static void
anonymise_data (const AmMetadata *self, char **path, char **sha256)
{
  const char *digest = *path != NULL ? find_data_digest (self, *path) : NULL;

  if (digest != NULL)
    {
      g_free (*sha256);
      *sha256 = g_strdup (digest);
    }
  shorten_path (path);
}

static void
anonymise_statistics (const AmMetadata *self, AmRecipeFiles *files)
{
  const AmInput *input
      = files->statistics != NULL ? find_input (self, files->statistics, files->statistics_sha256) : NULL;

  if (input == NULL)
    return;
  g_free (files->statistics);
  g_free (files->statistics_sha256);
  files->statistics = g_strdup (input->label);
  files->statistics_sha256 = g_strdup (digest_of (self, input));
}

static void
anonymise_policies (const AmMetadata *self, AmRecipe *recipe)
{
  GHashTableIter iter;
  gpointer value;

  if (recipe->components == NULL)
    return;
  g_hash_table_iter_init (&iter, recipe->components);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      AmPolicy *policy = value;
      const AmInput *input = policy->file != NULL ? find_input (self, policy->file, policy->sha256) : NULL;

      if (input == NULL)
        continue;
      g_free (policy->file);
      g_free (policy->sha256);
      policy->file = g_strdup (input->label);
      policy->sha256 = g_strdup (digest_of (self, input));
    }
}

/* The settings stage @name ran with: they say what it left open. */
static const AmAlignSettings *
find_ran_align (const AmMetadata *self, const char *name)
{
  const GPtrArray *earlier = self->plan->stage_plans;

  for (guint i = 0; earlier != NULL && i < earlier->len; i++)
    {
      const AmPlan *plan = g_ptr_array_index (earlier, i);

      if (g_strcmp0 (plan->recipe->name, name) == 0)
        return plan->recipe->align;
    }
  return self->plan->recipe->align;
}

static void
anonymise_align (const AmMetadata *self, const char *stage, AmAlignSettings *align)
{
  const AmAlignSettings *ran = find_ran_align (self, stage);
  const AmInput *input
      = align != NULL && align->file != NULL ? find_input (self, align->file, align->sha256) : NULL;

  if (align == NULL)
    return;
  shorten_path (&align->architecture);
  anonymise_data (self, &align->data, &align->data_sha256);
  if (align->preprocessing == NULL && ran != NULL)
    align->preprocessing = g_strdup (ran->preprocessing);
  embed_preprocessing (self, &align->preprocessing);
  if (input == NULL)
    return;
  g_free (align->file);
  g_free (align->sha256);
  align->file = g_strdup (input->label);
  align->sha256 = g_strdup (digest_of (self, input));
}

static char *
make_recipe (const AmMetadata *self)
{
  g_autoptr (GPtrArray) recipes = g_ptr_array_new_with_free_func ((GDestroyNotify)am_recipe_free);

  for (guint i = 0; i < self->plan->stages->len; i++)
    {
      AmRecipe *recipe = am_recipe_copy (g_ptr_array_index (self->plan->stages, i));

      anonymise_model (self, recipe->base);
      for (guint k = 0; k < recipe->models->len; k++)
        {
          AmRecipeModel *model = g_ptr_array_index (recipe->models, k);

          anonymise_model (self, model);
          anonymise_statistics (self, &model->files);
          anonymise_data (self, &model->files.data, &model->files.data_sha256);
          embed_preprocessing (self, &model->files.preprocessing);
        }
      anonymise_policies (self, recipe);
      anonymise_align (self, recipe->name, recipe->align);
      g_ptr_array_add (recipes, recipe);
    }
  return am_recipes_to_yaml (recipes);
}

static GHashTable *
make_table (AmMetadata *self)
{
  GHashTable *table = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

  if (self->plan->is_conversion)
    {
      GHashTable *own = am_checkpoint_get_metadata (am_plan_input (self->plan, 0)->checkpoint);
      GHashTableIter iter;
      gpointer key, value;

      if (own != NULL && !self->plan->options.no_metadata)
        {
          g_hash_table_iter_init (&iter, own);
          while (g_hash_table_iter_next (&iter, &key, &value))
            g_hash_table_insert (table, g_strdup (key), g_strdup (value));
        }
    }
  else if (!self->plan->options.no_metadata)
    {
      g_free (self->recipe);
      self->recipe = make_recipe (self);
      g_hash_table_insert (table, g_strdup (AM_RECIPE_METADATA_KEY), g_strdup (self->recipe));
      am_web_ui_metadata_add (table, self->plan, self->hex);
    }
  g_hash_table_insert (table, g_strdup ("format"), g_strdup ("pt"));
  return table;
}

static void
cancel_digests (GCancellable *user_cancellable G_GNUC_UNUSED, gpointer digests)
{
  g_cancellable_cancel (digests);
}

static void
follow (AmMetadata *self, GCancellable *user_cancellable)
{
  self->cancellable = g_cancellable_new ();
  if (user_cancellable == NULL)
    return;
  self->user_cancellable = g_object_ref (user_cancellable);
  self->cancel_handler
      = g_cancellable_connect (user_cancellable, G_CALLBACK (cancel_digests), self->cancellable, NULL);
}

AmMetadata *
am_metadata_new (const AmPlan *plan, GCancellable *cancellable)
{
  AmMetadata *self = g_new0 (AmMetadata, 1);
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  self->plan = plan;
  self->inputs = g_ptr_array_new ();
  self->digests = g_ptr_array_new ();
  self->hex = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);
  add_inputs (self, plan, seen);
  for (guint i = 0; plan->stage_plans != NULL && i < plan->stage_plans->len; i++)
    add_inputs (self, g_ptr_array_index (plan->stage_plans, i), seen);
  self->placeholders = make_table (self);
  follow (self, cancellable);

  for (guint i = 0; i < self->inputs->len; i++)
    {
      AmInput *input = g_ptr_array_index (self->inputs, i);

      g_ptr_array_add (self->digests, needs_digest (self, input)
                                          ? am_digest_start (input->checkpoint, self->cancellable)
                                          : NULL);
    }
  return self;
}

static void
drop_digests (AmMetadata *self)
{
  for (guint i = 0; i < self->digests->len; i++)
    {
      AmDigest *digest = g_ptr_array_index (self->digests, i);

      if (digest != NULL)
        g_free (am_digest_finish (digest, NULL));
    }
  g_ptr_array_set_size (self->digests, 0);
}

void
am_metadata_free (AmMetadata *self)
{
  g_cancellable_disconnect (self->user_cancellable, self->cancel_handler);
  g_cancellable_cancel (self->cancellable);
  drop_digests (self);
  g_clear_object (&self->user_cancellable);
  g_object_unref (self->cancellable);
  g_ptr_array_unref (self->digests);
  g_ptr_array_unref (self->inputs);
  g_hash_table_unref (self->hex);
  g_hash_table_unref (self->placeholders);
  g_clear_pointer (&self->final, g_hash_table_unref);
  g_free (self->recipe);
  g_free (self);
}

GHashTable *
am_metadata_get_placeholders (const AmMetadata *self)
{
  return self->placeholders;
}

static gboolean
check_pinned (const AmInput *input, const char *hex, GError **error)
{
  if (input->pinned == NULL || g_ascii_strcasecmp (input->pinned, hex) == 0)
    return TRUE;
  g_set_error (error, AM_ERROR, AM_ERROR_MISMATCH,
               "%s is not the file the recipe was made with: its SHA-256 is %s, the recipe wants %s",
               input->path, hex, input->pinned);
  return FALSE;
}

GHashTable *
am_metadata_finish (AmMetadata *self, GError **error)
{
  for (guint i = 0; i < self->digests->len; i++)
    {
      AmInput *input = g_ptr_array_index (self->inputs, i);
      AmDigest *digest = g_steal_pointer (&g_ptr_array_index (self->digests, i));
      char *hex;

      if (digest == NULL)
        continue;
      hex = am_digest_finish (digest, error);
      if (hex == NULL)
        return NULL;
      g_hash_table_insert (self->hex, input->path, hex);
      if (!check_pinned (input, hex, error))
        return NULL;
    }
  if (!am_plan_check_origins (self->plan, self->hex, error))
    return NULL;
  self->final = make_table (self);
  return self->final;
}

const char *
am_metadata_get_recipe (const AmMetadata *self)
{
  return self->recipe;
}
