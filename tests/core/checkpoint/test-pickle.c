#include "checkpoint/pickle.h"

#include <string.h>

#include "torch-builder.h"

static AmPickle *
parse (const char *bytes, gsize length, GError **error)
{
  gsize used = 0;
  gboolean truncated;

  return am_pickle_parse ((const guint8 *)bytes, length, "t.pkl", &used, &truncated, error);
}

static AmPickle *
parse_good (const char *bytes, gsize length)
{
  g_autoptr (GError) error = NULL;
  AmPickle *pickle = parse (bytes, length, &error);

  g_assert_no_error (error);
  g_assert_nonnull (pickle);
  return pickle;
}

static void
test_values (void)
{
  static const struct
  {
    const char *bytes;
    gsize length;
    AmPickleKind kind;
    gint64 integer;
  } cases[] = {
    { BYTES ("\x80\x02N."), AM_PICKLE_NONE, 0 },
    { BYTES ("\x80\x02\x88."), AM_PICKLE_BOOL, 1 },
    { BYTES ("\x80\x02\x89."), AM_PICKLE_BOOL, 0 },
    { BYTES ("\x80\x02K\xff."), AM_PICKLE_INT, 255 },
    { BYTES ("\x80\x02M\xff\xff."), AM_PICKLE_INT, 65535 },
    { BYTES ("\x80\x02J\xff\xff\xff\xff."), AM_PICKLE_INT, -1 },
    { BYTES ("\x80\x02J\x00\x00\x00\x80."), AM_PICKLE_INT, G_MININT32 },
    { BYTES ("\x80\x02\x8a\x00."), AM_PICKLE_INT, 0 },
    { BYTES ("\x80\x02\x8a\x01\xff."), AM_PICKLE_INT, -1 },
    { BYTES ("\x80\x02\x8a\x02\xff\x00."), AM_PICKLE_INT, 255 },
    { BYTES ("\x80\x02\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f."), AM_PICKLE_INT, G_MAXINT64 },
    { BYTES ("\x80\x02\x8b\x02\x00\x00\x00\x00\x80."), AM_PICKLE_INT, -32768 },
    { BYTES ("\x80\x05N\x30K\x07."), AM_PICKLE_INT, 7 },
    { BYTES ("\x80\x05(NNN1K\x08."), AM_PICKLE_INT, 8 },
    { BYTES ("\x80\x02}q\x00\x30K\x01h\x00\x86\x85\x30K\x09."), AM_PICKLE_INT, 9 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (AmPickle) pickle = parse_good (cases[i].bytes, cases[i].length);
      const AmPickleNode *root = am_pickle_get_root (pickle);
      g_assert_cmpint (root->kind, ==, cases[i].kind);
      if (root->kind == AM_PICKLE_INT || root->kind == AM_PICKLE_BOOL)
        g_assert_cmpint (root->integer, ==, cases[i].integer);
    }
}

static void
test_float_and_long (void)
{
  g_autoptr (AmPickle) real = parse_good (BYTES ("\x80\x02G\xc0\x04\x00\x00\x00\x00\x00\x00."));
  g_autoptr (AmPickle) wide = parse_good (BYTES ("\x80\x02\x8a\x09\x01\x02\x03\x04\x05\x06\x07\x08\x09."));

  g_assert_cmpfloat (am_pickle_get_root (real)->real, ==, -2.5);
  g_assert_cmpint (am_pickle_get_root (wide)->kind, ==, AM_PICKLE_LONG);
  g_assert_cmpmem (am_pickle_get_root (wide)->string.text, am_pickle_get_root (wide)->string.length,
                   "\x01\x02\x03\x04\x05\x06\x07\x08\x09", 9);
}

/* Every way a string or a bytes object can be written. */
static void
test_strings (void)
{
  static const struct
  {
    const char *bytes;
    gsize length;
  } cases[] = {
    { BYTES ("\x80\x02X\x02\x00\x00\x00hi.") },
    { BYTES ("\x80\x02U\x02hi.") },
    { BYTES ("\x80\x02T\x02\x00\x00\x00hi.") },
    { BYTES ("\x80\x03"
             "C\x02hi.") },
    { BYTES ("\x80\x03"
             "B\x02\x00\x00\x00hi.") },
    { BYTES ("\x80\x04\x95\x05\x00\x00\x00\x00\x00\x00\x00\x8c\x02hi.") },
    { BYTES ("\x80\x04\x8d\x02\x00\x00\x00\x00\x00\x00\x00hi.") },
    { BYTES ("\x80\x04\x8e\x02\x00\x00\x00\x00\x00\x00\x00hi.") },
    { BYTES ("\x80\x05\x96\x02\x00\x00\x00\x00\x00\x00\x00hi.") },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (AmPickle) pickle = parse_good (cases[i].bytes, cases[i].length);
      g_assert_true (am_pickle_is_text (am_pickle_get_root (pickle), "hi"));
    }
}

static void
test_dictionaries (void)
{
  static const struct
  {
    const char *bytes;
    gsize length;
  } cases[] = {
    { BYTES ("\x80\x02}U\x01"
             "aK\x01s.") },
    { BYTES ("\x80\x02}(U\x01zNU\x01"
             "aK\x01u.") },
    { BYTES ("\x80\x02"
             "ccollections\nOrderedDict\n)R(U\x01"
             "aK\x01u.") },
    { BYTES ("\x80\x02"
             "ccollections\nOrderedDict\n](](U\x01"
             "aK\x01"
             "eU\x01z\x4e\x86"
             "e\x85R.") },
    { BYTES ("\x80\x02"
             "ccollections\nOrderedDict\n}U\x01"
             "aK\x01s\x85R.") },
    { BYTES ("\x80\x02"
             "ccollections\ndefaultdict\nc__builtin__\nlist\n\x85RU\x01"
             "aK\x01s.") },
    { BYTES ("\x80\x04\x8c\x0b"
             "collections\x94\x8c\x0bOrderedDict\x94\x93)R\x94(\x8c\x01"
             "aK\x01u.") },
    { BYTES ("\x80\x02}(U\x01"
             "aK\x05U\x01"
             "aK\x01u.") },
    { BYTES ("\x80\x02"
             "ccollections\nOrderedDict\n)RU\x01"
             "aK\x01s}U\x09_metadataNsb.") },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (AmPickle) pickle = parse_good (cases[i].bytes, cases[i].length);
      const AmPickleNode *value = am_pickle_lookup (am_pickle_get_root (pickle), "a");
      g_assert_nonnull (value);
      g_assert_cmpint (value->integer, ==, 1);
      g_assert_null (am_pickle_lookup (am_pickle_get_root (pickle), "b"));
    }
}

/* Growing one of two dictionaries that began with the same pairs must not show in the other. */
static void
test_copied_dictionary_is_apart (void)
{
  g_autoptr (AmPickle) pickle = parse_good (BYTES ("\x80\x02(}q\x00U\x01"
                                                   "aK\x01s"
                                                   "ccollections\nOrderedDict\nh\x00\x85RU\x01"
                                                   "bK\x02s"
                                                   "h\x00U\x01"
                                                   "cK\x03st."));
  AmPickleNode *const *items;
  gsize n;

  items = am_pickle_get_tuple (am_pickle_get_root (pickle), 3, &n);
  g_assert_cmpuint (n, ==, 3);
  g_assert_nonnull (am_pickle_lookup (items[1], "b"));
  g_assert_null (am_pickle_lookup (items[1], "c"));
  g_assert_nonnull (am_pickle_lookup (items[0], "c"));
  g_assert_null (am_pickle_lookup (items[0], "b"));
}

/* Programs hidden in pickles come out as names. */
static void
test_calls_are_only_names (void)
{
  static const struct
  {
    const char *bytes;
    gsize length;
    const char *global;
  } cases[] = {
    { BYTES ("\x80\x02"
             "cposix\nsystem\nU\x02id\x85R."),
      "posix.system" },
    { BYTES ("\x80\x02"
             "cos\nsystem\nU\x02id\x85R."),
      "os.system" },
    { BYTES ("\x80\x02"
             "c__builtin__\neval\nU\x0bprint(1+1) \x85R."),
      "__builtin__.eval" },
    { BYTES ("\x80\x04\x8c\x08"
             "builtins\x94\x8c\x04"
             "exec\x94\x93\x8c\x01x\x85R."),
      "builtins.exec" },
    { BYTES ("\x80\x04\x8c\x02os\x94\x8c\x06system\x94h\x00h\x01\x93\x8c\x01x\x85R\x30\x30\x30N."),
      "os.system" },
    { BYTES ("\x80\x02"
             "coperator\nattrgetter\nU\x06system\x85R"
             "cos\nos\n\x85RU\x02id\x85R."),
      "operator.attrgetter" },
    { BYTES ("\x80\x02"
             "cbuiltins\ngetattr\n"
             "cos\nos\nU\x06system\x86RU\x02id\x85R."),
      "builtins.getattr" },
    { BYTES ("\x80\x02"
             "csubprocess\nPopen\n)\x81}U\x04"
             "argsU\x02ids"
             "b."),
      "subprocess.Popen" },
    { BYTES ("\x80\x04"
             "csubprocess\nPopen\n)}U\x04"
             "argsU\x02ids\x92."),
      "subprocess.Popen" },
    { BYTES ("\x80\x02"
             "cposix\nsystem\nU\x02id\x85RU\x01"
             "aK\x01s."),
      "posix.system" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (AmPickle) pickle = parse_good (cases[i].bytes, cases[i].length);
      const GPtrArray *globals = am_pickle_get_globals (pickle);
      const AmPickleNode *first = g_ptr_array_index (globals, 0);
      const AmPickleNode *root = am_pickle_get_root (pickle);
      g_assert_cmpstr (first->global, ==, cases[i].global);
      g_assert_true (root->kind == AM_PICKLE_CALL || root->kind == AM_PICKLE_NONE);
    }
}

static void
test_persistent_ids (void)
{
  g_autoptr (AmPickle) pickle = parse_good (BYTES ("\x80\x02(U\x01xQ\x4eQt."));
  const GPtrArray *ids = am_pickle_get_persistent (pickle);

  g_assert_cmpuint (ids->len, ==, 2);
  g_assert_true (am_pickle_is_text (((AmPickleNode *)g_ptr_array_index (ids, 0))->id, "x"));
}

static void
test_size_tuples (void)
{
  g_autoptr (AmPickle) pickle = parse_good (BYTES ("\x80\x02"
                                                   "ctorch\nSize\nK\x02K\x03\x86\x85R."));
  g_autoptr (AmPickle) empty = parse_good (BYTES ("\x80\x02)."));
  AmPickleNode *const *items;
  guint64 value;
  gsize n;

  items = am_pickle_get_tuple (am_pickle_get_root (pickle), 2, &n);
  g_assert_nonnull (items);
  g_assert_cmpuint (n, ==, 2);
  g_assert_true (am_pickle_get_size (items[1], &value));
  g_assert_cmpuint (value, ==, 3);
  g_assert_nonnull (am_pickle_get_tuple (am_pickle_get_root (empty), 0, &n));
  g_assert_cmpuint (n, ==, 0);
  g_assert_null (am_pickle_get_tuple (am_pickle_get_root (empty), 1, &n));
}

static void
test_stops_at_stop (void)
{
  const char bytes[] = "\x80\x02N.\x80\x02N.";
  gboolean truncated;
  gsize used;
  g_autoptr (AmPickle) pickle
      = am_pickle_parse ((const guint8 *)bytes, sizeof bytes - 1, "t.pkl", &used, &truncated, NULL);

  g_assert_nonnull (pickle);
  g_assert_cmpuint (used, ==, 4);
  g_assert_false (truncated);
}

/* Sixty lists, each twice in the next: copying would take 2^60 nodes. */
static void
test_nothing_is_copied (void)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  const AmPickleNode *node;

  pickle_begin (bytes);
  put (bytes, BYTES ("]q\x00\x30"));
  for (guint8 i = 0; i < 60; i++)
    {
      const guint8 step[] = { ']', 'q', i + 1, '(', 'h', i, 'h', i, 'e', '0' };
      g_byte_array_append (bytes, step, sizeof step);
    }
  put (bytes, BYTES ("h\x3c."));
  g_autoptr (AmPickle) pickle = parse_good ((const char *)bytes->data, bytes->len);
  node = am_pickle_get_root (pickle);
  for (guint i = 0; i < 60; i++)
    {
      g_assert_cmpuint (node->sequence.n, ==, 2);
      g_assert_true (node->sequence.items[0] == node->sequence.items[1]);
      node = node->sequence.items[0];
    }
  g_assert_cmpuint (node->sequence.n, ==, 0);
}

/* A list may hold itself. */
static void
test_recursion (void)
{
  g_autoptr (AmPickle) pickle = parse_good (BYTES ("\x80\x02]q\x00h\x00"
                                                   "a."));
  const AmPickleNode *root = am_pickle_get_root (pickle);

  g_assert_true (root->sequence.items[0] == root);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/pickle/values", test_values);
  g_test_add_func ("/pickle/float-and-long", test_float_and_long);
  g_test_add_func ("/pickle/strings", test_strings);
  g_test_add_func ("/pickle/dictionaries", test_dictionaries);
  g_test_add_func ("/pickle/copied-dictionary-is-apart", test_copied_dictionary_is_apart);
  g_test_add_func ("/pickle/calls-are-only-names", test_calls_are_only_names);
  g_test_add_func ("/pickle/persistent-ids", test_persistent_ids);
  g_test_add_func ("/pickle/size-tuples", test_size_tuples);
  g_test_add_func ("/pickle/stops-at-stop", test_stops_at_stop);
  g_test_add_func ("/pickle/nothing-is-copied", test_nothing_is_copied);
  g_test_add_func ("/pickle/recursion", test_recursion);
  return g_test_run ();
}
