#!/usr/bin/env python3
"""Fill the man page's template with what the command line takes.

usage: make-man.py DESCRIPTION.json TEMPLATE OUTPUT
"""

import json
import re
import sys

BASES = {"none": "none", "optional": "optional", "required": "required"}
QUOTED = re.compile(r"'(amalgam[^']*)'")
OPTION = re.compile(r"(?<!\S)--?[a-z][a-z-]*")


def escape(text):
    """Text for people: nothing in it steers the formatter."""
    text = text.replace("\\", "\\e").replace("~", "\\(ti").replace("^", "\\(ha").replace("`", "\\(ga")
    text = "".join(c if ord(c) < 128 else f"\\[u{ord(c):04X}]" for c in text)
    return "\\&" + text if text[:1] in (".", "'") else text


def literal(text):
    """Text to be typed: its dashes and quotes can be copied from the page."""
    return escape(text).replace("-", "\\-").replace("'", "\\(aq")


def bold(text):
    return f"\\fB{literal(text)}\\fR"


def italic(text):
    return f"\\fI{literal(text)}\\fR"


def prose(text):
    """Running text with commands and options in it."""
    text = escape(text)
    text = QUOTED.sub(lambda match: "\\fB" + match[1].replace("-", "\\-") + "\\fR", text)
    return OPTION.sub(lambda match: "\\fB" + match[0].replace("-", "\\-") + "\\fR", text)


def sentence(text):
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")


def usage_line(line):
    """Upper-case words stand for what the user gives."""
    parts = re.split(r"(\b[A-Z]+\b)", line)
    return "".join(italic(part) if index % 2 else literal(part) for index, part in enumerate(parts))


def option_text(option):
    """A sentence, unless it starts with a word to be typed."""
    text = option["summary"]
    return escape(text) + "." if option.get("choices") and option["choices"][0] in text.split(",") else prose(sentence(text))


def option_lines(option):
    argument = "=" + italic(option["argument"]) if option["argument"] else ""
    short = bold("-" + option["short"]) + ", " if option["short"] else ""
    return [".TP", short + bold("--" + option["name"]) + argument, option_text(option)]


def command_lines(command):
    lines = [f'.SS "{literal(command["name"])}"']
    for line in command["usage"]:
        lines += [usage_line(line), ".br"]
    lines[-1:] = [".PP", prose(command["description"])]
    for option in command["options"]:
        if option["name"] != "help":
            lines += option_lines(option)
    return lines


def say_number(number):
    return f"{number:g}"


def say_range(parameter):
    kind = parameter["type"]
    if kind == "choice":
        return " or ".join(bold(choice) for choice in parameter["choices"])
    if kind == "boolean":
        return f"{bold('true')} or {bold('false')}"
    low, high = parameter["minimum"], parameter["maximum"]
    if low <= -1e30 and high >= 1e30:
        return "any number"
    if high >= 1e15:
        return "from " + literal(say_number(low))
    return f"{literal(say_number(low))} to {literal(say_number(high))}"


def say_default(parameter):
    value = parameter["default"]
    if value is None:
        return "must be given"
    if isinstance(value, bool):
        return f"default {str(value).lower()}"
    return "default " + (literal(value) if isinstance(value, str) else literal(say_number(value)))


def parameter_lines(parameter):
    facts = [say_range(parameter), say_default(parameter)]
    if parameter["per_model"]:
        facts.append("one value per model")
    if parameter["ratio"] or parameter["second_ratio"]:
        facts.append("block weights can replace it")
    return [".TP", bold(parameter["id"]), prose(sentence(parameter["summary"])), "(" + "; ".join(facts) + ")"]


def say_models(method):
    low, high = method["min_models"], method["max_models"]
    if low == high:
        return str(low)
    return f"{low} or more" if high >= 64 else f"{low} to {high}"


def method_lines(method):
    facts = f'Models: {say_models(method)}; base: {BASES[method["base"]]}.'
    if method["random"]:
        facts += " Draws random numbers."
    lines = [".TP", bold(method["id"]), prose(method["summary"]), facts]
    if method["paper"]:
        lines.append(escape(sentence(method["paper"])))
    if method["parameters"]:
        lines += [".RS"] + [line for item in method["parameters"] for line in parameter_lines(item)] + [".RE"]
    return lines


def preset_lines(preset):
    return [".TP", bold(preset["id"]), prose(sentence(preset["summary"]))]


def synopsis_lines(command):
    lines = []
    for line in command["usage"]:
        name, rest = line.removeprefix("amalgam ").split(" ", 1)
        lines += [f"{bold('amalgam ' + name)} {usage_line(rest)}", ".br"]
    return lines


def join(items, make):
    return "\n".join(line for item in items for line in make(item))


def main():
    source, template, output = sys.argv[1:]
    with open(source, encoding="utf-8") as file:
        description = json.load(file)
    with open(template, encoding="utf-8") as file:
        page = file.read()
    parts = {
        "VERSION": description["version"],
        "SYNOPSIS": join(description["commands"], synopsis_lines).removesuffix("\n.br"),
        "COMMANDS": join(description["commands"], command_lines),
        "METHODS": join(description["methods"], method_lines),
        "PRESETS": join(description["presets"], preset_lines),
    }
    for name, text in parts.items():
        page = page.replace(f"@{name}@", text)
    with open(output, "w", encoding="utf-8") as file:
        file.write(page)


if __name__ == "__main__":
    main()
