#include "checkpoint/shard-index.h"

#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "checkpoint/checkpoint.h"
#include "checkpoint/json-check.h"
#include "fixture-checkpoint.h"

typedef struct
{
  const char *name;
  const char *text;
  gsize size;       /* 0: strlen() */
  const char *word; /* in the error, or %NULL when accepted */
} Case;

#define BYTES(text) text, sizeof (text) - 1
#define TEXT(text) text, 0
#define MAP(members) "{\"weight_map\":{" members "}}"

static const Case cases[] = {
  { "plain", TEXT (MAP ("\"a\":\"m-1.safetensors\"")), NULL },
  { "two dots in the name", TEXT (MAP ("\"a\":\"m..safetensors\"")), NULL },
  { "with size", TEXT ("{\"metadata\":{\"total_size\":16},\"weight_map\":{\"a\":\"x\"}}"), NULL },
  { "size a float", TEXT ("{\"metadata\":{\"total_size\":1.6e1},\"weight_map\":{\"a\":\"x\"}}"), NULL },
  { "size huge",
    TEXT ("{\"metadata\":{\"total_size\":99999999999999999999999},\"weight_map\":{\"a\":\"x\"}}"), NULL },
  { "size a string", TEXT ("{\"metadata\":{\"total_size\":\"16\"},\"weight_map\":{\"a\":\"x\"}}"), NULL },
  { "metadata null", TEXT ("{\"metadata\":null,\"weight_map\":{\"a\":\"x\"}}"), NULL },
  { "other members", TEXT ("{\"weight_map\":{\"a\":\"x\"},\"z\":[1,{\"y\":[]}]}\n"), NULL },

  { "empty", TEXT (""), "ends early" },
  { "no map", TEXT ("{}"), "weight_map" },
  { "error message of a server", TEXT ("{\"error\":\"Not Found\"}"), "weight_map" },
  { "array", TEXT ("[]"), "weight_map" },
  { "map an array", TEXT ("{\"weight_map\":[]}"), "no object" },
  { "map null", TEXT ("{\"weight_map\":null}"), "no object" },
  { "map empty", TEXT (MAP ("")), "names no tensors" },
  { "shard a number", TEXT (MAP ("\"a\":1")), "no file name" },
  { "shard null", TEXT (MAP ("\"a\":null")), "no file name" },
  { "shard an object", TEXT (MAP ("\"a\":{}")), "no file name" },
  { "shard empty", TEXT (MAP ("\"a\":\"\"")), "plain file name" },
  { "shard above", TEXT (MAP ("\"a\":\"../x.safetensors\"")), "plain file name" },
  { "shard absolute", TEXT (MAP ("\"a\":\"/etc/passwd\"")), "plain file name" },
  { "shard below", TEXT (MAP ("\"a\":\"sub/x.safetensors\"")), "plain file name" },
  { "shard with backslash", TEXT (MAP ("\"a\":\"..\\\\x\"")), "plain file name" },
  { "shard dot", TEXT (MAP ("\"a\":\".\"")), "plain file name" },
  { "shard dots", TEXT (MAP ("\"a\":\"..\"")), "plain file name" },
  { "shard by escape", TEXT (MAP ("\"a\":\"\\u002e\\u002e\\u002fx\"")), "plain file name" },
  { "shard with NUL", TEXT (MAP ("\"a\":\"x\\u0000y\"")), "NUL" },
  { "tensor twice", TEXT (MAP ("\"a\":\"x\",\"a\":\"y\"")), "twice" },
  { "map twice", TEXT ("{\"weight_map\":{\"a\":\"x\"},\"weight_map\":{\"a\":\"y\"}}"), "twice" },
  { "trailing comma", TEXT (MAP ("\"a\":\"x\",")), "in quotes" },
  { "comment", TEXT ("// c\n" MAP ("\"a\":\"x\"")), "a value should" },
  { "assignment", TEXT ("var a = " MAP ("\"a\":\"x\"")), "a value should" },
  { "single quotes", TEXT ("{'weight_map':{}}"), "in quotes" },
  { "garbage behind", TEXT (MAP ("\"a\":\"x\"") "x"), "follows" },
  { "cut", TEXT ("{\"weight_map\":{\"a\":\"x"), "ends early" },
  { "cut in an escape", TEXT ("{\"weight_map\":{\"a\":\"\\"), "ends early" },
  { "bare NUL", BYTES ("{\"weight_map\":{\"a\":\"x\0\"}}"), "UTF-8" },
  { "bare line break", TEXT (MAP ("\"a\":\"x\ny\"")), "control character" },
  { "not UTF-8", TEXT (MAP ("\"a\xff\":\"x\"")), "UTF-8" },
  { "lone surrogate", TEXT (MAP ("\"\\ud800\":\"x\"")), "surrogate" },
  { "bad escape", TEXT (MAP ("\"\\x\":\"x\"")), "escape" },
  { "short escape", TEXT (MAP ("\"\\u12\":\"x\"")), "hexadecimal" },
  { "leading zero", TEXT ("{\"n\":01,\"weight_map\":{\"a\":\"x\"}}"), "',' or '}'" },
  { "NaN", TEXT ("{\"n\":NaN,\"weight_map\":{\"a\":\"x\"}}"), "a value should" },
  { "no fraction", TEXT ("{\"n\":1.,\"weight_map\":{\"a\":\"x\"}}"), "digit" },
  { "no exponent", TEXT ("{\"n\":1e+,\"weight_map\":{\"a\":\"x\"}}"), "digit" },
};

static AmShardIndex *
parse (const char *text, gsize size, GError **error)
{
  /* Without a NUL behind it, so that the address sanitizer sees a read beyond the end. */
  g_autofree char *copy = g_memdup2 (text, size);

  return am_shard_index_parse (copy, size, "index.json", error);
}

static void
test_case (gconstpointer data)
{
  const Case *c = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (AmShardIndex) index = parse (c->text, c->size > 0 ? c->size : strlen (c->text), &error);

  if (!c->word)
    {
      g_assert_no_error (error);
      g_assert_cmpuint (g_hash_table_size (index->map), ==, 1);
      return;
    }
  g_assert_null (index);
  g_assert_nonnull (error);
  g_assert_true (g_str_has_prefix (error->message, "index.json: "));
  if (!strstr (error->message, c->word))
    g_test_message ("message: %s", error->message);
  g_assert_nonnull (strstr (error->message, c->word));
}

static void
test_depth (void)
{
  for (guint depth = 20; depth < 100000; depth = depth * 40)
    {
      g_autofree char *open = g_strnfill (depth, '[');
      g_autofree char *close = g_strnfill (depth, ']');
      g_autofree char *text = g_strdup_printf ("{\"x\":%s%s,\"weight_map\":{\"a\":\"x\"}}", open, close);
      g_autoptr (GError) error = NULL;
      g_autoptr (AmShardIndex) index = parse (text, strlen (text), &error);

      g_assert_true ((index != NULL) == (depth < AM_JSON_MAX_DEPTH));
      if (!index)
        g_assert_nonnull (strstr (error->message, "too deep"));
    }
}

static void
test_contents (void)
{
  static const char text[]
      = "{\"metadata\":{\"total_size\":123},\"weight_map\":{\"b\":\"2\",\"a\":\"1\",\"c\":\"2\"}}";
  g_autoptr (GError) error = NULL;
  g_autoptr (AmShardIndex) index = parse (text, sizeof text - 1, &error);

  g_assert_no_error (error);
  g_assert_cmpint (index->total_size, ==, 123);
  g_assert_cmpuint (index->shards->len, ==, 2);
  g_assert_cmpstr (g_ptr_array_index (index->shards, 0), ==, "1");
  g_assert_cmpstr (g_ptr_array_index (index->shards, 1), ==, "2");
  g_assert_cmpstr (g_hash_table_lookup (index->map, "c"), ==, "2");
}

/* Whatever byte is changed, what comes out is an index of plain names or an error. */
static void
test_flips (void)
{
  static const char text[]
      = "{\"metadata\":{\"total_size\":8},\"weight_map\":{\"a\":\"x-1\",\"b\":\"\\u0041\"}}";

  for (gsize i = 0; i < sizeof text - 1; i++)
    for (guint byte = 0; byte < 256; byte++)
      {
        char copy[sizeof text];
        g_autoptr (GError) error = NULL;
        g_autoptr (AmShardIndex) index = NULL;

        memcpy (copy, text, sizeof text);
        copy[i] = (char)byte;
        index = parse (copy, sizeof text - 1, &error);
        g_assert_true ((index == NULL) == (error != NULL));
        for (guint k = 0; index && k < index->shards->len; k++)
          g_assert_null (strchr (g_ptr_array_index (index->shards, k), '/'));
      }
}

static void
write_shard (const char *folder, const char *name, const char *first, const char *second)
{
  g_autoptr (Fixture) fixture = fixture_new ();

  fixture_set_metadata (fixture, "format", "pt");
  fixture_add_random (fixture, first, AM_DTYPE_F16, "4", g_str_hash (first), 1.0);
  if (second)
    fixture_add_random (fixture, second, AM_DTYPE_F32, "2", g_str_hash (second), 1.0);
  g_free (fixture_write (fixture, folder, name));
}

static char *
write_index (const char *folder, const char *text)
{
  char *path = g_build_filename (folder, "model.safetensors.index.json", NULL);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  return path;
}

#define GOOD_INDEX                                                                                           \
  "{\"metadata\":{\"total_size\":24},\"weight_map\":{\"a\":\"s-1.safetensors\",\"b\":\"s-1.safetensors\","   \
  "\"c\":"                                                                                                   \
  "\"s-2.safetensors\"}}"

static void
check_good (const char *path, const char *index_path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AmCheckpoint) checkpoint = am_checkpoint_open (path, &error);
  float value[4];

  g_assert_no_error (error);
  g_assert_cmpint (am_checkpoint_get_container (checkpoint), ==, AM_CONTAINER_SHARDED);
  g_assert_cmpuint (am_checkpoint_get_n_tensors (checkpoint), ==, 3);
  g_assert_cmpuint (am_checkpoint_get_n_files (checkpoint), ==, 3);
  g_assert_cmpstr (am_checkpoint_get_file (checkpoint, 0), ==, index_path);
  g_assert_null (am_checkpoint_get_notes (checkpoint)[0]);
  g_assert_cmpstr (g_hash_table_lookup (am_checkpoint_get_metadata (checkpoint), "format"), ==, "pt");
  g_assert_true (
      am_checkpoint_read_floats (checkpoint, am_checkpoint_get_tensor (checkpoint, 2), 0, 4, value, &error));
}

static void
test_shards (void)
{
  g_autofree char *folder = fixture_new_folder ();
  g_autofree char *path = write_index (folder, GOOD_INDEX);

  write_shard (folder, "s-1.safetensors", "a", "b");
  write_shard (folder, "s-2.safetensors", "c", NULL);
  check_good (path, path);
  check_good (folder, path);
  fixture_remove_folder (folder);
}

/* How download caches keep shards: links to blobs elsewhere. */
static void
test_symlinks (void)
{
  g_autofree char *folder = fixture_new_folder ();
  g_autofree char *blobs = fixture_new_folder ();
  g_autofree char *path = write_index (folder, GOOD_INDEX);
  g_autofree char *blob = g_build_filename (blobs, "0123", NULL);
  g_autofree char *alias = g_build_filename (folder, "s-2.safetensors", NULL);

  write_shard (folder, "s-1.safetensors", "a", "b");
  write_shard (blobs, "0123", "c", NULL);
  g_assert_cmpint (symlink (blob, alias), ==, 0);
  check_good (folder, path);
  fixture_remove_folder (folder);
  fixture_remove_folder (blobs);
}

static void
check_bad (const char *index_text, const char *second_shard_tensor, const char *word)
{
  g_autofree char *folder = fixture_new_folder ();
  g_autofree char *path = write_index (folder, index_text);
  g_autoptr (GError) error = NULL;

  write_shard (folder, "s-1.safetensors", "a", "b");
  if (second_shard_tensor)
    write_shard (folder, "s-2.safetensors", second_shard_tensor, NULL);
  g_assert_null (am_checkpoint_open (path, &error));
  g_assert_nonnull (strstr (error->message, path));
  if (!strstr (error->message, word))
    g_test_message ("message: %s", error->message);
  g_assert_nonnull (strstr (error->message, word));
  fixture_remove_folder (folder);
}

static void
test_bad_shards (void)
{
  check_bad (GOOD_INDEX, NULL, "s-2.safetensors is missing");
  check_bad (GOOD_INDEX, "d", "\"c\" is not in shard s-2.safetensors");
  check_bad (GOOD_INDEX, "b", "\"b\" is in two shards");
  check_bad (MAP ("\"a\":\"s-2.safetensors\",\"c\":\"s-1.safetensors\""), "c", "different models");
}

static void
test_notes (void)
{
  g_autofree char *folder = fixture_new_folder ();
  g_autofree char *path
      = write_index (folder, "{\"metadata\":{\"total_size\":25},\"weight_map\":{\"a\":\"s-1.safetensors\"}}");
  g_autoptr (GError) error = NULL;
  g_autoptr (AmCheckpoint) checkpoint = NULL;
  const char *const *notes;

  write_shard (folder, "s-1.safetensors", "a", "b");
  checkpoint = am_checkpoint_open (path, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (am_checkpoint_get_n_tensors (checkpoint), ==, 2);
  notes = am_checkpoint_get_notes (checkpoint);
  g_assert_cmpuint (g_strv_length ((GStrv)notes), ==, 2);
  g_assert_nonnull (strstr (notes[0], "1 tensor"));
  g_assert_nonnull (strstr (notes[1], "25 bytes"));
  fixture_remove_folder (folder);
}

/* More shards than the soft limit of open files allows: the limit is raised. */
static void
test_many_shards (void)
{
  const guint n = 60;
  g_autofree char *folder = fixture_new_folder ();
  g_autofree char *path = NULL;
  g_autoptr (GString) text = g_string_new ("{\"weight_map\":{");
  g_autoptr (GError) error = NULL;
  g_autoptr (AmCheckpoint) checkpoint = NULL;
  struct rlimit before, low;

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *tensor = g_strdup_printf ("t%u", i);
      g_autofree char *shard = g_strdup_printf ("s-%u.safetensors", i);

      write_shard (folder, shard, tensor, NULL);
      g_string_append_printf (text, "%s\"%s\":\"%s\"", i > 0 ? "," : "", tensor, shard);
    }
  g_string_append (text, "}}");
  path = write_index (folder, text->str);
  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &before), ==, 0);
  low = before;
  low.rlim_cur = 40;
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &low), ==, 0);
  checkpoint = am_checkpoint_open (path, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (am_checkpoint_get_n_tensors (checkpoint), ==, n);
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &before), ==, 0);
  fixture_remove_folder (folder);
}

/* An index that names itself, or another index, as a shard must not be followed. */
static void
test_index_as_shard (void)
{
  g_autofree char *folder = fixture_new_folder ();
  g_autofree char *path = write_index (folder, MAP ("\"a\":\"model.safetensors.index.json\""));
  g_autoptr (GError) error = NULL;

  g_assert_null (am_checkpoint_open (path, &error));
  g_assert_nonnull (strstr (error->message, "JSON"));
  fixture_remove_folder (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/shard-index/case/%s", cases[i].name);

      g_test_add_data_func (path, &cases[i], test_case);
    }
  g_test_add_func ("/shard-index/depth", test_depth);
  g_test_add_func ("/shard-index/contents", test_contents);
  g_test_add_func ("/shard-index/flips", test_flips);
  g_test_add_func ("/shard-index/shards", test_shards);
  g_test_add_func ("/shard-index/symlinks", test_symlinks);
  g_test_add_func ("/shard-index/bad-shards", test_bad_shards);
  g_test_add_func ("/shard-index/notes", test_notes);
  g_test_add_func ("/shard-index/many-shards", test_many_shards);
  g_test_add_func ("/shard-index/index-as-shard", test_index_as_shard);
  return g_test_run ();
}
