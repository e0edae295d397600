#include "demo-workspace.h"

#include <glib/gstdio.h>
#include <utime.h>

#include "recipes/card-dialog.h"
#include "recipes/recipe-card.h"
#include "recipes/recipe-paths.h"

/* What stands in the text chunk is what was written, and the core reads it as a recipe. */
static void
test_holds_recipe (void)
{
  DemoWorkspace demo;
  g_autoptr (AmCard) card = NULL;
  g_autoptr (GPtrArray) recipes = NULL;
  g_autoptr (GPtrArray) loaded = NULL;
  g_autofree char *path = NULL, *yaml = NULL, *again = NULL;
  cairo_surface_t *surface;
  GError *failure = NULL;

  demo_workspace_init (&demo);
  am_block_values_apply_preset (am_draft_get_block_values (am_workspace_get_draft (demo.workspace), 0),
                                (guint)am_preset_find ("GRAD_V"), G_MAXUINT, 0, &failure);
  g_assert_no_error (failure);
  recipes = am_draft_dup_recipes (am_workspace_get_draft (demo.workspace));
  yaml = am_recipes_to_yaml (recipes);
  path = g_build_filename (demo.folder, "card.png", NULL);
  card = am_card_new (demo.workspace);
  surface = am_card_draw (card, TRUE);
  am_card_write (surface, path, yaml, &failure);
  g_assert_no_error (failure);
  cairo_surface_destroy (surface);

  loaded = am_recipes_load (path, &failure);
  g_assert_no_error (failure);
  again = am_recipes_to_yaml (loaded);
  g_assert_cmpstr (again, ==, yaml);
  g_assert_nonnull (strstr (yaml, "GRAD_V"));
  demo_workspace_clear (&demo);
}

static void
test_says_what_is_merged (void)
{
  DemoWorkspace demo;
  AmDraft *draft;
  g_autoptr (AmCard) card = NULL;

  demo_workspace_init (&demo);
  draft = am_workspace_get_draft (demo.workspace);
  am_draft_set_parameter (draft, (guint)am_method_get_ratio (am_draft_get_method (draft)), 0, 0.3);
  card = am_card_new (demo.workspace);
  g_assert_cmpstr (card->method, ==, "Weighted sum");
  g_assert_nonnull (strstr (card->parameters, "Alpha 0.3"));
  g_assert_cmpuint (card->models->len, ==, 2);
  g_assert_cmpstr (g_ptr_array_index (card->models, 0), ==, "base");
  g_assert_cmpstr (g_ptr_array_index (card->letters, 1), ==, "B");
  g_assert_cmpuint (card->bars->len, >=, 26);
  g_assert_cmpfloat_with_epsilon (g_array_index (card->bars, AmCardBar, 5).value, 0.3, 1e-9);
  demo_workspace_clear (&demo);
}

static guint
count_colours (cairo_surface_t *surface)
{
  g_autoptr (GHashTable) colours = g_hash_table_new (NULL, NULL);
  const guint32 *pixels = (const guint32 *)(gpointer)cairo_image_surface_get_data (surface);

  for (gsize i = 0; i < AM_CARD_WIDTH * AM_CARD_HEIGHT; i++)
    g_hash_table_add (colours, GUINT_TO_POINTER (pixels[i] & 0xffffff));
  return g_hash_table_size (colours);
}

static void
save_drawing (const AmCard *card, gboolean is_dark, const char *name)
{
  cairo_surface_t *surface = am_card_draw (card, is_dark);
  const char *folder = g_getenv ("AMALGAM_SCREENSHOTS");
  g_autofree char *path = folder != NULL ? g_strdup_printf ("%s/%s.png", folder, name) : NULL;

  g_assert_cmpint (cairo_image_surface_get_width (surface), ==, AM_CARD_WIDTH);
  g_assert_cmpuint (count_colours (surface), >, 500);
  if (path != NULL && g_mkdir_with_parents (folder, 0755) == 0)
    g_assert_true (am_card_write (surface, path, NULL, NULL));
  cairo_surface_destroy (surface);
}

/* Every method there is, in both schemes, with and without blocks. */
static void
test_draws_all_methods (void)
{
  DemoWorkspace demo;
  AmDraft *draft;

  demo_workspace_init (&demo);
  draft = am_workspace_get_draft (demo.workspace);
  for (guint i = 0; i < am_method_get_count (); i++)
    {
      g_autoptr (AmCard) card = NULL;
      cairo_surface_t *surface;

      am_draft_set_method (draft, am_method_get (i)->id);
      card = am_card_new (demo.workspace);
      surface = am_card_draw (card, i % 2 == 0);
      g_assert_cmpuint (count_colours (surface), >, 500);
      cairo_surface_destroy (surface);
    }
  demo_workspace_clear (&demo);
}

static void
add_preview (const char *model, guint32 first, guint32 second)
{
  g_autofree char *stem = g_strndup (model, strlen (model) - strlen (".safetensors"));
  g_autofree char *path = g_strconcat (stem, ".preview.png", NULL);
  g_autofree guint8 *rgba = g_malloc (256 * 256 * 4);

  for (guint i = 0; i < 256 * 256; i++)
    {
      guint32 colour = ((i / 256 / 32) + (i % 256 / 32)) % 2 == 0 ? first : second;

      rgba[4 * i] = (guint8)(colour >> 16);
      rgba[4 * i + 1] = (guint8)(colour >> 8);
      rgba[4 * i + 2] = (guint8)colour;
      rgba[4 * i + 3] = 0xff;
    }
  g_assert_true (am_picture_write_png (256, 256, rgba, path, NULL, NULL));
}

static gboolean
is_read (gpointer item)
{
  return am_library_item_get_state (item) != AM_ITEM_READING;
}

static void
test_shows_previews (void)
{
  DemoWorkspace demo;
  g_autoptr (AmCard) card = NULL;
  g_autoptr (AmLibraryItem) a = NULL, b = NULL;
  GError *failure = NULL;

  demo_workspace_init (&demo);
  add_preview (demo.a, 0x3366cc, 0x99bbee);
  add_preview (demo.b, 0xcc6633, 0xeecc99);
  am_block_values_apply_preset (am_draft_get_block_values (am_workspace_get_draft (demo.workspace), 0),
                                (guint)am_preset_find ("GRAD_V"), G_MAXUINT, 0, &failure);
  g_assert_no_error (failure);
  a = am_library_dup_item (am_workspace_get_library (demo.workspace), demo.a);
  b = am_library_dup_item (am_workspace_get_library (demo.workspace), demo.b);
  desktop_test_wait (is_read, a);
  desktop_test_wait (is_read, b);
  card = am_card_new (demo.workspace);
  g_assert_cmpuint (card->pictures->len, ==, 2);
  save_drawing (card, TRUE, "recipe-card-dark");
  save_drawing (card, FALSE, "recipe-card-light");
  g_ptr_array_set_size (card->pictures, 0);
  save_drawing (card, TRUE, "recipe-card-no-pictures");
  demo_workspace_clear (&demo);
}

/* Digests of files written a moment ago are not remembered. */
static void
make_old (const char *path)
{
  struct utimbuf times = { .actime = 1700000000, .modtime = 1700000000 };

  g_assert_cmpint (g_utime (path, &times), ==, 0);
}

/* With names and digests instead of folders, as cards are shared. */
static void
test_hides_and_finds_paths (void)
{
  DemoWorkspace demo;
  g_autoptr (GPtrArray) recipes = NULL;
  g_autoptr (GPtrArray) missing = NULL;
  AmRecipeModel *model;
  GError *failure = NULL;

  demo_workspace_init (&demo);
  make_old (demo.a);
  make_old (demo.b);
  recipes = am_draft_dup_recipes (am_workspace_get_draft (demo.workspace));
  am_recipe_paths_hide (recipes, NULL, &failure);
  g_assert_no_error (failure);
  model = g_ptr_array_index (((AmRecipe *)g_ptr_array_index (recipes, 0))->models, 1);
  g_assert_cmpstr (model->path, ==, "style.safetensors");
  g_assert_cmpuint (strlen (model->sha256), ==, 64);

  /* The digest finds it from anywhere. */
  missing = am_recipe_paths_find (recipes, "/", NULL);
  g_assert_cmpuint (missing->len, ==, 0);
  g_assert_cmpstr (model->path, ==, demo.b);
  demo_workspace_clear (&demo);
}

/* The model to align to goes the way of the others; a description of the network, which has no digest, is
 * looked for beside the recipe. */
static void
test_hides_and_finds_alignment (void)
{
  DemoWorkspace demo;
  AmDraft *draft;
  AmAlignSettings *align;
  g_autoptr (GPtrArray) recipes = NULL, missing = NULL, missing_again = NULL;
  g_autofree char *network = NULL;
  GError *failure = NULL;

  demo_workspace_init (&demo);
  make_old (demo.a);
  make_old (demo.b);
  network = g_build_filename (demo.folder, "network.yaml", NULL);
  g_assert_true (g_file_set_contents (network, "name: x\n", -1, NULL));
  draft = am_workspace_get_draft (demo.workspace);
  am_draft_set_align_target (draft, AM_ALIGN_TO_FILE, demo.b);
  am_draft_begin (draft, NULL)->align->architecture = g_strdup (network);
  am_draft_end (draft);
  recipes = am_draft_dup_recipes (draft);
  am_recipe_paths_hide (recipes, NULL, &failure);
  g_assert_no_error (failure);
  align = ((AmRecipe *)g_ptr_array_index (recipes, 0))->align;
  g_assert_cmpstr (align->file, ==, "style.safetensors");
  g_assert_cmpuint (strlen (align->sha256), ==, 64);
  g_assert_cmpstr (align->architecture, ==, "network.yaml");

  missing = am_recipe_paths_find (recipes, "/", NULL);
  g_assert_cmpuint (missing->len, ==, 1);
  g_assert_cmpstr (g_ptr_array_index (missing, 0), ==, "network.yaml");
  g_assert_cmpstr (align->file, ==, demo.b);
  missing_again = am_recipe_paths_find (recipes, demo.folder, NULL);
  g_assert_cmpuint (missing_again->len, ==, 0);
  g_assert_cmpstr (align->architecture, ==, network);
  demo_workspace_clear (&demo);
}

static void
test_says_what_is_aligned (void)
{
  DemoWorkspace demo;
  AmDraft *draft;
  g_autoptr (AmCard) plain = NULL, to_first = NULL, to_mean = NULL, to_file = NULL;

  demo_workspace_init (&demo);
  draft = am_workspace_get_draft (demo.workspace);
  plain = am_card_new (demo.workspace);
  g_assert_null (strstr (plain->parameters, "aligned"));
  am_draft_set_aligns (draft, TRUE);
  to_first = am_card_new (demo.workspace);
  g_assert_nonnull (strstr (to_first->parameters, "aligned to A"));
  am_draft_set_align_target (draft, AM_ALIGN_TO_MEAN, NULL);
  to_mean = am_card_new (demo.workspace);
  g_assert_nonnull (strstr (to_mean->parameters, "aligned to the mean"));
  am_draft_set_align_target (draft, AM_ALIGN_TO_FILE, "/m/other.safetensors");
  to_file = am_card_new (demo.workspace);
  g_assert_nonnull (strstr (to_file->parameters, "aligned to other"));
  demo_workspace_clear (&demo);
}

static void
test_tells_missing (void)
{
  DemoWorkspace demo;
  g_autoptr (GPtrArray) recipes = NULL;
  g_autoptr (GPtrArray) missing = NULL;
  g_autoptr (GPtrArray) missing_again = NULL;
  AmRecipe *recipe;

  demo_workspace_init (&demo);
  recipes = am_recipes_parse ("merge_method: linear\nmodels:\n  - model: base.safetensors\n"
                              "  - model: nowhere.safetensors\n  - model: nowhere.safetensors\n",
                              -1, "test", NULL);
  missing = am_recipe_paths_find (recipes, demo.folder, NULL);
  g_assert_cmpuint (missing->len, ==, 1);
  g_assert_cmpstr (g_ptr_array_index (missing, 0), ==, "nowhere.safetensors");
  recipe = g_ptr_array_index (recipes, 0);
  g_assert_cmpstr (((AmRecipeModel *)g_ptr_array_index (recipe->models, 0))->path, ==, demo.a);
  demo_workspace_clear (&demo);

  missing_again = am_recipe_paths_find (recipes, NULL, NULL);
  g_assert_cmpuint (missing_again->len, ==, 2);
}

static gboolean
is_there (gpointer path)
{
  return g_file_test (path, G_FILE_TEST_EXISTS);
}

static void
test_dialog_exports (void)
{
  DemoWorkspace demo;
  AmCardDialog *dialog;
  g_autofree char *path = NULL;
  g_autoptr (GPtrArray) recipes = NULL;
  AmRecipeModel *model;
  GError *failure = NULL;

  demo_workspace_init (&demo);
  path = g_build_filename (demo.folder, "shared.png", NULL);
  dialog = am_card_dialog_new (demo.workspace);
  gtk_window_present (GTK_WINDOW (dialog));
  gtk_test_widget_wait_for_draw (GTK_WIDGET (dialog));
  desktop_test_save_picture (GTK_WIDGET (dialog), "card-dialog");
  am_card_dialog_export (dialog, path);
  desktop_test_wait (is_there, path);
  desktop_test_settle ();
  recipes = am_recipes_load (path, &failure);
  g_assert_no_error (failure);
  model = g_ptr_array_index (((AmRecipe *)g_ptr_array_index (recipes, 0))->models, 0);
  g_assert_cmpstr (model->path, ==, "base.safetensors");
  g_assert_nonnull (model->sha256);
  demo_workspace_clear (&demo);
}

int
main (int argc, char **argv)
{
  desktop_test_init (&argc, &argv);

  g_test_add_func ("/card/holds-recipe", test_holds_recipe);
  g_test_add_func ("/card/says-what-is-merged", test_says_what_is_merged);
  g_test_add_func ("/card/draws-all-methods", test_draws_all_methods);
  g_test_add_func ("/card/shows-previews", test_shows_previews);
  g_test_add_func ("/card/hides-and-finds-paths", test_hides_and_finds_paths);
  g_test_add_func ("/card/hides-and-finds-alignment", test_hides_and_finds_alignment);
  g_test_add_func ("/card/says-what-is-aligned", test_says_what_is_aligned);
  g_test_add_func ("/card/tells-missing", test_tells_missing);
  g_test_add_func ("/card/dialog-exports", test_dialog_exports);
  return g_test_run ();
}
