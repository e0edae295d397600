#include "state/history-entry.h"

#define FORMAT "amalgam-history-1"

struct _AmHistoryEntry
{
  GObject parent_instance;

  char *line;
  char *title;
  char *method;
  char *output;
  char *yaml;
  char *message;
  char *text;
  char **inputs;
  gint64 date;
  double seconds;
  AmJobState state;
  AmRunSummary *summary;
  gboolean is_summary_read;
  GWeakRef run;
};

enum
{
  PROP_TITLE = 1,
  PROP_METHOD,
  PROP_DATE,
  PROP_OUTPUT,
  PROP_STATE,
  PROP_TEXT,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

static const struct
{
  AmJobState state;
  const char *id;
} states[] = {
  { AM_JOB_DONE, "done" },
  { AM_JOB_FAILED, "failed" },
  { AM_JOB_CANCELLED, "cancelled" },
};

G_DEFINE_FINAL_TYPE (AmHistoryEntry, am_history_entry, G_TYPE_OBJECT)

static void
am_history_entry_finalize (GObject *object)
{
  AmHistoryEntry *self = AM_HISTORY_ENTRY (object);

  g_free (self->line);
  g_free (self->title);
  g_free (self->method);
  g_free (self->output);
  g_free (self->yaml);
  g_free (self->message);
  g_free (self->text);
  g_strfreev (self->inputs);
  g_clear_pointer (&self->summary, am_run_summary_free);
  g_weak_ref_clear (&self->run);

  G_OBJECT_CLASS (am_history_entry_parent_class)->finalize (object);
}

static void
am_history_entry_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  AmHistoryEntry *self = AM_HISTORY_ENTRY (object);

  switch (id)
    {
    case PROP_TITLE:
      g_value_set_string (value, self->title);
      break;
    case PROP_METHOD:
      g_value_set_string (value, self->method);
      break;
    case PROP_DATE:
      g_value_set_int64 (value, self->date);
      break;
    case PROP_OUTPUT:
      g_value_set_string (value, self->output);
      break;
    case PROP_STATE:
      g_value_set_uint (value, self->state);
      break;
    case PROP_TEXT:
      g_value_set_string (value, self->text);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
am_history_entry_class_init (AmHistoryEntryClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->finalize = am_history_entry_finalize;
  object_class->get_property = am_history_entry_get_property;

  properties[PROP_TITLE] = g_param_spec_string ("title", NULL, NULL, NULL, flags);
  properties[PROP_METHOD] = g_param_spec_string ("method", NULL, NULL, NULL, flags);
  properties[PROP_DATE] = g_param_spec_int64 ("date", NULL, NULL, G_MININT64, G_MAXINT64, 0, flags);
  properties[PROP_OUTPUT] = g_param_spec_string ("output", NULL, NULL, NULL, flags);
  properties[PROP_STATE] = g_param_spec_uint ("state", NULL, NULL, 0, AM_JOB_CANCELLED, 0, flags);
  properties[PROP_TEXT] = g_param_spec_string ("text", NULL, NULL, NULL, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
am_history_entry_init (AmHistoryEntry *self)
{
  g_weak_ref_init (&self->run, NULL);
}

static void
make_absolute (char **path)
{
  g_autofree char *written = *path;

  *path = g_canonicalize_filename (written, NULL);
}

static void
settle_model (const GPtrArray *stages, AmRecipeModel *model)
{
  if (model != NULL && model->path[0] != '\0' && am_recipes_find_stage (stages, model->path) < 0)
    make_absolute (&model->path);
}

static void
settle_align (AmAlignSettings *align)
{
  if (align->file != NULL)
    make_absolute (&align->file);
  if (align->architecture != NULL)
    make_absolute (&align->architecture);
}

static void
settle_stage (const GPtrArray *stages, AmRecipe *recipe)
{
  GHashTableIter iter;
  gpointer policy;

  settle_model (stages, recipe->base);
  for (guint i = 0; i < recipe->models->len; i++)
    settle_model (stages, g_ptr_array_index (recipe->models, i));
  g_hash_table_iter_init (&iter, recipe->components);
  while (g_hash_table_iter_next (&iter, NULL, &policy))
    if (((AmPolicy *)policy)->type == AM_POLICY_FILE)
      make_absolute (&((AmPolicy *)policy)->file);
  if (recipe->align != NULL)
    settle_align (recipe->align);
}

/* The stages with every file by absolute path. */
static GPtrArray *
settle (const GPtrArray *recipes)
{
  GPtrArray *stages = g_ptr_array_new_with_free_func ((GDestroyNotify)am_recipe_free);

  for (guint i = 0; i < recipes->len; i++)
    g_ptr_array_add (stages, am_recipe_copy (g_ptr_array_index (recipes, i)));
  for (guint i = 0; i < stages->len; i++)
    settle_stage (recipes, g_ptr_array_index (stages, i));
  return stages;
}

static void
list_input (GPtrArray *inputs, const GPtrArray *stages, const AmRecipeModel *model)
{
  if (model != NULL && model->path[0] != '\0' && am_recipes_find_stage (stages, model->path) < 0
      && !g_ptr_array_find_with_equal_func (inputs, model->path, g_str_equal, NULL))
    g_ptr_array_add (inputs, g_strdup (model->path));
}

static char **
list_inputs (const GPtrArray *stages)
{
  GPtrArray *inputs = g_ptr_array_new ();

  for (guint i = stages->len; i > 0; i--)
    {
      const AmRecipe *recipe = g_ptr_array_index (stages, i - 1);

      list_input (inputs, stages, recipe->base);
      for (guint j = 0; j < recipe->models->len; j++)
        list_input (inputs, stages, g_ptr_array_index (recipe->models, j));
    }
  g_ptr_array_add (inputs, NULL);
  return (char **)g_ptr_array_free (inputs, FALSE);
}

static void
set_text (AmHistoryEntry *self)
{
  const AmMethod *method = am_method_find (self->method);
  g_autofree char *inputs = g_strjoinv ("\n", self->inputs);
  g_autofree char *all = g_strjoin ("\n", self->title, self->method, method != NULL ? method->title : "",
                                    inputs, self->output, self->message != NULL ? self->message : "", NULL);

  self->text = g_utf8_casefold (all, -1);
}

static const char *
get_state_id (AmJobState state)
{
  for (guint i = 0; i < G_N_ELEMENTS (states); i++)
    if (states[i].state == state)
      return states[i].id;
  g_return_val_if_reached ("");
}

static void
write_line (AmHistoryEntry *self, const AmRunSummary *summary)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *text = NULL;

  json_builder_begin_object (builder);
  am_json_add_string (builder, "format", FORMAT);
  am_json_add_count (builder, "date", (guint64)self->date);
  am_json_add_string (builder, "title", self->title);
  am_json_add_string (builder, "method", self->method);
  am_json_add_string (builder, "state", get_state_id (self->state));
  am_json_add_number (builder, "seconds", self->seconds);
  am_json_add_string (builder, "output", self->output);
  am_json_add_strings (builder, "inputs", (const char *const *)self->inputs);
  am_json_add_string (builder, "message", self->message);
  am_json_add_string (builder, "recipe", self->yaml);
  if (summary != NULL)
    {
      json_builder_set_member_name (builder, "result");
      json_builder_begin_object (builder);
      am_run_summary_add_json (summary, builder);
      json_builder_end_object (builder);
    }
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  text = am_json_to_text (root, FALSE);
  /* File names may hold any bytes, JSON may not. */
  self->line = g_utf8_make_valid (text, -1);
}

AmHistoryEntry *
am_history_entry_new (AmRun *run)
{
  AmHistoryEntry *self = g_object_new (AM_TYPE_HISTORY_ENTRY, NULL);
  const GPtrArray *recipes = am_run_get_recipes (run);
  const AmRecipe *last = g_ptr_array_index (recipes, recipes->len - 1);
  const GError *error = am_job_get_error (am_run_get_job (run));
  g_autoptr (GPtrArray) stages = settle (recipes);

  self->title = g_filename_display_name (am_run_get_title (run));
  self->method = g_strdup (last->method);
  self->output = g_canonicalize_filename (am_run_get_output (run), NULL);
  self->yaml = am_recipes_to_yaml (stages);
  self->inputs = list_inputs (stages);
  self->date = g_get_real_time () / G_USEC_PER_SEC;
  self->state = am_job_get_state (am_run_get_job (run));
  if (self->state == AM_JOB_FAILED && error != NULL)
    self->message = g_utf8_make_valid (error->message, -1);
  if (am_run_get_summary (run) != NULL)
    self->seconds = am_run_get_summary (run)->seconds;
  else
    self->seconds = (double)(self->date - am_run_get_started (run));
  set_text (self);
  write_line (self, am_run_get_summary (run));
  g_weak_ref_set (&self->run, run);
  return self;
}

static JsonObject *
parse_line (JsonParser *parser, const char *line)
{
  JsonNode *root;

  if (!json_parser_load_from_data (parser, line, -1, NULL))
    return NULL;
  root = json_parser_get_root (parser);
  return root != NULL && JSON_NODE_HOLDS_OBJECT (root) ? json_node_get_object (root) : NULL;
}

static JsonNode *
find_value (JsonObject *object, const char *name, gboolean is_text)
{
  JsonNode *node = json_object_get_member (object, name);

  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node)
      || (json_node_get_value_type (node) == G_TYPE_STRING) != is_text)
    return NULL;
  return node;
}

static char *
take_text (JsonObject *object, const char *name)
{
  JsonNode *node = find_value (object, name, TRUE);

  return node != NULL ? json_node_dup_string (node) : NULL;
}

static char **
take_inputs (JsonObject *object)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  JsonNode *node = json_object_get_member (object, "inputs");
  JsonArray *array = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;

  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++)
    {
      JsonNode *element = json_array_get_element (array, i);

      if (JSON_NODE_HOLDS_VALUE (element) && json_node_get_value_type (element) == G_TYPE_STRING)
        g_strv_builder_add (builder, json_node_get_string (element));
    }
  return g_strv_builder_end (builder);
}

static gboolean
take_state (AmHistoryEntry *self, JsonObject *object)
{
  g_autofree char *id = take_text (object, "state");

  for (guint i = 0; i < G_N_ELEMENTS (states); i++)
    if (g_strcmp0 (states[i].id, id) == 0)
      {
        self->state = states[i].state;
        return TRUE;
      }
  return FALSE;
}

AmHistoryEntry *
am_history_entry_new_from_line (const char *line)
{
  g_autoptr (AmHistoryEntry) self = g_object_new (AM_TYPE_HISTORY_ENTRY, NULL);
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  JsonObject *object = parse_line (parser, line);
  g_autofree char *format = object != NULL ? take_text (object, "format") : NULL;
  JsonNode *date, *seconds;

  if (g_strcmp0 (format, FORMAT) != 0)
    return NULL;
  self->line = g_strdup (line);
  self->title = take_text (object, "title");
  self->method = take_text (object, "method");
  self->output = take_text (object, "output");
  self->yaml = take_text (object, "recipe");
  self->message = take_text (object, "message");
  self->inputs = take_inputs (object);
  date = find_value (object, "date", FALSE);
  seconds = find_value (object, "seconds", FALSE);
  self->date = date != NULL ? json_node_get_int (date) : 0;
  self->seconds = seconds != NULL ? MAX (json_node_get_double (seconds), 0) : 0;
  if (!take_state (self, object) || self->title == NULL || self->method == NULL || self->output == NULL
      || self->yaml == NULL)
    return NULL;
  set_text (self);
  return g_steal_pointer (&self);
}

const char *
am_history_entry_get_line (AmHistoryEntry *self)
{
  return self->line;
}

const char *
am_history_entry_get_title (AmHistoryEntry *self)
{
  return self->title;
}

const char *
am_history_entry_get_method (AmHistoryEntry *self)
{
  return self->method;
}

const char *
am_history_entry_get_output (AmHistoryEntry *self)
{
  return self->output;
}

const char *
am_history_entry_get_yaml (AmHistoryEntry *self)
{
  return self->yaml;
}

const char *
am_history_entry_get_message (AmHistoryEntry *self)
{
  return self->message;
}

const char *
am_history_entry_get_text (AmHistoryEntry *self)
{
  return self->text;
}

gint64
am_history_entry_get_date (AmHistoryEntry *self)
{
  return self->date;
}

double
am_history_entry_get_seconds (AmHistoryEntry *self)
{
  return self->seconds;
}

AmJobState
am_history_entry_get_state (AmHistoryEntry *self)
{
  return self->state;
}

const char *const *
am_history_entry_get_inputs (AmHistoryEntry *self)
{
  return (const char *const *)self->inputs;
}

const AmRunSummary *
am_history_entry_get_summary (AmHistoryEntry *self)
{
  g_autoptr (JsonParser) parser = NULL;
  JsonObject *object;
  JsonNode *node;

  if (self->is_summary_read)
    return self->summary;
  self->is_summary_read = TRUE;
  parser = json_parser_new_immutable ();
  object = parse_line (parser, self->line);
  node = object != NULL ? json_object_get_member (object, "result") : NULL;
  if (node != NULL && JSON_NODE_HOLDS_OBJECT (node))
    self->summary = am_run_summary_new_from_json (json_node_get_object (node));
  return self->summary;
}

AmRun *
am_history_entry_dup_run (AmHistoryEntry *self)
{
  return g_weak_ref_get (&self->run);
}
