"""The story before a talk: open every step in both languages (check), and the whole of it as one file (page). No server is needed.

python -m dashboard.story --check
python -m dashboard.story --export story.html
"""

from __future__ import annotations

import argparse
import base64
import html
import json
import os
import re
import sys
import time
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dashboard.components import story as component
from dashboard.components.bundler import bundled
from dashboard.components.story import packet
from dashboard.i18n.format import fixed
from dashboard.i18n.messages import translated
from dashboard.i18n.texts import DEFAULT, LANGUAGES, t
from vae_core.runs.errors import RunError
from vae_core.runs.verification import verify
from vae_core.storage.files import write_beside
from vae_core.story.build import RUNS, STEPS

MOST_BYTES = 5_000_000  # of the file to share
CONFIG = Path(__file__).parent / ".streamlit" / "config.toml"


@dataclass(frozen=True)
class Opened:
    """What became of opening a step: seconds, its runs, and one sentence where it failed."""

    step: str
    seconds: float
    runs: tuple[str, ...]
    problem: str = ""

    @property
    def line(self) -> str:
        """In print, in the language of this moment."""
        if self.problem:
            return t("story.check_failed", step=self.step, sentence=translated(self.problem))
        return t("story.check_ready", step=self.step, seconds=fixed(self.seconds, 1), runs=", ".join(self.runs)).strip()


# ------------------------------------------------------------------ check


def check(folder: Path | None = None) -> list[Opened]:
    """Open every step as a page would: its runs verified, its arrays in the packet, its texts whole in every language."""
    folder = folder or packet.FOLDER
    return [_opened(step, folder) for step in STEPS]


def _opened(step: str, folder: Path) -> Opened:
    start = time.perf_counter()
    runs, script = tuple(RUNS[step]), component.HERE / "steps" / f"{step}.js"
    try:
        source = script.read_text(encoding="utf-8")
        problems = [*_in_packet(step, source, folder), *_in_texts(step, source)]
        problems += [sentence for run in runs for sentence in verify(folder / run)]
    except OSError:
        problems = [t("story.no_step", file=script)]
    except RunError as error:
        problems = [str(error)]
    return Opened(step, time.perf_counter() - start, runs, problems[0] if problems else "")


def _in_packet(step: str, source: str, folder: Path) -> Iterator[str]:
    """Name what the step asks for and the packet does not hold."""
    arrays, facts = packet.arrays(folder), packet.facts(folder)
    for name in sorted(set(re.findall(r'\.array\("(\w+)"\)', source))):
        if f"{step}/{name}" not in arrays:
            yield t("story.no_array", file=f"{step}.npz", name=name)
    if re.search(r"stage\.facts\b|\{ ?facts\b", source) and step not in facts:
        yield t("story.no_facts")


def _in_texts(step: str, source: str) -> Iterator[str]:
    """Name texts that a language lacks, or whose {values} differ from the first language's."""
    words = component.words()
    keys = {"sentence", "do", *re.findall(r'\.(?:text|say)\("(\w+)"', source), *re.findall(r'\.number\([^\n]*?, "(\w+)"', source)}
    for name in LANGUAGES:
        for key in sorted(f"{step}.{key}" for key in keys):
            if key not in words[name]:
                yield t("story.no_text", key=f"story.{key}", file=f"{name}.toml")
            elif _values(words[name][key]) != _values(words[DEFAULT][key]):
                yield t("story.other_values", key=f"story.{key}", file=f"{name}.toml", first=f"{DEFAULT}.toml")


def _values(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


# ------------------------------------------------------------------ one file to share


def page(folder: Path | None = None) -> str:
    """Return the whole story as one HTML page that needs neither server nor network.

    Raises:
        RunError: something of the story is missing or damaged, or the page became too large to be shared.
    """
    key, parcel = packet.build(folder)
    told = json.dumps(component.told(key, isExport=True), ensure_ascii=False).replace("</", "<\\/")
    page, markup, css = ((component.HERE / name).read_text(encoding="utf-8") for name in ("page.html", "story.html", "story.css"))
    policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data: blob:"
    text = page.format(
        policy=policy, title=html.escape(t("story.handout_title")), theme=_theme(), css=css, html=markup, told=told,
        packet=base64.b64encode(parcel).decode(), script=bundled(component.HERE / "page.js"),
    )  # fmt: skip
    if (size := len(text.encode())) > MOST_BYTES:
        raise RunError(t("story.too_large", size=fixed(size / 1e6, 1), most=fixed(MOST_BYTES / 1e6, 0)))
    return text


def _theme() -> str:
    """Return the dashboard's colours as CSS, light and dark; paper is light."""
    theme: dict[str, Any] = tomllib.loads(CONFIG.read_text(encoding="utf-8"))["theme"]
    names = {"textColor": "text-color", "backgroundColor": "background-color", "primaryColor": "primary-color"}
    more = {"greenTextColor": "green-text-color", "violetTextColor": "violet-text-color", "grayTextColor": "gray-text-color"}

    def rules(scheme: str) -> str:
        chosen = theme | theme.get(scheme, {})
        return "".join(f"--st-{css}: {chosen[name]};" for name, css in (names | more).items() if name in chosen)

    light = rules("light")
    return f":root {{{light}}} @media (prefers-color-scheme: dark) {{:root:not([data-print=yes]) {{{rules('dark')}}}}}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Check or export; every expected failure is one sentence on standard error and exit code 1."""
    parser = argparse.ArgumentParser(prog="python -m dashboard.story", description="Open the story's steps, or write it as one file.")
    parser.add_argument("--check", action="store_true", help="open every step in both languages and say whether all is ready")
    parser.add_argument("--export", type=Path, metavar="FILE", help="write the whole story as one HTML file that works offline")
    options = parser.parse_args(arguments)
    try:
        if options.export:
            _export(options.export)
        return _say_check() if options.check or not options.export else 0
    except RunError as error:
        print(error, file=sys.stderr)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1


def _export(path: Path) -> None:
    text = page()
    try:
        write_beside(path, text.encode())
    except OSError as error:
        raise RunError(t("story.unwritable", path=path, reason=error.strerror)) from error
    print(t("story.exported", path=path, size=fixed(len(text.encode()) / 1e6, 1)))


def _say_check() -> int:
    found = []
    for step in STEPS:
        found.append(_opened(step, packet.FOLDER))
        print(found[-1].line, flush=True)
    is_ready = not any(opened.problem for opened in found)
    print(t("story.check_all" if is_ready else "story.check_not_all"))
    return int(not is_ready)


if __name__ == "__main__":
    sys.exit(main())
