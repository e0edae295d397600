"""Block weights as artists trade them: pasted, looked at, taken back."""

import os

from fixtures import make_demo_models
from journey import TEXTS, main

NUMBERS = [0.3] + [round(0.04 * i, 2) for i in range(25)]  # BASE, IN00 to OUT11


def prepare(cli, home):
    return {"arguments": make_demo_models(cli, os.path.join(home, "models"))}


def expect(app, name, number):
    app.wait(lambda: abs(app.find("slider", name).value - number) < 1e-6, f"{number} at {name}")


def travel(app):
    expect(app, "IN04", 0.5)
    entry = app.find(TEXTS, "Numbers of the blocks")
    entry.type(",".join(str(number) for number in NUMBERS))
    app.focus(entry)
    app.key("Return")
    expect(app, "IN04", 0.16)
    expect(app, "OUT11", 0.96)
    expect(app, "BASE", 0.3)
    app.picture("paste-weights")

    app.press("Undo")
    expect(app, "IN04", 0.5)
    app.press("Redo")
    expect(app, "IN04", 0.16)

    app.press("Copy numbers")
    app.press("Reset all blocks")
    expect(app, "IN04", 0.5)
    app.press("Paste numbers")
    expect(app, "IN04", 0.16)
    expect(app, "OUT11", 0.96)
    app.key("ctrl+z")
    expect(app, "IN04", 0.5)


main(travel, prepare)
