"""The story's information theory as it ships: odds, questions, two directions of the KL and mutual information, against numpy and scipy."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterator

import numpy as np
import pytest
from scipy.stats import entropy, multivariate_normal

from tests.js.node import Engine, running
from tests.places import ROOT
from vae_core.story.steps import directions, guess

MODULES = tuple(f"story/{name}.js" for name in ("odds", "questions", "hills", "pairs"))
FACTS = json.loads((ROOT / "checkpoints" / "_story" / "facts.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """An engine that has the arithmetic of the steps."""
    with running(*MODULES) as node:
        yield node


# --------------------------------------------------------------------------- odds


def test_both_ways_to_the_extra_bits_are_those_of_scipy(engine: Engine) -> None:
    """The formula and the area share no code; a difference in one odd alone is seen in both."""
    rng = np.random.default_rng(0)
    pairs = [rng.dirichlet(np.full(4, 0.4), 2) for _ in range(30)]
    pairs += [np.array([[0.6, 0.25, 0.1, 0.05], [0.6, 0.3, 0.1 - 1e-9, 1e-9]]), np.array([[1.0, 0, 0, 0], [0.25] * 4])]
    call = """(all) => {
        const { crossEntropy, divergence, divergenceByArea, entropy } = js.odds;
        return all.map(([p, q]) => [divergence(p, q), divergenceByArea(p, q), crossEntropy(p, q), entropy(p)]);
    }"""
    for (p, q), found in zip(pairs, engine.call(call, [pair.tolist() for pair in pairs]), strict=True):
        truth = entropy(p, q, base=2)
        assert found == pytest.approx([truth, truth, truth + entropy(p, base=2), entropy(p, base=2)], abs=1e-8)
    assert FACTS["surprise"]["entropy"] == pytest.approx(engine.call("(p) => js.odds.entropy(p)", FACTS["surprise"]["odds"]))


def test_never_is_infinite_both_ways_and_what_never_comes_costs_nothing(engine: Engine) -> None:
    call = "([p, q]) => ['divergence', 'divergenceByArea', 'crossEntropy'].map((name) => String(js.odds[name](p, q)))"
    assert engine.call(call, [[0.9, 0.1], [1, 0]]) == ["Infinity"] * 3
    assert [float(one) for one in engine.call(call, [[1, 0], [0.5, 0.5]])] == pytest.approx([1, 1, 1])


def test_a_chance_that_is_set_leaves_the_others_their_proportions(engine: Engine) -> None:
    call = "([odds, at, chance]) => js.odds.withChance(odds, at, chance)"
    assert engine.call(call, [[0.5, 0.3, 0.2], 0, 0.75]) == pytest.approx([0.75, 0.15, 0.1])
    assert engine.call(call, [[1, 0, 0], 0, 0.4]) == pytest.approx([0.4, 0.3, 0.3])
    assert engine.call(call, [[0.5, 0.5], 1, 0]) == [1, 0]


# --------------------------------------------------------------------------- questions


def test_no_plan_asks_less_than_the_entropy_and_the_best_is_huffman_s(engine: Engine) -> None:
    rng = np.random.default_rng(1)
    call = """(counts) => {
        const { huffman, bestPlan, huffmanOfBlocks } = js.questions;
        const all = (1 << counts.length) - 1;
        return [huffman(counts), bestPlan(counts).least[all], huffmanOfBlocks(counts, 3)];
    }"""
    for counts in [list(guess.BAG.values()), [1, 1], [8, 4, 2, 1, 1], *rng.integers(1, 40, (6, 5)).tolist()]:
        best, tried, joined = engine.call(call, counts)
        bits = entropy(np.array(counts) / sum(counts), base=2)
        assert best == pytest.approx(guess.best_length(counts)) and tried / sum(counts) == pytest.approx(best)
        assert bits - 1e-12 <= best < bits + 1 and bits - 1e-12 <= joined < bits + 1 / 3
        assert joined == pytest.approx(guess.best_length([math.prod(block) for block in itertools.product(counts, repeat=3)]) / 3)


def test_a_plan_costs_what_its_questions_do_and_its_answers_are_worth_the_entropy(engine: Engine) -> None:
    counts = list(guess.BAG.values())
    call = """([counts, plan]) => {
        const { asked, bestPlan, worthOfAll } = js.questions;
        const [best, all] = [bestPlan(counts), (1 << counts.length) - 1];
        return [asked(counts, new Map(plan), best, all), worthOfAll(counts, new Map(plan), best, all)];
    }"""
    all_kinds = (1 << len(counts)) - 1
    plan, left = [], all_kinds
    for kind in range(len(counts) - 1):  # one kind after another
        plan.append([left, 1 << kind])
        left ^= 1 << kind
    lengths = [*range(1, len(counts)), len(counts) - 1]
    total, bits = engine.call(call, [counts, plan])
    assert total == np.dot(counts, lengths) and bits == pytest.approx(FACTS["guess"]["entropy"])
    total, bits = engine.call(call, [counts, []])
    assert total / sum(counts) == pytest.approx(FACTS["guess"]["best"]) and bits == pytest.approx(FACTS["guess"]["entropy"])
    first = engine.call("(counts) => js.questions.bestPlan(counts).ask[(1 << counts.length) - 1]", counts)
    assert not first & 1 or not (first ^ all_kinds) & 1  # the most frequent kind is never asked about alone
    assert first not in (1, all_kinds ^ 1)


# --------------------------------------------------------------------------- two directions


def test_both_prices_of_a_bell_are_those_of_scipy(engine: Engine) -> None:
    bells = [[-0.8, 1.0], [0.0, 2.06], [2.0, 0.5], [-3.5, 3.0], [4.0, 0.4]]
    call = "([bells, h]) => bells.map(([m, s]) => [js.hills.missing(m, s), js.hills.missingExactly(m, s, h), js.hills.inventing(m, s)])"
    for (mean, sigma), found in zip(bells, engine.call(call, [bells, FACTS["directions"]["entropy"]]), strict=True):
        truth = directions.kl_of_hills(mean, sigma)
        assert found == pytest.approx([truth, truth, directions.kl_of_bell(mean, sigma)], abs=1e-6)


def test_the_cheapest_bells_are_the_exact_ones(engine: Engine) -> None:
    facts = FACTS["directions"]
    call = "([goal, from]) => js.hills.cheapest(goal, from)"
    assert facts["cover"]["mean"] == 0 and facts["cover"]["sigma"] == pytest.approx(math.sqrt(4.25))
    assert facts["choose"]["price"] == pytest.approx(0.69305, abs=1e-5)
    assert (facts["choose"]["mean"], facts["choose"]["sigma"]) == pytest.approx((2, 0.5), abs=1e-3)
    for goal, start, sign in (("cover", [0.5, 1.5], 1), ("choose", [1.5, 0.8], 1), ("choose", [-1, 0.8], -1)):
        found = engine.call(call, [goal, start])
        assert found["mean"] == pytest.approx(sign * facts[goal]["mean"], abs=1e-3)
        assert found["sigma"] == pytest.approx(facts[goal]["sigma"], abs=1e-3)
        assert found["price"] == pytest.approx(facts[goal]["price"], abs=1e-7)


def test_what_is_paid_is_nowhere_negative_and_adds_up_to_the_price(engine: Engine) -> None:
    x = np.linspace(-14, 14, 5601)
    for goal, price in (("cover", directions.kl_of_hills), ("choose", directions.kl_of_bell)):
        call = "([goal, all]) => all.map((x) => js.hills.paidAt(goal, x, -0.8, 1))"
        paid = np.array(engine.call(call, [goal, x.tolist()]))
        assert paid.min() >= -1e-15 and np.trapezoid(paid, x) == pytest.approx(price(-0.8, 1.0), abs=1e-6)


# --------------------------------------------------------------------------- mutual information


def test_mutual_information_of_normal_pairs_by_formula_area_and_dots(engine: Engine) -> None:
    rng = np.random.default_rng(0)
    loose = rng.standard_normal((500, 2)).tolist()
    call = """([loose, rho]) => {
        const { normalInformation, informationByArea, informationOfDots, tied } = js.pairs;
        const dots = tied(loose, rho);
        return [normalInformation(rho), informationByArea(rho), informationOfDots(dots), dots];
    }"""
    for rho in (0.0, 0.8, -0.8, 0.99):
        exact, area, guessed, dots = engine.call(call, [loose, rho])
        truth = -multivariate_normal([0, 0], [[1, rho], [rho, 1]]).entropy() + math.log(2 * math.pi * math.e)
        assert exact == pytest.approx(truth, abs=1e-9) and area == pytest.approx(truth, abs=1e-6)
        assert guessed == pytest.approx(kraskov(np.array(dots)), abs=1e-9)
        assert guessed == pytest.approx(truth, abs=0.12)
    assert engine.call("() => js.pairs.normalInformation(0.8)") == pytest.approx(0.5108, abs=5e-5)


def kraskov(dots: np.ndarray) -> float:
    """Return the first estimate of Kraskov, Stoegbauer & Grassberger (2004) with four neighbours."""
    from scipy.special import digamma

    apart = np.abs(dots[:, None] - dots[None])
    reach = np.sort(apart.max(-1), 1)[:, 4]
    beside = (apart < reach[:, None, None]).sum(1)  # (n, 2), itself among them
    return float(digamma(4) + digamma(len(dots)) - digamma(beside).sum(1).mean())
