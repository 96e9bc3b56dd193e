"""Whether the story is ready to be told: every step is opened as the page would open it, in every language."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from dashboard.components import story
from dashboard.components.story import packet
from dashboard.i18n.format import fixed
from dashboard.i18n.messages import translated
from dashboard.i18n.texts import DEFAULT, LANGUAGES, listed, t
from vae_core import place
from vae_core.runs.errors import RunError
from vae_core.runs.verification import verify
from vae_core.story.build import LONG, ROUTES, RUNS
from vae_core.story.recipes import place_of


@dataclass(frozen=True)
class Opened:
    """What became of opening a step: seconds, its runs, and one sentence where it failed."""

    step: str
    seconds: float
    runs: tuple[str, ...]
    problem: str = ""

    @property
    def line(self) -> str:
        """One line of the report, in the language of this moment."""
        if self.problem:
            return t("story.check_failed", step=self.step, sentence=translated(self.problem))
        return t("story.check_ready", step=self.step, seconds=fixed(self.seconds, 1), runs=listed(self.runs)).strip()


def open_steps(folder: Path | None = None) -> list[Opened]:
    """Open every step as a page would: its runs verified, its arrays in the packet, its texts whole in every language."""
    folder = folder or packet.FOLDER
    return [open_step(step, folder) for step in LONG]


def verdicts(found: Sequence[Opened]) -> list[str]:
    """Return a line for each route, and whether all is ready."""
    broken = {opened.step for opened in found if opened.problem}
    lines = []
    for name, order in ROUTES.items():
        key = "story.check_route_broken" if broken & set(order) else "story.check_route"
        lines.append(t(key, route=t(f"story.route_{name}"), n=len(order)))
    return [*lines, t("story.check_not_all" if broken else "story.check_all")]


def open_step(step: str, folder: Path) -> Opened:
    start = time.perf_counter()
    runs, script = tuple(RUNS[step]), story.HERE / "steps" / f"{step}.js"
    try:
        source = script.read_text(encoding="utf-8")
        problems = [*_in_packet(step, source, folder), *_in_texts(step, source)]
        problems += [sentence for run in runs for sentence in verify(place_of(run, folder))]
    except OSError:
        problems = [t("story.no_step", file=script)]
    except RunError as error:
        problems = [error.message]
    return Opened(step, time.perf_counter() - start, runs, problems[0] if problems else "")


def _in_packet(step: str, source: str, folder: Path) -> Iterator[str]:
    """Yield a sentence for each thing that the step asks for and the packet does not hold."""
    arrays, facts = packet.arrays(folder), packet.facts(folder)
    for name in sorted(set(re.findall(r'\.array\("(\w+)"\)', source))):
        if f"{step}/{name}" not in arrays:
            yield t("story.no_array", file=f"{step}.npz", name=name, command=place.COMMAND)
    if re.search(r"stage\.facts\b|\{ ?facts\b", source) and step not in facts:
        yield t("story.no_facts", command=place.COMMAND)


def _in_texts(step: str, source: str) -> Iterator[str]:
    """Yield a sentence for each text that a language lacks, or whose {values} differ from those of the default language."""
    words = story.words()
    keys = {"sentence", "do", *re.findall(r'\.(?:text|say)\("(\w+)"', source), *re.findall(r'\.number\([^\n]*?, "(\w+)"', source)}
    for name in LANGUAGES:
        for key in sorted(f"{step}.{key}" for key in keys):
            if key not in words[name]:
                yield t("story.no_text", key=f"story.{key}", file=f"{name}.toml")
            elif _values(words[name][key]) != _values(words[DEFAULT][key]):
                yield t("story.other_values", key=f"story.{key}", file=f"{name}.toml", first=f"{DEFAULT}.toml")


def _values(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)(?::[^/{}]*/[^{}]*)?\}", text))
