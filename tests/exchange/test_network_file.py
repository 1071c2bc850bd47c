"""The network's file: round trips, the names and texts in it, every refusal word for word, and the next free name."""

import dataclasses
import json
import os
import zipfile
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
from numpy.typing import NDArray

from chainrule.exchange.errors import FileFormatError
from chainrule.exchange.network_file import NetworkFile, load, next_free, save

ARCHITECTURE = {"activations": ["sigmoid", "sigmoid"], "cost": "quadratic"}
PREPROCESSING = {"input": "gray 0–255 divided by 255"}
PROVENANCE = {
    "version": "0.1.0",
    "seed": 2**128,
    "settings": {"epochs": 30, "learning_rate": 3.0, "validation": None},
    "executor": "numpy",
    "comment": "反向传播",
}


def network(sizes: tuple[int, ...] = (4, 3, 2), dtype: str = "float32") -> NetworkFile:
    random = np.random.default_rng(0)
    return NetworkFile(
        sizes=sizes,
        arrays={
            f"{letter}{layer}": random.standard_normal((n, m if letter == "w" else 1)).astype(dtype)
            for layer, (m, n) in enumerate(pairwise(sizes), start=2)
            for letter in "wb"
        },
        architecture=ARCHITECTURE | {"dtype": dtype},
        preprocessing=PREPROCESSING,
        provenance=PROVENANCE,
    )


def assert_same(found: NetworkFile, expected: NetworkFile) -> None:
    assert found.sizes == expected.sizes
    assert list(found.arrays) == list(expected.arrays)
    for a, b in zip(found.arrays.values(), expected.arrays.values(), strict=True):
        assert a.dtype == b.dtype and a.shape == b.shape and np.array_equal(a, b)
    for part in ("architecture", "preprocessing", "provenance"):
        assert getattr(found, part) == getattr(expected, part)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "net.safetensors"


def parts() -> tuple[dict[str, NDArray], dict[str, str]]:
    """The arrays and texts of a good file, to be made wrong."""
    net = network()
    return dict(net.arrays), {
        "format": "chainrule network",
        "format_version": "1",
        "architecture": json.dumps(ARCHITECTURE | {"sizes": [4, 3, 2], "dtype": "float32"}),
        "preprocessing": json.dumps(PREPROCESSING),
        "provenance": json.dumps(PROVENANCE),
    }


def refusal(path: Path) -> str:
    """The message with which the file is refused, its path shortened to `net`."""
    with pytest.raises(FileFormatError) as caught:
        load(path)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert message.endswith(".")
    assert "\n" not in message
    return "net" + message.removeprefix(str(path))


# ---- round trips -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("sizes", [(784, 30, 10), (4, 3, 2), (1, 1), (3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8)])
def test_round_trip(path: Path, sizes: tuple[int, ...], dtype: str) -> None:
    save(path, network(sizes, dtype))
    found = load(str(path))
    assert_same(found, network(sizes, dtype))
    assert not any(array.flags.writeable for array in found.arrays.values())


def test_a_thousand_layers(path: Path) -> None:
    save(path, network((1,) * 1000))
    assert_same(load(path), network((1,) * 1000))


def test_arrays_as_training_leaves_them(path: Path) -> None:
    """Transposed, and of the other byte order: what counts are the numbers."""
    net = network()
    save(
        path,
        dataclasses.replace(
            net,
            arrays={**net.arrays, "w2": np.asfortranarray(net.arrays["w2"]), "w3": net.arrays["w3"].astype(">f4")},
        ),
    )
    assert_same(load(path), net)


def test_the_package_reads_it_by_the_books_names(path: Path) -> None:
    save(path, network())
    found = safetensors.numpy.load_file(path)
    expected, texts = parts()
    assert found.keys() == expected.keys()
    assert all(np.array_equal(found[name], expected[name]) for name in expected)
    with safetensors.safe_open(path, framework="np") as file:
        metadata = file.metadata()
    for part in ("architecture", "preprocessing", "provenance"):
        assert json.loads(metadata.pop(part)) == json.loads(texts[part])
    assert metadata == {"format": "chainrule network", "format_version": "1"}


def test_what_the_package_writes_by_these_names_is_a_network(path: Path) -> None:
    safetensors.numpy.save_file(*_saved(path))
    assert_same(load(path), network())


def _saved(path: Path) -> tuple[dict[str, NDArray], Path, dict[str, str]]:
    tensors, metadata = parts()
    return tensors, path, metadata


def test_a_dtype_need_not_be_said(path: Path) -> None:
    net = dataclasses.replace(network(), architecture=ARCHITECTURE)
    save(path, net)
    assert load(path).architecture == ARCHITECTURE


def test_other_texts_are_left_alone(path: Path) -> None:
    tensors, metadata = parts()
    safetensors.numpy.save_file(tensors, path, metadata=metadata | {"license": "MIT"})
    assert_same(load(path), network())


def test_the_same_network_is_the_same_bytes(path: Path) -> None:
    save(path, network())
    first = path.read_bytes()
    net = network()
    turned = {name: dict(reversed(getattr(net, name).items())) for name in ("architecture", "provenance")}
    save(path, dataclasses.replace(net, **turned))
    assert path.read_bytes() == first


# ---- files that are refused ------------------------------------------------------------------------------------------


def test_files_of_other_kinds(path: Path) -> None:
    expected = ", where a safetensors file is expected."
    path.write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR")
    assert refusal(path) == f"net is a PNG image{expected}"
    path.write_bytes(b"\x80\x04\x95\x0b\x00\x00\x00\x00\x00\x00\x00]")
    assert refusal(path) == f"net is a Python pickle{expected}"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", b"")
    assert refusal(path) == f"net is a ZIP archive (as are .npz, .keras and PyTorch's .pt){expected}"
    path.unlink()
    assert refusal(path) == "net does not exist; give the path of a safetensors file."


def test_a_limit(path: Path) -> None:
    save(path, network())
    size = path.stat().st_size
    load(path, limit=size)
    with pytest.raises(FileFormatError) as caught:
        load(path, limit=100)
    assert str(caught.value) == f"{path} has {size:,} bytes, where at most 100 are accepted."


A_NETWORK = "where a network saved by chainrule is expected."
NUMBERS = np.zeros((2, 2), "f4")


@pytest.mark.parametrize(
    ("names", "metadata", "what"),
    [
        (["0.weight", "0.bias", "2.weight"], None, "looks like a PyTorch model (3 tensors: 0.bias, 0.weight, …)"),
        (["weights"], {"format": "pt"}, "looks like a PyTorch model (1 tensor: weights)"),
        (["a", "b"], {"format": "tf"}, "looks like a TensorFlow model (2 tensors: a, b)"),
        (["a"], {"format": "flax"}, "looks like a Flax model (1 tensor: a)"),
        (["a"], {"format": "mlx"}, "looks like an MLX model (1 tensor: a)"),
        (["w2", "b2"], None, "is another safetensors file (2 tensors: b2, w2)"),
        (["a\x1b"], None, "is another safetensors file (1 tensor: 'a\\x1b')"),
        ([], None, "is another safetensors file (0 tensors)"),
        (["w2"], {"format": "chainrule checkpoint"}, "is a chainrule checkpoint"),
    ],
)
def test_other_peoples_tensors(path: Path, names: list[str], metadata: dict | None, what: str) -> None:
    safetensors.numpy.save_file(dict.fromkeys(names, NUMBERS), path, metadata=metadata)
    assert refusal(path) == f"net {what}, {A_NETWORK}"


def test_a_pytorch_model_of_a_type_that_numpy_lacks(path: Path) -> None:
    header = json.dumps({"0.weight": {"dtype": "BF16", "shape": [1], "data_offsets": [0, 2]}}).encode()
    path.write_bytes(len(header).to_bytes(8, "little") + header + bytes(2))
    assert refusal(path) == f"net looks like a PyTorch model (1 tensor: 0.weight), {A_NETWORK}"


def test_a_newer_version(path: Path) -> None:
    safetensors.numpy.save_file({"w2": NUMBERS}, path, metadata={"format": "chainrule network", "format_version": "12"})
    expected = "net was made by a newer chainrule (format version 12, and this one reads 3); upgrade chainrule."
    assert refusal(path) == expected


@pytest.mark.parametrize(
    ("version", "told"),
    [("", "''"), ("0", "0"), ("-1", "-1"), ("1.0", "1.0"), ("01", "01"), ("9" * 70, "9" * 59 + "…"), ("²", "²")],
)
def test_a_version_that_is_none(path: Path, version: str, told: str) -> None:
    safetensors.numpy.save_file(
        {"w2": NUMBERS}, path, metadata={"format": "chainrule network", "format_version": version}
    )
    assert refusal(path) == f"net has the format version {told}, where 1–3 is expected."


def test_no_version(path: Path) -> None:
    safetensors.numpy.save_file({"w2": NUMBERS}, path, metadata={"format": "chainrule network"})
    assert refusal(path) == "net has the format version '', where 1–3 is expected."


ASKED = "where the sizes 4, 3, 2 ask for"
LAYERS = f"{ASKED} w2, b2 to w3, b3."


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ({"b3": None}, f"b3 is missing, {LAYERS}"),
        ({"w2": None, "b3": None}, f"w2 is missing, {LAYERS}"),
        ({"w4": np.zeros((2, 2), "f4")}, f"it holds w4 too, {LAYERS}"),
        ({"W 2\n": np.zeros((2, 2), "f4")}, f"it holds 'W 2\\n' too, {LAYERS}"),
        ({"w2": np.zeros((3, 5), "f4")}, f"w2 is 3 × 5, {ASKED} 3 × 4."),
        ({"w2": np.zeros((4, 3), "f4")}, f"w2 is 4 × 3, {ASKED} 3 × 4."),
        ({"b2": np.zeros(3, "f4")}, f"b2 is 3, {ASKED} 3 × 1."),
        ({"b3": np.zeros((), "f4")}, f"b3 is a single number, {ASKED} 2 × 1."),
        ({"b3": np.zeros((0, 1), "f4")}, f"b3 is 0 × 1, {ASKED} 2 × 1."),
        ({"w2": np.zeros((3, 4), "f2")}, "w2 is float16, where float32 or float64 is expected."),
        ({"b3": np.zeros((2, 1), "i8")}, "b3 is int64, where float32 or float64 is expected."),
        ({"b3": np.zeros((2, 1), "f8")}, "b3 is float64 and w2 is float32, where one type is expected."),
        ({"w3": np.full((2, 3), np.nan, "f4")}, "w3[0, 0] is nan, where finite numbers are expected."),
    ],
)
def test_arrays_that_do_not_fit(path: Path, wrong: dict, problem: str) -> None:
    tensors, metadata = parts()
    tensors |= wrong
    safetensors.numpy.save_file(
        {name: array for name, array in tensors.items() if array is not None}, path, metadata=metadata
    )
    assert refusal(path) == f"net cannot be loaded: {problem}"


SIZES = "where 2 to 1,000 whole numbers from 1 are expected."


@pytest.mark.parametrize(
    ("sizes", "problem"),
    [
        ([4, 3], "it holds b3 too, where the sizes 4, 3 ask for w2, b2."),
        ([4, 3, 2, 1], "w4 is missing, where the sizes 4, 3, 2, 1 ask for w2, b2 to w4, b4."),
        ([4, 2**31, 2], f"w2 is 3 × 4, where the sizes 4, {2**31}, 2 ask for 2,147,483,648 × 4."),
        ([5] * 9, "w4 is missing, where the sizes 5, 5, 5, …, 5 ask for w2, b2 to w9, b9."),
        (None, f"its architecture has the sizes None, {SIZES}"),
        ([], f"its architecture has the sizes [], {SIZES}"),
        ([4], f"its architecture has the sizes [4], {SIZES}"),
        ("432", f"its architecture has the sizes '432', {SIZES}"),
        ({"4": 3}, f"its architecture has the sizes {{'4': 3}}, {SIZES}"),
        ([4, 0, 2], f"its architecture has the sizes [4, 0, 2], {SIZES}"),
        ([4, -3, 2], f"its architecture has the sizes [4, -3, 2], {SIZES}"),
        ([4, 3.0, 2], f"its architecture has the sizes [4, 3.0, 2], {SIZES}"),
        ([4, True, 2], f"its architecture has the sizes [4, True, 2], {SIZES}"),
        ([4, 2**31 + 1, 2], f"its architecture has the sizes [4, {2**31 + 1}, 2], {SIZES}"),
        ([4, 10**99, 2], f"its architecture has the sizes [4, 1{'0' * 54}…, {SIZES}"),
        ([1] * 1001, f"its architecture has the sizes 1,001 of them, {SIZES}"),
    ],
)
def test_sizes_that_do_not_fit(path: Path, sizes: object, problem: str) -> None:
    tensors, metadata = parts()
    metadata["architecture"] = json.dumps({"sizes": sizes})
    safetensors.numpy.save_file(tensors, path, metadata=metadata)
    assert refusal(path) == f"net cannot be loaded: {problem}"


@pytest.mark.parametrize("part", ["architecture", "preprocessing", "provenance"])
@pytest.mark.parametrize(
    ("written", "problem"),
    [
        (None, "it has no {part}, where a JSON object is expected."),
        ("", "its {part} is not well-formed JSON (character 0)."),
        ('{"a": 1', "its {part} is not well-formed JSON (character 7)."),
        ("[1, 2]", "its {part} is [1, 2], where a JSON object is expected."),
        ("null", "its {part} is null, where a JSON object is expected."),
        ('{"a": 1, "a": 1}', "its {part} names a twice, where every name is expected once."),
        ('{"a": Infinity}', "its {part} holds Infinity, where finite numbers are expected."),
        ('{"a": ' + "[" * 20 + "]" * 20 + "}", "its {part} is nested more than 20 levels deep."),
        ("[" * 10**6, "its {part} is nested more than 20 levels deep."),
    ],
)
def test_texts_that_are_wrong(path: Path, part: str, written: str | None, problem: str) -> None:
    tensors, metadata = parts()
    metadata.pop(part)
    safetensors.numpy.save_file(tensors, path, metadata=metadata | ({part: written} if written is not None else {}))
    assert refusal(path) == "net cannot be loaded: " + problem.format(part=part)


@pytest.mark.parametrize(("dtype", "told"), [("float64", "float64"), (32, "32"), (None, "None")])
def test_a_dtype_that_is_another(path: Path, dtype: object, told: str) -> None:
    tensors, metadata = parts()
    metadata["architecture"] = json.dumps({"sizes": [4, 3, 2], "dtype": dtype})
    safetensors.numpy.save_file(tensors, path, metadata=metadata)
    assert refusal(path) == f"net cannot be loaded: w2 is float32, where its architecture says {told}."


# ---- what is not saved -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ({"sizes": (4, 3)}, "it holds w3 too, where the sizes 4, 3 ask for w2, b2."),
        ({"sizes": (4,)}, f"its architecture has the sizes [4], {SIZES}"),
        (
            {"sizes": (np.int64(4), 3, 2)},
            "its architecture holds int64 at sizes.0, where plain numbers, texts, lists and dictionaries are expected.",
        ),
        ({"arrays": {"w3": None}}, f"w3 is missing, {LAYERS}"),
        ({"arrays": {"b3": np.zeros(2, "f4")}}, f"b3 is 2, {ASKED} 2 × 1."),
        (
            {"arrays": {"b3": np.array([[0], [np.inf]], "f4")}},
            "b3[1, 0] is inf, where finite numbers are expected.",
        ),
        (
            {"arrays": {"b2": np.zeros((3, 1)), "b3": np.zeros((2, 1))}},
            "b2 is float64 and w2 is float32, where one type is expected.",
        ),
        ({"architecture": {"dtype": "float64"}}, "w2 is float32, where its architecture says float64."),
        (
            {"architecture": {"sizes": [4, 3, 2]}},
            "its architecture has sizes, where only the file's own sizes are expected.",
        ),
        (
            {"provenance": {"settings": {"learning_rate": np.float32(3)}}},
            "its provenance holds float32 at settings.learning_rate,"
            " where plain numbers, texts, lists and dictionaries are expected.",
        ),
        (
            {"preprocessing": {"mean": np.nan}},
            "its preprocessing holds nan at mean, where finite numbers are expected.",
        ),
    ],
)
def test_what_cannot_be_saved(path: Path, wrong: dict, problem: str) -> None:
    path.write_bytes(b"old")
    good = network()
    if "arrays" in wrong:  # None leaves one out
        arrays = {**good.arrays, **wrong["arrays"]}
        wrong = {"arrays": {name: array for name, array in arrays.items() if array is not None}}
    with pytest.raises(FileFormatError) as caught:
        save(path, dataclasses.replace(good, **wrong))
    assert str(caught.value) == f"{path} cannot be saved: {problem}"
    assert path.read_bytes() == b"old"
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_failure_while_saving_leaves_the_old_network(path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    save(path, network())
    monkeypatch.setattr(os, step, fail)
    with pytest.raises(KeyboardInterrupt):
        save(path, network((4, 5, 6)))
    assert_same(load(path), network())
    assert list(path.parent.iterdir()) == [path]


# ---- the next free name ----------------------------------------------------------------------------------------------


def test_next_free(path: Path) -> None:
    names = []
    for _ in range(4):
        free = next_free(path)
        names.append(free.name)
        free.touch()
    assert names == ["net.safetensors", "net-2.safetensors", "net-3.safetensors", "net-4.safetensors"]
    (path.parent / "net-3.safetensors").unlink()
    assert next_free(str(path)) == path.parent / "net-3.safetensors"


def test_next_free_without_an_ending_and_beside_a_folder(tmp_path: Path) -> None:
    (tmp_path / "net").mkdir()
    assert next_free(tmp_path / "net") == tmp_path / "net-2"


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege on Windows")
def test_a_link_that_leads_nowhere_is_not_free(path: Path) -> None:
    path.symlink_to("nowhere")
    assert next_free(path).name == "net-2.safetensors"
