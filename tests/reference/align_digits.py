#!/usr/bin/env python3
"""Weight matching of the pairs of train_digits.py, apart from the program: NumPy, and SciPy for the assignments.

Prints what docs/alignment-digits.md tells and draws its picture: the loss on held-out digits along the line from A to
B, B as it is and B aligned. Where the permutations go is spelled out here, not derived from a graph.

    pip install torch scikit-learn safetensors scipy matplotlib
    tests/reference/align_digits.py tests/core/align/digits docs/alignment-digits.png
"""
import os
import sys

import numpy as np
import torch
from safetensors.numpy import load_file
from scipy.optimize import linear_sum_assignment
from torch.nn import functional

import train_digits

N_POINTS = 25
FOLLOWS = ("running_mean", "running_var")


def perceptron_spaces():
    return {f"fc{i}": [(f"fc{i}.weight", 0), (f"fc{i}.bias", 0), (f"fc{i + 1}.weight", 1)] for i in (1, 2, 3)}


def made_by(convolution, norm):
    return [(f"{convolution}.weight", 0)] + [(f"{norm}.{part}", 0) for part in ("weight", "bias", *FOLLOWS)]


def residual_spaces():
    """The stream of each stage, which its additions tie together, and the channels inside each block."""
    spaces = {"layer1": made_by("conv1", "bn1")}
    for stage in (1, 2, 3):
        block, stream = f"layer{stage}.0", f"layer{stage}"
        before = spaces[f"layer{max(stage - 1, 1)}"]
        before.append((f"{block}.conv1.weight", 1))
        spaces[block] = made_by(f"{block}.conv1", f"{block}.bn1") + [(f"{block}.conv2.weight", 1)]
        spaces.setdefault(stream, []).extend(made_by(f"{block}.conv2", f"{block}.bn2"))
        if stage > 1:
            before.append((f"{block}.downsample.0.weight", 1))
            spaces[stream] += made_by(f"{block}.downsample.0", f"{block}.downsample.1")
    spaces["layer3"].append(("fc.weight", 1))
    return spaces


def reorder(weights, spaces, orders):
    weights = dict(weights)
    for space, axes in spaces.items():
        for name, axis in axes:
            weights[name] = np.take(weights[name], orders[space], axis)
    return weights


def rows(tensor, axis):
    return np.moveaxis(tensor, axis, 0).reshape(tensor.shape[axis], -1)


def match(a, b, spaces, seed=0):
    """Coordinate descent (Ainsworth, Hayase and Srinivasa 2023, algorithm 1)."""
    generator = np.random.default_rng(seed)
    orders = {space: np.arange(a[axes[0][0]].shape[axes[0][1]]) for space, axes in spaces.items()}
    has_changed = True
    while has_changed:
        has_changed = False
        for space in generator.permutation(list(spaces)):
            others = {**orders, space: np.arange(len(orders[space]))}
            moved = reorder(b, spaces, others)
            similarity = sum(rows(a[name], axis) @ rows(moved[name], axis).T for name, axis in spaces[space]
                             if not name.endswith(FOLLOWS))
            units, choice = linear_sum_assignment(similarity, maximize=True)
            if similarity[units, choice].sum() > similarity[units, orders[space]].sum() * (1 + 1e-12):
                orders[space] = choice
                has_changed = True
    return orders


def blend(a, b, share):
    return {name: (1 - share) * a[name] + share * b[name] for name in a}


def measure(kind, weights, data, statistics_from=None):
    """Mean cross-entropy and accuracy; BatchNorm's statistics may be taken anew."""
    model = kind().double()
    model.load_state_dict({name: torch.tensor(value) for name, value in weights.items()}, strict=False)
    with torch.no_grad():
        if statistics_from is not None:
            for module in model.modules():
                if isinstance(module, torch.nn.BatchNorm2d):
                    module.reset_running_stats()
                    module.momentum = None
            model.train()(statistics_from.double() / 16)
        scores = model.eval()(data[0].double() / 16)
    labels = data[1].long()
    return functional.cross_entropy(scores, labels).item(), (scores.argmax(1) == labels).double().mean().item()


def barrier(curve):
    """The largest rise of the loss above the straight line between its ends."""
    losses, shares = np.array([loss for loss, _ in curve]), np.linspace(0, 1, len(curve))
    return (losses - (1 - shares) * losses[0] - shares * losses[-1]).max()


def read_weights(folder, name):
    return {key: value.astype(np.float64) for key, value in load_file(os.path.join(folder, name)).items()
            if not key.endswith("num_batches_tracked")}


def study(folder, kind, name, spaces):
    """Curves by title. Reordering alone must not change what B computes."""
    a, b = (read_weights(folder, f"{name}-{letter}.safetensors") for letter in "ab")
    held_out = load_file(os.path.join(folder, "held-out.safetensors"))
    held_out = torch.tensor(held_out["pictures"]), torch.tensor(held_out["labels"])
    pictures = train_digits.load_split()[0]
    aligned = reorder(b, spaces, match(a, b, spaces))
    assert abs(measure(kind, b, held_out)[0] - measure(kind, aligned, held_out)[0]) < 1e-12

    def curve(end, statistics_from=None):
        return [measure(kind, blend(a, end, share), held_out, statistics_from) for share in np.linspace(0, 1, N_POINTS)]

    curves = {"B as it is": curve(b), "B aligned": curve(aligned)}
    if kind is train_digits.Residual:
        curves["B as it is, statistics anew"] = curve(b, pictures)
        curves["B aligned, statistics anew"] = curve(aligned, pictures)
    print(f"{name}: A {curves['B as it is'][0]}, B {curves['B as it is'][-1]} (loss, accuracy)")
    for title, values in curves.items():
        middle = values[N_POINTS // 2]
        rise = middle[0] - (values[0][0] + values[-1][0]) / 2
        print(f"  {title}: midpoint loss {middle[0]:.4f}, accuracy {middle[1]:.4f}, rise {rise:.4f}, "
              f"barrier {barrier(values):.4f}")
    return curves


def draw(studies, path):
    import matplotlib
    matplotlib.use("Agg")
    from matplotlib import pyplot

    styles = {"B as it is": ("#c01c28", "-", "o"),
              "B as it is, statistics anew": ("#c01c28", "--", "v"),
              "B aligned": ("#1a5fb4", "-", "s"),
              "B aligned, statistics anew": ("#1a5fb4", "--", "^")}
    figure, panels = pyplot.subplots(1, 2, figsize=(10, 4.4), sharey=True)
    for panel, (title, curves) in zip(panels, studies.items()):
        for name, values in curves.items():
            colour, line, marker = styles[name]
            panel.plot(np.linspace(0, 1, N_POINTS), [loss for loss, _ in values], color=colour, linestyle=line,
                       marker=marker, markersize=4, label=name)
        panel.set(title=title, xlabel="share of B")
        panel.grid(color="#dddddd")
        panel.set_axisbelow(True)
    panels[0].set_ylabel("cross-entropy on held-out digits")
    figure.legend(*panels[1].get_legend_handles_labels(), loc="lower center", ncols=len(styles), frameon=False)
    figure.tight_layout(rect=(0, 0.07, 1, 1))
    figure.savefig(path, dpi=110, metadata={"Software": None})


def main():
    torch.set_num_threads(1)
    folder = sys.argv[1]
    studies = {
        "Perceptrons, three layers of 128": study(folder, train_digits.Perceptron, "mlp", perceptron_spaces()),
        "Residual networks, 16-32-64 channels": study(folder, train_digits.Residual, "resnet", residual_spaces()),
    }
    if len(sys.argv) > 2:
        draw(studies, sys.argv[2])


if __name__ == "__main__":
    main()
