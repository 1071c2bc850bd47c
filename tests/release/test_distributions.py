"""What is published: a wheel and an sdist, built, checked, listed, weighed; and the wheel works where nothing else is."""

import os
import re
import subprocess
import sys
import tarfile
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

import chainrule

ROOT = Path(__file__).resolve().parents[2]
MOST = 15_000_000
pytestmark = pytest.mark.release


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The folder of both distributions."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run([sys.executable, "-m", "build", "-o", folder, ROOT], check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def wheel(built):
    (found,) = built.glob("*.whl")
    return found


def test_twine_finds_nothing_to_say(built):
    files = [*built.iterdir()]
    assert len(files) == 2
    done = subprocess.run([sys.executable, "-m", "twine", "check", "--strict", *files], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_the_wheel_has_the_package_and_nothing_else(wheel):
    with zipfile.ZipFile(wheel) as file:
        names = set(file.namelist())
    package = {name for name in names if ".dist-info/" not in name}
    tracked = subprocess.run(["git", "ls-files", "src/chainrule"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert package == {name.removeprefix("src/") for name in tracked.stdout.splitlines()}
    assert "chainrule/py.typed" in package
    assert any(name.endswith("/licenses/LICENSE") for name in names)


def test_the_wheel_is_small_enough_and_most_of_it_is_data(wheel):
    assert wheel.stat().st_size < MOST
    with zipfile.ZipFile(wheel) as file:
        data = sum(each.compress_size for each in file.infolist() if each.filename.startswith("chainrule/data/"))
        large = {each.filename for each in file.infolist() if each.compress_size > 200_000}
    assert 0.85 < data / wheel.stat().st_size < 0.95  # as the page of installing says
    assert large == {
        "chainrule/data/mnist/train-images-idx3-ubyte.gz",
        "chainrule/data/mnist/t10k-images-idx3-ubyte.gz",
    }


def test_the_sdist_has_what_tests_and_pages_need(built):
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as file:
        parts = {name.split("/")[1] for name in file.getnames() if "/" in name}
    assert {
        "src",
        "tests",
        "docs",
        "examples",
        "benchmarks",
        "pyproject.toml",
        "LICENSE",
        "CITATION.cff",
        "SECURITY.md",
    } <= parts
    assert not {".git", ".venv", "build", "dist"} & parts


def test_the_wheel_alone_does_the_main_job(wheel, tmp_path):
    venv.create(tmp_path / "venv", with_pip=True)
    python = next((tmp_path / "venv").glob("[bS]*/python*"))
    subprocess.run([python, "-m", "pip", "install", "-q", "--no-cache-dir", wheel], check=True)
    command = [python, "-m", "chainrule", "train", "--train-size", "2000", "--epochs", "3", "--json"]
    done = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True)
    assert '"accuracy"' in done.stdout
    script = next((tmp_path / "venv").glob("[bS]*/chainrule*"))
    shown = subprocess.run([script, "--version"], check=True, capture_output=True, text=True)
    assert shown.stdout == f"chainrule {chainrule.__version__}\n"


@pytest.mark.parametrize("words", ["uv tool run --from", "pipx run --spec"])
def test_the_wheel_runs_without_being_installed(wheel, tmp_path, words):
    package, *rest = words.split()
    pytest.importorskip(package)
    folders = {
        name: str(tmp_path / name) for name in ("HOME", "UV_CACHE_DIR", "UV_TOOL_DIR", "PIPX_HOME", "PIPX_BIN_DIR")
    }
    certificates = {"UV_SYSTEM_CERTS": "1"}  # those of the machine, which pip takes by itself
    done = subprocess.run(
        [sys.executable, "-m", package, *rest, str(wheel), "chainrule", "shapes", "4,8,3", "--lang", "en"],
        cwd=tmp_path, env={**os.environ, **folders, **certificates}, capture_output=True, encoding="utf-8",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "8×4 · 4×10 + 8×1" in done.stdout


def test_the_changelog_has_this_version_with_its_date():
    version = chainrule.__version__
    if "dev" not in version:
        text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
        (date,) = re.findall(rf"^## {re.escape(version)} – (\d{{4}}-\d\d-\d\d)$", text, re.M)
        assert f"date-released: {date}" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")


def test_the_citation_names_this_version():
    lines = (ROOT / "CITATION.cff").read_text(encoding="utf-8").splitlines()
    assert f"version: {chainrule.__version__}" in lines
    assert (
        tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
        == chainrule.__version__
    )
