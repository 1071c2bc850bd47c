"""Patterns of the functions that google/tangent is tested with."""

import numpy as np

from .entering import given, normal, program, within


@program("tests/functions.py: saxpy", normal((), 4, 4))
def saxpy(a, x, y):
    return np.sum(a * x + y)


@program("tests/functions.py: bilinear", normal((3, 4), 3, 4, (4, 3), 4))
def bilinear(x, h, b, k, c):
    y = np.tanh(np.dot(h, x) + b)
    z = np.tanh(np.dot(k.T, y) if k.shape[0] == 4 else y)
    return np.sum(z) * np.sum(c)


@program("tests/functions.py: logistic regression", normal((5, 3), (3, 2), 2))
def softmax_regression(x, w, b):
    logits = np.dot(x, w) + b
    scaled = np.exp(logits - np.max(logits, axis=1, keepdims=True))
    probabilities = scaled / np.sum(scaled, axis=1, keepdims=True)
    return -np.mean(np.log(probabilities[:, 0]))


@program("tests/functions.py: loop over a range", normal(()))
def loop_over_range(x):
    for i in range(3):
        x = x * x / 2.0 + i
    return x


@program("tests/functions.py: while loop", within(0.5, 1, ()))
def loop_while(x):
    n = 0
    while x < 20.0:
        x = x * 1.7 + 0.1 * n
        n += 1
    return x * n


@program("tests/functions.py: nested ifs", normal((), ()))
def branches_in_a_loop(x, y):
    for i in range(4):
        if i % 2 == 0:
            if x > y:
                x = x * y
            else:
                x = x + y
        else:
            y = y - 0.5 * x
    return x * y


@program("tests/functions.py: continue and break", normal(5))
def loop_that_breaks(x):
    total = 0.0
    for i, each in enumerate(x):
        if i == 1:
            continue
        if total > 3.0:
            break
        total = total + each**2
    return total


@program("tests/functions.py: overwriting a variable", normal(()))
def variable_overwritten(x):
    y = x
    x = x * x
    y = y * x
    x = x + y
    y, x = x, y
    return y * x + x


@program("tests/functions.py: assignment to an element", normal(3, ()))
def element_assigned(a, b):
    a[0] = b * a[1]
    a[2] = a[0] * a[2]
    return np.sum(a * a)


def element_assigned_after(a, b):
    first = b * a[1]
    a = np.stack([first, a[1], first * a[2]])
    return np.sum(a * a)


@program("tests/functions.py: augmented assignment to an element", normal(3, ()))
def element_augmented(a, b):
    for i in range(3):
        a[i] *= b
        a[i - 1] += a[i]
    return np.sum(a * a)


@program("tests/functions.py: a list that grows", normal(()))
def list_that_grows(x):
    stack = []
    for i in range(4):
        stack.append(x * (i + 1))
    y = 1.0
    while stack:
        y = y * 0.5 + stack.pop() * y
    return y


@program("tests/functions.py: dictionaries", normal((), ()))
def dictionary_of_values(x, y):
    values = dict(x=x, y=y)
    values["z"] = values["x"] * values["y"]
    values["x"] = values["z"] ** 2
    return sum(values.values())


@program("tests/functions.py: nested dictionaries", normal(3, (3, 2)))
def dictionary_in_a_dictionary(b, w):
    layers = {"first": {"w": w, "b": b}, "second": {"w": w.T, "b": b[:2]}}
    y = np.dot(layers["first"]["b"], layers["first"]["w"]) + layers["second"]["b"]
    return np.sum(np.dot(y, layers["second"]["w"]) * layers["first"]["b"])


@program("tests/functions.py: attributes", normal((), 3))
def attributes_of_an_object(a, x):
    class Params:
        pass

    p = Params()
    p.scale = a
    p.scale = p.scale * np.mean(x)
    return p.scale * np.sum(x**2)


@program("tests/functions.py: nested calls", normal((), ()))
def calls_within_calls(x, y):
    def g(u, v=2.0):
        return u * v + u

    def h(u):
        return g(g(u), v=u) * g(y)

    return h(x) + h(g(y, x))


@program("tests/functions.py: recursion", normal(6))
def recursion(x):
    if len(x) == 1:
        return x[0]
    half = len(x) // 2
    return recursion(x[:half]) * 0.5 + recursion(x[half:]) ** 2


@program("tests/functions.py: unpacking", normal(3))
def tuples_unpacked(x):
    a, b, c = x
    (d, e), f = (a * b, b * c), c * a
    return d * e + f


@program("tests/functions.py: reductions", normal((3, 4)))
def many_reductions(x):
    s = np.sum(x, axis=0) * np.mean(x, axis=0, keepdims=True)
    return np.sum(s) + np.max(x) * np.min(x) + np.prod(x[0]) + np.std(x) * np.var(x[:, 1])


@program("tests/functions.py: shapes", normal((2, 6)))
def shapes_changed(x):
    y = np.reshape(x, (3, 4))
    z = np.transpose(y)[1:3]
    z = np.expand_dims(z, 0)
    return np.sum(np.squeeze(z) * np.ravel(y)[:6].reshape(2, 3)) + np.sum(np.tile(x, (2, 1)) ** 2)


@program("tests/functions.py: det and inv", normal((3, 3)))
def determinant_and_inverse(x):
    a = np.dot(x, x.T) + 2 * np.eye(3)
    return np.linalg.det(a) * np.trace(np.linalg.inv(a))


@program("tests/functions.py: conditional expressions", normal((), ()))
def conditional_expressions(x, y):
    z = x if x > 0 else y
    w = np.where(np.array([True, False]), x, y)
    return z * np.sum(w) + (x * y if not y > x else 1.0) * abs(x)


@program("tests/functions.py: zeros filled", normal(4))
def zeros_filled(x):
    out = np.zeros(4)
    for i in range(4):
        out[i] = x[i] ** 2 if i == 0 else out[i - 1] + x[i]
    return np.sum(out * out)


@program("tests/functions.py: zeros_like and copies", given([0.3, -0.2, 0.9]))
def copies_and_likes(x):
    y = np.copy(x)
    z = np.zeros_like(x)
    z += y * x
    y[1] = 0.0
    return np.sum(z * y)
