"""Settings that make a good first map of a user's own images within a minute or two, and one sentence why for each choice."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from vae_core.config import RunConfig
from vae_core.data.dataset import Dataset, DatasetSource, SplitSizes, split_sizes
from vae_core.importing.preview import Preview
from vae_core.importing.source import Survey
from vae_core.messages import Message, say
from vae_core.registries import traits

# Numbers in an image up to which dense layers are suggested. On 2,000 clothes of 64 x 64, in 40 s of one core, they redrew with three
# quarters of the squared error of convolutions, and neighbours on the map told 66 of 100 classes beside 52 (2-D, Bernoulli, batches of 64).
MOST_DENSE = 3 * 64**2
# Shades of grey get the Bernoulli likelihood, as the shipped runs of MNIST have it: on the same clothes the continuous one, a density that
# grows without bound towards black and white, paid 432 nats of KL and left the prior by 20 standard deviations; Bernoulli paid 9.
# So many images pass through the network, of so many numbers each: about a minute on one core.
PASSES = {"mlp": 750_000 * 28**2, "conv-upsample": 30_000 * 3 * 64**2}
MOST_PASSES = 600_000  # of small images, which a map of two numbers has learned by then
FEWEST_STEPS = 600  # of the optimiser, before which no map has unfolded
FEWEST_EPOCHS, MOST_EPOCHS = 5, 200
CHANNELS = (8, 16, 32, 64)


@dataclass(frozen=True)
class Reason:
    """Why some settings have the values that were suggested."""

    settings: tuple[str, ...]
    why: Message


@dataclass(frozen=True)
class Suggestion:
    """Settings of a first run, without the name of the data, which has none before it is imported; and a reason for each choice."""

    config: RunConfig
    reasons: tuple[Reason, ...]


def suggest(seen: Preview, name: str = "") -> Suggestion:
    """Return settings for images that were looked at.

    Args:
        seen: what they are like.
        name: display name of the run.
    """
    chosen: dict[str, object] = {"name": name, "latent_size": 2}
    reasons = []
    for choose in (_network, _likelihood):
        settings, why = choose(seen)
        chosen |= settings
        reasons.append(Reason(tuple(settings), why))
    reasons.append(Reason(("latent_size",), say("With two numbers the map shows all of the latent space; more of them redraw better.")))
    config = RunConfig().with_settings(**chosen)
    for settings, why in _duration(seen, config):
        config = config.with_settings(**settings)
        reasons.append(Reason(tuple(settings), why))
    return Suggestion(config, tuple(reasons))


def sizes_of(survey: Survey, config: RunConfig) -> SplitSizes:
    """Return how many images there will be for training, validation and test."""
    return split_sizes(placeholder(survey), config.data)


def placeholder(survey: Survey) -> Dataset:
    """Return a dataset of the size and range of what will be imported, without its images."""
    source = DatasetSource(_never, survey.count, survey.shape, survey.divisor, survey.n_test)
    return replace(source.placeholder("images"), official_validation=survey.n_validation)


def _never() -> Dataset:
    raise NotImplementedError


def _network(seen: Preview) -> tuple[dict[str, object], Message]:
    values, widths = math.prod(seen.survey.shape), traits("network", "mlp")["widths"]
    if values <= MOST_DENSE:
        return {"network": "mlp", "hidden": widths}, say(
            "At this size layers that see all pixels learn more in a minute than convolutions, which take several times as long."
        )
    return {"network": "conv-upsample", "hidden": CHANNELS}, say(
        "At this size layers that see all pixels would need {weights:.0f} million weights; convolutions look at patches and need fewer.",
        weights=2 * widths[0] * values / 1e6,
    )


# On 3,786 emoji of 64 x 64 and on 146 animals a discretised logistic redrew with 1.03 and 1.11 times the squared error of Bernoulli in as
# many epochs (2-D, MLP). The map of the emoji reached twice as far with it: a tenth of the means lay beyond 12 beside 6.5.
def _likelihood(seen: Preview) -> tuple[dict[str, object], Message]:
    if seen.is_colour:
        return {"likelihood": "bernoulli", "pixels": "grey"}, say(
            "Each of red, green and blue is scored as the probability of full light, which keeps the map in order; its nats are no "
            "log-likelihood. For bits per dimension choose discretised-logistic."
        )
    if seen.is_binary and seen.low == 0 and seen.high == 1:
        return {"likelihood": "bernoulli", "pixels": "thresholded"}, say("Every pixel is black or white, which is what this is made for.")
    return {"likelihood": "bernoulli", "pixels": "grey"}, say(
        "Each shade of grey is scored as the probability of white, which keeps the map in order; its nats are no log-likelihood of greys."
    )


def _duration(seen: Preview, config: RunConfig) -> list[tuple[dict[str, object], Message]]:
    """Return batch size and epochs, and for large data how many images a first map learns from."""
    n_train = sizes_of(seen.survey, config).n_train
    batch = 32 if n_train < 500 else 64 if n_train < 5000 else 128
    passes = max(FEWEST_STEPS * batch, min(MOST_PASSES, PASSES[config.model.network] // math.prod(seen.survey.shape)))
    found: list[tuple[dict[str, object], Message]] = []
    if n_train * FEWEST_EPOCHS > passes:
        free = placeholder(seen.survey).n_free
        most = _round(passes / FEWEST_EPOCHS * free / n_train)
        why = say(
            "A first map of {most:,} of the {free:,} images, drawn at random, is soon there; 0 takes all of them.", most=most, free=free
        )
        found.append(({"most": most}, why))
        n_train = round(n_train * most / free)
    epochs = max(FEWEST_EPOCHS, min(MOST_EPOCHS, round(passes / n_train)))
    steps = epochs * math.ceil(n_train / batch)
    why = say("{epochs} passes through {n:,} images are {steps:,} steps, enough for a first map.", epochs=epochs, n=n_train, steps=steps)
    return [*found, ({"epochs": epochs, "batch_size": batch}, why)]


def _round(count: float) -> int:
    """Return the largest number that is not more and has two digits before its zeros, such as 14,000."""
    unit = 10 ** max(0, int(math.log10(count)) - 1)
    return max(1, int(count / unit)) * unit
