"""Images as bits, without loss: bits-back coding, whose expected length is the negative ELBO.

Townsend, Bird & Barber 2019 (arXiv 1901.04866), on the asymmetric numeral systems of constriction. The coder is a stack of bits. For each
image z is drawn from q(z|x) by taking bits off the stack, x is put on it as p(x|z) says and z as p(z) says: on average that costs
-log p(x|z) - log p(z) + log q(z|x). Reading runs the same steps backwards.

What z is taken from must look like chance. On top of the stack lies the z of the image before, and without stirring each z would stand
where that one stood: far from q on average, where q and p differ. And so that the numbers of a network mean the same to the writer and to
the reader, images go through it one by one, on one thread.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from vae_core.messages import Refusal
from vae_core.progress import Progress, no_progress
from vae_core.threads import one_thread

if TYPE_CHECKING:
    from vae_core.model.vae import VAE

LARGEST_MEAN, WIDEST, NARROWEST = 16, 2, 1e-6  # of q: means beyond and standard deviations outside these count as these
DEVIATIONS = 6  # of q, within which z is drawn: a coder gives every number some chance, and one far outside q would cost the earth
LARGEST_Z = LARGEST_MEAN + DEVIATIONS * WIDEST + 1
FINEST, COARSEST = 12, 6  # binary places of a latent number
WORD = 32  # bits
SPARE_WORDS = 8  # beyond what the first image takes
HELD_WORDS = 1024  # at the top of the stack, within the coder's reach; the rest lies below until it is needed
MOST_LEVELS = 256
DENSITY = "The likelihood is a density, whose nats are no bits; train with bernoulli or discretised-logistic."

Pixels = NDArray[np.uint8]
Words = NDArray[np.uint32]


class NoCode(Refusal):
    """A model whose cost of an image is no number of bits; the message is a plain sentence."""


@dataclass(frozen=True)
class Stack:
    """What the images were made into.

    Attributes:
        words: the bits.
        first: how many words of chance lay on the stack at the start; they stand on it again once every image is read.
        places: binary places of a latent number.
    """

    words: Words
    first: int
    places: int

    @property
    def bits(self) -> int:
        """Bits in all, those of chance among them."""
        return WORD * len(self.words)

    @property
    def net_bits(self) -> int:
        """Bits in all, less those of chance, which another message could have been."""
        return self.bits - WORD * self.first


def require_code(vae: VAE, levels: int) -> None:
    """Raise NoCode where the likelihood is no probability of this many grey levels, or of black and white."""
    support = vae.likelihood.support
    if support not in ("binary", "levels"):
        raise NoCode(DENSITY)
    if not vae.prior.is_standard_normal:
        raise NoCode("This is computed for prior standard-normal only.")
    if not 2 <= levels <= MOST_LEVELS or (support == "binary" and levels != 2):
        raise NoCode("The images have {levels} grey levels, for which this likelihood has no probabilities.", levels=levels)


class _Steps:
    """The stack, and the steps of one image, each as a put and a take that undo one another."""

    def __init__(self, vae: VAE, levels: int, places: int, words: Words, seed: int) -> None:
        from constriction import stream

        require_code(vae, levels)
        self.vae, self.levels, self.scale = vae, levels, 2.0**places
        self.seed, self.stirred, self.coder_of = seed, words_of_z(vae.prior.latent_size, places), stream.stack.AnsCoder
        self.below: list[Words] = []
        self.coder: Any = self.coder_of(words)
        edge = int(LARGEST_Z * self.scale)
        self.gaussian, self.prior = stream.model.QuantizedGaussian, stream.model.QuantizedGaussian(-edge, edge, 0.0, self.scale)
        self.pixel = stream.model.Bernoulli(perfect=False) if levels == 2 else stream.model.Categorical(perfect=False)
        self.white = torch.arange(levels, dtype=torch.float32) / (levels - 1)

    def posterior(self, x: Pixels) -> list[tuple[int, Any]]:
        """Return q(z|x), dimension by dimension: the step nearest to its mean, and the distribution of steps from there."""
        found = self.vae.encode(torch.from_numpy(x)[None].float() / (self.levels - 1))
        mu = found.mu[0].double().clamp(-LARGEST_MEAN, LARGEST_MEAN).mul(self.scale).tolist()
        sigma = found.sigma[0].double().clamp(NARROWEST, WIDEST).mul(self.scale).tolist()
        return [(round(m), self._around(m - round(m), s)) for m, s in zip(mu, sigma, strict=True)]

    def _around(self, mean: float, deviation: float) -> Any:
        reach = math.ceil(DEVIATIONS * deviation) + 1
        return self.gaussian(-reach, reach, mean, deviation)

    def probabilities(self, z: NDArray[np.int32]) -> NDArray[np.float32]:
        """Return p(x|z): of white (pixels,), or of each level (pixels, levels)."""
        params = self.vae.decode(torch.from_numpy(z / self.scale).float()[None])
        if self.vae.likelihood.support == "binary":
            return self.vae.likelihood.mean(params).flatten().numpy().astype(np.float32)
        one = params[:, 0]
        log_p = self.vae.likelihood.log_prob_map(one.expand(1, *one.shape[1:])[:, None], self._every_level(one.shape[1:]))
        table = log_p.reshape(self.levels, -1).T.exp().numpy().astype(np.float32)
        return np.ascontiguousarray(table if self.levels > 2 else table[:, 1])

    def _every_level(self, event_shape: torch.Size) -> torch.Tensor:
        return self.white.reshape(-1, *(1 for _ in event_shape)).expand(self.levels, *event_shape)

    @property
    def words(self) -> Words:
        """The whole stack."""
        return np.concatenate([*self.below, self.coder.get_compressed()])

    def stir(self, i: int) -> None:
        """Mix chance into what z of image i is taken from; done twice it is undone. The last word, which is never 0, stays."""
        top, held = self.coder.get_compressed(), HELD_WORDS + 4 * self.stirred
        if len(top) > 2 * held:
            self.below.append(top[:-held])
            top = top[-held:]
        elif len(top) < held and self.below:
            top = np.concatenate([self.below.pop(), top])
        mixed = top[:-1][-self.stirred :]
        mixed ^= np.random.Generator(np.random.Philox(key=[self.seed, i + 1])).integers(0, 2**32, len(mixed), dtype=np.uint32)
        self.coder = self.coder_of(top)

    def put_image(self, i: int, x: Pixels) -> None:
        """Put image i on the stack."""
        self.stir(i)
        z = np.array([nearest + self.coder.decode(model) for nearest, model in self.posterior(x)], np.int32)
        self.coder.encode_reverse(x.ravel().astype(np.int32), self.pixel, self.probabilities(z))
        self.coder.encode_reverse(z, self.prior)

    def take_image(self, i: int, event_shape: tuple[int, ...]) -> Pixels:
        """Take image i off the stack."""
        z = self.coder.decode(self.prior, self.vae.prior.latent_size)
        x = self.coder.decode(self.pixel, self.probabilities(z)).astype(np.uint8).reshape(event_shape)
        for step, (nearest, model) in reversed(list(zip(z.tolist(), self.posterior(x), strict=True))):
            self.coder.encode_reverse(step - nearest, model)
        self.stir(i)
        return x


@contextmanager
def _one_thread() -> Iterator[None]:
    """More threads may add up in another order, and a last bit of a probability that differs makes the rest unreadable."""
    with one_thread(), torch.inference_mode():
        yield


def compress(vae: VAE, pixels: Pixels, levels: int, seed: int = 0, progress: Progress = no_progress) -> Stack:
    """Return images as bits.

    Args:
        vae: in evaluation mode, with a Bernoulli or a discretised logistic likelihood.
        pixels: (N, *event), whole numbers from 0 to levels - 1.
        levels: grey levels, 2 for black and white.
        seed: of the bits of chance that the first image draws its z from.

    Raises:
        NoCode: the model's cost is no number of bits.
    """
    require_code(vae, levels)
    with _one_thread():
        places = _places(vae, pixels, levels)
        first = SPARE_WORDS + words_of_z(vae.prior.latent_size, places)
        steps = _Steps(vae, levels, places, words_of_chance(first, seed), seed)
        for i, x in enumerate(pixels):
            steps.put_image(i, x)
            progress((i + 1) / len(pixels))
    return Stack(steps.words, first, places)


def decompress(vae: VAE, stack: Stack, count: int, event_shape: tuple[int, ...], levels: int, seed: int = 0) -> Pixels | None:
    """Return the images (count, *event) of `compress`, or None where the bits are not those of this model."""
    pixels = np.empty((count, *event_shape), np.uint8)
    with _one_thread():
        steps = _Steps(vae, levels, stack.places, stack.words, seed)
        for i in reversed(range(count)):
            pixels[i] = steps.take_image(i, event_shape)
    return pixels if np.array_equal(steps.words, words_of_chance(stack.first, seed)) else None


def words_of_z(d: int, places: int) -> int:
    """Return how many words a latent point takes at most, unless q is far outside p."""
    return math.ceil(d * (places + math.log2(2 * LARGEST_Z) + 1) / WORD)


def words_of_chance(count: int, seed: int) -> Words:
    """Return what lies on the stack before the first image, (count,); the last word, the top of the stack, is never 0."""
    words = np.random.Generator(np.random.Philox(seed)).integers(0, 2**32, count, dtype=np.uint32)
    words[-1] |= 1
    return words


def _places(vae: VAE, pixels: Pixels, levels: int) -> int:
    """Return how finely z must be written: half the narrowest posterior, within bounds.

    A step that is coarser than q would cost more than the KL, and one that is much finer takes more bits of chance for nothing.
    """
    from vae_core.latent.inference import encode

    sigma = encode(vae, torch.from_numpy(pixels).float() / (levels - 1)).sigma
    return int(np.clip(math.ceil(math.log2(2 / max(float(sigma.min()), NARROWEST))), COARSEST, FINEST))
