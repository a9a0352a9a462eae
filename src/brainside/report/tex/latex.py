"""Plain text and numbers as TeX, and tables of them."""

import re
from collections.abc import Iterable, Sequence

import numpy as np

MADE = "% Made by `brainside numbers`; never edited by hand."
ABSENT = r"\absent"
SPECIAL = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
           "″": "$''$", "ρ": r"$\rho$", "λ": r"$\lambda$", "σ": r"$\sigma$", "−": "$-$",
           "≤": r"$\le$", "≥": r"$\ge$", **{c: f"\\{c}" for c in "%&_#${}"}}  # fmt: skip
TYPOGRAPHY = (
    (r'"([^"]*)"', r"``\1''"),
    (r"(?<=\d) \\%", r"\\,\\%"),
    (r"(?<![\w.])([+-])(?=\d)", r"$\1$"),  # signs, which a hyphen is not
    (r"(?<=\d), (?=\$[+-]\$\d[\d.]*\])", r",~"),  # the ends of an interval stay together
)


def escaped(text: str) -> str:
    """Plain text as TeX, with the quotes, minus signs and spaces that print wants."""
    text = "".join(SPECIAL.get(c, c) for c in text)
    for pattern, better in TYPOGRAPHY:
        text = re.sub(pattern, better, text)
    return text


def plain(value: float) -> str:
    """A number of three significant digits without an exponent."""
    digits = np.format_float_positional(value, precision=3, fractional=False, trim="-")
    return digits.removesuffix(".0")


def count(value: float) -> str:
    """A number of things, without decimals and with commas between thousands."""
    return f"{value:,.0f}"


def percent(value: float) -> str:
    """A fraction as a percentage with two decimals."""
    return f"{100 * value:.2f}"


def row(cells: Iterable[str]) -> str:
    """A row of a table."""
    return " & ".join(cells) + r" \\"


def rows(lines: Sequence[str]) -> str:
    """Rows as a file that a table reads with \\rowsof."""
    return "\n".join([MADE, *lines, ""])


def tabular(columns: str, head: str, lines: Sequence[str], made_of: str) -> str:
    """A whole table: column types, the row of the head, the others, and the small print below."""
    return "\n".join([
        MADE, rf"\begin{{tabular}}{{{columns}}}", r"\toprule", head, r"\midrule", *lines,
        r"\bottomrule", r"\end{tabular}", rf"\smallprint{{{made_of}}}", "",
    ])  # fmt: skip
