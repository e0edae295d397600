"""Every control of every page and window has a name that is not the name of its class."""

import os

from fixtures import make_demo_models, write_settings
from journey import BUTTONS, TEXTS, Lost, main

CONTROLS = BUTTONS | TEXTS | {"check box", "switch", "slider", "spin button", "combo box", "page tab", "progress bar"}
CLASSES = ("Gtk", "Adw", "Am")


def prepare(cli, home):
    folder = os.path.join(home, "models")
    write_settings(home, library_folders=f"['{folder}']")
    return {"arguments": make_demo_models(cli, folder)}


def is_part(node, parents):
    """Buttons that GTK makes inside of its own widgets go by the name of the widget around them."""
    return any(parent.role in {"combo box", "spin button"} | TEXTS or parent.name == "AdwToastWidget"
               for parent in parents)


def walk(node, app, parents=()):
    if node.is_showing and not app.is_hidden_page(node):
        yield node, parents
        for child in node.children():
            yield from walk(child, app, (*parents, node))


def find_nameless(app, where):
    for node, parents in walk(app.windows[-1], app):
        if node.role in CONTROLS and not is_part(node, parents) and (not node.name or node.name.startswith(CLASSES)):
            path = " > ".join(parent.name or parent.role for parent in parents[-4:])
            yield f"{where}: {node.role} “{node.name}” ({node.description}) in {path}"


def travel(app):
    nameless = []
    app.find("label", "Ready to merge")
    nameless += find_nameless(app, "merge page")
    app.merge()
    nameless += find_nameless(app, "runs page")
    app.show_page("Library")
    app.find("label", "style")
    nameless += find_nameless(app, "library page")
    app.show_page("Compare")
    nameless += find_nameless(app, "compare page")
    app.show_page("Merge")
    for key, title in (("ctrl+comma", "Preferences"), ("ctrl+shift+s", "Sweep a value"), ("ctrl+e", "Recipe card")):
        app.key(key)
        app.window(title)
        nameless += find_nameless(app, title)
        app.key("Escape")
        app.window_gone(title)
    if nameless:
        raise Lost("controls without a name:\n" + "\n".join(nameless))


main(travel, prepare)
