"""Someone starts Amalgam for the first time, without a model of their own."""

import json
import os

from journey import PAGES, Lost, main


def travel(app):
    app.find("label", "Welcome to Amalgam")
    app.picture("first-run-welcome")
    app.press("Try with demo models")
    app.page = PAGES[1]
    app.find("label", "Ready to merge")
    for model in ("base", "style"):
        app.find("label", model)
    presets = {preset["id"]: preset["blocks_25"] for preset in json.loads(app.run_cli("presets", "--json"))}
    expected = presets["GRAD_V"][5]
    app.wait(lambda: abs(app.find("slider", "IN04").value - expected) < 1e-6, f"{expected} at IN04")
    app.picture("first-run-merge")

    app.merge()
    app.find("label", "What moved where")
    app.find("label", "1130 tensors merged")
    app.picture("first-run-result")
    folder = os.path.join(app.home, "data", "amalgam", "demo")
    merged = [name for name in os.listdir(folder) if name not in ("base.safetensors", "style.safetensors")]
    if merged != ["base-style-weighted_sum.safetensors"]:
        raise Lost(f"the result is not there: {merged}")
    facts = app.run_cli("inspect", "--json", os.path.join(folder, merged[0]))
    if "GRAD_V" not in facts:
        raise Lost("the result does not say which preset made it")

    app.show_page("Library")
    app.wait(lambda: len(app.all("label", "base-style-weighted_sum")) > 0, "the result in the library")
    app.picture("first-run-library")


main(travel)
