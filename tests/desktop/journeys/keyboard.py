"""A merge of two models by key strokes alone: method, weights, undo, start and result."""

import os

from fixtures import make_demo_models
from journey import Lost, main


def prepare(cli, home):
    folder = os.path.join(home, "models")
    return {"folder": folder, "arguments": make_demo_models(cli, folder)}


def travel(app, folder):
    app.page = "AmMergePage"
    app.find("label", "Ready to merge")
    app.choose_method("Weighted sum", "Tensor sum")
    app.choose_method("Tensor sum", "Weighted sum")
    chart = app.find("slider", "BASE")
    app.focus(chart)
    app.key("Right Right Right")
    bar = app.find("slider", "IN02")
    app.wait(lambda: bar.has_focus, "the focus on IN02")
    app.key("Up Up")
    app.wait(lambda: bar.value > 0.5, "a higher bar")
    app.write("0.75")
    app.key("Return")
    app.wait(lambda: abs(bar.value - 0.75) < 1e-6, "0.75 at IN02")
    app.picture("keyboard-bar")
    app.key("ctrl+z")
    app.wait(lambda: 0.5 < bar.value < 0.75, "the bar before it")
    app.key("ctrl+shift+z")
    app.wait(lambda: abs(bar.value - 0.75) < 1e-6, "0.75 at IN02 again")

    app.find("label", "Ready to merge")
    app.key("ctrl+Return")
    app.key("ctrl+3")
    app.page = "AmRunsPage"
    app.find("label", "Done in")
    app.picture("keyboard-result")
    if not os.path.exists(os.path.join(folder, "base-style-weighted_sum.safetensors")):
        raise Lost("no file was made")


main(travel, prepare)
