"""A merge comes back from what it left: a recipe, the merged file, a recipe card, each handed over as a file."""

import os
import shutil

from fixtures import make_demo_models
from journey import Lost, main

RECIPE = """merge_method: weighted_sum
models:
  - {}
  - {}
parameters:
  alpha: {}
blocks:
  preset: WRAP12
"""


def prepare(cli, home):
    folder = os.path.join(home, "models")
    models = make_demo_models(cli, folder)
    recipe = os.path.join(folder, "mine.yaml")
    with open(recipe, "w", encoding="utf-8") as file:
        file.write(RECIPE.format(*models, 0.25))
    return {"arguments": [recipe], "folder": folder}


def is_loaded(app, alpha):
    app.find("label", "Ready to merge")
    app.wait(lambda: abs(app.find("spin button", "Alpha").value - alpha) < 1e-6, f"alpha {alpha}")
    app.wait(lambda: app.find("slider", "IN03").value == 1 and app.find("slider", "M00").value == 0, "the bars")
    for model in ("base", "style"):
        app.find("label", model)


def start_anew(app):
    app.key("ctrl+n")
    app.find("label", "Choose 2 more models")
    app.gone("base", "label")


def travel(app, folder):
    is_loaded(app, 0.25)
    app.picture("open-recipe")

    merged, card = (os.path.join(folder, name) for name in ("merged.safetensors", "card.png"))
    app.run_cli("merge", os.path.join(folder, "mine.yaml"), "-o", merged)
    start_anew(app)
    app.open(merged)
    app.press("Load recipe")
    is_loaded(app, 0.25)
    app.picture("open-merged")

    app.run_cli("diff", os.path.join(folder, "base.safetensors"), merged, "--png", card)
    start_anew(app)
    app.open(card)
    is_loaded(app, 0.25)
    app.picture("open-card")


main(travel, prepare)
