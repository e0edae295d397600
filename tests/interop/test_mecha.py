"""Results of amalgam beside those of sd-mecha 1.1.8 and of plain PyTorch arithmetic on the same small tensors.

AMALGAM is the program. Exits with 77 where a package is missing."""

import os
import pathlib
import subprocess
import sys
import tempfile

try:
    import torch
    from safetensors.torch import load_file, save_file
    from sd_mecha.extensions import merge_methods
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

AMALGAM = os.environ["AMALGAM"]
FLOATS = (torch.float64, torch.float32, torch.float16, torch.bfloat16)
SHAPES = {"linear.weight": (40, 48), "norm.bias": (120,), "conv.weight": (20, 8, 3, 3)}


def make_model(folder, name, dtype, seed):
    generator = torch.Generator().manual_seed(seed)
    tensors = {
        key: torch.randn(shape, generator=generator, dtype=torch.float64).to(dtype) for key, shape in SHAPES.items()
    }
    path = folder / f"{name}-{seed}.safetensors"
    save_file(tensors, path)
    return path, tensors


def merge(folder, method, parameters, paths):
    output = folder / "output.safetensors"
    command = [AMALGAM, "merge", *map(str, paths), "-m", method, "-o", str(output), "--force", "--quiet"]
    for name, value in parameters.items():
        command += ["-p", f"{name}={value}"]
    subprocess.run(command, check=True, env={**os.environ, "XDG_CACHE_HOME": str(folder)})
    return load_file(output)


def original(method):
    return merge_methods.resolve(method).__wrapped__


def ratio(value):
    return torch.tensor(value, dtype=torch.float64)


def mecha_weighted_sum(key, a, b, alpha):
    return original("weighted_sum")({key: a}, {key: b}, ratio(alpha), key=key)


def mecha_add_difference(key, a, b, c, alpha):
    return original("add_difference")({key: a}, {key: original("subtract")(b, c)}, ratio(alpha), key=key)


def mecha_train_difference(key, a, b, c, alpha):
    mask = original("train_difference_mask")(a, b, c, ratio(alpha))
    return original("add_difference")({key: a}, {key: original("subtract")(b, c)}, mask, key=key)


def mecha_sum_twice(key, a, b, c, alpha, beta):
    return mecha_weighted_sum(key, mecha_weighted_sum(key, a, b, alpha), c, beta)


def mecha_average(key, *models):
    return original("n_average")(*({key: model} for model in models), key=key)


# Method, parameters, number of models, sd-mecha's part on doubles, relative error allowed in doubles.
CASES = [
    ("weighted_sum", {"alpha": 0.3}, 2, lambda key, a, b: mecha_weighted_sum(key, a, b, 0.3), 1e-14),
    ("weighted_sum", {"alpha": 1.25}, 2, lambda key, a, b: mecha_weighted_sum(key, a, b, 1.25), 1e-14),
    ("add_difference", {"alpha": 0.7}, 3, lambda key, a, b, c: mecha_add_difference(key, a, b, c, 0.7), 1e-14),
    ("train_difference", {"alpha": 0.9}, 3, lambda key, a, b, c: mecha_train_difference(key, a, b, c, 0.9), 1e-14),
    ("sum_twice", {"alpha": 0.3, "beta": 0.6}, 3, lambda key, a, b, c: mecha_sum_twice(key, a, b, c, 0.3, 0.6), 1e-14),
    ("linear", {}, 4, mecha_average, 1e-14),
    (
        "slerp",
        {"t": 0.35, "formula": "rescaled"},
        2,
        lambda key, a, b: original("slerp")(a, b, ratio(0.35)),
        1e-13,
    ),
    (
        "tensor_sum",
        {"alpha": 0.5, "beta": 0.25},
        2,
        lambda key, a, b: original("tensor_sum")(a.clone(), b.clone(), 0.5, 0.25),
        0,
    ),
    ("geometric_median", {}, 5, lambda key, *models: original("geometric_median")(*models), 1e-7),
]


def check_close(what, result, expected, dtype, slack):
    """Within one rounding of the stored type of what sd-mecha makes of the same values in doubles."""
    assert result.dtype == dtype, f"{what}: {result.dtype}"
    error = (result.double() - expected).abs()
    allowed = (expected.abs() + 1) * slack
    if dtype != torch.float64:
        allowed = allowed + expected.abs() * torch.finfo(dtype).eps + 4 * torch.finfo(torch.float32).eps
    assert bool((error <= allowed).all()), f"{what}: off by {error.max().item():g}"
    assert slack == 0 or bool((result != 0).any()), f"{what}: all zero"


def check_mecha(folder):
    for method, parameters, n_models, reference, slack in CASES:
        for dtype in FLOATS:
            models = [make_model(folder, str(dtype), dtype, seed) for seed in range(n_models)]
            merged = merge(folder, method, parameters, [path for path, _ in models])
            for key in SHAPES:
                expected = reference(key, *(tensors[key].double() for _, tensors in models))
                check_close(f"{method} {dtype} {key}", merged[key], expected, dtype, slack)
        print(f"{method} {parameters}: as sd-mecha")


def check_bits(folder):
    """weighted_sum is (1 - alpha) * A.float() + alpha * B.float() to the last bit."""
    for alpha in (0.3, 0.5, 0.123, 0.9999):
        for dtype in (torch.float32, torch.float16, torch.bfloat16):
            (path_a, a), (path_b, b) = (make_model(folder, str(dtype), dtype, seed) for seed in (11, 12))
            merged = merge(folder, "weighted_sum", {"alpha": alpha}, [path_a, path_b])
            for key in SHAPES:
                expected = ((1 - alpha) * a[key].float() + alpha * b[key].float()).to(dtype)
                assert torch.equal(merged[key], expected), f"weighted_sum {alpha} {dtype} {key}: bits differ"
    print("weighted_sum: the bits of PyTorch")


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        check_mecha(folder)
        check_bits(folder)


main()
