"""Rules that choose test images of a run: by a column, by where they lie, by their rows; each answers for every image, (N,) bool."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from vae_core import place
from vae_core.data.file_names import file_names
from vae_core.data.ranges import Ranges, contains
from vae_core.evaluation.known_columns import known_columns
from vae_core.inspection import store
from vae_core.latent import regions
from vae_core.latent.regions import Mask
from vae_core.messages import say
from vae_core.runs.columns import Column
from vae_core.runs.errors import RunError
from vae_core.runs.run import Run

REST = re.compile(r"\s*(>=|<=|~|=|>|<)\s*(.*)", re.S)
RULE = re.compile(rf"(.+?){REST.pattern}", re.S)
SIGNS = {">": np.greater, "<": np.less, ">=": np.greater_equal, "<=": np.less_equal}
ROWS = re.compile(r"\s*(\d{1,12})\s*(?:-\s*(\d{1,12})\s*)?")
RIM = 0.25  # standard deviations of the prior round a hole that are its rim


def where(run: Run, rule: str) -> Mask:
    """Tell which test images a rule holds for: `class=7,9`, `kl>3`, `kl=1..3`, `file~tiger` (text that holds these letters).

    Raises:
        RunError: it is no such rule, or there is no such column.
    """
    columns = {column.name: column for column in known_columns(run)}
    name, sign, value = _taken_apart(rule.strip(), [*columns, "file"])
    if sign != "~" and name in columns:
        return _by_value(columns[name], sign, value)
    words = np.array(_texts(run, name, columns), object)
    if sign == "~":
        return np.array([value.casefold() in word.casefold() for word in words], bool)
    if sign == "=":
        return np.isin(words, _asked(value, words.tolist()))
    raise RunError("The column {column} holds text; ask for it with = or ~.", column=name)


def _taken_apart(rule: str, names: Sequence[str]) -> tuple[str, str, str]:
    """Return column, sign and value of a rule; the longest known name that it begins with is its column, whatever letters that has."""
    for name in sorted(names, key=len, reverse=True):
        if rule.startswith(name) and (rest := REST.fullmatch(rule[len(name) :])):
            return name, rest[1], rest[2].strip()
    found = RULE.fullmatch(rule)
    if not found:
        raise RunError("{rule!r} is no rule; write it as class=7, kl>3, kl=1..3 or file~name.", rule=rule)
    return found[1].strip(), found[2], found[3].strip()


def _asked(value: str, there: Sequence[str]) -> list[str]:
    """Return the values that a rule names with commas between them; one that has commas itself stands alone."""
    return [value] if value in there else [one.strip() for one in value.split(",")]


def _by_value(column: Column, sign: str, value: str) -> Mask:
    """Tell where a column has a value."""
    if column.is_of_texts:
        if sign != "=":
            raise RunError("The column {column} holds text; ask for it with = or ~.", column=column.name)
        asked = _asked(value, column.categories)
        if unknown := [one for one in asked if one not in column.categories]:
            raise RunError("{value!r} is no value of the column {column}.", value=unknown[0], column=column.name)
        return np.isin(column.values, [column.categories.index(one) for one in asked])
    number, example = (_seconds, "2026-01-31") if column.kind == "date" else (float, "3")
    try:
        numbers = [number(one) for one in value.split("..")]
    except ValueError:
        numbers = []
    if len(numbers) not in ((1, 2) if sign == "=" else (1,)):
        no_number = "{value!r} is nothing to compare {column} with; write it as {example}, or after = as {example}..{example}."
        raise RunError(no_number, value=value, column=column.name, example=example)
    values = column.values
    return SIGNS[sign](values, numbers[0]) if sign != "=" else (values >= numbers[0]) & (values <= numbers[-1])


def _seconds(value: str) -> float:
    """Return a date or time of ISO 8601 in seconds since 1970, in UTC where it names no other zone."""
    time = datetime.fromisoformat(value.strip())
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()


def _texts(run: Run, name: str, columns: Mapping[str, Column]) -> list[str]:
    """Return a column of the run's test images in words, or the names of their files.

    Raises:
        RunError: there is no such column.
    """
    if name in columns:
        return columns[name].in_words()
    if name == "file" and any(names := file_names(run.config.data.dataset, run.dataset["sha256"], run.latents().rows)):
        return names
    there = [column.name for column in columns.values() if column.group != "dimension" or column.name.endswith("-1")]
    unknown_column = "Run {run!r} has no column {column!r}; its columns are: {columns}."
    raise RunError(unknown_column, run=run.id, column=name, columns=there or say("none"))


def of_rows(run: Run, given: str) -> Mask:
    """Tell which test images have row numbers such as `1-5, 9`; the end of a range is in it.

    Raises:
        RunError: they are no row numbers.
    """
    ranges = []
    for part in given.split(","):
        if not (found := ROWS.fullmatch(part)):
            raise RunError("{rows!r} are no row numbers; write them as 1-5,9.", rows=part)
        ranges.append((int(found[1]), int(found[2] or found[1]) + 1))
    rows, chosen = run.latents().rows, np.zeros(len(run.latents().rows), bool)
    for first, end in ranges:
        chosen |= (rows >= first) & (rows < end)
    return chosen


def of_ranges(run: Run, ranges: Ranges) -> Mask:
    """Tell which test images are in a set."""
    return contains(ranges, run.latents().rows)


def in_polygon(run: Run, corners: Sequence[Sequence[float]], dims: tuple[int, int] = (0, 1)) -> Mask:
    """Tell which test images have their mean in a polygon (M, 2) on the plane of two latent dimensions, or on the line of the only one.

    Dimensions are counted from 0.

    Raises:
        RunError: the run has no such dimensions.
    """
    mu = run.latents().mu
    d = mu.shape[1]
    if not all(0 <= dim < d or (d == 1 and dim == 1) for dim in dims):
        raise RunError("Run {run!r} has {d} latent dimensions; choose two of them.", run=run.id, d=d)
    flat = mu[:, list(dims)] if d > 1 else np.stack([mu[:, 0], np.zeros(len(mu))], 1)
    return regions.in_polygon(flat, np.asarray(corners, np.float64))


def near(run: Run, z: Sequence[float], k: int) -> Mask:
    """Tell which are the k test images whose means lie nearest to a place z (d,).

    Raises:
        RunError: z is no place of this latent space.
    """
    mu = run.latents().mu
    if len(z) != mu.shape[1] or not np.isfinite(z).all():
        raise RunError("A place of run {run!r} has {d} numbers, and {given} are given.", run=run.id, d=mu.shape[1], given=len(z))
    return regions.nearest(mu, np.asarray(z), k)


def outside(run: Run, radius: float) -> Mask:
    """Tell which test images have their mean outside so many standard deviations of the prior.

    Raises:
        RunError: the run has no normal prior.
    """
    if not run.has_normal_prior:
        raise RunError("Run {run!r} has no normal prior, so nothing lies within its standard deviations.", run=run.id)
    return regions.outside(run.latents().mu, radius)


def hole_rim(run: Run, number: int, width: float = RIM) -> Mask:
    """Tell which test images lie round a hole of the prior: their means at most `width` from it; holes are counted from 1, heaviest first.

    Raises:
        RunError: the holes were not computed, are not kept as a map, or there are fewer.
    """
    result = store.read(run, "prior-holes")
    arrays: dict[str, NDArray[np.float64]] = result.arrays if result else {}
    if result is None or "region" not in arrays:
        remedy = say("compute them with `{command} inspect {run} prior-holes`", command=place.COMMAND, run=run.id)
        why = "The holes of run {run!r} are not known as a map, which 1 and 2 latent dimensions have; {remedy}."
        raise RunError(why, run=run.id, remedy=remedy)
    if not 1 <= number <= len(result.values["holes"]):
        raise RunError("Run {run!r} has {count} holes; choose one of them by its number.", run=run.id, count=len(result.values["holes"]))
    return regions.beside_cells(run.latents().mu, arrays["axis"], arrays["region"] == number, width)
