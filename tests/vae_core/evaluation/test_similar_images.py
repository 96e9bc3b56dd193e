"""The nearest other images, and how many are of the same class."""

import numpy as np

from vae_core.evaluation.similar_images import agreement, nearest


def test_the_nearest_are_those_of_all_distances_without_the_image_itself():
    features = np.random.default_rng(0).normal(size=(60, 3))
    queries = np.array([3, 41])
    distances = np.linalg.norm(features[queries][:, None] - features, axis=2)
    distances[[0, 1], queries] = np.inf
    assert np.array_equal(nearest(features, queries, 5), np.argsort(distances, 1)[:, :5])


def test_of_equal_images_none_is_its_own_neighbour():
    near = nearest(np.zeros((6, 2)), np.arange(6), 3)
    assert all(n not in row and len(set(row)) == 3 for n, row in enumerate(near.tolist()))


def test_agreement_is_the_share_of_the_same_class():
    labels, near = np.array([0, 0, 1, 0]), np.array([[1, 2, 3], [2, 3, 0]])
    assert agreement(near, labels, np.array([0, 1]), 2).tolist() == [0.5, 0.5]
    assert agreement(near, labels, np.array([0, 1]), 3).tolist() == [2 / 3, 2 / 3]
