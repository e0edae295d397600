#include "align-text.h"

#include <glib/gi18n.h>

static const char *
get_order_title (AmAlignOrder order)
{
  switch (order)
    {
    case AM_ALIGN_FORWARD:
      return C_ ("order of layers", "forward");
    case AM_ALIGN_BACKWARD:
      return C_ ("order of layers", "backward");
    case AM_ALIGN_ALTERNATE:
      return C_ ("order of layers", "alternating");
    case AM_ALIGN_RANDOM:
    default:
      return C_ ("order of layers", "random");
    }
}

static void
add_figures (GStrvBuilder *texts, const AmAlignSettings *align, const AmAlignSettings *usual)
{
  g_autofree char *order = g_strdup_printf (_ ("order %s"), get_order_title (align->order));
  g_autofree char *number = g_strdup_printf ("%" G_GUINT64_FORMAT, align->seed);
  g_autofree char *seed = g_strdup_printf (_ ("seed %s"), number);
  g_autofree char *sweeps = g_strdup_printf (_ ("at most %u sweeps"), align->max_sweeps);
  g_autofree char *tolerance = g_strdup_printf (_ ("tolerance %g"), align->tolerance);

  if (align->order != usual->order)
    g_strv_builder_add (texts, order);
  if (align->seed != usual->seed)
    g_strv_builder_add (texts, seed);
  if (align->max_sweeps != usual->max_sweeps)
    g_strv_builder_add (texts, sweeps);
  if (align->tolerance != usual->tolerance)
    g_strv_builder_add (texts, tolerance);
}

static void
add_ways (GStrvBuilder *texts, const AmAlignSettings *align)
{
  if (align->rotate)
    g_strv_builder_add (texts, _ ("heads are rotated too"));
  if (align->normalise)
    g_strv_builder_add (texts, _ ("compared by cosine"));
  if (align->matching == AM_ALIGN_BY_ACTIVATIONS && align->objective == AM_ALIGN_PRODUCT)
    g_strv_builder_add (texts, _ ("compared by mean product"));
  if (align->architecture != NULL)
    {
      g_autofree char *name = g_filename_display_basename (align->architecture);
      g_autofree char *text = g_strdup_printf (_ ("network described in “%s”"), name);

      g_strv_builder_add (texts, text);
    }
}

char *
am_align_text_new (const AmAlignSettings *align)
{
  g_autoptr (AmAlignSettings) usual = am_align_settings_new ();
  g_autoptr (GStrvBuilder) texts = g_strv_builder_new ();
  g_auto (GStrv) list = NULL;

  add_figures (texts, align, usual);
  add_ways (texts, align);
  list = g_strv_builder_end (texts);
  return g_strjoinv (_ (", "), list);
}

/* The letter of the slot that input @index of the plan comes from. */
static char *
dup_title (AmDraft *draft, guint index)
{
  gboolean has_base = am_draft_get_recipe (draft)->base != NULL;

  return am_draft_dup_slot_title (draft, !has_base ? index : index > 0 ? index - 1 : AM_SLOT_BASE);
}

char *
am_align_text_new_plan (AmDraft *draft, guint index)
{
  const AmRecipe *recipe = am_draft_get_recipe (draft);
  gboolean is_to_file = recipe->align->target == AM_ALIGN_TO_FILE;
  g_autofree char *title = dup_title (draft, is_to_file ? index : index + 1);
  g_autofree char *other = NULL;

  if (recipe->align->target == AM_ALIGN_TO_MEAN)
    /* Translators: the letter of a model, as in "B". */
    return g_strdup_printf (_ ("%s will be brought into an order that suits all models first"), title);
  if (!is_to_file && recipe->base != NULL)
    /* Translators: the letter of a model, as in "B". */
    return g_strdup_printf (_ ("%s will be brought into the order of the base first"), title);
  if (!is_to_file)
    {
      other = dup_title (draft, 0);
      /* Translators: the letters of two models, as in "B will be brought into the order of A first". */
      return g_strdup_printf (_ ("%s will be brought into the order of %s first"), title, other);
    }
  other = g_filename_display_basename (recipe->align->file);
  /* Translators: the letter of a model, and the name of a file. */
  return g_strdup_printf (_ ("%s will be brought into the order of “%s” first"), title, other);
}
