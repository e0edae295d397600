"""Where two models differ: by block, by tensor, and the values of one tensor."""

import os

from fixtures import make_demo_models, write_settings
from journey import TEXTS, main


def prepare(cli, home):
    folder = os.path.join(home, "models")
    make_demo_models(cli, folder)
    write_settings(home, library_folders=f"['{folder}']", welcome_done="true")
    return {}


def choose(app, side, name):
    app.press("Choose checkpoint " + side)
    app.search("Search the library", name)


def travel(app):
    app.find("label", "base")
    app.show_page("Compare")
    choose(app, "A", "base")
    choose(app, "B", "style")
    app.find("label", "882 of 1130 tensors differ")
    app.find("label", "92.2 % alike, differing most in OUT06 and OUT07")
    app.find("image", "Relative L2 difference")
    app.find("image", "Histogram of the values")
    first = "output_blocks.7.1.transformer_blocks.0.attn2.to_out.0.bias"
    second = "output_blocks.6.1.transformer_blocks.0.attn2.to_out.0.weight"
    app.find("label", first)
    app.picture("compare-result")

    app.key("ctrl+f")
    search = app.find(TEXTS, "Search tensors")
    app.wait(lambda: any(node.has_focus for node in search.walk()), "the focus in the search")
    app.write(second)
    app.find("label", "1 of 1130 tensors")
    app.find("label", second)  # over the histogram: the cells of the table are not looked at
    app.picture("compare-histogram")


main(travel, prepare)
