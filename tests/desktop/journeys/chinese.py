"""The whole window in Chinese: titles are, and no English text is left over."""

import os
import re
import shutil
import subprocess
import sys

from fixtures import make_demo_models, write_settings
from journey import SKIP, Lost, main

# What stays as it is in Chinese, too: files and folders, formats, blocks, and what artists call by its English name.
TECHNICAL = re.compile(r"\S*[/_.{]\S*|base|style|models|Amalgam|Stable Diffusion|[Aa]lpha|[A-Z0-9]{2,}"
                       r"|(?:Gtk|Adw|Am[A-Z])\w+")
WORD = re.compile(r"[A-Za-z]{3,}")
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def prepare(cli, home):
    if not shutil.which("localedef") or not os.path.exists("/usr/share/i18n/locales/zh_CN"):
        print("skipped: there is no localedef, or no zh_CN to make of it")
        sys.exit(SKIP)
    locales = os.path.join(home, "locales")
    os.makedirs(locales)
    subprocess.run(["localedef", "-i", "zh_CN", "-f", "UTF-8", os.path.join(locales, "zh_CN.UTF-8")], check=False,
                   capture_output=True)
    os.environ.update(LOCPATH=locales, LC_ALL="zh_CN.UTF-8", LANGUAGE="zh_CN")
    folder = os.path.join(home, "models")
    write_settings(home, library_folders=f"['{folder}']")
    return {"arguments": make_demo_models(cli, folder)}


def find_english(app, where):
    for node in app.nodes():
        for text in {node.words, node.description}:
            if not CHINESE.search(text) and WORD.search(TECHNICAL.sub("", text)):
                yield f"{where}: {node.role} “{text}”"


def travel(app):
    english = []
    app.find("label", "可以融合")
    english += find_english(app, "merge")
    app.picture("chinese-merge")
    app.key("ctrl+Return")
    app.show_page("任务")
    app.find("label", "写入")
    app.picture("chinese-result")
    english += find_english(app, "runs")
    app.show_page("模型库")
    app.find("label", "style")
    app.picture("chinese-library")
    english += find_english(app, "library")
    app.show_page("对比")
    app.picture("chinese-compare")
    english += find_english(app, "compare")
    if english:
        raise Lost("English texts:\n" + "\n".join(sorted(set(english))))


main(travel, prepare)
