"""Malformed shard indexes, each in a folder of its own beside two sound shards."""

import json

from make_safetensors import entry, plain

NAME = "model.safetensors.index.json"
MAP = {"a": "s-1.safetensors", "b": "s-2.safetensors"}


def texts():
    good = json.dumps({"metadata": {"total_size": 16}, "weight_map": MAP})
    yield "empty", "", "empty"
    for n in (1, 20, 40, len(good) - 1):
        yield f"cut-at-{n}", good[:n], "ends early"
    yield "no-map", "{}", "no weight_map"
    yield "server-error", '{"error":"Unauthorized"}', "no weight_map"
    yield "map-array", '{"weight_map":[]}', "weight_map is no object"
    yield "map-null", '{"weight_map":null}', "weight_map is no object"
    yield "map-string", '{"weight_map":"s-1.safetensors"}', "weight_map is no object"
    yield "map-empty", '{"weight_map":{}}', "names no tensors"
    yield "map-twice", '{"weight_map":{"a":"x"},"weight_map":{"a":"y"}}', "twice"
    yield "tensor-twice", '{"weight_map":{"a":"s-1.safetensors","a":"s-2.safetensors"}}', "twice"
    yield "trailing-comma", good[:-2] + ",}}", "in quotes"
    yield "garbage-behind", good + "x", "follows"
    yield "second-object", good + good, "follows"
    yield "single-quotes", "{'weight_map':{}}", "in quotes"
    yield "bare-line-break", '{"weight_map":{"a\nb":"x"}}', "control character"
    yield "not-utf-8", b'{"weight_map":{"\xff":"x"}}', "UTF-8"
    yield "bare-nul", b'{"weight_map":{"a":"x\0"}}', "UTF-8"
    yield "escaped-nul", '{"weight_map":{"a":"x\\u0000.safetensors"}}', "NUL"
    yield "lone-surrogate", '{"weight_map":{"\\udc00":"x"}}', "surrogate"
    yield "unknown-escape", '{"weight_map":{"\\q":"x"}}', "escape"
    yield "nan", '{"n":NaN,"weight_map":{"a":"x"}}', "a value should stand here"
    yield "nested-40", '{"n":' + "[" * 40 + "]" * 40 + ',"weight_map":{"a":"x"}}', "too deep"
    yield "nested-200000", '{"n":' + "[" * 200000, "too deep"


def mappings():
    for name, value in (("number", 1), ("null", None), ("list", ["x"]), ("object", {}), ("true", True)):
        yield f"shard-{name}", {"a": value}, "no file name"
    for name, value in (
        ("empty", ""),
        ("above", "../s-1.safetensors"),
        ("absolute", "/etc/passwd"),
        ("below", "sub/s-1.safetensors"),
        ("backslash", "..\\s-1.safetensors"),
        ("dot", "."),
        ("dots", ".."),
        ("url", "https://example.org/s-1.safetensors"),
    ):
        yield f"shard-{name}", {"a": value}, "not a plain file name"
    yield "shard-missing", {"a": "s-1.safetensors", "b": "s-3.safetensors"}, "s-3.safetensors is missing"
    yield "shard-is-folder", {"a": "folder.safetensors"}, "folder"
    yield "shard-is-index", {"a": NAME}, "JSON"
    yield "shard-corrupt", {"a": "cut.safetensors"}, "incomplete download"
    yield "shard-html", {"a": "page.safetensors"}, "HTML page"
    yield "tensor-missing", dict(MAP, c="s-1.safetensors"), "is not in shard s-1.safetensors"
    yield "tensor-in-other-shard", {"a": "s-2.safetensors", "b": "s-1.safetensors"}, "different models"
    yield "tensor-in-two-shards", dict(MAP, a="copy.safetensors", b="s-1.safetensors", c="s-2.safetensors"), "in two shards"


def write_shards(folder):
    (folder / "s-1.safetensors").write_bytes(plain("{" + entry("a") + "}"))
    (folder / "s-2.safetensors").write_bytes(plain("{" + entry("b") + "}"))
    (folder / "copy.safetensors").write_bytes(plain("{" + entry("a") + "}"))
    (folder / "cut.safetensors").write_bytes(plain("{" + entry("a") + "}", 7))
    (folder / "page.safetensors").write_bytes(b"<html>Not found</html>")
    (folder / "folder.safetensors").mkdir(exist_ok=True)


def make(folder):
    cases = [(name, text if isinstance(text, bytes) else text.encode(), word) for name, text, word in texts()]
    for name, mapping, word in mappings():
        cases.append((name, json.dumps({"weight_map": mapping}).encode(), word))
    pairs = []
    for name, contents, word in cases:
        (folder / name).mkdir(exist_ok=True)
        write_shards(folder / name)
        (folder / name / NAME).write_bytes(contents)
        pairs.append((f"{name}/{NAME}", word))
    return pairs
