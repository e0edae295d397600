#include "recipe/writer-values.h"

static void
write_target (GString *out, const AmAlignSettings *align)
{
  static const char *const words[] = { [AM_ALIGN_TO_FIRST] = "first", [AM_ALIGN_TO_MEAN] = "mean" };

  if (align->target != AM_ALIGN_TO_FILE)
    {
      g_string_append_printf (out, "  to: %s\n", words[align->target]);
      return;
    }
  g_string_append (out, "  file: ");
  am_write_text (out, align->file);
  g_string_append_c (out, '\n');
  if (align->sha256 != NULL)
    g_string_append_printf (out, "  sha256: \"%s\"\n", align->sha256);
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
  if (align->architecture == NULL)
    return;
  g_string_append (out, "  architecture: ");
  am_write_text (out, align->architecture);
  g_string_append_c (out, '\n');
}
