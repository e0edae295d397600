"""Drives the real program through the accessibility tree, as a person with a screen reader would.

Names and roles differ a little from one GTK to the next: names are looked for as parts, roles in sets. A journey is
a script with a function `travel(app)` and a call of `main(travel)`. It runs on a display and a session bus of its own
(see run-journey.sh), with an empty home. Pictures go to $AMALGAM_SCREENSHOTS."""

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
TABS = {"page tab", "radio button", "toggle button"}
PAGES = ("AmLibraryPage", "AmMergePage", "AmRunsPage", "AmComparePage")  # what GTK 4.8 calls containers without name


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
        return quiet(self.accessible.get_name, default="") or ""

    @property
    def description(self):
        return quiet(self.accessible.get_description, default="") or ""

    @property
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
            if child.has(Atspi.StateType.VISIBLE) and not is_left_out(child):
                yield from child.walk(is_left_out)

    def matches(self, roles, name):
        if roles and self.role not in roles:
            return False
        return name is None or name in self.name or (not self.name and name in self.text)

    @property
    def text(self):
        interface = quiet(self.accessible.get_text_iface)
        if interface is None:
            return ""
        return quiet(Atspi.Text.get_text, interface, 0, -1, default="") or ""

    def press(self):
        """Does the widget's first action: click, activate, toggle."""
        if not quiet(self.accessible.do_action, 0, default=False):
            raise Lost(f"{self} cannot be pressed")

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

    def focus(self):
        component = quiet(self.accessible.get_component_iface)
        if component is None or not quiet(Atspi.Component.grab_focus, component, default=False):
            raise Lost(f"{self} takes no focus")

    def __repr__(self):
        return f"{self.role} “{self.name}”"


class App:
    """The program while a journey drives it."""

    def __init__(self, program, cli, home, arguments=()):
        self.program, self.cli, self.home = program, cli, home
        self.errors_path = os.path.join(home, "stderr.txt")
        self.errors = open(self.errors_path, "a", encoding="utf-8")
        self.process = subprocess.Popen([program, *arguments], stderr=self.errors)
        self.page = None
        self.root = self.wait(self._find_self, "the program's window")

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

    def _is_hidden_page(self, node):
        """Pages once shown keep their size while another is in front."""
        return self.page is not None and node.name in PAGES and node.name != self.page

    def nodes(self):
        return (node for node in self.root.walk(self._is_hidden_page) if node.is_showing)

    def all(self, roles=(), name=None):
        roles = {roles} if isinstance(roles, str) else set(roles)
        return [node for node in self.nodes() if node.matches(roles, name)]

    def find(self, roles=(), name=None, patience=PATIENCE):
        return self.wait(lambda: next(iter(self.all(roles, name)), None), f"{roles or 'anything'} “{name}”", patience)

    def has(self, name, roles=()):
        return bool(self.all(roles, name))

    def gone(self, name, roles=()):
        self.wait(lambda: not self.all(roles, name), f"the end of “{name}”")

    def press(self, name, roles=()):
        """Presses the button of that name, once it can be."""
        node = self.wait(lambda: next((n for n in self.all(roles or BUTTONS, name) if n.is_enabled), None),
                         f"a button “{name}” that can be pressed")
        node.press()
        return node

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
        subprocess.run(["xdotool", "key", "--clearmodifiers", *combination.split()], check=True, timeout=PATIENCE)

    def picture(self, name):
        folder = os.environ.get("AMALGAM_SCREENSHOTS")
        if not folder or not shutil.which("import"):
            return
        os.makedirs(folder, exist_ok=True)
        time.sleep(0.4)  # for the eye alone: nothing is asserted on pictures
        subprocess.run(["import", "-window", "root", os.path.join(folder, name + ".png")], check=False,
                       timeout=PATIENCE)

    def describe(self):
        if getattr(self, "root", None) is None:
            return "(nothing)"
        return "\n".join(f"  {node}" for node in self.nodes() if node.name or node.text)

    def run_cli(self, *arguments):
        return subprocess.run([self.cli, *arguments], check=True, capture_output=True, text=True, timeout=120).stdout

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
        faults = [line for line in app.read_errors().splitlines() if "CRITICAL" in line or "WARNING" in line]
        if faults:
            raise Lost("the program complained:\n" + "\n".join(faults))
    except Exception:
        traceback.print_exc()
        print(app.read_errors())
        app.picture("failed-" + os.path.basename(sys.argv[0])[:-3])
        sys.exit(1)
    finally:
        app.close()
