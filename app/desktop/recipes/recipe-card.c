#include "recipe-card.h"

#include <glib/gi18n.h>
#include <math.h>

#include "base/parameter-words.h"

static void
clear_bar (gpointer data)
{
  AmCardBar *bar = data;

  g_free (bar->name);
  g_free (bar->group);
}

void
am_card_free (AmCard *card)
{
  g_free (card->title);
  g_free (card->method);
  g_free (card->parameters);
  g_free (card->chart_title);
  g_free (card->footer);
  g_ptr_array_unref (card->models);
  g_ptr_array_unref (card->letters);
  g_ptr_array_unref (card->pictures);
  g_array_unref (card->bars);
  g_free (card);
}

/* The file's name without its ending, as people speak of a model. */
static char *
dup_stem (const char *path)
{
  g_autofree char *name = g_path_get_basename (path);
  char *dot = strrchr (name, '.');

  if (dot != NULL && dot != name)
    *dot = '\0';
  return g_filename_display_name (name);
}

static void
add_picture (AmCard *card, AmLibrary *library, const char *path)
{
  g_autoptr (AmLibraryItem) item = am_library_dup_item (library, path);
  const char *picture = am_library_item_get_preview_path (item);
  GdkTexture *texture = picture != NULL && card->pictures->len < AM_CARD_MAX_PICTURES
                            ? gdk_texture_new_from_filename (picture, NULL)
                            : NULL;

  if (texture != NULL)
    g_ptr_array_add (card->pictures, texture);
}

static void
add_model (AmCard *card, AmWorkspace *workspace, guint slot)
{
  AmDraft *draft = am_workspace_get_draft (workspace);
  const char *path = am_draft_get_path (draft, slot);

  if (*path == '\0')
    return;
  g_ptr_array_add (card->models, dup_stem (path));
  g_ptr_array_add (card->letters, am_draft_dup_slot_title (draft, slot));
  if (slot != AM_SLOT_BASE)
    add_picture (card, am_workspace_get_library (workspace), path);
}

static void
add_models (AmCard *card, AmWorkspace *workspace)
{
  AmDraft *draft = am_workspace_get_draft (workspace);

  if (am_draft_has_base_slot (draft))
    add_model (card, workspace, AM_SLOT_BASE);
  for (guint i = 0; i < am_draft_get_n_slots (draft); i++)
    add_model (card, workspace, i);
}

static void
append_parameter (GString *text, const char *name, const char *value)
{
  /* Translators: between two parameters of a merge, as in “alpha 0.3, seed 7” */
  g_string_append (text, text->len > 0 ? _ (", ") : "");
  g_string_append_printf (text, "%s %s", name, value);
}

/* The word of a choice, or the number; NULL for what the card leaves to the recipe. */
static char *
dup_value (AmDraft *draft, guint index)
{
  const AmParameter *parameter = &am_draft_get_method (draft)->parameters[index];
  double value = am_draft_get_parameter (draft, index, 0);
  gboolean is_main = parameter->is_ratio || parameter->is_second_ratio;

  if (parameter->per_model || am_draft_is_parameter_elaborate (draft, index, 0) || isnan (value))
    return NULL;
  if (!is_main && value == parameter->default_value)
    return NULL;
  switch (parameter->type)
    {
    case AM_PARAMETER_CHOICE:
      return g_strdup (am_parameter_translate_choice (parameter->choices[(guint)value]));
    case AM_PARAMETER_BOOLEAN:
      return g_strdup (value != 0 ? _ ("on") : _ ("off"));
    case AM_PARAMETER_NUMBER:
    case AM_PARAMETER_INTEGER:
    default:
      return g_strdup_printf ("%.4g", value);
    }
}

static char *
dup_align_target (AmDraft *draft)
{
  const AmRecipe *recipe = am_draft_get_recipe (draft);

  switch (recipe->align->target)
    {
    case AM_ALIGN_TO_MEAN:
      return g_strdup (C_ ("aligned to", "the mean"));
    case AM_ALIGN_TO_FILE:
      return dup_stem (recipe->align->file);
    case AM_ALIGN_TO_FIRST:
    default:
      return recipe->base != NULL ? g_strdup (C_ ("aligned to", "the base"))
                                  : am_draft_dup_slot_title (draft, 0);
    }
}

static char *
dup_parameters (AmDraft *draft)
{
  const AmMethod *method = am_draft_get_method (draft);
  const AmRecipe *recipe = am_draft_get_recipe (draft);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < method->n_parameters; i++)
    {
      g_autofree char *value = dup_value (draft, i);

      if (value != NULL)
        {
          g_autofree char *title = am_parameter_dup_title (&method->parameters[i]);

          append_parameter (text, title, value);
        }
    }
  if ((method->flags & AM_METHOD_RANDOM) != 0)
    {
      g_autofree char *seed = g_strdup_printf ("%" G_GUINT64_FORMAT, recipe->seed);

      append_parameter (text, _ ("seed"), seed);
    }
  if (recipe->align != NULL)
    {
      g_autofree char *target = dup_align_target (draft);

      append_parameter (text, _ ("aligned to"), target);
    }
  if (recipe->out_dtype != AM_DTYPE_NONE)
    append_parameter (text, _ ("as"), am_dtype_get_name (recipe->out_dtype));
  return g_string_free (text, FALSE);
}

static void
add_bar (AmCard *card, char *name, const char *group, double value)
{
  AmCardBar bar = { name, g_strdup (group), value };

  g_array_append_val (card->bars, bar);
}

static void
add_block_bars (AmCard *card, AmBlockValues *values)
{
  for (guint i = 0; i < am_block_values_get_n_bars (values); i++)
    add_bar (card, g_strdup (am_block_values_get_name (values, i)), am_block_values_get_group (values, i),
             am_block_values_get_effective (values, i));
  card->minimum = am_block_values_get_soft_minimum (values);
  card->maximum = am_block_values_get_soft_maximum (values);
  card->chart_title = g_strdup (_ ("Weights of the blocks"));
}

/* One bar for each model where each has a weight of its own. */
static void
add_model_bars (AmCard *card, AmDraft *draft, guint index)
{
  const AmParameter *parameter = &am_draft_get_method (draft)->parameters[index];

  for (guint i = 0; i < am_draft_get_n_slots (draft); i++)
    {
      double value = am_draft_get_parameter (draft, index, i);

      add_bar (card, am_draft_dup_slot_title (draft, i), "", isnan (value) ? parameter->soft_minimum : value);
    }
  card->minimum = parameter->soft_minimum;
  card->maximum = parameter->soft_maximum;
  card->chart_title = g_strdup (_ ("Weights of the models"));
}

static void
add_bars (AmCard *card, AmDraft *draft)
{
  gint ratio = am_method_get_ratio (am_draft_get_method (draft));
  AmBlockValues *values = ratio >= 0 ? am_draft_get_block_values (draft, 0) : NULL;

  if (values == NULL)
    return;
  if (am_draft_get_method (draft)->parameters[ratio].per_model && !am_block_values_is_set (values))
    add_model_bars (card, draft, (guint)ratio);
  else if (am_block_values_get_n_blocks (values) > 0)
    add_block_bars (card, values);
}

static char *
dup_footer (AmDraft *draft)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  /* Translators: a date as in 24 November 2026; see man strftime */
  g_autofree char *date = g_date_time_format (now, _ ("%e %B %Y"));
  AmFamily family = AM_FAMILY_UNKNOWN;

  if (am_draft_get_n_targets (draft) > 0)
    family = am_block_values_get_family (am_draft_get_block_values (draft, 0));
  if (family == AM_FAMILY_UNKNOWN)
    return g_strdup (g_strstrip (date));
  /* Translators: architecture and date, as in “Stable Diffusion XL · 24 November 2026” */
  return g_strdup_printf (_ ("%s · %s"), _ (am_family_get_title (family)), g_strstrip (date));
}

AmCard *
am_card_new (AmWorkspace *workspace)
{
  AmDraft *draft = am_workspace_get_draft (workspace);
  g_autofree char *output = am_draft_dup_output_path (draft);
  AmCard *card = g_new0 (AmCard, 1);

  card->models = g_ptr_array_new_with_free_func (g_free);
  card->letters = g_ptr_array_new_with_free_func (g_free);
  card->pictures = g_ptr_array_new_with_free_func (g_object_unref);
  card->bars = g_array_new (FALSE, FALSE, sizeof (AmCardBar));
  g_array_set_clear_func (card->bars, clear_bar);
  card->title = dup_stem (output);
  card->method = g_strdup (_ (am_draft_get_method (draft)->title));
  card->parameters = dup_parameters (draft);
  card->footer = dup_footer (draft);
  add_models (card, workspace);
  add_bars (card, draft);
  return card;
}

GdkTexture *
am_card_make_texture (cairo_surface_t *surface)
{
  gsize stride = (gsize)cairo_image_surface_get_stride (surface);
  int height = cairo_image_surface_get_height (surface);
  g_autoptr (GBytes) bytes
      = g_bytes_new_with_free_func (cairo_image_surface_get_data (surface), stride * (gsize)height,
                                    (GDestroyNotify)cairo_surface_destroy, cairo_surface_reference (surface));

  return gdk_memory_texture_new (cairo_image_surface_get_width (surface), height, GDK_MEMORY_DEFAULT, bytes,
                                 stride);
}

/* A card is opaque, so that cairo's multiplied colours are the plain ones. */
static guint8 *
convert_to_rgba (cairo_surface_t *surface)
{
  guint width = (guint)cairo_image_surface_get_width (surface);
  guint height = (guint)cairo_image_surface_get_height (surface);
  gsize stride = (gsize)cairo_image_surface_get_stride (surface);
  guint8 *rgba = g_malloc_n ((gsize)width * height, 4);
  guint8 *out = rgba;

  for (guint y = 0; y < height; y++)
    {
      const guint32 *row = (const guint32 *)(gpointer)(cairo_image_surface_get_data (surface) + y * stride);

      for (guint x = 0; x < width; x++, out += 4)
        {
          out[0] = (guint8)(row[x] >> 16);
          out[1] = (guint8)(row[x] >> 8);
          out[2] = (guint8)row[x];
          out[3] = 0xff;
        }
    }
  return rgba;
}

gboolean
am_card_write (cairo_surface_t *surface, const char *path, const char *yaml, GError **error)
{
  g_autofree guint8 *rgba = convert_to_rgba (surface);

  return am_picture_write_png ((guint)cairo_image_surface_get_width (surface),
                               (guint)cairo_image_surface_get_height (surface), rgba, path, yaml, error);
}
