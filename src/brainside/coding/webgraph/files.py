"""The four files of a graph in the BV format, which other programs of WebGraph open."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from brainside.base.errors import Refused
from brainside.base.files import write_whole
from brainside.coding.webgraph import offsets, reading, writing
from brainside.coding.webgraph.codes import Reader
from brainside.coding.webgraph.format import UNLIMITED, Format
from brainside.coding.webgraph.lists import Lists

CLASS = "it.unimi.dsi.webgraph.BVGraph"
PADDING = bytes(8)  # the reader looks ahead
MOST_LINKS = 1 << 24
NEEDED = ("graphclass", "version", "nodes", "arcs", "windowsize", "minintervallength", "zetak",
          "compressionflags")  # fmt: skip
FLAGS = {"outdegrees": "gamma", "references": "unary", "blocks": "gamma", "intervals": "gamma"}
INFINITE = (1 << 31) - 1  # a chain without a limit


def write(lists: Lists, form: Format, basename: Path) -> None:
    """Write a graph: `basename` with .graph, .offsets, .properties, and .ef.

    The nodes are as many as the lists, and no successor may be beyond them. Raises Refused when one
    is, or when there is no list.
    """
    nodes = len(lists.counts)
    if not nodes or lists.width > nodes:
        raise Refused(f"{basename}: {nodes} lists, and successors up to {lists.width - 1}")
    blob, starts = writing.encode(lists, form)
    contents = {
        ".graph": blob + PADDING,
        ".offsets": offsets.gaps(starts) + PADDING,
        ".ef": offsets.elias_fano(starts),
        ".properties": _properties(lists, form).encode(),
    }
    for ending, content in contents.items():
        write_whole(_path(basename, ending), content)


def read(basename: Path) -> Lists:
    """Read .properties, .graph and .offsets; Refused, naming the graph, where they do not fit."""
    try:
        form, nodes, links = _parsed(_path(basename, ".properties").read_text(encoding="utf-8"))
        graph = _path(basename, ".graph").read_bytes()
        starts = _path(basename, ".offsets").read_bytes()
        return _lists(graph, starts, nodes, links, form)
    except OSError as error:
        raise Refused(f"{basename}: {error.strerror}: {error.filename}") from None
    except (ValueError, KeyError, Refused) as error:
        reason = " ".join(str(error).split())[:200]
        raise Refused(f"{basename}: no graph in the BV format ({reason})") from None


def _lists(graph: bytes, starts: bytes, nodes: int, links: int, form: Format) -> Lists:
    if not (0 < nodes <= 8 * len(graph) and 0 <= links <= MOST_LINKS):
        raise ValueError(f"{nodes} nodes and {links} links in {len(graph)} bytes")
    reader, gaps = Reader(graph), Reader(starts)
    at, lists, found = gaps.number("gamma", 1), [], 0
    for successors in reading.decode(reader, nodes, nodes, form):
        lists.append(successors)
        found, at = found + len(successors), at + gaps.number("gamma", 1)
        if found > links or reader.at != at:
            raise ValueError(f"list {len(lists) - 1} ends elsewhere than its offset says")
    if found != links:
        raise ValueError(f"{found} links instead of {links}")
    return Lists(np.array([len(each) for each in lists], np.int64), np.concatenate(lists))


def _properties(lists: Lists, form: Format) -> str:
    chain = INFINITE if form.chain == UNLIMITED else form.chain
    flags = [f"{name}_{code}".upper() for name, code in asdict(form).items()
             if name in FLAGS and code != FLAGS[name]]  # fmt: skip
    if form.residuals != "zeta" or form.zeta_k != 3:  # ζ₃ is read where nothing is said, whatever k
        flags.append(f"RESIDUALS_{form.residuals}".upper())
    lines = {
        "graphclass": CLASS, "version": 0, "nodes": len(lists.counts), "arcs": len(lists.targets),
        "windowsize": form.window, "maxrefcount": chain, "minintervallength": form.interval,
        "zetak": form.zeta_k, "compressionflags": "|".join(flags),
    }  # fmt: skip
    return "".join(f"{name}={value}\n" for name, value in lines.items())


def _parsed(text: str) -> tuple[Format, int, int]:
    """Parameters, nodes and links from a file .properties."""
    rows = [line.partition("=") for line in text.splitlines() if line and line[0] != "#"]
    of = {name.strip(): value.strip() for name, _, value in rows}
    if missing := [name for name in NEEDED if name not in of]:
        raise ValueError(f"no {missing[0]} in .properties")
    if of["graphclass"] != CLASS or of["version"] != "0" or of.get("endianness", "big") != "big":
        raise ValueError("another format, version, or order of bytes")
    flags = [flag.lower().partition("_") for flag in of["compressionflags"].split("|") if flag]
    codes: dict[str, Any] = {
        name: code for name, _, code in flags if (name, code) != ("offsets", "gamma")
    }
    if unknown := set(codes) - {*FLAGS, "residuals"}:
        raise ValueError(f"unknown flag {min(unknown)}")
    k = int(of["zetak"]) if "zeta" in codes.values() else 3
    form = Format(
        window=int(of["windowsize"]), interval=int(of["minintervallength"]), zeta_k=k, **codes
    )
    return form, int(of["nodes"]), int(of["arcs"])


def _path(basename: Path, ending: str) -> Path:
    return basename.with_name(basename.name + ending)
