#include "merge/stages.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "merge/run-private.h"

struct _AmStagePlaceholders
{
  char *folder;
  GHashTable *files; /* stage name -> path */
  GHashTable *names; /* path -> stage name */
  AmRecipe *last;
};

static void
replace_path (AmRecipeModel *model, GHashTable *files)
{
  const char *path = model != NULL ? g_hash_table_lookup (files, model->path) : NULL;

  if (path == NULL)
    return;
  g_free (model->path);
  model->path = g_strdup (path);
}

/* A copy of @recipe in which names of earlier stages are paths of their results. */
static AmRecipe *
with_paths (const AmRecipe *recipe, GHashTable *files)
{
  AmRecipe *copy = am_recipe_copy (recipe);

  replace_path (copy->base, files);
  for (guint i = 0; i < copy->models->len; i++)
    replace_path (g_ptr_array_index (copy->models, i), files);
  return copy;
}

/* The header of the stage's result, and a hole where its data will be. */
static gboolean
write_placeholder (const AmPlan *plan, const char *path, GError **error)
{
  g_autofree AmPlanned **written = g_new0 (AmPlanned *, plan->tensors->len + 1);
  g_autoptr (AmLayout) layout = am_plan_make_layout (plan, written);
  g_autoptr (GByteArray) header = am_layout_make_header (layout, 0, NULL, 0, error);

  if (header == NULL)
    return FALSE;
  if (!am_file_write_whole (path, header->data, header->len, FALSE, FALSE, error))
    return FALSE;
  if (truncate (path, (off_t)(header->len + layout->files[0].data_size)) == 0)
    return TRUE;
  am_set_error_errno (error, errno, path, "write");
  return FALSE;
}

static gboolean
plan_stage (AmStagePlaceholders *self, const GPtrArray *stages, guint index, const AmMergeOptions *options,
            GError **error)
{
  const AmRecipe *stage = g_ptr_array_index (stages, index);
  g_autoptr (AmRecipe) recipe = with_paths (stage, self->files);
  g_autoptr (AmPlan) plan = NULL;
  g_autofree char *name = g_strdup_printf ("stage-%u.safetensors", index);
  char *path;

  recipe->shard_size = 0;
  plan = am_plan_new_stage (recipe, stages, self->names, options, error);
  if (plan == NULL)
    {
      g_prefix_error (error, "stage “%s”: ", stage->name != NULL ? stage->name : "?");
      return FALSE;
    }
  path = g_build_filename (self->folder, name, NULL);
  if (stage->name != NULL)
    {
      g_hash_table_insert (self->files, g_strdup (stage->name), path);
      g_hash_table_insert (self->names, path, stage->name);
    }
  return write_placeholder (plan, path, error);
}

AmStagePlaceholders *
am_stage_placeholders_new (const GPtrArray *stages, const AmMergeOptions *options, GError **error)
{
  g_autoptr (AmStagePlaceholders) self = g_new0 (AmStagePlaceholders, 1);

  self->files = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->names = g_hash_table_new (g_str_hash, g_str_equal);
  if (stages->len > 1)
    {
      self->folder = g_build_filename (g_get_tmp_dir (), "amalgam-XXXXXX", NULL);
      if (g_mkdtemp (self->folder) == NULL)
        {
          am_set_error_errno (error, errno, self->folder, "create the folder");
          return NULL;
        }
    }
  for (guint i = 0; i + 1 < stages->len; i++)
    if (!plan_stage (self, stages, i, options, error))
      return NULL;
  self->last = with_paths (g_ptr_array_index (stages, stages->len - 1), self->files);
  return g_steal_pointer (&self);
}

void
am_stage_placeholders_free (AmStagePlaceholders *self)
{
  GHashTableIter iter;
  gpointer path;

  if (self == NULL)
    return;
  g_hash_table_iter_init (&iter, self->files);
  while (g_hash_table_iter_next (&iter, NULL, &path))
    g_unlink (path);
  if (self->folder != NULL)
    g_rmdir (self->folder);
  g_hash_table_unref (self->files);
  g_hash_table_unref (self->names);
  am_recipe_free (self->last);
  g_free (self->folder);
  g_free (self);
}

const AmRecipe *
am_stage_placeholders_get_last (const AmStagePlaceholders *self)
{
  return self->last;
}

GHashTable *
am_stage_placeholders_get_names (const AmStagePlaceholders *self)
{
  return self->names;
}

typedef struct
{
  const AmPlan *plan; /* of the whole */
  char *folder;       /* beside the output */
  int lock;           /* on the folder, which tells it from one that a killed run left behind; or -1 */
  GHashTable *files;  /* stage name -> path of its result */
  GHashTable *paths;  /* those paths -> stage name */
  GPtrArray *plans;   /* AmPlan of the stages that ran */
  const char *output; /* of the whole */
} StagesRun;

static void
stages_run_clear (StagesRun *self)
{
  GHashTableIter iter;
  gpointer path;

  g_ptr_array_unref (self->plans);
  g_hash_table_iter_init (&iter, self->paths);
  while (g_hash_table_iter_next (&iter, &path, NULL))
    g_unlink (path);
  if (self->folder != NULL)
    g_rmdir (self->folder);
  if (self->lock >= 0)
    close (self->lock);
  g_hash_table_unref (self->paths);
  g_hash_table_unref (self->files);
  g_free (self->folder);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (StagesRun, stages_run_clear)

static gboolean
run_stage (StagesRun *self, guint index, const AmProgress *progress, GCancellable *cancellable,
           GError **error)
{
  const GPtrArray *stages = self->plan->stages;
  const AmRecipe *stage = g_ptr_array_index (stages, index);
  g_autoptr (AmRecipe) recipe = with_paths (stage, self->files);
  g_autoptr (AmReport) report = NULL;
  g_autofree char *name = g_strdup_printf ("stage-%u.safetensors", index);
  char *path = g_build_filename (self->folder, name, NULL);
  AmMergeOptions options = self->plan->options;
  AmPlan *plan;

  g_hash_table_insert (self->paths, path, stage->name != NULL ? stage->name : "stage");
  recipe->shard_size = 0;
  options.no_metadata = TRUE;
  options.no_sync = TRUE;
  options.measure = FALSE;
  plan = am_plan_new_stage (recipe, stages, self->paths, &options, error);
  if (plan == NULL)
    return FALSE;
  g_ptr_array_add (self->plans, plan);
  if (!am_plan_check_is_no_input (plan, self->output, error))
    return FALSE;
  report = am_plan_run (plan, path, progress, cancellable, error);
  if (report != NULL && stage->name != NULL)
    g_hash_table_insert (self->files, g_strdup (stage->name), g_strdup (path));
  return report != NULL;
}

static AmReport *
run_last (StagesRun *self, const AmProgress *progress, GCancellable *cancellable, GError **error)
{
  const AmPlan *plan = self->plan;
  g_autoptr (AmRecipe) recipe
      = with_paths (g_ptr_array_index (plan->stages, plan->stages->len - 1), self->files);
  g_autoptr (AmPlan) last = am_plan_new_stage (recipe, plan->stages, self->paths, &plan->options, error);

  if (last == NULL)
    return NULL;
  last->stage_plans = self->plans;
  return am_plan_run (last, self->output, progress, cancellable, error);
}

#define FOLDER_PREFIX ".amalgam-stages-"

static int
lock_folder (const char *path)
{
  int fd = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

  if (fd >= 0 && flock (fd, LOCK_EX | LOCK_NB) == 0)
    return fd;
  if (fd >= 0)
    close (fd);
  return -1;
}

static void
empty_folder (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *file = g_build_filename (path, name, NULL);

      g_unlink (file);
    }
}

/* Folders of runs that were killed. */
static void
remove_stale_folders (const char *parent)
{
  g_autoptr (GDir) dir = g_dir_open (parent, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (parent, name, NULL);
      int lock = g_str_has_prefix (name, FOLDER_PREFIX) ? lock_folder (path) : -1;

      if (lock < 0)
        continue;
      empty_folder (path);
      g_rmdir (path);
      close (lock);
    }
}

static gboolean
make_folder (StagesRun *self, GError **error)
{
  g_autofree char *parent = g_path_get_dirname (self->output);

  remove_stale_folders (parent);
  self->folder = g_build_filename (parent, FOLDER_PREFIX "XXXXXX", NULL);
  if (g_mkdtemp (self->folder) == NULL)
    {
      am_set_error_errno (error, errno, self->folder, "create the folder");
      return FALSE;
    }
  self->lock = lock_folder (self->folder);
  return TRUE;
}

AmReport *
am_stages_run (AmPlan *plan, const char *output, const AmProgress *progress, GCancellable *cancellable,
               GError **error)
{
  g_auto (StagesRun) run = { .plan = plan, .output = output, .lock = -1 };

  run.files = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  run.paths = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  run.plans = g_ptr_array_new_with_free_func ((GDestroyNotify)am_plan_free);
  /* Before hours of work rather than after them. */
  if (!am_plan_check_output (plan, output, error))
    return NULL;
  if (!make_folder (&run, error))
    return NULL;
  for (guint i = 0; i + 1 < plan->stages->len; i++)
    if (!run_stage (&run, i, progress, cancellable, error))
      return NULL;
  return run_last (&run, progress, cancellable, error);
}
