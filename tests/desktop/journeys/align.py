"""Models whose units are in another order are aligned before they are merged; siblings need no alignment."""

import os

from fixtures import make_perceptron
from journey import Lost, main

WIDTHS = [12, 32, 4]
N_UNITS = sum(WIDTHS[1:-1])


def prepare(cli, home):
    folder = os.path.join(home, "models")
    os.makedirs(folder)
    path = lambda name: os.path.join(folder, name + ".safetensors")
    plain = make_perceptron(path("plain"), WIDTHS)
    # Each unit is one place further on.
    reordered = make_perceptron(path("reordered"), WIDTHS, noise=0.1, order=lambda n: [*range(1, n), 0])
    sibling = make_perceptron(path("sibling"), WIDTHS, noise=0.1)
    return {"arguments": [plain, reordered], "sibling": sibling}


def find_switch(app):
    return app.find({"switch", "toggle button", "check box"}, "Align models first")


def travel(app, sibling):
    app.find("label", "Ready to merge")
    if app.has("will be brought into the order"):
        raise Lost("an alignment is planned that nobody asked for")
    find_switch(app).press()
    app.find("label", "B will be brought into the order of A first")
    app.find("label", "Ready to merge")
    app.picture("align")

    app.merge()
    app.find("label", f"{N_UNITS} of {N_UNITS} units moved")
    chart = app.find({"image", "img", "icon"}, "Alignment of the layers")
    app.focus(chart)
    app.key("End")
    app.wait(lambda: f"{WIDTHS[-2]} of {WIDTHS[-2]} units moved" in chart.description, "the figures of the last layer")
    app.find("label", "similarity")
    app.picture("align-result")

    app.show_page("Merge")
    app.open(sibling)
    app.find("label", "will be brought into the order")
    app.find("label", "Ready to merge")
    app.merge()
    app.find("label", "alignment is not needed")
    app.picture("align-sibling")


main(travel, prepare)
