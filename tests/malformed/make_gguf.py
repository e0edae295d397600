"""Malformed GGUF files. cases() yields (file name, bytes, part of the message that refuses it)."""

import struct

U32, STRING, ARRAY, U64 = 4, 8, 9, 10


def string(value):
    data = value.encode() if isinstance(value, str) else value
    return struct.pack("<Q", len(data)) + data


def pair(key, kind, value):
    return string(key) + struct.pack("<I", kind) + value


def info(name, dims=(4,), kind=0, offset=0):
    return string(name) + struct.pack(f"<I{len(dims)}QIQ", len(dims), *dims, kind, offset)


def gguf(infos=(), pairs=(), data=bytes(128), version=3, n_infos=None, n_pairs=None, magic=b"GGUF"):
    out = magic + struct.pack("<IQQ", version, len(infos) if n_infos is None else n_infos,
                              len(pairs) if n_pairs is None else n_pairs)
    out += b"".join(pairs) + b"".join(infos)
    return out + bytes(-len(out) % 32) + data


HEADERS = [
    ("version-0", dict(version=0), "GGUF version 0"),
    ("version-1", dict(version=1), "GGUF version 1"),
    ("version-4", dict(version=4), "GGUF version 4"),
    ("big-endian", dict(version=3 << 24), "big-endian"),
    ("many-tensors", dict(n_infos=1 << 40), "promises 1099511627776 tensors"),
    ("negative-tensors", dict(n_infos=(1 << 64) - 1), "promises 18446744073709551615 tensors"),
    ("many-keys", dict(n_pairs=1 << 32), "promises 4294967296 keys"),
    ("negative-keys", dict(n_pairs=(1 << 64) - 1), "promises 18446744073709551615 keys"),
]

PAIRS = [
    ("key-length-max", b"\xff" * 8, "the header wants 18446744073709551615 bytes"),
    ("key-length-int-max", struct.pack("<Q", (1 << 63) - 1), "the header wants 9223372036854775807 bytes"),
    ("key-length-4g", struct.pack("<Q", 1 << 32), "the header wants 4294967296 bytes"),
    ("key-not-utf8", string(b"\xff") + struct.pack("<IB", 0, 0), "is not UTF-8"),
    ("key-with-nul", string(b"a\0b") + struct.pack("<IB", 0, 0), "is not UTF-8"),
    ("value-type", pair("k", 13, bytes(8)), "unknown type 13"),
    ("value-type-max", pair("k", 0xffffffff, bytes(8)), "unknown type 4294967295"),
    ("string-length", pair("k", STRING, b"\xff" * 8), "the header wants 18446744073709551615 bytes"),
    ("general-string-length", pair("general.name", STRING, struct.pack("<Q", 1 << 40)),
     "the header wants 1099511627776 bytes"),
    ("general-string-not-utf8", pair("general.name", STRING, string(b"\xff")), "is not UTF-8"),
    ("array-type", pair("k", ARRAY, struct.pack("<IQ", 99, 1)), "unknown type 99"),
    ("array-of-arrays", pair("k", ARRAY, struct.pack("<IQ", ARRAY, 1) + bytes(32)), "an array of arrays"),
    ("array-overflow", pair("k", ARRAY, struct.pack("<IQ", U64, (1 << 61) + 1)), "larger than 64 bits"),
    ("array-length", pair("k", ARRAY, struct.pack("<IQ", 0, 1 << 40)), "the header wants 1099511627776 bytes"),
    ("array-strings", pair("k", ARRAY, struct.pack("<IQ", STRING, (1 << 64) - 1)), "strings does not fit"),
    ("array-string-length", pair("k", ARRAY, struct.pack("<IQ", STRING, 1) + struct.pack("<Q", 1 << 50)),
     "the header wants 1125899906842624 bytes"),
    ("alignment-0", pair("general.alignment", U32, struct.pack("<I", 0)), "general.alignment is 0"),
    ("alignment-48", pair("general.alignment", U32, struct.pack("<I", 48)), "general.alignment is 48"),
    ("alignment-max", pair("general.alignment", U32, struct.pack("<I", 1 << 31)), "general.alignment is 2147483648"),
    ("alignment-type", pair("general.alignment", U64, struct.pack("<Q", 32)), "not a 32-bit number"),
    ("original-shape-type", pair("comfy.gguf.orig_shape.x", ARRAY, struct.pack("<IQf", 6, 1, 4)),
     "not a list of at most"),
    ("original-shape-long", pair("comfy.gguf.orig_shape.x", ARRAY, struct.pack("<IQ9i", 5, 9, *[1] * 9)),
     "not a list of at most"),
    ("original-shape-negative", pair("comfy.gguf.orig_shape.x", ARRAY, struct.pack("<IQi", 5, 1, -4)), "is negative"),
    ("original-shape-other", pair("comfy.gguf.orig_shape.x", ARRAY, struct.pack("<IQi", 5, 1, 5)),
     "another number of elements"),
    ("original-shape-overflow", pair("comfy.gguf.orig_shape.x", ARRAY, struct.pack("<IQ2q", 11, 2, 1 << 62, 4)),
     "another number of elements"),
]

# A second tensor beside "x" of four floats at offset 0; 128 bytes of data.
INFOS = [
    ("overlap", dict(offset=0), "overlap"),
    ("unaligned", dict(offset=33), "no multiple of 32"),
    ("beyond-data", dict(dims=(32,), offset=32), "incomplete download or copy"),
    ("offset-at-end", dict(offset=128), "wants 16 bytes at offset 128"),
    ("offset-max", dict(offset=(1 << 64) - 32), "incomplete download or copy"),
    ("declared-larger-than-data", dict(dims=(1 << 20, 1 << 10), offset=32), "wants 4294967296 bytes"),
    ("shape-overflow", dict(dims=(1 << 32, 1 << 32), offset=32), "64 bits"),
    ("bytes-overflow", dict(dims=(1 << 62,), offset=32), "64 bits"),
    ("shape-max", dict(dims=((1 << 64) - 1,), offset=32), "64 bits"),
    ("five-dimensions", dict(dims=(1,) * 5, offset=32), "5 dimensions"),
    ("q8-row", dict(dims=(31,), kind=8, offset=32), "no multiple of 32"),
    ("q8-narrow-row", dict(dims=(16, 2), kind=8, offset=32), "have 16 elements"),
    ("q8-beyond-data", dict(dims=(96,), kind=8, offset=32), "wants 102 bytes"),
    ("q4-0", dict(dims=(32,), kind=2, offset=32), "Q4_0 tensors are packed"),
    ("q5-1", dict(dims=(32,), kind=7, offset=32), "Q5_1 tensors are packed"),
    ("q4-k", dict(dims=(256,), kind=12, offset=32), "Q4_K tensors are packed"),
    ("q6-k", dict(dims=(256,), kind=14, offset=32), "Q6_K tensors are packed"),
    ("iq4-xs", dict(dims=(256,), kind=23, offset=32), "IQ4_XS tensors are packed"),
    ("mxfp4", dict(dims=(32,), kind=39, offset=32), "MXFP4 tensors are packed"),
    ("type-removed", dict(kind=4, offset=32), "type 4, which is not known"),
    ("type-max", dict(kind=0xffffffff, offset=32), "type 4294967295"),
    ("name-twice", dict(name="x", offset=32), "twice"),
    ("name-not-utf8", dict(name=b"\xc3(", offset=32), "is not UTF-8"),
    ("name-length", dict(name="n" * 2000, offset=32), "has 2000 bytes"),
]


def cases():
    for name, change, message in HEADERS:
        yield f"{name}.gguf", gguf(**change), message
    for name, data, message in PAIRS:
        yield f"{name}.gguf", gguf([info("x")], [data]), message
    yield "key-twice.gguf", gguf([info("x")], [pair("k", U32, bytes(4))] * 2), 'key "k" is there twice'
    for name, change, message in INFOS:
        change = {"name": "y", **change}
        yield f"{name}.gguf", gguf([info("x"), info(**change)]), message
    good = gguf([info("x")], [pair("general.name", STRING, string("good"))], data=bytes(16))
    for length in (8, 20, 40, 70, len(good) - 1):
        yield f"cut-at-{length}.gguf", good[:length], "incomplete download or copy"
    yield "backwards.gguf", gguf(magic=b"FUGG"), "not a kind of file Amalgam knows"


def make(folder):
    pairs = []
    for name, data, message in cases():
        (folder / name).write_bytes(data)
        pairs.append((name, message))
    return pairs
