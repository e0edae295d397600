/* Whether a config.json is believed to speak of the model beside it. */
#include "fixture-checkpoint.h"
#include "graph/description.h"

static void
touch (const char *folder, const char *name, const char *content)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  g_assert_true (g_file_set_contents (path, content, -1, NULL));
}

static gboolean
is_believed (const char *folder, const char *name)
{
  g_autofree char *path = name != NULL ? g_build_filename (folder, name, NULL) : g_strdup (folder);
  AmModelConfig *config = am_model_config_new (path, NULL);
  double number = 0;
  gboolean found = am_model_config_find (config, "heads", &number);

  g_assert_cmpfloat (number, ==, found ? 4.0 : 0.0);
  am_model_config_free (config);
  return found;
}

static void
test_whose (void)
{
  g_autofree char *folder = fixture_new_folder ();

  touch (folder, "config.json", "{\"heads\": 4}");
  touch (folder, "a.safetensors", "");
  touch (folder, "a.png", "");
  g_assert_true (is_believed (folder, "a.safetensors"));
  g_assert_true (is_believed (folder, NULL));
  /* Among several models nobody knows whose it is, unless the name says so. */
  touch (folder, "model.safetensors", "");
  g_assert_false (is_believed (folder, "a.safetensors"));
  g_assert_true (is_believed (folder, "model.safetensors"));
  g_assert_true (is_believed (folder, "model.safetensors.index.json"));
  g_assert_true (is_believed (folder, NULL));
  fixture_remove_folder (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/model-config/whose", test_whose);
  return g_test_run ();
}
