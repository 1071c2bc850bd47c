"""`chainrule export`."""

import json

import numpy as np
import pytest

import chainrule as cr


@pytest.fixture
def net(dataset, run):
    assert run("train", "tiny", "--epochs", "3", "-o", "net.safetensors").code == 0
    return cr.load("net.safetensors")


@pytest.mark.usefixtures("undiagnosed")
def test_a_file_is_written_and_verified(run, net, folder):
    done = run("export", "net.safetensors", "digits.py", "--verify", "5")
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[1].split()[:2] == ["file", "digits.py"] and lines[1].endswith(" bytes")
    assert lines[2].startswith("verified  ") and "on 5 test images" in " ".join(done.out.split())
    assert lines[-1].startswith("reads     ") and lines[-1].endswith("The same answer to 100.0 %")
    scope = {}
    exec((folder / "digits.py").read_text(encoding="utf-8"), scope)
    images, _ = cr.datasets.load_folder("tiny")[2]
    np.testing.assert_allclose(scope["Network"]()(images), net(images), atol=1e-6)


@pytest.mark.usefixtures("undiagnosed")
def test_json(run, net, folder):
    found = json.loads(run("export", "net.safetensors", "digits.py", "--verify", "5", "--json").out)
    assert found["bytes"] == (folder / "digits.py").stat().st_size
    assert found["rows"] == 5 and found["difference"] < 1e-6 and found["accuracy"] == found["accuracy_of_network"]
    found = json.loads(run("export", "net.safetensors", "digits.py", "--json").out)
    assert found["rows"] == 0 and found["difference"] is None is found["accuracy"]


@pytest.mark.usefixtures("undiagnosed")
def test_a_file_that_learns(run, net, folder):
    done = run("export", "net.safetensors", "digits.py", "--learns", "--verify", "5")
    assert done.out.splitlines()[-1].startswith("learns    ") and "after 5 steps" in done.out
    assert (
        json.loads(run("export", "net.safetensors", "digits.py", "--learns", "--verify", "5", "--json").out)["learned"]
        == 0
    )
    assert "def step(" in (folder / "digits.py").read_text(encoding="utf-8")


@pytest.mark.usefixtures("undiagnosed")
def test_in_chinese(run, net):
    done = run("export", "net.safetensors", "digits.py", "--verify", "5", "--lang", "zh")
    assert done.out.splitlines()[-1].endswith("答案相同的占 100.0 %")


@pytest.mark.usefixtures("undiagnosed")
@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (
            ["digits.doc"],
            "chainrule: digits.doc has no known end; a network is exported as one of .py, .h, .js, .mjs, .onnx.",
        ),
        (["digits.py", "tiny"], "chainrule: DATA is what the file is verified on; say on how many test images:"),
        (["digits.py", "--verify", "0"], "chainrule: --verify is '0'; it must be a whole number from 1"),
    ],
)
def test_what_cannot_be_asked_for(run, net, folder, typed, said):
    done = run("export", "net.safetensors", *typed)
    assert done.code and done.err.startswith(said[:60]) and not [*folder.glob("digits*")]
