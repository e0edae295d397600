"""Malformed safetensors files, and files of other kinds under that name."""

import struct

A = '"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}'


def entry(name="a", dtype="F32", shape="[2]", offsets="[0,8]"):
    return f'"{name}":{{"dtype":"{dtype}","shape":{shape},"data_offsets":{offsets}}}'


def plain(header, data=8, length=None):
    """A file: length field, header, zeros."""
    if isinstance(header, str):
        header = header.encode()
    n = len(header) if length is None else length
    return struct.pack("<Q", n) + header + bytes(data)


def one(field, value):
    """A file with one tensor of which one field is written so."""
    fields = {"dtype": '"F32"', "shape": "[2]", "data_offsets": "[0,8]"}
    fields[field] = value
    inner = ",".join(f'"{k}":{v}' for k, v in fields.items() if v is not None)
    return plain('{"a":{' + inner + "}}")


def lengths():
    good = plain("{" + A + "}")
    yield "empty", b"", "empty"
    for n in range(1, 8):
        yield f"only-{n}-bytes", good[:n], "too few"
    yield "length-0", plain("{" + A + "}", length=0), "the header ends"
    yield "length-one-over", plain("{}", 0, 3), "incomplete download"
    yield "length-100000001", plain("{}", 0, 100000001), "over the limit"
    yield "length-beyond-file", plain("{" + A + "}", length=10**6), "incomplete download"
    yield "length-2-to-32", plain("{}", 0, 2**32), "not a kind of file"
    yield "length-all-ones", plain("{}", 0, 2**64 - 1), "not a kind of file"
    yield "length-one-short", plain("{" + A + "}", length=len(A) + 1), "ends"
    for n in (9, 20, 40, len(good) - 9):
        yield f"cut-at-{n}", good[:n], "incomplete download"
    yield "no-data", good[:-8], "incomplete download"
    yield "one-byte-short", good[:-1], "incomplete download"
    yield "one-byte-over", good + b"\0", "1 bytes follow"
    yield "appended-zip", good + b"PK\3\4" + bytes(30), "34 bytes follow"
    yield "two-files-joined", good + good, "bytes follow"
    yield "data-without-tensors", plain("{}", 1), "follow"


def json_faults():
    text = "{" + A + "}"
    yield "array-at-top", plain("[]", 0), "no JSON object"
    yield "byte-order-mark", plain(b"\xef\xbb\xbf" + text.encode()), "not a kind of file"
    yield "nul-after-object", plain(text + "\0"), "follows"
    yield "garbage-after-object", plain(text + "x"), "follows"
    yield "two-objects", plain(text + "{}"), "follows"
    yield "trailing-comma", plain("{" + A + ",}"), "a name in quotes"
    yield "missing-comma", plain("{" + A + entry("b", "U8", "[0]", "[8,8]") + "}"), "should follow"
    yield "missing-colon", plain('{"a"{}}'), "':'"
    yield "single-quotes", plain("{'a':1}"), "a name in quotes"
    yield "comment", plain("{/* */" + A + "}"), "a name in quotes"
    yield "cut-in-name", plain('{"a', 0), "within a string"
    yield "cut-in-entry", plain('{"a":{"dtype":"F32"', 0), "header ends"
    yield "never-closed", plain("{" + A), "header ends"
    yield "not-utf-8", plain(b'{"\xff":1}'), "UTF-8"
    yield "overlong-utf-8", plain(b'{"\xc0\xaf":1}'), "UTF-8"
    yield "utf-8-surrogate", plain(b'{"\xed\xa0\x80":1}'), "UTF-8"
    yield "lone-surrogate", plain('{"\\ud800":1}'), "surrogate"
    yield "bare-line-break", plain('{"a\nb":1}'), "control character"
    yield "bare-nul", plain('{"a\0b":1}'), "control character"
    yield "unknown-escape", plain('{"\\x":1}'), "escape"
    yield "short-escape", plain('{"\\u12":1}'), "hexadecimal"
    for name, value, word in (
        ("nan", "NaN", "'N'"),
        ("infinity", "Infinity", "'I'"),
        ("no-fraction", "1.", "a digit"),
        ("no-exponent", "1e", "a digit"),
        ("leading-zero", "01", "should follow"),
        ("cut-word", "tru", "'t'"),
        ("undefined", "undefined", "'u'"),
        ("trailing-comma", "[1,]", "']'"),
        ("no-colon", '{"x"}', "':'"),
        ("plus", "+1", "'+'"),
    ):
        yield f"extra-field-{name}", plain("{" + A[:-1] + f',"x":{value}}}}}'), word
    for depth in (101, 5000, 100000):
        nested = "[" * depth + "]" * depth
        yield f"nested-{depth}", plain("{" + A[:-1] + f',"x":{nested}}}}}'), "nested"


def names():
    yield "same-name-twice", plain("{" + A + "," + A + "}"), "duplicate key"
    yield "same-name-by-escape", plain("{" + A + "," + entry("\\u0061", offsets="[8,16]") + "}", 16), "duplicate key"
    zero = entry("z", "F32", "[0]", "[0,0]")
    yield "zero-size-name-twice", plain("{" + zero + "," + zero.replace("F32", "U8") + "}", 0), "duplicate key"
    yield "nul-in-name", plain("{" + entry("a\\u0000b") + "}"), "NUL"
    yield "metadata-twice", plain('{"__metadata__":{},"__metadata__":{},' + A + "}"), "twice"
    yield "metadata-twice-by-escape", plain('{"__metadata__":{},"\\u005f_metadata__":{},' + A + "}"), "twice"
    for name, value, word in (
        ("number", "1", "no object"),
        ("string", '"pt"', "no object"),
        ("array", "[]", "no object"),
        ("value-number", '{"k":1}', "no string"),
        ("value-null", '{"k":null}', "no string"),
        ("value-object", '{"k":{}}', "no string"),
        ("value-array", '{"k":["v"]}', "no string"),
        ("value-true", '{"k":true}', "no string"),
        ("no-colon", '{"k"}', "':'"),
        ("trailing-comma", '{"k":"v",}', "a name in quotes"),
    ):
        yield f"metadata-{name}", plain('{"__metadata__":' + value + "," + A + "}"), word


def fields():
    yield "entry-array", plain('{"a":["F32",[2],[0,8]]}'), "no object"
    yield "entry-null", plain('{"a":null}'), "no object"
    yield "entry-empty", plain('{"a":{}}'), "no dtype"
    for field in ("dtype", "shape", "data_offsets"):
        yield f"no-{field}", one(field, None), f"no {field}"
        yield f"{field}-twice", plain("{" + A[:-1] + f',"{field}":0}}}}'), f"{field} is there twice"
        yield f"{field}-null", one(field, "null"), field
        yield f"{field}-object", one(field, "{}"), field
    for name, value in (
        ("unknown", "F128"),
        ("lower-case", "f32"),
        ("of-torch", "float16"),
        ("empty", ""),
        ("with-blank", "F32 "),
        ("with-nul", "F32\\u0000"),
    ):
        yield f"dtype-{name}", one("dtype", f'"{value}"'), "unknown dtype"
    yield "dtype-as-object", one("dtype", '{"F32":null}'), "dtype is no string"
    for name, value in (
        ("fraction", "2.0"),
        ("exponent", "2e0"),
        ("negative", "-2"),
        ("minus-0", "-0"),
        ("in-quotes", '"2"'),
        ("leading-zero", "02"),
        ("true", "true"),
        ("null-inside", "null"),
        ("nested", "[2]"),
        ("plus", "+2"),
    ):
        yield f"shape-{name}", one("shape", f"[{value}]"), "whole numbers"
        yield f"offset-{name}", one("data_offsets", f"[{value},8]"), "whole numbers"
    yield "shape-2-to-64", one("shape", "[18446744073709551616]"), "64 bits"
    yield "shape-overflow", one("shape", "[4294967296,4294967296]"), "64 bits"
    yield "shape-overflow-zero-behind", one("shape", "[4294967296,4294967296,0]"), "64 bits"
    yield "shape-bits-overflow", one("shape", "[1152921504606846976]"), "64 bits"
    yield "shape-wraps-to-size", one("shape", "[4611686018427387906]"), "64 bits"
    yield "shape-65-axes", one("shape", "[2" + ",1" * 64 + "]"), "axes"
    yield "shape-trailing-comma", one("shape", "[2,]"), "a number"
    yield "offsets-none", one("data_offsets", "[]"), "two numbers"
    yield "offsets-one", one("data_offsets", "[0]"), "two numbers"
    yield "offsets-three", one("data_offsets", "[0,8,8]"), "two numbers"
    yield "offset-2-to-64", one("data_offsets", "[0,18446744073709551616]"), "64 bits"


def places():
    b = entry("b", "F32", "[1]", "[12,16]")
    yield "hole", plain("{" + A + "," + b + "}", 16), "a hole of 4 bytes"
    yield "first-offset-not-0", plain("{" + entry(shape="[1]", offsets="[4,8]") + "}"), "a hole of 4 bytes"
    yield "overlap", plain("{" + A + "," + entry("b", "F32", "[1]", "[4,8]") + "}"), "overlap"
    yield "alias", plain("{" + A + "," + entry("b") + "}"), "overlap"
    yield "zero-size-inside", plain("{" + A + "," + entry("z", "F32", "[0]", "[4,4]") + "}"), "overlap"
    yield "offsets-reversed", one("data_offsets", "[8,0]"), "before they begin"
    yield "offset-end-huge", one("data_offsets", "[0,18446744073709551615]"), "data_offsets give"
    yield "size-too-small", plain("{" + entry(offsets="[0,4]") + "}", 4), "need 8 bytes"
    yield "size-too-large", plain("{" + entry(offsets="[0,12]") + "}", 12), "need 8 bytes"
    yield "f4-odd", plain("{" + entry(dtype="F4", shape="[3]", offsets="[0,2]") + "}", 2), "whole bytes"
    many = ",".join(entry(f"t{i}") for i in range(2000))
    yield "many-on-one-range", plain("{" + many + "}"), "overlap"
    big = ",".join(entry(f"t{i}", "U8", "[1099511627776]", "[0,1099511627776]") for i in range(100))
    yield "amplification", plain("{" + big + "}"), "overlap"


def other_kinds():
    yield "lfs-pointer", b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 2132\n", "git lfs pull"
    yield "html", b"<!DOCTYPE html>\n<html><body>Sign in</body></html>\n", "HTML page"
    yield "html-spaced", b"\n\n  <HTML><head>", "HTML page"
    yield "xml", b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', "XML"
    yield "json", b'{"error":"Repository not found"}', "no shard index"
    yield "jpeg", b"\xff\xd8\xff\xe0" + bytes(20), "picture"
    yield "seven-zip", b"7z\xbc\xaf\x27\x1c" + bytes(20), "7z archive"
    yield "rar", b"Rar!\x1a\x07\x01\0" + bytes(20), "RAR archive"
    yield "gzip", b"\x1f\x8b\x08" + bytes(20), "gzip"
    yield "zstd", b"\x28\xb5\x2f\xfd" + bytes(20), "zstd"
    yield "npy", b"\x93NUMPY\x01\0v\0{'descr': '|O'}", "NumPy"
    yield "hdf5", b"\x89HDF\r\n\x1a\n" + bytes(20), "HDF5"
    yield "tar", b"sys_info".ljust(257, b"\0") + b"ustar\0" + bytes(300), "tar archive"
    yield "zeros", bytes(4096), "zero bytes"
    yield "text", b"hello, world\n" * 9, "not a kind of file"


def make(folder):
    pairs = []
    for group in (lengths, json_faults, names, fields, places, other_kinds):
        for name, contents, message in group():
            (folder / f"{name}.safetensors").write_bytes(contents)
            pairs.append((f"{name}.safetensors", message))
    return pairs
