"""The BV format: what we write is what WebGraph's reader reads, and what its text says.

The reader is the package webgraph, Python bindings of the authors' own implementation.
"""

import math
import os
import random
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from helpers.coded import coded, pruned
from hypothesis import given, settings
from hypothesis import strategies as st

from brainside.base.errors import Refused
from brainside.coding import bounds, codec, order
from brainside.coding.matrices import layers_of
from brainside.coding.settings import Setting
from brainside.coding.webgraph import codes, files, lists, masks, offsets, reading, writing
from brainside.coding.webgraph.format import CODES, UNLIMITED, Format
from brainside.coding.webgraph.lists import Lists

FORMATS = [
    Format(),
    Format(window=0, interval=0, zeta_k=2),
    Format(window=32, chain=UNLIMITED, zeta_k=5),
    Format(window=7, chain=1, interval=2, zeta_k=1),
    Format(window=3, outdegrees="delta", references="gamma", blocks="delta", intervals="zeta",
           residuals="delta", zeta_k=4),
]  # fmt: skip
FORMS = st.builds(
    Format,
    window=st.integers(0, 9),
    chain=st.sampled_from([UNLIMITED, 1, 2, 3]),
    interval=st.sampled_from([0, 2, 3, 4]),
    zeta_k=st.integers(1, 7),
    **dict.fromkeys(["outdegrees", "references", "blocks", "intervals", "residuals"],
                    st.sampled_from(CODES)),
)  # fmt: skip


def made(successors: list[list[int]]) -> Lists:
    return Lists(np.array([len(each) for each in successors], np.int64),
                 np.array([one for each in successors for one in each], np.int64))  # fmt: skip


@st.composite
def graphs(draw) -> Lists:
    """Lists that share links with those before them: empty, full, and anything between."""
    nodes = draw(st.integers(1, 24))
    drawn = random.Random(draw(st.integers(0, 1 << 30)))
    density, copied = draw(st.sampled_from([0, 0.1, 0.5, 0.9, 1])), draw(st.sampled_from([0, 0.8]))
    mask = np.zeros((nodes, nodes), bool)
    for n in range(nodes):
        if n and drawn.random() < copied:
            mask[n] = mask[drawn.randrange(n)]
            mask[n, drawn.randrange(nodes)] ^= True
        else:
            mask[n] = [drawn.random() < density for _ in range(nodes)]
    return lists.of_mask(mask)


def whole_graph(name: str) -> np.ndarray:
    """A pruned network as one graph: inputs, then the units of each layer, and links forward."""
    layers = [layer.mask() for layer in layers_of(pruned(name))]
    sizes = [layers[0].shape[1], *(len(mask) for mask in layers)]
    starts = np.cumsum([0, *sizes])
    graph = np.zeros((starts[-1], starts[-1]), bool)
    for mask, start, after, end in zip(layers, starts, starts[1:], starts[2:], strict=False):
        graph[start:after, after:end] = mask.T
    return graph


def square(mask: np.ndarray) -> np.ndarray:
    """A layer as the reader wants it: as many lists as the largest number needs."""
    side = max(mask.shape)
    return np.pad(mask, [(0, side - mask.shape[0]), (0, side - mask.shape[1])])


def of_units(seed: int, rows: int, columns: int) -> np.ndarray:
    """A mask with units and inputs of unequal degrees, some of them without any weight."""
    generator = np.random.default_rng(seed)
    chance = np.outer(generator.beta(0.5, 3, rows), generator.beta(0.7, 1, columns)) * 1.5
    return generator.random((rows, columns)) < chance


def patches(rows: int, side: int) -> np.ndarray:
    """A mask whose units keep a square of an image each, but for a few of its pixels."""
    generator = np.random.default_rng(0)
    mask = np.zeros((rows, side, side), bool)
    for unit, (y, x) in enumerate(generator.integers(0, side - 5, (rows, 2)) // 3 * 3):
        mask[unit, y : y + 5, x : x + 5] = generator.random((5, 5)) < 0.9
    return mask.reshape(rows, -1)


NETWORKS = {
    "mlp": whole_graph("mlp"),
    "tanh": whole_graph("tanh"),
    "wide": square(of_units(0, 60, 200)),
    "tall": square(of_units(1, 200, 60)),
    "transposed": square(of_units(2, 60, 200).T),
    "patches": square(patches(90, 20)),
    "sparse": np.random.default_rng(3).random((3000, 3000)) < 0.0005,
}


def read_by_the_reader(basename: Path) -> Lists:
    webgraph = pytest.importorskip("webgraph")
    graph = webgraph.BvGraph(str(basename))
    read = made([list(graph.successors(node)) for node in range(graph.num_nodes())])
    assert graph.num_arcs() == len(read.targets)
    assert graph.outdegrees().tolist() == read.counts.tolist()
    return read


def same(first: Lists, second: Lists) -> bool:
    return np.array_equal(first.counts, second.counts) and np.array_equal(
        first.targets, second.targets
    )


@pytest.mark.parametrize("form", FORMATS, ids=range(len(FORMATS)))
@pytest.mark.parametrize("name", NETWORKS)
def test_the_reader_reads_every_link_of_a_network_and_so_do_we(name, form, tmp_path):
    graph = lists.of_mask(NETWORKS[name])
    assert len(graph.targets)
    files.write(graph, form, tmp_path / name)
    assert same(files.read(tmp_path / name), graph)
    assert same(read_by_the_reader(tmp_path / name), graph)


@given(graphs(), FORMS)
@settings(max_examples=150, deadline=None)
def test_the_reader_reads_any_graph_in_any_format(tmp_path_factory, graph, form):
    basename = tmp_path_factory.mktemp("graph") / "g"
    files.write(graph, form, basename)
    assert same(files.read(basename), graph)
    assert same(read_by_the_reader(basename), graph)


@pytest.mark.parametrize("links", [[[]], [[0]], [[]] * 5, [list(range(70))] * 70])
def test_one_node_no_link_and_all_links_are_read_back(links, tmp_path):
    for form in FORMATS:
        files.write(made(links), form, tmp_path / "g")
        assert same(read_by_the_reader(tmp_path / "g"), made(links))
        assert same(files.read(tmp_path / "g"), made(links))


def bits_of(blob: bytes, starts: np.ndarray) -> list[str]:
    text = "".join(format(byte, "08b") for byte in blob)
    assert set(text[starts[-1] :]) <= {"0"} and len(text) - starts[-1] < 8
    return [text[start:end] for start, end in zip(starts, starts[1:], strict=False)]


def test_lists_coded_by_hand_from_the_text_of_the_format():
    graph = [[1, 2, 3, 4, 7], [1, 2, 3, 4, 7, 9], [], [1, 2, 4, 7, 9], [0, 5], [4, 7, 9]]
    by_hand = [
        # Outdegree 5, no reference, 1 interval from 0 + 1 of 3 + 1, residual 0 + 7.
        "00110 1 010 011 010 0001111",
        # Outdegree 6, one back, no block: all of it; no interval, residual 1 + 8.
        "00111 01 1 1 000010001",
        "1",
        # Two back; two blocks: copy 2, skip 1, and copy the rest.
        "00110 001 011 011 1",
        # No reference, no interval, residuals 4 − 4, and 4 after the next one.
        "011 1 1 0001000 00101",
        # Two back; two blocks: copy 0, skip 2, and copy the rest.
        "00100 001 011 1 010",
    ]
    form = Format(window=2, interval=3, zeta_k=1)
    assert bits_of(*writing.encode(made(graph), form)) == [x.replace(" ", "") for x in by_hand]


def test_intervals_and_zeta_coded_by_hand_from_the_text_of_the_format():
    graph = [[1, 2, 3, *range(5, 12), 20]]
    # Outdegree 11; 2 intervals, from 0 + 1 of 3 + 0, and from 3 + 2 + 0 of 3 + 4; 40 in ζ₃.
    by_hand = "0001100 011 011 1 1 00101 01101001"
    form = Format(window=0, interval=3)
    assert bits_of(*writing.encode(made(graph), form)) == [by_hand.replace(" ", "")]


@given(st.lists(st.integers(0, 1 << 24), min_size=1), st.integers(1, 7))
def test_numbers_come_back_from_every_code(numbers, k):
    for code in CODES[1:]:
        words, lengths = codes.codewords(np.array(numbers), code, k)
        reader = codes.Reader(writing.bits.pack(words, lengths))
        assert [reader.number(code, k) for _ in numbers] == numbers
        assert reader.at == lengths.sum()


def test_delta_codewords_by_hand():
    for number, word in {0: "1", 1: "0100", 2: "0101", 7: "00100000", 8: "00100001"}.items():
        words, lengths = codes.codewords(np.array([number]), "delta", 0)
        assert format(words[0], f"0{lengths[0]}b") == word


@given(graphs(), FORMS)
@settings(deadline=None)
def test_the_costs_that_choose_are_the_bits_that_are_written(graph, form):
    costs, chosen = writing.bits_by_reference(graph, form), writing.references(graph, form)
    sizes = np.diff(writing.encode(graph, form)[1])
    assert (costs[np.arange(len(costs)), chosen] == sizes).all()
    if form.chain == UNLIMITED:
        assert (sizes == costs.min(1)).all()
    assert (sizes <= costs[:, 0]).all()


def test_chains_of_references_end_within_their_limit():
    same_lists = made([list(range(0, 60, 3))] * 20)
    for chain, expected in ((1, 1), (3, 3), (UNLIMITED, 19)):
        chosen = writing.references(same_lists, Format(window=1, chain=chain))
        depths: list[int] = []
        for n, back in enumerate(chosen.tolist()):
            depths.append(depths[n - back] + 1 if back else 0)
        assert max(depths) == expected


def test_a_parameter_of_zeta_is_named_in_the_flags_for_the_reader_ignores_it_otherwise(tmp_path):
    graph, basename = lists.of_mask(NETWORKS["wide"]), tmp_path / "g"
    files.write(graph, Format(zeta_k=2), basename)
    properties = basename.with_name("g.properties")
    text = properties.read_text(encoding="utf-8")
    assert "zetak=2" in text and "compressionflags=RESIDUALS_ZETA\n" in text
    properties.write_text(text.replace("RESIDUALS_ZETA", ""), encoding="utf-8")
    webgraph = pytest.importorskip("webgraph")
    first = list(webgraph.BvGraph(str(basename)).successors(0))
    assert first != graph.targets[: graph.counts[0]].tolist()  # and no word of it
    with pytest.raises(Refused, match="ends elsewhere|beyond|cut"):
        files.read(basename)  # takes the flags as the reader does


def test_the_reader_demands_the_digests_that_the_index_has(tmp_path):
    webgraph = pytest.importorskip("webgraph")
    basename, index = tmp_path / "g", tmp_path / "g.ef"
    files.write(made([[0]]), Format(), basename)
    blob = index.read_bytes()
    for digest in (offsets.TYPE_HASH, offsets.ALIGN_HASH):
        assert bytes.fromhex(digest) in blob
        index.write_bytes(blob.replace(bytes.fromhex(digest), bytes(32)))
        with pytest.raises(ValueError) as refusal:
            webgraph.BvGraph(str(basename))
        assert re.findall(r"expected: 0x(\w+)", str(refusal.value)) == [digest]


def test_the_index_has_every_offset_of_a_long_graph(tmp_path):
    generator = np.random.default_rng(0)
    counts = np.where(generator.random(9000) < 0.5, 0, generator.geometric(0.1, 9000))
    graph = made([sorted(generator.choice(9000, n, replace=False).tolist()) for n in counts])
    files.write(graph, Format(), tmp_path / "g")
    assert same(read_by_the_reader(tmp_path / "g"), graph)


def test_an_index_that_would_need_a_spill_is_refused():
    starts = np.append(np.arange(40_000), 10**7)
    with pytest.raises(Refused, match="index"):
        offsets.elias_fano(starts)


def test_graphs_that_do_not_fit_are_refused(tmp_path):
    for graph in (made([[0, 5]]), made([])):
        with pytest.raises(Refused, match="lists, and successors"):
            files.write(graph, Format(), tmp_path / "g")
    with pytest.raises(Refused, match="No such file"):
        files.read(tmp_path / "none")


CNR = Path(os.environ.get("BRAINSIDE_CNR2000", ""), "cnr-2000.graph")


@pytest.mark.skipif(not CNR.is_file(), reason="BRAINSIDE_CNR2000 names no folder with cnr-2000")
def test_the_bits_are_those_of_the_official_compressor_on_a_public_graph():
    """The first lists of cnr-2000 (Laboratory for Web Algorithmics), bit for bit."""
    count, nodes = 20_000, 325_557
    gaps = codes.Reader(CNR.with_suffix(".offsets").read_bytes())
    starts = np.cumsum([gaps.number("gamma", 1) for _ in range(count + 1)])
    official = CNR.read_bytes()[: starts[-1] // 8 + 1]
    successors = list(reading.decode(codes.Reader(official), count, nodes, Format()))
    graph = Lists(np.array([len(each) for each in successors]), np.concatenate(successors))
    blob, ours = writing.encode(graph, Format())
    assert np.array_equal(ours, starts)
    assert blob[: starts[-1] // 8] == official[: starts[-1] // 8]


# Files that are not ours.


def outcome(basename: Path) -> Lists | None:
    """A graph, or nothing where it is refused in one line."""
    try:
        return files.read(basename)
    except Refused as refusal:
        assert "\n" not in str(refusal) and str(basename) in str(refusal)
        return None


@pytest.mark.parametrize("ending", [".graph", ".offsets", ".properties"])
def test_a_file_that_was_cut_is_refused(ending, tmp_path):
    graph, basename = lists.of_mask(NETWORKS["wide"]), tmp_path / "g"
    files.write(graph, Format(), basename)
    path = tmp_path / f"g{ending}"
    blob = path.read_bytes()
    for length in range(0, len(blob) - 40, 1 + len(blob) // 50):
        path.write_bytes(blob[:length])
        assert outcome(basename) is None


def test_properties_that_were_cut_are_refused_with_the_first_that_is_missing(tmp_path):
    basename = tmp_path / "g"
    files.write(lists.of_mask(NETWORKS["wide"]), Format(), basename)
    path = tmp_path / "g.properties"
    whole = path.read_text(encoding="utf-8").splitlines()
    for count, line in enumerate(whole):
        path.write_text("\n".join(whole[:count]), encoding="utf-8")
        name = line.partition("=")[0]
        if name != "maxrefcount":  # a reader has no use for it
            with pytest.raises(Refused, match=rf"\(no {name} in .properties\)$"):
                files.read(basename)


def test_mutated_files_are_graphs_or_refused(tmp_path):
    graph, basename, draw = lists.of_mask(NETWORKS["mlp"]), tmp_path / "g", random.Random(0)
    refused = 0
    for form in FORMATS:
        files.write(graph, form, basename)
        for _ in range(100):
            path = tmp_path / f"g{draw.choice(['.graph', '.offsets', '.properties'])}"
            blob = path.read_bytes()
            at, put = draw.randrange(len(blob)), draw.choice([b"\0", b"\xff" * 9, b"9" * 20, b""])
            path.write_bytes(blob[:at] + put + blob[at + draw.randrange(3) :])
            read = outcome(basename)
            refused += read is None
            assert read is None or read.width <= len(read.counts)
            path.write_bytes(blob)
    assert refused > 300


# As a code of positions.


@pytest.mark.parametrize("direction", masks.DIRECTIONS)
@pytest.mark.parametrize("form", FORMATS[:4], ids=range(4))
def test_masks_of_any_shape_come_back(form, direction):
    generator = np.random.default_rng(0)
    for shape in ((1, 1), (1, 40), (40, 1), (7, 90), (90, 7)):
        for density in (0, 0.02, 0.3, 1):
            mask = generator.random(shape) < density
            assert np.array_equal(masks.decode(masks.encode(mask, form, direction), shape), mask)


def test_the_part_of_a_mask_is_the_file_of_the_graph_but_for_padding_and_parameters(tmp_path):
    mask = of_units(0, 60, 60)
    for form in FORMATS[:4]:
        files.write(lists.of_mask(mask), form, tmp_path / "g")
        graph = (tmp_path / "g.graph").read_bytes()
        part = masks.encode(mask, form, "inputs")
        assert graph == part[masks.PARAMETERS.size :] + files.PADDING
        assert masks.encode(mask.T, form, "outputs")[3:] == part[3:]


def test_a_coded_network_says_how_its_lists_are_to_be_read():
    sizes = set()
    for setting in (Setting(positions="webgraph"),
                    Setting(positions="webgraph", direction="outputs", window=0),
                    Setting(positions="webgraph", interval=0, zeta_k=1)):  # fmt: skip
        blob = coded(pruned(), setting)
        decoded = layers_of(codec.decode(blob))
        for before, after in zip(layers_of(pruned()), decoded, strict=True):
            assert np.array_equal(before.dense(), after.dense())
        sizes.add(codec.sizes(blob)["position_bytes"])
    assert len(sizes) == 3


@pytest.mark.parametrize(
    "fields", [{"window": 256}, {"window": -1}, {"chain": 0}, {"interval": 1}, {"zeta_k": 0},
               {"zeta_k": 8}, {"direction": "both"}],
)  # fmt: skip
def test_parameters_that_do_not_fit_are_refused(fields):
    with pytest.raises(Refused, match=next(iter(fields))):
        Setting(positions="webgraph", **fields)


def test_similar_units_in_a_row_are_copied():
    """References pay where lists repeat, and the more so where the like of each is near."""
    mask = np.repeat(of_units(5, 12, 300), 8, axis=0)
    mask ^= np.random.default_rng(0).random(mask.shape) < 0.002
    mask = mask[np.random.default_rng(1).permutation(len(mask))]
    near, none = Format(), replace(Format(), window=0)
    sizes = {}
    for name, by in {"stored": np.arange(len(mask)), "similarity": order.by_similarity(mask),
                     "bisection": order.by_bisection(mask)}.items():  # fmt: skip
        sizes[name] = len(masks.encode(mask[by], near, "inputs"))
    assert sizes["similarity"] < 0.6 * sizes["stored"] and sizes["bisection"] < sizes["stored"]
    assert sizes["stored"] < len(masks.encode(mask, none, "inputs"))


@pytest.mark.parametrize("name", NETWORKS)
def test_entropies_of_the_streams_are_below_the_bits_written(name):
    for form in FORMATS[:4]:
        bits = 8 * len(masks.encode(NETWORKS[name], form, "inputs"))
        assert 0 < bounds.of_streams(NETWORKS[name], form, "inputs") < bits


def test_entropies_of_the_streams_counted_by_hand():
    mask = np.zeros((4, 4), bool)
    mask[0, 0] = mask[1, 3] = True  # outdegrees 1, 1, 0, 0; first residuals 0 and 2 · (3 − 1)
    assert bounds.of_streams(mask, Format(window=0, interval=0), "inputs") == pytest.approx(4 + 2)
    mask[0, 2] = True  # outdegrees 2, 1, 0, 0; one other residual
    expected = 2 + 2 * 1 + 2  # 4 outdegrees of 1.5 bits
    assert math.isclose(bounds.of_streams(mask, Format(window=0, interval=0), "inputs"),
                        expected + 2)  # fmt: skip


# The order by bisection.


def test_bisection_parts_units_that_share_no_inputs():
    groups = np.random.default_rng(0).permutation(np.repeat(np.arange(4), 16))
    mask = np.random.default_rng(1).random((64, 80)) < 0.7
    mask &= groups[:, None] == np.arange(80) // 20
    by = order.by_bisection(mask)
    assert sorted(by.tolist()) == list(range(64))
    assert (np.diff(groups[by]) != 0).sum() == 3


@given(st.integers(1, 40), st.integers(1, 9), st.integers(0, 99))
def test_bisection_is_an_order_of_all_units(rows, columns, seed):
    mask = np.random.default_rng(seed).random((rows, columns)) < 0.3
    assert sorted(order.by_bisection(mask).tolist()) == list(range(rows))
