#include "preprocessing-choices.h"

#include <glib/gi18n.h>

#include "amalgam.h"

static guint
count_built_in (void)
{
  return g_strv_length ((char **)am_preprocessing_list ());
}

static gboolean
is_file (const char *name)
{
  return name != NULL && !g_strv_contains (am_preprocessing_list (), name);
}

/* Proper names stay as they are. */
static const char *
get_title (const char *name)
{
  if (g_str_equal (name, "none"))
    return C_ ("preprocessing", "None");
  if (g_str_equal (name, "torchvision"))
    return "torchvision (ImageNet)";
  if (g_str_equal (name, "clip"))
    return "CLIP";
  if (g_str_equal (name, "vit"))
    return "ViT";
  if (g_str_equal (name, "cifar10"))
    return "CIFAR-10";
  return g_str_equal (name, "mnist") ? "MNIST" : name;
}

GtkStringList *
am_preprocessing_choices_new (const char *current, guint *selected)
{
  GtkStringList *titles = gtk_string_list_new (NULL);
  const char *const *built_in = am_preprocessing_list ();
  g_autofree char *name = is_file (current) ? g_filename_display_basename (current) : NULL;

  *selected = 0;
  gtk_string_list_append (titles, _ ("As published"));
  for (guint i = 0; built_in[i] != NULL; i++)
    {
      gtk_string_list_append (titles, get_title (built_in[i]));
      if (g_strcmp0 (built_in[i], current) == 0)
        *selected = i + 1;
    }
  if (name != NULL)
    {
      *selected = g_list_model_get_n_items (G_LIST_MODEL (titles));
      gtk_string_list_append (titles, name);
    }
  gtk_string_list_append (titles, _ ("From a file…"));
  return titles;
}

gboolean
am_preprocessing_choices_are_shown (GListModel *shown, GtkStringList *titles)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (titles));

  if (!GTK_IS_STRING_LIST (shown) || g_list_model_get_n_items (shown) != n)
    return FALSE;
  for (guint i = 0; i < n; i++)
    if (!g_str_equal (gtk_string_list_get_string (GTK_STRING_LIST (shown), i),
                      gtk_string_list_get_string (titles, i)))
      return FALSE;
  return TRUE;
}

gboolean
am_preprocessing_choices_get (guint selected, const char *current, const char **name)
{
  guint n = count_built_in ();

  *name = NULL;
  if (selected == 0)
    return TRUE;
  if (selected <= n)
    {
      *name = am_preprocessing_list ()[selected - 1];
      return TRUE;
    }
  if (selected > n + 1 || !is_file (current))
    return FALSE;
  *name = current;
  return TRUE;
}
