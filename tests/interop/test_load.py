#!/usr/bin/env python3
"""What Amalgam writes, as the official safetensors package and PyTorch see it.

Files of every floating-point type are merged and must hold, bit for bit, what PyTorch computes in float32; shapes without
elements and axes, integers, shards and their index must come through.
"""

import json
import os
import subprocess
import sys
import tempfile

try:
    import torch
    from safetensors import safe_open
    from safetensors.torch import load_file, save_file
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

ALPHA = 0.3
TYPES = [torch.float32, torch.float16, torch.bfloat16, torch.float8_e4m3fn, torch.float8_e5m2]


def amalgam(*arguments):
    subprocess.run([os.environ["AMALGAM"], *arguments, "--quiet"], check=True)


def make_tensors(seed):
    generator = torch.Generator().manual_seed(seed)
    tensors = {}
    for number, dtype in enumerate(TYPES):
        values = torch.randn(37, 53, generator=generator) * 0.1
        tensors[f"layer.{number}.weight"] = values.to(dtype)
    tensors["scalar"] = torch.randn((), generator=generator)
    tensors["empty"] = torch.zeros(0, 4)
    tensors["steps"] = torch.arange(7, dtype=torch.int64)
    return tensors


def expected_sum(a, b):
    """The weighted sum as PyTorch computes it after an upcast, rounded once."""
    return ((1 - ALPHA) * a.float() + ALPHA * b.float()).to(a.dtype)


def bits_of(tensor):
    return tensor.contiguous().reshape(-1).view(torch.uint8)


def check_values(merged, a, b):
    assert merged.keys() == a.keys()
    for name, value in merged.items():
        assert value.dtype == a[name].dtype and value.shape == a[name].shape, name
        want = a[name] if name == "steps" else expected_sum(a[name], b[name])
        assert torch.equal(bits_of(value), bits_of(want)), f"{name} differs from PyTorch"


def check_metadata(path):
    with safe_open(path, "pt") as file:
        metadata = file.metadata()
    assert "weighted_sum" in metadata["amalgam_recipe"]


def check_shards(folder, a, b):
    with open(os.path.join(folder, "model.safetensors.index.json"), encoding="utf-8") as file:
        weight_map = json.load(file)["weight_map"]
    shards = sorted(set(weight_map.values()))
    assert len(shards) > 1, "one shard only"
    merged = {}
    for shard in shards:
        tensors = load_file(os.path.join(folder, shard))
        assert all(weight_map[name] == shard for name in tensors)
        merged.update(tensors)
    check_values(merged, a, b)


def main():
    a, b = make_tensors(1), make_tensors(2)
    with tempfile.TemporaryDirectory() as folder:
        paths = [os.path.join(folder, name) for name in ("a.safetensors", "b.safetensors")]
        merged = os.path.join(folder, "merged.safetensors")
        shards = os.path.join(folder, "shards")
        save_file(a, paths[0])
        save_file(b, paths[1])
        method = ["-m", "weighted_sum", "-p", f"alpha={ALPHA}"]
        amalgam("merge", *paths, *method, "-o", merged)
        check_values(load_file(merged), a, b)
        check_metadata(merged)
        amalgam("merge", *paths, *method, "--shard-size", "8KB", "-o", shards)
        check_shards(shards, a, b)
        check_bytes_are_stable(paths, method, merged, folder)


def check_bytes_are_stable(paths, method, merged, folder):
    again = os.path.join(folder, "again.safetensors")
    amalgam("merge", *paths, *method, "--threads", "3", "-o", again)
    with open(merged, "rb") as first, open(again, "rb") as second:
        assert first.read() == second.read(), "the same merge gave other bytes"


if __name__ == "__main__":
    main()
