"""Twelve tasks on tables, beside scikit-learn's networks and loops of PyTorch with the same settings.

    python benchmarks/tasks.py            # five seeds of each, in which all take turns: some minutes
    python benchmarks/tasks.py --quick    # one seed of three small tasks, printed

All three have one hidden layer of 100 rectifiers (the autoencoder 16), Adam with a rate of 0.001, the same batches and epochs, no
penalty, standardized inputs, and start and shuffle by the same seed. Each is written as a user would, and its lines are counted.
Times are of one thread: the processor's, from raw data to answers on test rows. Writes `results/tasks.json` and `docs/tasks.md`.
"""

import ast
import contextlib
import inspect
import json
import os
import statistics
import sys
import tempfile
import time
import warnings
from pathlib import Path

HERE = Path(__file__).resolve().parent
QUICK = "--quick" in sys.argv
for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"
os.environ["CHAINRULE_CACHE"] = tempfile.mkdtemp()  # machine code is compiled here, and not found from before

import numpy as np
import pandas as pd
import sklearn
import torch
from sklearn import datasets
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.metrics import accuracy_score, average_precision_score, f1_score, r2_score
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from torch import nn

import chainrule as cr
import chainrule.sklearn
import machine
from chainrule.sklearn import ChainruleClassifier

SEEDS = range(1 if QUICK else 5)
torch.set_num_threads(1)
warnings.filterwarnings("ignore", "Stochastic Optimizer")  # scikit-learn's, since the epochs are given

# ---- data ----------------------------------------------------------------------------------------------------------------


def bundled(load):
    """A data set that comes with scikit-learn."""
    return lambda: load(return_X_y=True)


def large():
    """50,000 × 30, five classes, in units of all sizes."""
    X, y = datasets.make_classification(50_000, 30, n_informative=15, n_classes=5, class_sep=1.0, random_state=0)
    return X * np.logspace(-2, 3, 30), y


def minority():
    """Two classes, of which one has 3 % of the rows."""
    return datasets.make_classification(
        10_000, 20, n_informative=8, weights=[0.97], flip_y=0.005, class_sep=0.8, random_state=0
    )


def words():
    """4,000 texts on eight subjects, each with words of its own among those that all have, as a sparse matrix of TF-IDF."""
    random, n, vocabulary = np.random.default_rng(0), 4000, 3000
    y, common = random.integers(0, 8, n), 1 / np.arange(1, vocabulary + 1)
    own = np.stack([common * random.gamma(0.3, size=vocabulary) for _ in range(8)])
    shares = 0.7 * common / common.sum() + 0.3 * own / own.sum(1, keepdims=True)
    texts = [" ".join(f"word{k}" for k in random.choice(vocabulary, 60, p=shares[label])) for label in y]
    return TfidfVectorizer().fit_transform(texts), y


def friedman():
    """Friedman's first function, with noise."""
    return datasets.make_friedman1(5000, noise=1.0, random_state=0)


def outputs():
    """Three numbers that hang on twelve, in units of their own."""
    X, _ = datasets.make_friedman1(3000, n_features=12, random_state=1)
    noise = np.random.default_rng(0).normal(size=(3000, 3))
    y = np.stack([np.sin(3 * X[:, 0]) + X[:, 1], 1000 * X[:, 2] * X[:, 3], 0.01 * (X[:, 4] - X[:, 5]) ** 2], axis=1)
    return X, y + noise * [0.1, 20, 0.0005]


def labels():
    """Several labels at once."""
    return datasets.make_multilabel_classification(4000, 20, n_classes=6, n_labels=2, random_state=0)


def digits():
    """Digits of 8 × 8, which are to be given back."""
    X, _ = datasets.load_digits(return_X_y=True)
    return X, X


def mixed():
    """Numbers, of which a tenth is missing, and texts."""
    random, n = np.random.default_rng(0), 4000
    frame = pd.DataFrame(random.normal([40, 3e4, 0], [12, 1e4, 1], (n, 3)), columns=["age", "income", "balance"])
    frame["city"] = random.choice(["Oslo", "Lima", "Pune", "Kyoto", "Accra"], n)
    frame["plan"] = random.choice(["free", "basic", "pro"], n, p=[0.6, 0.3, 0.1])
    score = (
        (frame.age - 40) / 12
        + (frame.income / 1e4 - 3) * (frame.plan == "pro")
        + (frame.city == "Lima")
        + frame.balance**2
    )
    frame["age"] = frame.age.mask(random.random(n) < 0.1)
    return frame, np.where(score + random.normal(0, 0.5, n) > 1, "stays", "leaves")


# ---- classes -------------------------------------------------------------------------------------------------------------


def classes_chainrule(X, y, new, seed, epochs, batch):
    net = cr.Network(
        [X.shape[1], 100, len(set(y))], activation="relu", cost="log-likelihood", initializer="glorot", seed=seed
    )
    net.fit(X, y, epochs=epochs, batch_size=batch, optimizer="adam", learning_rate=0.001)
    return net.predict(new)


def classes_sklearn(X, y, new, seed, epochs, batch):
    mlp = MLPClassifier((100,), batch_size=batch, max_iter=epochs, n_iter_no_change=epochs, alpha=0, random_state=seed)
    model = make_pipeline(StandardScaler(), mlp)
    return model.fit(X, y).predict(new)


def classes_torch(X, y, new, seed, epochs, batch):
    scaler = StandardScaler().fit(X)
    names, places = np.unique(y, return_inverse=True)
    x, t = torch.tensor(scaler.transform(X), dtype=torch.float32), torch.tensor(places)
    torch.manual_seed(seed)
    net = nn.Sequential(nn.Linear(X.shape[1], 100), nn.ReLU(), nn.Linear(100, len(names)))
    optimizer, loss = torch.optim.Adam(net.parameters(), lr=0.001), nn.CrossEntropyLoss()
    for _ in range(epochs):
        for part in torch.randperm(len(x)).split(batch):
            optimizer.zero_grad()
            loss(net(x[part]), t[part]).backward()
            optimizer.step()
    with torch.no_grad():
        return names[net(torch.tensor(scaler.transform(new), dtype=torch.float32)).argmax(1)]


# ---- two classes, ranked by probability ----------------------------------------------------------------------------------


def ranked_chainrule(X, y, new, seed, epochs, batch):
    net = cr.Network([X.shape[1], 100, 1], activation="relu", cost="cross-entropy", initializer="glorot", seed=seed)
    net.fit(X, y, epochs=epochs, batch_size=batch, optimizer="adam", learning_rate=0.001)
    return net(new)[:, 0]


def ranked_sklearn(X, y, new, seed, epochs, batch):
    mlp = MLPClassifier((100,), batch_size=batch, max_iter=epochs, n_iter_no_change=epochs, alpha=0, random_state=seed)
    model = make_pipeline(StandardScaler(), mlp)
    return model.fit(X, y).predict_proba(new)[:, 1]


def ranked_torch(X, y, new, seed, epochs, batch):
    scaler = StandardScaler().fit(X)
    x, t = torch.tensor(scaler.transform(X), dtype=torch.float32), torch.tensor(y, dtype=torch.float32)
    torch.manual_seed(seed)
    net = nn.Sequential(nn.Linear(X.shape[1], 100), nn.ReLU(), nn.Linear(100, 1))
    optimizer, loss = torch.optim.Adam(net.parameters(), lr=0.001), nn.BCEWithLogitsLoss()
    for _ in range(epochs):
        for part in torch.randperm(len(x)).split(batch):
            optimizer.zero_grad()
            loss(net(x[part])[:, 0], t[part]).backward()
            optimizer.step()
    with torch.no_grad():
        return net(torch.tensor(scaler.transform(new), dtype=torch.float32))[:, 0].numpy()


# ---- a sparse matrix -----------------------------------------------------------------------------------------------------


def sparse_sklearn(X, y, new, seed, epochs, batch):
    mlp = MLPClassifier((100,), batch_size=batch, max_iter=epochs, n_iter_no_change=epochs, alpha=0, random_state=seed)
    return mlp.fit(X, y).predict(new)


def sparse_torch(X, y, new, seed, epochs, batch):
    t = torch.tensor(y)
    torch.manual_seed(seed)
    net = nn.Sequential(nn.Linear(X.shape[1], 100), nn.ReLU(), nn.Linear(100, 8))
    optimizer, loss = torch.optim.Adam(net.parameters(), lr=0.001), nn.CrossEntropyLoss()
    for _ in range(epochs):
        for part in torch.randperm(len(y)).split(batch):
            optimizer.zero_grad()
            loss(net(torch.tensor(X[part.numpy()].toarray(), dtype=torch.float32)), t[part]).backward()
            optimizer.step()
    with torch.no_grad():
        return net(torch.tensor(new.toarray(), dtype=torch.float32)).argmax(1).numpy()


# ---- numbers -------------------------------------------------------------------------------------------------------------


def numbers_chainrule(X, y, new, seed, epochs, batch):
    outputs = 1 if y.ndim == 1 else y.shape[1]
    kept = {"activation": "relu", "cost": "mean-squared-error", "initializer": "glorot", "scale": "standard"}
    net = cr.Network([X.shape[1], 100, outputs], **kept, seed=seed)
    net.fit(X, y, epochs=epochs, batch_size=batch, optimizer="adam", learning_rate=0.001)
    return net.predict(new)


def numbers_sklearn(X, y, new, seed, epochs, batch, hidden=100):
    mlp = MLPRegressor(
        hidden_layer_sizes=(hidden,),
        batch_size=batch,
        max_iter=epochs,
        n_iter_no_change=epochs,
        alpha=0,
        random_state=seed,
    )
    model = TransformedTargetRegressor(make_pipeline(StandardScaler(), mlp), transformer=StandardScaler())
    return model.fit(X, y).predict(new)


def numbers_torch(X, y, new, seed, epochs, batch, hidden=100):
    y = y.reshape(len(y), -1)
    scaler, units = StandardScaler().fit(X), StandardScaler().fit(y)
    x, t = (torch.tensor(each, dtype=torch.float32) for each in (scaler.transform(X), units.transform(y)))
    torch.manual_seed(seed)
    net = nn.Sequential(nn.Linear(X.shape[1], hidden), nn.ReLU(), nn.Linear(hidden, y.shape[1]))
    optimizer, loss = torch.optim.Adam(net.parameters(), lr=0.001), nn.MSELoss()
    for _ in range(epochs):
        for part in torch.randperm(len(x)).split(batch):
            optimizer.zero_grad()
            loss(net(x[part]), t[part]).backward()
            optimizer.step()
    with torch.no_grad():
        return units.inverse_transform(net(torch.tensor(scaler.transform(new), dtype=torch.float32)).numpy())


def again_chainrule(X, y, new, seed, epochs, batch):
    net = cr.Network([64, 16, 64], activation="relu", cost="mean-squared-error", initializer="glorot", seed=seed)
    net.fit(X, X, epochs=epochs, batch_size=batch, optimizer="adam", learning_rate=0.001)
    return net(new)


def again_sklearn(*given):
    return numbers_sklearn(*given, hidden=16)


def again_torch(*given):
    return numbers_torch(*given, hidden=16)


# ---- several labels ------------------------------------------------------------------------------------------------------


def several_chainrule(X, y, new, seed, epochs, batch):
    net = cr.Network(
        [X.shape[1], 100, y.shape[1]], activation="relu", cost="cross-entropy", initializer="glorot", seed=seed
    )
    net.fit(X, y, epochs=epochs, batch_size=batch, optimizer="adam", learning_rate=0.001)
    return net.predict(new)


def several_torch(X, y, new, seed, epochs, batch):
    scaler = StandardScaler().fit(X)
    x, t = torch.tensor(scaler.transform(X), dtype=torch.float32), torch.tensor(y, dtype=torch.float32)
    torch.manual_seed(seed)
    net = nn.Sequential(nn.Linear(X.shape[1], 100), nn.ReLU(), nn.Linear(100, y.shape[1]))
    optimizer, loss = torch.optim.Adam(net.parameters(), lr=0.001), nn.BCEWithLogitsLoss()
    for _ in range(epochs):
        for part in torch.randperm(len(x)).split(batch):
            optimizer.zero_grad()
            loss(net(x[part]), t[part]).backward()
            optimizer.step()
    with torch.no_grad():
        return (net(torch.tensor(scaler.transform(new), dtype=torch.float32)) > 0).int().numpy()


# ---- a table with texts and gaps -----------------------------------------------------------------------------------------


def table_chainrule(X, y, new, seed, epochs, batch):
    model = ChainruleClassifier(
        (100,), missing="mean", batch_size=batch, max_iter=epochs, n_iter_no_change=epochs, alpha=0,
        learning_rate_init=0.001, random_state=seed,
    )  # fmt: skip
    return model.fit(X, y).predict(new)


def table_sklearn(X, y, new, seed, epochs, batch):
    mlp = MLPClassifier((100,), batch_size=batch, max_iter=epochs, n_iter_no_change=epochs, alpha=0, random_state=seed)
    columns = ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), ["age", "income", "balance"]),
            ("texts", OneHotEncoder(handle_unknown="ignore"), ["city", "plan"]),
        ]
    )
    return make_pipeline(columns, mlp).fit(X, y).predict(new)


def table_torch(X, y, new, seed, epochs, batch):
    numbers, texts = ["age", "income", "balance"], ["city", "plan"]
    mean, deviation = X[numbers].mean(), X[numbers].std()
    levels = {name: sorted(X[name].unique()) for name in texts}
    names, places = np.unique(y, return_inverse=True)

    def inputs(frame):
        scaled = ((frame[numbers] - mean) / deviation).fillna(0).to_numpy()
        hot = [(frame[name].to_numpy()[:, None] == levels[name]) for name in texts]
        return torch.tensor(np.hstack([scaled, *hot]), dtype=torch.float32)

    x, t = inputs(X), torch.tensor(places)
    torch.manual_seed(seed)
    net = nn.Sequential(nn.Linear(x.shape[1], 100), nn.ReLU(), nn.Linear(100, len(names)))
    optimizer, loss = torch.optim.Adam(net.parameters(), lr=0.001), nn.CrossEntropyLoss()
    for _ in range(epochs):
        for part in torch.randperm(len(x)).split(batch):
            optimizer.zero_grad()
            loss(net(x[part]), t[part]).backward()
            optimizer.step()
    with torch.no_grad():
        return names[net(inputs(new)).argmax(1)]


# ---- the tasks -----------------------------------------------------------------------------------------------------------

CLASSES = classes_chainrule, classes_sklearn, classes_torch
NUMBERS = numbers_chainrule, numbers_sklearn, numbers_torch
TASKS = {  # the data, the three, epochs, batch, and what is scored
    "iris, 150 × 4": (bundled(datasets.load_iris), CLASSES, 100, 16, "accuracy"),
    "breast cancer, 569 × 30": (bundled(datasets.load_breast_cancer), CLASSES, 50, 32, "accuracy"),
    "digits, 1,797 × 64": (bundled(datasets.load_digits), CLASSES, 30, 32, "accuracy"),
    "five classes, 50,000 × 30": (large, CLASSES, 15, 200, "accuracy"),
    "3 % minority, 10,000 × 20": (
        minority,
        (ranked_chainrule, ranked_sklearn, ranked_torch),
        30,
        100,
        "average precision",
    ),
    "TF-IDF, 4,000 texts, sparse": (words, (classes_chainrule, sparse_sklearn, sparse_torch), 8, 100, "accuracy"),
    "texts and gaps, 4,000 × 5": (mixed, (table_chainrule, table_sklearn, table_torch), 30, 50, "accuracy"),
    "several labels, 4,000 × 20": (labels, (several_chainrule, classes_sklearn, several_torch), 30, 50, "micro F1"),
    "diabetes, 442 × 10": (bundled(datasets.load_diabetes), NUMBERS, 30, 32, "R²"),
    "Friedman's function, 5,000 × 10": (friedman, NUMBERS, 40, 50, "R²"),
    "three outputs, 3,000 × 12": (outputs, NUMBERS, 40, 50, "R²"),
    "autoencoder, digits to 16": (
        digits,
        (again_chainrule, again_sklearn, again_torch),
        40,
        32,
        "R², all pixels together",
    ),
}
SCORES = {
    "accuracy": accuracy_score,
    "average precision": average_precision_score,
    "micro F1": lambda y, said: f1_score(y, said, average="micro"),
    "R²": r2_score,
    "R², all pixels together": lambda y, said: r2_score(y, said, multioutput="variance_weighted"),
}
CONTENDERS = "chainrule", "scikit-learn", "PyTorch"
LIKE_TORCH = "chainrule, begun as PyTorch"


def statements_of(function):
    """How many statements a user writes: those of the function's body, and of another of which it is a case."""
    function = {again_sklearn: numbers_sklearn, again_torch: numbers_torch}.get(function, function)
    body = ast.parse(inspect.getsource(function)).body[0].body
    return sum(isinstance(node, ast.stmt) for each in body for node in ast.walk(each))


@contextlib.contextmanager
def begun_as_torch():
    """Networks begin with the numbers that PyTorch's begin with."""
    plain = chainrule.sklearn.Network = cr.Network

    def begun(*given, seed, **named):
        net = plain(*given, seed=seed, **named)
        torch.manual_seed(seed)
        with torch.no_grad():
            for w, b in zip(net.weights, net.biases, strict=True):
                linear = nn.Linear(w.shape[1], w.shape[0])
                w[...], b[...] = linear.weight.numpy(), linear.bias.numpy()[:, np.newaxis]
        return net

    cr.Network = chainrule.sklearn.Network = begun
    try:
        yield
    finally:
        cr.Network = chainrule.sklearn.Network = plain


def measured(name):
    """Scores and seconds of the three, by turns; and chainrule's scores from PyTorch's start."""
    make, functions, epochs, batch, metric = TASKS[name]
    X, y = make()
    found = {each: {"scores": [], "processor": [], "wall": []} for each in (*CONTENDERS, LIKE_TORCH)}
    for seed in SEEDS:
        stratify = y if metric in ("accuracy", "average precision") else None
        learned, new, t, truth = train_test_split(X, y, test_size=0.25, random_state=seed, stratify=stratify)
        for who, function in zip(CONTENDERS, functions, strict=True):
            began = time.process_time(), time.perf_counter()
            said = function(learned, t, new, seed, epochs, batch)
            found[who]["processor"].append(time.process_time() - began[0])
            found[who]["wall"].append(time.perf_counter() - began[1])
            found[who]["scores"].append(float(SCORES[metric](truth, said)))
        with begun_as_torch():
            said = functions[0](learned, t, new, seed, epochs, batch)
        found[LIKE_TORCH]["scores"].append(float(SCORES[metric](truth, said)))
    for who, function in zip(CONTENDERS, functions, strict=True):
        found[who]["statements"] = statements_of(function)
    return {"metric": metric, "epochs": epochs, "batch": batch, "found": found}


# ---- the page ------------------------------------------------------------------------------------------------------------


def apart(task, other, who="chainrule"):
    """How far chainrule's score is above another's, and the standard error of that, over the seeds."""
    ours, theirs = (task["found"][each]["scores"] for each in (who, other))
    gaps = [a - b for a, b in zip(ours, theirs, strict=True)]
    return statistics.mean(gaps), statistics.stdev(gaps) / len(gaps) ** 0.5


def behind(tasks, other, who="chainrule"):
    """The tasks on which chainrule scores less than another by more than two standard errors, in words."""
    found = {name: apart(task, other, who) for name, task in tasks.items()}
    less = [f"{name} ({gap:+.3f} ± {error:.3f})" for name, (gap, error) in found.items() if gap < -2 * error]
    return f"less on {'; '.join(less)}" if less else "nowhere less"


def after_first(task, who):
    """The median processor time but that of the first run, which also compiles and imports."""
    return statistics.median(task["found"][who]["processor"][1:])


def spread(scores):
    """Their mean and standard deviation."""
    return f"{statistics.mean(scores):.3f} ± {statistics.stdev(scores):.3f}"


def page(found):
    """The page, from the figures."""
    tasks, scores, times = found["tasks"], [], []
    ratios = {
        who: {name: after_first(task, who) / after_first(task, "chainrule") for name, task in tasks.items()}
        for who in CONTENDERS[1:]
    }
    for name, task in tasks.items():
        own = task["found"]
        cells = [spread(own[who]["scores"]) for who in (*CONTENDERS, LIKE_TORCH)]
        seconds = [f"{after_first(task, 'chainrule'):.2f}"]
        seconds += [f"{after_first(task, who):.2f} (× {ratios[who][name]:.1f})" for who in CONTENDERS[1:]]
        statements = " · ".join(str(own[who]["statements"]) for who in CONTENDERS)
        first = " · ".join(f"{own[who]['processor'][0]:.1f}" for who in CONTENDERS)
        scores.append(f"| {name} | {task['metric']} | {' | '.join(cells)} | {statements} |")
        times.append(f"| {name} | {task['epochs']} × {task['batch']} | {' | '.join(seconds)} | {first} |")
    first = [
        name for name, task in tasks.items()
        if task["found"]["chainrule"]["processor"][0] > task["found"]["scikit-learn"]["processor"][0]
    ]  # fmt: skip
    return f"""# Twelve tasks on tables

Written by `python benchmarks/tasks.py`, which has the code of all three. One hidden layer of 100 rectifiers (16 in the
autoencoder), Adam with a rate of 0.001, the same batches and epochs, no penalty; {len(found["seeds"])} seeds, each with a
split, a start and an order of its own, in which the three take turns in one process with one thread. Weights begin by Glorot's
distribution, PyTorch's by its own. All three standardize inputs (but for the texts) and the numbers to be learned: chainrule
does so by itself, but for numbers in 0…1, which it leaves as they are unless it is told.

Where a difference in scores is one from two standard errors on, chainrule scores

- beside scikit-learn {behind(tasks, "scikit-learn")};
- beside PyTorch {behind(tasks, "PyTorch")};
- beside PyTorch, from the very numbers that it begins with, {behind(tasks, "PyTorch", LIKE_TORCH)}.

Of processor time scikit-learn takes {among(ratios["scikit-learn"])}, PyTorch {among(ratios["PyTorch"])}: that is so from
the second run on. In its first run of a shape chainrule also compiles, if nothing is kept from before, and takes longer than
scikit-learn on {len(first)} of {len(tasks)}: {"; ".join(first) or "none"}.

## Scores, and statements

Mean over the seeds on a quarter of the rows, held out, ± the standard deviation. Statements are those between raw arrays and
answers, imports left out: of chainrule, scikit-learn and PyTorch.

| | | chainrule | scikit-learn | PyTorch | {LIKE_TORCH} | statements |
|---|---|---:|---:|---:|---:|---:|
{chr(10).join(scores)}

## Processor time

Seconds from raw arrays to answers, the median of all runs but the first, and how many times chainrule's that is; in the last
column the first run of each, in the same order. Epochs × examples of a batch.

| | | chainrule | scikit-learn | PyTorch | first run |
|---|---|---:|---:|---:|---:|
{chr(10).join(times)}

{machine.line(found["machine"])}, scikit-learn {found["versions"]["scikit-learn"]}, PyTorch {found["versions"]["PyTorch"]}.
"""


def among(ratios):
    """How many times chainrule's, over the tasks, in words."""
    own = sorted(ratios.values())
    return f"{own[0]:.1f} to {own[-1]:.1f} times as much, {statistics.median(own):.1f} in the middle"


def main():
    """Measure, and write the page."""
    names = list(TASKS)[:3] if QUICK else list(TASKS)
    found = {
        "machine": machine.machine(), "seeds": list(SEEDS),
        "versions": {"scikit-learn": sklearn.__version__, "PyTorch": torch.__version__}, "tasks": {},
    }  # fmt: skip
    for name in names:
        began = time.perf_counter()
        found["tasks"][name] = task = measured(name)
        shown = {
            who: (
                round(statistics.mean(own["scores"]), 4),
                round(min(own["processor"]), 3),
                round(own["processor"][0], 2),
            )
            for who, own in task["found"].items()
            if own["processor"]
        }
        print(f"{name}: {shown}  {time.perf_counter() - began:.0f} s", flush=True)
    if QUICK:
        return
    (HERE / "results" / "tasks.json").write_text(json.dumps(found, indent=1) + "\n")
    (HERE.parent / "docs" / "tasks.md").write_text(page(found))


if __name__ == "__main__":
    main()
