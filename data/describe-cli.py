#!/usr/bin/env python3
"""Write down as JSON what the command line takes, as the program itself tells it.

usage: describe-cli.py AMALGAM OUTPUT.json
"""

import json
import os
import re
import subprocess
import sys

COMMAND = re.compile(r"^  ([a-z]+) {2,}(\S.*)$", re.MULTILINE)
OPTION = re.compile(r"^  (?:-(\w), )?--([a-z-]+)(?:=(\S+))? {2,}(\S.*)$", re.MULTILINE)

KINDS = {
    "METHOD": "method",
    "NAME=VALUE": "parameter",
    "WEIGHTS": "preset",
    "DTYPE": "choice",
    "FOLDER": "folder",
    **dict.fromkeys(["FILE", "PATH", "MODEL", "MERGED", "OUT", "RECIPE", "IN", "A", "B", "SOUP"], "file"),
}
# The help does not say which options may come more than once.
REPEATABLE = {"parameter", "blocks", "elements", "discard", "parents"}


def ask(program, *arguments):
    return subprocess.run([program, *arguments], check=True, capture_output=True, text=True, encoding="utf-8",
                          env={**os.environ, "LC_ALL": "C", "LANGUAGE": "C"}).stdout


def kind_of(argument):
    """What can be offered where the help says ARGUMENT."""
    if "|" in argument:
        return "choice"
    return KINDS.get(argument, "text")


def choices_of(argument, summary):
    if argument == "DTYPE":
        return re.split(r", | or ", summary)
    return [word for word in argument.split("|") if word == word.lower()] if "|" in argument else []


def parse_option(match):
    short, name, argument, summary = match.groups()
    option = {"name": name, "short": short, "argument": argument, "summary": summary}
    if argument:
        option["kind"] = kind_of(argument)
        option["choices"] = choices_of(argument, summary)
        option["files"] = option["kind"] == "file" or "FILE" in argument.split("|")
        option["repeatable"] = name in REPEATABLE
    return option


def operand_kind(usage):
    """What stands free on the line: in "amalgam merge [OPTION]... RECIPE -o OUT" that is RECIPE."""
    words = re.sub(r"\[OPTION\]\.\.\.|-\w [A-Z]+", "", usage).split()[2:]
    return kind_of(words[0].strip("[].")) if words else None


def parse_command(program, name, summary):
    text = ask(program, name, "--help")
    usage, description = text.split("Help Options:")[0].removeprefix("Usage:\n").split("\n\n", 1)
    usage = [re.sub(r"\[OPTION\S*\]", "[OPTION]...", line.strip()) for line in usage.splitlines()]
    return {
        "name": name,
        "summary": summary,
        "usage": usage,
        "operand": operand_kind(usage[0]),
        "description": " ".join(description.split()),
        "options": [parse_option(match) for match in OPTION.finditer(text)],
    }


def describe(program):
    overview = ask(program, "--help")
    return {
        "version": ask(program, "--version").split()[1],
        "commands": [parse_command(program, *match) for match in COMMAND.findall(overview)],
        "methods": json.loads(ask(program, "methods", "--json")),
        "presets": json.loads(ask(program, "presets", "--json")),
    }


def main():
    description = describe(sys.argv[1])
    assert description["commands"] and all(command["options"] for command in description["commands"])
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        json.dump(description, file, indent=1)


if __name__ == "__main__":
    main()
