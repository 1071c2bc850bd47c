"""IDX files: what is written is read, and whatever else is refused in one exact sentence, in bounded memory and time."""

import gzip
import io
import os
import tracemalloc
import zlib

import numpy as np
import pytest

from chainrule.data.errors import DataError, describe
from chainrule.data.idx import LARGEST, decode_idx, read_idx


def squeezed(content):
    """Gzip without the time of day, which would make every run, and every worker of a run, name its tests otherwise."""
    return gzip.compress(content, mtime=0)


def header(*shape, kind=8):
    return bytes([0, 0, kind, len(shape)]) + np.array(shape, ">u4").tobytes()


def idx(array):
    return header(*array.shape) + array.tobytes()


def refusal(path):
    with pytest.raises(DataError) as refused:
        read_idx(path)
    return str(refused.value).replace(str(path), "FILE")


@pytest.fixture
def file(tmp_path):
    return tmp_path / "file"


@pytest.mark.parametrize("shape", [(1,), (7,), (3, 5), (4, 28, 28), (1, 1, 1), (2, 3 * 2**20)])
@pytest.mark.parametrize("compress", [bytes, squeezed])
def test_what_is_written_is_read(file, shape, compress):
    array = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    file.write_bytes(compress(idx(array)))
    for path in (file, str(file)):
        read = read_idx(path)
        np.testing.assert_array_equal(read, array)
        assert read.dtype == np.uint8
        assert read.shape == shape
        assert not read.flags.writeable


def test_compression_is_told_by_content_not_by_name(tmp_path):
    labels = np.array([5, 0, 4], np.uint8)
    (tmp_path / "plain.gz").write_bytes(idx(labels))
    (tmp_path / "compressed").write_bytes(squeezed(idx(labels)))
    for name in ("plain.gz", "compressed"):
        assert read_idx(tmp_path / name).tolist() == [5, 0, 4]


def test_several_gzip_members_are_one_file(file):
    content = idx(np.arange(100, dtype=np.uint8))
    file.write_bytes(squeezed(content[:50]) + squeezed(content[50:]))
    assert read_idx(file).tolist() == list(range(100))


FOREIGN = "where an IDX file is expected (it begins 00 00 08)."


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", f"FILE is an empty file, {FOREIGN}"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), f"FILE is a PNG image, {FOREIGN}"),
        (b"\xff\xd8\xff\xe0" + bytes(50), f"FILE is a JPEG image, {FOREIGN}"),
        (b"\n<!DOCTYPE html><html>Not found", f"FILE is an HTML page, {FOREIGN}"),
        (b"version https://git-lfs.github.com/spec/v1\n", f"FILE is a Git LFS pointer, {FOREIGN}"),
        (b"label,pixel1,pixel2\n5,0,0\n", f"FILE is text, {FOREIGN}"),
        (b"PK\x03\x04" + bytes(30), f"FILE is a ZIP archive (as are .npz, .keras and PyTorch's .pt), {FOREIGN}"),
        (b"\x00", f"FILE is unknown data (it begins 00), {FOREIGN}"),
        (b"\x01\x08\x00\x00" + bytes(9), f"FILE is unknown data (it begins 01 08 00 00), {FOREIGN}"),
        (squeezed(squeezed(b"x")), f"FILE holds gzip-compressed data, {FOREIGN}"),
        (squeezed(b"<html>"), f"FILE holds an HTML page, {FOREIGN}"),
        (squeezed(b""), f"FILE holds an empty file, {FOREIGN}"),
        (
            header(3, kind=0x0D) + bytes(12),
            "FILE holds 32-bit floats (type 0x0D), where unsigned bytes (type 0x08) are expected.",
        ),
        (
            header(3, kind=0x09) + bytes(3),
            "FILE holds signed bytes (type 0x09), where unsigned bytes (type 0x08) are expected.",
        ),
        (
            header(3, kind=0x42) + bytes(3),
            "FILE holds elements of an unknown type (type 0x42), where unsigned bytes (type 0x08) are expected.",
        ),
        (header(), "FILE has 0 dimensions, where 1 (labels) to 3 (images) are expected."),
        (header(1, 1, 1, 1) + b"x", "FILE has 4 dimensions, where 1 (labels) to 3 (images) are expected."),
        (header(0), "FILE declares 0 elements, where at least one is expected."),
        (header(3, 0, 28), "FILE declares 3 × 0 × 28 elements, where at least one is expected."),
        (
            header(60_000, 2**31),
            "FILE declares 60,000 × 2,147,483,648 bytes, where at most 2,147,483,648 (2 GiB) are accepted.",
        ),
        (
            header(2**32 - 1, 2**32 - 1, 2**32 - 1),
            "FILE declares 4,294,967,295 × 4,294,967,295 × 4,294,967,295 bytes,"
            " where at most 2,147,483,648 (2 GiB) are accepted.",
        ),
        (header(3, 28, 28)[:-1], "FILE is truncated: it ends within the header."),
        (header(3, 2, 2) + bytes(11), "FILE is truncated: the header declares 3 × 2 × 2 bytes, and only 11 follow."),
        (header(1000), "FILE is truncated: the header declares 1,000 bytes, and only 0 follow."),
        (header(3, 2, 2) + bytes(13), "FILE goes on after the 3 × 2 × 2 bytes that the header declares."),
        (squeezed(header(5) + bytes(6)), "FILE goes on after the 5 bytes that the header declares."),
        (squeezed(header(5) + bytes(4)), "FILE is truncated: the header declares 5 bytes, and only 4 follow."),
    ],
)
def test_refused(file, content, message):
    file.write_bytes(content)
    assert refusal(file) == message


def test_damaged_gzip(file):
    content = squeezed(idx(np.random.default_rng(0).integers(0, 256, 5000, dtype=np.uint8)))
    early = "FILE cannot be expanded: the gzip data end too early; fetch the file again."
    for end in (5, 14, 1000, len(content) - 1):
        file.write_bytes(content[:end])
        assert refusal(file) == early
    file.write_bytes(content[:-8] + bytes(4) + content[-4:])
    assert refusal(file).startswith("FILE cannot be expanded: the gzip data are damaged (CRC check failed")
    file.write_bytes(content[:10] + b"\xff" * 50 + content[60:])
    assert refusal(file).startswith("FILE cannot be expanded: the gzip data are damaged (Error -3")
    file.write_bytes(content + b"garbage")
    assert refusal(file) == (
        "FILE cannot be expanded: the gzip data are damaged (Not a gzipped file (b'ga')); fetch the file again."
    )


def test_any_single_damaged_byte_of_gzip_is_refused_or_harmless(file):
    labels = np.arange(200, dtype=np.uint8)
    content = squeezed(idx(labels))
    harmless = 0
    for place in range(len(content)):
        file.write_bytes(content[:place] + bytes([content[place] ^ 0x55]) + content[place + 1 :])
        try:
            np.testing.assert_array_equal(read_idx(file), labels)
            harmless += 1
        except DataError:
            pass
    assert harmless <= 6  # the time, the flags for speed and the operating system, in the header of gzip


def test_what_is_no_file(tmp_path):
    missing = tmp_path / "missing"
    assert refusal(missing) == "FILE does not exist; give an IDX file."
    assert refusal(tmp_path) == "FILE is a folder; give an IDX file."


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes in the file system")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert refusal(tmp_path / "pipe") == "FILE is not a regular file; give an IDX file."


def test_a_file_that_may_not_be_read(file, monkeypatch):
    file.write_bytes(idx(np.zeros(3, np.uint8)))

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.open", refuse)
    assert refusal(file) == "FILE cannot be read: Permission denied."


def bomb(content, gigabytes):
    """A gzip file of some content and then gigabytes of zeros, made without compressing them."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, 31)
    start = squeeze.compress(content) + squeeze.flush(zlib.Z_FULL_FLUSH)
    # After a full flush the blocks refer to nothing before them, and so can be repeated.
    megabyte = squeeze.compress(bytes(2**20)) + squeeze.flush(zlib.Z_FULL_FLUSH)
    return start + megabyte * (1024 * gigabytes)


def memory_of(call):
    """What a call gives, and the most memory that it took, in bytes."""
    tracemalloc.start()
    try:
        return call(), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_the_bomb_is_one():
    expanded = zlib.decompressobj(31)
    assert len(expanded.decompress(bomb(b"start", 1), 2**26)) == 2**26


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (header(10) + bytes(10), "FILE goes on after the 10 bytes that the header declares."),
        (
            header(2**32 - 1, 28, 28),
            "FILE declares 4,294,967,295 × 28 × 28 bytes, where at most 2,147,483,648 (2 GiB) are accepted.",
        ),
        (
            b"",
            "FILE holds elements of an unknown type (type 0x00), where unsigned bytes (type 0x08) are expected.",
        ),
    ],
)
def test_a_bomb_is_hardly_expanded_and_costs_no_memory(file, content, message, monkeypatch):
    expanded = 0

    class Counting(gzip.GzipFile):
        def read(self, size=-1):
            nonlocal expanded
            found = super().read(size)
            expanded += len(found)
            return found

    monkeypatch.setattr(gzip, "GzipFile", Counting)
    file.write_bytes(bomb(content, 4))
    said, peak = memory_of(lambda: refusal(file))
    assert said == message
    assert expanded < 2**20
    assert peak < 2**20


def test_a_plain_file_is_not_read_beyond_what_it_declares(file):
    with file.open("wb") as sparse:
        sparse.write(header(10) + bytes(10))
        sparse.truncate(2**33)
    assert refusal(file) == "FILE goes on after the 10 bytes that the header declares."


def test_a_small_file_that_declares_the_most(file):
    file.write_bytes(header(LARGEST) + bytes(3))
    said, peak = memory_of(lambda: refusal(file))
    assert said == "FILE is truncated: the header declares 2,147,483,648 bytes, and only 3 follow."
    assert peak < 4 * 2**20


def test_an_open_file_is_named_as_asked():
    with pytest.raises(DataError, match=r"^labels is truncated: the header declares 3 bytes, and only 1 follow\.$"):
        decode_idx(io.BytesIO(header(3) + b"x"), "labels")


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"BM" + bytes(20), "a BMP image"),
        (b"BMW,is,a,car\n", "text"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "a WebP image"),
        (b"\x00\x00\x00\x18ftypheic", "a HEIC or AVIF image"),
        (b"train-images".ljust(257, b"\x00") + b"ustar", "a tar archive"),
        (b"\xef\xbb\xbf<svg>", "an XML or SVG document"),
        ("手写数字".encode() * 50, "text"),
        (("é" * 600).encode()[1:513], "unknown data (it begins a9 c3 a9 c3)"),
        (("aé" * 400).encode()[:512], "text"),  # cut within a letter
    ],
)
def test_what_a_file_looks_like(head, name):
    assert describe(head) == name
