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

typedef struct
{
  const char *bytes;
  gsize length;
  AmError code;
  const char *message;
} Refused;

static const Refused refused[] = {
  { BYTES (""), AM_ERROR_CORRUPT, "no pickle of protocol 2" },
  { BYTES ("\x80"), AM_ERROR_CORRUPT, "no pickle of protocol 2" },
  { BYTES ("I1\n."), AM_ERROR_CORRUPT, "no pickle of protocol 2" },
  { BYTES ("(dp0\n."), AM_ERROR_CORRUPT, "no pickle of protocol 2" },
  { BYTES ("\x80\x02"), AM_ERROR_CORRUPT, "cut short" },
  { BYTES ("\x80\x02N"), AM_ERROR_CORRUPT, "cut short" },
  { BYTES ("\x80\x01N."), AM_ERROR_CORRUPT, "protocol 1" },
  { BYTES ("\x80\x06N."), AM_ERROR_CORRUPT, "protocol 6" },
  { BYTES ("\x80\x02\xffN."), AM_ERROR_CORRUPT, "(0xff) is not an opcode" },
  { BYTES ("\x80\x02(ios\nsystem\n."), AM_ERROR_UNSUPPORTED, "INST" },
  { BYTES ("\x80\x02(cos\nsystem\nU\x02ido."), AM_ERROR_UNSUPPORTED, "OBJ" },
  { BYTES ("\x80\x02N2."), AM_ERROR_UNSUPPORTED, "DUP" },
  { BYTES ("\x80\x02I1\n."), AM_ERROR_UNSUPPORTED, "INT" },
  { BYTES ("\x80\x02L1L\n."), AM_ERROR_UNSUPPORTED, "LONG" },
  { BYTES ("\x80\x02"
           "F1.0\n."),
    AM_ERROR_UNSUPPORTED, "FLOAT" },
  { BYTES ("\x80\x02S'a'\n."), AM_ERROR_UNSUPPORTED, "STRING" },
  { BYTES ("\x80\x02Va\n."), AM_ERROR_UNSUPPORTED, "UNICODE" },
  { BYTES ("\x80\x02Np0\n."), AM_ERROR_UNSUPPORTED, "PUT" },
  { BYTES ("\x80\x02g0\n."), AM_ERROR_UNSUPPORTED, "GET" },
  { BYTES ("\x80\x02(d."), AM_ERROR_UNSUPPORTED, "DICT" },
  { BYTES ("\x80\x02(l."), AM_ERROR_UNSUPPORTED, "LIST" },
  { BYTES ("\x80\x02Pstorage\n."), AM_ERROR_UNSUPPORTED, "PERSID" },
  { BYTES ("\x80\x02\x82\x01."), AM_ERROR_UNSUPPORTED, "EXT1" },
  { BYTES ("\x80\x02\x83\x01\x00."), AM_ERROR_UNSUPPORTED, "EXT2" },
  { BYTES ("\x80\x02\x84\x01\x00\x00\x00."), AM_ERROR_UNSUPPORTED, "EXT4" },
  { BYTES ("\x80\x05\x97."), AM_ERROR_UNSUPPORTED, "NEXT_BUFFER" },
  { BYTES ("\x80\x05N\x98."), AM_ERROR_UNSUPPORTED, "READONLY_BUFFER" },
  { BYTES ("\x80\x02t."), AM_ERROR_CORRUPT, "(TUPLE): needs a MARK" },
  { BYTES ("\x80\x02((t."), AM_ERROR_CORRUPT, "1 values and 1 open MARKs" },
  { BYTES ("\x80\x02]e."), AM_ERROR_CORRUPT, "(APPENDS): needs a MARK" },
  { BYTES ("\x80\x02}u."), AM_ERROR_CORRUPT, "(SETITEMS): needs a MARK" },
  { BYTES ("\x80\x02\x31."), AM_ERROR_CORRUPT, "(POP_MARK): needs a MARK" },
  { BYTES ("\x80\x04\x8f\x90."), AM_ERROR_CORRUPT, "(ADDITEMS): needs a MARK" },
  { BYTES ("\x80\x02."), AM_ERROR_CORRUPT, "0 values and 0 open MARKs" },
  { BYTES ("\x80\x02NN."), AM_ERROR_CORRUPT, "2 values and 0 open MARKs" },
  { BYTES ("\x80\x02(N."), AM_ERROR_CORRUPT, "1 values and 1 open MARKs" },
  { BYTES ("\x80\x02\x30."), AM_ERROR_CORRUPT, "the stack has none" },
  { BYTES ("\x80\x02N(\x30."), AM_ERROR_CORRUPT, "the stack has none" },
  { BYTES ("\x80\x02\x85."), AM_ERROR_CORRUPT, "the stack has fewer" },
  { BYTES ("\x80\x02N\x86."), AM_ERROR_CORRUPT, "the stack has fewer" },
  { BYTES ("\x80\x02NN(N\x87."), AM_ERROR_CORRUPT, "the stack has fewer" },
  { BYTES ("\x80\x02R."), AM_ERROR_CORRUPT, "(REDUCE): takes a value" },
  { BYTES ("\x80\x02)R."), AM_ERROR_CORRUPT, "(REDUCE): takes a value" },
  { BYTES ("\x80\x02"
           "cos\nsystem\nNR."),
    AM_ERROR_CORRUPT, "the arguments of a call are None" },
  { BYTES ("\x80\x02"
           "cos\nsystem\n]\x81."),
    AM_ERROR_CORRUPT, "the arguments of a call are a list" },
  { BYTES ("\x80\x04)}\x92."), AM_ERROR_CORRUPT, "(NEWOBJ_EX): takes a value" },
  { BYTES ("\x80\x02NNa."), AM_ERROR_CORRUPT, "puts items into None" },
  { BYTES ("\x80\x02}Na."), AM_ERROR_CORRUPT, "puts items into a dictionary" },
  { BYTES ("\x80\x02U\x01"
           "aNa."),
    AM_ERROR_CORRUPT, "puts items into a string" },
  { BYTES ("\x80\x02]NNs."), AM_ERROR_CORRUPT, "puts items into a list" },
  { BYTES ("\x80\x02K\x01(NNu."), AM_ERROR_CORRUPT, "puts items into a number" },
  { BYTES ("\x80\x02"
           "cos\nsystem\n(NNu."),
    AM_ERROR_CORRUPT, "puts items into os.system" },
  { BYTES ("\x80\x02)(Ne."), AM_ERROR_CORRUPT, "puts items into a tuple" },
  { BYTES ("\x80\x02}(NNNu."), AM_ERROR_CORRUPT, "a key without a value" },
  { BYTES ("\x80\x04](N\x90."), AM_ERROR_CORRUPT, "puts items into a list" },
  { BYTES ("\x80\x02(NNu."), AM_ERROR_CORRUPT, "the stack has fewer" },
  { BYTES ("\x80\x02K\x01}b."), AM_ERROR_CORRUPT, "gives a state to a number" },
  { BYTES ("\x80\x02}b."), AM_ERROR_CORRUPT, "(BUILD): takes a value" },
  { BYTES ("\x80\x02Q."), AM_ERROR_CORRUPT, "(BINPERSID): takes a value" },
  { BYTES ("\x80\x04K\x01K\x02\x93."), AM_ERROR_CORRUPT, "names a global by a number and a number" },
  { BYTES ("\x80\x04\x8c\x02os\x93."), AM_ERROR_CORRUPT, "(STACK_GLOBAL): takes a value" },
  { BYTES ("\x80\x02"
           "cos\nsystem"),
    AM_ERROR_CORRUPT, "a line does not end" },
  { BYTES ("\x80\x02"
           "c\xff\xfe\nx\n."),
    AM_ERROR_CORRUPT, "is not text" },
  { BYTES ("\x80\x04\x8c\x01\x00\x8c\x01x\x93."), AM_ERROR_CORRUPT, "is not text" },
  { BYTES ("\x80\x02h\x00."), AM_ERROR_CORRUPT, "memo 0 was never set" },
  { BYTES ("\x80\x02j\xff\xff\xff\xff."), AM_ERROR_CORRUPT, "memo 4294967295 was never set" },
  { BYTES ("\x80\x02Nr\xff\xff\xff\xff."), AM_ERROR_CORRUPT, "memo index 4294967295" },
  { BYTES ("\x80\x02q\x00."), AM_ERROR_CORRUPT, "the stack has none" },
  { BYTES ("\x80\x04\x94."), AM_ERROR_CORRUPT, "the stack has none" },
  { BYTES ("\x80\x02X\xff\xff\xff\xffhi."), AM_ERROR_CORRUPT, "cut short" },
  { BYTES ("\x80\x04\x8d\xff\xff\xff\xff\xff\xff\xff\xffhi."), AM_ERROR_CORRUPT, "cut short" },
  { BYTES ("\x80\x04\x8e\xff\xff\xff\xff\xff\xff\xff\x7fhi."), AM_ERROR_CORRUPT, "cut short" },
  { BYTES ("\x80\x02\x8b\xff\xff\xff\x7fhi."), AM_ERROR_CORRUPT, "cut short" },
  { BYTES ("\x80\x02\x8a\xffhi."), AM_ERROR_CORRUPT, "cut short" },
  { BYTES ("\x80\x02G\x00\x00."), AM_ERROR_CORRUPT, "cut short" },
  { BYTES ("\x80\x04\x95\xff\xff\xff\xff\xff\xff\xff\xff."), AM_ERROR_CORRUPT, "frame" },
  { BYTES ("\x80\x02"
           "cposix\nsystem\nU\x02id\x85R\xfe"),
    AM_ERROR_CORRUPT, "is not an opcode" },
};

static void
test_refused (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (AmPickle) pickle = parse (refused[i].bytes, refused[i].length, &error);
      g_assert_null (pickle);
      g_assert_error (error, AM_ERROR, (gint)refused[i].code);
      g_assert_true (g_str_has_prefix (error->message, "t.pkl: "));
      if (strstr (error->message, refused[i].message) == NULL)
        g_error ("case %u: \"%s\" lacks \"%s\"", i, error->message, refused[i].message);
    }
}

static void
test_too_many (void)
{
  static const struct
  {
    char opcode;
    const char *message;
  } cases[] = { { '(', "open MARKs" }, { 'N', "values on the stack" } };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *bytes = g_malloc (1000003);
      memset (bytes, cases[i].opcode, 1000003);
      memcpy (bytes, "\x80\x02", 2);
      g_autoptr (AmPickle) pickle = parse (bytes, 1000003, &error);
      g_assert_null (pickle);
      g_assert_error (error, AM_ERROR, AM_ERROR_CORRUPT);
      g_assert_nonnull (strstr (error->message, cases[i].message));
    }
}

static void
test_long_global (void)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autofree char *name = g_strnfill (2000, 'a');
  g_autoptr (GError) error = NULL;

  pickle_begin (bytes);
  pickle_global (bytes, "os", name);
  put (bytes, ".", 1);
  g_autoptr (AmPickle) pickle = parse ((const char *)bytes->data, bytes->len, &error);
  g_assert_null (pickle);
  g_assert_error (error, AM_ERROR, AM_ERROR_CORRUPT);
}

/* Any prefix of a good pickle is an error that says so. */
static void
test_every_truncation (void)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();

  pickle_begin (bytes);
  put (bytes, "}(", 2);
  pickle_tensor (bytes, "weight", "FloatStorage", "0", 6, 0, "2,3", "3,1");
  put (bytes, "u.", 2);
  for (guint length = 2; length < bytes->len; length++)
    {
      g_autoptr (GError) error = NULL;
      gboolean truncated = FALSE;
      gsize used;
      g_autofree guint8 *copy = g_memdup2 (bytes->data, length);
      g_autoptr (AmPickle) pickle = am_pickle_parse (copy, length, "t.pkl", &used, &truncated, &error);
      g_assert_null (pickle);
      g_assert_true (truncated);
      g_assert_error (error, AM_ERROR, AM_ERROR_CORRUPT);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/pickle-refused/refused", test_refused);
  g_test_add_func ("/pickle-refused/too-many", test_too_many);
  g_test_add_func ("/pickle-refused/long-global", test_long_global);
  g_test_add_func ("/pickle-refused/every-truncation", test_every_truncation);
  return g_test_run ();
}
