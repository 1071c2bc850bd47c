"""Thousands of damaged files: each is a whole network or a FileFormatError, nothing else, and costs little memory."""

import json
import random
import tracemalloc
from pathlib import Path

import numpy as np

from chainrule.exchange.errors import FileFormatError
from chainrule.exchange.network_file import NetworkFile, load, save

MOST_MEMORY = 2**20  # for files of some 700 bytes, the messages included


def good_file(path: Path) -> bytes:
    net = NetworkFile(
        sizes=(4, 3, 2),
        arrays={
            "w2": np.full((3, 4), 0.5, "f4"),
            "b2": np.full((3, 1), 0.25, "f4"),
            "w3": np.full((2, 3), -1.5, "f4"),
            "b3": np.full((2, 1), 3, "f4"),
        },
        architecture={"activations": ["sigmoid", "sigmoid"], "dtype": "float32"},
        preprocessing={},
        provenance={"seed": 0},
    )
    save(path, net)
    load(path)
    return path.read_bytes()


def outcome(path: Path, content: bytes) -> str:
    """ "network", or the message of the refusal; any other error, and a network that is not whole, fails the test."""
    path.write_bytes(content)
    try:
        net = load(path)
    except FileFormatError as error:
        message = str(error)
        assert message.startswith(str(path))
        assert message.endswith(".")
        assert message.isprintable()
        assert len(message) < len(str(path)) + 300
        return message.removeprefix(str(path))
    for layer, (n_in, n_out) in enumerate(zip(net.sizes[:-1], net.sizes[1:], strict=True), start=2):
        assert (net.arrays[f"w{layer}"].shape, net.arrays[f"b{layer}"].shape) == ((n_out, n_in), (n_out, 1))
    assert all(np.isfinite(array).all() for array in net.arrays.values())
    assert len({array.dtype for array in net.arrays.values()}) == 1
    save(path, net)  # what has been loaded can be saved
    return "network"


def damaged(content: bytes, dice: random.Random) -> bytes:
    """The file after one to three accidents."""
    damaged = bytearray(content)
    for _ in range(dice.randint(1, 3)):
        at = dice.randrange(len(damaged) + 1)
        match dice.randrange(7):
            case 0:
                damaged[at:] = b""
            case 1:
                damaged[at:at] = dice.randbytes(dice.randint(1, 9))
            case 2:
                del damaged[at : at + dice.randint(1, 9)]
            case 3:
                damaged[at : at + 1] = bytes([dice.randrange(256)])
            case 4:
                damaged[at : at + 1] = bytes([(*damaged, 0)[at] ^ 1 << dice.randrange(8)])
            case 5:
                other = dice.randrange(len(damaged) + 1)
                damaged[at : at + 8] = damaged[other : other + 8]
            case _:
                damaged[:8] = dice.choice([0, 1, 2**16, 2**24, 2**32, 2**63, 2**64 - 1]).to_bytes(8, "little")
    return bytes(damaged)


def rewritten(content: bytes, dice: random.Random) -> bytes:
    """The file with another value somewhere in its header, which stays well-formed."""
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    values = (0, 1, -1, 2, 4, 2**31, 2**63, 10**30, 0.5, 1e308, True, None, "", "w2", "F64", "I32", "é\n\x00", [], {})
    within, name = header, dice.choice(list(header))
    while isinstance(within[name], dict | list) and within[name] and dice.random() < 0.8:
        within = within[name]
        name = dice.choice(list(within) if isinstance(within, dict) else range(len(within)))
    if isinstance(within[name], str) and within[name].startswith("{") and dice.random() < 0.8:
        text = list(within[name])
        text[dice.randrange(len(text))] = dice.choice('0123456789{}[]",:.-eE x\\')
        within[name] = "".join(text)
    elif isinstance(within, dict) and dice.random() < 0.3:
        within[dice.choice(["w2", "b2", "w4", "dtype", "shape", "format", "x\x1b"])] = within.pop(name)
    else:
        within[name] = dice.choice(values)
    encoded = json.dumps(header).encode()
    return len(encoded).to_bytes(8, "little") + encoded + content[8 + length :]


def test_damaged_files(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("os.fsync", lambda _: None)  # a thousand real ones would take the time of the whole test
    path, dice = tmp_path / "net.safetensors", random.Random(0)
    content = good_file(path)
    outcomes = set()
    tracemalloc.start()
    try:
        for number in range(2000):
            changed = damaged(content, dice) if number % 2 else rewritten(content, dice)
            outcomes.add(outcome(path, changed))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < MOST_MEMORY
    assert "network" in outcomes
    assert len(outcomes) > 100  # the accidents reach far into the checks
    assert [each.name for each in tmp_path.iterdir()] == [path.name]
