"""One file a paper. A method is a function

    sweep(task, budgets, *, settings, seed, reference, resume, progress) -> Iterator[Compressed]

that yields a network a budget, in descending budgets. `settings(budget)` is the training recipe
with the method's parameters and its tuned values, as one mapping. `reference` is the stored
reference of the same seed (networks by budget where the config names a method that has a start
itself; numbers of weights by budget where it says `weights_of`), or None where the config does not
ask for one; `resume` is the network of the last budget that is already done, or None. A config
entry names the function as `file.function`; nothing else lists methods.
"""

import importlib
from collections.abc import Callable

from brainside.errors import Refused


def find(function: str) -> Callable:
    """The function a config entry names, as `file.function`; Refused when there is none."""
    module, name = function.split(".")
    try:
        return getattr(importlib.import_module(f"brainside.methods.{module}"), name)
    except (ModuleNotFoundError, AttributeError) as error:
        raise Refused(f"method function {function!r} not found: {error}") from None
