#!/usr/bin/env python3
"""What desktops, Flatpak and app stores read agrees with itself and with the program.

usage: check-desktop.py SOURCE_FOLDER
"""

import configparser
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import yaml_subset

ID = "io.github.amalgam_merge.Amalgam"
PROGRAM = "amalgam-desktop"
PERMISSIONS = ["--share=ipc", "--socket=fallback-x11", "--socket=wayland", "--device=dri"]
MAIN_CATEGORIES = {"AudioVideo", "Audio", "Video", "Development", "Education", "Game", "Graphics", "Network", "Office",
                   "Science", "Settings", "System", "Utility"}
MIME = "{http://www.freedesktop.org/standards/shared-mime-info}"
SVG = "{http://www.w3.org/2000/svg}"
SCREENSHOTS = "https://raw.githubusercontent.com/amalgam-merge/amalgam/main/data/screenshots/"
SETTING_USE = re.compile(r'g_settings_(?:get|set|bind|reset|create)\w* \([^",;]+,\s*"([a-z-]+)"')

faults = []


def expect(what, actual, expected):
    if actual != expected:
        faults.append(f"{what}: {actual!r} instead of {expected!r}")


def demand(what, holds):
    if not holds:
        faults.append(what)


class Source:
    def __init__(self, top):
        self.top = top

    def path(self, *parts):
        return os.path.join(self.top, *parts)

    def read(self, *parts):
        with open(self.path(*parts), encoding="utf-8") as file:
            return file.read()

    def parse(self, *parts):
        return ElementTree.parse(self.path(*parts)).getroot()

    def entry(self, name):
        reader = configparser.ConfigParser(interpolation=None, delimiters=("=",), strict=True)
        reader.optionxform = str
        reader.read_string(self.read("data", name))
        return reader

    def meson_value(self, name, *parts):
        match = re.search(rf"^ *{name}[:=] *'([^']*)'", self.read(*parts).replace(" =", "="), re.MULTILINE)
        return match and match[1]


def check_pin(module, source):
    name = f"manifest: {module['name']}: {source.get('url', source.get('path'))}"
    kind = source.get("type")
    if kind == "dir":
        expect(name + ": a folder", (module["name"], source["path"]), ("amalgam", ".."))
    elif kind == "git":
        demand(f"{name}: no commit", re.fullmatch(r"[0-9a-f]{40}", str(source.get("commit"))))
    else:
        expect(name + ": type", kind, "archive")
        demand(f"{name}: no SHA-256", re.fullmatch(r"[0-9a-f]{64}", str(source.get("sha256"))))
    if kind != "dir":
        demand(f"{name}: not over HTTPS", str(source.get("url")).startswith("https://"))


def load_manifest(source):
    path = source.path("flatpak", ID + ".yml")
    manifest = yaml_subset.parse(source.read("flatpak", ID + ".yml"))
    try:
        import yaml
    except ImportError:
        pass
    else:
        expect("manifest: as PyYAML reads it", yaml.safe_load(source.read("flatpak", ID + ".yml")), manifest)
    if shutil.which("flatpak-builder"):
        shown = subprocess.run(["flatpak-builder", "--show-manifest", path], capture_output=True, text=True, check=False)
        expect("flatpak-builder --show-manifest says", (shown.returncode, shown.stderr), (0, ""))
    return manifest


def check_manifest(source):
    manifest = load_manifest(source)
    expect("manifest: id", manifest["id"], ID)
    expect("manifest: command", manifest["command"], PROGRAM)
    expect("manifest: permissions", sorted(manifest["finish-args"]), sorted(PERMISSIONS))
    expect("manifest: runtime", (manifest["runtime"], manifest["sdk"]), ("org.gnome.Platform", "org.gnome.Sdk"))
    demand("manifest: the runtime's version is no text of digits",
           isinstance(manifest["runtime-version"], str) and manifest["runtime-version"].isdigit())
    expect("manifest: last module", manifest["modules"][-1]["name"], "amalgam")
    for module in manifest["modules"]:
        demand(f"manifest: {module['name']} has no source", module["sources"])
        for item in module["sources"]:
            check_pin(module, item)


def check_entry(source):
    entry = source.entry(ID + ".desktop.in")["Desktop Entry"]
    expect("desktop entry: icon", entry["Icon"], ID)
    expect("desktop entry: program", entry["Exec"].split()[0], PROGRAM)
    expect("desktop entry: D-Bus activation", entry["DBusActivatable"], "true")
    categories = [word for word in entry["Categories"].split(";") if word]
    expect("desktop entry: main categories", len(MAIN_CATEGORIES.intersection(categories)), 1)
    demand("desktop entry: SingleMainWindow is an error on Debian 12", "SingleMainWindow" not in entry)
    return [word for word in entry["MimeType"].split(";") if word]


def check_service(source):
    service = source.entry(ID + ".service.in")["D-BUS Service"]
    expect("D-Bus service: name", service["Name"], ID)
    expect("D-Bus service: program", service["Exec"], f"@bindir@/{PROGRAM} --gapplication-service")


def check_screenshots(source, metainfo):
    screenshots = metainfo.findall("screenshots/screenshot")
    demand("metainfo: no screenshot", screenshots)
    expect("metainfo: default screenshots", [item.get("type") for item in screenshots].count("default"), 1)
    for item in screenshots:
        url = item.findtext("image")
        demand(f"metainfo: {url} is not where screenshots are", url.startswith(SCREENSHOTS) and url.endswith(".png"))
        demand(f"metainfo: {url} has no caption", item.findtext("caption"))
        if os.path.isdir(source.path("data", "screenshots")):
            name = url.removeprefix(SCREENSHOTS)
            demand(f"metainfo: data/screenshots/{name} is missing",
                   os.path.isfile(source.path("data", "screenshots", name)))


def check_releases(source, metainfo):
    releases = metainfo.findall("releases/release")
    dates = [release.get("date") for release in releases]
    expect("metainfo: latest release", releases[0].get("version"), source.meson_value("version", "meson.build"))
    expect("metainfo: releases, newest first", dates, sorted(dates, reverse=True))
    for release in releases:
        demand(f"metainfo: release {release.get('version')} has no notes", release.find("description") is not None)


def check_metainfo(source, mime_types):
    metainfo = source.parse("data", ID + ".metainfo.xml.in")
    expect("metainfo: id", metainfo.findtext("id"), ID)
    expect("metainfo: starts", metainfo.findtext("launchable"), ID + ".desktop")
    expect("metainfo: licence of itself", metainfo.findtext("metadata_license"), "CC0-1.0")
    expect("metainfo: licence", metainfo.findtext("project_license"), source.meson_value("license", "meson.build"))
    expect("metainfo: programs", sorted(item.text for item in metainfo.findall("provides/binary")),
           ["amalgam", PROGRAM])
    expect("metainfo: MIME types", [item.text for item in metainfo.findall("provides/mediatype")], mime_types)
    expect("metainfo: developer", metainfo.find("developer").get("id"), ID.rpartition(".")[0])
    demand("metainfo: developer_name is obsolete", metainfo.find("developer_name") is None)
    summary = metainfo.findtext("summary")
    demand(f"metainfo: the summary is long or ends with a full stop: {summary}",
           len(summary) <= 35 and not summary.endswith("."))
    demand("metainfo: the first paragraph is short", len(" ".join(metainfo.findtext("description/p").split())) >= 80)
    expect("metainfo: content rating", metainfo.find("content_rating").get("type"), "oars-1.1")
    expect("metainfo: brand colours", sorted(item.get("scheme_preference") for item in metainfo.findall("branding/color")),
           ["dark", "light"])
    expect("metainfo: addresses", sorted(item.get("type") for item in metainfo.findall("url")),
           ["bugtracker", "homepage", "vcs-browser"])
    check_screenshots(source, metainfo)
    check_releases(source, metainfo)
    return metainfo.findtext("translation[@type='gettext']")


def check_mime(source, mime_types):
    package = source.parse("data", ID + ".xml")
    expect("MIME package: types", [item.get("type") for item in package.findall(MIME + "mime-type")], mime_types)
    for item in package.findall(MIME + "mime-type"):
        demand(f"MIME package: {item.get('type')} has no pattern", item.find(MIME + "glob") is not None)


def keys_used(source):
    for folder, _, names in os.walk(source.path("app", "desktop")):
        for name in names:
            if name.endswith(".c"):
                for key in SETTING_USE.findall(source.read(folder, name)):
                    yield key, name


def check_settings(source):
    name = ID + ".gschema.xml"
    schemas = source.parse("data", name)
    schema = schemas.find("schema")
    expect("settings: id", schema.get("id"), ID)
    expect("settings: path", schema.get("path"), "/" + ID.replace(".", "/") + "/")
    keys = schema.findall("key")
    for key in keys:
        demand(f"settings: {key.get('name')} is not explained", key.findtext("summary") and key.findtext("description"))
    for used, where in keys_used(source):
        demand(f"{where}: there is no setting {used}", used in {key.get("name") for key in keys})
    compiled = subprocess.run(["glib-compile-schemas", "--strict", "--dry-run", source.path("data")],
                              capture_output=True, text=True, check=False)
    expect("glib-compile-schemas says", (compiled.returncode, compiled.stderr), (0, ""))
    return schemas.get("gettext-domain")


def check_icon(source, folder, name, size):
    icon = source.parse("data", "icons", "hicolor", folder, "apps", name + ".svg")
    expect(f"icon {name}: root", icon.tag, SVG + "svg")
    expect(f"icon {name}: size", icon.get("viewBox"), f"0 0 {size} {size}")
    for element in icon.iter():
        demand(f"icon {name}: {element.tag} is no shape", element.tag.removeprefix(SVG) not in
               {"image", "text", "script", "style", "use", "foreignObject"})
    return {element.get("fill") for element in icon.iter()} - {None}


def check_icons(source):
    demand("icon: no colours", len(check_icon(source, "scalable", ID, 128)) > 1)
    expect("symbolic icon: colours", len(check_icon(source, "symbolic", ID + "-symbolic", 16)), 1)
    expect("icons", sorted(name for _, _, names in os.walk(source.path("data", "icons")) for name in names),
           [ID + "-symbolic.svg", ID + ".svg"])


def check_program(source):
    expect("meson.build: id", source.meson_value("application_id", "meson.build"), ID)
    resources = source.parse("app", "desktop", "amalgam-desktop.gresource.xml")
    for item in resources.findall("gresource"):
        path = "/" + ID.replace(".", "/") + "/"
        demand(f"resources: {item.get('prefix')} is not below {path}", (item.get("prefix") + "/").startswith(path))
    match = re.search(r'-DGETTEXT_PACKAGE="(\w+)"', source.read("app", "desktop", "meson.build"))
    return match and match[1]


def check_translations(source, domains):
    expect("domains of translations", domains, ["amalgam"] * len(domains))
    demand("po/meson.build translates another domain", "i18n.gettext('amalgam'" in source.read("po", "meson.build"))
    names = [line for line in source.read("po", "POTFILES.in").split("\n") if line and not line.startswith("#")]
    expect("po/POTFILES.in, sorted and once each", names, sorted(set(names)))
    for name in names:
        demand(f"po/POTFILES.in: there is no {name}", os.path.isfile(source.path(name)))
    for suffix in ("desktop.in", "gschema.xml", "metainfo.xml.in"):
        demand(f"po/POTFILES.in lacks data/{ID}.{suffix}", f"data/{ID}.{suffix}" in names)
    languages = [line for line in source.read("po", "LINGUAS").split("\n") if line and not line.startswith("#")]
    expect("po/LINGUAS", languages, sorted(name[:-3] for name in os.listdir(source.path("po")) if name.endswith(".po")))


def main():
    source = Source(sys.argv[1])
    check_manifest(source)
    mime_types = check_entry(source)
    check_service(source)
    domains = [check_metainfo(source, mime_types), check_settings(source), check_program(source)]
    check_mime(source, mime_types)
    check_icons(source)
    check_translations(source, domains)
    print("\n".join(faults) if faults else "all agree")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
