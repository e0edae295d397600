#include "matching-scene.h"

#include "graph-builder.h"

AmGraph *
matching_scene_new_transformer_graph (guint kv_heads)
{
  AmGraph *graph = am_graph_new ();
  guint x = build_linear (graph, "embed", build_input (graph, "input", 10), 24);
  guint n = build_norm (graph, AM_NODE_LAYER_NORM, "norm1", x);
  guint q = build_linear (graph, "q", n, 24);
  guint k = build_linear (graph, "k", n, 6 * kv_heads);
  guint v = build_linear (graph, "v", n, 6 * kv_heads);

  n = build_linear (graph, "out", build_attention (graph, q, k, v, 4, kv_heads), 24);
  x = build_pair (graph, AM_NODE_ADD, x, n);
  n = build_norm (graph, AM_NODE_LAYER_NORM, "norm2", x);
  n = build_activation (graph, build_linear (graph, "fc1", n, 48));
  x = build_pair (graph, AM_NODE_ADD, x, build_linear (graph, "fc2", n, 24));
  x = build_pair (graph, AM_NODE_ADD, x, build_linear (graph, "square", x, 24));
  build_output (graph, "output", build_linear (graph, "head", x, 5));
  return graph;
}

AmGraph *
matching_scene_new_perceptron_graph (guint n_layers, guint width)
{
  AmGraph *graph = am_graph_new ();
  guint x = build_input (graph, "input", 8);

  for (guint i = 0; i < n_layers; i++)
    {
      g_autofree char *name = g_strdup_printf ("layers.%u", i);

      x = build_activation (graph, build_linear (graph, name, x, width));
    }
  build_output (graph, "output", build_linear (graph, "last", x, 6));
  return graph;
}

AmGraph *
matching_scene_new_residual_graph (guint n_blocks)
{
  AmGraph *graph = am_graph_new ();
  guint x = build_linear (graph, "embed", build_input (graph, "input", 20), 24);

  for (guint i = 0; i < n_blocks; i++)
    {
      g_autofree char *up = g_strdup_printf ("blocks.%u.up", i);
      g_autofree char *down = g_strdup_printf ("blocks.%u.down", i);
      guint inner = build_activation (graph, build_linear (graph, up, x, 48));

      x = build_pair (graph, AM_NODE_ADD, x, build_linear (graph, down, inner, 24));
    }
  build_output (graph, "output", build_linear (graph, "head", x, 5));
  return graph;
}

void
matching_scene_open (MatchingScene *scene, const char *folder, AmGraph *graph)
{
  scene->graph = graph;
  scene->folder = g_strdup (folder);
  scene->symmetries = am_symmetries_new (graph);
  scene->a = matching_side_new_random (graph, folder, 1, NULL);
  scene->b = matching_side_new_random (graph, folder, 2, NULL);
  scene->settings = am_align_settings_new ();
}

void
matching_scene_close (MatchingScene *scene)
{
  am_align_settings_free (scene->settings);
  matching_side_free (scene->a);
  matching_side_free (scene->b);
  am_symmetries_free (scene->symmetries);
  am_graph_free (scene->graph);
  g_free (scene->folder);
}

AmReorder *
matching_scene_hide (MatchingScene *scene, double noise, guint32 seed)
{
  AmReorder *hidden = am_reorder_new_random (scene->symmetries, seed);

  matching_side_free (scene->b);
  scene->b = matching_side_new_reordered (scene->a, hidden, scene->folder, noise, seed, AM_DTYPE_F32);
  return hidden;
}

AmMatching *
matching_scene_run (const MatchingScene *scene, guint n_threads)
{
  return matching_run (scene->symmetries, scene->b, scene->a, scene->settings, n_threads);
}
