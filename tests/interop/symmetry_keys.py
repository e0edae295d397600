"""Small checkpoints from Amalgam's key tables. LIST_KEYS is the program that prints them."""

import os
import subprocess

from symmetry_network import fill


def list_keys(family, divisor, component):
    """The rows of Amalgam's key table as {name: shape}."""
    text = subprocess.run(
        [os.environ["LIST_KEYS"], family, str(divisor)], capture_output=True, text=True, check=True
    ).stdout
    rows = [line.split() for line in text.splitlines() if line.split()[0] == component]
    return {row[1]: [int(length) for length in row[2].split(",")] if len(row) > 2 else [] for row in rows}


def fill_keys(shapes):
    return {name: fill(name, shape) for name, shape in shapes.items() if "position_ids" not in name}


def unet_shapes(family):
    """The keys of a UNet with at most two transformer blocks at one place."""
    return {
        key: shape
        for key, shape in list_keys(family, 8, "unet").items()
        if int((key + "transformer_blocks.0.").split("transformer_blocks.")[1].split(".")[0]) < 2
    }
