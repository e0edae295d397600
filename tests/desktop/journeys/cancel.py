"""A long merge, given up in the middle."""

import os

from fixtures import make_large, write_settings
from journey import Lost, main


def prepare(_cli, home):
    write_settings(home, threads="uint32 1")
    folder = os.path.join(home, "models")
    os.makedirs(folder)
    models = [make_large(os.path.join(folder, name + ".safetensors"), 256) for name in "abc"]
    return {"arguments": models[:2], "third": models[2], "folder": folder}


def travel(app, third, folder):
    app.choose_method("Weighted sum", "Smooth add difference")
    app.open(third)
    app.find("label", "Ready to merge")
    before = sorted(os.listdir(folder))
    app.press("Merge")
    app.show_page("Runs")
    bar = app.find("progress bar", "Progress of the merge")
    app.wait(lambda: 0 < bar.value < 1, "progress")
    writing = [name for name in os.listdir(folder) if name not in before]
    if "a-b-smooth_add_difference.safetensors" in writing:
        raise Lost("the output is there before it is done")
    app.picture("cancel-running")
    app.press("Cancel")
    app.find("label", "nothing was written")
    app.gone("Progress of the merge", bar.role)
    app.picture("cancel-done")
    after = sorted(os.listdir(folder))
    if after != before:
        raise Lost(f"the cancelled merge left {after}")


main(travel, prepare)
