"""What the window merged, the command line merges again to the same bytes: from the recipe that was saved, from the
header of the result, and from a recipe card."""

import filecmp
import os

from fixtures import make_demo_models
from journey import Lost, main


def prepare(cli, home):
    return {"arguments": make_demo_models(cli, os.path.join(home, "models"))}


def travel(app):
    app.find("label", "Ready to merge")
    app.choose("VAE", "From B")
    app.find("spin button", "Alpha").value = 0.3
    yaml = os.path.join(app.home, "mine.amalgam.yaml")
    app.press("Save the recipe")
    app.answer_dialog("Save recipe", yaml)
    app.find("label", "Recipe saved")

    card = os.path.join(app.home, "models", "mine.png")  # names its models, and finds them beside itself
    app.key("ctrl+e")
    app.window("Recipe card")
    app.picture("replay-card")
    app.press("Export…")
    app.answer_dialog("Export recipe card", card)
    app.window_gone("Recipe card")
    app.find("label", "Recipe card exported")

    app.merge()
    output = os.path.join(app.home, "models", "base-style-weighted_sum.safetensors")
    for number, recipe in enumerate((yaml, output, card)):
        again = os.path.join(app.home, f"again-{number}.safetensors")
        app.run_cli("merge", recipe, "-o", again)
        if not filecmp.cmp(output, again, shallow=False):
            raise Lost(f"{recipe} makes other bytes")


main(travel, prepare)
