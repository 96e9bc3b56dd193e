"""What an import would bring: examples, counts, what becomes of sizes and values, a suggestion with its reasons, and the buttons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import streamlit as st

from dashboard.figures.example_tile import draw_tile
from dashboard.i18n.format import fixed, percent, plain
from dashboard.i18n.messages import translated
from dashboard.i18n.names import class_name, setting_value
from dashboard.i18n.texts import listed, t
from dashboard.views.data import importing
from dashboard.views.data.importing import Then
from dashboard.views.data.looking import Looked
from dashboard.views.data.options import INVERTED, chosen_name
from dashboard.views.train import new_run
from vae_core.config import RunConfig, sections
from vae_core.data.pictures import data_url
from vae_core.importing.preview import Examples, Preview
from vae_core.importing.suggestion import Suggestion, sizes_of
from vae_core.printable import as_field
from vae_core.runs.layout import default_root

TILE = 156  # px that a class takes: four beside one another on a wide screen, two on a narrow one
SIZES = 4  # that are named
FEW = 100  # images, of which a fifth tells little


def show(looked: Looked, is_allowed: bool) -> None:
    """Show the preview, and the buttons that import it."""
    seen, survey = looked.seen, looked.seen.survey
    st.subheader(
        t("data.seen", name=plain(chosen_name(looked.source.name)), n=fixed(survey.count, 0), what=_what(survey.shape)), anchor=False
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        _button(looked, "train", "primary", is_disabled=not is_allowed)
        _button(looked, "form", "secondary")
        _button(looked, "stay", "tertiary")
    new_run.show_cost(looked.suggestion.config, sizes_of(survey, looked.suggestion.config), default_root(), is_allowed)
    left, right = st.columns([5, 3], gap="large")
    with left:
        _show_examples(seen)
    with right.container(border=True):
        _show_suggestion(looked.suggestion)
    with left:
        _show_findings(seen)


def _button(looked: Looked, then: Then, kind: Literal["primary", "secondary", "tertiary"], *, is_disabled: bool = False) -> None:
    """Show the button that imports, and then does something."""
    words = t(f"data.import_{then}")
    st.button(words, type=kind, key=f"data/import/{then}", on_click=importing.begin, args=(looked, then), disabled=is_disabled)


def _what(shape: Sequence[int]) -> str:
    """Return how large an image is, and whether it has colours."""
    return t("data.what_colour" if len(shape) == 3 else "data.what_grey", height=shape[-2], width=shape[-1])


def _show_examples(seen: Preview) -> None:
    """Show a contact sheet: a tile for each class, or where there are none tiles of all images alike."""
    names = [class_name(name) for name in seen.survey.class_names[: len(seen.counts)]]
    with st.container(horizontal=True, gap="small", key="examples"):
        for group in seen.examples:
            if group.label >= 0:
                count = fixed(seen.counts[group.label], 0)
                words = t("data.class_count", name=plain(names[group.label]), n=count)
                alt = t("data.class_alt", n=len(group.pictures), name=names[group.label])
                st.image(data_url(draw_tile(group.pictures)), caption=words, width=TILE, alt=alt)
            else:
                _show_alike(group)
    if len(names) > len(seen.examples):
        with st.expander(t("data.all_classes", n=fixed(len(names), 0))):
            columns = {t("data.class"): [as_field(name) for name in names], t("data.images"): list(seen.counts)}
            st.dataframe(columns, hide_index=True, alt=t("data.all_classes", n=len(names)))


def _show_alike(group: Examples) -> None:
    """Show pictures without classes, six to a tile, so that tiles fill whatever width there is."""
    for start in range(0, len(group.pictures), 6):
        part = group.pictures[start : start + 6]
        st.image(data_url(draw_tile(part)), width=TILE, alt=t("data.plain_alt", n=len(part)))


def _show_findings(seen: Preview) -> None:
    """Say what was found, what becomes of it, and what is left out."""
    survey = seen.survey
    if seen.is_dark is not None:
        st.toggle(t("data.invert"), key=INVERTED, persist_state="session", help=t("data.invert_help"))
    said = [plain(translated(one)) for one in survey.said]
    st.markdown("\n".join(f"- {line}" for line in (*_sizes(seen), *said, _values(seen), *_ink(seen), *_parts(seen), _repeats(seen))))
    if survey.n_left_out:
        more = survey.n_left_out - len(survey.left_out)
        lines = [t("data.left_out_line", name=plain(name), why=plain(translated(why))) for name, why in survey.left_out]
        with st.expander(t("data.left_out", n=fixed(survey.n_left_out, 0))):
            st.markdown("\n".join([*lines, *([t("data.left_out_more", n=fixed(more, 0))] if more > 0 else [])]))


def _sizes(seen: Preview) -> list[str]:
    """Say how large the images are, or which sizes are the most frequent; the survey says what becomes of these."""
    sizes = sorted(seen.survey.sizes.items(), key=lambda pair: -pair[1])
    height, width = seen.survey.shape[-2:]
    if [size for size, _ in sizes] == [(height, width)]:
        return [t("data.one_size", height=height, width=width)]
    if len(sizes) < 2:
        return []
    named = [t("data.size_count", height=size[0], width=size[1], n=fixed(count, 0)) for size, count in sizes[:SIZES]]
    return [t("data.sizes", sizes=listed(named))]


def _values(seen: Preview) -> str:
    """Say between which values the pixels lie after the import; the survey says what they were before."""
    if seen.is_binary:
        return t("data.binary")
    return t("data.values", low=f"{seen.low:.2g}", high=f"{seen.high:.2g}", share=percent(seen.extreme_share))


def _ink(seen: Preview) -> list[str]:
    if seen.is_dark is None:
        return []
    return [t("data.ink_dark" if seen.is_dark else "data.ink_light")]


def _parts(seen: Preview) -> list[str]:
    """Say whether the source has parts of its own for training, validation and test."""
    if not seen.n_validation and not seen.n_test:
        return [t("data.no_parts"), *([t("data.few")] if seen.survey.count < FEW else [])]
    counts = {"train": fixed(seen.n_train, 0), "validation": fixed(seen.n_validation, 0), "test": fixed(seen.n_test, 0)}
    return [t("data.parts", **counts)]


def _repeats(seen: Preview) -> str:
    """Say how many images repeat another one, and of how many that is known."""
    all_of = t("data.looked_all" if seen.looked == seen.survey.count else "data.looked_some", n=fixed(seen.looked, 0))
    return t("data.repeats" if seen.duplicates else "data.no_repeats", n=fixed(seen.duplicates, 0), of=all_of)


def _show_suggestion(suggestion: Suggestion) -> None:
    """Show the settings of a first run, each with the sentence why."""
    st.markdown(f"**{t('data.suggested')}**")
    for reason in suggestion.reasons:
        values = [
            t("data.choice", name=t(f"setting.{name}"), value=plain(setting_value(name, _value(suggestion.config, name))))
            for name in reason.settings
        ]
        st.markdown(t("data.reason", choices="  \n".join(values), why=plain(translated(reason.why))))


def _value(config: RunConfig, name: str) -> object:
    """Return the value of a setting."""
    return next(getattr(group, name) for group in sections(config).values() if hasattr(group, name))
