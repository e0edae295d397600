"""What was set and done is there at the next start."""

import os

from fixtures import make_demo_models, write_settings
from journey import PAGES, TABS, Lost, main

OUTPUT = "base-style-weighted_sum.safetensors"


def prepare(cli, home):
    folder = os.path.join(home, "models")
    write_settings(home, library_folders=f"['{folder}']")
    return {"arguments": make_demo_models(cli, folder)}


def show_result(app, row):
    """GTK 4.8 leads no one into rows from outside but by their menus, whose items have no names in 4.18."""
    app.press("More actions")
    app.wait(lambda: app.all({"menu item"}), "the menu")
    item = next(iter(app.all({"menu item"}, "Show result")), None)
    if item is not None:
        item.press()
        return
    app.key("Escape")
    app.focus(row)
    app.key("Return")


def travel(app):
    app.find("label", "Ready to merge")
    app.key("ctrl+comma")
    app.window("Preferences")
    app.press("Merging", TABS)
    app.find("spin button", "Threads").value = 2
    app.picture("second-start-preferences")
    app.key("Escape")
    app.window_gone("Preferences")
    app.merge()
    app.quit()

    app.start()
    app.page = PAGES[2]
    history = app.find("list", "History of merges")
    show_result(app, app.row(OUTPUT, history))
    app.find("label", "What moved where")
    app.picture("second-start-history")
    app.show_page("Library")
    for model in ("base", "style", OUTPUT.removesuffix(".safetensors")):
        app.find("label", model)
    app.key("ctrl+comma")
    app.window("Preferences")
    app.press("Merging", TABS)
    if app.find("spin button", "Threads").value != 2:
        raise Lost("the number of threads is forgotten")


main(travel, prepare)
