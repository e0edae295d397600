"""The program in docs/statistics.md writes what Amalgam measures.

Runs the program as the document has it, on small networks of random weights, and compares Grams, moments and Fisher
with those of "amalgam statistics"; the exact Fisher also with Jacobians in double. What the program wrote must add up
with what Amalgam wrote.

AMALGAM is the program. Exits with 77 where a package is missing."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

try:
    import torch
    from safetensors.torch import load_file, save_file
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

DOCUMENT = pathlib.Path(__file__).resolve().parents[2] / "docs" / "statistics.md"
N_SAMPLES = 12
LIMIT = 1e-5


class Residual(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = torch.nn.Conv2d(3, 8, 3, padding=1)
        self.bn1 = torch.nn.BatchNorm2d(8)
        self.conv2 = torch.nn.Conv2d(8, 8, 3, stride=2, padding=1, groups=2)
        self.conv3 = torch.nn.Conv2d(8, 8, 1, stride=2, bias=False)
        self.conv4 = torch.nn.Conv2d(8, 6, 3, padding=2, dilation=2)
        self.fc = torch.nn.Linear(6, 4)

    def forward(self, x):
        x = torch.relu(self.bn1(self.conv1(x)))
        x = self.conv2(x) + self.conv3(x)
        x = torch.nn.functional.gelu(self.conv4(x))
        return self.fc(x.mean((2, 3)))


DESCRIPTION = """
architecture: residual
graph:
  - {input: picture, channels: "conv1.weight[1]"}
  - {conv: conv1, padding: 1}
  - batch_norm: bn1
  - {activation: relu, to: first}
  - {conv: conv2, from: first, stride: 2, padding: 1, groups: 2, to: left}
  - {conv: conv3, from: first, stride: 2, to: right}
  - add: [left, right]
  - {conv: conv4, padding: 2, dilation: 2}
  - activation: gelu
  - pool: all
  - linear: fc
  - output: logits
"""


def perceptron():
    layers = torch.nn.Sequential(torch.nn.Linear(10, 16), torch.nn.ReLU(), torch.nn.Linear(16, 12), torch.nn.ReLU(),
                                 torch.nn.Linear(12, 5))
    return torch.nn.Sequential(torch.nn.Identity(), layers), (10,), None


CASES = {"perceptron": perceptron, "residual": lambda: (Residual(), (3, 9, 8), DESCRIPTION)}


def read_program():
    """The class Statistics of the document."""
    blocks = re.findall(r"^```python\n(.*?)^```$", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert len(blocks) == 1, "the document has one program"
    names = {}
    exec(compile(blocks[0], str(DOCUMENT), "exec"), names)
    return names["Statistics"]


def amalgam(*arguments):
    result = subprocess.run([os.environ["AMALGAM"], "statistics", *map(str, arguments)], capture_output=True,
                            text=True, check=False)
    if result.returncode != 0:
        raise AssertionError(result.stderr)


def compare(what, ours, theirs, limit):
    """Difference over the greatest element, the worst of all tensors by kind."""
    assert set(ours) == set(theirs), f"{what}: {sorted(set(ours) ^ set(theirs))}"
    worst = {}
    for name, tensor in theirs.items():
        assert ours[name].numel() == tensor.numel(), name
        difference = (ours[name].double().flatten() - tensor.double().flatten()).abs().max()
        kind = name.split("/")[0]
        worst[kind] = max(worst.get(kind, 0.0), float(difference / tensor.double().abs().max()))
    print(f"  {what}: " + ", ".join(f"{kind} {value:.1e}" for kind, value in sorted(worst.items())))
    for kind, value in worst.items():
        assert value <= (0.0 if kind.endswith(".count") else limit), f"{what}: {kind} differs by {value}"


def exact_fisher(model, images):
    """Through Jacobians in double, all examples at once."""
    twin = model.double()
    parameters = {name: value.detach() for name, value in twin.named_parameters()}

    def log_probabilities(values, x):
        logits = torch.func.functional_call(twin, values, (x[None],))
        return torch.log_softmax(logits, -1)[0]

    jacobians = torch.func.vmap(torch.func.jacrev(log_probabilities), (None, 0))(parameters, images.double())
    p = torch.softmax(twin(images.double()), -1).detach()
    return {f"fisher/{name}": torch.einsum("nc,nc...->...", p, jacobian ** 2) for name, jacobian in jacobians.items()}


def strip(tensors):
    """Names of a perceptron without the module that holds its layers."""
    return {re.sub(r"/1\.", "/layers.", name): tensor for name, tensor in tensors.items()}


def try_case(name, folder, program):
    model, shape, description = CASES[name]()
    for key, value in model.state_dict().items():
        if key.endswith("running_var"):
            value.uniform_(0.5, 2.0)
        elif value.is_floating_point():
            value.copy_(torch.randn(value.shape) / max(1, value[0].numel()) ** 0.5 + key.endswith("bn1.weight"))
    images, labels = torch.randn(N_SAMPLES, *shape), torch.randint(0, 4, (N_SAMPLES,))
    files = {part: folder / f"{name}-{part}.safetensors" for part in ("model", "data", "ours", "theirs", "sum")}
    state = {key.replace("1.", "layers.", 1) if name == "perceptron" else key: value.contiguous()
             for key, value in model.state_dict().items()}
    save_file(state, files["model"])
    save_file({"images": images, "labels": labels}, files["data"])
    options = ["--data", files["data"], "--batch-size", "5", "-f", "-q"]
    if description:
        (folder / "description.yaml").write_text(description, encoding="utf-8")
        options += ["--architecture", folder / "description.yaml"]

    for estimator in ("exact", "empirical"):
        statistics = program(model, estimator)
        for first in range(0, N_SAMPLES, 4):
            statistics.add(images[first:first + 4], labels[first:first + 4])
        statistics.save(files["theirs"])
        theirs = strip(load_file(files["theirs"]))
        save_file(theirs, files["theirs"], {"format": "amalgam-statistics", "version": "1", "estimator": estimator})
        amalgam(files["model"], *options, "--estimator", estimator, "-o", files["ours"])
        ours = load_file(files["ours"])
        compare(f"{name}, {estimator}", ours, theirs, LIMIT)
        amalgam("--add", files["ours"], files["theirs"], "-f", "-q", "-o", files["sum"])
        compare("added up", load_file(files["sum"]), {key: 2 * tensor for key, tensor in ours.items()}, LIMIT)
        if estimator == "exact":
            exact = ours
    jacobians = strip(exact_fisher(model, images))
    compare(f"{name}, Jacobians", {key: exact[key] for key in exact if key.startswith("fisher/")}, jacobians, LIMIT)


def main():
    torch.manual_seed(1)
    program = read_program()
    with tempfile.TemporaryDirectory() as folder:
        for name in sys.argv[1:] or CASES:
            try_case(name, pathlib.Path(folder), program)


main()
