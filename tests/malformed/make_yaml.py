"""Recipes that must be refused, in YAML and JSON, and files that only look like recipes."""

import json
import struct

TWO = "models: [a, b]\n"
SUM = "merge_method: weighted_sum\n" + TWO
TIES = "merge_method: ties\nbase_model: o\n" + TWO


def broken_yaml():
    yield "empty", "", "1:1: the recipe is empty"
    yield "only-comment", "# merge_method: ties\n", "1:1: the recipe is empty"
    yield "only-separators", "---\n---\n", "1:1: the recipe is empty"
    yield "words", "merge them please", "1:1: expected a recipe: a map"
    yield "number", "42", "1:1: expected a recipe: a map"
    yield "list", "- a\n- b\n", "1:1: expected a recipe: a map"
    yield "open-list", "merge_method: [ties\n", "this is not YAML"
    yield "open-map", "{merge_method: ties", "this is not YAML"
    yield "open-quote", "merge_method: 'ties\n", "this is not YAML"
    yield "two-colons", "a: b: c\n", "1:5: this is not YAML"
    yield "tab-indent", "\tmerge_method: ties\n", "1:1: this is not YAML"
    yield "bad-indent", "merge_method: ties\n models: [a]\n", "2:8: this is not YAML"
    yield "unknown-escape", 'merge_method: "\\q"\n', "this is not YAML"
    yield "percent", "%YAML 9.9\n---\n" + SUM, "this is not YAML"
    yield "nul", b"merge_method: ti\0es\n", "1:17: a NUL byte"
    yield "escaped-nul", 'merge_method: "ti\\0es"\n', "1:15: the text has a NUL character"
    yield "not-utf-8", b"merge_method: \xe9t\xe9\n", "1:15: the byte 0xE9 is not UTF-8"
    yield "overlong-utf-8", b"merge_method: \xc0\xaf\n", "1:15: the byte 0xC0 is not UTF-8"
    yield "utf-16", SUM.encode("utf-16-le"), "1:2: a NUL byte"
    yield "control", b"merge_method: \x1b[31m\n", "control characters are not allowed"
    yield "binary", bytes(range(255, 200, -1)), "1:1: the byte 0xFF is not UTF-8"


def hostile_yaml():
    yield "python-object", "merge_method: !!python/object/apply:os.system [id]\n", "1:15: tags like"
    yield "tagged-map", "!x {merge_method: ties}\n", "1:1: tags like '!x'"
    yield "unknown-alias", "models: *x\n", "1:9: the alias '*x' has no anchor"
    yield "own-alias", "models: &x [*x]\n", "1:13: the alias '*x' stands inside its own anchor"
    yield "merge-key", SUM + "<<: {seed: 1}\n", "3:1: a recipe has no key '<<'"
    laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for i in range(1, 10):
        laughs += f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n"
    yield "billion-laughs", laughs, "more than 200000 values, aliases expanded"
    yield "long-laughs", f"a: &a {'x' * 200000}\nb: [{'*a, ' * 400}]\n", "more than 32 MiB of text"
    yield "nested-lists", "[" * 100000, "more than 64 levels deep"
    yield "nested-maps", "{a: " * 5000, "more than 64 levels deep"
    yield "nested-blocks", "".join(" " * i + "a:\n" for i in range(200)), "more than 64 levels deep"
    yield "many-keys", "".join(f"k{i}: 1\n" for i in range(3000)), "1025:1: more than 1024 keys"
    yield "many-values", "[" + "x," * 250000 + "]", "more than 200000 values"
    yield "many-stages", (SUM + "---\n") * 70, "more than 64 stages"
    yield "too-large", "#" * (16 * 1024 * 1024 + 1), "at most"
    yield "list-as-key", "? [a]\n: b\n", "1:3: a list or a map cannot be a key"
    yield "key-twice", SUM + "models: [c, d]\n", "3:1: the key 'models' stands here twice"
    yield "inner-key-twice", SUM + "parameters: {alpha: 0, alpha: 1}\n", "3:24: the key 'alpha' stands here twice"


def broken_json():
    yield "cut", '{"merge_method": "weighted_sum", "models": ["a"', "this is not YAML"
    yield "no-comma", '{"merge_method": "weighted_sum" "models": []}', "this is not YAML"
    yield "text-number", json.dumps({"merge_method": "weighted_sum", "models": ["a", "b"],
                                     "parameters": {"alpha": "0.5"}}), "write 0.5 without quotes"
    yield "null-model", '{"merge_method":"weighted_sum","models":["a",null]}', "1:46: expected text, found nothing"
    yield "config", '{"architectures": ["LlamaForCausalLM"]}', "1:1: no merge_method"


def wrong_recipes():
    yield "no-method", TWO, "1:1: no merge_method"
    yield "unknown-method", "merge_method: tise\n" + TWO, "did you mean 'ties'?"
    yield "method-list", "merge_method: [ties]\n" + TWO, "1:15: expected the name of a merge method"
    yield "unknown-key", SUM + "paramaters: {}\n", "3:1: a recipe has no key 'paramaters'; did you mean 'parameters'?"
    yield "no-models", "merge_method: weighted_sum\n", "1:1: no models"
    yield "models-text", "merge_method: weighted_sum\nmodels: a\n", "2:9: expected a list of models"
    yield "models-empty", "merge_method: weighted_sum\nmodels: []\n", "found an empty list"
    yield "one-model", "merge_method: weighted_sum\nmodels: [a]\n", "needs at least 2 models, found 1"
    yield "three-models", "merge_method: weighted_sum\nmodels: [a, b, c]\n", "takes at most 2 models, found 3"
    yield "many-models", "merge_method: linear\nmodels: [" + "a, " * 65 + "]\n", "65 models; at most 64"
    yield "no-base", "merge_method: ties\n" + TWO, "1:1: ties needs a base_model"
    yield "model-key", "merge_method: linear\nmodels:\n  - model: a\n    wieght: 1\n", "4:5: a model has no key 'wieght'"
    yield "model-list", "merge_method: linear\nmodels: [[a]]\n", "2:10: expected a map, found a list"
    yield "short-hash", "merge_method: linear\nmodels: [{model: a, sha256: abc}]\n", "2:29: expected the 64 hexadecimal digits"
    yield "unknown-parameter", SUM + "parameters: {aplha: 1}\n", "3:14: weighted_sum has no parameter 'aplha'"
    yield "word-for-number", SUM + "parameters: {alpha: half}\n", "3:21: alpha must be a number from"
    yield "out-of-range", TIES + "parameters: {density: 2}\n", "4:23: density must be a number from 0 to 1"
    yield "nan", SUM + "parameters: {alpha: .nan}\n", "3:21: alpha must be a number from"
    yield "infinite", SUM + "parameters: {alpha: 1e999}\n", "3:21: alpha must be a number from"
    yield "unknown-choice", TIES + "parameters: {scope: layer}\n", "4:21: scope must be one of: tensor, model"
    yield "not-boolean", TIES + "parameters: {normalize: maybe}\n", "4:25: normalize must be true or false"
    yield "filter-without-value", SUM + "parameters: {alpha: [{filter: a}]}\n", "3:22: a filter without a value"
    yield "filter-in-filter", SUM + "parameters: {alpha: [{value: [{value: 1}]}]}\n", "inside a filter"
    yield "empty-gradient", SUM + "parameters: {alpha: []}\n", "3:21: an empty list"
    yield "dtype-int64", SUM + "dtype: int64\n", "3:8: expected one of: same, float64"
    yield "seed-negative", SUM + "seed: -1\n", "3:7: expected a whole number"
    yield "discard-pattern", SUM + "discard: 'a('\n", "3:10: not a regular expression"
    yield "component", SUM + "components: {clip: a}\n", "3:14: no component 'clip'"
    yield "shard-size", SUM + "output: {shard_size: 2QB}\n", "3:22: '2QB' is not a size"
    yield "preset", SUM + "blocks: GRAD_W\n", "3:9: no preset 'GRAD_W'; did you mean 'GRAD_V'?"
    yield "block-number", SUM + "blocks: 0,0.5,O\n", "3:9: 'O' is not a number (number 3"
    yield "block-name", SUM + "blocks: {in00: 1}\n", "did you mean 'IN00'?"
    yield "block-two-forms", SUM + "blocks: {preset: GRAD_V, IN00: 1}\n", "not several at once"
    yield "align-sweeps", SUM + "align: {max_sweeps: -3}\n", "3:21: expected a whole number"
    yield "element-rule", SUM + "blocks: {elements: 'IN00:attn2'}\n", "3:20: 'IN00:attn2' is not an elemental rule"
    yield "stage-circle", ("name: x\nmerge_method: weighted_sum\nmodels: [y, b]\n---\n"
                           "name: y\nmerge_method: weighted_sum\nmodels: [x, b]\n"), "in a circle"
    yield "stage-names", "name: x\n" + SUM + "---\nname: x\n" + SUM, "5:1: two stages are named 'x'"
    yield "two-results", SUM + "---\n" + SUM, "no other stage uses this one"


def not_yet():
    yield "slices", ("merge_method: passthrough\nslices:\n  - sources: [{model: a, layer_range: [0, 8]}]\n"
                     "  - sources: [{model: b, layer_range: [4, 8]}]\n"), "4:5: slices of parts of models are not supported yet"
    yield "modules", "merge_method: linear\nmodules: {text: {models: [a]}}\n", "modules (merging parts"
    yield "tokens", SUM + "tokenizer: {tokens: {}}\n", "tokenizer surgery ('tokens') is not supported yet"
    yield "lora", "merge_method: linear\nmodels: [base+style]\n", "2:10: 'base+style' asks for a LoRA"


def safetensors(metadata):
    header = {"w": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}
    if metadata is not None:
        header["__metadata__"] = metadata
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + bytes(4)


def checkpoints():
    yield "no-recipe-inside", safetensors(None), "there is no recipe in it"
    yield "empty-recipe-inside", safetensors({"amalgam_recipe": ""}), "(header):1:1: the recipe is empty"
    yield "broken-recipe-inside", safetensors({"amalgam_recipe": "models: [a\n"}), "(header):2:1: this is not YAML"


GROUPS = (
    (broken_yaml, "yaml"),
    (hostile_yaml, "yaml"),
    (broken_json, "json"),
    (wrong_recipes, "yaml"),
    (not_yet, "yaml"),
    (checkpoints, "safetensors"),
)


def make(folder):
    pairs = []
    for cases, ending in GROUPS:
        for name, content, message in cases():
            path = folder / f"{cases.__name__.replace('_', '-')}-{name}.{ending}"
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
            pairs.append((path.name, message))
    return pairs
