"""Small products run on one thread, large ones on as many as before; without threadpoolctl nothing changes."""

import sys

import pytest

from chainrule.run.threads import SMALL, threads_for

threadpoolctl = pytest.importorskip("threadpoolctl")


def blas_threads():
    return {each["num_threads"] for each in threadpoolctl.threadpool_info() if each["user_api"] == "blas"}


def test_only_small_products_are_limited_and_only_inside():
    before = blas_threads()
    with threads_for(SMALL):
        assert blas_threads() == {1}
    assert blas_threads() == before
    with threads_for(SMALL + 1):
        assert blas_threads() == before


def test_without_threadpoolctl_nothing_changes(monkeypatch):
    before = blas_threads()
    monkeypatch.setitem(sys.modules, "threadpoolctl", None)
    with threads_for(1):
        assert blas_threads() == before
