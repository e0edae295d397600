#include "recipe/writer-values.h"

static void
write_named (GString *out, const char *key, const char *text)
{
  if (text == NULL)
    return;
  g_string_append_printf (out, "  %s: ", key);
  am_write_text (out, text);
  g_string_append_c (out, '\n');
}

static void
write_target (GString *out, const AmAlignSettings *align)
{
  static const char *const words[] = { [AM_ALIGN_TO_FIRST] = "first", [AM_ALIGN_TO_MEAN] = "mean" };

  if (align->target != AM_ALIGN_TO_FILE)
    {
      g_string_append_printf (out, "  to: %s\n", words[align->target]);
      return;
    }
  write_named (out, "file", align->file);
  if (align->sha256 != NULL)
    g_string_append_printf (out, "  sha256: \"%s\"\n", align->sha256);
}

static void
write_activations (GString *out, const AmAlignSettings *align)
{
  if (align->matching != AM_ALIGN_BY_ACTIVATIONS)
    return;
  g_string_append_printf (out, "  matching: %s\n", am_align_matching_get_id (align->matching));
  write_named (out, "data", align->data);
  if (align->data_sha256 != NULL)
    g_string_append_printf (out, "  data_sha256: \"%s\"\n", align->data_sha256);
  write_named (out, "preprocessing", align->preprocessing);
  g_string_append_printf (out, "  samples: %" G_GUINT64_FORMAT "\n  objective: %s\n", align->n_samples,
                          am_align_objective_get_id (align->objective));
}

/* All figures are written, so that a later version with other defaults does the same. */
void
am_write_align (GString *out, const AmAlignSettings *align)
{
  if (align == NULL)
    return;
  g_string_append (out, "align:\n");
  write_target (out, align);
  g_string_append_printf (out, "  order: %s\n  seed: %" G_GUINT64_FORMAT "\n",
                          am_align_order_get_id (align->order), align->seed);
  g_string_append_printf (out, "  restarts: %u\n  max_sweeps: %u\n  tolerance: ", align->restarts,
                          align->max_sweeps);
  am_write_number (out, align->tolerance);
  g_string_append_c (out, '\n');
  if (align->rotate)
    g_string_append (out, "  rotate: true\n");
  if (align->normalise)
    g_string_append (out, "  normalize: true\n");
  write_named (out, "architecture", align->architecture);
  write_activations (out, align);
}
