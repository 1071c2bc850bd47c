"""Parts of a page that are kept between runs: the same page with and without them, made anew whenever something is amiss."""

import hashlib
import json
import os

import numpy as np
import pytest

import chainrule as cr
from chainrule.page import exercises as practice
from chainrule.page import file, gallery, stored
from chainrule.run.loops import cache

X, Y = np.random.default_rng(0).uniform(0, 1, (8, 4)).astype(np.float32), np.arange(8) % 2


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder of compiled loops."""
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path / "kept"))
    return tmp_path / "kept"


def page(**options):
    """The page of a small network, whose weights follow from the seed."""
    net = cr.Network([4, 3, 2], **{"seed": 0, **options})
    return net.look(X, Y).html


def derived(monkeypatch):
    """Which parts of a page are made from now on, and not read."""
    made = []
    for module, name in ((file, "templates"), (file, "gallery"), (practice, "_made")):
        make = getattr(module, name)
        monkeypatch.setattr(module, name, lambda *given, name=name, make=make: made.append(name) or make(*given))
    return made


def entries(folder):
    return sorted(folder.iterdir())


def test_a_page_is_the_same_bytes_first_and_later_and_where_nothing_can_be_kept(folder, tmp_path, monkeypatch):
    made = derived(monkeypatch)
    first = page()
    assert sorted(made) == ["_made", "gallery", "templates"]
    assert page() == first
    assert len(made) == 3
    in_the_way = tmp_path / "a file"
    in_the_way.touch()
    monkeypatch.setenv(cache.VARIABLE, str(in_the_way))
    assert page() == first
    assert sorted(made) == sorted(2 * ["_made", "gallery", "templates"])


def test_other_weights_need_nothing_new_and_other_layers_only_their_exercises(folder, monkeypatch):
    first, made = page(), derived(monkeypatch)
    assert page(seed=1) != first
    assert made == []
    page(cost="cross-entropy")
    assert made == ["_made"]


def test_of_the_examples_to_learn_from_only_mnists_are_kept(folder, tmp_path, monkeypatch):
    compressed = []
    compress = file.zlib.compress
    monkeypatch.setattr(file.zlib, "compress", lambda *given: compressed.append(len(given[0])) or compress(*given))
    digits = cr.Network([784, 3, 10], seed=0)
    own = cr.Network([4, 3, 2], seed=0)
    for number, times in ((1, 1), (2, 1)):
        digits.site(tmp_path / f"digits{number}", training=20)
        assert len(compressed) == times
    for number in (1, 2):
        own.site(tmp_path / f"own{number}", examples=(X, Y), training=(X, Y))
        assert len(compressed) == 1 + number

    def files(name):
        return {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()}

    assert files("digits1") == files("digits2")


def test_changed_sources_make_all_parts_anew(folder, monkeypatch):
    page()
    made = derived(monkeypatch)
    for place, name in ((stored, "__version__"), (np, "__version__")):
        with monkeypatch.context() as changed:
            changed.setattr(place, name, "0.0")
            page()
        assert sorted(made) == ["_made", "gallery", "templates"]
        made.clear()
    monkeypatch.setattr(stored, "_digest_of_sources", lambda: "another")
    page()
    assert sorted(made) == ["_made", "gallery", "templates"]


def test_a_change_of_one_letter_in_any_source_is_another_digest(tmp_path, monkeypatch):
    (tmp_path / "languages").mkdir()
    for name in ("one.py", "languages/zh.po"):
        (tmp_path / name).write_text("a", encoding="utf-8")
    monkeypatch.setattr(stored, "_PACKAGE", tmp_path)

    def digest():
        stored._digest_of_sources.cache_clear()
        return stored._digest_of_sources()

    digests = [digest()]
    for name in ("one.py", "languages/zh.po"):
        (tmp_path / name).write_text("b", encoding="utf-8")
        digests.append(digest())
    (tmp_path / "two.py").touch()
    digests.append(digest())
    stored._digest_of_sources.cache_clear()
    assert len({*digests}) == 4


@pytest.mark.parametrize("damage", [b"", b"{}", "cut", "turned"])
def test_a_damaged_entry_is_made_anew(folder, damage):
    assert stored.stored("part", lambda: {"right": True}) == {"right": True}
    (entry,) = entries(folder)
    content = entry.read_bytes()
    broken = {"cut": content[:-1], "turned": content[:-1] + b"]"}.get(damage, damage)
    entry.write_bytes(broken)
    assert stored.stored("part", lambda: {"right": True}) == {"right": True}
    assert entry.read_bytes() == content


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="Windows protects the user's profile")
@pytest.mark.parametrize("place", ["folder", "entry"])
def test_what_others_can_write_is_not_believed(folder, place):
    stored.stored("part", lambda: {"right": True})
    (entry,) = entries(folder)
    planted = json.dumps({"right": False}).encode()
    entry.write_bytes(hashlib.sha256(planted).digest() + planted)
    assert stored.stored("part", lambda: {"right": True}) == {"right": False}  # else this would not show anything
    if place == "folder":
        folder.chmod(0o777)
        with pytest.warns(cache.CacheWarning):
            assert stored.stored("part", lambda: {"right": True}) == {"right": True}
    else:
        entry.chmod(0o666)
        assert stored.stored("part", lambda: {"right": True}) == {"right": True}


def test_numbers_and_texts_come_back_as_they_were(folder):
    part = {"names": ["δ²", "\u2028"], "numbers": [0.1, 1e-300, 12345678901234567890, True, None], "none": {}}
    assert stored.stored("part", lambda: part) == part == stored.stored("part", dict)
    assert json.dumps(stored.stored("gallery", gallery.gallery)) == json.dumps(gallery.gallery())
