"""Tables on the command line: learned from, tested, explained, checked, answered."""

import csv
import json

import numpy as np
import pytest

import chainrule as cr


@pytest.fixture
def tables(folder):
    """Flowers of three kinds, and prices; in each some columns tell, and one tells nothing."""
    random = np.random.default_rng(0)
    with (folder / "flowers.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["length", "width", "noise", "kind"])
        for k in range(150):
            length, width = random.normal([5 + k % 3, 2.0 * (k % 3)], 0.4)
            rows.writerow([f"{length:.2f}", f"{width:.2f}", f"{random.random():.3f}", ("iris", "rose", "tulip")[k % 3]])
    with (folder / "prices.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["size", "town", "price"])
        for _ in range(200):
            size, town = random.normal(80, 20), random.choice(["Ulm", "Bern"])
            rows.writerow([f"{size:.1f}", town, round(3000 * size + 60000 * (town == "Bern") + random.normal(0, 3000))])
    return folder


def test_classes(run, tables):
    done = run("train", "flowers.csv", "--target", "kind", "--epochs", "20", "--json")
    assert done.code == 0, done.err
    told = json.loads(done.out)
    assert (told["task"], told["total"], told["inputs"]) == ("classes", 25, ["length", "width", "noise"])
    assert told["score"] == told["correct"] / 25 > 0.9
    assert "104 to train, 21 to validate, 25 to test" in done.err
    assert "length: (x − " in done.err
    net = cr.load("net.safetensors")
    assert net.predict({"length": [7.0], "width": [4.0], "noise": [0.5]}).tolist() == ["tulip"]
    found = json.loads(run("evaluate", "net.safetensors", "--json").out)
    assert found["score"] == told["score"]
    assert np.trace(found["confusion"]) == told["correct"]
    assert [*found["importance"]][-1] == "noise"
    assert abs(found["importance"]["noise"]) < 0.1 < found["importance"]["width"]
    shown = run("evaluate", "net.safetensors")
    assert "Confusion matrix" in shown.out and "2 tulip" in shown.out
    explained = run("explain", "net.safetensors", "--example", "2")
    assert "Test row 2 of flowers.csv:" in explained.out
    assert "It answers " in explained.out
    assert "a1 = (np.reshape(x, (3, 1)) - c1) / c2" in explained.out
    assert "10 test rows" in run("check", "net.safetensors").out


def test_numbers_in_their_own_units(run, tables):
    done = run("train", "prices.csv", "--target", "price", "--epochs", "30")
    assert done.code == 0, done.err
    assert "R² = 0.9" in done.out
    assert "accuracy" not in done.out and "bars" not in done.out
    net = cr.load("net.safetensors")
    found = json.loads(run("evaluate", "net.safetensors", "--json").out)
    assert found["score"] > 0.9 and abs(found["residuals"]["0.5"]) < 10000
    assert "Residuals" in run("evaluate", "net.safetensors").out
    (tables / "rows.csv").write_text("town,more,size\nUlm,1,70\nBern,2,70\n")
    assert run("predict", "net.safetensors", "rows.csv", "-o", "answers.csv").code == 0
    (head,), *answers = csv.reader((tables / "answers.csv").read_text().splitlines())
    assert head == "price"
    np.testing.assert_allclose(
        [float(each) for (each,) in answers], net.predict({"size": [70, 70], "town": ["Ulm", "Bern"]}), rtol=1e-6
    )
    assert "It answers " in run("explain", "net.safetensors").out
    assert run("check", "net.safetensors").code == 0


def test_the_split_is_the_same_in_every_run(run, tables):
    first = json.loads(run("train", "flowers.csv", "--target", "kind", "--epochs", "3", "--json").out)
    second = json.loads(run("train", "flowers.csv", "--target", "kind", "--epochs", "3", "--json").out)
    assert (first["score"], first["epochs"][-1]["train_cost"]) == (second["score"], second["epochs"][-1]["train_cost"])
    assert json.loads(run("evaluate", second["file"], "--json").out)["score"] == first["score"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["flowers.csv"], "the columns length, width, noise, kind; say which one is to be learned: chainrule train flowers.csv "
         "--target kind"),
        (["flowers.csv", "--target", "color"], "flowers.csv has no column 'color'; it has length, width, noise, kind."),
        (["flowers.csv", "--target", "kind", "--task", "numbers"],
         "kind has texts, which are classes; leave out --task numbers."),
        (["flowers.csv", "--target", "kind", "--preset", "fast"], "--preset is not for tables; leave it out."),
        (["flowers.csv", "--target", "kind", "--layers", "4,5,3"], "--layers 3,5,3"),
        (["--target", "kind"], "--target is for a table, CSV, TSV or Parquet:"),
        (["--task", "classes"], "--task is for a table, CSV, TSV or Parquet:"),
    ],
)  # fmt: skip
def test_what_is_used_wrongly(run, tables, typed, said):
    before = set(tables.iterdir())
    done = run("train", *typed)
    assert done.code == 2
    assert said in " ".join(done.err.split())
    assert set(tables.iterdir()) == before


def test_what_is_missing(run, tables):
    lines = (tables / "prices.csv").read_text().splitlines()
    lines[5] = "," + lines[5].split(",", 1)[1]
    (tables / "holes.csv").write_text("\n".join(lines))
    refused = run("train", "holes.csv", "--target", "price")
    assert refused.code == 1
    assert "holes.csv, line 6: size has no value (1 of 200 rows have none)" in " ".join(refused.err.split())
    for missing in ("mean", "drop"):
        done = run(
            "train",
            "holes.csv",
            "--target",
            "price",
            "--missing",
            missing,
            "--epochs",
            "2",
            "-o",
            f"{missing}.safetensors",
        )
        assert done.code == 0, done.err
        assert cr.load(f"{missing}.safetensors").schema.inputs.missing == missing
        assert run("evaluate", f"{missing}.safetensors").code == 0


def test_columns_are_left_out_and_whole_numbers_are_classes_if_few(run, tables):
    text = "id,x,y\n" + "\n".join(f"n{k},{k % 7},{k % 2}" for k in range(120))
    (tables / "few.csv").write_text(text)
    refused = run("train", "few.csv", "--target", "y")
    assert "different texts, and at most 50 become inputs; leave it out" in " ".join(refused.err.split())
    told = json.loads(run("train", "few.csv", "--target", "y", "--without", "id", "--epochs", "1", "--json").out)
    assert (told["task"], told["inputs"]) == ("classes", ["x"])
    assert cr.load(told["file"]).predict({"x": [1.0]}).dtype == np.int64
    told = json.loads(
        run("train", "few.csv", "--target", "y", "--without", "id", "--task", "numbers", "--epochs", "1", "--json").out
    )
    assert told["task"] == "numbers"


def test_a_table_that_has_changed_is_no_longer_its_own(run, tables):
    run("train", "flowers.csv", "--target", "kind", "--epochs", "1")
    with (tables / "flowers.csv").open("a") as file:
        file.write("5,2,0.5,rose\n")
    refused = run("evaluate", "net.safetensors")
    assert refused.code == 1
    assert "are no longer those that net.safetensors was trained on" in " ".join(refused.err.split())
    assert json.loads(run("evaluate", "net.safetensors", "flowers.csv", "--json").out)["total"] == 151
    (tables / "rows.csv").write_text("length,width\n5,2\n")
    assert "rows.csv has no column 'noise', which the network needs." in " ".join(
        run("predict", "net.safetensors", "rows.csv").err.split()
    )
