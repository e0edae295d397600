"""Read the plain YAML that a Flatpak manifest is written in: block mappings and lists, scalars, folded text.

Where PyYAML is installed, the caller compares with it; where not, this must do.
"""

import re


def strip_comment(line):
    """A "#" starts a comment at the start or after a space, outside quotes."""
    outside = re.sub(r"'[^']*'|\"[^\"]*\"", lambda match: "_" * len(match[0]), line)
    match = re.search(r"(^|\s)#", outside)
    return (line[: match.start()] if match else line).rstrip()


def read_lines(text):
    for number, line in enumerate(text.split("\n"), 1):
        if "\t" in line:
            raise ValueError(f"line {number}: a tab")
        line = strip_comment(line)
        if line.strip():
            yield len(line) - len(line.lstrip()), line.strip(), number


def parse_scalar(text, number):
    if text[:1] in "{[&*!|%@`":
        raise ValueError(f"line {number}: beyond the subset: {text}")
    if text[:1] in ("'", '"'):
        if len(text) < 2 or text[-1] != text[0]:
            raise ValueError(f"line {number}: a quote is not closed")
        return text[1:-1]
    if re.fullmatch(r"-?\d+(\.\d+)?", text):
        return float(text) if "." in text else int(text)
    return {"true": True, "false": False, "null": None}.get(text, text)


class Reader:
    def __init__(self, text):
        self.lines = list(read_lines(text))
        self.at = 0

    def peek(self):
        return self.lines[self.at] if self.at < len(self.lines) else (-1, "", 0)

    def read_folded(self, indent):
        words = []
        while self.peek()[0] > indent:
            words.append(self.peek()[1])
            self.at += 1
        return " ".join(words)

    def read_value(self, rest, indent, number):
        if rest == ">-":
            return self.read_folded(indent)
        if rest:
            return parse_scalar(rest, number)
        below, text, _ = self.peek()
        if below > indent or (below == indent and text.startswith("- ")):
            return self.read_block(below)
        return None

    def read_list(self, indent):
        items = []
        while self.peek()[0] == indent and self.peek()[1].startswith("- "):
            _, text, number = self.peek()
            inner = indent + len(text) - len(text[1:].lstrip())
            rest = text[1:].strip()
            if re.match(r"[\w-]+:( |$)", rest):
                self.lines[self.at] = (inner, rest, number)
                items.append(self.read_mapping(inner))
            else:
                self.at += 1
                items.append(parse_scalar(rest, number))
        return items

    def read_mapping(self, indent):
        mapping = {}
        while self.peek()[0] == indent and not self.peek()[1].startswith("- "):
            _, text, number = self.peek()
            match = re.fullmatch(r"([\w-]+):(?: +(.*))?", text)
            if match is None:
                raise ValueError(f"line {number}: neither a key nor an item: {text}")
            if match[1] in mapping:
                raise ValueError(f"line {number}: {match[1]} stands here twice")
            self.at += 1
            mapping[match[1]] = self.read_value(match[2], indent, number)
        return mapping

    def read_block(self, indent):
        return self.read_list(indent) if self.peek()[1].startswith("- ") else self.read_mapping(indent)


def parse(text):
    reader = Reader(text)
    document = reader.read_block(0)
    if reader.at < len(reader.lines):
        raise ValueError(f"line {reader.peek()[2]}: indented otherwise than what it belongs to")
    return document
