#!/usr/bin/env python3
"""Every text of the desktop app that people see goes through gettext.

In .ui files the properties that are shown carry translatable="yes"; in C the functions that show a text get none
that is a bare literal. Usage: check-translatable.py SOURCE
"""

import os
import re
import sys
import xml.etree.ElementTree as ElementTree

SHOWN = {"label", "title", "subtitle", "tooltip-text", "description", "placeholder-text", "alternative-text", "text",
         "heading", "body", "secondary-text", "help-text", "value-text", "button-label"}
NEUTRAL = re.compile(r"^(fp\d+|bf16|fp8 \w+|[ABC]|Amalgam|SHA-256|YAML|[^A-Za-z]*)$")

# Which arguments of a function are shown, counted from 0.
SETTERS = {
    "gtk_label_new": [0], "gtk_label_set_label": [1], "gtk_label_set_text": [1], "gtk_label_set_markup": [1],
    "gtk_label_new_with_mnemonic": [0], "gtk_button_new_with_label": [0], "gtk_button_new_with_mnemonic": [0],
    "gtk_button_set_label": [1], "gtk_check_button_new_with_label": [0], "gtk_check_button_new_with_mnemonic": [0],
    "gtk_check_button_set_label": [1], "gtk_toggle_button_new_with_label": [0], "gtk_menu_button_set_label": [1],
    "gtk_widget_set_tooltip_text": [1], "gtk_widget_set_tooltip_markup": [1], "gtk_window_set_title": [1],
    "gtk_picture_set_alternative_text": [1], "gtk_entry_set_placeholder_text": [1],
    "gtk_progress_bar_set_text": [1], "gtk_column_view_column_new": [0], "gtk_column_view_column_set_title": [1],
    "adw_toast_new": [0], "adw_toast_set_title": [1], "adw_toast_set_button_label": [1],
    "adw_preferences_row_set_title": [1], "adw_preferences_group_set_title": [1],
    "adw_preferences_group_set_description": [1], "adw_action_row_set_subtitle": [1],
    "adw_expander_row_set_subtitle": [1], "adw_status_page_set_title": [1], "adw_status_page_set_description": [1],
    "adw_message_dialog_new": [1, 2], "adw_message_dialog_set_heading": [1], "adw_message_dialog_set_body": [1],
    "adw_message_dialog_format_heading": [1], "adw_message_dialog_format_body": [1],
    "adw_message_dialog_add_response": [2], "adw_message_dialog_add_responses": [2, 4, 6],
    "adw_message_dialog_set_response_label": [2], "adw_window_title_new": [0, 1], "adw_window_title_set_title": [1],
    "g_menu_append": [1], "g_menu_item_new": [0], "g_menu_append_section": [1], "g_menu_append_submenu": [1],
    "g_notification_new": [0], "g_notification_set_title": [1], "g_notification_set_body": [1],
    "g_notification_add_button": [1], "g_notification_add_button_with_target": [1],
    "am_choose_files_async": [1], "am_choose_folder_async": [1], "am_choose_save_async": [1], "am_job_new": [0],
    "am_window_toast": [1], "am_window_show_error": [1],
}
CALL = re.compile(r"\b(" + "|".join(sorted(SETTERS, key=len, reverse=True)) + r") \(")
SHOWN_PAIR = re.compile(r'"(' + "|".join(sorted(SHOWN)) + r')",\s*("(?:[^"\\]|\\.)*")')
ACCESSIBLE = re.compile(r'GTK_ACCESSIBLE_PROPERTY_(?:LABEL|DESCRIPTION|VALUE_TEXT|HELP_TEXT),\s*("(?:[^"\\]|\\.)*")')
GETTEXT = re.compile(r"\b(?:_|C_|N_|NC_|gettext|ngettext|g_dpgettext2|dngettext) \(")
STRING = re.compile(r'"(?:[^"\\]|\\.)*"')


def end_of_call(text, start):
    """Position after the parenthesis that closes the one before @start."""
    depth, place = 1, start
    while depth > 0 and place < len(text):
        string = STRING.match(text, place)
        if string:
            place = string.end()
            continue
        depth += {"(": 1, ")": -1}.get(text[place], 0)
        place += 1
    return place


def arguments_of(text, start):
    """The arguments of the call whose opening parenthesis is before @start."""
    end, arguments, depth, place, first = end_of_call(text, start) - 1, [], 0, start, start
    while place < end:
        string = STRING.match(text, place)
        if string:
            place = string.end()
            continue
        depth += {"(": 1, ")": -1, "{": 1, "}": -1}.get(text[place], 0)
        if text[place] == "," and depth == 0:
            arguments.append(text[first:place])
            first = place + 1
        place += 1
    return arguments + [text[first:end]]


def without_gettext(text):
    while True:
        match = GETTEXT.search(text)
        if not match:
            return text
        text = text[:match.start()] + text[end_of_call(text, match.end()):]


def is_for_people(literal):
    text = re.sub(r"%[-+ 0#']*\d*(?:\.\d+)?[a-z]+", "", literal[1:-1])
    return not NEUTRAL.match(text.strip())


def line_of(text, place):
    return text.count("\n", 0, place) + 1


def without_comments(text):
    return re.sub(r"/\*.*?\*/", lambda m: re.sub(r"[^\n]", " ", m[0]), text, flags=re.DOTALL)


def faults_of_c(path, text):
    text = without_comments(text)
    faults = []
    for match in CALL.finditer(text):
        arguments = arguments_of(text, match.end())
        for index in SETTERS[match[1]]:
            bare = without_gettext(arguments[index]) if index < len(arguments) else ""
            faults += [f"{path}:{line_of(text, match.start())}: {match[1]} gets {literal}"
                       for literal in STRING.findall(bare) if is_for_people(literal)]
    for match in list(SHOWN_PAIR.finditer(text)) + list(ACCESSIBLE.finditer(text)):
        if is_for_people(match[match.lastindex]):
            faults.append(f"{path}:{line_of(text, match.start())}: {match[match.lastindex]} is not translated")
    return faults


def shown_elements(root):
    for element in root.iter():
        name = element.get("name", "").replace("_", "-")
        if element.tag == "property" and name in SHOWN or element.tag == "attribute" and name == "label":
            yield element
        if element.tag == "items":
            yield from element


def faults_of_ui(path, text):
    faults = []
    for element in shown_elements(ElementTree.fromstring(text)):
        words = (element.text or "").strip()
        if len(element) == 0 and not NEUTRAL.match(words) and element.get("translatable") not in ("yes", "true"):
            faults.append(f"{path}: “{words}” is not translatable")
    return faults


def self_check():
    """The check sees what it is there to see."""
    assert faults_of_c("x", 'gtk_label_set_label (label, "Hello");')
    assert faults_of_c("x", 'adw_message_dialog_add_responses (d, "close", "Close", NULL);')
    assert faults_of_c("x", 'gtk_widget_set_tooltip_text (w, is ? _ ("Yes, (really)") : "Indeed no");')
    assert faults_of_c("x", 'g_object_new (T, "title", "Hello", NULL);')
    assert faults_of_c("x", 'u (a, GTK_ACCESSIBLE_PROPERTY_LABEL, "Hello", -1);')
    assert not faults_of_c("x", 'adw_message_dialog_add_responses (d, "close", _ ("Close"), NULL);')
    assert not faults_of_c("x", 'gtk_label_set_label (l, ngettext ("%u model", "%u models", n));')
    assert not faults_of_c("x", 'gtk_label_set_label (l, "%s – %.2f"); /* gtk_label_new ("Hello") */')
    assert faults_of_ui("x", '<interface><property name="label">Hello</property></interface>')
    assert faults_of_ui("x", '<interface><items><item>Hello</item></items></interface>')
    assert not faults_of_ui("x", '<interface><property name="label" translatable="yes">Hello</property></interface>')
    assert not faults_of_ui("x", '<interface><property name="name">hello</property></interface>')


def main():
    self_check()
    top = os.path.join(sys.argv[1], "app", "desktop")
    faults, n_files = [], 0
    for where, _, names in os.walk(top):
        for name in sorted(names):
            check = {".c": faults_of_c, ".ui": faults_of_ui}.get(os.path.splitext(name)[1])
            if check is None:
                continue
            path = os.path.join(where, name)
            with open(path, encoding="utf-8") as file:
                faults += check(os.path.relpath(path, sys.argv[1]), file.read())
            n_files += 1
    print("\n".join(faults) if faults else f"{n_files} files show translated texts alone")
    return 1 if faults or n_files < 20 else 0


if __name__ == "__main__":
    sys.exit(main())
