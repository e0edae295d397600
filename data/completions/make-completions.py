#!/usr/bin/env python3
"""Fill the template of a shell's completion with what the command line takes.

usage: make-completions.py bash|zsh|fish DESCRIPTION.json TEMPLATE OUTPUT
"""

import json
import sys


def quote(text):
    return "'" + text.replace("'", "'\\''") + "'"


def quote_fish(text):
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def names_of(option):
    return (["-" + option["short"]] if option["short"] else []) + ["--" + option["name"]]


def ids(items):
    return " ".join(quote(item["id"]) for item in items)


def kind_of(option):
    """With choices and files both, a kind of its own."""
    return "choice-or-file" if option["kind"] == "choice" and option["files"] else option["kind"]


def values_of(parameter):
    return ["true", "false"] if parameter["type"] == "boolean" else parameter.get("choices", [])


def pairs_of_values(description):
    """(method, parameter, values) where the values are words; method "" stands for none chosen yet."""
    seen = {}
    for method in description["methods"]:
        for parameter in method["parameters"]:
            if values_of(parameter):
                yield method["id"], parameter["id"], values_of(parameter)
                seen.setdefault(parameter["id"], []).extend(values_of(parameter))
    for name, values in seen.items():
        yield "", name, list(dict.fromkeys(values))


def all_parameters(description):
    """One of each name."""
    found = {}
    for method in description["methods"]:
        for parameter in method["parameters"]:
            found.setdefault(parameter["id"], parameter)
    return list(found.values())


def bash_wanted(description):
    for command in description["commands"]:
        for option in command["options"]:
            if option["argument"]:
                pattern = " | ".join(quote(f"{command['name']} {name}") for name in names_of(option))
                wanted = " ".join([kind_of(option), *option["choices"]])
                yield f"    {pattern}) echo {quote(wanted)} ;;"
        if command["operand"]:
            yield f"    {quote(command['name'] + ' operand')}) echo {command['operand']} ;;"


def bash_parameters(method):
    names = ids(method["parameters"])
    return f"    {method['id']}) printf '%s\\n' {names} ;;" if names else f"    {method['id']}) ;;"


def bash(description):
    options = [(command["name"], " ".join(name for option in command["options"] for name in names_of(option)))
               for command in description["commands"]]
    return {
        "COMMANDS": " ".join(command["name"] for command in description["commands"]),
        "OPTIONS": "\n".join(f"    {name}) printf '%s\\n' {words} ;;" for name, words in options),
        "WANTED": "\n".join(bash_wanted(description)),
        "METHODS": ids(description["methods"]),
        "PRESETS": ids(description["presets"]),
        "PARAMETERS": "\n".join(map(bash_parameters, description["methods"])),
        "ALL_PARAMETERS": ids(all_parameters(description)),
        "VALUES": "\n".join(f"    {quote(method + ' ' + name)}) printf '%s\\n' {' '.join(values)} ;;"
                            for method, name, values in pairs_of_values(description)),
    }


def zsh_entry(item, indent=4):
    return " " * indent + quote(item.get("id", item.get("name")).replace(":", "\\:") + ":" + item["summary"])


def zsh_action(kind, choices, argument):
    if kind == "choice-or-file":
        return f":{argument}: _amalgam_words_or_files {' '.join(choices)}"
    action = {"method": "_amalgam_methods", "preset": "_amalgam_presets", "parameter": "_amalgam_parameters",
              "choice": f"({' '.join(choices)})", "file": "_files", "folder": "_files -/", "text": " "}[kind]
    return f":{argument}:{action}"


def zsh_option(option):
    summary = "[" + option["summary"].replace("[", "\\[").replace("]", "\\]") + "]"
    names = names_of(option)
    exclusive = "(" + " ".join(names) + ")"
    if not option["argument"]:
        forms, tail = names, summary
    else:
        forms = [name + ("=" if name.startswith("--") else "+") for name in names]
        tail = summary + zsh_action(kind_of(option), option["choices"], option["argument"])
    start = "'*'" if option.get("repeatable") else quote(exclusive)
    middle = "{" + ",".join(forms) + "}" if len(forms) > 1 else forms[0]
    return f"        {start}{middle}{quote(tail)}"


def zsh_arguments(command):
    specs = [zsh_option(option) for option in command["options"]]
    if command["operand"]:
        count = "1" if command["operand"] == "method" else "*"
        specs.append("        " + quote(count + zsh_action(command["operand"], [], command["operand"])))
    return f"    {command['name']})\n      _arguments -s \\\n" + " \\\n".join(specs) + "\n      ;;"


def zsh(description):
    return {
        "COMMANDS": "\n".join(map(zsh_entry, description["commands"])),
        "METHODS": "\n".join(map(zsh_entry, description["methods"])),
        "PRESETS": "\n".join(map(zsh_entry, description["presets"])),
        "PARAMETERS": "\n".join(
            f"    {method['id']}) parameters=(\n"
            + "".join(zsh_entry(parameter, 8) + "\n" for parameter in method["parameters"]) + "      ) ;;"
            for method in description["methods"]),
        "ALL_PARAMETERS": "\n".join(zsh_entry(parameter, 8) for parameter in all_parameters(description)),
        "VALUES": "\n".join(f"    {quote(method + ' ' + name)}) values=({' '.join(values)}) ;;"
                            for method, name, values in pairs_of_values(description)),
        "ARGUMENTS": "\n".join(map(zsh_arguments, description["commands"])),
    }


def fish_rows(items, indent):
    return " \\\n".join(f"{' ' * indent}{quote_fish(name)} {quote_fish(summary)}" for name, summary in items)


def fish_parameters(parameters):
    """Names with "=" behind them, and whole settings where the values are words."""
    for parameter in parameters:
        yield parameter["id"] + "=", parameter["summary"]
        for value in values_of(parameter):
            yield f"{parameter['id']}={value}", parameter["summary"]


def fish_table(parameters):
    rows = fish_rows(fish_parameters(parameters), 16)
    return "            printf '%s\\t%s\\n' \\\n" + rows if rows else "            true"


def fish_option(command, option):
    words = ["complete", "-c", "amalgam", "-n", quote_fish("__amalgam_command_is " + command["name"])]
    if option["short"]:
        words += ["-s", option["short"]]
    words += ["-l", option["name"]]
    if option["argument"]:
        source = {"method": "(__amalgam_methods)", "preset": "(__amalgam_presets)",
                  "parameter": "(__amalgam_parameters)"}.get(option["kind"], " ".join(option["choices"]))
        words += ["-r", "-F"] if option["files"] else ["-x"]
        words += ["-a", quote_fish(source)] if source else []
    return " ".join(words + ["-d", quote_fish(option["summary"])])


def fish_operand(command):
    start = f"complete -c amalgam -n {quote_fish('__amalgam_command_is ' + command['name'])} "
    return start + {"file": "-F", "folder": "-a '(__fish_complete_directories)'",
                    "method": "-a '(__amalgam_methods)'"}[command["operand"]]


def fish_arguments(command):
    lines = [fish_option(command, option) for option in command["options"]]
    return lines + ([fish_operand(command)] if command["operand"] else [])


def fish_command(command):
    return (f"complete -c amalgam -n '__amalgam_needs_command; or __amalgam_command_is help' -a {command['name']} "
            f"-d {quote_fish(command['summary'])}")


def fish(description):
    def rows(items, indent):
        return fish_rows([(item["id"], item["summary"]) for item in items], indent)

    return {
        "COMMANDS": "\n".join(map(fish_command, description["commands"])),
        "METHODS": rows(description["methods"], 8),
        "PRESETS": rows(description["presets"], 8),
        "PARAMETERS": "\n".join(
            f"        case {method['id']}\n" + fish_table(method["parameters"]) for method in description["methods"]),
        "ALL_PARAMETERS": fish_table(all_parameters(description)),
        "ARGUMENTS": "\n".join(line for command in description["commands"] for line in fish_arguments(command)),
    }


def main():
    shell, source, template, output = sys.argv[1:]
    with open(source, encoding="utf-8") as file:
        description = json.load(file)
    with open(template, encoding="utf-8") as file:
        script = file.read()
    for name, text in {"bash": bash, "zsh": zsh, "fish": fish}[shell](description).items():
        script = script.replace(f"@{name}@", text)
    with open(output, "w", encoding="utf-8") as file:
        file.write(script)


if __name__ == "__main__":
    main()
