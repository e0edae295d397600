"""What Amalgam says may be reordered in a network does not change what other libraries compute with it.

Small networks with random weights are written in the names of public checkpoints. A random element of the symmetry
group is applied (with rotations inside heads in a second file), and torchvision, timm, transformers, open_clip and
diffusers must give the same outputs before and after, in double to 1e-9. One tensor put back into its old order is the
negative control. The graph run by itself gives the library's outputs too, which checks numbers of heads, epsilons and
activations.

LIST_KEYS, REORDER_RANDOMLY and RUN_GRAPH are programs. Exits with 77 where no library is there. Arguments: names of
networks to try, else all."""

import contextlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import warnings
import zlib

os.environ.setdefault("HF_HUB_OFFLINE", "1")
warnings.filterwarnings("ignore")

try:
    import torch
    from safetensors.torch import load_file, save_file
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

import symmetry_diffusion  # noqa: F401
import symmetry_language  # noqa: F401
import symmetry_vision  # noqa: F401
from symmetry_network import NETWORKS

LIMIT = 1e-9


def run(program, *arguments):
    result = subprocess.run([os.environ[program], *map(str, arguments)], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr.strip() or f"{program} ended with {result.returncode}"
    return result.stdout


@contextlib.contextmanager
def in_double():
    """Libraries that compute parts in single precision whatever the model's type do so in double."""
    kept = torch.float32, torch.float, torch.Tensor.float
    torch.float32, torch.float, torch.Tensor.float = torch.float64, torch.float64, torch.Tensor.double
    try:
        yield
    finally:
        torch.float32, torch.float, torch.Tensor.float = kept


def run_library(network, tensors, folder):
    with torch.no_grad(), in_double():
        return {name: value.detach().double() for name, value in network.run(tensors, folder).items()}


def distance(wanted, found):
    """The greatest difference over the greatest magnitude, and of that the greatest over the outputs."""
    worst = 0.0
    for name, value in wanted.items():
        other = found[name].reshape(value.shape)
        assert torch.isfinite(other).all(), f"{name} is not finite"
        worst = max(worst, float((value - other).abs().max() / value.abs().max()))
    return worst


def write(tensors, path, network):
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: value.contiguous() for name, value in tensors.items()}, path, metadata=network.metadata)
    if network.config is not None:
        (path.parent / "config.json").write_text(json.dumps(network.config))


def check_reordered(network, original, wanted, folder, seed, *options):
    path = folder / "in" / "model.safetensors"
    report = run("REORDER_RANDOMLY", path, seed, folder / "out.safetensors", *options)
    reordered = load_file(folder / "out.safetensors")
    change = distance(wanted, run_library(network, reordered, folder / "run"))
    assert int(report.split()[5]) > 0, "nothing moved"
    assert change < LIMIT, f"outputs differ by {change:.1e} after reordering{' '.join(options)}"
    return reordered, report.split(), change


def check_control(network, original, reordered, wanted, folder):
    """A matrix in its old order among others in the new one."""
    changed = [
        name
        for name in sorted(original)
        if name.startswith(network.checked)
        and original[name].dim() >= 2
        and not torch.equal(original[name], reordered[name])
    ]
    name = changed[zlib.crc32(network.name.encode()) % len(changed)]
    change = distance(wanted, run_library(network, {**reordered, name: original[name]}, folder / "run"))
    assert change > 1e-6, f"{name} in its old order changes the outputs only by {change:.1e}"


def check_graph(network, original, wanted, folder):
    """Amalgam's own graph computes what the library computes."""
    tensors = {**original, **network.graph_tensors(original)}
    write(tensors, folder / "graph" / "model.safetensors", network)
    with in_double():
        inputs = network.inputs()
    save_file({name: value.double().contiguous() for name, value in inputs.items()}, folder / "inputs.safetensors")
    run(
        "RUN_GRAPH",
        folder / "graph" / "model.safetensors",
        folder / "inputs.safetensors",
        folder / "outputs.safetensors",
    )
    change = distance(wanted, load_file(folder / "outputs.safetensors"))
    assert change < LIMIT, f"the graph's outputs differ by {change:.1e}"
    return change


def check(network, folder):
    begin = time.monotonic()
    original = {name: value.double() for name, value in network.make_tensors().items()}
    write(original, folder / "in" / "model.safetensors", network)
    (folder / "run").mkdir()
    wanted = run_library(network, original, folder / "run")
    reordered, report, change = check_reordered(network, original, wanted, folder, 1)
    check_control(network, original, reordered, wanted, folder)
    _, more, rotated = check_reordered(network, original, wanted, folder, 2, "--rotate")
    apart = check_graph(network, original, wanted, folder)
    print(
        f"{network.name}: {report[5]} of {report[3]} moved in {report[1]} factors, {more[7]} rotated; outputs "
        f"{change:.0e}, rotated {rotated:.0e}, graph {apart:.0e}; "
        f"{time.monotonic() - begin:.1f} s",
        flush=True,
    )


def main():
    chosen = [make for name, make in NETWORKS.items() if not sys.argv[1:] or name in sys.argv[1:]]
    n_tried = 0
    failures = []
    for make in chosen:
        try:
            network = make()
        except (ImportError, RuntimeError) as missing:
            if "torchvision" not in str(missing) and not isinstance(missing, ImportError):
                raise
            print(f"{make.__name__} skipped: {missing}")
            continue
        n_tried += 1
        with tempfile.TemporaryDirectory() as folder:
            try:
                check(network, pathlib.Path(folder))
            except AssertionError as failure:
                failures.append(network.name)
                print(f"{network.name} FAILED: {failure}", flush=True)
    if not n_tried:
        sys.exit(77)
    assert not failures, f"failed: {', '.join(failures)}"


if __name__ == "__main__":
    main()
