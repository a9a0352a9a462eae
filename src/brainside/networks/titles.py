"""What tables call the architectures that their sizes alone do not tell; without PyTorch."""

TITLES = {"lenet1": "shared weights, 1989", "lenet5": "LeNet-5"}
