"""A search of scikit-learn's among networks, in processes of joblib, of Dask or of Ray: the lines are the same.

python examples/search.py [--by joblib] [--processes 2]

Scikit-learn asks joblib for processes, and joblib asks whom it is told to: its own, a cluster of Dask's or of Ray's, on this
machine or on others. Each process has one core.
"""

import argparse
import contextlib
import time

import joblib
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV

from chainrule.sklearn import ChainruleClassifier

TRIED = {"hidden_layer_sizes": [(16,), (64,), (32, 32)], "activation": ["tanh", "relu"]}


@contextlib.contextmanager
def by_joblib(processes):
    """Processes of joblib's own."""
    with joblib.parallel_config("loky", n_jobs=processes, inner_max_num_threads=1):
        yield


@contextlib.contextmanager
def by_dask(processes):
    """A cluster of Dask's; `Client("address:8786")` is one on other machines."""
    from dask.distributed import Client

    with (
        Client(n_workers=processes, threads_per_worker=1, dashboard_address=None),
        joblib.parallel_config("dask", n_jobs=processes),
    ):
        yield


@contextlib.contextmanager
def by_ray(processes):
    """A cluster of Ray's; `ray.init("auto")` is one that runs already."""
    import ray
    from ray.util.joblib import register_ray

    ray.init(num_cpus=processes, include_dashboard=False, log_to_driver=False)
    register_ray()
    try:
        with joblib.parallel_config("ray", n_jobs=processes):
            yield
    finally:
        ray.shutdown()


ENGINES = {"joblib": by_joblib, "dask": by_dask, "ray": by_ray}


def search(by="joblib", processes=2, epochs=20):
    """The search, which has found the best of all that was tried."""
    X, y = load_digits(return_X_y=True)
    model = ChainruleClassifier(max_iter=epochs, random_state=0)
    with ENGINES[by](processes):
        return GridSearchCV(model, TRIED, cv=3, error_score="raise").fit(X, y)


def main():
    """Search, and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--by", choices=ENGINES, default="joblib")
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()
    began = time.perf_counter()
    found = search(given.by, given.processes)
    for place in found.cv_results_["rank_test_score"].argsort():
        print(f"{found.cv_results_['mean_test_score'][place]:6.1%}  {found.cv_results_['params'][place]}")
    print(f"{time.perf_counter() - began:.1f} s in {given.processes} processes of {given.by}")


if __name__ == "__main__":
    main()
