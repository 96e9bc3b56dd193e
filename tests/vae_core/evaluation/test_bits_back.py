"""Bits-back coding: what is written is read, and its length is the negative ELBO."""

import math

import numpy as np
import pytest
import torch

import vae_core
from tests.places import SHIPPED
from vae_core.config import ModelConfig
from vae_core.data.batches import Batch
from vae_core.evaluation import bits_back
from vae_core.evaluation.bits_back import WORD, NoCode, Stack, compress, decompress, words_of_chance
from vae_core.evaluation.scoring import test_scores as scores_of
from vae_core.model.vae import VAE, build_vae


def untrained(event_shape: tuple[int, ...], likelihood: str, levels: int, seed: int = 0) -> VAE:
    torch.manual_seed(seed)
    config = ModelConfig(network="mlp", latent_size=3, hidden=(8,), likelihood=likelihood, sigma=0.3)
    return build_vae(config, event_shape, 1 / (levels - 1)).eval()


@pytest.mark.parametrize(
    ("event_shape", "likelihood", "levels"),
    [
        ((5, 4), "bernoulli", 2),
        ((5, 4), "discretised-logistic", 17),
        ((3, 4, 4), "discretised-logistic", 256),
        ((3, 3), "discretised-logistic", 2),
    ],
)
def test_what_is_written_is_read(event_shape, likelihood, levels):
    vae = untrained(event_shape, likelihood, levels)
    pixels = np.random.default_rng(0).integers(0, levels, (7, *event_shape)).astype(np.uint8)
    stack = compress(vae, pixels, levels)
    assert np.array_equal(decompress(vae, stack, 7, event_shape, levels), pixels)


def test_no_images_leave_the_bits_of_chance_and_one_takes_some_of_them_and_gives_its_own():
    vae = untrained((2, 2), "bernoulli", 2)
    stack = compress(vae, np.ones((1, 2, 2), np.uint8), 2)
    assert stack.bits == WORD * len(stack.words) == stack.net_bits + WORD * stack.first
    assert not np.array_equal(stack.words[: stack.first], words_of_chance(stack.first, 0))  # its z was drawn from the top of them


def test_the_length_is_the_negative_elbo():
    """Of black-and-white digits, whose exact expectation is known but for the draws of z; the last word may be half empty."""
    run = vae_core.open_run(SHIPPED / "digits-2d")
    dataset, rows = run.images(), run.latents().rows
    pixels = (dataset.values[rows] >= dataset.divisor / 2).astype(np.uint8)
    stack = compress(run.model(), pixels, 2)
    scores = scores_of(run.model(), torch.from_numpy(pixels).float(), run.config)
    assert stack.net_bits / len(rows) == pytest.approx(scores.negative_elbo / math.log(2), rel=0.02)


def test_a_stack_of_many_words_is_the_same_whether_or_not_the_coder_holds_all_of_them(monkeypatch):
    vae = untrained((5, 4), "discretised-logistic", 256)
    pixels = np.random.default_rng(0).integers(0, 256, (40, 5, 4)).astype(np.uint8)
    whole = compress(vae, pixels, 256)
    monkeypatch.setattr(bits_back, "HELD_WORDS", 4)
    pieces = compress(vae, pixels, 256)
    assert np.array_equal(pieces.words, whole.words)
    assert np.array_equal(decompress(vae, pieces, 40, (5, 4), 256), pixels)


def test_the_length_of_grey_levels_is_the_negative_elbo_though_the_model_was_never_trained():
    """Here q and p differ, so that each z must be drawn anew and not stand where the one before stood."""
    vae = untrained((6, 6), "discretised-logistic", 17)
    with torch.inference_mode():
        middle = vae.likelihood.mean(vae.decode(torch.zeros(1, 3)))[0]
    noise = 0.1 * torch.randn(300, 6, 6, generator=torch.Generator().manual_seed(1))
    pixels = torch.round((middle + noise).clamp(0, 1) * 16).to(torch.uint8).numpy()
    stack = compress(vae, pixels, 17)
    with torch.inference_mode():
        terms = vae.terms(Batch(torch.from_numpy(pixels).float() / 16), samples=200)
        expected = -terms.elbo.mean().item() / math.log(2)
    assert stack.net_bits / 300 == pytest.approx(expected, rel=0.02)


def test_another_model_reads_nothing():
    pixels = np.random.default_rng(0).integers(0, 2, (5, 4, 4)).astype(np.uint8)
    stack = compress(untrained((4, 4), "bernoulli", 2), pixels, 2)
    assert decompress(untrained((4, 4), "bernoulli", 2, seed=1), stack, 5, (4, 4), 2) is None


def test_bits_that_were_changed_are_noticed():
    vae = untrained((4, 4), "bernoulli", 2)
    pixels = np.random.default_rng(0).integers(0, 2, (5, 4, 4)).astype(np.uint8)
    stack = compress(vae, pixels, 2)
    changed = stack.words.copy()
    changed[0] ^= 1
    assert decompress(vae, Stack(changed, stack.first, stack.places), 5, (4, 4), 2) is None


@pytest.mark.parametrize(("likelihood", "levels"), [("gaussian", 2), ("continuous-bernoulli", 2), ("bernoulli", 3)])
def test_what_gives_no_code_is_refused(likelihood, levels):
    with pytest.raises(NoCode):
        compress(untrained((4, 4), likelihood, 17), np.zeros((1, 4, 4), np.uint8), levels)


def test_the_number_of_threads_is_as_before():
    before = torch.get_num_threads()
    compress(untrained((2, 2), "bernoulli", 2), np.ones((1, 2, 2), np.uint8), 2)
    assert torch.get_num_threads() == before
