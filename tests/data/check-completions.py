#!/usr/bin/env python3
"""Man page and completions know every command, option, method and preset that the program tells of.

bash is asked by real completion calls; zsh and fish too where they are installed, else their scripts are read.

usage: check-completions.py AMALGAM MAN_PAGE BASH ZSH FISH
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

COMMAND = re.compile(r"^  ([a-z]+)  +\S", re.MULTILINE)
OPTION = re.compile(r"(?<![\w-])(--[a-z][a-z-]+)")

# Calls "complete COMMAND WORD..." as bash would, with words broken at "=", and prints what is offered.
CALL_BASH = """
source "$1"; shift
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
command=$(complete -p amalgam) || exit 1
[[ $command =~ -F\\ ([^ ]+) ]] || exit 1
set -u
"${BASH_REMATCH[1]}" amalgam "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
[ "${#COMPREPLY[@]}" -eq 0 ] || printf '%s\\n' "${COMPREPLY[@]}"
"""

faults = []


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False,
                          env={**os.environ, "LC_ALL": "C.UTF-8"})
    if done.returncode != 0 or done.stderr:
        faults.append(f"{command[0]} says: {done.stderr or done.returncode}")
    return done.stdout


def expect(what, actual, expected):
    missing, surplus = set(expected) - set(actual), set(actual) - set(expected)
    if missing:
        faults.append(f"{what}: lacks {', '.join(sorted(missing))}")
    if surplus:
        faults.append(f"{what}: has {', '.join(sorted(surplus))} too many")


class Program:
    def __init__(self, path):
        self.path = path
        self.commands = COMMAND.findall(self.ask("--help").split("Commands:")[1])
        self.options = {command: set(OPTION.findall(self.ask(command, "--help").split("Help Options:")[1]))
                        for command in self.commands}
        # An option's summary may name another one.
        for command in self.commands:
            self.options[command] = {name for name in self.options[command] if re.search(
                rf"^ +(-\w, )?{name}\b(?!-)", self.ask(command, "--help"), re.MULTILINE)}
        self.methods = {method["id"]: [item["id"] for item in method["parameters"]]
                        for method in json.loads(self.ask("methods", "--json"))}
        self.presets = [preset["id"] for preset in json.loads(self.ask("presets", "--json"))]

    def ask(self, *arguments):
        return run(self.path, *arguments)


def check_man(program, path):
    with open(path, encoding="utf-8") as file:
        page = file.read().replace("\\-", "-").replace("\\fB", "").replace("\\fR", "").replace("\\fI", "")
    sections = dict(re.findall(r'^\.SS "?([a-z]+)"?\n(.*?)(?=^\.S[SH] )', page, re.MULTILINE | re.DOTALL))
    expect("man page: commands", sections, program.commands)
    for command in sections.keys() & set(program.commands):
        options = re.findall(r"^\.TP\n(?:-\w, )?(--[a-z-]+)", sections[command], re.MULTILINE)
        expect(f"man page: {command}", options, program.options[command] - {"--help"})
    tags = set(re.findall(r"^\.TP\n(\S+)$", page, re.MULTILINE))
    words = {*program.methods, *program.presets, *(name for names in program.methods.values() for name in names)}
    expect("man page: methods, parameters and presets", words & tags, words)


def check_bash(program, path):
    def offer(*words):
        return run("bash", "--norc", "--noprofile", "-c", CALL_BASH, "bash", path, "amalgam", *words).split("\n")[:-1]

    expect("bash: amalgam", offer(""), [*program.commands, "help", "--help", "--version"])
    expect("bash: amalgam help", offer("help", ""), program.commands)
    for command in program.commands:
        expect(f"bash: amalgam {command} --", offer(command, "--"), program.options[command])
    expect("bash: -m", offer("merge", "-m", ""), program.methods)
    expect("bash: -m tie", offer("merge", "-m", "tie"), ["ties"])
    expect("bash: --method=tie", offer("merge", "A", "--method", "=", "tie"), ["ties"])
    expect("bash: methods", offer("methods", ""), program.methods)
    expect("bash: --blocks", offer("merge", "--blocks", ""), program.presets)
    expect("bash: --blocks beta=GRAD_", offer("merge", "--blocks", "beta", "=", "GRAD_"), ["GRAD_A", "GRAD_V"])
    for method, parameters in program.methods.items():
        expect(f"bash: -m {method} -p", offer("merge", "-m", method, "-p", ""), [name + "=" for name in parameters])
    expect("bash: -p normalize=", offer("merge", "-m", "ties", "-p", "normalize", "=", ""), ["true", "false"])
    expect("bash: --dtype fp8", offer("convert", "--dtype", "fp8"), ["fp8_e4m3fn", "fp8_e5m2"])
    with tempfile.TemporaryDirectory() as folder:
        model = os.path.join(folder, "a model.safetensors")
        open(model, "wb").close()
        expect("bash: a file", offer("inspect", folder + "/"), [model])
    expect("bash: no command", offer("nonsense", ""), [])
    if shutil.which("shellcheck"):
        faults.extend(run("shellcheck", "-s", "bash", path).splitlines())


def read_scripted(path, program, pattern):
    """What a shell that is not installed would offer, read off its script."""
    with open(path, encoding="utf-8") as file:
        script = file.read()
    for command in program.commands:
        for option in program.options[command]:
            if not re.search(pattern.format(command=command, option=option[2:]), script, re.DOTALL):
                faults.append(f"{path}: {command} lacks {option}")
    for word in [*program.methods, *program.presets]:
        if f"'{word}" not in script:
            faults.append(f"{path}: lacks {word}")


def check_zsh(program, path):
    read_scripted(path, program, r"\n    {command}\)\n(?:(?!;;).)*--{option}\b")
    if shutil.which("zsh"):
        run("zsh", "-f", "-n", path)
    else:
        print("zsh is not installed: its script was read, not parsed")


def check_fish(program, path):
    read_scripted(path, program, r"__amalgam_command_is {command}'[^\n]* -l {option} ")
    if shutil.which("fish") is None:
        print("fish is not installed: its script was read, not run")
        return
    with tempfile.TemporaryDirectory() as home:
        for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
            os.environ[name] = home

        def offer(line):
            told = run("fish", "--no-config", "-c", "source $argv[1]; complete -C $argv[2]", path, line)
            return [row.split("\t")[0] for row in told.split("\n")[:-1]]

        for command in program.commands:
            expect(f"fish: amalgam {command} --", offer(f"amalgam {command} --"), program.options[command])
        expect("fish: -m tie", offer("amalgam merge -m tie"), ["ties"])
        expect("fish: -p", offer("amalgam merge -m weighted_sum -p a"), ["alpha="])
        expect("fish: --blocks", offer("amalgam merge --blocks GRAD"), ["GRAD_A", "GRAD_V"])


def main():
    program = Program(sys.argv[1])
    man, bash, zsh, fish = map(os.path.abspath, sys.argv[2:])
    check_man(program, man)
    check_bash(program, bash)
    check_zsh(program, zsh)
    check_fish(program, fish)
    print("\n".join(faults) if faults else f"{len(program.commands)} commands, {len(program.methods)} methods")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
