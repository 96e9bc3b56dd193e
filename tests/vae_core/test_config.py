"""Settings: JSON round trips for any valid configuration, one sentence for any other."""

from __future__ import annotations

import json
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae_core.config import (
    PIXELS,
    ConfigError,
    DataConfig,
    ModelConfig,
    ObjectiveConfig,
    RunConfig,
    TrainConfig,
    from_dict,
    sections,
    to_dict,
)
from vae_core.presets import PRESETS

numbers = st.floats(min_value=1e-4, max_value=10, allow_nan=False)
configs = st.builds(
    RunConfig,
    name=st.text(),
    data=st.builds(DataConfig, pixels=st.sampled_from(PIXELS), test_fraction=st.floats(0, 0.9), split_seed=st.integers(0, 2**40)),
    model=st.builds(ModelConfig, latent_size=st.integers(1, 4096), hidden=st.lists(st.integers(1, 999)).map(tuple), sigma=numbers),
    objective=st.builds(ObjectiveConfig, beta=numbers),
    train=st.builds(TrainConfig, epochs=st.integers(1, 10**6), learning_rate=numbers),
)


@given(configs)
def test_json_round_trip(config: RunConfig) -> None:
    assert from_dict(json.loads(json.dumps(to_dict(config)))) == config


def test_settings_are_changed_by_their_own_names() -> None:
    config = RunConfig(name="Mine", train=TrainConfig(seed=7)).with_settings(hidden=[8, 4], epochs=5, dataset="glyphs")
    train = TrainConfig(seed=7, epochs=5)
    assert config == RunConfig(name="Mine", data=DataConfig(dataset="glyphs"), model=ModelConfig(hidden=(8, 4)), train=train)
    assert config.with_settings(name="Other").name == "Other"
    with pytest.raises(ConfigError, match=r"unknown setting 'epoch'.* epochs"):
        config.with_settings(epoch=5)


def test_missing_keys_take_the_default() -> None:
    assert from_dict({"train": {"seed": 7}}) == RunConfig(train=TrainConfig(seed=7))


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"colour": 1}, "colour"),
        ({"train": {"epoch": 1}}, "epoch"),
        ({"train": {"epochs": 0}}, "epochs is 0"),
        ({"train": {"epochs": 1.5}}, "a whole number"),
        ({"train": {"epochs": True}}, "a whole number"),
        ({"train": {"learning_rate": float("nan")}}, "finite"),
        ({"train": {"learning_rate": "fast"}}, "a number"),
        ({"model": {"hidden": 3}}, "a list of whole numbers"),
        ({"model": {"hidden": [3, 0]}}, "at least 1"),
        ({"objective": {"beta": float("inf")}}, "finite"),
        ({"data": {"pixels": "pink"}}, "choose one of grey"),
        ({"data": 3}, "JSON object"),
        ({"name": 3}, "must be text"),
    ],
)
def test_bad_values_are_named_in_one_sentence(values: dict[str, object], named: str) -> None:
    with pytest.raises(ConfigError) as caught:
        from_dict(values)
    assert named in str(caught.value)
    assert "\n" not in str(caught.value)


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)))
def test_any_json_is_read_or_refused_in_words(values: object) -> None:
    for candidate in (values, {"train": values}, {"model": {"hidden": values}}):
        try:
            from_dict(candidate)  # type: ignore[arg-type]
        except ConfigError as error:
            assert str(error)


def test_setting_names_are_unique_so_that_flags_are() -> None:
    names = [f.name for group in sections(RunConfig()).values() for f in fields(group)]
    assert len(names) == len(set(names))


def test_every_setting_explains_itself() -> None:
    for group in sections(RunConfig()).values():
        for f in fields(group):
            assert len(f.metadata["help"].split()) >= 3, f.name


@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_whole(name: str) -> None:
    assert from_dict(to_dict(PRESETS[name])) == PRESETS[name]
    assert PRESETS[name].name
