"""What a linear probe gets wrong: least squares from where images lie to their classes, each image told by the fit to all others."""

from __future__ import annotations

import numpy as np

from vae_core.arrays import Float64s, Floats, Ints

AT_ONCE = 2**22  # predictions in memory together
LEAST = 1e-9  # of what the fit to the others says by itself of an image that nothing else is like


def leave_one_out_residuals(mu: Floats, labels: Ints) -> Float64s:
    """Return how far each image's class, as 0 and 1 for each class, lies from what the linear fit to all other images says, (N,).

    0 where it is told exactly; about 1 where the probe knows nothing; above it says another class. Leaving one out needs no second fit:
    its residual is that of the fit to all over 1 less its leverage (Hastie et al., The Elements of Statistical Learning, 7.64).

    Args:
        mu: places (N, d), N > d + 1.
        labels: (N,), 0 or above.
    """
    x = np.column_stack([np.ones(len(mu)), np.asarray(mu, np.float64)])
    inverse = np.linalg.pinv(x.T @ x, hermitian=True)  # a dimension that never moves tells nothing
    sums = np.zeros((int(labels.max()) + 1, x.shape[1]))
    np.add.at(sums, labels, x)
    weights = inverse @ sums.T
    found = np.empty(len(x))
    for rows in np.array_split(np.arange(len(x)), max(1, len(x) * len(sums) // AT_ONCE)):
        said = x[rows] @ weights
        said[np.arange(len(rows)), labels[rows]] -= 1
        leverage = np.einsum("ij,jk,ik->i", x[rows], inverse, x[rows])
        found[rows] = np.sqrt((said**2).sum(1)) / np.maximum(1 - leverage, LEAST)
    return found
