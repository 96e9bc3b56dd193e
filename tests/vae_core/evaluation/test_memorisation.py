"""The nearest image, and whether a picture lies nearer to what was learned than to what was not."""

import numpy as np
import pytest

from vae_core.evaluation.memorisation import copied_share, nearer_than, nearest_image


def test_the_nearest_image_is_that_of_all_distances_however_the_images_are_parted():
    generator = np.random.default_rng(0)
    images, queries = generator.random((70, 9), np.float32), generator.random((20, 9), np.float32)
    queries[3] = images[41]
    distances = np.sqrt(((queries[:, None].astype(np.float64) - images) ** 2).sum(2))
    for cuts in ([], [1, 30], [69]):
        found = nearest_image(queries, np.split(images, cuts))
        assert found.place.tolist() == distances.argmin(1).tolist() and found.distance == pytest.approx(distances.min(1))
        np.testing.assert_array_equal(found.image, images[found.place])
    assert found.distance[3] == 0


def test_a_distance_below_all_is_nearer_than_all_and_an_equal_one_is_not_nearer():
    assert nearer_than(np.array([0.0, 1.0, 2.5, 9.0]), np.array([1.0, 2.0, 3.0, 4.0])).tolist() == [1.0, 0.75, 0.5, 0.0]


def test_copies_are_told_and_new_draws_are_nearer_as_often_as_chance_has_it():
    generator = np.random.default_rng(1)
    learned, unseen, new = (generator.normal(size=(n, 4)) for n in (900, 300, 400))

    def share(pictures):
        return copied_share(nearest_image(pictures, [learned]), nearest_image(pictures, [unseen]), 0.75)

    value, error = share(new)
    assert value == pytest.approx(900 / 1200, abs=4 * error) and 1 < error / np.sqrt(0.75 * 0.25 / 400) < 1.5
    assert share(learned)[0] == 1.0 and share(unseen)[0] == 0.0
    assert share(np.repeat(new[:1], 400, 0))[1] == pytest.approx(np.sqrt(0.75 * 0.25)), "one picture drawn again and again tells as one"
    assert copied_share(nearest_image(unseen, [unseen]), nearest_image(unseen, [unseen]), 0.5)[0] == 0.5
