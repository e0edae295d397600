#include "state/alignment-summary.h"

#include <math.h>

/* Fields of a layer in a history. */
enum
{
  FIELD_NAME,
  FIELD_KIND,
  FIELD_COMPONENT,
  FIELD_BLOCK,
  FIELD_UNITS,
  FIELD_MOVED,
  FIELD_SIMILARITY_BEFORE,
  FIELD_SIMILARITY_AFTER,
  FIELD_DISTANCE_BEFORE,
  FIELD_DISTANCE_AFTER,
  N_FIELDS
};

static AmAlignmentSummary *
new_empty (void)
{
  AmAlignmentSummary *self = g_new0 (AmAlignmentSummary, 1);

  self->layers = g_array_new (FALSE, FALSE, sizeof (AmAlignmentLayer));
  self->names = g_string_chunk_new (1024);
  return self;
}

void
am_alignment_summary_free (AmAlignmentSummary *self)
{
  if (self == NULL)
    return;
  g_free (self->label);
  g_free (self->sentence);
  g_array_unref (self->layers);
  g_string_chunk_free (self->names);
  g_free (self);
}

/* A text that may stand in a line of the history: names of tensors may hold anything. */
static const char *
keep_text (AmAlignmentSummary *self, const char *text)
{
  g_autofree char *valid = text != NULL ? g_utf8_make_valid (text, -1) : NULL;

  if (valid == NULL || *valid == '\0')
    return NULL;
  return g_string_chunk_insert_const (self->names, g_strdelimit (valid, "\t\n", ' '));
}

static void
add_layer (AmAlignmentSummary *self, const AmAlignmentLayer *layer)
{
  AmAlignmentLayer copy = *layer;

  copy.name = keep_text (self, layer->name);
  copy.block = keep_text (self, layer->block);
  g_array_append_val (self->layers, copy);
}

AmAlignmentSummary *
am_alignment_summary_new (const AmAlignment *alignment)
{
  AmAlignmentSummary *self = new_empty ();

  self->label = g_strdup (am_alignment_get_label (alignment));
  self->sentence = am_alignment_describe (alignment);
  self->total = *am_alignment_get_total (alignment);
  self->total.name = self->total.block = NULL;
  for (guint i = 0; i < am_alignment_get_n_layers (alignment); i++)
    add_layer (self, am_alignment_get_layer (alignment, i));
  return self;
}

gboolean
am_alignment_summary_has_moved (const AmAlignmentSummary *self)
{
  return self->total.n_moved > 0 || self->total.distance_before != self->total.distance_after;
}

static void
write_figure (GString *text, double figure)
{
  char digits[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append_printf (text, "\t%s",
                          isnan (figure) ? "-" : g_ascii_formatd (digits, sizeof digits, "%.6g", figure));
}

/* Lines of fields: a parser passes over one string faster than over thousands of members. */
static void
write_layer (GString *text, const AmAlignmentLayer *layer)
{
  g_string_append_printf (text, "%s%s\t%s\t%s\t%s\t%u\t%u", text->len > 0 ? "\n" : "",
                          layer->name != NULL ? layer->name : "", am_factor_kind_get_id (layer->kind),
                          am_component_get_id (layer->component), layer->block != NULL ? layer->block : "",
                          layer->n_units, layer->n_moved);
  write_figure (text, layer->similarity_before);
  write_figure (text, layer->similarity_after);
  write_figure (text, layer->distance_before);
  write_figure (text, layer->distance_after);
}

static gboolean
read_figure (const char *text, double *figure)
{
  char *end = NULL;

  *figure = NAN;
  if (strcmp (text, "-") == 0)
    return TRUE;
  *figure = g_ascii_strtod (text, &end);
  return end != text && *end == '\0' && isfinite (*figure);
}

static gboolean
read_count (const char *text, guint *count)
{
  guint64 number;

  if (!g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT, &number, NULL))
    return FALSE;
  *count = (guint)number;
  return TRUE;
}

static AmFactorKind
find_kind (const char *id)
{
  for (guint i = 0; i < AM_N_FACTOR_KINDS; i++)
    if (strcmp (am_factor_kind_get_id (i), id) == 0)
      return (AmFactorKind)i;
  return AM_FACTOR_UNITS;
}

static AmComponent
find_component (const char *id)
{
  for (guint i = 0; i < AM_N_COMPONENTS; i++)
    if (strcmp (am_component_get_id (i), id) == 0)
      return (AmComponent)i;
  return AM_COMPONENT_OTHER;
}

static gboolean
read_layer (AmAlignmentSummary *self, const char *line, AmAlignmentLayer *layer)
{
  g_auto (GStrv) fields = g_strsplit (line, "\t", -1);

  if (g_strv_length (fields) != N_FIELDS)
    return FALSE;
  layer->name = keep_text (self, fields[FIELD_NAME]);
  layer->kind = find_kind (fields[FIELD_KIND]);
  layer->component = find_component (fields[FIELD_COMPONENT]);
  layer->block = keep_text (self, fields[FIELD_BLOCK]);
  return read_count (fields[FIELD_UNITS], &layer->n_units)
         && read_count (fields[FIELD_MOVED], &layer->n_moved) && layer->n_moved <= layer->n_units
         && read_figure (fields[FIELD_SIMILARITY_BEFORE], &layer->similarity_before)
         && read_figure (fields[FIELD_SIMILARITY_AFTER], &layer->similarity_after)
         && read_figure (fields[FIELD_DISTANCE_BEFORE], &layer->distance_before)
         && read_figure (fields[FIELD_DISTANCE_AFTER], &layer->distance_after);
}

static gboolean
read_layers (AmAlignmentSummary *self, const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++)
    {
      AmAlignmentLayer layer = { 0 };

      if (!read_layer (self, lines[i], &layer))
        return FALSE;
      g_array_append_val (self->layers, layer);
    }
  return TRUE;
}

void
am_alignment_summary_add_json (const AmAlignmentSummary *self, JsonBuilder *builder)
{
  g_autoptr (GString) layers = g_string_new (NULL);
  g_autoptr (GString) total = g_string_new (NULL);

  for (guint i = 0; i < self->layers->len; i++)
    write_layer (layers, &g_array_index (self->layers, AmAlignmentLayer, i));
  write_layer (total, &self->total);
  json_builder_begin_object (builder);
  am_json_add_string (builder, "model", self->label);
  am_json_add_string (builder, "summary", self->sentence);
  am_json_add_string (builder, "total", total->str);
  am_json_add_string (builder, "layers", layers->str);
  json_builder_end_object (builder);
}

static const char *
get_text (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING
             ? json_node_get_string (node)
             : "";
}

AmAlignmentSummary *
am_alignment_summary_new_from_json (JsonObject *object)
{
  g_autoptr (AmAlignmentSummary) self = new_empty ();

  self->label = g_strdup (get_text (object, "model"));
  self->sentence = g_strdup (get_text (object, "summary"));
  if (*self->sentence == '\0' || !read_layer (self, get_text (object, "total"), &self->total)
      || !read_layers (self, get_text (object, "layers")))
    return NULL;
  return g_steal_pointer (&self);
}
