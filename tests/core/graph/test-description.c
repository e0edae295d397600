/* Architecture files: what each step makes of tensors, and what is said of files that are wrong. */
#include "described-network.h"

#define assert_graph described_network_assert_graph
#define assert_error described_network_assert_error

/* The example at the top of docs/architecture-files.md. */
static void
test_two_layers (void)
{
  g_autoptr (DescribedNetwork) network = described_network_new ("fc1.weight 8,3\n"
                                                                "fc1.bias 8\n"
                                                                "fc2.weight 2,8\n");

  assert_graph (network,
                "architecture: two-layers\n"
                "require: [fc1.weight, fc2.weight]\n"
                "graph:\n"
                "  - input: picture\n"
                "    channels: fc1.weight[1]\n"
                "  - linear: fc1\n"
                "  - activation: relu\n"
                "  - linear: fc2\n"
                "  - output: logits\n",
                "0 input picture < [3]\n"
                "1 linear fc1 <0 [8] fc1.weight fc1.bias\n"
                "2 activation activation 2 <1 [8]\n"
                "3 linear fc2 <2 [2] fc2.weight\n"
                "4 output logits <3 [2]\n");
}

/* Every step that reads tensors. */
static void
test_layers (void)
{
  g_autoptr (DescribedNetwork) network = described_network_new ("positions 1,9,8\n"
                                                                "words.weight 50,8\n"
                                                                "conv.weight 8,2,3,3\n"
                                                                "bn.weight 8\nbn.bias 8\n"
                                                                "bn.running_mean 8\nbn.running_var 8\n"
                                                                "ln.weight 8\nln.bias 8\n"
                                                                "gn.weight 8\ngn.bias 8\n"
                                                                "q_norm 4\n"
                                                                "t.weight 8,16\nt.bias 16\n");

  assert_graph (network,
                "graph:\n"
                "  - parameter: positions\n"
                "  - {embedding: words, to: words}\n"
                "  - {conv: conv, stride: 2, padding: 0, padding_end: 1, dilation: 2, groups: 4}\n"
                "  - {batch_norm: bn, epsilon: 1e-3}\n"
                "  - layer_norm: ln\n"
                "  - {layer_norm: ln, bias: none, from: words}\n"
                "  - layer_norm:\n"
                "  - rms_norm:\n"
                "    weight: ln.weight\n"
                "  - {group_norm: gn, groups: 4, epsilon: 0}\n"
                "  - {head_norm: attn.q_norm, weight: q_norm}\n"
                "  - {linear: t, transposed: true}\n"
                "  - output: all\n",
                "0 parameter positions < [8] positions\n"
                "1 embedding words < [8] words.weight\n"
                "2 conv conv <0 [8] conv.weight groups=4 kernel=3 stride=2 padding_end=1 dilation=2\n"
                "3 batch_norm bn <2 [8] bn.weight bn.bias bn.running_mean bn.running_var epsilon=0.001\n"
                "4 layer_norm ln <3 [8] ln.weight ln.bias epsilon=1e-05\n"
                "5 layer_norm ln <1 [8] ln.weight epsilon=1e-05\n"
                "6 layer_norm layer_norm 6 <5 [8] epsilon=1e-05\n"
                "7 rms_norm ln <6 [8] ln.weight epsilon=1e-06\n"
                "8 group_norm gn <7 [8] gn.weight gn.bias groups=4\n"
                "9 head_norm attn.q_norm <8 [8] q_norm heads=2 epsilon=1e-06\n"
                "10 linear t <9 [16] t.weight t.bias transposed=1\n"
                "11 output all <10 [16]\n");
}

/* Every step that turns values into values. */
static void
test_values (void)
{
  g_autoptr (DescribedNetwork) network = described_network_new ("qkv.weight 24,8\nunused 1\n");

  assert_graph (network,
                "graph:\n"
                "  - {input: a, channels: 8}\n"
                "  - {linear: qkv, to: qkv}\n"
                "  - {split: [q, k, v], from: qkv}\n"
                "  - {rotary: , from: q, heads: 2, to: q}\n"
                "  - {attention: [q, k, v], heads: 4, causal: yes}\n"
                "  - remember: attended\n"
                "  - {split: [_, part], sizes: [2, 6]}\n"
                "  - {concat: [part, attended]}\n"
                "  - {activation: quick_gelu}\n"
                "  - {pool: mean, kernel: 3, stride: 2, padding: 1}\n"
                "  - upsample:\n"
                "  - {take: -1, count: 1}\n"
                "  - flatten: 4\n"
                "  - pool: all\n"
                "  - {multiply: [attended, v], to: product}\n"
                "  - {join: [product, attended]}\n"
                "  - {modulate: [x, v, k], to: modulated}\n"
                "  - {add: [x, modulated, v]}\n"
                "  - {output: end, from: modulated}\n"
                "  - keep: unused\n",
                "0 input a < [8]\n"
                "1 linear qkv <0 [24] qkv.weight\n"
                "2 split split 2 <1 [8]\n"
                "3 split split 3 <1 [8] start=8\n"
                "4 split split 4 <1 [8] start=16\n"
                "5 rotary rotary 5 <2 [8] heads=2\n"
                "6 attention qkv <5 3 4 [8] heads=4 kv_heads=4 causal=1\n"
                "7 split split 7 <6 [6] start=2\n"
                "8 concat concat 8 <7 6 [14]\n"
                "9 activation activation 9 <8 [14] activation=3\n"
                "10 pool pool 10 <9 [14] pool=1 kernel=3 stride=2 padding=1 padding_end=1\n"
                "11 upsample upsample 11 <10 [14]\n"
                "12 take take 12 <11 [14] start=-1 count=1\n"
                "13 flatten flatten 13 <12 [56] count=4\n"
                "14 pool pool 14 <13 [56] pool=2\n"
                "15 multiply multiply 15 <6 4 [8]\n"
                "16 join join 16 <15 6 [8]\n"
                "17 modulate modulate 17 <16 4 3 [8]\n"
                "18 add add 18 <16 17 4 [8]\n"
                "19 output end <17 [8]\n");
}

/* Repeats, choices, parts, stacks and names. */
static void
test_flow (void)
{
  g_autoptr (DescribedNetwork) network = described_network_new ("net.layers.0.fc.weight 4,4\n"
                                                                "net.layers.1.fc.weight 4,4\n"
                                                                "net.layers.1.norm.weight 4\n"
                                                                "net.layers.10.fc.weight 4,4\n"
                                                                "net.up.weight 2,8\n");

  assert_graph (network,
                "let: {root: net, layers: '{root}.layers'}\n"
                "parts:\n"
                "  layer:\n"
                "    - linear: '{p}.fc'\n"
                "    - if: '{p}.norm'\n"
                "      then: [{rms_norm: '{p}.norm'}]\n"
                "      else: [activation: silu]\n"
                "    - push: skips\n"
                "graph:\n"
                "  - {input: x, channels: 4}\n"
                "  - repeat: i\n"
                "    while: '{layers}.{i}'\n"
                "    do:\n"
                "      - {use: layer, with: {p: '{layers}.{i}'}}\n"
                "  - repeat: j\n"
                "    first: 10\n"
                "    last: 10\n"
                "    do:\n"
                "      - let: {q: '{layers}.{j}'}\n"
                "      - {use: layer, with: {p: '{q}'}, from: x, to: deep}\n"
                "  - {pop: skips, to: skip}\n"
                "  - pop: skips\n"
                "  - unless: net.down\n"
                "    then: [{concat: [x, skip]}, {linear: '{root}.up'}]\n"
                "  - output: y\n",
                "0 input x < [4]\n"
                "1 linear net.layers.0.fc <0 [4] net.layers.0.fc.weight\n"
                "2 activation activation 2 <1 [4] activation=4\n"
                "3 linear net.layers.1.fc <2 [4] net.layers.1.fc.weight\n"
                "4 rms_norm net.layers.1.norm <3 [4] net.layers.1.norm.weight epsilon=1e-06\n"
                "5 linear net.layers.10.fc <4 [4] net.layers.10.fc.weight\n"
                "6 activation activation 6 <5 [4] activation=4\n"
                "7 concat concat 7 <4 6 [8]\n"
                "8 linear net.up <7 [2] net.up.weight\n"
                "9 output y <8 [2]\n");
}

static guint
read_heads (const DescribedNetwork *network, const char *heads)
{
  g_autofree char *yaml = g_strdup_printf ("graph:\n"
                                           "  - {input: x, channels: 'w[0]'}\n"
                                           "  - keep: w\n"
                                           "  - attention: [x, x, x]\n"
                                           "    %s\n",
                                           heads);
  g_autoptr (GError) error = NULL;
  g_autoptr (AmGraph) graph = described_network_read (network, yaml, &error);

  g_assert_no_error (error);
  return am_graph_get_node (graph, 1)->heads;
}

static void
test_numbers (void)
{
  g_autoptr (DescribedNetwork) network
      = described_network_new_beside ("w 24,6\n", "config.json",
                                      "{\"hidden_size\": 24, \"num_attention_heads\": 4, \"word\": \"4\", "
                                      "\"vision_config\": {\"heads\": 8, \"a.b\": 3}, \"nothing\": null}");

  g_assert_cmpuint (read_heads (network, "heads: 12"), ==, 12);
  g_assert_cmpuint (read_heads (network, "heads: 2 * 3"), ==, 6);
  g_assert_cmpuint (read_heads (network, "heads: w[1] / 3"), ==, 2);
  g_assert_cmpuint (read_heads (network, "heads: 3 / w[0] * w[0]"), ==, 3);
  g_assert_cmpuint (read_heads (network, "heads: config.num_attention_heads"), ==, 4);
  g_assert_cmpuint (read_heads (network, "heads: config.hidden_size / config.num_attention_heads"), ==, 6);
  g_assert_cmpuint (read_heads (network, "heads: config.vision_config.heads"), ==, 8);
  g_assert_cmpuint (read_heads (network, "heads: config.vision_config.a.b"), ==, 3);
  g_assert_cmpuint (read_heads (network, "heads: config.word"), ==, 0);
  g_assert_cmpuint (read_heads (network, "heads: config.nothing"), ==, 0);
  g_assert_cmpuint (read_heads (network, "heads: config.vision_config"), ==, 0);
  g_assert_cmpuint (read_heads (network, "heads: missing.weight[0]"), ==, 0);
  g_assert_cmpuint (read_heads (network, "heads: [config.none, 'v[0] / 2', 'w[1]', 1]"), ==, 6);
  g_assert_cmpuint (read_heads (network, "heads: [config.none, {12: 6, 24: 3}, 1]"), ==, 3);
  g_assert_cmpuint (read_heads (network, "heads: {12: 6}"), ==, 0);
  g_assert_cmpuint (read_heads (network, "head_width: 8"), ==, 3);
  g_assert_cmpuint (read_heads (network, "heads: config.none\n    head_width: 8"), ==, 3);
  g_assert_cmpuint (read_heads (network, "heads: 4\n    head_width: 8"), ==, 4);
  g_assert_cmpuint (read_heads (network, "head_width: config.none"), ==, 0);
}

/* Whether `if: CONDITION` takes its first branch. */
static gboolean
does_hold (const DescribedNetwork *network, const char *condition)
{
  g_autofree char *yaml = g_strdup_printf ("graph:\n"
                                           "  - if: %s\n"
                                           "    then: [{input: yes, channels: 1}]\n"
                                           "    else: [{input: no, channels: 1}]\n"
                                           "  - unless: %s\n"
                                           "    then: [{input: no, channels: 1}]\n"
                                           "    else: [{input: yes, channels: 1}]\n",
                                           condition, condition);
  g_autoptr (GError) error = NULL;
  g_autoptr (AmGraph) graph = described_network_read (network, yaml, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (am_graph_get_n_nodes (graph), ==, 2);
  g_assert_cmpstr (am_graph_get_node (graph, 0)->name, ==, am_graph_get_node (graph, 1)->name);
  return g_str_equal (am_graph_get_node (graph, 0)->name, "yes");
}

static void
test_conditions (void)
{
  g_autoptr (DescribedNetwork) network = described_network_new ("conv1.weight 8,3,7,7\nlayers.10.w 3\n");

  g_assert_true (does_hold (network, "conv1.weight"));
  g_assert_true (does_hold (network, "conv1"));
  g_assert_true (does_hold (network, "conv1."));
  g_assert_true (does_hold (network, "layers.10"));
  g_assert_true (does_hold (network, "layers"));
  g_assert_false (does_hold (network, "layers.1"));
  g_assert_false (does_hold (network, "conv1.weights"));
  g_assert_false (does_hold (network, "conv"));
  g_assert_false (does_hold (network, "zzz"));
  g_assert_true (does_hold (network, "conv1.weight[2] == 7"));
  g_assert_false (does_hold (network, "conv1.weight[2] == 3"));
  g_assert_true (does_hold (network, "conv1.weight[0] > 2 * conv1.weight[1]"));
  g_assert_false (does_hold (network, "conv1.weight[0] > 8"));
  g_assert_true (does_hold (network, "conv1.weight[0] < 9"));
  g_assert_false (does_hold (network, "conv1.weight[0] < 8"));
  g_assert_false (does_hold (network, "conv2.weight[0] == 8"));
  g_assert_false (does_hold (network, "8 > config.none"));
}

static void
test_without_config (void)
{
  g_autoptr (DescribedNetwork) network = described_network_new ("w 24,6\n");
  g_autoptr (DescribedNetwork) broken
      = described_network_new_beside ("w 24,6\n", "config.json", "{\"heads\": 4,}");
  g_autoptr (AmGraph) graph = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (read_heads (network, "heads: config.heads"), ==, 0);
  g_assert_cmpuint (read_heads (broken, "heads: config.heads"), ==, 0);
  graph = described_network_read (
      broken, "graph: [{input: x, channels: [config.width, 6]}, {linear: w, weight: w}, {output: y}]\n",
      &error);
  g_assert_no_error (error);
  g_assert_true (graph_has_note (graph, "config.json"));
}

/* What is wrong, where, and the words that must be in the message, for files over the same tensors. */
static const struct
{
  const char *yaml;
  AmError code;
  const char *wanted;
} faults[] = {
  { "graph: [", AM_ERROR_BAD_RECIPE, "net.yaml:2:1: |not YAML" },
  { "", AM_ERROR_BAD_RECIPE, "net.yaml: expected one description, found 0" },
  { "- linear: fc\n", AM_ERROR_BAD_RECIPE, "net.yaml:1:1: expected a map" },
  { "grahp: []\n", AM_ERROR_BAD_RECIPE, "net.yaml:1:1: unknown key 'grahp'; did you mean 'graph'?" },
  { "architecture: a\n", AM_ERROR_BAD_RECIPE, "net.yaml:1:1: no graph" },
  { "architecture: []\ngraph: []\n", AM_ERROR_BAD_RECIPE,
    "net.yaml:1:15: expected a name, found an empty list" },
  { "graph: {linear: fc}\n", AM_ERROR_BAD_RECIPE, "net.yaml:1:8: expected a list of steps, found a map" },
  { "graph: [fc]\n", AM_ERROR_BAD_RECIPE, "net.yaml:1:9: expected a step, as in 'linear: fc1'" },
  { "graph: [{lineer: fc}]\n", AM_ERROR_BAD_RECIPE,
    "net.yaml:1:10: no step is called 'lineer'; did you mean 'linear'?" },
  { "graph: [{linear: fc, strides: 2}]\n", AM_ERROR_BAD_RECIPE,
    "net.yaml:1:22: 'strides' is not a key of the step 'linear'" },
  { "graph: [{conv: fc, paddin: 2}]\n", AM_ERROR_BAD_RECIPE, "'paddin'|; did you mean 'padding'?" },
  { "graph: [{linear: fc, conv: fc}]\n", AM_ERROR_BAD_RECIPE, "net.yaml:1:22: 'conv' is not a key" },
  { "graph: [{linear: fc, '': 1}]\n", AM_ERROR_BAD_RECIPE, "net.yaml:1:22: '' is not a key" },
  { "graph: [if: none, then: [nonsense: 1]]\n", AM_ERROR_BAD_RECIPE, "net.yaml:1:" },
  { "graph:\n  - if: none\n    then: [{nonsense: 1}]\n", AM_ERROR_BAD_RECIPE, "net.yaml:3:13: |'nonsense'" },
  { "parts: {a: [{poool: all}]}\ngraph: []\n", AM_ERROR_BAD_RECIPE,
    "net.yaml:1:14: |'poool'; did you mean 'pool'?" },
  { "parts: []\ngraph: []\n", AM_ERROR_BAD_RECIPE, "net.yaml:1:8: expected a map of parts" },
  { "graph: [linear: fc]\n", AM_ERROR_BAD_RECIPE, "net.yaml:1:9: no value is called 'x' here" },
  { "graph: [{input: a, channels: 3}, {remember: skip}, {linear: fc, from: skp}]\n", AM_ERROR_BAD_RECIPE,
    "net.yaml:1:71: no value is called 'skp' here; did you mean 'skip'?" },
  { "graph: [{input: a, channels: 3}, {linear: fd}]\n", AM_ERROR_MISMATCH,
    "model.safetensors: |net.yaml:1:43: there is no tensor 'fd.weight'; did you mean 'fc.weight'?" },
  { "graph: [{input: a, channels: 3}, {linear: fc, bias: fb}]\n", AM_ERROR_MISMATCH,
    "net.yaml:1:53: there is no tensor 'fb'" },
  { "graph: [{input: a, channels: 3}, {linear: }]\n", AM_ERROR_BAD_RECIPE,
    "net.yaml:1:43: expected the stem" },
  { "graph: [{input: a, channels: 4}, {linear: fc}]\n", AM_ERROR_MISMATCH,
    "model.safetensors: |net.yaml:1:35: fc (linear): fc.weight is [8, 3] and takes 3 channels, but a is 4 "
    "wide" },
  { "graph: [{input: a}]\n", AM_ERROR_BAD_RECIPE, "net.yaml:1:10: no channels" },
  { "graph: [{input: a, channels: 0}]\n", AM_ERROR_BAD_RECIPE,
    "net.yaml:1:30: expected a whole number of at least 1, found 0" },
  { "graph: [{input: a, channels: 3 / 2}]\n", AM_ERROR_BAD_RECIPE, "net.yaml:1:30: |found 1.5" },
  { "graph: [{input: a, channels: 3 / 0}]\n", AM_ERROR_BAD_RECIPE, "net.yaml:1:30: a division by 0" },
  { "graph: [{input: a, channels: 3 +}]\n", AM_ERROR_BAD_RECIPE,
    "net.yaml:1:30: expected a number at the end of '3 +'" },
  { "graph: [{input: a, channels: 3 + 3}]\n", AM_ERROR_BAD_RECIPE,
    "net.yaml:1:30: expected * or /, found '+'" },
  { "graph: [{input: a, channels: 3*3}]\n", AM_ERROR_BAD_RECIPE,
    "net.yaml:1:30: |spaces round * and /|'3*3'" },
  { "graph: [{input: a, channels: config.none}]\n", AM_ERROR_BAD_RECIPE,
    "net.yaml:1:30: this number is not known" },
  { "graph: [{input: a, channels: {3: 3}}]\n", AM_ERROR_BAD_RECIPE,
    "net.yaml:1:30: a map chooses by the width" },
  { "graph:\n  - input: a\n    channels: fc.weight[2]\n", AM_ERROR_BAD_RECIPE,
    "net.yaml:3:15: fc.weight has 2 axes" },
  { "graph:\n  - input: a\n    channels: fc.weight[-1]\n", AM_ERROR_BAD_RECIPE,
    "net.yaml:3:15: expected TENSOR[AXIS]" },
  { "graph:\n  - input: a\n    channels: fc.weight[1\n", AM_ERROR_BAD_RECIPE,
    "net.yaml:3:15: expected TENSOR[AXIS]" },
  { "graph: [{input: a, channels: 1e16}]\n", AM_ERROR_BAD_RECIPE, "net.yaml:1:30: |found 1e+16" },
  { "graph: [{input: '{b}', channels: 3}]\n", AM_ERROR_BAD_RECIPE,
    "net.yaml:1:17: nothing to put in for {b}" },
  { "graph: [{input: '{b', channels: 3}]\n", AM_ERROR_BAD_RECIPE, "net.yaml:1:17: '{' without '}'" },
  { "let: {'': a}\ngraph: []\n", AM_ERROR_BAD_RECIPE, "net.yaml:1:7: expected a name of 1 to 32 letters" },
  { "let: {block: a}\ngraph: [{input: '{blok}', channels: 3}]\n", AM_ERROR_BAD_RECIPE,
    "net.yaml:2:17: nothing to put in for {blok}; did you mean 'block'?" },
  { "let: {a: []}\ngraph: []\n", AM_ERROR_BAD_RECIPE, "net.yaml:1:10: expected text, found an empty list" },
  { "graph: [{input: a, channels: 3}, {activation: rellu}]\n", AM_ERROR_BAD_RECIPE,
    "net.yaml:1:47: expected one of relu, gelu, |found 'rellu'; did you mean 'relu'?" },
  { "graph: [{input: a, channels: 3}, {pool: max}]\n", AM_ERROR_MISMATCH,
    "net.yaml:1:35: pool 1 (pool): it has no kernel" },
  { "graph: [{input: a, channels: 3}, {pool: max, kernel: 0}]\n", AM_ERROR_BAD_RECIPE,
    "net.yaml:1:54: expected a whole number of at least 1" },
  { "graph: [{input: a, channels: 3}, {pool: max, kernel: 3000000000}]\n", AM_ERROR_BAD_RECIPE,
    "net.yaml:1:54: 3000000000 is too large" },
  { "graph: [{input: a, channels: 3}, {upsample: 2}]\n", AM_ERROR_BAD_RECIPE,
    "net.yaml:1:45: expected nothing behind it" },
  { "graph: [{input: a, channels: 3}, {linear: fc, transposed: maybe}]\n", AM_ERROR_BAD_RECIPE,
    "net.yaml:1:59: expected true or false" },
  { "graph: [{input: a, channels: 3}, {layer_norm: , epsilon: -1}]\n", AM_ERROR_BAD_RECIPE,
    "net.yaml:1:58: expected an epsilon" },
  { "graph: [{input: a, channels: 3}, {add: x}]\n", AM_ERROR_BAD_RECIPE,
    "net.yaml:1:40: expected a list of values" },
  { "graph: [{input: a, channels: 3}, {add: [x]}]\n", AM_ERROR_MISMATCH,
    "net.yaml:1:35: add 1 (add): at least 2 values go in, found 1" },
  { "graph: [{input: a, channels: 3}, {split: x}]\n", AM_ERROR_BAD_RECIPE,
    "net.yaml:1:42: expected a list of names" },
  { "graph: [{input: a, channels: 3}, {split: [b, c]}]\n", AM_ERROR_MISMATCH,
    "net.yaml:1:35: 3 channels do not divide into 2 equal parts" },
  { "graph: [{input: a, channels: 3}, {split: [b, c], sizes: [1]}]\n", AM_ERROR_BAD_RECIPE,
    "net.yaml:1:57: expected a list of 2 sizes" },
  { "graph: [{input: a, channels: 3}, {split: [b, c], sizes: [1, 1]}]\n", AM_ERROR_MISMATCH,
    "net.yaml:1:35: parts of 2 channels in all; 'a' is 3 wide" },
  { "graph: [{input: a, channels: 3}, {split: [b, c], sizes: [2, 2]}]\n", AM_ERROR_MISMATCH,
    "net.yaml:1:35: |2 channels from 2 on" },
  { "graph: [{input: a, channels: 3}, {attention: [x, x, x], head_width: 2}]\n", AM_ERROR_MISMATCH,
    "net.yaml:1:69: 3 channels do not divide into heads of 2" },
  { "graph: [{input: a, channels: 3}, {use: block}]\n", AM_ERROR_BAD_RECIPE,
    "net.yaml:1:40: no part is called 'block'" },
  { "graph: [{if: 3 == , then: []}]\n", AM_ERROR_BAD_RECIPE,
    "net.yaml:1:14: expected a tensor, or a comparison|'3 =='" },
  { "graph: [{if: '3 == 3 < 4', then: []}]\n", AM_ERROR_BAD_RECIPE,
    "net.yaml:1:14: expected * or /, found '<'" },
  { "graph: [{if: a == 3, then: []}]\n", AM_ERROR_BAD_RECIPE,
    "net.yaml:1:14: expected a number, TENSOR[AXIS]" },
  { "graph: [{input: a, channels: 3}, {pop: skips}]\n", AM_ERROR_BAD_RECIPE,
    "net.yaml:1:40: nothing is left on the stack 'skips'" },
  { "graph: [{repeat: i, do: []}]\n", AM_ERROR_BAD_RECIPE, "net.yaml:1:10: a repeat without end" },
  { "graph: [{repeat: i, last: 3}]\n", AM_ERROR_BAD_RECIPE, "net.yaml:1:10: a repeat without 'do'" },
  { "graph: [{repeat: [], last: 3, do: []}]\n", AM_ERROR_BAD_RECIPE, "net.yaml:1:18: expected a name" },
  { "graph: [{repeat: i, last: 20000, do: []}]\n", AM_ERROR_BAD_RECIPE,
    "net.yaml:1:10: more than 10000 rounds" },
  { "graph: [{repeat: i, while: fc, do: []}]\n", AM_ERROR_BAD_RECIPE,
    "net.yaml:1:10: more than 10000 rounds" },
  { "graph: [{input: a, channels: 3}, {linear: fc}]\n", AM_ERROR_BAD_RECIPE,
    "net.yaml:1:8: nothing reads what 'fc' (linear) makes" },
  { "graph: [{input: a, channels: 3}, {linear: fc, to: b}, {activation: relu, from: b}, {output: y, from: "
    "b}]\n",
    AM_ERROR_BAD_RECIPE, "nothing reads what 'activation 2' (activation) makes" },
  { "graph: [{parameter: fc.weight}]\n", AM_ERROR_BAD_RECIPE, "nothing reads what 'fc.weight' (parameter)" },
  { "graph: [{parameter: fc.weight}, {add: [x, x]}]\n", AM_ERROR_BAD_RECIPE, "net.yaml:1:8: no 'output'" },
  { "require: fc\ngraph: []\n", AM_ERROR_BAD_RECIPE, "net.yaml:1:10: expected a list of tensors" },
  { "require: [fc.weight, other]\ngraph: []\n", AM_ERROR_MISMATCH, "net.yaml:1:10: |'other'" },
  { "include: unet\ngraph: []\n", AM_ERROR_BAD_RECIPE, "net.yaml:1:10: expected a list of built-in" },
  { "include: [nonsense]\ngraph: []\n", AM_ERROR_BAD_RECIPE,
    "net.yaml:1:11: no built-in description is called 'nonsense'" },
};

static void
test_faults (void)
{
  g_autoptr (DescribedNetwork) network = described_network_new ("fc.weight 8,3\nfc.bias 8\n");

  for (guint i = 0; i < G_N_ELEMENTS (faults); i++)
    assert_error (network, faults[i].yaml, faults[i].code, faults[i].wanted);
}

/* Files made to take long, or to take all memory, end quickly. */
static void
test_limits (void)
{
  g_autoptr (DescribedNetwork) network = described_network_new ("fc.weight 8,3\n");
  g_autofree char *letters = g_strnfill (1025, 'a');
  g_autofree char *long_name = g_strdup_printf ("graph: [{input: %s, channels: 3}]\n", letters);

  assert_error (network, "parts: {a: [use: a]}\ngraph: [use: a]\n", AM_ERROR_BAD_RECIPE,
                "net.yaml:1:13: parts within parts more than 32 deep");
  assert_error (network,
                "parts: {a: [{use: b}, {use: b}, {use: b}], b: [{use: c}, {use: c}, {use: c}],\n"
                " c: [{use: d}, {use: d}, {use: d}], d: [{repeat: i, last: 9999, do: [{let: {j: a}}]}]}\n"
                "graph: [{repeat: i, last: 9999, do: [{use: a}]}]\n",
                AM_ERROR_BAD_RECIPE, "more than 1000000 steps, rounds and values");
  assert_error (network,
                "parts: {a: [{repeat: i, last: 9999, do: [{activation: relu}]}]}\n"
                "graph: [{input: x, channels: 3}, {repeat: i, last: 9999, do: [{use: a}]}]\n",
                AM_ERROR_MISMATCH, "net.yaml:1:43: |100000");
  assert_error (
      network,
      "let: {a: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, b: '{a}{a}{a}{a}{a}{a}{a}{a}', c: '{b}{b}{b}{b}{b}'}\n"
      "graph: []\n",
      AM_ERROR_BAD_RECIPE, "net.yaml:1:|more than 1024 bytes of text");
  assert_error (network, long_name, AM_ERROR_BAD_RECIPE, "net.yaml:1:17: more than 1024 bytes of text");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/description/two-layers", test_two_layers);
  g_test_add_func ("/description/layers", test_layers);
  g_test_add_func ("/description/values", test_values);
  g_test_add_func ("/description/flow", test_flow);
  g_test_add_func ("/description/numbers", test_numbers);
  g_test_add_func ("/description/conditions", test_conditions);
  g_test_add_func ("/description/without-config", test_without_config);
  g_test_add_func ("/description/faults", test_faults);
  g_test_add_func ("/description/limits", test_limits);
  return g_test_run ();
}
