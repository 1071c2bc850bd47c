"""Every command under every encoding: complete ASCII or all signs, no exception, no question mark, the same content."""

import os
import re
import subprocess
import sys

import pytest

import chainrule as cr
from chainrule.show.spelling import in_ascii

FUNCTION = "import numpy as np\ndef layer(w, x):\n    δ = np.exp(x)\n    return np.sum(w @ δ)\n"


def plain(text):
    """What differs from run to run, and by how far gaps gave way, left out."""
    text = re.sub(r"\d+(\.\d+)? m?s\b|(?<=\"seconds\": )[\d.e-]+", "TIME", text)
    text = re.sub(r"\+-+\+", "+-+", text)  # a bracket is as long as the sizes that it ties are apart
    # Code and comments that are broken have their mark again.
    lines = (line.strip().removeprefix("| ").removeprefix("# ") for line in text.splitlines())
    return [" ".join(line.split()) for line in lines]


def unwrapped(text):
    return " ".join(" ".join(plain(text)).split())


LONG = ("train", "lost", "predict", "why", "check")
"""Commands that compute for long; under cp1252 and gbk signs are spelled in ASCII as they are under ascii."""
DRIVER = """
import ast, os, sys
from chainrule.cli import main

for name, typed in ast.literal_eval(sys.argv[1]).items():
    code = main(typed)
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
        os.write(stream.fileno(), b"--- %s %d" % (name.encode(), code) + os.linesep.encode())
"""


@pytest.fixture
def everything(net, photos, dataset, folder):
    """Every command, run in one process of a given environment: exit code, output and error output by name."""
    cr.Network([4, 3], seed=0).save("small.safetensors")
    (folder / "model.py").write_text(FUNCTION, encoding="utf-8")
    data, net = str(dataset), str(net)
    commands = {
        "overview": [],
        "help": ["shapes", "--help"],
        "train": ["train", data, "--layers", "4,3,2", "--epochs", "2", "-o", "out.safetensors"],
        "lost": ["train", data, "--layers", "4,3", "--learning-rate", "1e9", "--json", "-o", "out.safetensors"],
        "evaluate": ["evaluate", "small.safetensors", data],
        "predict": ["predict", *map(str, photos), "没有.png"],
        "shapes": ["shapes", "784,30,10"],
        "derive": ["derive", net],
        "function": ["derive", "model.py:layer", "--shapes", "w=3x4,x=4x2"],
        "latex": ["derive", net, "--latex"],
        "explain": ["explain", net, "--example", "0", "--lang", "en"],
        "why": ["explain", net, "--example", "0", "--why", "--blame", "--value", "--layers", "--lang", "en"],
        "check": ["check", net],
        "article": ["article", "--lang", "en"],
        "error": ["derive", "model.py:layer", "--shapes", "w=3x4,x=5x2"],
        "misuse": ["train", "--шаги", "η"],
    }

    def run(encoding, without=(), **environment):
        (folder / "out.safetensors").unlink(missing_ok=True)
        chosen = {name: typed for name, typed in commands.items() if name not in without}
        done = subprocess.run(
            [sys.executable, "-c", DRIVER, ascii(chosen)],
            env={**os.environ, "PYTHONIOENCODING": encoding, **environment},
            capture_output=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        found = []
        for stream in (done.stdout, done.stderr):
            parts = re.split(r"--- (\w+) (\d+)\r?\n", stream.decode(encoding))
            told = zip(parts[:-1:3], parts[1::3], parts[2::3], strict=True)
            found.append({name: (int(code), text) for text, name, code in told})
        return found

    return run


def test_every_command_under_every_encoding(everything):
    reference = everything("utf-8")
    assert {name: code for name, (code, _) in reference[0].items() if code} == {"predict": 1, "error": 1, "misuse": 2}
    assert len(reference[0]) == 16
    for encoding, without in (("ascii", ()), ("cp1252", LONG), ("gbk", LONG)):
        for given, wanted in zip(everything(encoding, without, TERM="dumb", NO_COLOR="1"), reference, strict=True):
            for name, (code, text) in given.items():
                assert code == wanted[name][0]
                spelled = "".join(in_ascii(wanted[name][1])).encode(encoding, "backslashreplace").decode(encoding)
                assert unwrapped(text) == unwrapped(spelled), (encoding, name)
                assert text.count("?") == wanted[name][1].count("?")
                assert "\x1b" not in text
                assert "Traceback" not in text
                assert encoding != "ascii" or text.isascii()


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "gbk"])
def test_a_command_of_its_own_under_every_encoding(command, encoding):
    done = command("shapes", "2,1", PYTHONIOENCODING=encoding, TERM="dumb", NO_COLOR="1")
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"  delta^2   1x10      (a^2 - y) * sigma'(z^2)   (1x10 - 1x10) * 1x10" in done.stdout
