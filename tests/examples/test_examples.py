"""The examples run, in a smaller setting where they take long, and find what they set out to find."""

import functools
import importlib.util
import math
import sys
from pathlib import Path

import numpy as np
import pytest

import chainrule as cr

FOLDER = Path(__file__).parents[2] / "examples"


NEEDS = {"search": ("joblib", "sklearn"), "pruning": ("optuna",)}
"""What must be installed for some, which the peers' group has."""


def example(name):
    for package in NEEDS.get(name, ()):
        pytest.importorskip(package)
    spec = importlib.util.spec_from_file_location(f"example_{name}", FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_none_is_forgotten():
    peers = FOLDER.parent / "tests" / "peers" / "test_sweeps.py"
    tested = "".join(path.read_text(encoding="utf-8") for path in (Path(__file__), peers))
    assert all(f'example("{path.stem}")' in tested for path in FOLDER.glob("*.py"))


def test_a_line():
    (w, b), _, _ = example("three_fits").fit_a_line()
    assert w.item() == pytest.approx(2, abs=0.05) and b.item() == pytest.approx(-1, abs=0.05)


def test_a_sine():
    fits = example("three_fits")
    found, x, y = fits.fit_a_sine(4000)
    assert np.mean((fits.curve(found, x) - y) ** 2) < 0.05 * np.mean(y**2)


def test_the_digits():
    _, right = example("three_fits").read_the_digits(800)
    assert right > 0.7


def test_the_twelve_lines_are_twelve():
    source = (FOLDER / "three_fits.py").read_text(encoding="utf-8")
    body = source[source.index("def fit(") : source.index("def line(")]
    lines = [line for line in body.splitlines() if line.strip() and '"""' not in line]
    assert len(lines) <= 12


def test_tanh():
    found = example("tanh").derivatives([0.5, -1.0], 3)
    y = np.tanh([0.5, -1.0])
    slope = 1 - y**2
    np.testing.assert_allclose(found, [y, slope, -2 * y * slope, (6 * y**2 - 2) * slope], rtol=1e-10)


def test_newton():
    newton = example("newton")
    for method in (newton.by_hessian, newton.by_products):
        np.testing.assert_allclose(method(np.full(5, 1.2)), np.ones(5), rtol=1e-8)


def test_throw():
    throw = example("throw")
    np.testing.assert_allclose(throw.flight(throw.aim(np.array([15.0, 10.0]))), throw.TARGET, rtol=1e-9)


def test_mixture():
    mixture = example("mixture")
    found = mixture.fit(mixture.clouds(np.random.default_rng(1)))
    near = found["means"][np.argsort(found["means"][:, 0])]
    np.testing.assert_allclose(near, [[-2, 0], [2, 1]], atol=0.2)


def test_gaussian_process():
    process = example("gaussian_process")
    random = np.random.default_rng(0)
    x = np.sort(random.uniform(-3, 3, 40))
    y = np.sin(2 * x) + 0.1 * random.normal(size=40)
    found = process.fit(x, y, steps=200)
    assert process.cost(found, x, y) < process.cost({"log_scale": 0.0, "log_noise": -1.0}, x, y) - 5
    assert 0.002 < math.exp(found["log_noise"]) < 0.05


def test_convolution():
    convolution = example("convolution")
    random = np.random.default_rng(0)
    a = random.random((9, 11))
    by_hand = [[np.sum(convolution.BLUR * a[y : y + 5, x : x + 5]) for x in range(7)] for y in range(5)]
    np.testing.assert_allclose(convolution.blurred(convolution.BLUR, a), by_hand, rtol=1e-12)
    a = convolution.picture()
    y = convolution.blurred(convolution.BLUR, a)
    found = cr.minimize(lambda w: convolution.cost(w, a, y), np.zeros((5, 5))).x
    np.testing.assert_allclose(found, convolution.BLUR, atol=1e-6)


def test_optics():
    optics = example("optics")
    height = np.array([-9.0, 0.0, 5.0])
    power, conic = 3.0, -0.7
    depth, rise = optics.rays(power, conic, height)
    c = power / 100
    np.testing.assert_allclose(height**2 - 2 * depth / c + (1 + conic) * depth**2, 0, atol=1e-9)  # a conic section
    tilt = np.arctan((optics.rays(power, conic, height + 1e-6)[0] - optics.rays(power, conic, height - 1e-6)[0]) / 2e-6)
    np.testing.assert_allclose(np.sin(tilt - np.arctan(rise)), optics.GLASS * np.sin(tilt), atol=1e-8)  # Snell's law
    found = cr.minimize(lambda lens: optics.blur(*lens), [power, 0.0], tolerance=1e-12).x
    focal = 100 * (optics.GLASS - 1)
    np.testing.assert_allclose(
        found, [focal / optics.DISTANCE / (optics.GLASS - 1) ** 2, -(optics.GLASS**2)], rtol=1e-6
    )


@pytest.mark.parametrize("name", ["convolution", "optics"])
def test_short_ones_stay_short(name):
    lines = (FOLDER / f"{name}.py").read_text(encoding="utf-8").partition('"""\n\n')[2].splitlines()
    assert sum(bool(line) for line in lines) <= 30


def test_twelve_programs(capsys):
    example("twelve").main(["garch"])
    assert "def garch_gradient(omega, alpha, beta, r):" in capsys.readouterr().out


def test_own_operation():
    example("own_operation").main()


@pytest.mark.wide
@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("*.py")))
def test_what_it_prints_is_for_any_terminal(name, capsys, monkeypatch):
    module = example(name)
    if name == "three_fits":
        small = {"fit_a_sine": 200, "read_the_digits": 50}
        for each, steps in small.items():
            monkeypatch.setattr(module, each, functools.partial(getattr(module, each), steps))
    small = {"sweep": ["--examples", "200"], "pruning": ["--trials", "2"]}
    monkeypatch.setattr(sys, "argv", [f"{name}.py", *small.get(name, [])])
    module.main()
    printed = capsys.readouterr().out
    assert printed.strip()
    for encoding in ("cp1252", "gbk", "utf-8"):
        printed.encode(encoding)
    assert max(map(len, printed.splitlines())) <= 120


def test_pictures_in_letters():
    fits = example("three_fits")
    x = np.array([-1.0, 0.0, 1.0])
    assert fits.drawn(x, x, x, rows=3, columns=5) == ["    o", "  o", "o"]
    assert fits.drawn(x, x, -x, rows=3, columns=5) == ["o   .", "  o", ".   o"]
    image = np.zeros((1, 28, 28), np.uint8)
    image[:, 2:4, 2:4] = 255
    assert fits.shaded(image) == ["##", *[""] * 11]


def test_gpt(capsys):
    gpt = example("gpt")
    assert "def rmsnorm_adjoint(x, δ_out):" in str(gpt.derivative())
    lesson = gpt.trained(["anna", "hanna", "johanna"] * 20, 1000)
    assert {"anna", "hanna", "johanna"} & set(lesson.gpt.write(20))
    assert capsys.readouterr().out.startswith("step  1,000   cost ")


def test_a_sweep_in_two_processes():
    sweep = example("sweep")
    found = sweep.sweep(examples=300, processes=2, epochs=3)
    assert len(found) == len(sweep.HIDDEN) * len(sweep.ACTIVATIONS) and found[0][0] > 0.6
    assert [score for score, *_ in found] == sorted((score for score, *_ in found), reverse=True)


def test_transfer():
    alone, frozen, after = example("transfer").compared()
    assert frozen > alone + 0.03 and after > alone + 0.03
