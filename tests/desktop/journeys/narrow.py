"""Everything on a phone: a window of 360 by 720."""

import os

from fixtures import make_demo_models, write_settings
from journey import PAGES, Lost, main

WIDTH, HEIGHT = 370, 730  # without a compositor the frame takes 5 pixels on each side


def prepare(cli, home):
    folder = os.path.join(home, "models")
    write_settings(home, library_folders=f"['{folder}']", window_width=WIDTH, window_height=HEIGHT)
    return {"arguments": make_demo_models(cli, folder)}


def check_fits(app):
    width, height = app.measure()
    if width > WIDTH or height > HEIGHT:
        raise Lost(f"the window is {width} by {height}")


def travel(app):
    app.find("label", "Ready to merge")
    check_fits(app)
    app.picture("narrow-merge")
    app.merge()
    app.picture("narrow-result")
    for title in ("Library", "Compare", "Measure", "Merge", "Runs"):
        app.show_page(title)
        check_fits(app)
        app.picture("narrow-" + title.lower())
    if not os.path.exists(os.path.join(app.home, "models", "base-style-weighted_sum.safetensors")):
        raise Lost("no file was made")


main(travel, prepare)
