"""Two models, a VAE from a file and a preset of block weights make a third model."""

import json
import os

from fixtures import make_demo_models, make_vae, read_safetensors
from journey import Lost, main


def prepare(cli, home):
    models = make_demo_models(cli, os.path.join(home, "models"))
    return {"arguments": models, "vae": make_vae(models[1], os.path.join(home, "fine.vae.safetensors"))}


def travel(app, vae):
    app.find("label", "Ready to merge")
    app.press("Presets")
    app.search("Search presets", "WRAP12")
    app.wait(lambda: app.find("slider", "IN03").value == 1 and app.find("slider", "M00").value == 0, "the preset's bars")

    app.choose("VAE", "From a file…")
    app.answer_dialog("Choose a", vae)
    app.find("label", "fine.vae.safetensors")
    app.find("label", "Ready to merge")
    app.picture("merge-with-vae")

    app.merge()
    app.find("label", "248 tensors taken from the VAE file")
    app.picture("merge-with-vae-result")
    output = os.path.join(app.home, "models", "base-style-weighted_sum.safetensors")
    facts = json.loads(app.run_cli("inspect", "--json", output))
    if facts["architecture"] != "sd1" or len(facts["tensors"]) != 1130 or "WRAP12" not in json.dumps(facts):
        raise Lost(f"the result is something else: {output}")
    made, given = read_safetensors(output), read_safetensors(vae)
    for name, tensor in given.items():
        if made["first_stage_model." + name] != tensor:
            raise Lost(f"{name} is not that of the file")


main(travel, prepare)
