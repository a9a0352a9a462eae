"""Files: found in order, checked before use, downloaded whole or not at all, or refused."""

import copy
import gzip
import hashlib
import io
import os
import pickle
import re
import struct
import tarfile
import urllib.error

import numpy as np
import pytest
import yaml

from brainside.base.errors import Refused
from brainside.base.files import part_of, write_whole
from brainside.data import downloads
from brainside.data.catalogue import MIRRORS_VARIABLE, catalogue, mirrors
from brainside.data.pickled import FOLDER, binary

RIGHT, OTHER = b"the published bytes", b"other published bytes"


def sha(payload):
    return hashlib.sha256(payload).hexdigest()


@pytest.fixture
def world(tmp_path, monkeypatch):
    """A folder with a small catalogue, no mirror and no network."""
    small = {
        "folder": "folder",
        "urls": ["https://a.invalid/", "https://b.invalid/"],
        "files": {"f.gz": sha(RIGHT)},
    }
    packed = {
        "folder": "bin",
        "archive": {
            "name": "all.tar.gz",
            "sha256": "0" * 64,
            "urls": ["https://a.invalid/all.tar.gz"],
        },
        "files": {"one.bin": sha(RIGHT), "two.bin": [sha(b"else"), sha(OTHER)]},
    }
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(MIRRORS_VARIABLE, raising=False)
    rest = {"title": "t", "source": "s", "licence": "l", "classes": 2, "digest": "0" * 64,
            "image": [1, 1, 1],
            "sizes": {"train": 1, "valid": 1, "test": 1}}  # fmt: skip
    save({"mirrors": [], "datasets": {"small": rest | small, "packed": rest | packed}})
    return tmp_path


def save(config):
    os.makedirs("config", exist_ok=True)
    with open("config/datasets.yaml", "w", encoding="utf-8") as file:
        yaml.safe_dump(config, file)
    os.utime("config/datasets.yaml", ns=(0, len(yaml.safe_dump(config)) * 1000))


def no_network(url, path):
    raise urllib.error.URLError("no route to host")


class Server:
    """Downloads that give these bytes, or raise, by address; `asked` has the addresses in order."""

    def __init__(self, answers):
        self.answers = answers
        self.asked = []

    def __call__(self, url, path):
        self.asked.append(url)
        path.parent.mkdir(parents=True, exist_ok=True)
        answer = self.answers[url]
        path.write_bytes(answer if isinstance(answer, bytes) else b"half of")
        if isinstance(answer, Exception):
            raise answer


def put(path, payload):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(payload)


def refusal(group="small", name="f.gz", fetch=no_network):
    with pytest.raises(Refused) as caught:
        downloads.read(group, name, fetch=fetch)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def everything_in(world):
    return [p for p in (world / "data").rglob("*") if p.is_file()]


@pytest.mark.parametrize("folder", ["data/small", "data/folder"])
def test_a_file_in_data_is_used(world, folder):
    put(world / folder / "f.gz", RIGHT)
    assert downloads.read("small", "f.gz", fetch=no_network) == RIGHT


def test_data_comes_before_mirrors_and_mirrors_come_in_their_order(world, monkeypatch):
    first, second, third = (world / name for name in ("m1", "m2", "m3"))
    monkeypatch.setenv(MIRRORS_VARIABLE, os.pathsep.join([str(first), "", str(second)]))
    save({**catalogue(), "mirrors": [str(third)]})
    for root in (third, second, first, world / "data"):
        put(root / "folder" / "f.gz", RIGHT)
        assert downloads.find("small", "f.gz").resolve() == root / "folder" / "f.gz"


def test_a_file_of_a_mirror_is_read_and_not_copied(world, monkeypatch):
    monkeypatch.setenv(MIRRORS_VARIABLE, str(world / "m"))
    put(world / "m/folder/f.gz", RIGHT)
    assert downloads.read("small", "f.gz", fetch=no_network) == RIGHT
    assert not (world / "data").exists()


@pytest.mark.parametrize("wrong", [RIGHT[:-1], b"", RIGHT[:-1] + b"!"])
def test_a_truncated_or_altered_file_is_refused_by_name_and_left_alone(world, wrong):
    put(world / "data/folder/f.gz", wrong)
    assert "small: data/folder/f.gz is truncated or altered" in refusal()
    assert (world / "data/folder/f.gz").read_bytes() == wrong


def test_a_folder_in_the_place_of_a_file_is_refused(world):
    (world / "data/folder/f.gz").mkdir(parents=True)
    assert "small: data/folder/f.gz cannot be read" in refusal()


def test_without_network_and_mirror_the_line_says_what_to_put_where(world):
    text = refusal()
    for part in ("f.gz is missing", "no route to host", "data/folder/", MIRRORS_VARIABLE):
        assert part in text
    assert not (world / "data").exists()


def test_a_file_without_an_address_is_asked_for(world):
    config = catalogue()
    config["datasets"]["small"]["urls"] = []
    save(config)
    assert "no address to download it from is known" in refusal()


def test_a_download_that_is_right_is_kept(world):
    server = Server({"https://a.invalid/f.gz": RIGHT})
    assert downloads.read("small", "f.gz", fetch=server) == RIGHT
    assert everything_in(world) == [world / "data/folder/f.gz"]


def test_a_download_that_is_wrong_or_breaks_off_leaves_nothing(world):
    broken = urllib.error.URLError("reset")
    server = Server({"https://a.invalid/f.gz": RIGHT[:5], "https://b.invalid/f.gz": broken})
    text = refusal(fetch=server)
    assert "https://a.invalid/f.gz gave another file" in text
    assert "reset" in text
    assert everything_in(world) == []


def test_the_second_address_is_tried_when_the_first_fails(world):
    answers = {"https://a.invalid/f.gz": TimeoutError("slow"), "https://b.invalid/f.gz": RIGHT}
    server = Server(answers)
    assert downloads.read("small", "f.gz", fetch=server) == RIGHT
    assert server.asked == list(answers)


def test_an_interrupted_write_leaves_the_old_file_and_no_other(world):
    path = world / "data/x"
    write_whole(path, b"old")
    with pytest.raises(KeyboardInterrupt), part_of(path) as part:
        part.write_bytes(b"ne")
        raise KeyboardInterrupt
    assert everything_in(world) == [path]
    assert path.read_bytes() == b"old"


def test_a_write_that_fails_names_the_file_and_leaves_no_other(world):
    put(world / "data", b"a file in the place of a folder")
    with pytest.raises(OSError) as caught:
        write_whole(world / "data/x", b"new")
    assert caught.value.filename == str(world / "data/x")
    (world / "full/x").mkdir(parents=True)  # a folder, which no file can replace
    with pytest.raises(OSError):
        write_whole(world / "full/x", b"new")
    assert list((world / "full").iterdir()) == [world / "full/x"]


def tar(**members):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, payload in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(payload)
            archive.addfile(info, io.BytesIO(payload))
    return buffer.getvalue()


def pin_archive(payload):
    config = catalogue()
    config["datasets"]["packed"]["archive"]["sha256"] = sha(payload)
    save(config)


MEMBERS = {"bin/one.bin": RIGHT, "bin/two.bin": OTHER, "../evil": b"x", "/tmp/evil": b"x"}


def test_an_archive_gives_the_listed_files_and_nothing_else(world):
    archive = tar(**MEMBERS)
    pin_archive(archive)
    server = Server({"https://a.invalid/all.tar.gz": archive})
    assert downloads.read("packed", "two.bin", fetch=server) == OTHER
    names = {str(path.relative_to(world)) for path in everything_in(world)}
    assert names == {"data/bin/one.bin", "data/bin/two.bin", "data/bin/all.tar.gz"}
    assert not (world.parent / "evil").exists()


def test_without_the_archive_the_line_names_the_file_that_was_wanted(world):
    text = refusal("packed", "two.bin")
    assert "packed: two.bin is missing (https://a.invalid/all.tar.gz: " in text
    assert "bin/two.bin in" in text


def test_an_altered_archive_is_refused_before_it_is_opened(world):
    pin_archive(tar(**MEMBERS))
    put(world / "data/packed/all.tar.gz", tar(**MEMBERS)[:-3])
    text = refusal("packed", "one.bin")
    assert "data/packed/all.tar.gz is truncated or altered" in text


@pytest.mark.parametrize("members", [{"bin/one.bin": RIGHT}, {**MEMBERS, "bin/two.bin": b"no"}])
def test_an_archive_without_the_published_members_is_refused(world, members):
    archive = tar(**members)
    pin_archive(archive)
    put(world / "data/packed/all.tar.gz", archive)
    assert "two.bin" in refusal("packed", "two.bin")
    assert not (world / "data/bin/two.bin").exists()


@pytest.mark.parametrize(("name", "payload"), [
    pytest.param("f.gz", gzip.compress(RIGHT, 1, mtime=0), id="compressed fast"),
    pytest.param("f.gz", gzip.compress(RIGHT, 9, mtime=0), id="compressed well"),
    pytest.param("f", RIGHT, id="not compressed"),
    pytest.param("f.gz", RIGHT, id="not compressed, called so"),
])  # fmt: skip
def test_a_file_of_the_right_content_is_accepted_however_it_is_compressed(world, name, payload):
    put(world / "data/other/raw" / name, payload)
    config = catalogue()
    config["datasets"]["small"]["also_in"] = ["other/raw"]
    save(config)
    assert downloads.read("small", "f.gz", fetch=no_network) == payload


def test_an_idx_file_may_be_called_as_it_is_without_gzip(world):
    config = catalogue()
    config["datasets"]["small"]["files"] = {"train-images-idx3-ubyte.gz": sha(RIGHT)}
    save(config)
    put(world / "data/folder/train-images.idx3-ubyte", RIGHT)
    assert downloads.read("small", "train-images-idx3-ubyte.gz", fetch=no_network) == RIGHT
    put(world / "data/folder/train-images.idx3-ubyte", OTHER)
    text = refusal("small", "train-images-idx3-ubyte.gz")
    assert "data/folder/train-images.idx3-ubyte is truncated or altered" in text


def text(value: bytes) -> bytes:
    """A text as Python 2 pickles it."""
    return b"T" + struct.pack("<i", len(value)) + value


def pickled_batch(images, labels) -> bytes:
    """A batch as CIFAR-10's Python version has it: pickled by Python 2, with NumPy of that time."""
    kind = b"cnumpy\ndtype\n(" + text(b"u1") + b"K\0K\1tR(K\3" + text(b"|") + b"NNNJ" \
        + struct.pack("<i", -1) + b"J" + struct.pack("<i", -1) + b"K\0tb"  # fmt: skip
    shape = b"(" + b"".join(b"M" + struct.pack("<H", side) for side in images.shape) + b"t"
    array = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K\0t" + text(b"b") \
        + b"tR(K\1" + shape + kind + b"I00\n" + text(images.tobytes()) + b"tb"  # fmt: skip
    listed = b"](" + b"".join(b"K" + bytes([label]) for label in labels) + b"e"
    return b"\x80\2}(" + text(b"data") + array + text(b"labels") + listed + b"u."


def binary_batch(images, labels) -> bytes:
    return np.concatenate([labels[:, None], images], axis=1).tobytes()


@pytest.fixture
def batch():
    generator = np.random.default_rng(0)
    images = generator.integers(0, 256, (3, 3072), dtype=np.uint8)
    return images, np.array([7, 0, 9], np.uint8)


def pin_pickled(batch):
    config = catalogue()
    files = {"one.bin": sha(binary_batch(*batch))}
    config["datasets"]["packed"] |= {"pickled": "python.tar.gz", "also_in": ["."], "files": files}
    save(config)


@pytest.mark.parametrize("folder", ["data", "data/packed", "data/bin"])
def test_the_python_archive_gives_the_batches_of_the_binary_one(world, batch, folder):
    pin_pickled(batch)
    put(world / folder / "python.tar.gz", tar(**{f"{FOLDER}/one": pickled_batch(*batch)}))
    assert downloads.read("packed", "one.bin", fetch=no_network) == binary_batch(*batch)
    assert (world / "data/bin/one.bin").read_bytes() == binary_batch(*batch)


def test_a_python_archive_of_other_images_is_refused(world, batch):
    pin_pickled(batch)
    other = tar(**{f"{FOLDER}/one": pickled_batch(255 - batch[0], batch[1])})
    put(world / "data/python.tar.gz", other)
    assert "one.bin in data/python.tar.gz is altered" in refusal("packed", "one.bin")
    put(world / "data/python.tar.gz", tar(**{f"{FOLDER}/two": pickled_batch(*batch)}))
    assert "data/python.tar.gz has no one.bin" in refusal("packed", "one.bin")
    put(world / "data/python.tar.gz", other[:-30])
    assert "data/python.tar.gz" in refusal("packed", "one.bin")


class Evil:
    def __reduce__(self):
        return os.mkdir, ("evil",)


@pytest.mark.parametrize("payload", [
    pickle.dumps(Evil()), pickle.dumps({b"data": Evil()}, protocol=2), b"", b"no pickle",
    pickle.dumps([]), pickle.dumps({b"data": np.zeros((2, 3), np.uint8), b"labels": [1, 2]}),
    pickle.dumps({b"data": np.zeros((1, 3072), np.uint8), b"labels": [300]}),
])  # fmt: skip
def test_a_pickle_runs_nothing_and_is_refused_unless_it_is_a_batch(world, payload):
    with pytest.raises(Refused, match="^x: one is not a batch of CIFAR-10's Python version$"):
        binary(payload, "x: one")
    assert not (world / "evil").exists()


def test_a_mirror_may_be_in_the_users_home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv(MIRRORS_VARIABLE, "~/data")
    assert mirrors()[0] == tmp_path / "data"


def test_a_mirror_in_nobodys_home_is_refused_by_the_name_of_what_says_so(world, monkeypatch):
    monkeypatch.setenv(MIRRORS_VARIABLE, "~nosuchuser/x")
    with pytest.raises(Refused, match=f"^{MIRRORS_VARIABLE}: there is no home folder for '~nosu"):
        mirrors()
    monkeypatch.setenv(MIRRORS_VARIABLE, "")
    save({**catalogue(), "mirrors": ["~nosuchuser/x"]})
    with pytest.raises(Refused, match="^config/datasets.yaml: mirrors: there is no home folder"):
        mirrors()


@pytest.mark.parametrize(("edit", "said"), [
    (lambda small: small.update(urls=["mnist"]), "urls[0] must match pattern ^https?://"),
    (lambda small: small.update(urls=["ftp://x.y/"]), "urls[0] must match pattern ^https?://"),
    (lambda small: small.update(folder="../../etc"), "folder must match pattern"),
    (lambda small: small.update(folder="/etc"), "folder must match pattern"),
    (lambda small: small.update(folder=""), "folder must match pattern"),
    (lambda small: small.update(also_in=[".."]), "also_in[0] cannot be validated"),
    (lambda small: small.update(files={"../x": "a" * 64}), "'../x' is not a name here"),
    (lambda small: small.update(files={}), "files must contain at least 1 properties"),
    (lambda small: small.update(title=""), "title must match pattern"),
    (lambda small: small.update(classes=10**9), "classes must be smaller than or equal to 100000"),
])  # fmt: skip
def test_what_leads_out_of_the_folders_or_to_no_address_is_refused_with_its_line(world, edit, said):
    changed = copy.deepcopy(catalogue())
    edit(changed["datasets"]["small"])
    save(changed)
    with pytest.raises(Refused, match=rf"^config/datasets.yaml:\d+: .*{re.escape(said)}"):
        catalogue()
