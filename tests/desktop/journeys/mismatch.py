"""Two models that cannot be mixed: the page says why, and nothing can be started."""

import os

from fixtures import make_demo_models, make_large
from journey import Lost, main


def prepare(cli, home):
    folder = os.path.join(home, "models")
    model, _ = make_demo_models(cli, folder)
    return {"arguments": [model, make_large(os.path.join(folder, "other.safetensors"), 4)]}


def travel(app):
    app.find("label", "This cannot be merged yet")
    reason = ("base.safetensors is Stable Diffusion 1.x and other.safetensors is Multilayer perceptron, 4 layers: "
              "models of different architectures do not merge")
    if len(app.all("label", reason)) != 2:
        raise Lost("the reason is not told at the slot and in the plan")
    if app.find({"push button", "button"}, "Merge").is_enabled:
        raise Lost("Merge can be pressed")
    app.picture("mismatch")


main(travel, prepare)
