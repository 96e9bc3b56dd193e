"""Neighbours that vote, and how far away they are."""

from __future__ import annotations

import numpy as np

from vae_core.evaluation import neighbours


def test_neighbours_vote() -> None:
    train, labels = np.array([[0.0], [0.1], [5.0], [5.1]]), np.array([0, 0, 1, 1])
    assert neighbours.knn_accuracy(train, labels, np.array([[0.2], [4.0]]), np.array([0, 1]), k=2) == 1.0
    assert neighbours.knn_accuracy(train, labels, np.array([[0.2], [4.0]]), np.array([1, 1]), k=2) == 0.5


def test_an_image_does_not_vote_for_itself() -> None:
    codes, labels = np.array([[0.0], [0.1], [0.2], [5.0]]), np.array([0, 1, 1, 1])
    own = np.arange(4)
    assert neighbours.knn_accuracy(codes, labels, codes, labels, k=1) == 1.0, "each is its own nearest"
    # Without itself 0.0 hears 1 and 1; 0.1 and 0.2 hear 0 and 1, and take the lower; 5.0 hears 1 and 1, and is right.
    assert neighbours.knn_accuracy(codes, labels, codes, labels, k=2, own=own) == 0.25
    assert neighbours.knn_accuracy(codes, labels, codes[1:3] + 0.01, labels[1:3], k=1, own=np.array([-1, 2])) == 1.0
    rng = np.random.default_rng(0)
    codes, labels = rng.normal(size=(300, 3)), rng.integers(0, 4, 300)
    by_hand = []
    for i in range(300):
        near = np.argsort(np.where(np.arange(300) == i, np.inf, ((codes - codes[i]) ** 2).sum(1)))[:20]
        by_hand.append(np.bincount(labels[near], minlength=4).argmax() == labels[i])
    assert neighbours.knn_accuracy(codes, labels, codes, labels, 20, np.arange(300)) == np.mean(by_hand)


def test_the_reach_leaves_each_image_out_of_its_own_neighbours() -> None:
    line = np.arange(100.0)[:, None]
    # Inside the line the 10th nearest other point is 5 away, at its ends up to 10.
    assert neighbours.neighbour_reach(line, share=0.5) == 5
    assert neighbours.neighbour_reach(line, share=1.0) == 10
    assert neighbours.neighbour_reach(line[:10]) is None
