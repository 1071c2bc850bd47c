"""Files of networks in which a value of the description is another: each is refused in one sentence, or loads and can be used."""

import copy
import json
import random
import struct

import numpy as np
import pytest

import chainrule as cr
from chainrule.cli import main
from chainrule.core.errors import ChainruleError
from chainrule.data.errors import DataError
from chainrule.layers import BatchNorm, Conv, Dropout, Embedding, Flatten, LayerNorm, MaxPool, Recurrent

RANDOM = np.random.default_rng(0)
TABLE = {
    "age": np.round(RANDOM.uniform(20, 60, 40)),
    "town": [("Ulm", "Bern", "Köln")[k % 3] for k in range(40)],
    "income": [None if k % 7 == 0 else float(k) for k in range(40)],
}
IMAGES = RANDOM.integers(0, 256, (30, 8, 8), np.uint8)


def _table():
    net = cr.Network([5, 4, 2], cost="log-likelihood", missing="median", seed=0)
    net.fit(
        TABLE, ["yes" if k % 2 else "no" for k in range(40)], epochs=1, validation=0.2, optimizer="adam", patience=5
    )
    return net, TABLE


def _digits():
    net = cr.Network([64, 6, 10], seed=0, classes=[*"zyxwvutsrq"])
    net.fit(IMAGES, np.arange(30) % 10, epochs=1, batch_size=5, schedule="cosine")
    net.source = cr.model.Source(path="/data", labels="x", fingerprint="ab", shape=(8, 8), train_size=20)
    return net, IMAGES


def _images():
    net = cr.Network(
        [Conv(2, 3, stride=1, padding=1), BatchNorm(), MaxPool(2), Flatten(), 5, Dropout(0.5), 3],
        input=(1, 8, 8), initializer="he", cost="log-likelihood", activation="relu", seed=0,
    )  # fmt: skip
    net.fit(IMAGES[:, None], np.arange(30) % 3, epochs=1)
    return net, IMAGES[:, None]


def _numbers():
    x = RANDOM.normal(size=(30, 3))
    net = cr.Network([3, 4, 1], cost="mean-squared-error", activation="tanh", dtype="float64", seed=0, scale="min-max")
    net.fit(x, 100 * x[:, 0] + 3, epochs=1)
    return net, x


def _several():
    x = RANDOM.normal(size=(30, 3))
    net = cr.Network([3, LayerNorm(), 4, 2], seed=0)
    net.fit(x, x[:, :2] > 0, epochs=1)
    return net, x


def _tokens():
    x = RANDOM.integers(0, 5, (30, 6))
    net = cr.Network([Embedding(5, 4), Recurrent(4), 3], input=6, cost="log-likelihood", seed=0)
    net.fit(x, np.arange(30) % 3, epochs=1)
    return net, x


def _untrained():
    return cr.Network([2, 3, 2], seed=0), RANDOM.normal(size=(4, 2))


KINDS = {each.__name__[1:]: each for each in (_table, _digits, _images, _numbers, _several, _tokens, _untrained)}
OTHERS = [
    None, True, 0, 5, -1, 2.5, 10**30, 10**400, 1e308, "x", "", [], {}, [[]], [None], ["x"], [1, 2], [0.0], {"x": None},
    [{"name": 5}], {"tuple": 3}, "∞", "NaN",
]  # fmt: skip
"""What any value is replaced by; ∞ and NaN stand for 1e400 and NaN, which JSON has not."""


def places(value, path=()):
    """The paths to all values within, the whole one first."""
    yield path
    for name, inner in (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    ):
        if not isinstance(value, list) or name < 2 or name == len(value) - 1:
            yield from places(inner, (*path, name))


def changed(description, path, other, delete):
    """The description with another value at a place, or without it."""
    description = copy.deepcopy(description)
    if not path:
        return other
    within = description
    for name in path[:-1]:
        within = within[name]
    if delete:
        del within[path[-1]]
    else:
        within[path[-1]] = other
    return description


def mutations(file):
    """All changes of a file: what was changed, and the bytes."""
    size = struct.unpack("<Q", file[:8])[0]
    header, data = json.loads(file[8 : 8 + size]), file[8 + size :]
    for part, text in header["__metadata__"].items():
        description = json.loads(text) if text.startswith("{") else text
        for path in places(description):
            for k, other in enumerate([*OTHERS, None]):
                delete = k == len(OTHERS)
                if delete and not path:
                    continue
                new = json.dumps(changed(description, path, other, delete)).replace('"\\u221e"', "1e400")
                new = new.replace('"NaN"', "NaN")
                head = json.dumps(header | {"__metadata__": header["__metadata__"] | {part: new}}).encode()
                yield (part, *path, "deleted" if delete else other), struct.pack("<Q", len(head)) + head + data


def use(path, x):
    """Load a file, and do with the network what users do."""
    net = cr.load(path)
    assert repr(net) and str(net.schema)
    net.predict(x)
    net.save(path.with_name("again.safetensors"))
    cr.load(path.with_name("again.safetensors"))
    net.export(path.with_name("net.py"))
    net.export(path.with_name("net.py"), learns=True)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", KINDS)
def test_each_value_of_a_description(kind, tmp_path, request):
    net, x = KINDS[kind]()
    net.save(tmp_path / "net.safetensors")
    use(tmp_path / "net.safetensors", x)
    path = tmp_path / "other.safetensors"
    cases = [*mutations((tmp_path / "net.safetensors").read_bytes())]
    if not request.config.option.all_cases:
        cases = random.Random(7).sample(cases, 80)
    said = []
    for what, content in cases:
        path.write_bytes(content)
        try:
            use(path, x)
        except (ChainruleError, DataError) as refused:
            said.append((what, str(refused)))
        except Exception as error:
            error.add_note(f"where {what}")
            raise
    # Where shapes do not fit, they are drawn below the sentence.
    assert said and not [
        each for each in said if not each[1].partition("\n    ")[0].endswith((".", ":", "than the array"))
    ]


@pytest.mark.filterwarnings("ignore")
def test_each_value_of_a_checkpoint(tmp_path, monkeypatch, capsys, request):
    monkeypatch.chdir(tmp_path)
    lines = [f"{a:.3f},{b:.3f},{'yes' if a > b else 'no'}" for a, b in RANDOM.random((60, 2))]
    (tmp_path / "table.csv").write_text("a,b,kind\n" + "\n".join(lines) + "\n", encoding="utf-8")
    typed = ["train", "table.csv", "--target", "kind", "--epochs", "2", "--checkpoint", "run.checkpoint"]
    assert main([*typed, "-o", "net.safetensors"]) == 0
    cases = [*mutations((tmp_path / "run.checkpoint").read_bytes())]
    if not request.config.option.all_cases:
        cases = random.Random(7).sample(cases, 150)
    for what, content in cases:
        (tmp_path / "other.checkpoint").write_bytes(content)
        capsys.readouterr()
        if what[1:2] == ("settings",) and what[-1] == "deleted":
            continue
        assert main(["train", "--resume", "other.checkpoint", "--more-epochs", "1", "-o", "net.safetensors"]) in (
            0,
            1,
            2,
        )
        assert "chainrule itself" not in capsys.readouterr().err, what
