#include "library-item-private.h"

#include <glib/gi18n.h>
#include <string.h>

struct _AmLibraryItem
{
  GObject parent_instance;

  char *path;
  char *name;
  char *collate_key;
  AmFileStamp stamp;
  AmLibraryFacts *facts; /* %NULL while reading */
  char *sha256;
  char *preview_path;
  gint64 preview_modified;
  AmPreviewLoader *loader;
};

enum
{
  PROP_PATH = 1,
  PROP_NAME,
  PROP_STATE,
  PROP_TITLE,
  PROP_DTYPE,
  PROP_SIZE,
  PROP_MODIFIED,
  PROP_SHA256,
  PROP_PREVIEW,
  PROP_PREVIEW_PATH,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

static const char *const no_names[] = { NULL };

G_DEFINE_FINAL_TYPE (AmLibraryItem, am_library_item, G_TYPE_OBJECT)

static void
am_library_item_finalize (GObject *object)
{
  AmLibraryItem *self = AM_LIBRARY_ITEM (object);

  g_clear_pointer (&self->facts, am_library_facts_unref);
  g_clear_object (&self->loader);
  g_free (self->path);
  g_free (self->name);
  g_free (self->collate_key);
  g_free (self->sha256);
  g_free (self->preview_path);

  G_OBJECT_CLASS (am_library_item_parent_class)->finalize (object);
}

static void
am_library_item_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  AmLibraryItem *self = AM_LIBRARY_ITEM (object);

  switch (id)
    {
    case PROP_PATH:
      g_value_set_string (value, self->path);
      break;
    case PROP_NAME:
      g_value_set_string (value, self->name);
      break;
    case PROP_STATE:
      g_value_set_uint (value, am_library_item_get_state (self));
      break;
    case PROP_TITLE:
      g_value_set_string (value, am_library_item_get_title (self));
      break;
    case PROP_DTYPE:
      g_value_set_string (value, am_library_item_get_dtype (self));
      break;
    case PROP_SIZE:
      g_value_set_uint64 (value, am_library_item_get_size (self));
      break;
    case PROP_MODIFIED:
      g_value_set_int64 (value, am_library_item_get_modified (self));
      break;
    case PROP_SHA256:
      g_value_set_string (value, am_library_item_get_sha256 (self));
      break;
    case PROP_PREVIEW:
      g_value_set_object (value, am_library_item_get_preview (self));
      break;
    case PROP_PREVIEW_PATH:
      g_value_set_string (value, self->preview_path);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
am_library_item_class_init (AmLibraryItemClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->finalize = am_library_item_finalize;
  object_class->get_property = am_library_item_get_property;

  properties[PROP_PATH] = g_param_spec_string ("path", NULL, NULL, NULL, flags);
  properties[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, flags);
  properties[PROP_STATE] = g_param_spec_uint ("state", NULL, NULL, 0, AM_ITEM_FAILED, 0, flags);
  properties[PROP_TITLE] = g_param_spec_string ("title", NULL, NULL, NULL, flags);
  properties[PROP_DTYPE] = g_param_spec_string ("dtype", NULL, NULL, NULL, flags);
  properties[PROP_SIZE] = g_param_spec_uint64 ("size", NULL, NULL, 0, G_MAXUINT64, 0, flags);
  properties[PROP_MODIFIED] = g_param_spec_int64 ("modified", NULL, NULL, G_MININT64, G_MAXINT64, 0, flags);
  properties[PROP_SHA256] = g_param_spec_string ("sha256", NULL, NULL, NULL, flags);
  properties[PROP_PREVIEW] = g_param_spec_object ("preview", NULL, NULL, GDK_TYPE_TEXTURE, flags);
  properties[PROP_PREVIEW_PATH] = g_param_spec_string ("preview-path", NULL, NULL, NULL, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
am_library_item_init (AmLibraryItem *self)
{
}

/* Names that say nothing: the folder says more. */
static gboolean
is_generic (const char *name)
{
  return strcmp (name, "model") == 0 || strcmp (name, "pytorch_model") == 0
         || strcmp (name, "diffusion_pytorch_model") == 0;
}

static char *
make_name (const char *path)
{
  g_autofree char *stem = am_library_dup_stem (path);
  g_autofree char *name = g_path_get_basename (stem);
  g_autofree char *folder = g_path_get_dirname (stem);
  g_autofree char *raw = is_generic (name) ? g_path_get_basename (folder) : g_steal_pointer (&name);

  return g_filename_display_name (raw);
}

static void
on_preview_loaded (AmPreviewLoader *loader, const char *path, AmLibraryItem *self)
{
  if (g_strcmp0 (path, self->preview_path) == 0)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PREVIEW]);
}

AmLibraryItem *
am_library_item_new (const char *path, AmPreviewLoader *loader)
{
  AmLibraryItem *self = g_object_new (AM_TYPE_LIBRARY_ITEM, NULL);

  self->path = g_strdup (path);
  self->name = make_name (path);
  self->collate_key = g_utf8_collate_key_for_filename (self->name, -1);
  self->loader = g_object_ref (loader);
  g_signal_connect_object (loader, "loaded", G_CALLBACK (on_preview_loaded), self, 0);
  return self;
}

static void
notify_facts (AmLibraryItem *self)
{
  GObject *object = G_OBJECT (self);

  g_object_freeze_notify (object);
  for (guint i = PROP_STATE; i <= PROP_SHA256; i++)
    g_object_notify_by_pspec (object, properties[i]);
  g_object_thaw_notify (object);
}

static gboolean
is_stamp (AmLibraryItem *self, const AmFileStamp *stamp)
{
  return self->stamp.size == stamp->size && self->stamp.modified == stamp->modified;
}

static void
set_stamp (AmLibraryItem *self, const AmFileStamp *stamp)
{
  if (is_stamp (self, stamp))
    return;
  self->stamp = *stamp;
  g_clear_pointer (&self->sha256, g_free);
}

gboolean
am_library_item_take_facts (AmLibraryItem *self, AmLibraryFacts *facts)
{
  if (self->facts == facts)
    return FALSE;
  g_clear_pointer (&self->facts, am_library_facts_unref);
  self->facts = am_library_facts_ref (facts);
  set_stamp (self, &facts->stamp);
  notify_facts (self);
  return TRUE;
}

static gboolean
take_stamp (AmLibraryItem *self, const AmFileStamp *stamp)
{
  if (is_stamp (self, stamp))
    return FALSE;
  set_stamp (self, stamp);
  notify_facts (self);
  return TRUE;
}

gboolean
am_library_item_take_find (AmLibraryItem *self, const AmLibraryFind *find)
{
  gboolean is_changed = find->facts != NULL ? am_library_item_take_facts (self, find->facts)
                                            : take_stamp (self, &find->stamp);

  am_library_item_set_preview_path (self, find->preview_path, find->preview_modified);
  if (find->sha256 != NULL && g_strcmp0 (find->sha256, self->sha256) != 0)
    am_library_item_set_sha256 (self, find->sha256);
  return is_changed;
}

void
am_library_item_set_preview_path (AmLibraryItem *self, const char *path, gint64 modified)
{
  if (g_strcmp0 (path, self->preview_path) == 0 && modified == self->preview_modified)
    return;
  g_free (self->preview_path);
  self->preview_path = g_strdup (path);
  self->preview_modified = modified;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PREVIEW_PATH]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PREVIEW]);
}

const char *
am_library_item_get_path (AmLibraryItem *self)
{
  return self->path;
}

const char *
am_library_item_get_name (AmLibraryItem *self)
{
  return self->name;
}

const char *
am_library_item_get_collate_key (AmLibraryItem *self)
{
  return self->collate_key;
}

AmItemState
am_library_item_get_state (AmLibraryItem *self)
{
  if (self->facts == NULL)
    return AM_ITEM_READING;
  return self->facts->error == NULL ? AM_ITEM_READY : AM_ITEM_FAILED;
}

const char *
am_library_item_get_error (AmLibraryItem *self)
{
  return self->facts != NULL ? self->facts->error : NULL;
}

AmFamily
am_library_item_get_family (AmLibraryItem *self)
{
  return self->facts != NULL ? self->facts->family : AM_FAMILY_UNKNOWN;
}

const char *
am_library_item_get_architecture (AmLibraryItem *self)
{
  return self->facts != NULL ? self->facts->architecture : NULL;
}

const char *
am_library_item_get_title (AmLibraryItem *self)
{
  return self->facts != NULL ? self->facts->title : NULL;
}

const char *
am_library_item_get_dtype (AmLibraryItem *self)
{
  return self->facts != NULL ? self->facts->dtype : NULL;
}

guint64
am_library_item_get_size (AmLibraryItem *self)
{
  return self->facts != NULL && self->facts->error == NULL ? self->facts->size : self->stamp.size;
}

gint64
am_library_item_get_modified (AmLibraryItem *self)
{
  return self->stamp.modified / G_GINT64_CONSTANT (1000000000);
}

const char *
am_library_item_get_sha256 (AmLibraryItem *self)
{
  return self->sha256;
}

void
am_library_item_set_sha256 (AmLibraryItem *self, const char *sha256)
{
  g_free (self->sha256);
  self->sha256 = g_strdup (sha256);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SHA256]);
}

guint
am_library_item_get_n_tensors (AmLibraryItem *self)
{
  return self->facts != NULL ? self->facts->n_tensors : 0;
}

gboolean
am_library_item_is_merge (AmLibraryItem *self)
{
  return self->facts != NULL && self->facts->is_merge;
}

const char *const *
am_library_item_get_components (AmLibraryItem *self)
{
  return self->facts != NULL && self->facts->error == NULL ? (const char *const *)self->facts->components
                                                           : no_names;
}

const char *const *
am_library_item_get_blocks (AmLibraryItem *self)
{
  return self->facts != NULL && self->facts->error == NULL ? (const char *const *)self->facts->blocks
                                                           : no_names;
}

const char *
am_library_item_get_preview_path (AmLibraryItem *self)
{
  return self->preview_path;
}

GdkTexture *
am_library_item_get_preview (AmLibraryItem *self)
{
  if (self->preview_path == NULL)
    return NULL;
  return am_preview_loader_get (self->loader, self->preview_path, self->preview_modified);
}

/* Names by which artists and researchers call the families; not translated but for the words among them. */
static const char *const badges[] = {
  [AM_FAMILY_UNKNOWN] = NC_ ("architecture", "Unknown"),
  [AM_FAMILY_SD1] = "SD 1.5",
  [AM_FAMILY_SD2] = "SD 2",
  [AM_FAMILY_SDXL] = "SDXL",
  [AM_FAMILY_SDXL_REFINER] = NC_ ("architecture", "SDXL refiner"),
  [AM_FAMILY_SD3] = "SD 3",
  [AM_FAMILY_FLUX] = "Flux",
  [AM_FAMILY_CLIP] = "CLIP",
  [AM_FAMILY_VIT] = "ViT",
  [AM_FAMILY_RESNET] = "ResNet",
  [AM_FAMILY_VGG] = "VGG",
  [AM_FAMILY_MLP] = "MLP",
  [AM_FAMILY_LLAMA] = NC_ ("architecture", "Language model"),
  [AM_FAMILY_LORA] = "LoRA",
  [AM_FAMILY_VAE] = "VAE",
};

const char *
am_family_get_badge (AmFamily family)
{
  const char *badge = badges[(guint)family < G_N_ELEMENTS (badges) ? family : AM_FAMILY_UNKNOWN];

  return g_dpgettext2 (NULL, "architecture", badge);
}
