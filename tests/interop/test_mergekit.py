"""Results of amalgam beside those of mergekit 0.1.5 for the methods on task vectors, from recipes in mergekit's form.

AMALGAM is the program. Exits with 77 where a package is missing. Masks drawn at random are not compared: mergekit
takes them from PyTorch's generator. Elements that tie at a cut are not compared either: which of them mergekit keeps
is left to its sort."""

import json
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
WIDE = (torch.float64, torch.float32)
ALL = (*WIDE, torch.float16, torch.bfloat16)

# Method, parameters (tuples are per model), number of models, types.
CASES = [
    ("task_arithmetic", {"weight": (0.7, -0.4, 0.3)}, 3, ALL),
    ("task_arithmetic", {"weight": (0.7, 0.4, 0.3), "normalize": True, "lambda": 0.5}, 3, ALL),
    ("task_arithmetic", {"weight": (1.0,)}, 1, ALL),
    ("ties", {"weight": (1.0, 1.0, 1.0)}, 3, ALL),
    ("ties", {"weight": (0.5, 0.75, 1.0), "density": (0.5, 0.2, 0.8)}, 3, ALL),
    ("ties", {"weight": (0.5, 0.75, 1.0), "density": (0.5, 0.2, 0.8), "normalize": False, "lambda": 0.5}, 3, ALL),
    ("ties", {"weight": (1.0, 0.5), "density": (0.3, 0.3), "rescale": True}, 2, ALL),
    ("ties", {"weight": (1.0, -0.5), "density": (0.3, 0.3), "int8_mask": True}, 2, ALL),
    ("dare_ties", {"weight": (1.0, 0.5, 0.25), "density": (1.0, 1.0, 1.0)}, 3, ALL),
    ("dare_linear", {"weight": (1.0, 0.5, 0.25), "density": (1.0, 1.0, 1.0), "normalize": True}, 3, ALL),
    ("della", {"weight": (1.0, 0.5, 0.25), "density": (1.0, 1.0, 1.0)}, 3, ALL),
    ("della_linear", {"weight": (1.0, 0.5, 0.25)}, 3, ALL),
    ("breadcrumbs", {"weight": (1.0, 0.5), "density": (0.5, 0.9), "gamma": (0.01, 0.05)}, 2, ALL),
    ("breadcrumbs", {"weight": (1.0, 0.5), "density": (0.6, 0.6), "gamma": (0.1, 0.1), "rescale": True}, 2, ALL),
    ("breadcrumbs", {"weight": (1.0, 0.5), "density": (0.9, 0.9), "gamma": (0.3, 0.3)}, 2, ALL),
    ("breadcrumbs_ties", {"weight": (1.0, 0.5, 0.7), "density": (0.5, 0.5, 0.5)}, 3, ALL),
    ("model_stock", {}, 2, ALL),
    ("model_stock", {}, 4, ALL),
    ("model_stock", {"filter_wise": True}, 3, ALL),
    ("sce", {}, 3, ALL),
    ("sce", {"select_topk": 0.3}, 3, WIDE),
    ("sce", {"select_topk": 0.01}, 2, WIDE),
    ("arcee_fusion", {}, 1, WIDE),
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


def merge(folder, method, parameters, paths):
    """Writes the recipe a user of mergekit has, and runs it. The last path is the base."""
    models = [
        {"model": str(path), "parameters": {k: v[i] for k, v in parameters.items() if isinstance(v, tuple)}}
        for i, path in enumerate(paths[:-1])
    ]
    recipe = {
        "merge_method": method,
        "base_model": str(paths[-1]),
        "models": models,
        "parameters": {k: v for k, v in parameters.items() if not isinstance(v, tuple)},
    }
    recipe_path, output = folder / "recipe.yaml", folder / "output.safetensors"
    recipe_path.write_text(json.dumps(recipe))
    command = [AMALGAM, "merge", str(recipe_path), "-o", str(output), "--force", "--quiet"]
    subprocess.run(command, check=True, env={**os.environ, "XDG_CACHE_HOME": str(folder)})
    return load_file(output)


def find_ties(inputs, parameters):
    """Elements of which some model's change is as great as another one on the other side of a cut."""
    ties = torch.zeros(inputs[0].shape, dtype=torch.bool)
    for index, density in enumerate(parameters.get("density", ())):
        change = (inputs[index] - inputs[-1]).abs()
        ordered = change.flatten().sort(descending=True).values
        n_kept = int(density * change.numel() + 1e-9)
        n_outliers = int(parameters.get("gamma", (0.01,) * 9)[index] * change.numel() + 1e-9)
        n_outliers = min(n_outliers, change.numel() - n_kept)
        for rank in {n_kept, n_outliers, n_kept + n_outliers}:
            if 0 < rank < change.numel() and ordered[rank - 1] - ordered[rank] <= 1e-6 * ordered[rank]:
                ties |= (change - ordered[rank]).abs() <= 2e-6 * ordered[rank]
    return ties


def check(folder, dtype, method, parameters, n_models):
    models, paths = make_models(folder, n_models + 1, dtype)
    merged = merge(folder, method, parameters, paths)
    theirs = {k: list(v) if isinstance(v, tuple) else v for k, v in parameters.items()}
    for key in SHAPES:
        inputs = [model[key].double() for model in models]
        expected = merge_tensors(inputs, method, parameters=theirs, base_index=n_models)
        error = (merged[key].double() - expected).abs()
        allowed = 1e-7 * (1 + expected.abs())
        if dtype != torch.float64:
            allowed = allowed + expected.abs() * torch.finfo(dtype).eps / 2 + 8 * torch.finfo(torch.float32).eps
        ties = find_ties(inputs, parameters)
        good = (error <= allowed) | ties
        assert bool(good.all()), f"{method} {parameters} {dtype} {key}: off by {error[~good].max().item():g}"
        assert ties.sum() < ties.numel() / 4, f"{method} {parameters} {dtype} {key}: {ties.sum()} ties"
        assert bool((merged[key] != models[-1][key]).any()), f"{method} {key}: nothing was merged"


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for method, parameters, n_models, dtypes in CASES:
            for dtype in dtypes:
                check(folder, dtype, method, parameters, n_models)
            print(f"{method} {parameters}: as mergekit")


main()
