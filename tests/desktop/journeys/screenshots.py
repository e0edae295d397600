"""Makes the screenshots of the metainfo, from demo models with names and pictures of their own:

    AMALGAM_SCREENSHOTS=data/screenshots tests/desktop/journeys/run-journey.sh tests/desktop/journeys/screenshots.py \\
      BUILD/app/desktop/amalgam-desktop BUILD/app/cli/amalgam 1300x1000
"""

import math
import os
import random
import shutil
import subprocess
import tempfile

from fixtures import make_demo_models, write_safetensors, write_settings
from journey import PATIENCE, main

WIDTH, HEIGHT, FRAME = 1200, 880, 5
FOLDER = os.path.join(tempfile.gettempdir(), "Models")  # its name is read in the screenshots
HILLS = {
    "Lumen Photo v3": ("#2b3a67", "#f7b267", "#ffe8c7", "#33415c"),
    "Paper Lantern": ("#3d1e4f", "#ef6f6c", "#ffd9a0", "#261447"),
    "Lantern Light": ("#22577a", "#f4a698", "#fff1d6", "#1d3557"),
    "Quiet Valley": ("#5fa8d3", "#e8f6ef", "#fffbe0", "#2d6a4f"),
    "Glasshouse XL": ("#0b525b", "#9ad1d4", "#f1faee", "#064848"),
    "Nightjar Flux": ("#0d1b2a", "#415a77", "#e0e1dd", "#0b132b"),
}


def draw_hills(path, colours, seed):
    """A picture for a model: sun, sky and hills."""
    sky, horizon, sun, hill = colours
    chance = random.Random(seed)
    x, y, radius = chance.randint(150, 360), chance.randint(130, 230), chance.randint(40, 70)
    drawing = ["-size", "512x512", f"gradient:{sky}-{horizon}", "-fill", sun, "-draw",
               f"circle {x},{y} {x + radius},{y}"]
    for layer in range(4):
        base, height = 290 + 55 * layer, 60 - 8 * layer
        waves = [(chance.uniform(0.006, 0.02), chance.uniform(0, 7), chance.uniform(0.3, 1)) for _ in range(3)]
        points = [(i, base - height * sum(a * math.sin(f * i + p) for f, p, a in waves) / 2) for i in range(0, 513, 4)]
        outline = " ".join(f"{i},{value:.0f}" for i, value in [*points, (512, 512), (0, 512)])
        drawing += ["-fill", hill, "-draw", f"fill-opacity {0.35 + 0.2 * layer:.2f} polygon {outline}"]
    subprocess.run(["convert", *drawing, path], check=True, timeout=PATIENCE)


def make_hollow(path, dtype, shapes):
    """A checkpoint of holes, with as many tensors as make it known."""
    write_safetensors(path, {name: (dtype, list(shape), 2 * math.prod(shape)) for name, shape in shapes.items()})


def list_xl():
    unet = "model.diffusion_model."
    shapes = {unet + "input_blocks.0.0.weight": (320, 4, 3, 3), unet + "label_emb.0.0.weight": (1280, 2816),
              unet + "time_embed.0.weight": (1280, 320)}
    for block, depth, width in ((4, 2, 640), (5, 2, 640), (7, 10, 1280), (8, 10, 1280)):
        for layer in range(depth):
            stem = f"{unet}input_blocks.{block}.1.transformer_blocks.{layer}."
            shapes |= {stem + "attn1.to_q.weight": (width, width), stem + "attn1.to_k.weight": (width, width),
                       stem + "attn2.to_q.weight": (width, width), stem + "attn2.to_k.weight": (width, 2048),
                       stem + "ff.net.2.weight": (width, 4 * width)}
    for layer in range(10):
        shapes[f"{unet}middle_block.1.transformer_blocks.{layer}.attn2.to_k.weight"] = (1280, 2048)
    for block in range(9):
        shapes[f"{unet}output_blocks.{block}.0.in_layers.2.weight"] = (640, 1280, 3, 3)
    return shapes | {
        "conditioner.embedders.0.transformer.text_model.embeddings.token_embedding.weight": (49408, 768),
        "conditioner.embedders.1.model.token_embedding.weight": (49408, 1280),
        "first_stage_model.encoder.conv_in.weight": (128, 3, 3, 3),
        "first_stage_model.decoder.conv_in.weight": (512, 4, 3, 3)}


def list_flux():
    shapes = {"img_in.weight": (3072, 64), "txt_in.weight": (3072, 4096), "final_layer.linear.weight": (64, 3072)}
    shapes |= {f"{part}.in_layer.weight": (3072, width)
               for part, width in (("guidance_in", 256), ("time_in", 256), ("vector_in", 768))}
    for block in range(19):
        for side in ("img", "txt"):
            stem = f"double_blocks.{block}.{side}_"
            shapes |= {stem + "attn.qkv.weight": (9216, 3072), stem + "attn.proj.weight": (3072, 3072),
                       stem + "mlp.0.weight": (12288, 3072), stem + "mlp.2.weight": (3072, 12288),
                       stem + "mod.lin.weight": (18432, 3072)}
    for block in range(38):
        shapes |= {f"single_blocks.{block}.linear1.weight": (21504, 3072),
                   f"single_blocks.{block}.linear2.weight": (3072, 15360)}
    return shapes


def make_library(cli, folder):
    """Paths of two models to merge, in a library that holds more."""
    models = {name: os.path.join(folder, name + ".safetensors") for name in HILLS}
    first, second = make_demo_models(cli, folder)
    os.rename(first, models["Lumen Photo v3"])
    os.rename(second, models["Paper Lantern"])
    parents = [models["Lumen Photo v3"], models["Paper Lantern"]]
    for name, options in (("Lantern Light", ["--blocks", "SMOOTHSTEP"]), ("Quiet Valley", ["-p", "alpha=0.35"])):
        subprocess.run([cli, "merge", *parents, "-m", "weighted_sum", *options, "-o", models[name]], check=True,
                       capture_output=True, timeout=120)
        parents = [models["Lantern Light"], models["Lumen Photo v3"]]
    make_hollow(models["Glasshouse XL"], "F16", list_xl())
    make_hollow(models["Nightjar Flux"], "BF16", list_flux())
    for seed, (name, colours) in enumerate(HILLS.items()):
        draw_hills(os.path.join(folder, name + ".preview.png"), colours, seed)
    return [models["Lumen Photo v3"], models["Paper Lantern"]]


def set_up(home, scheme):
    write_settings(home, library_folders=f"['{FOLDER}']", window_width=WIDTH + 2 * FRAME,
                   window_height=HEIGHT + 2 * FRAME, name_template="'Lantern Evening'", colour_scheme=f"'{scheme}'")


def prepare(cli, home):
    folder = os.path.join(home, "Models")
    set_up(home, "light")
    os.mkdir(FOLDER)
    models = make_library(cli, FOLDER)
    return {"arguments": models, "models": models}


def save(app, name):
    """The window as a desktop with shadows shows it."""
    app.xdotool("mousemove", "250", "28", "click", "1")  # the mouse takes the ring of the focus away
    app.picture(name)
    path = os.path.join(os.environ["AMALGAM_SCREENSHOTS"], name + ".png")
    subprocess.run(
        ["convert", path, "-crop", f"{WIDTH}x{HEIGHT}+{FRAME}+{FRAME}", "+repage", "-alpha", "set",
         "(", "-size", f"{WIDTH}x{HEIGHT}", "xc:none", "-fill", "white", "-draw",
         f"roundrectangle 0,0 {WIDTH - 1},{HEIGHT - 1} 12,12", ")", "-compose", "DstIn", "-composite",
         "(", "+clone", "-background", "black", "-shadow", "35x14+0+6", ")", "+swap", "-background", "none",
         "-compose", "Over", "-layers", "merge", "+repage", "-define", "png:compression-level=9", "-strip", path],
        check=True, timeout=PATIENCE)


def show(app, scheme):
    """All pages in one colour scheme, from the merge on."""
    app.find("label", "Ready to merge")
    app.press("Presets")
    app.search("Search presets", "GRAD_V")
    app.find("label", "Ready to merge")
    save(app, "merge-" + scheme)

    app.merge()
    app.find("label", "What moved where")
    app.gone("Merging", "label")
    save(app, "result-" + scheme)

    app.show_page("Library")
    app.click(app.find("label", "Lantern Light"))
    app.find("label", "Components")
    save(app, "library-" + scheme)

    app.show_page("Compare")
    for side, name in (("A", "Lumen Photo v3"), ("B", "Paper Lantern")):
        app.press("Choose checkpoint " + side)
        app.search("Search the library", name)
    app.find("label", "alike, differing most")
    app.find("image", "Histogram of the values")
    save(app, "compare-" + scheme)


def travel(app, models):
    show(app, "light")
    app.quit()
    set_up(app.home, "dark")
    os.remove(os.path.join(FOLDER, "Lantern Evening.safetensors"))
    shutil.rmtree(os.path.join(app.home, "data"))
    app.start(models)
    show(app, "dark")
    shutil.rmtree(FOLDER)


if __name__ == "__main__":
    main(travel, prepare)
