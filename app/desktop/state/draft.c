#include "draft.h"

#include "draft-private.h"

/* Old steps are forgotten: undo is for today's work, history for older. */
#define MAX_STEPS 200

enum
{
  PROP_CAN_UNDO = 1,
  PROP_CAN_REDO,
  N_PROPS
};

enum
{
  SIGNAL_CHANGED,
  N_SIGNALS
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (AmDraft, am_draft, G_TYPE_OBJECT)

static void
am_draft_finalize (GObject *object)
{
  AmDraft *self = AM_DRAFT (object);

  g_ptr_array_unref (self->recipes);
  g_ptr_array_unref (self->undo);
  g_ptr_array_unref (self->redo);
  g_ptr_array_unref (self->parked);
  g_ptr_array_unref (self->targets);
  am_align_settings_free (self->parked_align);
  g_strfreev (self->blocks);
  g_free (self->architecture);
  g_free (self->topic);
  g_free (self->output_folder);
  g_free (self->name_template);

  G_OBJECT_CLASS (am_draft_parent_class)->finalize (object);
}

static void
am_draft_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  AmDraft *self = AM_DRAFT (object);

  switch (id)
    {
    case PROP_CAN_UNDO:
      g_value_set_boolean (value, am_draft_can_undo (self));
      break;
    case PROP_CAN_REDO:
      g_value_set_boolean (value, am_draft_can_redo (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
am_draft_class_init (AmDraftClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->finalize = am_draft_finalize;
  object_class->get_property = am_draft_get_property;

  properties[PROP_CAN_UNDO] = g_param_spec_boolean ("can-undo", NULL, NULL, FALSE, flags);
  properties[PROP_CAN_REDO] = g_param_spec_boolean ("can-redo", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  signals[SIGNAL_CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                          NULL, NULL, G_TYPE_NONE, 0);
}

static GPtrArray *
new_stages (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify)am_recipe_free);
}

static GPtrArray *
copy_stages (const GPtrArray *recipes)
{
  GPtrArray *copy = new_stages ();

  for (guint i = 0; i < recipes->len; i++)
    g_ptr_array_add (copy, am_recipe_copy (g_ptr_array_index (recipes, i)));
  return copy;
}

static GPtrArray *
new_empty_stages (AmDraft *self)
{
  GPtrArray *recipes = new_stages ();
  AmRecipe *recipe = am_recipe_new ("weighted_sum");

  g_ptr_array_add (recipes, recipe);
  am_draft_fit_slots (self, recipe);
  return recipes;
}

static void
am_draft_init (AmDraft *self)
{
  const char *const *blocks = am_family_get_blocks (AM_FAMILY_SD1);

  self->undo = g_ptr_array_new_with_free_func ((GDestroyNotify)g_ptr_array_unref);
  self->redo = g_ptr_array_new_with_free_func ((GDestroyNotify)g_ptr_array_unref);
  self->parked = g_ptr_array_new_with_free_func (g_free);
  self->targets = g_ptr_array_new_with_free_func (g_object_unref);
  self->family = AM_FAMILY_SD1;
  self->blocks = g_strdupv ((char **)blocks);
  self->architecture = g_strdup (am_family_get_title (AM_FAMILY_SD1));
  self->output_folder = g_strdup ("");
  self->name_template = g_strdup ("{A}-{B}-{method}");
  self->embeds_metadata = TRUE;
  self->recipes = new_empty_stages (self);
}

AmDraft *
am_draft_new (void)
{
  return g_object_new (AM_TYPE_DRAFT, NULL);
}

AmRecipe *
am_draft_peek (AmDraft *self)
{
  return g_ptr_array_index (self->recipes, self->recipes->len - 1);
}

const AmRecipe *
am_draft_get_recipe (AmDraft *self)
{
  return am_draft_peek (self);
}

GPtrArray *
am_draft_dup_recipes (AmDraft *self)
{
  return copy_stages (self->recipes);
}

static void
emit_changed (AmDraft *self)
{
  am_draft_sync_targets (self);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CAN_UNDO]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CAN_REDO]);
}

static void
push_step (AmDraft *self)
{
  if (self->undo->len == MAX_STEPS)
    g_ptr_array_remove_index (self->undo, 0);
  g_ptr_array_add (self->undo, copy_stages (self->recipes));
}

AmRecipe *
am_draft_begin (AmDraft *self, const char *topic)
{
  g_return_val_if_fail (AM_IS_DRAFT (self), NULL);

  if (self->depth++ > 0)
    return am_draft_peek (self);
  self->pushed_step = topic == NULL || g_strcmp0 (topic, self->topic) != 0;
  if (self->pushed_step)
    push_step (self);
  g_free (self->topic);
  self->topic = g_strdup (topic);
  return am_draft_peek (self);
}

/* A change that changed nothing is no step to undo. */
static gboolean
is_unchanged (AmDraft *self)
{
  g_autofree char *before = am_recipes_to_yaml (g_ptr_array_index (self->undo, self->undo->len - 1));
  g_autofree char *after = am_recipes_to_yaml (self->recipes);

  return g_str_equal (before, after);
}

void
am_draft_end (AmDraft *self)
{
  g_return_if_fail (AM_IS_DRAFT (self) && self->depth > 0);

  if (--self->depth > 0)
    return;
  am_draft_drop_unused_stages (self);
  if (self->pushed_step && is_unchanged (self))
    {
      g_ptr_array_remove_index (self->undo, self->undo->len - 1);
      am_draft_end_topic (self);
    }
  else
    g_ptr_array_set_size (self->redo, 0);
  emit_changed (self);
}

void
am_draft_end_topic (AmDraft *self)
{
  g_clear_pointer (&self->topic, g_free);
}

static void
replace (AmDraft *self, GPtrArray *recipes)
{
  g_ptr_array_unref (self->recipes);
  self->recipes = recipes;
}

void
am_draft_load (AmDraft *self, const GPtrArray *recipes)
{
  g_return_if_fail (recipes->len > 0);

  am_draft_begin (self, NULL);
  g_ptr_array_set_size (self->parked, 0);
  am_draft_forget_align (self);
  replace (self, copy_stages (recipes));
  am_draft_fit_slots (self, am_draft_peek (self));
  am_draft_fill_statistics (self);
  am_draft_end (self);
}

void
am_draft_reset (AmDraft *self)
{
  am_draft_begin (self, NULL);
  g_ptr_array_set_size (self->parked, 0);
  am_draft_forget_align (self);
  replace (self, new_empty_stages (self));
  am_draft_end (self);
}

gboolean
am_draft_can_undo (AmDraft *self)
{
  return self->undo->len > 0;
}

gboolean
am_draft_can_redo (AmDraft *self)
{
  return self->redo->len > 0;
}

/* Moves one step from a pile to the draft, and the draft to the other pile. */
static void
step (AmDraft *self, GPtrArray *from, GPtrArray *to)
{
  if (from->len == 0)
    return;
  g_ptr_array_add (to, g_ptr_array_ref (self->recipes));
  replace (self, g_ptr_array_steal_index (from, from->len - 1));
  am_draft_end_topic (self);
  emit_changed (self);
}

void
am_draft_undo (AmDraft *self)
{
  step (self, self->undo, self->redo);
}

void
am_draft_redo (AmDraft *self)
{
  step (self, self->redo, self->undo);
}
