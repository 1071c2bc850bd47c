"""`chainrule export`."""

import base64
import json
import re
import zlib

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
            "chainrule: digits.doc has no known end; a network is exported as one of .py, .h, .js, .mjs, .onnx, .html.",
        ),
        (["digits.py", "tiny"], "chainrule: DATA is what the file is verified on; say on how many test images:"),
        (["digits.py", "--verify", "0"], "chainrule: --verify is '0'; it must be a whole number from 1"),
    ],
)
def test_what_cannot_be_asked_for(run, net, folder, typed, said):
    done = run("export", "net.safetensors", *typed)
    assert done.code and done.err.startswith(said[:60]) and not [*folder.glob("digits*")]


# ---- a page ----------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("undiagnosed")
def test_a_page(run, net, folder):
    done = run("export", "net.safetensors", "page.html")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[-1] == "written to page.html: open it in any browser"
    text = (folder / "page.html").read_text(encoding="utf-8")
    assert text.startswith("<!doctype html>") and f"{len(text.encode()):,} bytes" in done.out
    found = json.loads(run("export", "net.safetensors", "page.html", "--json").out)
    assert found == {"file": "page.html", "bytes": len(text.encode())}


@pytest.mark.usefixtures("undiagnosed")
@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["page.html", "--verify", "5"], "chainrule: --verify is not for a page; leave it out."),
        (["page.html", "--int8"], "chainrule: --int8 is not for a page; leave it out."),
        (
            ["digits.py", "--training-digits", "5"],
            "chainrule: --training-digits is for a page, whose file ends with .html",
        ),
    ],
)
def test_what_is_not_for_a_page(run, net, folder, typed, said):
    done = run("export", "net.safetensors", *typed)
    assert done.code and done.err.startswith(said) and not [*folder.glob("digits*"), *folder.glob("page*")]


def test_a_page_of_a_table(run, folder):
    rows = [f"{a},{b},{'yes' if a + b > 9 else 'no'}" for a in range(10) for b in range(8)]
    (folder / "rows.csv").write_text("\n".join(["a,b,answer", *rows]), encoding="utf-8")
    assert run("train", "rows.csv", "--target", "answer", "--epochs", "2", "-o", "rows.safetensors").code == 0
    done = run("export", "rows.safetensors", "rows.html")
    assert (done.code, done.err) == (0, "")
    packed = re.search('id="packed">([^<]+)<', (folder / "rows.html").read_text(encoding="utf-8"))[1]
    network = json.loads(zlib.decompress(base64.b64decode(packed)))["data"]["network"]
    assert network["inputs"]["names"] == ["a", "b"] and network["carried"]["shown"] == 13
