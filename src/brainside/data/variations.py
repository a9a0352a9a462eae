"""Five variations of MNIST, regenerated: BASIC, ROT, BG-RAND, BG-IMG and BG-IMG-ROT.

Larochelle, Erhan, Courville, Bergstra, Bengio (2007), "An empirical evaluation of deep
architectures on problems with many factors of variation". The original files are not
available: the recipes are from memory of the paper and the draws are ours, so orderings of methods
may be compared with the paper's, absolute errors may not. Choices of ours: of digit and background
the larger pixel is taken; the same 62,000 digits in the same order serve all five sets, and the
same angles serve both rotated sets, so that the sets differ in nothing but the variation.

Everything is integer or elementwise IEEE float64 arithmetic, the same on every machine.
"""

import io

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.random import PCG64
from PIL import Image

from brainside.base.errors import Refused
from brainside.data import randomness
from brainside.data.catalogue import VARIATIONS

SIDE = 28
LEAST_VARIANCE = 100  # squared grey levels; patches below have too little texture (our threshold)
BLOCK = 2_000  # images rotated at once, to bound memory


def draw_digits(n: int) -> np.ndarray:
    """Which of the 70,000 digits of MNIST the variations are made of: n different positions."""
    return randomness.permutation(randomness.source("variations", "digits"), 70_000)[:n]


def vary(name: str, digits: np.ndarray, photographs: list[np.ndarray]) -> np.ndarray:
    """The variation `name` of digits: (N, 28, 28) uint8 to (N, 28, 28) uint8.

    Only bg-img and bg-img-rot use the photographs, each (height, width) uint8. Raises Refused for
    another name than those of the five variations.
    """
    if name not in VARIATIONS:
        raise Refused(f"unknown variation {name!r}; known: {', '.join(VARIATIONS)}")
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


def rotate(
    images: np.ndarray, cosines: np.ndarray, sines: np.ndarray, *, block: int = BLOCK
) -> np.ndarray:
    """Rotate images (N, S, S) uint8 about their centres, each by its own angle.

    The angles are given by their cosines and sines, (N,) each; a positive one turns x towards y,
    which on a screen is clockwise. The inverse map is interpolated bilinearly, black outside,
    halves rounded up. `block` images are rotated at once.
    """
    parts = [slice(start, start + block) for start in range(0, len(images), block)]
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
    """Bilinear values of images (N, S, S) at points x, y (N, S, S), 0 outside, as uint8."""
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
    value: np.ndarray = np.floor(upper * (1 - lower_share) + lower * lower_share + 0.5)
    return value.astype(np.uint8)


def greyscale(payload: bytes) -> np.ndarray:
    """The grey levels of a PNG file, (height, width) uint8: (299 R + 587 G + 114 B + 500) // 1000.

    PNG only: JPEG decoders differ in the last bit.
    """
    pixels = np.asarray(Image.open(io.BytesIO(payload)), dtype=np.int64)
    if pixels.ndim == 3:
        red, green, blue = (pixels[..., channel] for channel in range(3))
        pixels = (299 * red + 587 * green + 114 * blue + 500) // 1000
    return pixels.astype(np.uint8)


def patches(bits: PCG64, photographs: list[np.ndarray], n: int) -> np.ndarray:
    """Random patches (n, 28, 28): from a random photograph, one of its patches with texture."""
    corners = [textured(photograph) for photograph in photographs]
    chosen = randomness.integers(bits, len(photographs), n)
    counts = np.array([len(ours) for ours in corners])
    which = randomness.integers(bits, counts[chosen], n)
    result = np.empty((n, SIDE, SIDE), np.uint8)
    for index, (photograph, ours) in enumerate(zip(photographs, corners, strict=True)):
        own = np.flatnonzero(chosen == index)
        rows, columns = ours[which[own]].T
        result[own] = sliding_window_view(photograph, (SIDE, SIDE))[rows, columns]
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
