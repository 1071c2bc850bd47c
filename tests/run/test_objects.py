"""Object code: what was compiled once starts without Numba; what is not whole, or not for here, is compiled anew."""

import os
import re
import subprocess
import sys

import numpy as np
import pytest

pytest.importorskip("numba")

import numba

import chainrule as cr
from chainrule.run.loops import cache, processor
from chainrule.run.loops.processor import VARIABLE
from chainrule.run.native import objects, vectors
from chainrule.run.native.objects import NotKeptWarning, function

SOURCE = """
import numba

@numba.cfunc("void(CPointer(int64), CPointer(float64), CPointer(int32))", error_model="numpy", boundscheck=False)
def steps(sizes, a, b):
    a = numba.carray(a, (sizes[0],))
    for i in range(sizes[1]):
        a[b[i]] += 0.5 ** i
"""
KINDS = ("float64", "int32")
FIT = """
import hashlib, sys
import numpy as np, chainrule as cr
random = np.random.default_rng(8)
images, labels = random.integers(0, 256, (43, 37)).astype(np.uint8), random.integers(0, 7, 43)
net = cr.Network([37, 7], seed=3)
assert net.fit(images, labels, epochs=2, batch_size=5, executor="native").executor == "native"
net.score(images, labels)
print("numba" in sys.modules, hashlib.sha256(b"".join(each.tobytes() for each in net.parameters)).hexdigest())
"""


@pytest.fixture
def fresh(tmp_path, monkeypatch):
    """An empty folder, and a process that has loaded nothing."""
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path))
    monkeypatch.setattr(objects, "_loaded", {})
    return tmp_path


def forget():
    """As a new process begins."""
    objects._loaded.clear()


def fetched():
    """The function, and how often it was said to be compiled."""
    told = []
    return function(SOURCE, "trial", KINDS, lambda: told.append(1)), len(told)


def works(steps):
    a = np.zeros(4)
    steps(a, np.array([3, 1, 3], np.int32))
    return a.tolist() == [0, 0.5, 0, 1.25]


def test_what_was_compiled_is_loaded(fresh):
    steps, told = fetched()
    assert (works(steps), told) == (True, 1)
    assert [each.name[:6] for each in sorted(fresh.glob("trial_*.object"))] == ["trial_"]
    assert not list(fresh.glob("*.part"))
    steps, told = fetched()
    assert (works(steps), told) == (True, 0)
    forget()
    steps, told = fetched()
    assert (works(steps), told) == (True, 0)


@pytest.mark.parametrize(
    "spoiled",
    [
        lambda whole: whole[:-100],
        lambda whole: whole[:20],
        lambda whole: b"",
        lambda whole: whole[:500] + bytes([whole[500] ^ 1]) + whole[501:],
    ],
)
def test_a_file_that_is_not_whole_is_compiled_anew(fresh, spoiled):
    fetched()
    (file,) = fresh.glob("*.object")
    whole = file.read_bytes()
    file.write_bytes(spoiled(whole))
    forget()
    steps, told = fetched()
    assert (works(steps), told) == (True, 1)
    forget()
    steps, told = fetched()
    assert (works(steps), told) == (True, 0)


def test_a_whole_file_of_something_else_is_compiled_anew(fresh):
    fetched()
    (file,) = fresh.glob("*.object")
    other = b"no object code"
    file.write_bytes(objects.hashlib.sha256(other).digest() + other)
    forget()
    steps, told = fetched()
    assert (works(steps), told) == (True, 1)


def test_code_with_a_symbol_that_nothing_has_is_not_loaded(fresh):
    """LLVM tells of it in an exception, and the process lives."""
    import llvmlite.binding as llvm

    objects._jit()
    module = llvm.parse_assembly(
        "declare void @nobody_has_this()\ndefine void @steps() { call void @nobody_has_this() ret void }"
    )
    machine = llvm.Target.from_default_triple().create_target_machine(reloc="pic")
    with pytest.raises(RuntimeError, match=r"^Failed to materialize symbols"):
        objects._load(machine.emit_object(module), 0)
    code = machine.emit_object(module)
    fetched()
    (file,) = fresh.glob("*.object")
    file.write_bytes(objects.hashlib.sha256(code).digest() + code)
    forget()
    steps, told = fetched()
    assert (works(steps), told) == (True, 1)


@pytest.mark.parametrize(
    "other",
    [
        lambda patch: patch.setattr(objects, "target", lambda: ("another", "+processor")),
        lambda patch: patch.setattr(cache, "numba_version", lambda: "0.1.0"),
        lambda patch: patch.setattr("llvmlite.__version__", "0.1.0"),
        lambda patch: patch.setattr(cache, "_kernels", lambda: b"other kernels"),
    ],
)
def test_what_was_compiled_for_another_is_not_loaded(fresh, monkeypatch, other):
    name = objects._name(SOURCE, "trial")
    other(monkeypatch)
    assert objects._name(SOURCE, "trial") != name


def test_a_folder_that_cannot_be_written(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path / "file"))
    monkeypatch.setattr(objects, "_loaded", {})
    for _ in range(2):
        forget()
        steps, told = fetched()
        assert (works(steps), told) == (True, 1)


def test_a_numba_whose_code_looks_otherwise(fresh, monkeypatch):
    """It is called as Numba offers it, and a line says that the next start compiles again."""
    inspect = numba.core.ccallback.CFunc.inspect_llvm
    monkeypatch.setattr(
        numba.core.ccallback.CFunc, "inspect_llvm", lambda self: inspect(self).replace("%excinfo", "%other")
    )
    said = r"^What was compiled cannot be kept for the next start \(ValueError: unknown arguments in define .*\)\.$"
    with pytest.warns(NotKeptWarning, match=said):
        steps, told = fetched()
    assert (works(steps), told) == (True, 1)
    assert not list(fresh.glob("*.object"))
    monkeypatch.setattr(numba.core.ccallback.CFunc, "inspect_llvm", lambda self: self.nothing)
    forget()
    with pytest.warns(NotKeptWarning, match=r"\(AttributeError: 'CFunc' object has no attribute 'nothing'\)\.$"):
        assert works(fetched()[0])


def test_both_ways_of_calling_learn_the_same_bits(fresh, monkeypatch):
    random = np.random.default_rng(8)
    images, labels = random.random((43, 37)).astype(np.float32), random.integers(0, 7, 43)
    nets = [cr.Network([37, 7], seed=3) for _ in range(2)]
    nets[0].fit(images, labels, epochs=2, executor="native")
    forget()
    monkeypatch.setattr(objects, "_code", lambda steps, count: b"")
    next(fresh.glob("*.object")).unlink()
    with pytest.warns(NotKeptWarning):
        nets[1].fit(images, labels, epochs=2, executor="native")
    assert all(np.array_equal(a, b) for a, b in zip(nets[0].parameters, nets[1].parameters, strict=True))


def test_arrays_of_another_kind_are_refused(fresh):
    steps, _ = fetched()
    a, b = np.zeros(4), np.zeros(3, np.int32)
    for wrong in ((a.astype(np.float32), b), (a, b.astype(np.int64)), (a[::2], b), (a.reshape(2, 2), b)):
        with pytest.raises(
            TypeError, match=r"^An array is \w+ of shape \(.*\); it must be flat and (float64|int32)\.$"
        ):
            steps(*wrong)
    with pytest.raises(ValueError, match="argument"):
        steps(a)


def test_the_version_of_numba_is_read_without_importing_it():
    assert cache.numba_version() == numba.__version__


def test_a_known_network_starts_without_numba(tmp_path):
    """And learns the same to the last bit; for another processor it is compiled anew."""
    environment = {**os.environ, cache.VARIABLE: str(tmp_path)}

    def run(**given):
        done = subprocess.run([sys.executable, "-c", FIT], capture_output=True, text=True, env={**environment, **given})
        assert done.returncode == 0, done.stderr
        return re.fullmatch(r"(True|False) (\w+)\n", done.stdout).groups()

    first, second = run(), run()
    assert (first[0], second) == ("True", ("False", first[1]))
    if processor.processor().name != "sse4.2":
        assert run(**{VARIABLE: "sse4.2"})[0] == "True"
        assert len(list(tmp_path.glob("*.object"))) == 2


def test_proofs_of_vectors_need_no_numba_when_known(fresh, monkeypatch):
    vectors.no_vectors.cache_clear()
    try:
        assert vectors.no_vectors() == ""
        vectors.no_vectors.cache_clear()
        monkeypatch.setattr(vectors, "_tried", lambda: "tried again")
        assert vectors.no_vectors() == ""
    finally:
        vectors.no_vectors.cache_clear()


@pytest.mark.skipif(os.name != "posix", reason="owners and modes as POSIX has them")
class TestTrust:
    """What the folder holds is run, so it is read only where nobody but the user can have written it."""

    @pytest.mark.parametrize("mode", [0o777, 0o770, 0o720, 0o702])
    def test_a_folder_that_others_may_write_to_is_not_used(self, fresh, mode):
        fetched()
        forget()
        fresh.chmod(mode)
        before = {each.name: each.stat().st_mtime_ns for each in fresh.iterdir()}
        with pytest.warns(
            cache.CacheWarning, match=re.escape(f"not kept in {fresh}, because others can write to that folder")
        ):
            steps, told = fetched()
        assert (works(steps), told) == (True, 1)
        assert {each.name: each.stat().st_mtime_ns for each in fresh.iterdir()} == before

    def test_a_folder_of_somebody_else_is_not_used(self, fresh, monkeypatch):
        fetched()
        forget()
        monkeypatch.setattr(os, "geteuid", lambda: fresh.stat().st_uid + 1)
        with pytest.warns(cache.CacheWarning):
            assert fetched()[1] == 1

    @pytest.mark.parametrize("mode", [0o622, 0o606, 0o660])
    def test_a_file_that_others_may_have_changed_is_compiled_anew(self, fresh, mode):
        fetched()
        (file,) = fresh.glob("*.object")
        file.chmod(mode)
        forget()
        assert fetched()[1] == 1
        assert file.stat().st_mode & 0o777 == 0o600  # what was put in its place

    def test_what_is_kept_is_the_users_whatever_the_umask(self, fresh):
        before = os.umask(0)
        try:
            fetched()
        finally:
            os.umask(before)
        assert {each.stat().st_mode & 0o777 for each in fresh.iterdir()} == {0o600}


def test_nothing_stays_behind_where_there_is_no_room(fresh, monkeypatch):
    def full(self, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(fresh), "replace", full)
    assert not cache.write("a", b"1")
    assert list(fresh.iterdir()) == []


def test_what_a_killed_process_left_behind_is_removed(fresh):
    old, new = fresh / "a.1.part", fresh / "b.2.part"
    old.touch()
    new.touch()
    os.utime(old, (0, 0))
    assert cache.write("c", b"1")
    assert sorted(each.name for each in fresh.iterdir()) == ["b.2.part", "c"]
