"""What Python in a browser computes as WebAssembly, and machine code with vectors of the same width here.

Run with the name of an executor, it prints all that it finds as JSON; `found` gives it.
"""

import json
import sys
import warnings

import numpy as np

import chainrule as cr


def valley(x):
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def layered(w, v, x):
    return np.mean(np.log(1 + np.exp(-(v @ np.tanh(w @ x)))) ** 2)


def in_turns(w, x):
    for _ in range(30):
        x = x + 0.1 * np.tanh(w @ x)
    return np.sum(x**2)


def moved(x):
    out = np.zeros(40)
    out[3:37] = np.cumsum(np.sort(x))
    out[::2] *= 2.0
    return np.sum(out * out)


def angles(x):
    return np.sum(np.sin(x) * np.arctan(x) + np.cosh(x) ** 0.3)


def picked(x):
    places = np.random.default_rng(6).integers(34, size=50)  # of 64 bits everywhere
    return np.sum(np.tanh(x[places]) * np.take(x, places[::-1]))


def inverted(a, x):
    return np.sum(np.tanh(np.linalg.inv(a) @ x) ** 2)


def turned(x):
    return x * 2.0 + np.tanh(x) if np.sum(x) > 0 else x * x


def taken(dtype):
    """The arguments of each function; all numbers are floats, since a browser's Python has integers of other sizes."""
    random = np.random.default_rng(3)
    w, v, x = (random.normal(size=shape).astype(dtype) for shape in ((7, 7), (5, 7), 7))
    long = random.normal(size=34).astype(dtype)
    return {
        valley: (long,),
        layered: (w, v, x),
        in_turns: (w, x),
        moved: (long,),
        picked: (long,),
        angles: (long,),
        inverted: (w + 9 * np.eye(7, dtype=dtype), x),
    }


def learned(dtype, executor):
    """The parameters of a network that has learned with Adam and dropout, and its costs."""
    random = np.random.default_rng(4)
    x = random.random((60, 11)).astype(dtype)
    y = (x[:, :3].argmax(axis=1)).astype("i8")
    net = cr.Network([11, 9, 3], activation=["relu"], cost="log-likelihood", dropout=0.2, seed=1, dtype=dtype)
    history = net.fit(x, y, epochs=4, batch_size=12, learning_rate=0.01, optimizer="adam", executor=executor)
    return {
        "executor": history.executor,
        "parameters": [each.tobytes().hex() for each in net.parameters],
        "costs": [each.train.cost for each in history.epochs],
        "correct": [each.train.correct for each in history.epochs],
        "explained": len(str(net.explain(x[0], 1))) > 1000,
        "findings": [each.name for each in net.diagnose(x, y, trials=False)],
    }


def said(run):
    """The error that a call ends with."""
    try:
        run()
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "no error"


def found(executor):
    """All of it, with an executor, and with the one that is chosen by itself."""
    values, reports, texts = {}, [], {}
    for dtype in ("float64", "float32"):
        for f, args in taken(dtype).items():
            run = cr.compile(cr.value_and_grad(f), executor)
            values[f"{f.__name__} {dtype}"] = [np.asarray(each).tobytes().hex() for each in (*run(*args), *run(*args))]
            reports.append(run.report())
            if f is not picked:  # whose places become as wide as indices are there
                texts[f.__name__] = str(cr.derive(f, args))
    branch, gather = cr.compile(turned, executor), cr.compile(lambda x, places: np.tanh(x[places]), executor)
    branch(np.ones(50)), gather(np.ones(9), np.arange(5, dtype="i8"))
    chosen = cr.compile(cr.grad(valley))
    chosen(np.ones(50))
    x = np.random.default_rng(5).random((9, 4))
    return {
        "order": cr.compile(lambda x: np.argsort(2.0 * x, axis=0), executor)(x).tolist(),
        "values": values,
        "reports": reports,
        "texts": texts,
        "errors": [said(lambda: branch(-np.ones(50))), said(lambda: gather(np.ones(9), np.arange(5, 10, dtype="i8")))],
        "chosen": chosen.report(),
        "elsewhere": said(lambda: cr.compile(valley, "native" if executor == "wasm" else "wasm")),
        "networks": {
            f"{dtype} {each}": learned(dtype, each) for dtype in ("float64", "float32") for each in (executor, "auto")
        },
    }


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    print(json.dumps(found(sys.argv[1])))
