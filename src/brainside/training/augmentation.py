"""Random changes of training images that leave their class as it is, a batch at a time."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

MARGIN = 4  # pixels by which an image may move


def crop_flip(seed: int) -> Callable[[Tensor], Tensor]:
    """Images (N, C, H, W) moved by up to 4 pixels, zeros moving in, half of them mirrored."""
    generator = torch.Generator().manual_seed(seed)

    def change(images: Tensor) -> Tensor:
        """The images, each moved and mirrored by its own draws."""
        n, _, height, width = images.shape
        moves = torch.randint(0, 2 * MARGIN + 1, (2, n, 1), generator=generator)
        mirrored = torch.randint(0, 2, (n, 1), generator=generator).bool()
        rows = moves[0] + torch.arange(height)
        columns = moves[1] + torch.arange(width)
        columns = torch.where(mirrored, columns.flip(1), columns)
        # With the channels last a pixel is one piece of memory.
        padded = functional.pad(images, [MARGIN] * 4).permute(0, 2, 3, 1)
        device = images.device
        places = torch.arange(n)[:, None, None], rows[:, :, None], columns[:, None, :]
        return padded[tuple(place.to(device) for place in places)].permute(0, 3, 1, 2)

    return change


AUGMENTATIONS: dict[str, Callable[[int], Callable[[Tensor], Tensor]]] = {
    "none": lambda seed: lambda images: images,
    "crop-flip": crop_flip,
}
