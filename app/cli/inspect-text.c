#include <string.h>

#include "console.h"
#include "inspect-facts.h"

#define MOST_MISSING 10
#define LONGEST_VALUE 100

static void
print_list (const char *title, const char *const *lines, guint most)
{
  guint n = lines != NULL ? g_strv_length ((char **)lines) : 0;

  if (n == 0)
    return;
  g_print ("%s\n", title);
  for (guint i = 0; i < MIN (n, most); i++)
    g_print ("  %s\n", lines[i]);
  if (n > most)
    g_print ("  and %u more\n", n - most);
}

static void
print_share (const char *title, const InspectShare *share)
{
  g_autofree char *tensors = cli_format_count (share->n_tensors);
  g_autofree char *elements = cli_format_count (share->n_elements);
  g_autofree char *size = cli_format_size (share->size);
  g_autofree char *dtypes = inspect_share_list_dtypes (share);

  g_print ("  %-18s %7s tensors  %15s values  %9s  %s\n", title, tensors, elements, size, dtypes);
}

static void
print_components (const InspectFacts *facts)
{
  g_print ("Components:\n");
  for (guint i = 0; i < AM_N_COMPONENTS; i++)
    if (facts->components[i].n_tensors > 0)
      print_share (am_component_get_title (i), &facts->components[i]);
  print_share ("all", &facts->all);
}

static void
print_blocks (const InspectFacts *facts)
{
  guint n = am_model_get_n_blocks (facts->model);

  if (n > 0)
    g_print ("Blocks, with their sizes:");
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *size = cli_format_size (facts->blocks[i].size);

      g_print ("%s%-6s %-12s", i % 4 == 0 ? "\n  " : "", am_model_get_block_name (facts->model, i), size);
    }
  if (n > 0)
    g_print ("\n");
}

static void
print_recipe (const char *yaml)
{
  g_auto (GStrv) lines = g_strsplit (yaml, "\n", -1);

  g_print ("Recipe (run it again with 'amalgam merge FILE -o OUT'):\n");
  for (guint i = 0; lines[i] != NULL; i++)
    if (lines[i][0] != '\0')
      g_print ("  %s\n", lines[i]);
}

/* One line per entry: long values are cut. */
static void
print_entry (const char *key, const char *value)
{
  g_autofree char *plain = g_strdelimit (g_utf8_make_valid (value, -1), "\n\r\t", ' ');
  glong length = g_utf8_strlen (plain, -1);

  if (length > LONGEST_VALUE)
    *g_utf8_offset_to_pointer (plain, LONGEST_VALUE) = '\0';
  g_print ("  %s: %s%s\n", key, plain, length > LONGEST_VALUE ? "..." : "");
}

static void
print_metadata (const InspectFacts *facts)
{
  GHashTable *metadata = am_checkpoint_get_metadata (facts->checkpoint);
  g_autoptr (GList) keys = metadata != NULL ? g_hash_table_get_keys (metadata) : NULL;
  const char *recipe = metadata != NULL ? g_hash_table_lookup (metadata, AM_RECIPE_METADATA_KEY) : NULL;

  keys = g_list_sort (keys, (GCompareFunc)g_strcmp0);
  if (recipe != NULL)
    print_recipe (recipe);
  if (g_list_length (keys) > (recipe != NULL ? 1u : 0u))
    g_print ("Metadata:\n");
  for (GList *l = keys; l != NULL; l = l->next)
    if (strcmp (l->data, AM_RECIPE_METADATA_KEY) != 0)
      print_entry (l->data, g_hash_table_lookup (metadata, l->data));
}

static void
print_hashes (const InspectFacts *facts)
{
  if (facts->sha256 != NULL)
    g_print ("SHA-256: %s (AutoV2 %.10s)\n", facts->sha256, facts->sha256);
  if (facts->legacy_hash != NULL)
    g_print ("AutoV1: %s\n", facts->legacy_hash);
  if (facts->tensor_hash != NULL)
    g_print ("AutoV3: %.12s\n", facts->tensor_hash);
}

static void
print_findings (const InspectFacts *facts)
{
  if (facts->findings == NULL)
    return;
  if (facts->findings->len == 0)
    g_print ("Scan: every value is finite.\n");
  else
    g_print ("Scan: %u %s values that are not finite:\n", facts->findings->len,
             facts->findings->len == 1 ? "tensor holds" : "tensors hold");
  for (guint i = 0; i < facts->findings->len; i++)
    {
      const AmScanFinding *finding = &g_array_index (facts->findings, AmScanFinding, i);

      g_print ("  %s: %" G_GUINT64_FORMAT " NaN, %" G_GUINT64_FORMAT " infinite\n",
               am_checkpoint_get_tensor (facts->checkpoint, finding->tensor)->name, finding->n_nan,
               finding->n_infinite);
    }
}

void
inspect_print_text (const InspectFacts *facts)
{
  g_autofree char *size = cli_format_size (am_checkpoint_get_file_size (facts->checkpoint));
  guint n_files = am_checkpoint_get_n_files (facts->checkpoint);

  g_print ("%s\n%s (%s)%s\n%s, %s", am_checkpoint_get_path (facts->checkpoint),
           am_model_get_title (facts->model), am_model_get_architecture (facts->model),
           am_model_is_bare (facts->model) ? ", a part alone" : "",
           am_container_get_title (am_checkpoint_get_container (facts->checkpoint)), size);
  if (n_files > 1)
    g_print (" in %u files", n_files);
  g_print ("\n");
  print_list ("Because:", am_model_get_evidence (facts->model), G_MAXUINT);
  print_components (facts);
  print_blocks (facts);
  print_list ("Missing tensors:", am_model_get_missing (facts->model), MOST_MISSING);
  print_list ("Notes:", am_checkpoint_get_notes (facts->checkpoint), G_MAXUINT);
  print_hashes (facts);
  print_findings (facts);
  print_metadata (facts);
}
