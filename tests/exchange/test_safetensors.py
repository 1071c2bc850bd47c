"""The safetensors format: round trips, agreement with the safetensors package, and every refusal word for word."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
from numpy.typing import NDArray

from chainrule.exchange.errors import FileFormatError
from chainrule.exchange.safetensors import LARGEST_HEADER, read, write

DTYPES = ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"]
EVERY_DTYPE = "F16, F32, F64, I8, I16, I32, I64, U8, U16, U32, U64"


def file_of(header: object, data: bytes = b"") -> bytes:
    """A file with this header, which is JSON, text or bytes."""
    if not isinstance(header, str | bytes):
        header = json.dumps(header)
    encoded = header.encode() if isinstance(header, str) else header
    return len(encoded).to_bytes(8, "little") + encoded + data


def entry(dtype: object = "F32", shape: object = (2, 1), data_offsets: object = (0, 8)) -> dict[str, object]:
    return {"dtype": dtype, "shape": shape, "data_offsets": data_offsets}


def refusal(path: Path, content: bytes | None = None, **options: int) -> str:
    """The message with which the file is refused, its path shortened to `net`."""
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(FileFormatError) as caught:
        read(path, **options)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert message.endswith(".")
    assert "\n" not in message
    return "net" + message.removeprefix(str(path))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "net.safetensors"


# ---- round trips ---------------------------------------------------------------------------------------------


def assert_same(found: dict[str, NDArray], expected: dict[str, NDArray]) -> None:
    assert found.keys() == expected.keys()
    for name, array in expected.items():
        assert found[name].shape == array.shape
        assert found[name].dtype == array.dtype.newbyteorder("=")
        assert np.array_equal(found[name], array)


def arrays(dtype: str) -> dict[str, NDArray]:
    numbers = np.arange(24).astype(dtype)
    return {
        "w2": numbers.reshape(4, 6),
        "transposed": numbers.reshape(4, 6).T,
        "fortran": np.asfortranarray(numbers.reshape(2, 3, 4)),
        "every second": numbers[::2],
        "backward": numbers[::-1],
        "number": numbers[7].reshape(()),
        "empty": numbers[:0].reshape(0, 5),
        "big end first": numbers.astype(np.dtype(dtype).newbyteorder(">")),
        "名": numbers,
    }


@pytest.mark.parametrize("dtype", DTYPES)
def test_round_trip(path: Path, dtype: str) -> None:
    metadata = {"format": "test", "a": "", "反": '向 "\n'}
    write(path, arrays(dtype), metadata)
    found, texts = read(path)
    assert_same(found, arrays(dtype))
    assert texts == metadata
    assert not any(array.flags.writeable for array in found.values())


def test_extreme_numbers_keep_their_bits(path: Path) -> None:
    numbers = np.array([-0.0, 5e-324, np.finfo("f8").max, 0.1, -np.pi])
    write(path, {"x": numbers}, {})
    assert read(path)[0]["x"].tobytes() == numbers.tobytes()


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_package_reads_what_is_written_here(path: Path, dtype: str) -> None:
    write(path, arrays(dtype), {"format": "test"})
    assert_same(safetensors.numpy.load_file(path), arrays(dtype))
    with safetensors.safe_open(path, framework="np") as file:
        assert file.metadata() == {"format": "test"}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("metadata", [None, {"format": "pt", "b": "2", "a": "1"}])
def test_what_the_package_writes_is_read_here(path: Path, dtype: str, metadata: dict | None) -> None:
    plain = {name: np.array(array, np.dtype(dtype), order="C") for name, array in arrays(dtype).items()}
    safetensors.numpy.save_file(plain, path, metadata=metadata)
    found, texts = read(path)
    assert_same(found, plain)
    assert texts == (metadata or {})


def test_nothing_at_all(path: Path) -> None:
    write(path, {}, {})
    assert read(path) == ({}, {})


def test_the_numbers_begin_at_a_multiple_of_eight(path: Path) -> None:
    for length in range(8):
        write(path, {"x": np.zeros(1)}, {"a": "x" * length})
        assert int.from_bytes(path.read_bytes()[:8], "little") % 8 == 0


def test_the_same_content_is_the_same_bytes(path: Path) -> None:
    tensors = {"w2": np.zeros((2, 3)), "b2": np.ones((2, 1))}
    metadata = {letter: letter for letter in "zyxwvutsrq"}
    write(path, tensors, metadata)
    first = path.read_bytes()
    write(path, dict(reversed(tensors.items())), dict(reversed(metadata.items())))
    assert path.read_bytes() == first
    # In another process hashes and their order are others.
    code = (
        "import sys, numpy as np; from chainrule.exchange.safetensors import write;"
        " write(sys.argv[1], {'w2': np.zeros((2, 3)), 'b2': np.ones((2, 1))}, {l: l for l in 'qrstuvwxyz'})"
    )
    subprocess.run([sys.executable, "-c", code, str(path)], check=True, timeout=60)
    assert path.read_bytes() == first


def test_the_bytes_of_a_file(path: Path) -> None:
    """The format does not drift: files that people have are to be found again by their checksum."""
    write(path, {"b2": np.array([[1.0]], "f4")}, {"format": "x"})
    header = b'{"__metadata__": {"format": "x"}, "b2": {"data_offsets": [0, 4], "dtype": "F32", "shape": [1, 1]}}      '
    assert path.read_bytes() == bytes([len(header)]) + bytes(7) + header + b"\x00\x00\x80\x3f"


def test_importing_does_not_import_the_package() -> None:
    code = (
        "import sys, chainrule.exchange.network_file, chainrule.exchange.safetensors as s;"
        " assert 'safetensors' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


# ---- files that are refused ----------------------------------------------------------------------------------


def test_a_missing_file(path: Path) -> None:
    assert refusal(path) == "net does not exist; give the path of a safetensors file."


def test_a_folder(tmp_path: Path) -> None:
    assert refusal(tmp_path) == "net is a folder, where a safetensors file is expected."


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such pipes")
def test_a_pipe_is_not_waited_for(path: Path) -> None:
    os.mkfifo(path)
    assert stat.S_ISFIFO(path.stat().st_mode)
    assert refusal(path) == "net is not a regular file; give the path of a safetensors file."


def test_an_error_of_the_system(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    path.write_bytes(b"")
    monkeypatch.setattr(Path, "open", refuse)
    assert refusal(path) == "net cannot be read: Permission denied."


@pytest.mark.parametrize(
    ("content", "looks"),
    [
        (b"", "an empty file"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "a PNG image"),
        (b"PK\x03\x04\x14\x00\x00\x00\x08\x00", "a ZIP archive (as are .npz, .keras and PyTorch's .pt)"),
        (b"\x80\x04\x95\x0b\x00\x00\x00\x00\x00\x00\x00}", "a Python pickle"),
        (b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.", "a Python pickle"),
        (b"\x80\x05\x95{{{{{{{{{{{", "a Python pickle"),
        (b"\x89HDF\r\n\x1a\n\x00\x00", "an HDF5 file"),
        (b"\x93NUMPY\x01\x00v\x00{'descr'", "a NumPy .npy array"),
        (b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", "gzip-compressed data"),
        (b"GGUF\x03\x00\x00\x00{", "a GGUF model"),
        (b"version https://git-lfs.github.com/spec/v1\n", "a Git LFS pointer"),
        (b"<!DOCTYPE html><title>404</title>", "an HTML page"),
        (b'{"a": {"sizes": [784, 30, 10]}}', "text"),
        (b"weights {w2}", "text"),
        (b"\x01\x02\x03\x04\x05\x06\x07\x08\x09", "unknown data (it begins 01 02 03 04)"),
    ],
)
def test_foreign_files(path: Path, content: bytes, looks: str) -> None:
    assert refusal(path, content) == f"net is {looks}, where a safetensors file is expected."


GOOD = file_of({"b2": entry(), "b3": entry("U8", [3], [8, 11])}, b"\x00\x00\x80\x3f" * 2 + b"abc")


def test_the_file_that_the_next_tests_damage_is_good(path: Path) -> None:
    path.write_bytes(GOOD)
    assert_same(read(path)[0], {"b2": np.ones((2, 1), "f4"), "b3": np.frombuffer(b"abc", "u1")})


@pytest.mark.parametrize("length", range(len(GOOD)))
def test_a_truncated_file(path: Path, length: int) -> None:
    header = len(GOOD) - 8 - 11
    if length == 0:
        expected = "net is an empty file, where a safetensors file is expected."
    elif length < 4:
        begins = GOOD[:length].hex(" ")
        expected = f"net is unknown data (it begins {begins}), where a safetensors file is expected."
    elif length <= 8:
        expected = f"net is truncated: it ends after {length} bytes, before its header."
    elif length < 8 + header:
        expected = f"net is truncated: its header should have {header} bytes, and only {length - 8} follow."
    else:
        expected = f"net is truncated: its header declares 11 bytes of numbers, and only {length - 8 - header} follow."
    assert refusal(path, GOOD[:length]) == expected


def test_trailing_bytes(path: Path) -> None:
    expected = "net goes on after the 11 bytes of numbers that its header declares."
    assert refusal(path, GOOD + b"\x00") == expected


def test_a_file_that_is_too_large(path: Path) -> None:
    length = len(GOOD)
    path.write_bytes(GOOD)
    read(path, limit=length)
    expected = f"net has {length} bytes, where at most {length - 1} are accepted."
    assert refusal(path, limit=length - 1) == expected


def test_a_header_that_is_too_large(path: Path) -> None:
    content = (LARGEST_HEADER + 1).to_bytes(8, "little") + b'{"'
    expected = "net declares a header of 16,777,217 bytes, where at most 16,777,216 are accepted."
    assert refusal(path, content) == expected


@pytest.mark.parametrize(
    ("header", "problem"),
    [
        (b'{"\xff": 1}', "its header is not UTF-8 text (byte 2)."),
        ("{b2: 1}", "its header is not well-formed JSON (character 1)."),
        ("{} {}", "its header is not well-formed JSON (character 3)."),
        ('{"b2": NaN}', "its header holds NaN, where finite numbers are expected."),
        ('{"b2": 1, "b2": 2}', "its header names b2 twice, where every name is expected once."),
        (
            '{"__metadata__": {"a": "", "a": ""}}',
            "its header names a twice, where every name is expected once.",
        ),
        ('{"b2": ' + "[" * 10**5, "its header is nested more than 20 levels deep."),
        ('{"\\ud800": 1}', "its header holds half a character, where Unicode text is expected."),
        ({"__metadata__": ["format"]}, "its __metadata__ is ['format'], where an object is expected."),
        (
            {"__metadata__": {"epochs": 30}},
            "its __metadata__ has 30 at epochs, where text is expected.",
        ),
    ],
)
def test_a_damaged_header(path: Path, header: object, problem: str) -> None:
    assert refusal(path, file_of(header, bytes(8))) == f"net cannot be loaded: {problem}"


DESCRIBED = "where dtype, shape and data_offsets are expected."
ACCEPTED = "where at most 32 axes and 1,073,741,824 numbers are accepted."


@pytest.mark.parametrize(
    ("described", "problem"),
    [
        (entry() | {"layout": 1}, f"is described by dtype, shape, data_offsets, layout, {DESCRIBED}"),
        (entry("BF16", [4]), f"is of type BF16, where one of {EVERY_DTYPE} is expected."),
        (entry("BOOL", [8]), f"is of type BOOL, where one of {EVERY_DTYPE} is expected."),
        (entry(shape=[2] + [1] * 32), f"has the shape {str([2] + [1] * 32)[:59]}…, {ACCEPTED}"),
        (entry(shape=[0, 2**62, 2**62], data_offsets=[0, 0]), f"has the shape [0, {2**62}, {2**62}], {ACCEPTED}"),
        (entry(shape=[0, 2**16, 2**16], data_offsets=[0, 0]), f"has the shape [0, 65536, 65536], {ACCEPTED}"),
    ],
)
def test_a_tensor_that_the_package_would_accept(path: Path, described: dict[str, object], problem: str) -> None:
    expected = f"net cannot be loaded: tensor b2 {problem}"
    assert refusal(path, file_of({"b2": described}, bytes(described["data_offsets"][1]))) == expected


@pytest.mark.parametrize(
    "described",
    [
        7,
        {"dtype": "F32", "shape": []},
        entry("f32\x1b[2J"),
        entry(["F32"]),
        entry(shape=[2, -1]),
        entry(shape=[2, 1.0]),
        entry(shape=[2, True]),
        entry(shape=2),
        entry(data_offsets=[0]),
        entry(data_offsets=[0, 8, 8]),
        entry(data_offsets=[0, -8]),
        entry(data_offsets=[0, 8.0]),
        entry(data_offsets=None),
        entry(shape=[2**40, 2**40]),
        entry(shape=[3, 1000]),
        entry(shape=[]),
    ],
)
def test_a_tensor_that_the_package_refuses(path: Path, described: object) -> None:
    message = refusal(path, file_of({"b2": described}, bytes(8)))
    assert message.startswith("net cannot be loaded: the safetensors package refuses it (")
    assert message.endswith("); save or fetch it again.")
    assert message.isprintable()


@pytest.mark.parametrize(
    ("first", "second"), [((0, 8), (4, 12)), ((0, 8), (0, 8)), ((0, 8), (9, 17)), ((8, 16), (16, 24)), ((8, 0), (0, 8))]
)
def test_overlaps_and_gaps(path: Path, first: tuple[int, int], second: tuple[int, int]) -> None:
    header = {"b2": entry(data_offsets=first), "b3": entry(data_offsets=second)}
    message = refusal(path, file_of(header, bytes(max(*first, *second))))
    assert message.startswith("net cannot be loaded: the safetensors package refuses it (")


def test_a_position_of_a_hundred_digits(path: Path) -> None:
    header = {"b2": entry(), "b3": entry(data_offsets=(10**99, 10**99 + 8))}
    assert refusal(path, file_of(header, bytes(17))) == (
        f"net is truncated: its header declares {f'{10**99:,}'[:59]}… bytes of numbers, and only 17 follow."
    )


@pytest.mark.parametrize("dtype", ["F16", "F32", "F64"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize(("shape", "place"), [((3, 4), "[1, 3]"), ((12,), "[7]"), ((1, 12), "[0, 7]"), ((), "")])
def test_numbers_that_are_none(path: Path, dtype: str, value: float, shape: tuple[int, ...], place: str) -> None:
    numbers = np.zeros(12 if shape else 1, f"<f{int(dtype[1:]) // 8}")
    numbers[[7, 9] if shape else 0] = value
    content = file_of({"w2": entry(dtype, shape, [0, numbers.nbytes])}, numbers.tobytes())
    problem = f"w2{place} is {value}, where finite numbers are expected."
    assert refusal(path, content) == f"net cannot be loaded: {problem}"
    path.unlink()
    with pytest.raises(FileFormatError) as caught:
        write(path, {"w2": numbers.reshape(shape)}, {})
    assert str(caught.value) == f"{path} cannot be saved: {problem}"
    assert not path.exists()


def test_a_name_cannot_write_on_the_terminal(path: Path) -> None:
    expected = (
        "net cannot be loaded: tensor 'b\\n\\x1b[31m' is described by dtype, shape, data_offsets, layout,"
        " where dtype, shape and data_offsets are expected."
    )
    assert refusal(path, file_of({"b\n\x1b[31m": entry() | {"layout": 1}}, bytes(8))) == expected


def test_what_only_the_package_refuses(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(content: bytes) -> None:
        raise safetensors.SafetensorError("InvalidHeader")

    monkeypatch.setattr(safetensors, "deserialize", refuse)
    expected = "net cannot be loaded: the safetensors package refuses it (InvalidHeader); save or fetch it again."
    assert refusal(path, GOOD) == expected


def test_accept_comes_before_any_array(path: Path) -> None:
    path.write_bytes(file_of({"__metadata__": {"format": "pt"}, "a": entry("BF16"), "b": entry("F8")}))

    def refuse(names: list[str], metadata: dict[str, str]) -> None:
        raise FileFormatError(f"{names} {metadata}")

    with pytest.raises(FileFormatError) as caught:
        read(path, accept=refuse, limit=1)
    assert str(caught.value) == "['a', 'b'] {'format': 'pt'}"


# ---- what is not written -------------------------------------------------------------------------------------

KINDS = "float16, float32, float64, int8, int16, int32, int64, uint8, uint16, uint32, uint64"


@pytest.mark.parametrize(
    ("tensors", "metadata", "problem"),
    [
        ({"w2": np.zeros(2, complex)}, {}, f"w2 is complex128, where one of {KINDS} is expected."),
        ({"w2": np.zeros(2, bool)}, {}, f"w2 is bool, where one of {KINDS} is expected."),
        ({"w2": np.array([None])}, {}, f"w2 is object, where one of {KINDS} is expected."),
        ({"w2": np.array(["a"])}, {}, f"w2 is str32, where one of {KINDS} is expected."),
        (
            {"__metadata__": np.zeros(2)},
            {},
            "a tensor is named __metadata__, where the texts belong.",
        ),
        ({}, {"epochs": 30}, "it would hold 30, where text is expected."),
        ({2: np.zeros(2)}, {}, "it would hold 2, where text is expected."),
        ({}, {"a": "\udcff"}, "'\\udcff' holds half a character."),
        ({"\udcff": np.zeros(1)}, {}, "'\\udcff' holds half a character."),
        (
            {},
            {"a": "x" * LARGEST_HEADER},
            "its header would have 16,777,248 bytes, where at most 16,777,216 are accepted.",
        ),
    ],
)
def test_what_cannot_be_saved(path: Path, tensors: dict, metadata: dict, problem: str) -> None:
    path.write_bytes(b"old")
    with pytest.raises(FileFormatError) as caught:
        write(path, tensors, metadata)
    assert str(caught.value) == f"{path} cannot be saved: {problem}"
    assert path.read_bytes() == b"old"
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_failure_while_writing_leaves_the_old_file(path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    write(path, {"w2": np.ones(3)}, {})
    before = path.read_bytes()
    monkeypatch.setattr(os, step, fail)
    with pytest.raises(OSError, match="No space left"):
        write(path, {"w2": np.zeros(1000)}, {})
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]
