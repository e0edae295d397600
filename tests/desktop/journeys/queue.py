"""One merge with three values: three files, three entries of the history."""

import os

from fixtures import make_demo_models
from journey import TEXTS, Lost, main

NAMES = [f"base-style-weighted_sum-alpha-0.{digit}.safetensors" for digit in "246"]


def prepare(cli, home):
    return {"arguments": make_demo_models(cli, os.path.join(home, "models"))}


def travel(app):
    app.find("label", "Ready to merge")
    app.key("ctrl+shift+s")
    app.window("Sweep a value")
    app.find(TEXTS, "List, as in").type("0.2, 0.4, 0.6")
    app.find("label", "3 merges")
    app.picture("queue-sweep")
    app.press("Queue")
    app.window_gone("Sweep a value")
    app.show_page("Runs")
    app.wait(lambda: len(app.all("label", "Done in")) >= 3, "three merges that are done")
    app.picture("queue-done")
    for name in NAMES:
        path = os.path.join(app.home, "models", name)
        if not os.path.exists(path):
            raise Lost(f"{name} is not there")
    history = app.find("list", "History of merges")
    kept = {node.words for node in history.walk() if node.words in NAMES}
    if kept != set(NAMES):
        raise Lost(f"the history knows only {kept}")


main(travel, prepare)
