"""What the tests of the command line share: a command run here or in its own process, a network, pictures, data."""

import os
import struct
import subprocess
import sys
from dataclasses import dataclass

import numpy as np
import pytest
from PIL import Image

import chainrule as cr
from chainrule.cli import main

ENVIRONMENT = (
    "NO_COLOR",
    "FORCE_COLOR",
    "TERM",
    "COLORTERM",
    "COLORFGBG",
    "COLUMNS",
    "CHAINRULE_DEBUG",
    "PYTHONIOENCODING",
    "CHAINRULE_LANG",
    "LC_ALL",
    "LC_MESSAGES",
    "LANG",
)


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch):
    for name in ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder, in which the command runs."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(capsys, folder):
    """Run a command in this process."""

    def run(*arguments):
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Done(code, captured.out, captured.err)

    return run


@pytest.fixture
def command(folder):
    """Run a command in a process of its own, and get its bytes."""

    def command(*arguments, **environment):
        clean = {name: value for name, value in os.environ.items() if name not in ENVIRONMENT}
        return subprocess.run(
            [sys.executable, "-m", "chainrule", *map(str, arguments)],
            cwd=folder,
            env={**clean, **environment},
            capture_output=True,
            timeout=120,
        )

    return command


@pytest.fixture
def undiagnosed(monkeypatch):
    """Runs here end without a diagnosis: its trials learn for longer than so small a run, and have tests of their own."""
    monkeypatch.setattr(cr.Network, "diagnose", lambda *data, **settings: ())


@pytest.fixture(scope="session")
def net(tmp_path_factory):
    """A file with a network that has learned a little."""
    path = tmp_path_factory.mktemp("net") / "net.safetensors"
    train = cr.datasets.mnist()[0]
    network = cr.Network([784, 30, 10], seed=0)
    network.fit(train.images[:5000], train.labels[:5000], epochs=5)
    network.save(path)
    return path


@pytest.fixture(scope="session")
def photos(tmp_path_factory):
    """Pictures of the first test digits, dark on light and ten times as big; and one of light on dark."""
    path = tmp_path_factory.mktemp("photos")
    test = cr.datasets.mnist()[2]
    files = []
    for at in range(4):
        digit = Image.fromarray(255 - test.images[at]).resize((280, 280), Image.Resampling.BICUBIC)
        page = Image.new("L", (500, 600), 255)
        page.paste(digit, (80 + 10 * at, 120))
        page = page if at != 3 else page.point(lambda gray: 255 - gray)
        files.append(path / f"{test.labels[at]}.png")
        page.save(files[-1])
    return files


def _write_idx(path, array):
    path.write_bytes(
        struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.astype(np.uint8).tobytes()
    )


@pytest.fixture
def write_idx():
    """Write an array of bytes as an IDX file."""
    return _write_idx


@pytest.fixture
def dataset(folder):
    """A folder with files named like MNIST's: 120 images of 2×2 pixels to train and 30 to test, of 2 classes."""
    random = np.random.default_rng(0)
    path = folder / "tiny"
    path.mkdir()
    for stem, count in (("train", 120), ("t10k", 30)):
        labels = random.integers(0, 2, count)
        images = np.zeros((count, 2, 2)) + 200 * labels[:, None, None] + random.integers(0, 50, (count, 2, 2))
        _write_idx(path / f"{stem}-images-idx3-ubyte", images)
        _write_idx(path / f"{stem}-labels-idx1-ubyte", labels)
    return path
