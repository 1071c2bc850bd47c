"""Ctrl-C while LLVM compiles: it is not lost in a callback of its own, and comes when the compiler is done."""

import ctypes
import signal
import threading

import numpy as np
import pytest

import chainrule as cr
from chainrule.run.loops import cache, machine_code
from chainrule.run.loops.defer_interrupt import interrupt_deferred


def interrupt():
    """Ctrl-C, while LLVM calls back to Python."""
    ctypes.CFUNCTYPE(None)(lambda: signal.raise_signal(signal.SIGINT))()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_it_would_be_lost():
    interrupt()


def while_held(*steps):
    """Do the steps in a block that holds Ctrl-C back, and return how many were done before it came."""
    done = 0
    try:
        with interrupt_deferred():
            for step in steps:
                step()
                done += 1
    except KeyboardInterrupt:
        return done
    pytest.fail("it did not come")


def test_it_comes_when_the_block_has_ended():
    assert while_held(interrupt, list, list) == 3
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_second_one_comes_at_once():
    assert while_held(interrupt, list, lambda: signal.raise_signal(signal.SIGINT), list) == 2


def test_without_one_nothing_comes():
    with interrupt_deferred():
        assert signal.getsignal(signal.SIGINT) is not signal.default_int_handler
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_what_goes_wrong_in_the_block_is_told():
    with pytest.raises(ZeroDivisionError), interrupt_deferred():
        raise ZeroDivisionError


def test_in_another_thread_nothing_is_held():
    seen = []

    def run():
        with interrupt_deferred():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert seen == [signal.default_int_handler]


def test_fit_ends_with_it(monkeypatch, tmp_path):
    pytest.importorskip("llvmlite")
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path))
    machine_code.unusable()  # which compiles a trial before
    compile_text = machine_code._object_code

    def interrupted(text):
        interrupt()
        return compile_text(text)

    monkeypatch.setattr(machine_code, "_object_code", interrupted)
    random = np.random.default_rng(0)
    net = cr.Network([5, 4, 2], seed=0)
    with pytest.raises(KeyboardInterrupt):
        net.fit(random.random((20, 5), np.float32), np.arange(20) % 2, epochs=1, executor="native")
    assert [*tmp_path.glob("*.object")], "what was being compiled is kept"
