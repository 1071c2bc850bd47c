"""Small products run on one thread, large ones on as many as before."""

import threadpoolctl

from chainrule.run.threads import SMALL, threads_for


def blas_threads():
    return {each["num_threads"] for each in threadpoolctl.threadpool_info() if each["user_api"] == "blas"}


def test_only_small_products_are_limited_and_only_inside():
    before = blas_threads()
    with threads_for(SMALL):
        assert blas_threads() == {1}
    assert blas_threads() == before
    with threads_for(SMALL + 1):
        assert blas_threads() == before
