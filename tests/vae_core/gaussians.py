"""The closed form that several tests compare with; it shares no code with the core."""

from __future__ import annotations

import numpy as np


def gaussian_kl(mean0: np.ndarray, cov0: np.ndarray, mean1: np.ndarray, cov1: np.ndarray) -> float:
    """Return KL(N(mean0, cov0) || N(mean1, cov1)) in nats: 1/2 [tr(S1^-1 S0) + m' S1^-1 m - k + ln det S1 / det S0]."""
    shift = np.asarray(mean1) - np.asarray(mean0)
    log_dets = np.linalg.slogdet(cov1)[1] - np.linalg.slogdet(cov0)[1]
    trace = np.trace(np.linalg.solve(cov1, cov0))
    return float(0.5 * (trace + shift @ np.linalg.solve(cov1, shift) - len(shift) + log_dets))
