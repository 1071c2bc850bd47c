"""`chainrule train --gpt` and `chainrule sample`: a text is learned, kept in a file, and continued."""

import json

import pytest

from chainrule.gpt import learning
from chainrule.gpt.saved import load


@pytest.fixture
def names(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "names.txt").write_text("anna\nhanna\nann\njohanna\n" * 20, encoding="utf-8")
    return tmp_path


def test_names_are_learned_saved_and_invented(run, names):
    done = run("train", "--gpt", "names.txt", "--steps", "1000")
    assert done.code == 0
    assert "80 lines, 5 different letters" in done.out
    assert "gpt.safetensors" in done.out
    written = [line.split()[0] for line in run("sample", "gpt.safetensors", "--count", "30").out.splitlines()[1:]]
    assert len(written) == 30
    assert len({"anna", "hanna", "ann", "johanna"} & set(written)) >= 3
    begun = run("sample", "gpt.safetensors", "--start", "jo", "--count", "2", "--json")
    found = json.loads(begun.out)
    assert [each["text"][:2] for each in found] == ["jo", "jo"]
    gpt = load("gpt.safetensors")
    assert [each["cost"] for each in found] == [gpt.cost(each["text"]) for each in found]


def test_the_bundled_names_and_json(run, names):
    done = run("train", "--gpt", "--steps", "500", "--json", "-o", "own.safetensors")
    found = json.loads(done.out)
    assert found["file"] == "own.safetensors"
    assert found["reports"][-1]["step"] == 500
    assert 1.5 < found["reports"][-1]["cost"] < 3.3
    assert found["written"] == load("own.safetensors").write(20)
    assert "5,163 lines, 26 different letters" in done.err


def test_ctrl_c_saves_what_was_learned(run, names, monkeypatch):
    usual = learning.Progress

    def stopping(step, *rest):
        if step > 500:
            raise KeyboardInterrupt
        return usual(step, *rest)

    monkeypatch.setattr(learning, "Progress", stopping)
    done = run("train", "--gpt", "names.txt", "--steps", "5000")
    assert done.code == 130
    assert len(load("gpt.safetensors").weights) == 9


def test_other_commands_say_what_the_file_is(run, names):
    run("train", "--gpt", "names.txt", "--steps", "500")
    done = run("evaluate", "gpt.safetensors")
    assert done.code == 1
    said = "gpt.safetensors is a 'chainrule gpt', where a network saved by chainrule is expected."
    assert " ".join(done.err.split()).replace("'", "") == f"chainrule: {said}".replace("'", "")


def test_a_text_is_explained_on_the_screen_as_a_page_and_as_data(run, names):
    run("train", "--gpt", "names.txt", "--steps", "500")
    shown = run("explain", "gpt.safetensors", "--text", "hanna").out
    assert "It reads “hanna”" in shown
    assert "head 0" in shown
    last = run("explain", "gpt.safetensors", "--text", "hanna", "--step", "6").out
    assert "6  Update" in last
    assert "2  Feedforward" not in last
    written = run("explain", "gpt.safetensors", "--text", "hanna", "--html", "page.html")
    assert "page.html" in written.out
    page = (names / "page.html").read_text(encoding="utf-8")
    assert "chainrule explain gpt.safetensors --text hanna</code>" in page
    found = json.loads(run("explain", "gpt.safetensors", "--text", "hanna", "--json").out)
    assert found["cost"] == pytest.approx(load("gpt.safetensors").cost("hanna"), rel=1e-5)
    assert run("explain", "gpt.safetensors", "--text", "hanna", "--lang", "zh").out.startswith("它读的是“hanna”")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["gpt.safetensors"], "gpt.safetensors is a small GPT; name a text that it reads:"),
        (["--text", "anna"], "--text is read by a small GPT; name its file:"),
        (["gpt.safetensors", "--text", "anna", "--why"], "--why is not for --text; leave it out."),
        (["gpt.safetensors", "data", "--text", "anna"], "DATA is not for --text; leave it out."),
        (["gpt.safetensors", "--text", "Anna"], "The network does not know 'A'; it was not in its text."),
        (["gpt.safetensors", "--text", "anna", "--html", "x.html", "--step", "2"], "--html writes all steps and answers"),
    ],
)  # fmt: skip
def test_what_cannot_be_explained_is_refused(run, names, typed, said):
    run("train", "--gpt", "names.txt", "--steps", "500")
    done = run("explain", *typed)
    assert done.code in (1, 2)
    assert said in " ".join(done.err.split())


def test_no_page_is_written_of_one_and_what_is_in_its_place_is_named(run, names):
    run("train", "--gpt", "names.txt", "--steps", "500")
    done = run("export", "gpt.safetensors", "page.html")
    assert done.code == 2 and not (names / "page.html").exists()
    said = " ".join(done.err.split())
    assert "gpt.safetensors is a small GPT, of which export writes no page" in said
    assert "chainrule explain gpt.safetensors --text emma --html page.html" in said


def test_it_is_not_served_and_where_one_is_seen_is_said(run, names):
    run("train", "--gpt", "names.txt", "--steps", "500")
    done = run("app", "gpt.safetensors", "--no-browser")
    assert done.code == 2
    said = " ".join(done.err.split())
    assert "one that learns in the browser is in the gallery of the site" in said
    assert "chainrule explain gpt.safetensors --text emma --html text.html" in said


def test_both_languages(run, names):
    done = run("train", "--gpt", "names.txt", "--steps", "500", "--lang", "zh")
    assert "小型 GPT" in done.out
    assert "chainrule sample gpt.safetensors --lang zh" in done.out


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["train", "--gpt", "--layers", "4,3"], "--layers is not for --gpt; leave it out."),
        (["train", "--gpt", "--epochs", "4"], "--epochs is not for --gpt; leave it out."),
        (["train", "--steps", "4"], "--steps is for --gpt; a network's training has --epochs:"),
        (
            ["train", "--gpt", "none.txt"],
            "none.txt does not exist; give a text file with one name or sentence per line.",
        ),
        (["sample", "names.txt"], "names.txt is text, where a safetensors file is expected."),
        (["sample", "none.safetensors"], "none.safetensors does not exist"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(run, names, typed, said):
    done = run(*typed)
    assert done.code in (1, 2)
    assert said in " ".join(done.err.split())
    assert not list(names.glob("*.safetensors"))
