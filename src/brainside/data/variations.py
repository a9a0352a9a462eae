"""Five variations of MNIST, regenerated: BASIC, ROT, BG-RAND, BG-IMG and BG-IMG-ROT.

Larochelle, Erhan, Courville, Bergstra, Bengio (2007), "An empirical evaluation of deep
architectures on problems with many factors of variation". The original files are not to be had:
the recipes are from memory of the paper, the draws are ours, so orderings of methods may be
compared with the paper's, absolute errors not. Choices of ours: digit and background combine by
the larger pixel; one drawing of 62,000 digits, in one order, serves all five, and one drawing of
angles serves both rotated sets, so that the sets differ in nothing but the variation.

Everything is integer or elementwise IEEE float64 arithmetic, the same on every machine.
"""

import io

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.random import PCG64
from PIL import Image

from brainside.data import randomness

SIDE = 28
LEAST_VARIANCE = 100  # squared grey levels; patches below have too little texture (our threshold)
BLOCK = 2_000  # images rotated at once, to bound memory


def draw_digits(n: int) -> np.ndarray:
    """Positions (n,) of the digits of every variation among the 70,000 of MNIST, all different."""
    return randomness.permutation(randomness.source("variations", "digits"), 70_000)[:n]


def vary(name: str, digits: np.ndarray, photographs: list[np.ndarray]) -> np.ndarray:
    """One variation of digits (N, 28, 28) uint8 -> (N, 28, 28) uint8.

    The photographs (height, width) uint8 are used by bg-img and bg-img-rot only.
    """
    n = len(digits)
    if name.endswith("rot"):
        turns = randomness.directions(randomness.source("variations", "angles"), n)
        digits = rotate(digits, *turns)
    if name == "bg-rand":
        noise = randomness.grey(randomness.source("variations", "noise"), n, SIDE, SIDE)
        return np.maximum(digits, noise)
    if name.startswith("bg-img"):
        return np.maximum(digits, patches(randomness.source("variations", name), photographs, n))
    return digits


def rotate(images: np.ndarray, cosines: np.ndarray, sines: np.ndarray) -> np.ndarray:
    """Images (N, S, S) uint8 turned about their centres, each by its own angle (N,).

    The inverse map with bilinear interpolation, black outside, halves rounded up. A positive
    angle turns x towards y, which on a screen is clockwise.
    """
    blocks = range(0, len(images), BLOCK)
    parts = [slice(start, start + BLOCK) for start in blocks]
    return np.concatenate([_rotate(images[p], cosines[p], sines[p]) for p in parts])


def _rotate(images: np.ndarray, cosines: np.ndarray, sines: np.ndarray) -> np.ndarray:
    side = images.shape[1]
    centre = (side - 1) / 2
    offset = np.arange(side) - centre
    c, s = cosines[:, None, None], sines[:, None, None]
    x = c * offset[None, None, :] + s * offset[None, :, None] + centre  # (N, S, S)
    y = c * offset[None, :, None] - s * offset[None, None, :] + centre
    return _interpolate(images, x, y)


def _interpolate(images: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Values of images (N, S, S) at points x, y (N, S, S), bilinear, 0 outside, as uint8."""
    side = images.shape[1]
    # Everything from one pixel outside on lies in a black frame two pixels wide.
    x, y = (np.clip(coordinate, -1, side) for coordinate in (x, y))
    framed = np.pad(images, ((0, 0), (2, 2), (2, 2))).astype(np.float64)
    left, top = np.floor(x).astype(np.int64), np.floor(y).astype(np.int64)
    right_share, lower_share = x - left, y - top
    width = side + 4
    corner = (np.arange(len(images))[:, None, None] * width + top + 2) * width + left + 2
    flat = framed.ravel()
    upper = flat[corner] * (1 - right_share) + flat[corner + 1] * right_share
    lower = flat[corner + width] * (1 - right_share) + flat[corner + width + 1] * right_share
    value = upper * (1 - lower_share) + lower * lower_share
    return np.floor(value + 0.5).astype(np.uint8)


def greyscale(payload: bytes) -> np.ndarray:
    """A PNG file as (height, width) uint8: (299 R + 587 G + 114 B + 500) // 1000.

    PNG only: JPEG decoders differ in the last bit.
    """
    pixels = np.asarray(Image.open(io.BytesIO(payload)), dtype=np.int64)
    if pixels.ndim == 3:
        red, green, blue = (pixels[..., channel] for channel in range(3))
        pixels = (299 * red + 587 * green + 114 * blue + 500) // 1000
    return pixels.astype(np.uint8)


def patches(bits: PCG64, photographs: list[np.ndarray], n: int) -> np.ndarray:
    """Patches (n, 28, 28): a photograph at random, then one of its textured places at random."""
    places = [textured(photograph) for photograph in photographs]
    chosen = randomness.integers(bits, len(photographs), n)
    counts = np.array([len(place) for place in places])
    which = randomness.integers(bits, counts[chosen], n)
    result = np.empty((n, SIDE, SIDE), np.uint8)
    for index, (photograph, place) in enumerate(zip(photographs, places, strict=True)):
        mine = np.flatnonzero(chosen == index)
        rows, columns = place[which[mine]].T
        result[mine] = sliding_window_view(photograph, (SIDE, SIDE))[rows, columns]
    return result


def textured(photograph: np.ndarray) -> np.ndarray:
    """Upper left corners (K, 2) of all 28 x 28 patches whose variance is LEAST_VARIANCE or more."""
    pixels = photograph.astype(np.int64)
    count = SIDE * SIDE
    variance = count * _window_sums(pixels**2) - _window_sums(pixels) ** 2  # times count squared
    return np.argwhere(variance >= LEAST_VARIANCE * count**2)


def _window_sums(pixels: np.ndarray) -> np.ndarray:
    total = np.pad(pixels.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    lower, upper = total[SIDE:], total[:-SIDE]
    return lower[:, SIDE:] - lower[:, :-SIDE] - upper[:, SIDE:] + upper[:, :-SIDE]
