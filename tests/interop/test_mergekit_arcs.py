"""Results of amalgam beside those of mergekit 0.1.5 for the methods on angles and distances.

AMALGAM is the program. Exits with 77 where a package is missing."""

import os
import pathlib
import subprocess
import sys
import tempfile

try:
    import torch
    from mergekit.merge_methods.api import merge_tensors
    from safetensors.torch import load_file, save_file
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

AMALGAM = os.environ["AMALGAM"]
SHAPES = {"linear.weight": (40, 48), "norm.bias": (120,), "conv.weight": (20, 8, 3, 3)}

# Method, parameters, models, whether there is a base, and the model that mergekit calls its base where we do not.
CASES = [
    ("slerp", {"t": 0.3}, 2, False, 0),
    ("nuslerp", {"weight": (0.4, 0.8)}, 2, False, None),
    ("nuslerp", {"weight": (0.4, 0.8), "nuslerp_flatten": False}, 2, False, None),
    ("nuslerp", {"weight": (0.4, 0.8), "nuslerp_flatten": False, "nuslerp_row_wise": True}, 2, False, None),
    ("nuslerp", {"weight": (0.4, 0.8)}, 2, True, None),
    ("nuslerp", {"weight": (0.4, 0.8), "nuslerp_flatten": False, "nuslerp_row_wise": True}, 2, True, None),
    ("multislerp", {"weight": (0.2, 0.5, 0.9)}, 3, False, None),
    ("multislerp", {"weight": (0.2, 0.5, 0.9), "normalize_weights": False}, 3, False, None),
    ("multislerp", {"weight": (0.2, 0.5, 0.9)}, 3, True, None),
    ("karcher", {}, 4, False, None),
    ("karcher", {"max_iter": 3}, 4, False, None),
    ("nearswap", {"t": 0.2}, 2, False, 0),
    ("linear", {"weight": (0.2, 0.5, 0.9)}, 3, False, None),
    ("linear", {"weight": (0.2, 0.5, 0.9), "normalize": False}, 3, False, None),
    ("passthrough", {"scale": 0.7}, 1, False, None),
]


def make_models(folder, n, dtype):
    generator = torch.Generator().manual_seed(n)
    models, paths = [], []
    for index in range(n):
        tensors = {
            key: torch.randn(shape, generator=generator, dtype=torch.float64).to(dtype)
            for key, shape in SHAPES.items()
        }
        paths.append(folder / f"model-{index}.safetensors")
        save_file(tensors, paths[-1])
        models.append(tensors)
    return models, paths


def write_value(value):
    if isinstance(value, tuple):
        return ",".join(map(write_value, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def merge(folder, method, parameters, paths, has_base):
    output = folder / "output.safetensors"
    command = [AMALGAM, "merge", *map(str, paths), "-m", method, "-o", str(output), "--force", "--quiet"]
    if has_base:
        command += ["--base", str(folder / f"model-{len(paths)}.safetensors")]
    for name, value in parameters.items():
        command += ["-p", f"{name}={write_value(value)}"]
    subprocess.run(command, check=True, env={**os.environ, "XDG_CACHE_HOME": str(folder)})
    return load_file(output)


def check(folder, dtype, method, parameters, n_models, has_base, base_index):
    models, paths = make_models(folder, n_models + has_base, dtype)
    merged = merge(folder, method, parameters, paths[:n_models], has_base)
    base_index = n_models if has_base else base_index
    theirs = {k: list(v) if isinstance(v, tuple) else v for k, v in parameters.items()}
    for key in SHAPES:
        inputs = [model[key].double() for model in models]
        expected = merge_tensors(inputs, method, parameters=theirs, base_index=base_index)
        error = (merged[key].double() - expected).abs()
        allowed = 1e-7 * (1 + expected.abs())
        if dtype != torch.float64:
            allowed = allowed + expected.abs() * torch.finfo(dtype).eps + 8 * torch.finfo(torch.float32).eps
        worst = error.max().item()
        assert bool((error <= allowed).all()), f"{method} {parameters} {dtype} {key}: off by {worst:g}"
        assert bool((expected != 0).all()), f"{method} {key}: nothing to compare"


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for method, parameters, n_models, has_base, base_index in CASES:
            for dtype in (torch.float64, torch.float32, torch.float16, torch.bfloat16):
                check(folder, dtype, method, parameters, n_models, has_base, base_index)
            print(f"{method} {parameters}{' with a base' if has_base else ''}: as mergekit")


main()
