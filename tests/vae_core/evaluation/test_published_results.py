"""Published numbers stand beside a run of their own protocol, and beside no other."""

from __future__ import annotations

from dataclasses import replace

import pytest

from vae_core.config import DataConfig, ModelConfig, RunConfig
from vae_core.data import sources
from vae_core.evaluation import published_results

MNIST = {"name": "mnist", "sha256": published_results.MNIST_SHA256}


def run(pixels: str, likelihood: str = "bernoulli") -> RunConfig:
    return RunConfig(data=DataConfig(dataset="mnist", pixels=pixels), model=ModelConfig(likelihood=likelihood))


@pytest.mark.parametrize("pixels", ["static", "dynamic"])
def test_numbers_of_the_same_pixels_best_first(pixels: str) -> None:
    found, reason = published_results.comparable_results(run(pixels), MNIST, "test")
    # The static draw of a run is its own, and the published one is that of a file.
    assert reason == ("draw" if pixels == "static" else "") and len(found) > 3
    assert {one.pixels for one in found} == {pixels}
    assert [one.nats for one in found] == sorted(one.nats for one in found)


def test_everything_else_gets_none_and_the_reason() -> None:
    assert published_results.comparable_results(run("grey"), MNIST, "test") == ([], "grey")
    assert published_results.comparable_results(run("thresholded"), MNIST, "test") == ([], "pixels")
    assert published_results.comparable_results(run("grey", "gaussian"), MNIST, "test") == ([], "likelihood")
    assert published_results.comparable_results(run("static"), MNIST, "train") == ([], "split")
    assert published_results.comparable_results(run("static"), {**MNIST, "sha256": "0"}, "test") == ([], "data")
    reasons = {"draw", "grey", "pixels", "likelihood", "split", "data"}
    assert reasons == published_results.REASONS.keys() and all(sentence.endswith(".") for sentence in published_results.REASONS.values())


def test_every_number_has_its_source_and_none_is_of_grey_pixels() -> None:
    for one in published_results.PUBLISHED:
        assert one.source and one.model and one.pixels in ("static", "dynamic") and 70 < one.nats < 95
    assert len(set(published_results.PUBLISHED)) == len(published_results.PUBLISHED)
    burda = {
        (one.model, one.note): one.nats
        for one in published_results.PUBLISHED
        if one.source == published_results.BURDA and one.pixels == "dynamic"
    }
    assert burda["VAE, k=1", "784-200-200-50"] == 86.76 and burda["IWAE, k=50", published_results.TWO] == 82.90
    assert replace(published_results.PUBLISHED[0], nats=1.0) not in published_results.PUBLISHED


def test_the_hash_is_that_of_mnist() -> None:
    if not sources.is_available("mnist"):
        pytest.skip("MNIST is not at hand")
    assert sources.load("mnist").sha256 == published_results.MNIST_SHA256
