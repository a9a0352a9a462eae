"""The variations of MNIST: rotation, backgrounds, draws that are the same everywhere."""

import hashlib
import io
import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from brainside.data import randomness, variations

DIGITS = np.random.default_rng(0).integers(0, 256, (12, 28, 28), dtype=np.uint8)
PHOTOGRAPHS = [
    np.random.default_rng(1).integers(0, 256, (60, 40), dtype=np.uint8),
    np.repeat(np.array([[90, 110]], np.uint8), 50, axis=0).repeat(30, axis=1),  # one edge only
]


def turned(images, degrees):
    angles = np.full(len(images), math.radians(degrees))
    return variations.rotate(images, *randomness.rounded_directions(angles))


def test_a_rotation_by_zero_is_the_identity():
    assert np.array_equal(turned(DIGITS, 0), DIGITS)


def test_quarter_turns_are_exact_and_clockwise():
    for quarters in (1, 2, 3):
        expected = np.rot90(DIGITS, -quarters, axes=(1, 2))
        assert np.array_equal(turned(DIGITS, 90 * quarters), expected)


@settings(max_examples=25)
@given(st.floats(0, 360))
def test_a_rotation_keeps_a_disc_and_blackens_what_came_from_outside(degrees):
    y, x = np.mgrid[:28, :28] - 13.5
    disc = (x**2 + y**2 < 100).astype(np.uint8) * 200
    result = turned(disc[None], degrees)[0].astype(int)
    assert (result[x**2 + y**2 < 64] == 200).all()
    assert (result[x**2 + y**2 > 144] == 0).all()


def test_rotated_and_turned_back_a_smooth_image_is_nearly_itself():
    y, x = np.mgrid[:28, :28] - 13.5
    smooth = (255 * np.exp(-((x - 3) ** 2 + y**2) / 40)).astype(np.uint8)[None]
    back = turned(turned(smooth, 37), -37).astype(int)
    assert np.abs(back - smooth).max() <= 12


def test_every_image_is_turned_by_its_own_angle_in_blocks_too():
    turns = randomness.directions(randomness.source("test"), len(DIGITS))
    by_fives = variations.rotate(DIGITS, *turns, block=5)
    assert np.array_equal(by_fives, variations.rotate(DIGITS, *turns))
    for n, image in enumerate(by_fives):
        cosine, sine = (turn[n : n + 1] for turn in turns)
        assert np.array_equal(variations.rotate(DIGITS[n : n + 1], cosine, sine)[0], image)


def test_backgrounds_only_lighten_and_leave_white_white():
    for name in ("bg-rand", "bg-img"):
        result = variations.vary(name, DIGITS, PHOTOGRAPHS)
        assert (result >= DIGITS).all()
        assert (result != DIGITS).any()
    white = np.full((3, 28, 28), 255, np.uint8)
    assert np.array_equal(variations.vary("bg-img", white, PHOTOGRAPHS), white)


def test_noise_is_uniform_over_all_levels():
    black = np.zeros((400, 28, 28), np.uint8)
    counts = np.bincount(variations.vary("bg-rand", black, []).ravel(), minlength=256)
    expected = counts.sum() / 256
    assert ((counts - expected) ** 2 / expected).sum() < 360  # chi-squared, 255 degrees of freedom


def test_the_rotated_set_on_photographs_has_the_angles_of_the_rotated_set():
    both = variations.vary("bg-img-rot", DIGITS, PHOTOGRAPHS)
    assert (both >= variations.vary("rot", DIGITS, [])).all()


def test_basic_is_the_digits():
    assert np.array_equal(variations.vary("basic", DIGITS, []), DIGITS)


def test_patches_come_from_the_photographs_and_have_texture():
    patches = variations.patches(randomness.source("test"), PHOTOGRAPHS, 50)
    corners = [variations.textured(photograph) for photograph in PHOTOGRAPHS]
    allowed = {
        photograph[r : r + 28, c : c + 28].tobytes()
        for photograph, ours in zip(PHOTOGRAPHS, corners, strict=True)
        for r, c in ours
    }
    assert {patch.tobytes() for patch in patches} <= allowed
    assert (patches.reshape(50, -1).var(1) >= variations.LEAST_VARIANCE - 1e-9).all()


def test_textured_places_are_those_of_the_plain_definition():
    photograph = np.random.default_rng(2).integers(100, 134, (40, 35), dtype=np.uint8)
    photograph[:, 15:] //= 2
    corners = {tuple(corner) for corner in variations.textured(photograph)}
    for r in range(13):
        for c in range(8):
            patch = photograph[r : r + 28, c : c + 28]
            assert ((r, c) in corners) == (patch.var() >= variations.LEAST_VARIANCE)


def test_greyscale_is_the_integer_formula_and_leaves_grey_alone():
    colours = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [7, 7, 7]]], np.uint8)
    for array, expected in ((colours, [76, 150, 29, 7]), (colours[..., 0], [255, 0, 0, 7])):
        file = io.BytesIO()
        Image.fromarray(array).save(file, "PNG")
        assert variations.greyscale(file.getvalue()).tolist() == [expected]


def test_drawn_digits_are_all_different_and_from_all_of_mnist():
    drawn = variations.draw_digits(62_000)
    assert len(np.unique(drawn)) == 62_000
    assert drawn.min() < 100
    assert drawn.max() > 69_900
    assert np.array_equal(drawn[:10], variations.draw_digits(10))


def test_the_draws_are_those_of_every_machine():
    bits = randomness.source("test")
    draws = [randomness.uniform(bits, 2, 3), randomness.integers(bits, 10, 5)]
    draws += [randomness.permutation(bits, 6), randomness.grey(bits, 3, 3)]
    text = "".join(str(draw.tolist()) for draw in draws)
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == "4cc708521891e25a"


@settings(max_examples=25)
@given(st.integers(1, 1000), st.text(max_size=5))
def test_draws_stay_in_their_ranges(high, name):
    bits = randomness.source(name)
    assert set(randomness.integers(bits, high, 50)) <= set(range(high))
    assert sorted(randomness.permutation(bits, 9)) == list(range(9))
    numbers = randomness.uniform(bits, 50)
    assert ((numbers >= 0) & (numbers < 1)).all()
