"""How the ten colours of the classes were chosen: `python -m tests.dashboard.figures.hues` searches for them again (half a minute).

Distances are those of OKLab (Ottosson 2020), in which equal steps look alike; a colour-vision deficiency is simulated in linear light at
full severity (Machado et al. 2009). Simulated annealing makes the smallest of the 45 distances as large as it can, each as the worst of
four kinds of sight, and keeps any three colours from crowding within 60 degrees of hue.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

TO_CONES = np.array(
    [[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566], [0.0883024619, 0.2817188376, 0.6299787005]]
)
TO_LAB = np.array(
    [[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099], [0.0259040371, 0.7827717662, -0.8086757660]]
)
SIGHT = {
    "normal": np.eye(3),
    "protan": np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]),
    "deutan": np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]),
    "tritan": np.array([[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]),
}
LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
GROUNDS = ("#ffffff", "#14171a")
CROWD = 60.0  # degrees of hue that three colours need
WEIGHTS = {"normal": 0.8, "protan": 1.75, "deutan": 1.75, "tritan": 1.5}  # what is alike to normal sight is alike to most


def light_of(colours: list[str]) -> Array:
    """Return linear light (n, 3) of colours as #rrggbb."""
    value = np.array([[int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)] for colour in colours])
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def colours_of(light: Array) -> list[str]:
    """Return #rrggbb of linear light (n, 3)."""
    value = np.where(light <= 0.0031308, 12.92 * light, 1.055 * np.clip(light, 0, None) ** (1 / 2.4) - 0.055)
    return [f"#{r:02x}{g:02x}{b:02x}" for r, g, b in np.round(255 * value).astype(int)]


def oklab(light: Array) -> Array:
    """Return lightness and the two axes of colour (n, 3) of linear light."""
    return np.cbrt(np.clip(light, 0, None) @ TO_CONES.T) @ TO_LAB.T


def distances(light: Array, sight: str) -> Array:
    """Return how far colours lie apart (n, n) for a kind of sight."""
    lab = oklab(np.clip(light @ SIGHT[sight].T, 0, 1))
    return np.linalg.norm(lab[:, None] - lab[None], axis=-1)


def contrasts(light: Array, ground: str) -> Array:
    """Return the contrast (n,) of colours with a ground, as WCAG 2 defines it."""
    one, other = light @ LUMINANCE, float(light_of([ground])[0] @ LUMINANCE)
    return (np.maximum(one, other) + 0.05) / (np.minimum(one, other) + 0.05)


def lightness_chroma_hue(light: Array) -> tuple[Array, Array, Array]:
    """Return lightness, chroma and hue in degrees, (n,) each."""
    lab = oklab(light)
    return lab[:, 0], np.hypot(lab[:, 1], lab[:, 2]), np.degrees(np.arctan2(lab[:, 2], lab[:, 1])) % 360


def is_allowed(light: Array) -> NDArray[np.bool_]:
    """Tell (n,) which colours are seen on both grounds and are neither grey (little chroma) nor olive nor brown (dark and warm)."""
    lightness, chroma, hue = lightness_chroma_hue(light)
    is_mud = (
        ((hue >= 40) & (hue < 60) & (lightness < 0.62)) | ((hue >= 60) & (hue < 95) & (lightness < 0.755)) | ((hue >= 95) & (hue < 135))
    )
    return (chroma > 0.12) & ~is_mud & (contrasts(light, GROUNDS[0]) >= 1.6) & (contrasts(light, GROUNDS[1]) >= 3.1)


def crowding(hue: Array) -> float:
    """Return the narrowest window of hue, in degrees, that holds three colours."""
    around = np.sort(np.concatenate([hue, hue + 360]))
    return float((around[2:] - around[:-2]).min())


def candidates() -> Array:
    """Return linear light (n, 3) of a grid of colours that may be chosen."""
    lightness, chroma, hue = np.meshgrid(
        np.linspace(0.5, 0.86, 19), [0.13, 0.145, 0.15, 0.17, 0.19, 0.22, 0.25], np.radians(np.arange(0, 360, 5))
    )
    lab = np.stack([lightness, chroma * np.cos(hue), chroma * np.sin(hue)], axis=-1).reshape(-1, 3)
    light = (lab @ np.linalg.inv(TO_LAB).T) ** 3 @ np.linalg.inv(TO_CONES).T
    light = np.clip(light[(light.min(1) > -1e-4) & (light.max(1) < 1 + 1e-4)], 0, 1)
    return light[is_allowed(light)]


def search(starts: int = 24, steps: int = 9000) -> list[str]:
    """Return ten colours, the best of so many searches; the order is that of their hues."""
    light = candidates()
    far = np.min([weight * distances(light, sight) for sight, weight in WEIGHTS.items()], axis=0)
    hue, pairs, generator = lightness_chroma_hue(light)[2], np.triu_indices(10, 1), np.random.default_rng(1)

    def score(chosen: list[int]) -> float:
        return float(far[np.ix_(chosen, chosen)][pairs].min() + 0.002 * min(0.0, crowding(hue[chosen]) - CROWD))

    best: tuple[float, list[int]] = (-1.0, [])
    for _ in range(starts):
        now = [int(n) for n in generator.choice(len(light), 10, replace=False)]
        value = score(now)
        for step in range(steps):
            other, place = now[:], int(generator.integers(10))
            rest = [colour for n, colour in enumerate(now) if n != place]
            order = np.argsort(-far[:, rest].min(1))[:60] if generator.random() < 0.5 else np.argsort(far[now[place]])[1:25]
            other[place] = int(generator.choice(order))
            change = score(other) - value
            if change > 0 or generator.random() < np.exp(change / (0.02 * (1 - step / steps) + 1e-5)):
                now, value = other, value + change
            best = max(best, (value, now[:]))
    return colours_of(light[sorted(best[1], key=lambda n: hue[n])])


if __name__ == "__main__":
    print(*search())
