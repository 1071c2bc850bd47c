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
    assert "Test row 2 of flowers.csv, in line " in explained.out
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
    assert json.loads(run("evaluate", "net.safetensors", "flowers.csv", "--json").out)["total"] == 26
    (tables / "rows.csv").write_text("length,width\n5,2\n")
    assert "rows.csv has no column 'noise', which the network needs." in " ".join(
        run("predict", "net.safetensors", "rows.csv").err.split()
    )


def test_a_run_of_a_table_goes_on_from_its_checkpoint(run, tables):
    asked = ("flowers.csv", "--target", "kind", "--batch-size", "5")
    run("train", *asked, "--epochs", "4", "--checkpoint", "whole.checkpoint", "-o", "whole.safetensors")
    run("train", *asked, "--epochs", "2", "--checkpoint", "run.checkpoint", "-o", "half.safetensors")
    done = run("train", "--resume", "run.checkpoint", "--more-epochs", "2", "-o", "again.safetensors")
    assert done.code == 0, done.err
    whole, again = cr.load("whole.safetensors"), cr.load("again.safetensors")
    assert all(np.array_equal(one, other) for one, other in zip(whole.parameters, again.parameters, strict=True))
    assert json.loads(run("evaluate", "again.safetensors", "--json").out)["total"] == 25


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (
            ["--epochs", "3"],
            "--epochs is not as the run in run.checkpoint has it; a run that goes on keeps its settings",
        ),
        (["--target", "width"], "--target is not as the run in run.checkpoint has it"),
        (["other.csv"], "The checkpoint was made on other examples or labels; resume it on the same."),
        (["-o", "run.checkpoint"], "-o and --resume are the same file"),
    ],
)
def test_what_is_no_run_of_a_table_is_refused_before_anything_is_shown(run, tables, typed, said):
    run("train", "flowers.csv", "--target", "kind", "--epochs", "1", "--checkpoint", "run.checkpoint")
    text = (tables / "flowers.csv").read_text()
    (tables / "other.csv").write_text(text.replace("5", "4"))
    before = {each: each.read_bytes() for each in tables.iterdir()}
    done = run("train", *typed, "--resume", "run.checkpoint")
    assert done.code in (1, 2) and said in " ".join(done.err.split()) and not done.out
    assert {each: each.read_bytes() for each in tables.iterdir()} == before
    (tables / "flowers.csv").write_text(text + "5,2,0.5,rose\n")
    done = run("train", "--resume", "run.checkpoint")
    assert "are no longer those that run.checkpoint was trained on" in " ".join(done.err.split()) and not done.out
    assert run("train", "flowers.csv", "--target", "kind", "--resume", "run.checkpoint").code == 1


def test_a_rate_is_found(run, tables):
    done = run("train", "flowers.csv", "--target", "kind", "--find-rate")
    assert done.code == 0, done.err
    found = json.loads(run("train", "flowers.csv", "--target", "kind", "--find-rate", "--json").out)
    again = f"chainrule train flowers.csv --target kind --learning-rate {found['suggested']:g}"
    assert again in " ".join(done.out.split())
    assert not (tables / "net.safetensors").exists()


def test_residuals_have_sensible_digits(run, tables):
    run("train", "prices.csv", "--target", "price", "--epochs", "3")
    shown = run("evaluate", "net.safetensors").out
    (line,) = [each for each in shown.splitlines() if "−" in each and "," in each]
    assert "." not in line  # tens of thousands, to the unit


def test_questions_about_a_row(run, tables):
    run("train", "flowers.csv", "--target", "kind", "--epochs", "2")
    net = cr.load("net.safetensors")
    asked = run("explain", "net.safetensors", "--example", "3", "--one-step")
    assert "Of the other 24 test examples, " in asked.out
    assert "Why is a²[" in run("explain", "net.safetensors", "--value").out
    assert "Where does δ²[" in run("explain", "net.safetensors", "--blame", "--neuron", "2:4").out
    why = json.loads(run("explain", "net.safetensors", "--mistake", "1", "--why", "--json").out)["why"]
    assert why["this"] != why["other"] and why["z"][0] >= why["z"][1]
    for question in ("--proof", "--layers", "--between=0,2"):
        assert run("explain", "net.safetensors", question).code == 0
    assert "now ask" in run("explain", "net.safetensors").out
    shown = run("explain", "net.safetensors", "--example", "3", "--html", "row.html")
    assert "written to row.html" in shown.out
    page = (tables / "row.html").read_text(encoding="utf-8")
    for name in ("length", "width", "noise", "列"):
        assert name in page
    assert net.sizes == [3, 30, 3]
    (tables / "digit.png").touch()
    refused = run("explain", "net.safetensors", "--image", "digit.png")
    assert refused.code == 2 and "--image is for networks of pictures" in refused.err
    refused = run("explain", "net.safetensors", "--mistake", "26")
    assert refused.code == 2 and "--mistake is 26; the network makes " in refused.err


def test_questions_about_a_row_of_numbers(run, tables):
    run("train", "prices.csv", "--target", "price", "--epochs", "2")
    shown = run("explain", "net.safetensors")
    assert "not known" not in shown.out and "--why" not in shown.out and "--value" in shown.out
    for question in ("--value", "--blame", "--one-step", "--proof", "--layers"):
        assert run("explain", "net.safetensors", question).code == 0
    refused = run("explain", "net.safetensors", "--why")
    assert "--why is about classes, and the network answers with numbers" in " ".join(refused.err.split())
    refused = run("explain", "net.safetensors", "--mistake", "1")
    assert "--mistake is for classes" in refused.err


def test_texts_that_only_other_rows_have(run, tables):
    """Levels are those of the whole table, scaling that of the rows to learn from."""
    rows = [f"{k % 5},{'abcdefghijklmnop'[k // 2]},{'yes' if k % 2 else 'no'}" for k in range(32)]
    (tables / "rare.csv").write_text("x,letter,y\n" + "\n".join(rows))
    assert run("train", "rare.csv", "--target", "y", "--epochs", "1").code == 0
    net = cr.load("net.safetensors")
    assert net.sizes[0] == 17 and len(net.schema.inputs.columns[1].levels) == 16
    assert run("evaluate", "net.safetensors").code == 0


def test_what_is_wrong_in_a_table_to_answer_is_said_with_its_line(run, tables):
    run("train", "prices.csv", "--target", "price", "--epochs", "1")
    for text, said in [
        (
            "size,town\n80,Ulm\n90,Rom\n",
            "rows.csv, line 3: town is 'Rom', which the network has not learned; it knows 'Bern', 'Ulm'.",
        ),
        ("size,town\n80,Ulm\nabc,Ulm\n", "rows.csv, line 3: size is 'abc', where a number is expected."),
        (
            "size,town\n80,Ulm\n,Ulm\n",
            "rows.csv, line 3: size has no value (1 of 2 rows have none); fill it in, or leave out such rows.",
        ),
        ("size,town\n80,Ulm\n1e999,Ulm\n", "rows.csv, line 3: size is 1e999, which is too large for a number."),
        ("size,town\n80,Ulm,3\n", "rows.csv, line 2: there are 3 values, and the first line names 2 columns."),
    ]:
        (tables / "rows.csv").write_text(text)
        refused = run("predict", "net.safetensors", "rows.csv", "-o", "answers.csv")
        assert refused.code == 1 and said in " ".join(refused.err.split())
        assert not (tables / "answers.csv").exists()


def test_texts_that_look_like_numbers_stay_texts(run, tables):
    rows = [f"{'A1' if k % 3 else '12'},{k % 2}" for k in range(60)]
    (tables / "codes.csv").write_text("code,y\n" + "\n".join(rows))
    run("train", "codes.csv", "--target", "y", "--epochs", "1")
    (tables / "rows.csv").write_text("code\n12\n12\n")
    done = run("predict", "net.safetensors", "rows.csv")
    assert done.code == 0 and len(done.out.split()) == 3


def test_one_value_to_learn(run, tables):
    (tables / "same.csv").write_text("x,y\n" + "\n".join(f"{k},a" for k in range(20)))
    refused = run("train", "same.csv", "--target", "y")
    assert refused.code == 1 and not refused.out
    assert "y is a in all rows, so there is nothing to learn." in refused.err


def test_a_table_s_network_is_exported_and_verified(run, tables):
    run("train", "prices.csv", "--target", "price", "--epochs", "1")
    told = json.loads(run("export", "net.safetensors", "prices.py", "--verify", "20", "--json").out)
    assert told["rows"] == 20 and told["difference"] < 1 and told["accuracy"] is None
    assert "on 20 test rows" in " ".join(run("export", "net.safetensors", "prices.py", "--verify", "20").out.split())
    run("train", "flowers.csv", "--target", "kind", "--epochs", "1", "-o", "kinds.safetensors")
    told = json.loads(run("export", "kinds.safetensors", "flowers.py", "--verify", "25", "--json").out)
    assert (
        told["accuracy"]
        == told["accuracy_of_network"]
        == json.loads(run("evaluate", "kinds.safetensors", "--json").out)["score"]
    )


def test_parquet(run, tables):
    pytest.importorskip("pyarrow")
    pandas = pytest.importorskip("pandas")
    pandas.read_csv("flowers.csv").to_parquet("flowers.parquet")
    run("train", "flowers.csv", "--target", "kind", "--epochs", "2", "-o", "csv.safetensors")
    assert run("train", "flowers.parquet", "--target", "kind", "--epochs", "2", "-o", "parquet.safetensors").code == 0
    one, other = cr.load("csv.safetensors"), cr.load("parquet.safetensors")
    assert all(np.array_equal(a, b) for a, b in zip(one.parameters, other.parameters, strict=True))
    assert run("evaluate", "parquet.safetensors").code == 0


def test_a_table_of_another_language_is_read_and_it_is_said_how(run, folder):
    random = np.random.default_rng(0)
    rows = [(area, 3000 * area) for area in random.uniform(20, 200, 120).round(2)]
    german = [f"{area:.2f};{price:,.2f}".translate(str.maketrans(",.", ".,")) for area, price in rows]
    (folder / "flats.csv").write_text("\n".join(["area;price", *german]))
    (folder / "plain.csv").write_text("\n".join(["area,price", *(f"{area},{price:.2f}" for area, price in rows)]))
    for table, output in (("flats.csv", "net.safetensors"), ("plain.csv", "plain.safetensors")):
        done = run("train", table, "--target", "price", "--epochs", "1", "-o", output)
        assert done.code == 0, done.err
        note = f"flats.csv has a decimal comma: '{german[0].split(';')[0]}' in line 2 is read as {rows[0][0]}."
        assert (note in " ".join(done.out.split())) == (table == "flats.csv")
    own, plain = cr.load("net.safetensors"), cr.load("plain.safetensors")
    assert own.source.comma and not plain.source.comma
    assert all(np.array_equal(one, other) for one, other in zip(own.parameters, plain.parameters, strict=True))
    found = [
        json.loads(run("evaluate", *typed, "--json").out) for typed in (["net.safetensors"], ["plain.safetensors"])
    ]
    assert found[0] == found[1]
    (folder / "rows.csv").write_text("area\n1,234\n99\n")  # only the network knows that this is no thousand
    done = run("predict", "net.safetensors", "rows.csv", "--json")
    assert done.code == 1 and "there are 2 values" in done.err
    (folder / "rows.csv").write_text("area;more\n1,234;x\n99;x\n")
    done = run("predict", "net.safetensors", "rows.csv", "--json")
    assert "rows.csv has a decimal comma: '1,234' in line 2 is read as 1.234." in " ".join(done.err.split())
    np.testing.assert_allclose(json.loads(done.out)["answers"], own.predict({"area": [1.234, 99.0]}), rtol=1e-6)
    refused = run("predict", "plain.safetensors", "rows.csv")
    assert refused.code == 1 and "is '1,234', which can be 1.234 or 1234; write decimals" in " ".join(
        refused.err.split()
    )


def test_a_run_that_diverges_is_saved_as_it_was_before(run, tables):
    asked = ("prices.csv", "--target", "price", "--optimizer", "sgd", "--checkpoint", "run.checkpoint")
    done = run("train", *asked, "--learning-rate", "1e9", "-o", "diverged.safetensors")
    said, _, again = done.err.partition("\n  chainrule ")
    assert done.code == 1 and "The weights are saved in diverged.safetensors." in " ".join(said.split())
    assert all(np.isfinite(each).all() for each in cr.load("diverged.safetensors").parameters)
    assert run(*again.split(), "-o", "better.safetensors", "--epochs", "1").code == 0
    assert "--missing" not in again and "--cost" not in again, "what was not typed"


@pytest.mark.parametrize("rare", ["rare", 7])
def test_a_class_that_training_never_sees_is_tested(run, folder, rare):
    """One row of a class is enough in any part of the table, and so are many such classes."""
    random = np.random.default_rng(0)
    common = ["x", "y"] if rare == "rare" else [0, 1]
    names = [f"{rare}{k}" if k % 10 == 3 else common[k % 2] for k in range(60)]
    rows = [f"{random.random():.3f},{k},{name}" for k, name in enumerate(names)]
    (folder / "rare.csv").write_text("\n".join(["a,b,kind", *rows]), encoding="utf-8")
    done = run("train", "rare.csv", "--target", "kind", "--task", "classes", "--epochs", "2")
    assert done.code == 0, done.err
    net = cr.load("net.safetensors")
    assert sorted(map(str, net.schema.outputs.labels or range(net.sizes[-1]))) == sorted({*map(str, names)})
    assert json.loads(run("evaluate", "net.safetensors", "rare.csv", "--json").out)["total"] == 10


def test_a_table_of_one_row_has_one_row(run, folder):
    (folder / "one.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    said = run("train", "one.csv", "--target", "a").err
    assert said.startswith("chainrule: one.csv has 1 row; at least 12 are needed")
    assert run("train", "one.csv", "--target", "a", "--lang", "zh").err.startswith(
        "chainrule: one.csv 只有 1 行；至少需要 12 行"
    )
