"""What the small networks of test_symmetry.py share: random weights and the shapes of what goes in and out.

NETWORKS maps names to functions that make a Network and raise ImportError (or RuntimeError, from a library built for
another torch) where a library is missing."""

import json
import tempfile

import torch
from safetensors.torch import load_file, save_file

NETWORKS = {}
TOKENS = [49, 3, 17, 80, 5, 11, 99]


class Network:
    """make_tensors() gives a checkpoint; run(tensors, folder) the library's outputs, by the names of the graph's
    outputs; inputs() what goes into the graph, [channels, height, width] each; graph_tensors(tensors) what the graph
    needs otherwise than the library; the outputs depend on the tensors under the prefix checked."""

    def __init__(self, name, make_tensors, run, inputs, config=None, metadata=None, graph_tensors=None, checked=""):
        self.name = name
        self.make_tensors = make_tensors
        self.run = run
        self.inputs = inputs
        self.checked = checked
        self.config = config
        self.metadata = metadata
        self.graph_tensors = graph_tensors or (lambda tensors: {})


def network(make):
    NETWORKS[make.__name__] = make
    return make


def generator_for(text):
    return torch.Generator().manual_seed(sum(text.encode()) + 1)


def random(text, *shape):
    return torch.randn(shape, generator=generator_for(text), dtype=torch.float64)


def fill(name, shape):
    """Values under which deep networks stay near 1 and no gain or bias is idle."""
    values = random(name, *shape)
    if name.endswith("running_var"):
        return 0.5 + values.abs()
    if "position_ids" in name or "num_batches" in name:
        return values * 0
    if len(shape) == 0:
        return values
    if len(shape) == 1:
        return values * 0.1 if name.endswith(("bias", "mean")) else 1 + 0.2 * values
    fan_in = values[0].numel()
    return values / fan_in**0.5 if fan_in > 1 else values


def fill_like(state):
    """Random values for a state dictionary, without counters."""
    return {name: fill(name, tuple(value.shape)) for name, value in state.items() if value.is_floating_point()}


def to_tokens(value):
    """[1, n, channels] as the graph has it."""
    return value[0].t().unsqueeze(1)


def to_vector(value):
    """[1, channels] likewise."""
    return value.reshape(-1, 1, 1)


def torch_network(name, module, picture, output="logits", **options):
    """A module that takes a picture, whose state dictionary is the checkpoint."""

    def run(tensors, folder):
        model = module.double().eval()
        model.load_state_dict(tensors, strict=False)
        missing = set(model.state_dict()) - set(tensors)
        assert all("num_batches" in key for key in missing), missing
        return {output: model(picture)[0].reshape(-1, 1, 1)}

    return Network(
        name,
        lambda: fill_like(module.state_dict()),
        run,
        lambda: {"picture": picture[0], **options.get("more", {})},
        config=options.get("config"),
    )


def pretrained(cls, config, prefix=""):
    """make_tensors and a loader, both by way of files, where transformers keeps the names of old checkpoints."""

    def make_tensors():
        with tempfile.TemporaryDirectory() as folder:
            cls(config).save_pretrained(folder)
            return {prefix + name: value for name, value in fill_like(load_file(f"{folder}/model.safetensors")).items()}

    def load(tensors, folder):
        (folder / "config.json").write_text(json.dumps(config.to_dict()))
        save_file(
            {name: value.contiguous() for name, value in tensors.items()},
            folder / "model.safetensors",
            metadata={"format": "pt"},
        )
        model, report = cls.from_pretrained(
            folder, dtype=torch.float64, attn_implementation="eager", output_loading_info=True
        )
        assert not report["missing_keys"] and not report["mismatched_keys"], report
        return model.eval()

    return make_tensors, load
