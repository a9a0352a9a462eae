"""Files: found in order, checked before use, downloaded whole or not at all, or refused."""

import hashlib
import io
import os
import tarfile
import urllib.error

import pytest
import yaml

from brainside.base.errors import Refused
from brainside.base.files import part_of, write_whole
from brainside.data import downloads
from brainside.data.catalogue import MIRRORS_VARIABLE, catalogue, mirrors

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
    with open("config/datasets.yaml", "w") as file:
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


def test_a_mirror_may_be_in_the_users_home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv(MIRRORS_VARIABLE, "~/data")
    assert mirrors()[0] == tmp_path / "data"
