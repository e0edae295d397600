"""Files that torch.save writes, in both containers and all protocols, come out of amalgam convert exactly as torch
reads them; what is no state dictionary is refused by name.

AMALGAM is the program. Exits with 77 where a package is missing."""

import collections
import os
import pathlib
import subprocess
import sys
import tempfile

try:
    import numpy
    import torch
    from safetensors.torch import load_file
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

AMALGAM = os.environ["AMALGAM"]
EIGHT_BITS = [name for name in ("float8_e4m3fn", "float8_e5m2") if hasattr(torch, name)]
UNSIGNED = [name for name in ("uint16", "uint32", "uint64") if hasattr(torch, name)]


def make_state():
    generator = torch.Generator().manual_seed(5)

    def random(*shape, dtype=torch.float32):
        return torch.randn(shape, generator=generator).to(dtype)

    state = collections.OrderedDict()
    for dtype in ("float64", "float32", "float16", "bfloat16"):
        state[f"{dtype}.weight"] = random(7, 5, dtype=getattr(torch, dtype))
    for dtype in ("int64", "int32", "int16", "int8", "uint8"):
        state[f"{dtype}.ids"] = torch.arange(9).to(getattr(torch, dtype))
    state["bool"] = torch.tensor([True, False, True])
    state["complex64"] = torch.complex(random(3), random(3))
    state["transposed"] = random(4, 6).t()
    state["part"] = random(10, 10)[2:5, 1:9:2]
    state["repeated"] = random(1, 3).expand(4, 3)
    state["permuted"] = random(2, 3, 4, 5).permute(3, 1, 0, 2)
    state["channels_last"] = random(2, 3, 4, 5).contiguous(memory_format=torch.channels_last)
    state["scalar"] = torch.tensor(3.5)
    state["empty"] = torch.empty(0, 4)
    state["shared"] = state["float32.weight"]
    state["row"] = state["float32.weight"][3]
    state["parameter"] = torch.nn.Parameter(random(2, 3))
    return state


def add_new_types(state):
    for name in EIGHT_BITS:
        state[name] = torch.arange(-8, 8).reshape(4, 4).to(torch.float32).to(getattr(torch, name))
        state[f"{name}.transposed"] = torch.arange(24).reshape(4, 6).to(torch.float32).to(getattr(torch, name)).t()
    for name in UNSIGNED:
        state[name] = torch.tensor([0, 1, 200]).to(getattr(torch, name))
    return state


def convert(path, output):
    output.unlink(missing_ok=True)
    command = [AMALGAM, "convert", str(path), "-o", str(output), "--quiet", "--no-sync"]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, "XDG_CACHE_HOME": str(path.parent)})


def as_bytes(tensor):
    flat = tensor.detach().contiguous().reshape(-1)
    return flat.view(torch.uint8).numpy().tobytes() if flat.numel() else b""


def check_same(name, path, expected):
    output = path.parent / "output.safetensors"
    result = convert(path, output)
    assert result.returncode == 0, f"{name}: {result.stderr}"
    tensors = load_file(output)
    assert set(tensors) == set(expected), f"{name}: {set(tensors) ^ set(expected)}"
    for key, tensor in expected.items():
        got = tensors[key]
        assert got.dtype == tensor.dtype and got.shape == tensor.shape, f"{name}: {key}: {got.dtype} {got.shape}"
        assert as_bytes(got) == as_bytes(tensor), f"{name}: {key} differs"
    print(f"ok {name}: {len(expected)} tensors")


def check_refused(name, path, message):
    output = path.parent / "output.safetensors"
    result = convert(path, output)
    assert result.returncode == 1, f"{name}: exit code {result.returncode}"
    assert message in result.stderr and str(path) in result.stderr, f"{name}: {result.stderr}"
    assert not output.exists(), f"{name}: left an output"
    print(f"ok {name}: refused")


def make_network():
    network = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4), torch.nn.Linear(4, 2))
    optimizer = torch.optim.Adam(network.parameters())
    network(torch.ones(5, 3)).sum().backward()
    optimizer.step()
    return network, optimizer


def check_containers(folder):
    state = make_state()
    path = folder / "legacy.pt"
    torch.save(state, path, _use_new_zipfile_serialization=False)
    check_same("legacy container", path, state)
    state = add_new_types(state)
    for protocol in (2, 3, 4, 5):
        path = folder / f"zip-{protocol}.pt"
        torch.save(state, path, pickle_protocol=protocol)
        check_same(f"zip container, protocol {protocol}", path, state)
    path = folder / "under-another-name.safetensors"
    torch.save(state, path)
    check_same("zip under another name", path, state)


def check_training_checkpoint(folder):
    network, optimizer = make_network()
    extras = {"epoch": 3, "callbacks": {"best": numpy.float64(0.5)}, "optimizer_states": [optimizer.state_dict()],
              "history": numpy.arange(3), "folder": pathlib.PurePosixPath("a")}
    for key in ("state_dict", "model", "module", "params_ema", "generator"):
        path = folder / f"{key}.ckpt"
        torch.save({**extras, key: network.state_dict()}, path)
        check_same(f"training checkpoint with {key}", path, network.state_dict())


def check_refusals(folder):
    network, _ = make_network()
    cases = {
        "whole module": (network, "whole pickled object (torch.nn.modules.container.Sequential)"),
        "one tensor": (torch.ones(2), "one tensor without a name"),
        "list": ([torch.ones(2)], "the file holds a list"),
        "nothing": ({}, "a dictionary without any"),
        "conjugate": ({"x": torch.ones(2, dtype=torch.complex64).conj()}, 'tensor "x"'),
        "complex128": ({"x": torch.ones(2, dtype=torch.complex128)}, 'tensor "x": the type ComplexDoubleStorage'),
        "sparse": ({"x": torch.eye(3).to_sparse()}, "_rebuild_sparse_tensor"),
        "meta": ({"x": torch.ones(2, device="meta")}, "_rebuild_meta_tensor"),
        "expanded": ({"x": torch.ones(1).expand(10**9)}, "more than 16 times the file's size"),
    }
    for name, (contents, message) in cases.items():
        path = folder / f"{name.replace(' ', '-')}.pt"
        torch.save(contents, path)
        check_refused(name, path, message)
    path = folder / "cut.pt"
    path.write_bytes((folder / "zip-2.pt").read_bytes()[:-100])
    check_refused("cut short", path, "incomplete download or copy")


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        check_containers(folder)
        check_training_checkpoint(folder)
        check_refusals(folder)


main()
