"""Files of networks that earlier versions wrote load, and answer as the version that wrote them did.

`kept/` has files named by the time of the version, and in answers.json what that version answered for the first five examples.
Both stay as they are; a version that writes another kind of file adds one.
"""

import json
from pathlib import Path

import numpy as np
import pytest

import chainrule as cr

KEPT = Path(__file__).with_name("kept")
ANSWERS = json.loads((KEPT / "answers.json").read_text(encoding="utf-8"))


def examples(kind):
    random = np.random.default_rng(0)
    if kind == "convolved":
        return random.random((20, 1, 6, 6)).round(3)[:5]
    numbers = random.random((20, 4)).round(3)[:5]
    return {"size": numbers[:, 0] * 100, "old": ["no", "yes"] * 2 + ["no"]} if kind == "table" else numbers


def test_every_file_has_its_answers():
    assert {path.stem for path in KEPT.glob("*.safetensors")} == ANSWERS.keys()
    assert len(ANSWERS) >= 20


@pytest.mark.parametrize("name", ANSWERS)
def test_a_kept_file_answers_as_it_did(name):
    net = cr.load(KEPT / f"{name}.safetensors")
    np.testing.assert_allclose(net(examples(name.rpartition("-")[2])), ANSWERS[name], rtol=1e-5)


@pytest.mark.parametrize("name", ANSWERS)
def test_a_kept_file_is_written_again_with_the_same_answers(name, tmp_path):
    cr.load(KEPT / f"{name}.safetensors").save(tmp_path / "again.safetensors")
    x = examples(name.rpartition("-")[2])
    np.testing.assert_allclose(cr.load(tmp_path / "again.safetensors")(x), ANSWERS[name], rtol=1e-5)
