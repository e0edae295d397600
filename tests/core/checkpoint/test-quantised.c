#include "checkpoint/checkpoint.h"

#include <math.h>
#include <string.h>

#include "fixture-checkpoint.h"

static char *folder;

static AmCheckpoint *
open_fixture (Fixture *fixture, GError **error)
{
  g_autofree char *path = fixture_write (fixture, folder, "model.safetensors");
  return am_checkpoint_open (path, error);
}

static AmCheckpoint *
open_good (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  AmCheckpoint *checkpoint = open_fixture (fixture, &error);

  g_assert_no_error (error);
  return checkpoint;
}

static void
assert_refused (Fixture *fixture, AmError code, const char *message)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AmCheckpoint) checkpoint = open_fixture (fixture, &error);

  if (checkpoint != NULL)
    g_error ("%s: accepted", message);
  if (strstr (error->message, "model.safetensors: ") == NULL || strstr (error->message, message) == NULL)
    g_error ("\"%s\" lacks \"%s\"", error->message, message);
  g_assert_error (error, AM_ERROR, (gint)code);
}

static const double weights[] = { 0.5, -1, 2, 448 };
static const double scale[] = { 0.25 };

static void
test_scaled (void)
{
  static const char *const suffixes[] = { "scale_weight", "weight_scale" };
  static const char *const inputs[] = { "scale_input", "input_scale" };
  static const char *const shapes[] = { "", "1", "1,1" };

  for (guint i = 0; i < G_N_ELEMENTS (suffixes); i++)
    for (guint s = 0; s < G_N_ELEMENTS (shapes); s++)
      {
        g_autoptr (Fixture) fixture = fixture_new ();
        g_autofree char *scale_name = g_strconcat ("a.", suffixes[i], NULL);
        g_autofree char *input_name = g_strconcat ("a.", inputs[i], NULL);
        guint16 bits[4];
        float values[4];

        fixture_add_values (fixture, scale_name, AM_DTYPE_F32, shapes[s], scale);
        fixture_add_values (fixture, input_name, AM_DTYPE_F32, shapes[s], scale);
        fixture_add_values (fixture, "a.weight", AM_DTYPE_F8_E4M3, "2,2", weights);
        fixture_add_values (fixture, "a.bias", AM_DTYPE_F16, "4", weights);
        fixture_add_values (fixture, "scaled_fp8", AM_DTYPE_F8_E4M3, "0", NULL);
        g_autoptr (AmCheckpoint) checkpoint = open_good (fixture);
        const AmTensor *tensor = am_checkpoint_find (checkpoint, "a.weight", NULL);
        g_assert_cmpuint (am_checkpoint_get_n_tensors (checkpoint), ==, 2);
        g_assert_cmpint (tensor->dtype, ==, AM_DTYPE_BF16);
        g_assert_cmpstr (tensor->stored, ==, "F8_E4M3 scaled");
        g_assert_cmpuint (tensor->size, ==, 8);
        g_assert_true (am_checkpoint_read_floats (checkpoint, tensor, 0, 4, values, NULL));
        for (guint j = 0; j < 4; j++)
          g_assert_cmpfloat (values[j], ==, (float)(weights[j] * 0.25));
        g_assert_true (am_checkpoint_read_bytes (checkpoint, tensor, 0, 8, bits, NULL));
        g_assert_cmphex (GUINT16_FROM_LE (bits[1]), ==, 0xbe80);
        g_assert_nonnull (am_checkpoint_get_notes (checkpoint)[0]);
      }
}

static void
test_e5m2_scaled (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  float value;

  fixture_add_values (fixture, "a.scale_weight", AM_DTYPE_F32, "1", scale);
  fixture_add_values (fixture, "a.weight", AM_DTYPE_F8_E5M2, "3", weights);
  g_autoptr (AmCheckpoint) checkpoint = open_good (fixture);
  const AmTensor *tensor = am_checkpoint_find (checkpoint, "a.weight", NULL);
  g_assert_cmpstr (tensor->stored, ==, "F8_E5M2 scaled");
  g_assert_true (am_checkpoint_read_floats (checkpoint, tensor, 2, 1, &value, NULL));
  g_assert_cmpfloat (value, ==, 0.5);
}

/* Without scales fp8 is a type like any other. */
static void
test_plain_fp8 (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();

  fixture_add_values (fixture, "a.weight", AM_DTYPE_F8_E4M3, "4", weights);
  fixture_add_values (fixture, "a.scale", AM_DTYPE_F32, "1", scale);
  g_autoptr (AmCheckpoint) checkpoint = open_good (fixture);
  const AmTensor *tensor = am_checkpoint_find (checkpoint, "a.weight", NULL);
  g_assert_cmpuint (am_checkpoint_get_n_tensors (checkpoint), ==, 2);
  g_assert_cmpint (tensor->dtype, ==, AM_DTYPE_F8_E4M3);
  g_assert_cmpstr (tensor->stored, ==, "F8_E4M3");
  g_assert_null (am_checkpoint_get_notes (checkpoint)[0]);
}

/* A model may have a parameter of that name beside float weights, or alone. */
static void
test_float_neighbours_stay (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();

  fixture_add_values (fixture, "a.weight", AM_DTYPE_F16, "4", weights);
  fixture_add_values (fixture, "a.weight_scale", AM_DTYPE_F32, "1", scale);
  fixture_add_values (fixture, "a.input_scale", AM_DTYPE_F32, "1", scale);
  fixture_add_values (fixture, "b.scale_weight", AM_DTYPE_F32, "4", weights);
  g_autoptr (AmCheckpoint) checkpoint = open_good (fixture);
  g_assert_cmpuint (am_checkpoint_get_n_tensors (checkpoint), ==, 4);
  g_assert_cmpint (am_checkpoint_find (checkpoint, "a.weight", NULL)->dtype, ==, AM_DTYPE_F16);
}

static void
test_comfy_quant (void)
{
  static const char text[] = "{\"format\": \"float8_e4m3fn\"}";
  g_autofree char *shape = g_strdup_printf ("%zu", sizeof text - 1);
  g_autoptr (Fixture) fixture = fixture_new ();

  fixture_add_bytes (fixture, "a.comfy_quant", AM_DTYPE_U8, shape, text);
  fixture_add_values (fixture, "a.weight_scale", AM_DTYPE_F32, "", scale);
  fixture_add_values (fixture, "a.weight", AM_DTYPE_F8_E4M3, "4", weights);
  g_autoptr (AmCheckpoint) checkpoint = open_good (fixture);
  g_assert_cmpuint (am_checkpoint_get_n_tensors (checkpoint), ==, 1);
  g_assert_cmpstr (am_checkpoint_get_tensor (checkpoint, 0)->stored, ==, "F8_E4M3 scaled");
}

static void
test_comfy_quant_refused (void)
{
  static const char *const texts[] = {
    "{\"format\": \"int8_tensorwise\"}", "{\"format\": \"nvfp4\"}", "{}", "[1]", "nonsense", "{\"format\": 1}"
  };
  static const char *const messages[] = { "comfy_quant int8_tensorwise",
                                          "comfy_quant nvfp4",
                                          "comfy_quant ?",
                                          "comfy_quant ?",
                                          "comfy_quant ?",
                                          "comfy_quant ?" };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autofree char *shape = g_strdup_printf ("%zu", strlen (texts[i]));
      g_autoptr (Fixture) fixture = fixture_new ();
      fixture_add_bytes (fixture, "a.comfy_quant", AM_DTYPE_U8, shape, texts[i]);
      assert_refused (fixture, AM_ERROR_UNSUPPORTED, messages[i]);
    }
}

/* A tensor of that name gives the whole model away. */
static void
test_schemes_refused (void)
{
  static const struct
  {
    const char *name;
    AmDtype dtype;
    const char *message;
  } cases[] = {
    { "a.weight.absmax", AM_DTYPE_F32, "bitsandbytes" },
    { "a.weight.quant_map", AM_DTYPE_F32, "bitsandbytes" },
    { "a.weight.nested_absmax", AM_DTYPE_F32, "bitsandbytes" },
    { "a.weight.nested_quant_map", AM_DTYPE_F32, "bitsandbytes" },
    { "a.weight.quant_state.bitsandbytes__nf4", AM_DTYPE_U8, "NF4" },
    { "a.weight.quant_state.bitsandbytes__fp4", AM_DTYPE_U8, "FP4" },
    { "a.SCB", AM_DTYPE_F32, "int8" },
    { "a.qweight", AM_DTYPE_I32, "GPTQ" },
    { "a.qzeros", AM_DTYPE_I32, "AWQ" },
    { "a.wscales", AM_DTYPE_BF16, "SVDQuant" },
    { "a.weight_packed", AM_DTYPE_I32, "compressed-tensors" },
    { "a.weight_scale_2", AM_DTYPE_F32, "nvfp4" },
    { "a.weight_scale_inv", AM_DTYPE_F32, "block-scaled" },
    { "a.W_q", AM_DTYPE_U8, "HQQ" },
    { "a.weight._data", AM_DTYPE_I8, "quanto" },
    { "a", AM_DTYPE_F4, "F4" },
    { "a", AM_DTYPE_F8_E8M0, "F8_E8M0" },
  };
  static const guint8 zeros[16];

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Fixture) fixture = fixture_new ();
      g_autofree char *shown = g_strdup_printf ("tensor \"%s\"", cases[i].name);
      fixture_add_bytes (fixture, cases[i].name, cases[i].dtype, "2", zeros);
      assert_refused (fixture, AM_ERROR_UNSUPPORTED, cases[i].message);
      assert_refused (fixture, AM_ERROR_UNSUPPORTED, shown);
    }
}

static void
test_six_bits_refused (void)
{
  static const guint8 zeros[3];
  g_autoptr (Fixture) fixture = fixture_new ();

  fixture_add_bytes (fixture, "a", AM_DTYPE_F6_E2M3, "4", zeros);
  assert_refused (fixture, AM_ERROR_UNSUPPORTED, "F6");
}

static void
test_scales_refused (void)
{
  static const struct
  {
    AmDtype weight;
    AmDtype scale;
    const char *shape;
    double value;
    AmError code;
    const char *message;
  } cases[] = {
    { AM_DTYPE_F8_E4M3, AM_DTYPE_F32, "2", 1, AM_ERROR_UNSUPPORTED, "one scale per row or block" },
    { AM_DTYPE_F8_E4M3, AM_DTYPE_F32, "0", 1, AM_ERROR_UNSUPPORTED, "one scale per row or block" },
    { AM_DTYPE_F8_E4M3, AM_DTYPE_I32, "1", 0, AM_ERROR_UNSUPPORTED, "a scale that is no float" },
    { AM_DTYPE_F8_E4M3, AM_DTYPE_F32, "1", (double)INFINITY, AM_ERROR_CORRUPT, "not a finite number" },
    { AM_DTYPE_F8_E4M3, AM_DTYPE_F32, "1", (double)NAN, AM_ERROR_CORRUPT, "not a finite number" },
    { AM_DTYPE_I8, AM_DTYPE_F32, "1", 1, AM_ERROR_UNSUPPORTED, "integers with scales" },
    { AM_DTYPE_U8, AM_DTYPE_F32, "1", 1, AM_ERROR_UNSUPPORTED, "integers with scales" },
  };
  static const guint8 zeros[16];

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const double values[] = { cases[i].value, cases[i].value };
      g_autoptr (Fixture) fixture = fixture_new ();
      fixture_add_bytes (fixture, "a.weight", cases[i].weight, "4", zeros);
      if (cases[i].scale == AM_DTYPE_F32)
        fixture_add_values (fixture, "a.weight_scale", cases[i].scale, cases[i].shape, values);
      else
        fixture_add_bytes (fixture, "a.weight_scale", cases[i].scale, cases[i].shape, zeros);
      assert_refused (fixture, cases[i].code, cases[i].message);
    }
}

static void
test_two_scales_refused (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();

  fixture_add_values (fixture, "a.scale_weight", AM_DTYPE_F32, "1", scale);
  fixture_add_values (fixture, "a.weight_scale", AM_DTYPE_F32, "1", scale);
  fixture_add_values (fixture, "a.weight", AM_DTYPE_F8_E4M3, "4", weights);
  assert_refused (fixture, AM_ERROR_UNSUPPORTED, "two scales");
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  folder = fixture_new_folder ();
  g_test_add_func ("/quantised/scaled", test_scaled);
  g_test_add_func ("/quantised/e5m2-scaled", test_e5m2_scaled);
  g_test_add_func ("/quantised/plain-fp8", test_plain_fp8);
  g_test_add_func ("/quantised/float-neighbours-stay", test_float_neighbours_stay);
  g_test_add_func ("/quantised/comfy-quant", test_comfy_quant);
  g_test_add_func ("/quantised/comfy-quant-refused", test_comfy_quant_refused);
  g_test_add_func ("/quantised/schemes-refused", test_schemes_refused);
  g_test_add_func ("/quantised/six-bits-refused", test_six_bits_refused);
  g_test_add_func ("/quantised/scales-refused", test_scales_refused);
  g_test_add_func ("/quantised/two-scales-refused", test_two_scales_refused);
  status = g_test_run ();
  fixture_remove_folder (folder);
  g_free (folder);
  return status;
}
