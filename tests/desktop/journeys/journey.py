"""Drives the real program through the accessibility tree, as a person with a screen reader would.

Names and roles differ a little from one GTK to the next: names are looked for as parts, roles in sets. A journey is
a script with a function `travel(app)` and a call of `main(travel)`. It runs on a display and a session bus of its own
(see run-journey.sh), with an empty home. Pictures go to $AMALGAM_SCREENSHOTS."""

import functools
import os
import shutil
import subprocess
import sys
import time
import traceback

SKIP = 77
PATIENCE = 30  # seconds until a thing that does not come is a failure

try:
    import gi
    gi.require_version("Atspi", "2.0")
    from gi.repository import Atspi, GLib
except (ImportError, ValueError) as missing:
    print(f"skipped: {missing} (python3-gi and gir1.2-atspi-2.0 are needed)")
    sys.exit(SKIP)

BUTTONS = {"push button", "button", "toggle button", "menu button"}
TEXTS = {"text", "entry"}
TABS = {"page tab", "radio button", "toggle button"}
TABLES = {"tree table"}
ROWS = {"list item", "table row"}
PAGES = ("AmLibraryPage", "AmMergePage", "AmRunsPage", "AmComparePage", "AmMeasurePage")  # what GTK 4.8 calls containers without name


NO_FAULTS = (
    "unable to send notifications",  # the bus of a journey has no one who shows them
    "Trying to measure GtkLabel",  # the heading of a message dialog of libadwaita 1.7
    "g_variant_is_object_path",  # GTK 4.8, asked for a widget that has just gone
)


class Lost(Exception):
    """What the journey looked for is not there."""


def quiet(call, *args, default=None):
    """Widgets vanish while they are looked at; that is no failure."""
    try:
        return call(*args)
    except GLib.Error:
        return default


class Node:
    """One accessible, with what journeys do to it."""

    def __init__(self, accessible):
        self.accessible = accessible

    @property
    def name(self):
        """The label. GTK 4.8 gives labels of buttons twice, once with the mnemonic."""
        name = quiet(self.accessible.get_name, default="") or ""
        for length in (len(name) // 2, len(name) // 2 - 1):
            first, shown = name[:len(name) - length - 1], name[len(name) - length:]
            if name[len(name) - length - 1:len(name) - length] == " " and first.replace("_", "", 1) == shown:
                return shown
        return name

    @property
    def description(self):
        return quiet(self.accessible.get_description, default="") or ""

    @functools.cached_property
    def role(self):
        return quiet(self.accessible.get_role_name, default="") or ""

    @property
    def states(self):
        return quiet(self.accessible.get_state_set)

    def has(self, state):
        states = self.states
        return states is not None and states.contains(state)

    @property
    def is_showing(self):
        """GTK 4.8 tells of no widget but windows that it is showing: what is not shown has no size."""
        component = quiet(self.accessible.get_component_iface)
        extents = quiet(Atspi.Component.get_extents, component, Atspi.CoordType.WINDOW) if component else None
        return self.has(Atspi.StateType.VISIBLE) and (extents is None or extents.width > 0)

    @property
    def is_enabled(self):
        return self.has(Atspi.StateType.SENSITIVE)

    def children(self):
        for index in range(quiet(self.accessible.get_child_count, default=0) or 0):
            child = quiet(self.accessible.get_child_at_index, index)
            if child is not None:
                yield Node(child)

    def walk(self, is_left_out=lambda node: False):
        """Self and everything below that is visible."""
        yield self
        for child in self.children():
            if child.role in TABLES:
                yield child  # thousands of cells would take their time
            elif child.has(Atspi.StateType.VISIBLE) and not is_left_out(child):
                yield from child.walk(is_left_out)

    def matches(self, roles, name):
        if roles and self.role not in roles:
            return False
        return name is None or name in self.words

    @property
    def words(self):
        """What a screen reader says: the name, or the text of what has none."""
        return self.name or self.text

    @property
    def text(self):
        interface = quiet(self.accessible.get_text_iface)
        if interface is None:
            return ""
        return quiet(Atspi.Text.get_text, interface, 0, -1, default="") or ""

    def press(self):
        """Does the widget's first action: click, activate, toggle. Whether it has one."""
        interface = quiet(self.accessible.get_action_iface)
        name = quiet(Atspi.Action.get_action_name, interface, 0, default="") if interface else ""
        if name == "listitem.scroll-to":  # all that rows of GTK 4.18 offer
            return False
        return quiet(self.accessible.do_action, 0, default=False)

    def type(self, text):
        """Replaces the text of an entry."""
        editable = quiet(self.accessible.get_editable_text_iface)
        if editable is None or not quiet(Atspi.EditableText.set_text_contents, editable, text, default=False):
            raise Lost(f"{self} takes no text")

    @property
    def value(self):
        interface = quiet(self.accessible.get_value_iface)
        return None if interface is None else quiet(Atspi.Value.get_current_value, interface)

    @value.setter
    def value(self, number):
        interface = quiet(self.accessible.get_value_iface)
        if interface is None or not quiet(Atspi.Value.set_current_value, interface, number, default=False):
            raise Lost(f"{self} takes no value")

    @property
    def has_focus(self):
        return self.has(Atspi.StateType.FOCUSED)

    def __repr__(self):
        return f"{self.role} “{self.name}”"


class App:
    """The program while a journey drives it."""

    def __init__(self, program, cli, home, arguments=()):
        self.program, self.cli, self.home = program, cli, home
        self.errors_path = os.path.join(home, "stderr.txt")
        self.errors = open(self.errors_path, "a", encoding="utf-8")
        self.start(arguments)

    def start(self, arguments=()):
        self.process = subprocess.Popen([self.program, *arguments], stderr=self.errors)
        self.page = PAGES[1] if arguments else None  # files are shown on the merge page
        self.windows = []
        self.root = self.wait(self._find_self, "the program's window")
        self.windows = [next(window for window in self.root.children() if window.is_showing)]

    def quit(self):
        """Ends the program as its user does, with everything it keeps."""
        self.key("ctrl+q")
        self.process.wait(PATIENCE)

    def _find_self(self):
        self._check_alive()
        desktop = Atspi.get_desktop(0)
        for index in range(desktop.get_child_count()):
            child = quiet(desktop.get_child_at_index, index)
            if child is not None and quiet(child.get_process_id) == self.process.pid:
                node = Node(child)
                if any(window.is_showing for window in node.children()):
                    return node
        return None

    def _check_alive(self):
        if self.process.poll() is not None:
            raise Lost(f"the program ended with {self.process.returncode}:\n{self.read_errors()}")

    def read_errors(self):
        with open(self.errors_path, encoding="utf-8") as file:
            return file.read()

    def wait(self, condition, what, patience=PATIENCE):
        """What the condition gives as soon as it is true."""
        end = time.monotonic() + patience
        while time.monotonic() < end:
            result = condition()
            if result:
                return result
            self._check_alive()
            time.sleep(0.05)
        raise Lost(f"{what} did not come; on the screen:\n{self.describe()}")

    def is_hidden_page(self, node):
        """Pages once shown keep their size while another is in front."""
        return self.page is not None and node.name in PAGES and node.name != self.page

    def nodes(self):
        return (node for node in self._walk() if node.is_showing)

    def _walk(self):
        for window in self.windows:
            yield from window.walk(self.is_hidden_page)

    def _each(self, roles, name):
        roles = {roles} if isinstance(roles, str) else set(roles)
        return (node for node in self._walk() if node.matches(roles, name) and node.is_showing)

    def all(self, roles=(), name=None):
        return list(self._each(roles, name))

    def find(self, roles=(), name=None, patience=PATIENCE):
        """What has the name, or has it as a part of its own."""
        return self.wait(lambda: self._best(self._each(roles, name), name), f"{roles or 'anything'} “{name}”", patience)

    @staticmethod
    def _best(nodes, name):
        first = None
        for node in nodes:
            if name is None or node.words == name:
                return node
            first = first or node
        return first

    def has(self, name, roles=()):
        return bool(self.all(roles, name))

    def gone(self, name, roles=()):
        self.wait(lambda: not self.all(roles, name), f"the end of “{name}”")

    def measure(self):
        """Width and height of the largest window on the screen."""
        ids = self.xdotool("search", "--onlyvisible", "--pid", str(self.process.pid)).split()
        shapes = [dict(line.split("=") for line in self.xdotool("getwindowgeometry", "--shell", window).split())
                  for window in ids]
        return max(int(shape["WIDTH"]) for shape in shapes), max(int(shape["HEIGHT"]) for shape in shapes)

    def window(self, title):
        """A dialog, once it is there. GTK 4.8 crashes when it is asked for windows while one of them is hidden, so
        they are looked for only here, and their end is seen by the X server."""
        window = self.wait(lambda: next((node for node in self.root.children() if title in node.name), None),
                           f"a window “{title}”")
        self.windows.append(window)
        return window

    def window_gone(self, title):
        pattern = ("search", "--onlyvisible", "--name", title)
        self.wait(lambda: subprocess.run(["xdotool", *pattern], check=False, capture_output=True).returncode != 0,
                  f"the end of the window “{title}”")
        self.windows.pop()

    def press(self, name, roles=()):
        """Presses the button of that name, once it can be. A menu button holds a button of its name, which is it."""
        def press_one():
            nodes = [node for node in self._each(roles or BUTTONS, name) if node.is_enabled]
            nodes.sort(key=lambda node: node.words != name)
            return next((node for node in nodes if node.press()), None)

        return self.wait(press_one, f"a button “{name}” that can be pressed")

    def show_page(self, title):
        tab = self.find(TABS, title)
        position = [node.name for node in self.all(tab.role)].index(tab.name)
        tab.press()
        self.page = PAGES[position]

    def open(self, *paths):
        """Hands files to the running program, as a file manager does."""
        subprocess.run([self.program, *paths], check=True, timeout=PATIENCE)

    def key(self, combination):
        """Real key strokes through the X server."""
        self.xdotool("key", "--clearmodifiers", *combination.split())

    def write(self, text):
        """Real key strokes that write a text where the focus is."""
        self.xdotool("type", "--delay", "5", text)

    @staticmethod
    def xdotool(*arguments):
        return subprocess.run(["xdotool", *arguments], check=True, capture_output=True, text=True,
                              timeout=PATIENCE).stdout

    def picture(self, name):
        folder = os.environ.get("AMALGAM_SCREENSHOTS")
        if not folder or not shutil.which("import"):
            return
        os.makedirs(folder, exist_ok=True)
        self.xdotool("mousemove", "2", "2")  # on the frame, where it shows no tooltip and keeps the focus
        time.sleep(0.4)  # for the eye alone: nothing is asserted on pictures
        subprocess.run(["import", "-window", "root", os.path.join(folder, name + ".png")], check=False,
                       timeout=PATIENCE)

    def describe(self):
        return "\n".join(f"  {node}" for node in self.nodes() if node.words and not node.name.startswith(("Gtk", "Adw")))

    def run_cli(self, *arguments):
        return subprocess.run([self.cli, *arguments], check=True, capture_output=True, text=True, timeout=120).stdout

    def click(self, node):
        """With the mouse, on a widget of the main window that is in view."""
        extents = Atspi.Component.get_extents(node.accessible.get_component_iface(), Atspi.CoordType.WINDOW)
        self.xdotool("mousemove", str(extents.x + extents.width // 2), str(extents.y + extents.height // 2))
        self.xdotool("click", "1")

    def activate(self, node, key="Tab"):
        """Rows of lists have no action to press: they are gone to and taken by key."""
        if not node.press():
            self.focus(node, key)
            self.key("Return")

    def focus(self, node, key="Tab"):
        """GTK 4.8 lets no one else move the focus, so it goes by key, as it has to be possible."""
        for _ in range(150):
            if any(part.has_focus for part in ([node] if node.role in ROWS else node.walk())):
                return
            self.key(key)
            time.sleep(0.05)
        raise Lost(f"{key} does not lead to {node}")

    def choose(self, control, title):
        """Chooses from a drop-down list."""
        combo = self.find("combo box", control)
        self.focus(combo)
        self.key("space")
        self.activate(self.row(title, combo), "Down")
        self.wait(lambda: any(node.words == title and node.is_showing for node in combo.walk()), f"“{title}” chosen")

    def row(self, title, within=None):
        """The row of a list that is called so, or holds a label that is."""
        return self.wait(lambda: next((node for node in (within.walk() if within else self._walk())
                                       if node.role in ROWS and node.is_showing
                                       and any(part.words == title for part in node.walk())), None), f"a row “{title}”")

    def choose_method(self, current, title):
        self.activate(self.find("list item", current))
        self.search("Search methods", title)
        self.find("label", title)

    def search(self, name, words):
        """Takes the first that is found in the list of a popover."""
        entry = self.find(TEXTS, name)
        self.wait(lambda: any(node.has_focus for node in entry.walk()), f"the focus in “{name}”")
        self.write(words)
        self.key("Return")
        self.gone(name, TEXTS)

    def merge(self, name="Merge"):
        """Starts the merge once the plan allows it, and waits for its end: the words of the result's head."""
        self.press(name)
        self.show_page("Runs")
        return self.find("label", "Done in").words

    def answer_dialog(self, title, path):
        """Gives a path to a file dialog of GTK."""
        dialog = self.window(title)
        inside = lambda: [node for node in dialog.walk() if node.is_showing]
        entry = next((node for node in inside() if node.role in TEXTS), None)
        if entry is None:
            self.key("slash")
            entry = self.wait(lambda: next((node for node in inside() if node.role in TEXTS), None), "an entry of paths")
        entry.type(path)
        accept = [node for node in inside() if node.role in BUTTONS and node.name in ("Save", "Open", "Select")]
        accept[-1].press()
        self.window_gone(title)

    def close(self):
        self.process.terminate()
        self.process.wait(PATIENCE)
        self.errors.close()


def main(travel, prepare=None):
    """Runs a journey: `travel(app, **what prepare gave)`."""
    program, cli, home = sys.argv[1:4]
    prepared = prepare(cli, home) if prepare else {}
    app = App(program, cli, home, prepared.pop("arguments", ()))
    try:
        travel(app, **prepared)
        faults = [line for line in app.read_errors().splitlines()
                  if ("CRITICAL" in line or "WARNING" in line) and not any(known in line for known in NO_FAULTS)]
        if faults:
            raise Lost("the program complained:\n" + "\n".join(faults))
    except Exception:
        traceback.print_exc()
        print(app.read_errors())
        app.picture("failed-" + os.path.basename(sys.argv[0])[:-3])
        sys.exit(1)
    finally:
        app.close()
