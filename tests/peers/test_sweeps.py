"""Searches and sweeps on engines that exist: processes of joblib, Dask and Ray through scikit-learn's hooks, Optuna's pruning."""

import importlib.util
import os
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import chainrule as cr

pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("ignore")]  # those engines' own

FOLDER = Path(__file__).parents[2] / "examples"
PACKAGES = {"joblib": "joblib", "dask": "distributed", "ray": "ray"}


def example(name):
    spec = importlib.util.spec_from_file_location(f"example_{name}", FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def where():
    """The process that a task runs in, which takes so long that another takes the next."""
    time.sleep(0.5)
    return os.getpid()


@pytest.mark.parametrize("engine", PACKAGES)
def test_two_processes_of_each_engine_find_what_one_finds(engine):
    pytest.importorskip(PACKAGES[engine])
    joblib = pytest.importorskip("joblib")
    search = example("search")
    from sklearn.datasets import load_digits
    from sklearn.model_selection import GridSearchCV

    with search.ENGINES[engine](2):
        workers = set(joblib.Parallel()(joblib.delayed(where)() for _ in range(8)))
    assert len(workers) == 2 and os.getpid() not in workers
    found = search.search(engine, epochs=3)
    alone = GridSearchCV(search.ChainruleClassifier(max_iter=3, random_state=0), search.TRIED, cv=3)
    alone.fit(*load_digits(return_X_y=True))
    np.testing.assert_array_equal(found.cv_results_["mean_test_score"], alone.cv_results_["mean_test_score"])
    assert found.best_params_ == alone.best_params_


def test_optuna_ends_what_falls_behind():
    optuna = pytest.importorskip("optuna")
    pruning = example("pruning")
    made = pruning.study(trials=10, examples=500)
    states = [trial.state for trial in made.trials]
    complete, pruned = (optuna.trial.TrialState.COMPLETE, optuna.trial.TrialState.PRUNED)
    assert set(states) == {complete, pruned}
    assert all(len(each.intermediate_values) == pruning.EPOCHS for each in made.trials if each.state == complete)
    assert any(len(each.intermediate_values) < pruning.EPOCHS for each in made.trials if each.state == pruned)
    best = made.best_trial
    assert best.value == max(best.intermediate_values.values())  # the best epoch's weights were kept
    # as told of the best, again by itself
    train, valid, _ = cr.datasets.mnist()
    net = cr.Network(
        [784, best.params["hidden"], 10], activation=best.params["activation"], cost="log-likelihood",
        initializer="he", seed=0,
    )  # fmt: skip
    rate = best.params["learning_rate"]
    history = net.fit(
        train[0][:500], train[1][:500], epochs=8, learning_rate=rate, validation=(valid[0][:1000], valid[1][:1000])
    )
    told = [epoch.validation.accuracy for epoch in history.epochs]
    assert told == pytest.approx(list(best.intermediate_values.values()))


@pytest.mark.parametrize(("name", "typed"), [("search", ["--by", "joblib"]), ("pruning", ["--trials", "2"])])
def test_what_they_print(name, typed, capsys, monkeypatch):
    pytest.importorskip({"search": "sklearn", "pruning": "optuna"}[name])
    module = example(name)
    monkeypatch.setattr(sys, "argv", [f"{name}.py", *typed])
    module.main()
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == {"search": 7, "pruning": 3}[name]
    assert all("%" in line for line in lines[:-1])
    assert max(map(len, lines)) <= 120
