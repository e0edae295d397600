#!/usr/bin/env python3
"""The lists and translations in po/ are up to date with the sources, complete and well formed.

Usage: check-translations.py SOURCE AMALGAM
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

TOOLS = ["xgettext", "msgmerge", "msgfmt"]
MARKED = re.compile(r'(?<!\w)(?:_|N_|T_|TN_|C_|NC_|ngettext|g_dngettext) ?\(\s*"|\stranslatable="(?:yes|true)"')
QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"$')
ESCAPES = {"n": "\n", "t": "\t"}
MNEMONIC = re.compile(r"_([A-Za-z])")
WIDE = "\u3000-\u303f\u4e00-\u9fff\uff00-\uffef"
NARROW_MARK = re.compile(f"[{WIDE}][,:!?]|[,:!?][{WIDE}]")


class Message:
    def __init__(self):
        self.flags, self.texts = [], {}

    def key(self):
        return self.texts.get("msgctxt"), self.texts["msgid"], self.texts.get("msgid_plural")

    def translations(self):
        return [text for name, text in self.texts.items() if name.startswith("msgstr")]


def unquote(line):
    return re.sub(r"\\(.)", lambda match: ESCAPES.get(match[1], match[1]), QUOTED.search(line)[1])


def read_messages(path):
    """The messages of a catalogue in order, without its header and without those that are no longer used."""
    messages, message, name = [], Message(), None
    with open(path, encoding="utf-8") as file:
        for line in [*file.read().split("\n"), ""]:
            if line.startswith("#,"):
                message.flags += re.split(r"[,\s]+", line[2:].strip())
            elif line.startswith("msg"):
                name = line.split(" ", 1)[0]
                message.texts[name] = unquote(line)
            elif line.startswith('"'):
                message.texts[name] += unquote(line)
            elif not line.strip():
                if message.texts.get("msgid"):
                    messages.append(message)
                message = Message()
    return messages


def outer_space(text):
    return text[0].isspace(), text[-1].isspace()


def faults_of_text(text, translation):
    """What a translation must have in common with its text, beside what msgfmt checks."""
    if not translation:
        return ["is not translated"]
    faults = []
    if re.search(r"\w", text) and outer_space(text) != outer_space(translation):
        faults.append("differs in white space at an end")
    if text.endswith("…") != translation.endswith("…"):
        faults.append("differs in the dots that stand for a dialog to come")
    if sorted(re.findall(r"\{\w+\}", text)) != sorted(re.findall(r"\{\w+\}", translation)):
        faults.append("differs in words in braces")
    if NARROW_MARK.search(translation):
        faults.append("has a narrow punctuation mark beside Chinese")
    return faults


def faults_of_mnemonic(text, translation):
    """A letter to press is kept, in brackets behind the text where the language does not have it."""
    keys = MNEMONIC.findall(text)
    if len(keys) != 1 or re.search(r"[a-z]{2}_[a-z]", text):
        return []
    if not MNEMONIC.search(translation):
        return ["has lost its mnemonic"]
    if re.search(f"[{WIDE}]", translation) and f"(_{keys[0].upper()})" not in translation:
        return [f"has another mnemonic than (_{keys[0].upper()})"]
    return []


def faults_of_message(message):
    if "fuzzy" in message.flags:
        yield "is fuzzy"
        return
    translations = message.translations()
    originals = {message.texts["msgid"], message.texts.get("msgid_plural") or message.texts["msgid"]}
    if message.texts["msgid"] == "translator-credits":
        return
    for translation in translations:
        # A singular may say "one" where the plural has a number: it is enough to agree with either.
        yield from min((faults_of_text(text, translation) + faults_of_mnemonic(text, translation)
                        for text in sorted(originals)), key=len)


def faults_of_language(folder, language):
    path = os.path.join(folder, language + ".po")
    checked = subprocess.run(["msgfmt", "--check", "--check-accelerators=_", "--output-file=/dev/null", path],
                             capture_output=True, text=True, check=False)
    if checked.returncode != 0:
        yield checked.stderr.strip()
    for message in read_messages(path):
        for fault in faults_of_message(message):
            yield f"{language}: “{message.texts['msgid']}” {fault}"


def list_marked(source):
    """Files that hold marked texts, found in another way than that of update.sh."""
    for top in ("app/desktop", "core"):
        for where, _, names in os.walk(os.path.join(source, top)):
            for name in names:
                if name.endswith((".c", ".h", ".ui")):
                    path = os.path.join(where, name)
                    with open(path, encoding="utf-8") as file:
                        if MARKED.search(file.read()):
                            yield os.path.relpath(path, source)


def read_lines(*parts):
    with open(os.path.join(*parts), encoding="utf-8") as file:
        return [line for line in file.read().split("\n") if line and not line.startswith("#")]


def faults_of_lists(source, tracked, updated):
    listed = read_lines(tracked, "POTFILES.in")
    wanted = set(list_marked(source)) | set(read_lines(updated, "POTFILES.in"))
    yield from (f"POTFILES.in lacks {path}" for path in sorted(wanted - set(listed)))
    yield from (f"POTFILES.in has {path}, which has no texts" for path in sorted(set(listed) - wanted))
    if listed != sorted(listed):
        yield "POTFILES.in is not sorted"
    old, new = ({message.key() for message in read_messages(os.path.join(folder, "amalgam.pot"))}
                for folder in (tracked, updated))
    yield from (f"amalgam.pot lacks “{key[1]}”" for key in sorted(new - old, key=str))
    yield from (f"amalgam.pot has “{key[1]}”, which is in no source" for key in sorted(old - new, key=str))


def faults_of_methods(amalgam, folder):
    """Parameters and choices of the registry have names that can be translated."""
    methods = json.loads(subprocess.run([amalgam, "methods", "--json"], check=True, capture_output=True).stdout)
    keys = {message.key()[:2] for message in read_messages(os.path.join(folder, "amalgam.pot"))}
    titles = {text.lower().replace(" ", "_") for context, text in keys if context == "parameter"}
    for parameter in (parameter for method in methods for parameter in method["parameters"]):
        if parameter["id"] not in titles:
            yield f"parameter-words.c has no title for the parameter {parameter['id']}"
        for choice in parameter.get("choices") or []:
            if ("choice", choice) not in keys:
                yield f"parameter-words.c lacks the choice {choice}"


def self_check():
    """The check sees what it is there to see."""
    assert faults_of_text("Open…", "打开") and not faults_of_text("Open…", "打开…")
    assert faults_of_text("{A} and {B}", "{A} 和 {C}") and not faults_of_text("{A} and {B}", "{B}，{A}")
    assert faults_of_text("a, b", "甲, 乙") and faults_of_text("a, b", "") and not faults_of_text(", ", "，")
    assert faults_of_mnemonic("_Open…", "打开…") and faults_of_mnemonic("_Open…", "打开(_K)…")
    assert not faults_of_mnemonic("_Open…", "打开(_O)…") and not faults_of_mnemonic("position_ids", "position_ids")
    assert MARKED.search('x = _ ("a")') and MARKED.search('C_ (\n  "b", "c")') and not MARKED.search('foo_ ("a")')


def main():
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        print(f"{', '.join(missing)} not installed: install gettext")
        return 77
    self_check()
    source, amalgam = sys.argv[1:]
    tracked = os.path.join(source, "po")
    with tempfile.TemporaryDirectory() as folder:
        updated = os.path.join(folder, "po")
        shutil.copytree(tracked, updated)
        subprocess.run([os.path.join(tracked, "update.sh"), updated], check=True)
        faults = [*faults_of_lists(source, tracked, updated), *faults_of_methods(amalgam, updated)]
        for language in read_lines(tracked, "LINGUAS"):
            faults += faults_of_language(updated, language)
        n_messages = len(read_messages(os.path.join(updated, "amalgam.pot")))
    assert n_messages > 500, "too few texts to be true"
    print("\n".join([*faults, "", "Mend with po/update.sh and an editor."]) if faults
          else f"{n_messages} texts are translated")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
