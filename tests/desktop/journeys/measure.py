"""How good two models are on pictures, the line between them, and statistics that the page keeps."""

import os
import random
import struct

from fixtures import make_perceptron, write_safetensors, write_settings
from journey import main

WIDTHS = [6, 12, 3]
N_SAMPLES = 60


def write_data(path):
    number = random.Random(3)
    images = [number.gauss(0, 1) for _ in range(N_SAMPLES * WIDTHS[0])]
    labels = [i % WIDTHS[-1] for i in range(N_SAMPLES)]
    return write_safetensors(path, {
        "images": ("F32", [N_SAMPLES, WIDTHS[0]], struct.pack(f"<{len(images)}f", *images)),
        "labels": ("I64", [N_SAMPLES], struct.pack(f"<{N_SAMPLES}q", *labels)),
    })


def prepare(cli, home):
    folder = os.path.join(home, "models")
    os.makedirs(folder)
    make_perceptron(os.path.join(folder, "first.safetensors"), WIDTHS)
    make_perceptron(os.path.join(folder, "second.safetensors"), WIDTHS, noise=0.3)
    data = write_data(os.path.join(home, "data.safetensors"))
    write_settings(home, library_folders=f"['{folder}']", data_path=f"'{data}'", welcome_done="true")
    return {}


def choose(app, role, name):
    app.press(role + ": choose a checkpoint")
    app.search("Search the library", name)
    app.find("label", f"{role}: {name}")


def travel(app):
    app.find("label", "first")
    app.show_page("Measure")
    app.find("label", f"{N_SAMPLES} samples of {WIDTHS[0]} numbers, {WIDTHS[-1]} classes")
    choose(app, "Model", "first")
    choose(app, "Compare with", "second")
    app.press("Evaluate")
    app.find("label", f"Over {N_SAMPLES} pictures")
    app.picture("measure-evaluated")

    app.press("Measure the line")
    app.find("label", "Loss barrier")
    chart = app.find({"image", "img", "icon"}, "Loss")
    app.focus(chart)
    app.key("End")
    app.wait(lambda: "100\u00a0% of the second model" in chart.description, "the figures of the second model")
    app.picture("measure-line")

    app.press("Measure statistics")
    app.find("label", f"Fisher, Gram matrices · {N_SAMPLES} samples of data.safetensors")
    app.picture("measure-statistics")


main(travel, prepare)
