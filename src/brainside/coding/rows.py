"""Rows of codings: checkpoints coded, decoded, and evaluated again."""

import csv
import io
import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from brainside import records
from brainside.codings import Coding
from brainside.coding import bounds, codecs, container, nnr, preparation
from brainside.coding.compressed import Compressed
from brainside.coding.layers import Layer, layers_of
from brainside.coding.settings import Nnr, Setting
