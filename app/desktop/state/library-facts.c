#include "library-facts.h"

#include "base/path-text.h"

static void
clear (gpointer data)
{
  AmLibraryFacts *facts = data;

  g_free (facts->path);
  g_free (facts->error);
  g_free (facts->architecture);
  g_free (facts->title);
  g_free (facts->dtype);
  g_strfreev (facts->components);
  g_strfreev (facts->blocks);
}

AmLibraryFacts *
am_library_facts_ref (AmLibraryFacts *facts)
{
  return g_atomic_rc_box_acquire (facts);
}

void
am_library_facts_unref (AmLibraryFacts *facts)
{
  g_atomic_rc_box_release_full (facts, clear);
}

static char *
find_main_dtype (const AmCheckpoint *checkpoint)
{
  guint64 sizes[AM_N_DTYPES] = { 0 };
  guint most = 0;

  for (guint i = 0; i < am_checkpoint_get_n_tensors (checkpoint); i++)
    {
      const AmTensor *tensor = am_checkpoint_get_tensor (checkpoint, i);

      if ((guint)tensor->dtype < AM_N_DTYPES)
        sizes[tensor->dtype] += tensor->size;
    }
  for (guint i = 1; i < AM_N_DTYPES; i++)
    if (sizes[i] > sizes[most])
      most = i;
  return sizes[most] > 0 ? g_strdup (am_dtype_get_name ((AmDtype)most)) : NULL;
}

static char **
list_components (const AmCheckpoint *checkpoint, const AmModel *model)
{
  gboolean is_there[AM_N_COMPONENTS] = { FALSE };
  g_autoptr (GStrvBuilder) ids = g_strv_builder_new ();

  for (guint i = 0; i < am_checkpoint_get_n_tensors (checkpoint); i++)
    is_there[am_model_get_role (model, i)->component] = TRUE;
  for (guint i = 0; i < AM_N_COMPONENTS; i++)
    if (is_there[i])
      g_strv_builder_add (ids, am_component_get_id ((AmComponent)i));
  return g_strv_builder_end (ids);
}

/* Ours, and those of the web UIs. */
static gboolean
tells_of_merge (GHashTable *metadata)
{
  return metadata != NULL
         && (g_hash_table_contains (metadata, AM_RECIPE_METADATA_KEY)
             || g_hash_table_contains (metadata, "sd_merge_recipe")
             || g_hash_table_contains (metadata, "sd_merge_models"));
}

static void
take_in (AmLibraryFacts *facts, const AmCheckpoint *checkpoint)
{
  g_autoptr (AmModel) model = am_model_new (checkpoint);

  facts->size = am_checkpoint_get_file_size (checkpoint);
  facts->family = am_model_get_family (model);
  facts->architecture = g_strdup (am_model_get_architecture (model));
  facts->title = am_model_translate_title (model, am_translate);
  facts->dtype = find_main_dtype (checkpoint);
  facts->n_tensors = am_checkpoint_get_n_tensors (checkpoint);
  facts->is_merge = tells_of_merge (am_checkpoint_get_metadata (checkpoint));
  facts->components = list_components (checkpoint, model);
  facts->blocks = g_strdupv ((char **)am_model_get_blocks (model));
}

AmLibraryFacts *
am_library_facts_read (const char *path, const AmFileStamp *stamp)
{
  AmLibraryFacts *facts = g_atomic_rc_box_new0 (AmLibraryFacts);
  g_autoptr (GError) error = NULL;
  gboolean is_usable = am_path_is_text (path);
  g_autoptr (AmCheckpoint) checkpoint = is_usable ? am_checkpoint_open (path, &error) : NULL;

  facts->path = g_strdup (path);
  facts->stamp = *stamp;
  if (!is_usable)
    facts->error = am_path_dup_refusal (path);
  else if (checkpoint != NULL)
    take_in (facts, checkpoint);
  else
    facts->error = g_strdup (error->message);
  return facts;
}

GVariant *
am_library_facts_to_variant (const AmLibraryFacts *facts)
{
  return g_variant_new ("(^aytxtisssub^as^as)", facts->path, facts->stamp.size, facts->stamp.modified,
                        facts->size, (gint32)facts->family, facts->architecture, facts->title,
                        facts->dtype != NULL ? facts->dtype : "", facts->n_tensors, facts->is_merge,
                        facts->components, facts->blocks);
}

AmLibraryFacts *
am_library_facts_from_variant (GVariant *variant)
{
  AmLibraryFacts *facts = g_atomic_rc_box_new0 (AmLibraryFacts);
  gint32 family;

  g_variant_get (variant, "(^aytxtisssub^as^as)", &facts->path, &facts->stamp.size, &facts->stamp.modified,
                 &facts->size, &family, &facts->architecture, &facts->title, &facts->dtype, &facts->n_tensors,
                 &facts->is_merge, &facts->components, &facts->blocks);
  facts->family = (AmFamily)family;
  if (*facts->dtype == '\0')
    g_clear_pointer (&facts->dtype, g_free);
  return facts;
}
