"""Malformed and hostile torch files: zip archives, pickles, and the container of before torch 1.6.

cases() yields (file name, bytes, part of the message that refuses it). Written from the formats alone; nothing here
is ever unpickled.
"""

import struct

MAGIC = bytes.fromhex("6cfc9c46f9206aa85019")


def text(value):
    data = value.encode() if isinstance(value, str) else value
    return b"X" + struct.pack("<I", len(data)) + data


def integer(value):
    return b"\x8a\x08" + struct.pack("<q", value)


def sizes(values):
    return b"(" + b"".join(integer(v) for v in values) + b"t"


def storage(kind="FloatStorage", key="0", n=6):
    return b"(" + text("storage") + b"ctorch\n" + kind.encode() + b"\n" + text(key) + text("cpu") + integer(n) + b"tQ"


def tensor(kind="FloatStorage", key="0", n=6, offset=0, shape=(2, 3), strides=(3, 1), extra=b""):
    return (b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage(kind, key, n) + integer(offset) + sizes(shape)
            + sizes(strides) + b"\x89ccollections\nOrderedDict\n)R" + extra + b"tR")


def state(value=None, name="weight"):
    return b"\x80\x02}(" + text(name) + (value or tensor()) + b"u."


FLOATS = struct.pack("<6f", *range(6))


def zip_archive(entries, wide=False):
    """Stored, aligned to 64 bytes, sizes after the data: as torch writes. entries: (name, data)."""
    out, places = b"", []
    for name, data in entries:
        name = name.encode()
        places.append(len(out))
        padding = -(len(out) + 30 + len(name) + 4) % 64
        out += struct.pack("<4sHHHHHIIIHH", b"PK\3\4", 0, 0x0808, 0, 0, 0, 0, 0, 0, len(name), padding + 4)
        out += name + b"FB" + struct.pack("<H", padding) + b"Z" * padding + data
        out += struct.pack("<4sIII", b"PK\7\x08", 0, len(data), len(data))
    directory = len(out)
    for (name, data), place in zip(entries, places):
        name, most = name.encode(), 0xffffffff
        extra = struct.pack("<HHQQQ", 1, 24, len(data), len(data), place) if wide else b""
        size, offset = (most, most) if wide else (len(data), place)
        out += struct.pack("<4sHHHHHHIIIHHHHHII", b"PK\1\2", 0, 0, 0x0808, 0, 0, 0, 0, size, size, len(name),
                           len(extra), 0, 0, 0, 0, offset) + name + extra
    size, n = len(out) - directory, len(entries)
    if wide:
        end = len(out)
        out += struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 44, 0, 0, 0, 0, n, n, size, directory)
        out += struct.pack("<4sIQI", b"PK\6\7", 0, end, 1)
        n, size, directory = 0xffff, 0xffffffff, 0xffffffff
    return out + struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, n, n, size, directory, 0)


def torch_file(pickle, data=FLOATS, **more):
    return zip_archive([("archive/data.pkl", pickle), ("archive/byteorder", b"little"), ("archive/data/0", data),
                        ("archive/version", b"3\n")], **more)


def legacy_file(pickle=None, keys=("0",), data=FLOATS, count=6, magic=MAGIC, protocol=b"M\xe9\x03",
                system=b"}(" + text("little_endian") + b"\x88u"):
    out = b"\x80\x02\x8a\x0a" + magic + b"." + b"\x80\x02" + protocol + b"." + b"\x80\x02" + system + b"."
    out += (pickle or state()) + b"\x80\x02](" + b"".join(text(k) for k in keys) + b"e."
    for _ in keys:
        out += struct.pack("<q", count) + data
    return out


def patched(data, signature, nth, delta, new):
    at = -1
    for _ in range(nth + 1):
        at = data.index(signature, at + 1)
    return data[:at + delta] + new + data[at + delta + len(new):]


LOCAL, CENTRAL, END = b"PK\3\4", b"PK\1\2", b"PK\5\6"

# Entries of a good file: 0 data.pkl, 1 byteorder, 2 data/0, 3 version.
PATCHES = [
    ("end-signature", END, 0, 0, b"QK", "the end record is missing"),
    ("comment-length", END, 0, 20, b"\1", "the end record is missing"),
    ("split-disk", END, 0, 4, b"\1", "split over several files"),
    ("split-entries", END, 0, 10, b"\5", "split over several files"),
    ("too-many-entries", END, 0, 8, b"\5\0\5\0", "directory entry 4"),
    ("too-few-entries", END, 0, 8, b"\3\0\3\0", "follow the last directory entry"),
    ("absurd-entries", END, 0, 8, b"\xff\xfe\xff\xfe", "cannot hold"),
    ("directory-size", END, 0, 12, b"\1", "the directory should fill"),
    ("directory-offset", END, 0, 16, b"\xff\xff\xff", "the directory should fill"),
    ("central-signature", CENTRAL, 2, 0, b"QK", "directory entry 2 is not one"),
    ("central-name-length", CENTRAL, 3, 28, b"\xff\xff", "runs past the directory"),
    ("central-nul-name", CENTRAL, 3, 48, b"\0", "holds a NUL byte"),
    ("flag-encrypted", CENTRAL, 0, 8, b"\x09", "encrypted or patched"),
    ("flag-patched", CENTRAL, 0, 8, b"\x28", "encrypted or patched"),
    ("flag-strong-encryption", CENTRAL, 0, 8, b"\x48", "encrypted or patched"),
    ("flag-masked", CENTRAL, 0, 9, b"\x28", "encrypted or patched"),
    ("local-flag", LOCAL, 0, 6, b"\x09", "does not match the directory"),
    ("local-method", LOCAL, 0, 8, b"\x08", "does not match the directory"),
    ("local-name", LOCAL, 0, 30, b"b", "does not match the directory"),
    ("local-name-length", LOCAL, 0, 26, b"\1", "does not match the directory"),
    ("local-extra-length", LOCAL, 2, 28, b"\xff\xff", "does not match the directory"),
    ("local-signature", LOCAL, 1, 0, b"QK", "no entry begins"),
    ("compressed", CENTRAL, 2, 10, b"\x08", "does not match the directory"),
    ("two-sizes", CENTRAL, 2, 20, b"\1", "two different sizes"),
    ("entry-too-large", CENTRAL, 2, 20, b"\0\0\1\0\0\0\1\0", "outside the file or overlaps"),
    ("entry-overlap", CENTRAL, 2, 20, b"\x80\0\0\0\x80\0\0\0", "outside the file or overlaps"),
    ("zip64-without-field", CENTRAL, 2, 20, b"\xff" * 8, "lacks the zip64 field"),
    ("header-offset", CENTRAL, 2, 42, b"\xff\xff\xff\x7f", "outside the file"),
    ("shared-header", CENTRAL, 1, 42, b"\0\0\0\0", "outside the file or overlaps"),
    ("storage-smaller", CENTRAL, 2, 20, b"\x14\0\0\0\x14\0\0\0", "the file holds 20 bytes"),
    ("storage-larger", CENTRAL, 2, 20, b"\x1c\0\0\0\x1c\0\0\0", "the file holds 28 bytes"),
    ("big-endian", b"little", 0, 0, b"big\0\0\0", "big-endian"),
    ("odd-endian", b"little", 0, 0, b"middle", "neither little nor big"),
]

WIDE_PATCHES = [
    ("zip64-signature", b"PK\6\6", 0, 0, b"QK", "no zip64 end record"),
    ("zip64-record-size", b"PK\6\6", 0, 4, b"\xff", "no zip64 end record"),
    ("zip64-entries", b"PK\6\6", 0, 32, b"\5", "split over several files"),
    ("zip64-absurd-entries", b"PK\6\6", 0, 24, b"\xff" * 16, "cannot hold"),
    ("zip64-size", b"PK\6\6", 0, 40, b"\xff" * 8, "the directory should fill"),
    ("zip64-offset", b"PK\6\6", 0, 48, b"\xff" * 8, "the directory should fill"),
    ("zip64-locator-offset", b"PK\6\7", 0, 8, b"\xff" * 8, "the zip64 end record lies outside"),
    ("zip64-disagrees", END, 0, 8, b"\1\0\1\0", "disagree"),
    ("zip64-short-field", b"\1\0\x18\0", 0, 2, b"\x10\0", "lacks the zip64 field"),
]

LISTINGS = [
    ("no-pickle", ["a/x.npy"], "without a data.pkl"),
    ("pickle-without-folder", ["data.pkl"], "without a data.pkl"),
    ("pickle-too-deep", ["a/b/data.pkl"], "without a data.pkl"),
    ("absolute", ["/data.pkl"], "without a data.pkl"),
    ("parent-folder", ["../data.pkl"], "the archive's folder"),
    ("two-pickles", ["a/data.pkl", "b/data.pkl"], "two files named data.pkl"),
    ("same-name-twice", ["a/data.pkl", "a/version", "a/version"], "two entries are named"),
    ("torchscript", ["a/data.pkl", "a/constants.pkl", "a/code/x.py"], "TorchScript"),
    ("extra-program", ["a/data.pkl", "a/evil.py"], "no place in a torch file"),
    ("other-folder", ["a/data.pkl", "b/data/0"], "no place in a torch file"),
    ("escaping-storage", ["a/data.pkl", "a/data/../../x"], "no place in a torch file"),
    ("absolute-extra", ["a/data.pkl", "/etc/passwd"], "no place in a torch file"),
    ("no-storage", ["a/data.pkl"], 'storage "0" is not in the file'),
    ("other-storage", ["a/data.pkl", "a/data/1"], 'storage "0" is not in the file'),
]

CLAIMS = [
    ("more-elements", dict(n=7), "claims 7 elements of 4 bytes"),
    ("fewer-elements", dict(n=5), "claims 5 elements of 4 bytes"),
    ("other-type", dict(kind="HalfStorage"), "claims 6 elements of 2 bytes"),
    ("overflowing-elements", dict(n=(1 << 62) + 6), "claims 4611686018427387910 elements"),
    ("negative-elements", dict(n=-6), "negative or no number"),
    ("missing-key", dict(key="7"), 'storage "7" is not in the file'),
    ("empty-key", dict(key=""), "is not in the file"),
    ("escaping-key", dict(key="../../etc/passwd"), "is not in the file"),
    ("negative-offset", dict(offset=-1), "offset is negative"),
    ("offset", dict(offset=1), "reaches to byte 28"),
    ("huge-offset", dict(offset=(1 << 63) - 1), "64 bits"),
    ("shape", dict(shape=(7,), strides=(1,)), "reaches to byte 28"),
    ("stride", dict(strides=(4, 1)), "reaches to byte 28"),
    ("negative-shape", dict(shape=(-2, 3)), "shape holds a negative number"),
    ("negative-stride", dict(strides=(-3, 1)), "stride holds a negative number"),
    ("uneven", dict(strides=(3,)), "2 axes and 1 strides"),
    ("overflowing-shape", dict(shape=(1 << 32, 1 << 32, 1 << 32), strides=(0, 0, 0)), "64 bits"),
    ("overflowing-stride", dict(shape=(3,), strides=((1 << 63) - 1,)), "64 bits"),
    ("amplification", dict(shape=(10 ** 9,), strides=(0,)), "more than 16 times the file's size"),
    ("many-axes", dict(shape=(1,) * 65, strides=(1,) * 65), "65 axes"),
    ("quantised", dict(kind="QInt8Storage"), "quantised tensors (QInt8Storage)"),
    ("complex-double", dict(kind="ComplexDoubleStorage"), "ComplexDoubleStorage is not read"),
    ("unknown-storage", dict(kind="FooStorage"), "not one torch has"),
    ("conj", dict(extra=b"}" + text("conj") + b"\x88s"), '"conj"'),
    ("neg", dict(extra=b"}" + text("neg") + b"\x88s"), '"neg"'),
    ("too-many-arguments", dict(extra=b"NNN"), "rebuilt from 9 arguments"),
]

SYSTEM = b"cos\nsystem\n" + text("touch pwned") + b"\x85R"

PICKLES = [
    ("os-system", b"\x80\x02" + SYSTEM + b".", "whole pickled object (os.system)"),
    ("posix-system-v4", b"\x80\x04\x8c\x05posix\x94\x8c\x06system\x94\x93\x94\x8c\x02id\x94\x85\x94R\x94.",
     "whole pickled object (posix.system)"),
    ("stack-global-memo", b"\x80\x04\x8c\x02os\x940\x8c\x06system\x940h\0h\1\x93)R.", "(os.system)"),
    ("eval", b"\x80\x02c__builtin__\neval\n" + text("1") + b"\x85R.", "(__builtin__.eval)"),
    ("exec", b"\x80\x02cbuiltins\nexec\n" + text("1") + b"\x85R.", "(builtins.exec)"),
    ("getattr", b"\x80\x02cbuiltins\ngetattr\ncos\nos\n" + text("system") + b"\x86R" + text("id") + b"\x85R.",
     "whole pickled object"),
    ("attrgetter", b"\x80\x02coperator\nattrgetter\n" + text("system") + b"\x85Rcos\nos\n\x85R)R.",
     "whole pickled object"),
    ("popen-newobj", b"\x80\x02csubprocess\nPopen\n)\x81}b.", "(subprocess.Popen)"),
    ("popen-newobj-ex", b"\x80\x04csubprocess\nPopen\n)}\x92.", "(subprocess.Popen)"),
    ("runpy", b"\x80\x02crunpy\n_run_code\n)R.", "(runpy._run_code)"),
    ("nested-pickle", b"\x80\x02cpickle\nloads\n" + text(b"\x80\x02" + SYSTEM + b".") + b"\x85R.", "(pickle.loads)"),
    ("torch-load", b"\x80\x02ctorch\nload\n" + text("x") + b"\x85R.", "(torch.load)"),
    ("parse-type-line", b"\x80\x02ctorch.jit.annotations\nparse_type_line\n)R.", "parse_type_line"),
    ("whole-module", b"\x80\x02}" + text("model") + b"cmodels.yolo\nModel\n)\x81}bs.", "(models.yolo.Model)"),
    ("inst", b"\x80\x02(ios\nsystem\n.", "INST"),
    ("obj", b"\x80\x02(cos\nsystem\n" + text("id") + b"o.", "OBJ"),
    ("dup-bomb", b"\x80\x02]" + b"2a" * 64 + b".", "DUP"),
    ("ext1", b"\x80\x02\x82\x01.", "EXT1"),
    ("ext2", b"\x80\x02\x83\x01\x00.", "EXT2"),
    ("ext4", b"\x80\x02\x84\x01\x00\x00\x00.", "EXT4"),
    ("text-persid", b"\x80\x02Pstorage\n.", "PERSID"),
    ("text-int", b"\x80\x02I1\n.", "INT"),
    ("text-get", b"\x80\x02g0\n.", "GET"),
    ("next-buffer", b"\x80\x05\x97.", "NEXT_BUFFER"),
    ("unknown-opcode", b"\x80\x02\xfe.", "(0xfe) is not an opcode"),
    ("payload-then-broken", b"\x80\x02" + SYSTEM + b"\xff", "(0xff) is not an opcode"),
    ("second-pickle", b"\x80\x02}.\x80\x02" + SYSTEM + b".", "after its end"),
    ("protocol-0", b"(dp0\n.", "no pickle of protocol 2"),
    ("protocol-9", b"\x80\x09N.", "protocol 9"),
    ("empty", b"", "no pickle of protocol 2"),
    ("no-stop", b"\x80\x02N", "cut short"),
    ("stop-alone", b"\x80\x02.", "0 values and 0 open MARKs"),
    ("two-values", b"\x80\x02NN.", "2 values"),
    ("open-mark", b"\x80\x02(N.", "1 open MARKs"),
    ("tuple-without-mark", b"\x80\x02t.", "needs a MARK"),
    ("below-mark", b"\x80\x02N(\x85.", "the stack has fewer"),
    ("many-marks", b"\x80\x02" + b"(" * 1000001, "open MARKs"),
    ("long-string", b"\x80\x02X\xff\xff\xff\xffhi.", "cut short"),
    ("longer-string", b"\x80\x04\x8d" + b"\xff" * 8 + b"hi.", "cut short"),
    ("long-frame", b"\x80\x04\x95" + b"\xff" * 8 + b"N.", "frame"),
    ("memo-index", b"\x80\x02Nr\xff\xff\xff\xff.", "memo index 4294967295"),
    ("memo-unset", b"\x80\x02h\x07.", "memo 7 was never set"),
    ("setitem-on-number", b"\x80\x02K\1NNs.", "puts items into a number"),
    ("setitems-on-list", b"\x80\x02](NNu.", "puts items into a list"),
    ("setitems-on-tensor-global", b"\x80\x02ctorch\nTensor\n(NNu.", "puts items into torch.Tensor"),
    ("append-to-dictionary", b"\x80\x02}Na.", "puts items into a dictionary"),
    ("odd-items", b"\x80\x02}(NNNu.", "a key without a value"),
    ("build-on-number", b"\x80\x02K\1}b.", "gives a state to a number"),
    ("call-without-tuple", b"\x80\x02cos\nsystem\nNR.", "the arguments of a call are None"),
    ("global-of-numbers", b"\x80\x04K\1K\2\x93.", "names a global by"),
    ("global-not-text", b"\x80\x02c\xff\xfe\nx\n.", "is not text"),
    ("global-unending", b"\x80\x02cos\nsystem", "a line does not end"),
    ("root-none", b"\x80\x02N.", "the file holds None"),
    ("root-list", b"\x80\x02].", "the file holds a list"),
    ("root-empty", b"\x80\x02}.", "a dictionary without any"),
    ("root-itself", b"\x80\x02}q\0" + text("model") + b"h\0s.", "a dictionary without any"),
    ("root-tensor", b"\x80\x02" + tensor() + b".", "one tensor without a name"),
    ("name-not-utf8", b"\x80\x02}" + text(b"\xff\xfe") + tensor() + b"s.", "is not UTF-8"),
    ("name-with-nul", b"\x80\x02}" + text(b"a\0b") + tensor() + b"s.", "is not UTF-8"),
    ("name-twice", b"\x80\x02}(" + (text("x") + tensor()) * 2 + b"u.", "twice"),
    ("sparse", state(b"ctorch._utils\n_rebuild_sparse_tensor\n)R"), "_rebuild_sparse_tensor"),
    ("qtensor", state(b"ctorch._utils\n_rebuild_qtensor\n)R"), "_rebuild_qtensor"),
    ("no-storage-at-all", state(b"ctorch._utils\n_rebuild_tensor_v2\n(NK\0))\x89}tR"), "what should be a storage"),
    ("persistent-module", state(b"ctorch._utils\n_rebuild_tensor_v2\n((" + text("module") + b"NNNNtQK\0))\x89}tR"),
     "a persistent id is not"),
]

LEGACY = [
    ("magic-by-call", b"\x80\x02cos\nsystem\n)R.", None),
    ("big-endian", dict(system=b"}" + text("little_endian") + b"\x89s"), "big-endian"),
    ("no-system", dict(system=b"N"), "is not described"),
    ("protocol", dict(protocol=b"M\xea\x03"), "protocol is not 1001"),
    ("count-more", dict(count=7), "promises 7 elements"),
    ("count-less", dict(count=5), "follow the last storage"),
    ("count-huge", dict(count=1 << 62), "promises 4611686018427387904 elements"),
    ("count-negative", dict(count=-1), "promises 18446744073709551615 elements"),
    ("unknown-key", dict(keys=("9",)), "no tensor names it"),
    ("no-keys", dict(keys=()), "is not in the file"),
    ("key-twice", dict(keys=("0", "0")), "in the list twice"),
    ("os-system", dict(pickle=b"\x80\x02" + SYSTEM + b"."), "no tensor names it"),
    ("quantised", dict(pickle=state(tensor(kind="QInt8Storage"))), "quantised tensors"),
    ("inst", dict(pickle=b"\x80\x02(ios\nsystem\n."), "INST"),
    ("claims-more", dict(pickle=state(tensor(n=8))), "claims 8 elements"),
]


def legacy_cases():
    for name, change, message in LEGACY:
        if isinstance(change, bytes):
            yield f"legacy-{name}.pt", change, message or "this is a pickle that PyTorch did not write"
        else:
            yield f"legacy-{name}.pt", legacy_file(**change), message
    good = legacy_file()
    for length in (16, 40, 100, len(good) - 30, len(good) - 1):
        message = "cut short" if length < len(good) - 40 else "incomplete download or copy"
        yield f"legacy-cut-at-{length}.pt", good[:length], message
    yield "legacy-longer.pt", good + b"\0", "1 bytes follow the last storage"


def cases():
    good, wide = torch_file(state()), torch_file(state(), wide=True)
    for name, signature, nth, delta, new, message in PATCHES:
        yield f"zip-{name}.ckpt", patched(good, signature, nth, delta, new), message
    for name, signature, nth, delta, new, message in WIDE_PATCHES:
        yield f"zip-{name}.ckpt", patched(wide, signature, nth, delta, new), message
    for name, names, message in LISTINGS:
        yield f"zip-{name}.ckpt", zip_archive([(n, state()) for n in names]), message
    for length in (10, 100, len(good) // 2, len(good) - 1):
        yield f"zip-cut-at-{length}.ckpt", good[:length], "incomplete download or copy"
    both = patched(patched(good, CENTRAL, 2, 10, b"\x08"), LOCAL, 2, 8, b"\x08")
    yield "zip-deflated.ckpt", both, "is compressed"
    yield "zip-longer.ckpt", good + b"trailing", "the end record is missing"
    for name, change, message in CLAIMS:
        yield f"tensor-{name}.ckpt", torch_file(state(tensor(**change))), message
    for name, pickle, message in PICKLES:
        yield f"pickle-{name}.ckpt", torch_file(pickle), message
    yield from legacy_cases()
    yield "tar.pt", b"pickle".ljust(257, b"\0") + b"ustar\x0000".ljust(255, b"\0"), "tar archive"
    yield "7z.ckpt", b"7z\xbc\xaf\x27\x1c" + bytes(64), "7z archive"
    yield "npy.pt", b"\x93NUMPY\1\0" + bytes(64), "NumPy array"
    yield "plain-pickle.pt", b"\x80\x04\x95\x05\0\0\0\0\0\0\0}\x94.", "PyTorch did not write"


def make(folder):
    pairs = []
    for name, data, message in cases():
        (folder / name).write_bytes(data)
        pairs.append((name, message))
    return pairs
