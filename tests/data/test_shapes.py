"""RECT and CONVEX: outlines are outlines, convex is convex, classes are even."""

import numpy as np
import pytest

from brainside.data import randomness, shapes


@pytest.fixture(scope="module")
def rectangles():
    return shapes.rectangles(randomness.source("test"), 2_000)


@pytest.fixture(scope="module")
def convex():
    return shapes.convex(randomness.source("test"), 601)


def sides(image):
    rows, columns = np.flatnonzero(image.any(1)), np.flatnonzero(image.any(0))
    return rows[0], rows[-1] + 1, columns[0], columns[-1] + 1


def test_a_rectangle_is_the_outline_of_its_bounding_box(rectangles):
    for image in rectangles[0]:
        top, bottom, left, right = sides(image)
        expected = np.zeros((28, 28), np.uint8)
        expected[top:bottom, left:right] = 255
        expected[top + 1 : bottom - 1, left + 1 : right - 1] = 0
        assert np.array_equal(image, expected)


def test_a_rectangle_is_of_class_1_where_it_is_wider_by_three_or_more(rectangles):
    for image, label in zip(*rectangles, strict=True):
        top, bottom, left, right = sides(image)
        difference = (right - left) - (bottom - top)
        assert abs(difference) >= 3
        assert label == (difference > 0)
        assert min(right - left, bottom - top) >= 3


def test_rectangles_are_anywhere_and_evenly_wide_and_tall(rectangles):
    images, labels = rectangles
    assert 0.45 < labels.mean() < 0.55
    assert (images > 0).any(0).all()


def in_hull(points, candidate):
    """Whether a lattice point is in the hull of others: no direction separates it. By angles."""
    offsets = points - candidate
    if (offsets == 0).all(1).any():
        return True
    angles = np.sort(np.arctan2(offsets[:, 1], offsets[:, 0]))
    gaps = np.diff(np.append(angles, angles[0] + 2 * np.pi))
    return gaps.max() <= np.pi + 1e-9


def is_convex_slowly(region):
    points = np.argwhere(region)
    outside = np.argwhere(~region)
    return not any(in_hull(points, candidate) for candidate in outside)


def test_the_convexity_test_agrees_with_the_definition():
    generator = np.random.default_rng(0)
    regions = np.zeros((60, 28, 28), bool)
    for region in regions:
        rows, columns = generator.integers(0, 22, 2)
        region[rows : rows + 6, columns : columns + 6] = generator.random((6, 6)) < 0.97
    regions[:5] = False
    regions[0, 3, 4] = regions[0, 5, 5] = True  # no pixel between them, yet no row in between
    regions[1, 3, 4] = regions[1, 5, 6] = True  # (4, 5) is between them
    regions[2, 3, 4:9] = True
    regions[3, 3, [4, 6]] = True
    regions[4, range(2, 9), range(2, 9)] = True
    found = shapes.is_convex(regions)
    assert found.tolist() == [is_convex_slowly(region) for region in regions]
    assert found[:5].tolist() == [True, False, True, False, True]
    assert 0 < found.sum() < 60


def test_convex_images_are_convex_and_the_others_are_not(convex):
    images, labels = convex
    assert np.array_equal(shapes.is_convex(images > 0), labels == shapes.CONVEX)
    for image, label in list(zip(images, labels, strict=True))[:40]:
        assert is_convex_slowly(image > 0) == (label == 1)


def test_convex_images_are_black_and_white_half_of_each_class_and_in_no_order(convex):
    images, labels = convex
    assert set(np.unique(images)) == {0, 255}
    assert abs(labels.sum() - 300.5) < 1
    assert 200 < (labels[1:] != labels[:-1]).sum() < 400
    assert ((images > 0).sum((1, 2)) >= shapes.PART_LEAST_AREA).all()


def test_the_area_says_nothing_about_the_class(convex):
    images, labels = convex
    steps = (images > 0).sum((1, 2)) // 28
    counts = [np.bincount(steps[labels == label], minlength=29) for label in (0, 1)]
    assert np.abs(counts[0] - counts[1]).sum() <= 1  # an odd number leaves one without a partner


def test_the_same_source_gives_the_same_shapes(convex, rectangles):
    for make, known in ((shapes.convex, convex), (shapes.rectangles, rectangles)):
        again = make(randomness.source("test"), len(known[1]))
        assert all(map(np.array_equal, again, known))


def test_the_number_of_half_planes_is_geometric():
    numbers = shapes.half_plane_counts(randomness.source("test"), 0.5)
    assert numbers.min() == 1
    assert abs(numbers.mean() - 2) < 0.1
    assert abs((numbers == 1).mean() - 0.5) < 0.05
