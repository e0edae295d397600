"""Merges over statistics and spectra beside the formulas in NumPy and PyTorch: solves, pseudo-inverses and singular
value decompositions of theirs in float64. AMALGAM is the program. Exits with 77 where a package is missing."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

try:
    import numpy as np
    import torch
    from safetensors.numpy import load_file, save_file
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

AMALGAM = os.environ["AMALGAM"]
N_MODELS = 3
WEIGHTS = (1.0, 0.25, 3.0)
SHAPES = {"wide.weight": (40, 96), "narrow.weight": (96, 30), "square.weight": (64, 64),
          "conv.weight": (24, 6, 3, 3), "norm.bias": (50,)}


def flatten(values):
    return values.reshape(len(values), -1)


def make_inputs(generator):
    base = {key: generator.standard_normal(shape) for key, shape in SHAPES.items()}
    models = [{key: values + 0.1 * generator.standard_normal(values.shape) for key, values in base.items()}
              for _ in range(N_MODELS)]
    return base, models


def make_statistics(generator, model):
    """Sums and counts; the bias has a Fisher and no Gram."""
    statistics = {}
    for key, values in model.items():
        fisher = np.exp(generator.uniform(-12, 0, values.shape)).astype(np.float32)
        statistics |= {f"fisher/{key}": fisher, f"fisher.count/{key}": np.array([8.0])}
        if values.ndim > 1:
            side = flatten(values).shape[1]
            rows = generator.standard_normal((3 * side, side)) @ generator.standard_normal((side, side)) / side
            statistics |= {f"gram/{key}": (rows.T @ rows).astype(np.float32),
                           f"gram.count/{key}": np.array([3.0 * side])}
    return statistics


def mean_of(statistics, kind, key):
    return statistics[f"{kind}/{key}"].astype(np.float64) / statistics[f"{kind}.count/{key}"][0]


def fisher(models, statistics, key, floor=1e-10):
    weights = [weight * np.maximum(mean_of(s, "fisher", key), floor) for weight, s in zip(WEIGHTS, statistics)]
    return sum(w * model[key] for w, model in zip(weights, models)) / sum(weights)


def regmean(models, statistics, key, alpha=0.9, ridge=0.0, base=None):
    grams = []
    for weight, s in zip(WEIGHTS, statistics):
        gram = mean_of(s, "gram", key)
        grams.append(weight * (alpha * gram + (1 - alpha) * np.diag(np.diag(gram))))
    left = sum(grams)
    right = sum(flatten(model[key]) @ gram for model, gram in zip(models, grams))
    if base is not None:
        shift = ridge * np.trace(left) / len(left)
        left, right = left + shift * np.eye(len(left)), right + shift * flatten(base[key])
    return np.linalg.solve(left.T, right.T).T.reshape(models[0][key].shape)


def changes_of(base, models, key):
    return [torch.from_numpy(flatten(model[key] - base[key])) for model in models]


def actmat(changes, cutoff=1e-4):
    left = sum(change.T @ change for change in changes)
    return sum(change @ change.T @ change for change in changes) @ torch.linalg.pinv(left, rtol=cutoff, hermitian=True)


def wudi(changes, rank):
    grams = [change.T @ change / (change ** 2).sum() for change in changes]
    left, origin = sum(grams), sum(changes)
    values, vectors = torch.linalg.eigh(left)
    kept = values > 1e-12 * values[-1]
    if rank == "participation":
        n = int(torch.floor(values[kept].sum() ** 2 / (values[kept] ** 2).sum() + 0.5))
        kept &= torch.arange(len(values)) >= len(values) - n
    inverse = vectors[:, kept] @ torch.diag(1 / values[kept]) @ vectors[:, kept].T
    return origin + sum((change - origin) @ gram for change, gram in zip(changes, grams)) @ inverse


def tsv_merge(changes):
    rank = min(changes[0].shape) // len(changes)
    parts = [torch.linalg.svd(change, full_matrices=False) for change in changes]
    left = torch.cat([u[:, :rank] for u, _, _ in parts], 1)
    singular = torch.cat([s[:rank] for _, s, _ in parts])
    right = torch.cat([v[:rank] for _, _, v in parts], 0)
    u, _, v = torch.linalg.svd(left, full_matrices=False)
    x, _, y = torch.linalg.svd(right, full_matrices=False)
    return u @ v @ torch.diag(singular) @ x @ y


def iso_c(changes):
    u, s, v = torch.linalg.svd(sum(changes), full_matrices=False)
    return s.mean() * u @ v


SPECTRAL = [("actmat", {}, actmat), ("wudi", {}, lambda changes: wudi(changes, "participation")),
            ("wudi", {"rank": "full"}, lambda changes: wudi(changes, "full")), ("tsv_merge", {}, tsv_merge),
            ("iso_c", {}, iso_c)]


def merge(folder, method, parameters, base=None, statistics=False, threads=2):
    models = [{"model": f"{i}.safetensors", "parameters": {"weight": WEIGHTS[i], "statistics": f"{i}.stats.safetensors"}
               if statistics else {}} for i in range(N_MODELS)]
    recipe = {"merge_method": method, "models": models, "parameters": parameters}
    if base is not None:
        recipe["base_model"] = "base.safetensors"
    (folder / "recipe.yaml").write_text(json.dumps(recipe))
    output = folder / "merged.safetensors"
    subprocess.run([AMALGAM, "merge", "recipe.yaml", "-o", output, "--force", "--quiet", "--threads", str(threads)],
                   check=True, cwd=folder)
    return load_file(output)


def compare(what, merged, expected, allowed):
    """What tensors differ by, relative to the largest number of the formula's."""
    worst = max(np.abs(merged[key] - values).max() / np.abs(values).max() for key, values in expected.items())
    print(f"{what}: {worst:.1e} (allowed {allowed:.0e})")
    assert worst <= allowed, what


def average(models, weights):
    return {key: sum(w * model[key] for w, model in zip(weights, models)) / sum(weights) for key in models[0]}


def check_statistics(folder, base, models, statistics):
    compare("fisher", merge(folder, "fisher", {}, statistics=True),
            {key: fisher(models, statistics, key) for key in SHAPES}, 1e-12)
    mean = average(models, WEIGHTS)
    matrices = [key for key, shape in SHAPES.items() if len(shape) > 1]
    for alpha in (0.0, 0.5, 0.9):
        expected = {key: regmean(models, statistics, key, alpha) for key in matrices} | {"norm.bias": mean["norm.bias"]}
        compare(f"regmean, alpha {alpha}", merge(folder, "regmean", {"alpha": alpha}, statistics=True),
                expected, 1e-10)
    expected = {key: regmean(models, statistics, key, 1.0, 0.01, base) for key in matrices}
    compare("regmean, ridge", merge(folder, "regmean", {"alpha": 1.0, "ridge": 0.01}, base, True), expected, 1e-10)


def check_spectra(folder, base, models):
    mean = average(models, (1,) * N_MODELS)
    for method, parameters, formula in SPECTRAL:
        expected = {key: base[key] + formula(changes_of(base, models, key)).numpy().reshape(shape)
                    for key, shape in SHAPES.items() if len(shape) > 1} | {"norm.bias": mean["norm.bias"]}
        compare(f"{method} {parameters}", merge(folder, method, parameters, base), expected, 1e-9)


def check_threads(folder, base):
    """No bit depends on the number of threads or on the instruction set chosen for our own loops."""
    for method in ("wudi", "tsv_merge", "regmean", "fisher"):
        has_base = method in ("wudi", "tsv_merge")
        first = merge(folder, method, {}, base if has_base else None, not has_base, 1)
        for threads, cpu in ((1, "scalar"), (4, "scalar"), (3, "")):
            if cpu:
                os.environ["AM_CPU"] = cpu
            again = merge(folder, method, {}, base if has_base else None, not has_base, threads)
            os.environ.pop("AM_CPU", None)
            assert all(again[key].tobytes() == first[key].tobytes() for key in first), f"{method}: {threads} threads"


def main():
    generator = np.random.default_rng(11)
    base, models = make_inputs(generator)
    statistics = [make_statistics(generator, model) for model in models]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        save_file(base, folder / "base.safetensors")
        for i, (model, s) in enumerate(zip(models, statistics)):
            save_file(model, folder / f"{i}.safetensors")
            save_file(s, folder / f"{i}.stats.safetensors", {"format": "amalgam-statistics", "version": "1"})
        check_spectra(folder, base, models)
        check_statistics(folder, base, models, statistics)
        check_threads(folder, base)


if __name__ == "__main__":
    main()
