"""Checkpoints for journeys."""

import json
import os
import random
import struct
import subprocess


def make_demo_models(cli, folder):
    """The two small models of `amalgam demo`: paths of A and B. The merge it makes of them goes away."""
    os.makedirs(folder, exist_ok=True)
    subprocess.run([cli, "demo", folder], check=True, capture_output=True, timeout=120)
    models = [os.path.join(folder, name) for name in ("base.safetensors", "style.safetensors")]
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        if path not in models:
            os.remove(path)
    return models


def read_safetensors(path):
    """Tensors of a file: {name: (dtype, shape, bytes)}."""
    with open(path, "rb") as file:
        length = struct.unpack("<Q", file.read(8))[0]
        header = json.loads(file.read(length))
        data = file.read()
    header.pop("__metadata__", None)
    return {name: (row["dtype"], row["shape"], data[slice(*row["data_offsets"])]) for name, row in header.items()}


def write_safetensors(path, tensors):
    """Writes {name: (dtype, shape, bytes)}; a number instead of bytes leaves a hole of that size, read as zeros."""
    header, offset = {}, 0
    for name, (dtype, shape, data) in tensors.items():
        size = data if isinstance(data, int) else len(data)
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for _, _, data in tensors.values():
            if isinstance(data, int):
                file.seek(data, os.SEEK_CUR)
            else:
                file.write(data)
        file.truncate()
    return path


def make_vae(model, path):
    """The VAE of a model as a file of its own."""
    prefix = "first_stage_model."
    return write_safetensors(path, {name[len(prefix):]: tensor for name, tensor in read_safetensors(model).items()
                                    if name.startswith(prefix)})


def make_large(path, n_tensors=48, side=1024):
    """A network nobody knows, of holes: takes no room on disk and time to merge."""
    return write_safetensors(path, {f"layer.{i}.weight": ("F32", [side, side], side * side * 4)
                                    for i in range(n_tensors)})


def make_perceptron(path, widths, noise=0.0, order=None):
    """A network of fully connected layers, the same ones every time but for noise. `order(n)` gives the places of n
    hidden units: they change places in a way that leaves what the network computes as it is."""
    number, noises = random.Random(1), random.Random(2)
    draw = lambda n: [number.gauss(0, 1) + noise * noises.gauss(0, 1) for _ in range(n)]
    layers = [([draw(inputs) for _ in range(units)], draw(units)) for inputs, units in zip(widths, widths[1:])]
    for i, (rows, biases) in enumerate(layers[:-1] if order else []):
        places, following = order(len(rows)), layers[i + 1]
        layers[i] = [rows[place] for place in places], [biases[place] for place in places]
        layers[i + 1] = [[row[place] for place in places] for row in following[0]], following[1]
    tensors = {}
    for i, (rows, biases) in enumerate(layers):
        flat = [weight for row in rows for weight in row]
        tensors[f"{2 * i}.weight"] = "F32", [len(rows), len(rows[0])], struct.pack(f"<{len(flat)}f", *flat)
        tensors[f"{2 * i}.bias"] = "F32", [len(biases)], struct.pack(f"<{len(biases)}f", *biases)
    return write_safetensors(path, tensors)


def write_settings(home, **settings):
    """The user's settings, as the text form of GVariant: threads="uint32 1"."""
    folder = os.path.join(home, "config", "glib-2.0", "settings")
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "keyfile"), "w", encoding="utf-8") as file:
        file.write("[io/github/amalgam_merge/Amalgam]\n")
        file.writelines(f"{name.replace('_', '-')}={value}\n" for name, value in settings.items())
