#include "item-picture.h"

#include "placeholder.h"

#define TALLEST 360
#define PLACEHOLDER_SHAPE 0.6 /* height by width of a placeholder where a preview would be whole */

struct _AmItemPicture
{
  GtkWidget parent_instance;

  AmLibraryItem *item;
  GdkTexture *texture;
  int size;
  gboolean is_whole;
  gboolean keeps_size;
};

enum
{
  PROP_SIZE = 1,
  PROP_IS_WHOLE,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (AmItemPicture, am_item_picture, GTK_TYPE_WIDGET)

static void
am_item_picture_dispose (GObject *object)
{
  AmItemPicture *self = AM_ITEM_PICTURE (object);

  am_item_picture_set_item (self, NULL);
  g_clear_object (&self->texture);

  G_OBJECT_CLASS (am_item_picture_parent_class)->dispose (object);
}

static void
am_item_picture_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  AmItemPicture *self = AM_ITEM_PICTURE (object);

  switch (id)
    {
    case PROP_SIZE:
      g_value_set_int (value, self->size);
      break;
    case PROP_IS_WHOLE:
      g_value_set_boolean (value, self->is_whole);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
am_item_picture_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  AmItemPicture *self = AM_ITEM_PICTURE (object);

  switch (id)
    {
    case PROP_SIZE:
      am_item_picture_set_size (self, g_value_get_int (value));
      break;
    case PROP_IS_WHOLE:
      self->is_whole = g_value_get_boolean (value);
      gtk_widget_queue_resize (GTK_WIDGET (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static GtkSizeRequestMode
get_request_mode (GtkWidget *widget)
{
  return AM_ITEM_PICTURE (widget)->keeps_size ? GTK_SIZE_REQUEST_CONSTANT_SIZE
                                              : GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static int
get_height (AmItemPicture *self, int width)
{
  double shape = PLACEHOLDER_SHAPE;

  if (!self->is_whole)
    return width;
  if (self->texture != NULL)
    shape = gdk_paintable_get_intrinsic_aspect_ratio (GDK_PAINTABLE (self->texture));
  if (self->texture != NULL && shape > 0)
    shape = 1 / shape;
  return MIN ((int)(width * shape), TALLEST);
}

static void
measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
         int *minimum_baseline, int *natural_baseline)
{
  AmItemPicture *self = AM_ITEM_PICTURE (widget);

  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    *minimum = *natural = self->size;
  else
    *minimum = *natural = get_height (self, for_size >= 0 ? for_size : self->size);
}

/* Where the texture goes: over all of @box, or within it. */
static graphene_rect_t
fit (GdkTexture *texture, const graphene_rect_t *box, gboolean is_whole)
{
  float width = (float)gdk_texture_get_width (texture), height = (float)gdk_texture_get_height (texture);
  float across = box->size.width / width, down = box->size.height / height;
  float scale = is_whole ? MIN (across, down) : MAX (across, down);

  width *= scale;
  height *= scale;
  return GRAPHENE_RECT_INIT (box->origin.x + (box->size.width - width) / 2,
                             box->origin.y + (box->size.height - height) / 2, width, height);
}

static void
snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  AmItemPicture *self = AM_ITEM_PICTURE (widget);
  graphene_rect_t box = GRAPHENE_RECT_INIT (0, 0, (float)gtk_widget_get_width (widget),
                                            (float)gtk_widget_get_height (widget));
  graphene_rect_t area = box;
  GskRoundedRect outline;

  if (self->item == NULL || box.size.width < 1 || box.size.height < 1)
    return;
  if (self->texture != NULL)
    area = fit (self->texture, &box, self->is_whole);
  gsk_rounded_rect_init_from_rect (&outline, self->is_whole ? &area : &box, box.size.width < 64 ? 6 : 9);
  gtk_snapshot_push_rounded_clip (snapshot, &outline);
  if (self->texture != NULL)
    gtk_snapshot_append_texture (snapshot, self->texture, &area);
  else
    am_placeholder_snapshot (snapshot, widget, self->item, &box);
  gtk_snapshot_pop (snapshot);
}

static void
am_item_picture_class_init (AmItemPictureClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;

  object_class->dispose = am_item_picture_dispose;
  object_class->get_property = am_item_picture_get_property;
  object_class->set_property = am_item_picture_set_property;
  widget_class->get_request_mode = get_request_mode;
  widget_class->measure = measure;
  widget_class->snapshot = snapshot;

  properties[PROP_SIZE] = g_param_spec_int ("size", NULL, NULL, 1, G_MAXINT, 48, flags);
  properties[PROP_IS_WHOLE] = g_param_spec_boolean ("is-whole", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  /* The name beside it says more than the picture could. */
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void
am_item_picture_init (AmItemPicture *self)
{
  self->size = 48;
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
}

void
am_item_picture_set_size (AmItemPicture *self, int size)
{
  if (self->size == size)
    return;
  self->size = size;
  gtk_widget_queue_resize (GTK_WIDGET (self));
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SIZE]);
}

void
am_item_picture_keep_size (AmItemPicture *self)
{
  self->keeps_size = TRUE;
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

static void
refresh (AmItemPicture *self)
{
  GdkTexture *texture = self->item != NULL ? am_library_item_get_preview (self->item) : NULL;

  if (g_set_object (&self->texture, texture) && self->is_whole)
    gtk_widget_queue_resize (GTK_WIDGET (self));
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
am_item_picture_set_item (AmItemPicture *self, AmLibraryItem *item)
{
  if (self->item != NULL)
    g_signal_handlers_disconnect_by_func (self->item, refresh, self);
  g_set_object (&self->item, item);
  if (item != NULL)
    {
      g_signal_connect_swapped (item, "notify::preview", G_CALLBACK (refresh), self);
      g_signal_connect_swapped (item, "notify::state", G_CALLBACK (refresh), self);
    }
  refresh (self);
}
