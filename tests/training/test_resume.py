"""A run that is killed goes on from its checkpoint, and ends with the bits of one that was never stopped."""

import errno
import random
import subprocess
import sys
import time

import numpy as np
import pytest

import chainrule as cr
from chainrule.exchange import checkpoint_file
from chainrule.exchange.errors import FileFormatError
from chainrule.training.checkpoint import CheckpointError, CheckpointWarning
from chainrule.training.optimizers import adam
from chainrule.training.settings import SettingsError, grouped

SETTINGS = {
    "sgd": {"epochs": 6, "batch_size": 7, "learning_rate": 3.0, "l2": 0.1},
    "adam": {"epochs": 6, "batch_size": 10, "learning_rate": 0.01, "optimizer": "adam", "schedule": "cosine"},
    "patience": {"epochs": 40, "batch_size": 10, "learning_rate": 3.0, "patience": 2, "optimizer": "momentum"},
}


@pytest.fixture(scope="module")
def digits():
    train, valid, _ = cr.datasets.mnist()
    return (train.images[:200], train.labels[:200]), (valid.images[:100], valid.labels[:100])


class StopAfter:
    def __init__(self, epochs):
        self.left = epochs

    def progressed(self, *_):
        pass

    def finished(self, epoch):
        self.left -= 1
        if not self.left:
            raise MemoryError("as if killed")  # anything but Ctrl-C


def test_without_shuffling_examples_are_taken_in_their_order(digits, tmp_path):
    """Also after a stop; steps on one batch each, which has only one order, are the same but for rounding."""
    (images, labels), _ = digits
    common = {"batch_size": 20, "learning_rate": 3.0, "shuffle": False}
    whole, by_batch = (cr.Network([784, 8, 10], seed=4, dtype="float64") for _ in range(2))
    history = whole.fit(images, labels, epochs=2, **common)
    for _ in range(2):
        for start in range(0, 200, 20):
            by_batch.fit(images[start : start + 20], labels[start : start + 20], epochs=1, **common)
    for ours, other in zip(whole.parameters, by_batch.parameters, strict=True):
        np.testing.assert_allclose(ours, other, rtol=0, atol=1e-12)
    path = tmp_path / "run.checkpoint"
    stopped = cr.Network([784, 8, 10], seed=4, dtype="float64")
    with pytest.raises(MemoryError):
        stopped.fit(images, labels, epochs=2, checkpoint=path, progress=StopAfter(1), **common)
    again, resumed = cr.resume(path, images, labels)
    assert [each.tobytes() for each in again.parameters] == [each.tobytes() for each in whole.parameters]
    assert [each.train for each in resumed.epochs] == [each.train for each in history.epochs]


@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.parametrize("stops", [1, 3])
def test_a_stopped_run_ends_with_the_same_bits(name, stops, digits, tmp_path):
    train, valid = digits
    whole = cr.Network([784, 8, 10], seed=4)
    history = whole.fit(*train, validation=valid, **grouped(SETTINGS[name]))
    path = tmp_path / "run.checkpoint"
    with pytest.raises(MemoryError):
        cr.Network([784, 8, 10], seed=4).fit(
            *train, validation=valid, checkpoint=path, progress=StopAfter(stops), **grouped(SETTINGS[name])
        )
    again, resumed = cr.resume(path, *train, validation=valid)
    assert [p.tobytes() for p in again.parameters] == [p.tobytes() for p in whole.parameters]
    assert [(e.train, e.validation) for e in resumed.epochs] == [(e.train, e.validation) for e in history.epochs]
    assert resumed.best == history.best
    assert again.provenance["seed"] == 4


@pytest.mark.parametrize("stops", [1, 3])
def test_all_that_is_drawn_or_measured_is_in_the_checkpoint(stops, digits, tmp_path):
    """Masks of dropout, variations of images, running moments, the plateau's factor, weights of examples, metrics."""
    train, valid = digits
    made = {"normalization": "batch", "dropout": [0.2, 0.5], "seed": 4}
    learned = {
        "epochs": 6, "learning_rate": 5.0, "augment": "light", "label_smoothing": 0.1, "class_weight": {3: 2.0},
        "schedule": "plateau", "max_norm": 3.0, "clip_norm": 1.0,
    }  # fmt: skip
    beside = {"sample_weight": np.linspace(0.5, 1.5, 200), "metrics": {"mean": lambda a, y: float(a.mean())}}
    whole = cr.Network([784, 8, 10], **made)
    history = whole.fit(*train, validation=valid, **grouped(learned), **beside)
    path = tmp_path / "run.checkpoint"
    with pytest.raises(MemoryError):
        cr.Network([784, 8, 10], **made).fit(
            *train, validation=valid, checkpoint=path, progress=StopAfter(stops), **grouped(learned), **beside
        )
    again, resumed = cr.resume(path, *train, validation=valid, **beside)
    assert again.architecture == whole.architecture
    assert [p.tobytes() for p in again.parameters] == [p.tobytes() for p in whole.parameters]
    for one, other in zip(resumed.rows(), history.rows(), strict=True):
        assert one | {"seconds": 0} == other | {"seconds": 0}


def test_a_native_run_goes_on_natively_with_the_same_bits(digits, tmp_path):
    """Batches of 7 of 200 examples leave a rest, which NumPy learns."""
    pytest.importorskip("llvmlite")
    train, valid = digits
    learned = {"epochs": 4, "batch_size": 7, "optimizer": "adam", "learning_rate": 0.01, "executor": "native"}
    made = {"dropout": [0.2, 0.5], "seed": 4}
    whole = cr.Network([784, 8, 10], **made)
    history = whole.fit(*train, validation=valid, **grouped(learned))
    with pytest.raises(MemoryError):
        cr.Network([784, 8, 10], **made).fit(
            *train, validation=valid, checkpoint=tmp_path / "c", progress=StopAfter(2), **grouped(learned)
        )
    again, resumed = cr.resume(tmp_path / "c", *train, validation=valid)
    assert resumed.executor == history.executor == "native"
    assert [p.tobytes() for p in again.parameters] == [p.tobytes() for p in whole.parameters]
    assert [(e.train, e.validation) for e in resumed.epochs] == [(e.train, e.validation) for e in history.epochs]


def test_what_was_resumed_learns_on_like_the_whole(digits, tmp_path):
    train, _ = digits
    whole, part = (cr.Network([784, 8, 10], seed=1) for _ in range(2))
    whole.fit(*train, epochs=3)
    whole.fit(*train, epochs=2)
    with pytest.raises(MemoryError):
        part.fit(*train, epochs=3, checkpoint=tmp_path / "c", progress=StopAfter(2))
    again, _ = cr.resume(tmp_path / "c", *train)
    again.fit(*train, epochs=2)
    assert again.weights[0].tobytes() == whole.weights[0].tobytes()


def test_a_finished_run_is_not_learned_again(digits, tmp_path):
    train, _ = digits
    net = cr.Network([784, 10], seed=0)
    net.fit(*train, epochs=2, checkpoint=tmp_path / "c")
    again, history = cr.resume(tmp_path / "c", *train)
    assert len(history.epochs) == 2
    assert again.weights[0].tobytes() == net.weights[0].tobytes()


RUN = """
import sys
import chainrule as cr
train, _, _ = cr.datasets.mnist()
data = train.images[:3000], train.labels[:3000]
path = sys.argv[1]
try:
    cr.resume(path, *data)
except cr.ChainruleError:
    cr.Network([784, 30, 10], seed=9).fit(*data, epochs=60, checkpoint=path)
print("done")
"""


def test_killing_at_random_moments(tmp_path):
    """`kill -9` soon after a checkpoint, at moments drawn by a fixed seed; also while the next is being written."""
    path, moments, killed = tmp_path / "run.checkpoint", random.Random(1), 0
    while killed < 3:
        before = path.stat().st_mtime_ns if path.exists() else 0
        process = subprocess.Popen([sys.executable, "-c", RUN, str(path)], stdout=subprocess.PIPE, text=True)
        while process.poll() is None and (not path.exists() or path.stat().st_mtime_ns == before):
            time.sleep(0.001)
        time.sleep(moments.uniform(0, 0.03))
        process.kill()
        said, _ = process.communicate()
        if said:  # where the processor had been taken from us, it was done before it could be killed
            assert said == "done\n"
            path.unlink()
        killed = 0 if said else killed + 1
    done = subprocess.run([sys.executable, "-c", RUN, str(path)], capture_output=True, text=True)
    assert done.stdout == "done\n", done.stderr
    train, _, _ = cr.datasets.mnist()
    data = train.images[:3000], train.labels[:3000]
    again, history = cr.resume(path, *data)
    whole = cr.Network([784, 30, 10], seed=9)
    whole.fit(*data, epochs=60)
    assert len(history.epochs) == 60
    assert [p.tobytes() for p in again.parameters] == [p.tobytes() for p in whole.parameters]


def test_other_data_is_refused(digits, tmp_path):
    train, _ = digits
    cr.Network([784, 10], seed=0).fit(*train, epochs=1, checkpoint=tmp_path / "c")
    with pytest.raises(CheckpointError) as error:
        cr.resume(tmp_path / "c", train[0][::-1], train[1])
    assert str(error.value) == "The checkpoint was made on other examples or labels; resume it on the same."


def test_foreign_and_damaged_files_are_refused(digits, tmp_path):
    train, _ = digits
    net = cr.Network([784, 10], seed=0)
    net.fit(*train, epochs=1, checkpoint=tmp_path / "c")
    net.save(tmp_path / "net.safetensors")
    with pytest.raises(FileFormatError) as error:
        cr.resume(tmp_path / "net.safetensors", *train)
    path = tmp_path / "net.safetensors"
    assert str(error.value) == f"{path} is a chainrule network, where a checkpoint of chainrule is expected."
    with pytest.raises(FileFormatError, match="is a chainrule checkpoint"):
        cr.load(tmp_path / "c")
    arrays, about = checkpoint_file.load(tmp_path / "c")
    for missing in ("random", "epochs", "optimizer", "settings", "architecture"):
        checkpoint_file.save(tmp_path / "d", arrays, {name: part for name, part in about.items() if name != missing})
        with pytest.raises(CheckpointError, match=r"damaged: .*; take an older one\.$"):
            cr.resume(tmp_path / "d", *train)


def test_a_checkpoint_that_cannot_be_written_changes_nothing(digits, tmp_path):
    with pytest.raises(OSError, match="nowhere"):
        cr.Network([784, 10], seed=0).fit(*digits[0], epochs=1, checkpoint=tmp_path / "nowhere" / "c")


def test_a_checkpoint_that_cannot_be_written_any_more_costs_nothing(digits, tmp_path, monkeypatch):
    """A disk that is full while the second epoch is kept: the run ends as one without checkpoints does."""
    path, save, calls = tmp_path / "c", checkpoint_file.save, []

    def full_at_times(*given):
        calls.append(given)
        if len(calls) == 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        save(*given)

    monkeypatch.setattr(checkpoint_file, "save", full_at_times)
    net, without = (cr.Network([784, 10], seed=0) for _ in range(2))
    with pytest.warns(
        CheckpointWarning, match=r"c could not be written \(No space left on device\); the run goes on without it\.$"
    ):
        history = net.fit(*digits[0], epochs=3, checkpoint=path)
    without.fit(*digits[0], epochs=3)
    assert len(history.epochs) == 3
    assert all(np.array_equal(one, other) for one, other in zip(net.parameters, without.parameters, strict=True))
    assert len(checkpoint_file.load(path)[1]["epochs"]) == 3  # the third was kept again


def test_an_optimizer_of_the_users_own_needs_a_name(digits, tmp_path):
    with pytest.raises(SettingsError, match=r"^A checkpoint needs the optimizer and the schedule by their names\.$"):
        cr.Network([784, 10], seed=0).fit(*digits[0], optimizer=adam(0.8), checkpoint=tmp_path / "c")


def test_best_weights_survive_a_stop(digits, tmp_path):
    """The weights of the best epoch are in the checkpoint, not those of the last."""
    train, valid = digits
    path = tmp_path / "c"
    cr.Network([784, 8, 10], seed=4).fit(*train, validation=valid, checkpoint=path, **SETTINGS["patience"])
    arrays, about = checkpoint_file.load(path)
    assert about["best_epoch"] < len(about["epochs"])
    assert any(not np.array_equal(arrays[f"best.{k}"], arrays[f"parameter.{k}"]) for k in range(4))


def test_a_checkpoint_names_each_setting_as_those_of_the_last_version_did(digits, tmp_path):
    """So that each of the two reads the other's."""
    (images, labels), _ = digits
    net = cr.Network([784, 8, 10], seed=4)
    given = {"regularization": cr.Regularization(l2=0.5, label_smoothing=0.1), "clipping": cr.Clipping(norm=1.0)}
    history = net.fit(images, labels, epochs=1, **given, checkpoint=tmp_path / "c", executor="numpy")
    _, about = checkpoint_file.load(tmp_path / "c")
    assert about["settings"] == {
        "epochs": 1, "batch_size": 10, "learning_rate": 3.0, "optimizer": "sgd", "schedule": "constant", "l2": 0.5,
        "l1": 0.0, "max_norm": None, "clip_norm": 1.0, "clip_value": None, "patience": None, "executor": "numpy",
    }  # fmt: skip
    assert about["shaping"] == {"label_smoothing": 0.1, "class_weight": None, "augment": None}
    assert history.settings == about["settings"] | about["shaping"]
    assert net.provenance["runs"] == [
        {
            "epochs": 1, "batch_size": 10, "learning_rate": 3.0, "optimizer": "sgd", "schedule": "constant", "l2": 0.5,
            "clip_norm": 1.0, "executor": "numpy", "label_smoothing": 0.1, "images": 200,
        }
    ]  # fmt: skip
