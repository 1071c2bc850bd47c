"""What counts as an example to test with, for each kind of data: one that training has not used, or it is said that it has."""

import json
import shutil
from typing import NamedTuple

import numpy as np
import pytest
from PIL import Image

import chainrule as cr
from chainrule.data.codes import unpack

pytestmark = pytest.mark.usefixtures("undiagnosed")


class Data(NamedTuple):
    """Data to train on, and names by which they are called afterwards.

    Attributes:
        typed: What is typed to train on them.
        held: What names them as a whole, under any name: of these some are left to test with.
        used: What names a part that training has used altogether.
        partly: What names data of which training has used some, and fewer than half.
        other: What names data of which it has used none.
    """

    typed: list[str]
    held: list[list[str]]
    used: list[list[str]]
    partly: list[list[str]]
    other: list[list[str]]


def flowers(count, seed):
    random = np.random.default_rng(seed)
    return [
        f"{random.normal(k % 3):.6f},{random.normal(k % 2):.6f},{('Ulm', 'Bern')[k % 2]},{'abc'[k % 3]}"
        for k in range(count)
    ]


def table(folder, used):
    """A table, elsewhere, with a row more, with some fewer and in another order; its rows that were learned from; other rows."""
    head, rows = "x,y,town,kind", flowers(120, 0)

    def write(name, lines, head=head):
        (folder / name).write_text("\n".join([head, *lines]) + "\n")
        return name

    write("table.csv", rows)
    train = ["table.csv", "--target", "kind"]
    held = used(train)
    learned = [row for row in rows if row not in held]
    backwards = [",".join(reversed(row.split(","))) for row in reversed(rows)]
    return Data(
        train,
        [["table.csv"], [write("moved.csv", rows)], [write("grown.csv", [*rows, *flowers(1, 5)])],
         [write("fewer.csv", rows[7:])], [write("backwards.csv", backwards, "kind,town,y,x")]],
        [[write("learned.csv", learned)], [write("some.csv", learned[:20])]],
        [[write("partly.csv", [*learned[:20], *flowers(30, 1)])]],
        [[write("other.csv", flowers(40, 2))], [write("test.csv", held)]],
    )  # fmt: skip


def draw(folder, images, labels, first=0):
    for k, (image, label) in enumerate(zip(images, labels, strict=True), first):
        (folder / "ab"[label]).mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(folder / "ab"[label] / f"{k:03}.png")
    return [str(folder)]


def images(count, seed):
    random = np.random.default_rng(seed)
    return random.integers(0, 256, (count, 5, 4)).astype(np.uint8), np.arange(count) % 2


def pictures(folder, used):
    x, y = images(60, 0)
    draw(folder / "shapes", x, y)
    held = {image.tobytes() for image in used(["shapes"])}
    learned = [k for k, image in enumerate(x) if image.tobytes() not in held]
    x2, y2 = images(20, 1)
    draw(folder / "grown", x, y)
    draw(folder / "partly", x[learned[:10]], y[learned[:10]])
    return Data(
        ["shapes"],
        [["shapes"], draw(folder / "moved", x, y, 500), draw(folder / "grown", x2[:2], y2[:2], 900)],
        [draw(folder / "learned", x[learned], y[learned])],
        [draw(folder / "partly", x2, y2, 900)],
        [draw(folder / "other", x2, y2)],
    )


def divided_pictures(folder, used):
    for part, seed in (("train", 0), ("test", 1)):
        draw(folder / "shapes" / part, *images(40, seed))
    used(["shapes"])
    shutil.copytree(folder / "shapes", folder / "moved")
    return Data(
        ["shapes"],
        [["shapes"], ["moved"]],
        [["shapes/train"]],
        [],
        [["shapes/test"], draw(folder / "o", *images(20, 2))],
    )


def idx_file(folder, used):
    def write(name, x, y):
        WRITE(folder / f"{name}-x", x)
        WRITE(folder / f"{name}-y", y)
        return [f"{name}-x", "--labels", f"{name}-y"]

    x, y = images(60, 0)
    train = write("all", x, y)
    held = {image.tobytes() for image in used(train)}
    learned = [k for k, image in enumerate(x) if image.tobytes() not in held]
    x2, y2 = images(30, 1)
    return Data(
        train,
        [train, write("moved", x, y), write("grown", np.r_[x, x2[:3]], np.r_[y, y2[:3]])],
        [write("learned", x[learned], y[learned])],
        [write("partly", np.r_[x2, x[learned[:10]]], np.r_[y2, y[learned[:10]]])],
        [write("other", x2, y2)],
    )


def idx_folder(folder, used):
    for stem, seed in (("train", 0), ("t10k", 1)):
        x, y = images(40, seed)
        (folder / "idx").mkdir(exist_ok=True)
        WRITE(folder / "idx" / f"{stem}-images-idx3-ubyte", x)
        WRITE(folder / "idx" / f"{stem}-labels-idx1-ubyte", y)
    used(["idx"])
    files = ["images-idx3-ubyte", "--labels", "labels-idx1-ubyte"]

    def of(stem):
        return [each if each == "--labels" else f"idx/{stem}-{each}" for each in files]

    return Data(["idx"], [["idx"]], [of("train")], [], [of("t10k")])


KINDS = {each.__name__: each for each in (table, pictures, divided_pictures, idx_file, idx_folder)}
WRITE = None


def rows_in(x):
    """What an example is, for each."""
    if isinstance(x, cr.schema.given.Given):
        return [repr(row) for row in zip(*(x.column(k).tolist() for k in range(x.width)), strict=True)]
    return [image.tobytes() for image in x]


@pytest.fixture
def looked_at(monkeypatch):
    """The examples that the last training, evaluation, explanation and page took."""
    taken = {}

    def watch(name, take):
        method = getattr(cr.Network, name)

        def watched(self, *arguments, **options):
            taken[name] = take(*arguments, **options)
            return method(self, *arguments, **options)

        monkeypatch.setattr(cr.Network, name, watched)

    watch("fit", lambda x, y, validation, **_: {*rows_in(x), *rows_in(validation[0])})
    watch("evaluate", lambda x, y: rows_in(x))
    watch("explain", lambda x, y, **_: rows_in(x if isinstance(x, cr.schema.given.Given) else [x])[0])
    monkeypatch.setattr("chainrule.page.writing.write", lambda *_: None, raising=False)
    return taken


@pytest.fixture(params=KINDS)
def data(request, run, folder, looked_at, write_idx, monkeypatch):
    """Data of each kind, learned from."""
    monkeypatch.setitem(globals(), "WRITE", write_idx)

    def used(typed):
        done = run("train", *typed, "--epochs", "1", "-o", "net.safetensors")
        assert done.code == 0, done.err
        run("evaluate", "net.safetensors")
        held = looked_at["evaluate"]
        if "table.csv" not in typed:
            return [np.frombuffer(each, np.uint8).reshape(5, 4) for each in held]
        every = (folder / "table.csv").read_text().splitlines()[1:]
        return [row for row in every if repr((*map(float, row.split(",")[:2]), row.split(",")[2])) in held]

    return KINDS[request.param](folder, used)


def words(done):
    assert done.code == 0, done.err
    return " ".join(done.out.split())


@pytest.mark.wide
def test_what_training_has_not_used_is_what_is_tested(run, data, looked_at):
    for named in ([], *data.held):
        found = json.loads(words(run("evaluate", "net.safetensors", *named, "--json")))
        used, tested = looked_at["fit"], looked_at["evaluate"]
        assert len(tested) == found["total"] > 0 == found["used_in_training"], named
        assert not used & {*tested}, f"{named} tests with what was learned from"
        shown = words(run("evaluate", "net.safetensors", *named))
        assert f"{len(tested)} to test" in shown
        for place in (0, len(tested) - 1):
            explained = words(run("explain", "net.safetensors", *named, "--example", place))
            assert looked_at["explain"] == tested[place]
            assert f"est row {place} of " in explained or f"test image {place} of " in explained
        refused = run("explain", "net.safetensors", *named, "--example", len(tested))
        assert refused.code == 2 and f"count from 0 to {len(tested) - 1}." in " ".join(refused.err.split())
        assert f"{min(10, len(tested))} test " in words(run("check", "net.safetensors", *named))
        written = json.loads(words(run("export", "net.safetensors", "net.py", *named, "--verify", 500, "--json")))
        assert written["rows"] == len(tested)


@pytest.mark.parametrize("part", ["used", "partly", "other"])
def test_of_other_data_it_is_said_what_training_has_used(run, data, looked_at, part):
    for named in getattr(data, part):
        found = json.loads(words(run("evaluate", "net.safetensors", *named, "--json")))
        used, tested = looked_at["fit"], looked_at["evaluate"]
        count = len([each for each in tested if each in used])
        assert found["used_in_training"] == count
        assert (count == 0, count == len(tested)) == (part == "other", part == "used")
        shown = words(run("evaluate", "net.safetensors", *named))
        told = f"training used {'all' if part == 'used' else 'none' if part == 'other' else count} of them"
        assert f"{len(tested)}{'' if part == 'used' else ' of other data'}; {told}" in shown
        assert (" test " in shown.replace(" test set", ""), " training 1" in shown) != (part == "used", part != "used")
        assert "to test" not in shown
        for place in (0, len(tested) - 1):
            explained = words(run("explain", "net.safetensors", *named, "--example", place))
            assert (", which training used" in explained) == (looked_at["explain"] in used)
            assert "est row" not in explained and "test image" not in explained
        checked = words(run("check", "net.safetensors", *named))
        assert "10 rows" in checked or "10 images" in checked


def test_the_page_shows_what_training_has_not_used(run, data, looked_at, monkeypatch):
    shown = []
    monkeypatch.setattr(
        cr.Network, "export", lambda self, file, examples, training: shown.append(examples) or STUB(file)
    )
    for named in ([], *data.held):
        run("evaluate", "net.safetensors", *named)
        done = run("export", "net.safetensors", "page.html", *named)
        assert done.code == 0, done.err
        assert rows_in(shown.pop()[0]) == looked_at["evaluate"]


class STUB(NamedTuple):
    path: str
    size: int = 1


def test_the_app_learns_from_what_training_has_used_and_tests_with_the_others(run, data, looked_at, monkeypatch):
    from chainrule.cli.opening import opened
    from chainrule.web.site import Saved

    for named in [None, *(held[0] for held in data.held if len(held) == 1)]:
        made = opened(Saved("net.safetensors", None, named))
        run("evaluate", "net.safetensors", *([named] if named else []))
        assert sorted(rows_in(made.tested[0])) == sorted(looked_at["evaluate"])
        assert not {*rows_in(made.learned[0])} & {*rows_in(made.tested[0])}


def test_predict_answers_every_row_and_every_picture(run, folder, looked_at, write_idx, monkeypatch):
    monkeypatch.setitem(globals(), "WRITE", write_idx)
    (folder / "table.csv").write_text("\n".join(["x,y,town,kind", *flowers(120, 0)]))
    run("train", "table.csv", "--target", "kind", "--epochs", "1")
    assert len(json.loads(run("predict", "net.safetensors", "table.csv", "--json").out)["answers"]) == 120
    draw(folder / "shapes", *images(30, 0))
    run("train", "shapes", "--epochs", "1", "-o", "shapes.safetensors")
    files = sorted(map(str, (folder / "shapes").rglob("*.png")))
    read = json.loads(run("predict", "shapes.safetensors", *files, "--json").out)
    assert [each["file"] for each in read] == files


# ---- rows that are equal, files of earlier versions, MNIST, texts ----------------------------------------------------


def test_of_rows_that_are_equal_as_many_test_as_before(run, folder, looked_at):
    rows = [f"{k % 2},{k % 3},{'ab'[k % 5 > 1]}" for k in range(60)]
    (folder / "few.csv").write_text("\n".join(["x,y,kind", *rows]))
    run("train", "few.csv", "--target", "kind", "--epochs", "1")
    own = json.loads(run("evaluate", "net.safetensors", "--json").out)
    before = sorted(looked_at["evaluate"])
    named = json.loads(run("evaluate", "net.safetensors", "few.csv", "--json").out)
    assert own == named and own["total"] == 10 and before == sorted(looked_at["evaluate"])


def forget(name):
    """Write a network's file as an earlier version did, without the codes of what it was trained on."""
    net = cr.load(name)
    assert len(unpack(net.source.learned)) > 40
    plain = {key: value for key, value in net.source.plain().items() if key not in ("learned", "comma")}
    net.source = cr.data.source.Source.read(plain)
    net.save(name)
    assert not cr.load(name).source.learned


def test_files_of_earlier_versions_know_their_table_while_it_lasts(run, folder, looked_at):
    rows = flowers(120, 0)
    for name, lines in (("table.csv", rows), ("grown.csv", [*rows, *flowers(1, 5)]), ("other.csv", flowers(30, 3))):
        (folder / name).write_text("\n".join(["x,y,town,kind", *lines]))
    run("train", "table.csv", "--target", "kind", "--epochs", "1")
    own = json.loads(run("evaluate", "net.safetensors", "--json").out)
    forget("net.safetensors")
    assert json.loads(run("evaluate", "net.safetensors", "--json").out) == own
    assert json.loads(run("evaluate", "net.safetensors", "table.csv", "--json").out) == own
    assert json.loads(run("evaluate", "net.safetensors", "grown.csv", "--json").out)["total"] == own["total"] + 1
    shutil.move("table.csv", "moved.csv")
    assert json.loads(run("evaluate", "net.safetensors", "moved.csv", "--json").out) == own
    for name, count in (("grown.csv", 121), ("other.csv", 30)):
        found = json.loads(run("evaluate", "net.safetensors", name, "--json").out)
        assert (found["total"], found["used_in_training"]) == (count, None)
        shown = words(run("evaluate", "net.safetensors", name))
        assert f"{count}; whether training used some of them is not known" in shown


def test_a_networks_file_that_remembers_nonsense_says_nothing_of_its_data(run, folder):
    (folder / "table.csv").write_text("\n".join(["x,y,town,kind", *flowers(60, 0)]))
    run("train", "table.csv", "--target", "kind", "--epochs", "1")
    plain = cr.load("net.safetensors").source.plain()
    for spoiled in ("not base 64", plain["learned"][:-4], 3):
        assert cr.data.source.Source.read({**plain, "learned": spoiled}) is None


def test_mnists_test_digits_are_the_10_000(run, net, looked_at, folder, write_idx):
    train, valid, test = cr.datasets.mnist()
    run("evaluate", net)
    assert looked_at["evaluate"] == rows_in(test.images)
    assert "10,000 to test" in run("evaluate", net).out
    assert "test digit 0" in words(run("explain", net, "--example", "0"))
    assert "10 test digits" in words(run("check", net))
    write_idx(folder / "x", np.concatenate([train.images[:30], valid.images[:20]]))
    write_idx(folder / "y", np.concatenate([train.labels[:30], valid.labels[:20]]))
    assert "50; training used all of them" in words(run("evaluate", net, "x", "--labels", "y"))
    write_idx(folder / "x", test.images[:50])
    write_idx(folder / "y", test.labels[:50])
    assert "50 of other data; training used none of them" in words(run("evaluate", net, "x", "--labels", "y"))


def test_a_text_has_no_test_examples_but_lines_that_were_held_out(run, folder):
    (folder / "names.txt").write_text("".join(f"{a}{b}{c}\n" for a in "abcd" for b in "efgh" for c in "ijkl"))
    done = run("train", "--gpt", "names.txt", "--steps", "10", "--json")
    assert done.code == 0, done.err
    (folder / "x.png").write_bytes(b"")
    for command in (["evaluate"], ["check"], ["explain"], ["export", "page.html"], ["export", "net.py"], ["predict"]):
        refused = run(command[0], "gpt.safetensors", *command[1:], *(["x.png"] if command == ["predict"] else []))
        assert refused.code in (1, 2) and not refused.out and "wrong in chainrule" not in refused.err, command
        assert " gpt" in refused.err.lower()
