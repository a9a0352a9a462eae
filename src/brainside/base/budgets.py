"""Budgets, fractions of the reference's weights: how they are read and how they are written."""

from fractions import Fraction

from brainside.base.errors import Refused


def parse_budget(text: str | float | int, where: object) -> float:
    """A budget as written in a config ("1/8", 0.1) as a fraction in (0, 1]; Refused outside."""
    try:
        value = float(Fraction(str(text)))
    except (ValueError, ZeroDivisionError, OverflowError):
        raise Refused(f"{where}: budget {text!r} is no number; write 1/8 or 0.125") from None
    if not 0 < value <= 1:
        raise Refused(f"{where}: budget {text} is not in (0, 1]; it is a fraction of the weights")
    return value


def tag(budget: float) -> str:
    """A budget in the names of files and seeds: six digits."""
    return f"{budget:.6g}"


def address(budget: float) -> str:
    """A budget in the addresses of numbers: four digits."""
    return f"{budget:.4g}"


def inverse(budget: float) -> str:
    """A budget as one over a number of four digits."""
    return f"1/{1 / budget:.4g}"


def ratio(budget: float) -> str:
    """A budget as one over a whole number where it is that, or as it is, to four digits."""
    if budget == 1:
        return "1"
    over = f"{1 / budget:.4g}"
    return f"1/{over}" if over.isdigit() else address(budget)


def share(budget: float) -> str:
    """A budget as 1/8, or as a percentage where it is not one over a whole number."""
    parts = 1 / budget
    if abs(parts - round(parts)) > 0.001 * parts:
        return f"{100 * budget:.3g} %"
    return "1" if budget == 1 else f"1/{round(parts)}"
