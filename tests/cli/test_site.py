"""`chainrule site`."""

import json

import pytest


@pytest.fixture
def net(dataset, run):
    assert run("train", "tiny", "--epochs", "3", "-o", "net.safetensors").code == 0


def files(folder):
    return sorted(path.name.split(".")[0] for path in folder.iterdir())


@pytest.mark.usefixtures("undiagnosed", "net")
def test_a_folder_is_written_and_written_again(run, folder):
    done = run("site", "public", "net.safetensors")
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[1].split()[:2] == ["folder", "public"] and lines[1].endswith(" bytes")
    assert lines[-1] == "  python3 -m http.server --directory public"
    assert files(folder / "public") == ["index", "network", "page", "style", "worker"]
    found = json.loads(run("site", "public", "net.safetensors", "--json").out)
    assert found == {"folder": "public", "bytes": sum(each.stat().st_size for each in (folder / "public").iterdir())}


def test_without_a_network_it_is_the_books(run, folder):
    done = run("site", "public", "--training-digits", "20", "--lang", "zh")
    assert (done.code, done.err) == (0, "")
    assert "784" in done.out.splitlines()[0] and "把文件夹放到任意网站上" in done.out
    assert files(folder / "public") == ["index", "learn", "network", "page", "style", "worker"]


@pytest.mark.usefixtures("undiagnosed", "net")
def test_what_cannot_be_asked_for(run, folder):
    (folder / "full").mkdir()
    (folder / "full" / "notes.txt").write_text("mine", encoding="utf-8")
    done = run("site", "full", "net.safetensors")
    assert (done.code, done.out) == (1, "")
    said = "chainrule: full holds notes.txt, which chainrule has not written, or not as it is now; give a new folder."
    assert " ".join(done.err.split()) == said
    done = run("site", "public", "net.safetensors", "--training-digits", "5")
    assert done.code == 2
    said = "chainrule: --training-digits is for networks that read MNIST's digits; leave it out."
    assert " ".join(done.err.split()) == said
    done = run("site", "public", "--training-digits", "50001")
    assert done.code == 1 and done.err.startswith("chainrule: A page carries 10 to 50,000 training digits")
    assert files(folder / "full") == ["notes"] and not (folder / "public").exists()
