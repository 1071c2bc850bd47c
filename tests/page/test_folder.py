"""The page as a folder of files: what is in it, and that nothing else is ever written over or taken away."""

import re
import zlib

import numpy as np
import pytest

import chainrule as cr
from chainrule.export.errors import ExportError
from chainrule.page import folder as writing
from chainrule.page.folder import write_folder

X = np.arange(48.0).reshape(12, 4)
Y = [k % 2 for k in range(12)]


@pytest.fixture(scope="module")
def net():
    return cr.Network([4, 3, 2], seed=0)


def holds(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_folder_has_the_page_in_files_that_name_each_other(net, tmp_path):
    made = net.site(tmp_path / "public", examples=(X, Y), training=(X, Y))
    found = holds(tmp_path / "public")
    assert made.size == sum(map(len, found.values())) and made.path == str(tmp_path / "public")
    index = found.pop("index.html").decode()
    told = {name: content for name, content in found.items() if not name.endswith(".bin")}
    assert sorted(name.split(".")[0] for name in found) == ["learn", "network", "page", "style", "worker"]
    for name in found:  # each is named once, by index.html or by another file
        assert sum(content.decode().count(name) for content in (index.encode(), *told.values())) == 1
    assert not re.search(r"""(src|href)=["'](\w+:)?/""", index) and len(index) < 20_000
    assert [path.name for path in tmp_path.iterdir()] == ["public"]


def test_what_is_learned_from_is_rows_and_then_labels(net, tmp_path):
    more = X[:6] + 100
    net.site(tmp_path / "public", examples=(X, Y), training=(more, [1, 1, 0, 0, 1, 0]))
    (path,) = (tmp_path / "public").glob("learn.*")
    block = zlib.decompress(path.read_bytes())
    np.testing.assert_array_equal(np.frombuffer(block[: 6 * 4 * 4], "<f4").reshape(6, 4), more)
    np.testing.assert_array_equal(np.frombuffer(block[6 * 4 * 4 :], "<i2"), [1, 1, 0, 0, 1, 0])


def test_another_network_changes_only_what_is_its_own(net, tmp_path):
    net.site(tmp_path / "public", examples=(X, Y))
    before = holds(tmp_path / "public")
    other = cr.Network([4, 3, 2], seed=1)
    other.site(tmp_path / "public", examples=(X, Y))
    after = holds(tmp_path / "public")
    assert len(after) == len(before)
    assert {name.split(".")[0] for name in after.keys() - before.keys()} == {"network"}
    other.site(tmp_path / "public", examples=(X, Y))
    assert holds(tmp_path / "public") == after


@pytest.mark.parametrize("stranger", ["notes.txt", "learn.0123456789ab.bin", ".git", "index.html"])
def test_a_folder_that_holds_other_things_is_left_alone(net, tmp_path, stranger):
    if stranger == ".git":
        (tmp_path / stranger).mkdir()
    else:
        (tmp_path / stranger).write_text("mine", encoding="utf-8")
    with pytest.raises(ExportError) as refused:
        net.site(tmp_path, examples=(X, Y))
    said = f"{tmp_path} holds {stranger}, which chainrule has not written, or not as it is now; give a new folder."
    assert str(refused.value) == said
    assert [path.name for path in tmp_path.iterdir()] == [stranger]


def test_a_page_that_somebody_has_changed_is_left_alone(net, tmp_path):
    net.site(tmp_path / "public", examples=(X, Y))
    index = tmp_path / "public" / "index.html"
    index.write_bytes(index.read_bytes().replace(b"</body>", b"<p>mine</p></body>"))
    before = holds(tmp_path / "public")
    with pytest.raises(ExportError, match=r"holds index\.html"):
        cr.Network([4, 2], seed=1).site(tmp_path / "public", examples=(X, Y))
    assert holds(tmp_path / "public") == before


def test_places_that_are_no_folder(net, tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(ExportError, match=r"file is a file; give the name of a folder\.$"):
        net.site(tmp_path / "file", examples=(X, Y))
    with pytest.raises(ExportError, match=r"there is no folder .*missing; make it first\.$"):
        net.site(tmp_path / "missing" / "public", examples=(X, Y))


FILES = {f"one.{writing.digest(b'1')}.js": b"1", f"two.{writing.digest(b'2')}.js": b"2", "index.html": b"<html>"}


@pytest.mark.parametrize("there", ["nothing", "empty", "before"])
@pytest.mark.parametrize("fails", range(3))
def test_what_cannot_be_written_whole_is_not_written(tmp_path, monkeypatch, there, fails):
    place = tmp_path / "public"
    if there != "nothing":
        place.mkdir()
    if there == "before":
        write_folder(place, {f"old.{writing.digest(b'0')}.js": b"0", "index.html": b"<html lang=en>"})
    before, written = (holds(place) if place.exists() else None), []

    def write(path, content):
        if len(written) == fails:
            raise OSError(28, "No space left on device", str(path))
        written.append(path.name)
        path.write_bytes(content)

    monkeypatch.setattr(writing, "write_bytes", write)
    with pytest.raises(OSError, match="No space left"):
        write_folder(place, FILES)
    assert (holds(place) if place.exists() else None) == before
    assert [path.name for path in tmp_path.iterdir()] == ([] if there == "nothing" else ["public"])


def test_the_present_folder_may_be_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_folder(writing.Path("."), FILES)
    assert holds(tmp_path).keys() == FILES.keys()


def test_training_digits_need_digits(net, tmp_path):
    with pytest.raises(ExportError, match=r"learns from such; give training=\(x, y\) in the place of a number\.$"):
        net.site(tmp_path / "public", examples=(X, Y), training=5)
    with pytest.raises(ExportError, match="give some, with their labels"):
        net.site(tmp_path / "public")
    assert not [*tmp_path.iterdir()]
