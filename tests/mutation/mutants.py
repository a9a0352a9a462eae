"""Mutants of a module: its source with one small change, as Cosmic Ray makes them."""

import hashlib
from dataclasses import dataclass

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.operators.operator import Operator
from cosmic_ray.operators.provider import OperatorProvider
from parso.tree import NodeOrLeaf

# One replacement of each operation: others of the same place are noticed by the same tests.
BINARY = ("Add_Sub", "Sub_Add", "Mul_Div", "Div_Mul", "FloorDiv_Mul", "Mod_Mul", "Pow_Mul",
          "BitAnd_BitOr")  # fmt: skip
COMPARISONS = ("Eq_NotEq", "NotEq_Eq", "Lt_LtE", "LtE_Lt", "Gt_GtE", "GtE_Gt", "Is_IsNot",
               "IsNot_Is")  # fmt: skip
UNARY = ("Delete_Not", "Delete_USub", "Delete_Invert")
OTHERS = ("AddNot", "ReplaceTrueWithFalse", "ReplaceFalseWithTrue", "ReplaceAndWithOr",
          "ReplaceOrWithAnd", "ReplaceBreakWithContinue", "ReplaceContinueWithBreak",
          "NumberReplacer", "RemoveDecorator",
          "ZeroIterationForLoop")  # fmt: skip
OPERATORS = (
    *(f"ReplaceBinaryOperator_{name}" for name in BINARY),
    *(f"ReplaceComparisonOperator_{name}" for name in COMPARISONS),
    *(f"ReplaceUnaryOperator_{name}" for name in UNARY),
    *OTHERS,
)


@dataclass(frozen=True)
class Mutant:
    """One change of a module: the operator, and which of the places where it applies."""

    module: str
    operator: str
    occurrence: int

    @property
    def name(self) -> str:
        """What its outcome is kept under."""
        return f"{self.operator} {self.occurrence}"


def mutants(module: str, source: str) -> list[Mutant]:
    """All mutants of a module in an order that is mixed, and the same everywhere."""
    tree = get_ast(source)
    found = [
        Mutant(module, name, occurrence)
        for name in OPERATORS
        for occurrence in range(_places(tree, operator(name)))
    ]
    return sorted(found, key=_mixed)


def mutated(mutant: Mutant, source: str) -> str:
    """The module's source with the change."""
    changed: str = mutate_code(source, operator(mutant.operator), mutant.occurrence)
    return changed


def text(mutant: Mutant, source: str) -> str:
    """How a mutant is listed: its operator, and the first line that it changes, without indent."""
    pairs = zip(source.splitlines(), mutated(mutant, source).splitlines(), strict=False)
    line = next((new.strip() for old, new in pairs if old != new), "-")
    return f"{mutant.operator}: {line}"


def operator(name: str) -> Operator:
    """An operator of Cosmic Ray by its name."""
    made: Operator = OperatorProvider()[name]()
    return made


def _places(tree: NodeOrLeaf, applied: Operator) -> int:
    """In how many places an operator can be applied."""
    return sum(sum(1 for _ in applied.mutation_positions(node)) for node in ast_nodes(tree))


def _mixed(mutant: Mutant) -> str:
    return hashlib.sha256(f"{mutant.module} {mutant.name}".encode()).hexdigest()
