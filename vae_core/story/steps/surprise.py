"""How often each weather comes: odds to be guessed, and what the best guess is still surprised by."""

from __future__ import annotations

from vae_core.story.step import Arrays, Facts, Runs

RUNS: Runs = {}
WEATHER = {"sun": 0.6, "cloud": 0.25, "rain": 0.1, "snow": 0.05}  # made up, and said to be so


def build() -> tuple[Facts, Arrays]:
    """Return the weather's odds and their entropy in bits."""
    from scipy.stats import entropy

    odds = list(WEATHER.values())
    return {"names": list(WEATHER), "odds": odds, "entropy": float(entropy(odds, base=2)), "made": "odds made up; entropy in bits"}, {}
