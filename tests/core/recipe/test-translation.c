/* Errors that core puts together are in the front end's language, where it has one. */
#include "base/text.h"
#include "recipe/recipe.h"

static const char *
translate (const char *one, const char *many, gulong n)
{
  if (many != NULL)
    return n == 1 ? "ein Tensor" : "viele Tensoren";
  return g_str_equal (one, "'%s' is not a number (number %u of the block weights)")
             ? "Nummer %2$u ist keine Zahl: '%1$s'"
             : one;
}

static char *
dup_error (const char *text)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (am_block_weights_parse (text, &error));
  return g_strdup (error->message);
}

static void
test_english (void)
{
  g_autofree char *message = dup_error ("0.5, x");

  g_assert_cmpstr (message, ==, "'x' is not a number (number 2 of the block weights)");
  g_assert_cmpstr (am_translate_plural ("one tensor", "many tensors", 1), ==, "one tensor");
  g_assert_cmpstr (am_translate_plural ("one tensor", "many tensors", 0), ==, "many tensors");
}

static void
test_another_language (void)
{
  g_autofree char *message = NULL;

  am_set_translate (translate);
  message = dup_error ("0.5, x");
  g_assert_cmpstr (message, ==, "Nummer 2 ist keine Zahl: 'x'");
  g_assert_cmpstr (am_translate ("text"), ==, "text");
  g_assert_cmpstr (am_translate_plural ("one tensor", "many tensors", 1), ==, "ein Tensor");
  g_assert_cmpstr (am_translate_plural ("one tensor", "many tensors", 2), ==, "viele Tensoren");
  am_set_translate (NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/translation/english", test_english);
  g_test_add_func ("/translation/another-language", test_another_language);
  return g_test_run ();
}
