"""Augmentation: images are moved and mirrored, nothing else, and the same again."""

import torch

from brainside.training.augmentation import crop_flip


def test_images_are_moved_and_mirrored_without_losing_any_and_the_same_again():
    images = torch.arange(2 * 3 * 8 * 8, dtype=torch.float32).view(2, 3, 8, 8) + 1
    many = images.repeat(200, 1, 1, 1)
    moved = crop_flip(3)(many)
    assert torch.equal(moved, crop_flip(3)(many)) and moved.shape == many.shape
    values = set(images.flatten().tolist()) | {0.0}
    assert set(moved.flatten().tolist()) <= values
    still = (moved == many).flatten(1).all(1).float().mean()
    mirrored = (moved == many.flip(3)).flatten(1).all(1).float().mean()
    assert 0 < still < 0.05 and 0 < mirrored < 0.05
    centre = moved[:, :, 3:5, 3:5].amax((2, 3))
    assert bool((centre > 0).all())  # a move of four pixels at most
