#include <glib.h>
#include <string.h>

#include "kernels/philox.h"

/* Known answers published with the generator. */
static void
test_known_answers (void)
{
  static const struct
  {
    guint32 counter[4], key[2], words[4];
  } known[] = {
    { { 0, 0, 0, 0 }, { 0, 0 }, { 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8 } },
    { { 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff },
      { 0xffffffff, 0xffffffff },
      { 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd } },
    { { 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344 },
      { 0xa4093822, 0x299f31d0 },
      { 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1 } },
  };

  for (guint i = 0; i < G_N_ELEMENTS (known); i++)
    {
      guint32 words[4];

      am_philox_block (words, known[i].counter, known[i].key);
      g_assert_cmpmem (words, sizeof words, known[i].words, sizeof words);
    }
}

/* Any range of words is the same part of the whole, across the point where the counter carries too. */
static void
test_random_access (void)
{
  const guint32 key[2] = { 1, 2 };
  const guint64 start = (G_GUINT64_CONSTANT (1) << 34) - 50;
  guint32 whole[100], part[100], block[4];

  am_philox_words (whole, key, 7, start, 100);
  for (guint first = 0; first < 100; first += 3)
    for (guint n = 1; n <= 100 - first; n += 5)
      {
        am_philox_words (part, key, 7, start + first, n);
        g_assert_cmpmem (part, n * 4, whole + first, n * 4);
      }
  am_philox_block (block, (guint32[4]){ 0, 1, 7, 0 }, key);
  g_assert_cmpmem (whole + 50, 16, block, 16);
}

static void
test_key_depends_on_everything (void)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  const char *const names[] = { "", "a", "b", "ab", "ba", "aa", "model.weight", "model.bias" };
  guint32 key[2], again[2];
  guint n = 0;

  for (guint64 seed = 0; seed < 8; seed++)
    for (guint32 model = 0; model < 8; model++)
      for (guint i = 0; i < G_N_ELEMENTS (names); i++, n++)
        {
          gint64 *id = g_new (gint64, 1);

          am_philox_key (key, seed, model, names[i]);
          am_philox_key (again, seed, model, names[i]);
          g_assert_cmpmem (key, sizeof key, again, sizeof again);
          memcpy (id, key, sizeof key);
          g_hash_table_add (seen, id);
        }
  g_assert_cmpuint (g_hash_table_size (seen), ==, n);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/kernels/philox/known-answers", test_known_answers);
  g_test_add_func ("/kernels/philox/random-access", test_random_access);
  g_test_add_func ("/kernels/philox/key", test_key_depends_on_everything);
  return g_test_run ();
}
