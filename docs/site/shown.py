"""What the pages of examples show beside the program and what it prints: a picture, and a derivative that it uses."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from drawing import Marks, chart, images

import chainrule as cr

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@dataclass(frozen=True)
class Shown:
    """A page of the gallery that shows an example.

    Attributes:
        titles: Its title in English and Chinese.
        told: What its picture shows, likewise.
        picture: What draws it, as SVG, from the example's module.
        derived: What derives the function that the page derives, from the module; nothing where the example prints a derivative.
        module: The file of examples/, where it is not called as the page.
        parts: The functions of the file that the page shows; all of it if none is named.
    """

    titles: tuple[str, str]
    told: tuple[str, str]
    picture: Callable[[ModuleType], str]
    derived: Callable[[ModuleType], cr.Program] | None = None
    module: str = ""
    parts: tuple[str, ...] = ()


@cache
def example(name: str) -> ModuleType:
    """A file of examples/ as a module."""
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def fitted(name: str) -> Any:
    """What a function of examples/three_fits.py finds; it trains once for all that show it."""
    return getattr(example("three_fits"), name)()


# ---- three fits ------------------------------------------------------------------------------------------------------


def _line(fits: ModuleType) -> str:
    return _fitted(fits.line, *fitted("fit_a_line"))


def _curve(fits: ModuleType) -> str:
    return _fitted(fits.curve, *fitted("fit_a_sine"))


def _fitted(f: Callable[..., Any], parameters: Any, x: Any, y: Any) -> str:
    grid = np.linspace(-1, 1, 300)[None]
    return chart([Marks(x[0], y[0], "line2", points=True), Marks(grid[0], f(parameters, grid)[0], "w", width=3)])


def _digits(_: ModuleType) -> str:
    parameters, _ = fitted("read_the_digits")
    neurons = np.pad(parameters[0].reshape(3, 10, 28, 28), ((0, 0), (0, 0), (1, 1), (1, 1)))
    return images({"w2": neurons.transpose(0, 2, 1, 3).reshape(90, 300)}, signed=True)


def _derived_line(fits: ModuleType) -> cr.Program:
    def cost(w: Any, b: Any, x: Any, y: Any) -> Any:
        return np.sum((fits.line([w, b], x) - y) ** 2) / x.shape[1]

    return _derived(cost, [(1, 1), (1, 1), (1, 32), (1, 32)], "w, b")


def _derived_curve(fits: ModuleType) -> cr.Program:
    def cost(w1: Any, b1: Any, w2: Any, b2: Any, x: Any, y: Any) -> Any:
        return np.sum((fits.curve([w1, b1, w2, b2], x) - y) ** 2) / x.shape[1]

    return _derived(cost, [(30, 1), (30, 1), (1, 30), (1, 1), (1, 32), (1, 32)], "w1, b1, w2, b2")


def _derived_digits(fits: ModuleType) -> cr.Program:
    def cost(w2: Any, b2: Any, w3: Any, b3: Any, x: Any, y: Any) -> Any:
        return np.sum((fits.reader([w2, b2, w3, b3], x) - y) ** 2) / x.shape[1]

    return _derived(cost, [(30, 784), (30, 1), (10, 30), (10, 1), (784, 32), (10, 32)], "w2, b2, w3, b3")


def _derived(cost: Callable[..., Any], shapes: Sequence[tuple[int, ...]], wrt: str) -> cr.Program:
    return cr.derive(cost, [cr.Spec(shape) for shape in shapes], wrt=wrt)


# ---- the others ------------------------------------------------------------------------------------------------------


def _convolution(module: ModuleType) -> str:
    a = module.picture()
    y = module.blurred(module.BLUR, a)
    found = cr.minimize(lambda w: module.cost(w, a, y), np.zeros((5, 5))).x
    return images({"a": a, "y": y, "w": found})


def _optics(module: ModuleType) -> str:
    sphere = cr.minimize(lambda power: module.blur(power, 0.0), 3.0).x
    panels = []
    for power, conic in ((sphere, 0.0), cr.minimize(lambda lens: module.blur(*lens), [sphere, 0.0]).x):
        height = np.linspace(-13, 13, 99)
        depth, _ = module.rays(power, conic, height)
        marks = [Marks([*-depth, -12, -12, -depth[0]], [*height, 13, -13, -13], "a")]  # the surface, and the flat side
        depth, rise = module.rays(power, conic, module.HEIGHTS)
        for h, d, slope in zip(module.HEIGHTS, depth, rise, strict=True):
            marks.append(Marks([-20, -d, 60], [h, h, h + slope * (60 + d)], "d", width=1.2))
        panels.append([*marks, Marks([module.DISTANCE] * 2, [-13, 13], "line2")])
    return chart(*panels)


def _throw(module: ModuleType) -> str:
    marks = []
    for rounds in range(4):
        velocity = module.aim(np.array([15.0, 10.0]), rounds)
        path = np.array([module.flight(velocity, n, n / 50) for n in range(1, 101)])
        marks.append(Marks(path[:, 0], path[:, 1], "d" if rounds == 3 else "line2", width=3 if rounds == 3 else 1.5))
    return chart([*marks, Marks(module.TARGET[:1], module.TARGET[1:], "w", points=True, width=7)], alike=True)


def _mixture(module: ModuleType) -> str:
    points = module.clouds(np.random.default_rng(1))
    found = module.fit(points)
    around = np.linspace(0, 2 * np.pi, 99)
    circles = [
        Marks(mean[0] + wide * np.cos(around), mean[1] + wide * np.sin(around), "d", width=3)
        for mean, scale in zip(found["means"], np.exp(found["log_scales"]), strict=True)
        for wide in (scale, 2 * scale)
    ]
    return chart([Marks(points[:, 0], points[:, 1], "a", points=True), *circles], alike=True)


def _clouds(module: ModuleType) -> cr.Program:
    mixture = {"weights": np.zeros(2), "means": np.zeros((2, 2)), "log_scales": np.zeros(2)}
    return cr.derive(module.cost, (mixture, cr.Spec((300, 2))), wrt="mixture")


def _process(module: ModuleType) -> str:
    random = np.random.default_rng(0)
    x = np.sort(random.uniform(-3, 3, 40))
    y = np.sin(2 * x) + 0.1 * random.normal(size=40)
    settings = module.fit(x, y)
    scale, noise = np.exp(settings["log_scale"]), np.exp(settings["log_noise"])

    def kernel(one: Any, other: Any) -> Any:
        return np.exp(-0.5 * ((one[:, None] - other[None, :]) / scale) ** 2)

    grid = np.linspace(-3, 3, 300)
    whole, across = kernel(x, x) + noise * np.eye(40), kernel(grid, x)
    mean = across @ np.linalg.solve(whole, y)
    wide = 2 * np.sqrt(1 + noise - np.sum(across * np.linalg.solve(whole, across.T).T, axis=1))
    sides = [Marks(grid, mean + sign * wide, "line2") for sign in (1, -1)]
    return chart([*sides, Marks(grid, mean, "d", width=3), Marks(x, y, "a", points=True, width=3)])


def _newton(module: ModuleType) -> str:
    steps = np.arange(9)
    start = np.full(10, 1.2)
    return chart(
        [
            Marks(steps, [module.rosenbrock(method(start, int(n))) for n in steps], color, width=width)
            for method, color, width in ((module.by_hessian, "a", 5), (module.by_products, "w", 2))
        ],
        logarithmic=True,
    )


def _tanh(module: ModuleType) -> str:
    x = np.linspace(-3, 3, 150)
    rows = module.derivatives(x, 3)
    return chart([Marks(x, row, color, width=3) for row, color in zip(rows, "awdg", strict=True)])


def _softplus(module: ModuleType) -> str:
    x = np.linspace(-4, 4, 150)
    slope = cr.vmap(cr.grad(module.softplus))(x)
    return chart([Marks(x, module.softplus(x), "a", width=3), Marks(x, slope, "d", width=3)])


def _gpt(module: ModuleType) -> str:
    reports = module.learn(module.names(), 10_000).reports
    steps = [each.step for each in reports]
    return chart(
        [Marks(steps, [getattr(each, name) for each in reports], color, width=3)
         for name, color in (("cost", "a"), ("held_out", "d"))]
    )  # fmt: skip


SHOWN = {
    "line": Shown(
        ("A line", "直线"),
        ("Gray: the points. Brown: the line that was fitted.", "灰点是数据，棕线是拟合的直线。"),
        _line, _derived_line, "three_fits", ("fit", "line", "layer", "fit_a_line"),
    ),
    "curve": Shown(
        ("A curve", "曲线"),
        ("Gray: points of a sine. Brown: what thirty hidden neurons make of them.", "灰点取自正弦曲线，棕线是三十个隐藏神经元拟合的结果。"),
        _curve, _derived_curve, "three_fits", ("fit", "curve", "layer", "fit_a_sine"),
    ),
    "digits": Shown(
        ("The digits", "手写数字"),
        (
            "The weights of the thirty hidden neurons, each as a picture: orange where ink raises the neuron's weighted sum, blue where it lowers it.",
            "三十个隐藏神经元的权重，每个画成一幅图：橙色的地方，有墨迹会使神经元的加权和变大；蓝色的地方会使它变小。",
        ),
        _digits, _derived_digits, "three_fits", ("fit", "reader", "layer", "read_the_digits"),
    ),
    "convolution": Shown(
        ("A convolution", "卷积"),
        (
            "a: the picture. y: the same, blurred. w: the blur that was found.",
            "a 是原图，y 是模糊之后的图，w 是求出的模糊核。",
        ),
        _convolution,
        lambda module: cr.derive(module.cost, [cr.Spec(each) for each in ((5, 5), (112, 112), (108, 108))], wrt="w"),
    ),
    "optics": Shown(
        ("A lens", "透镜"),
        (
            "Light (red) leaves the glass (blue) for the sensor (gray), millimeters. Left: the best sphere. Right: what the derivative found, a hyperbola.",
            "光线（红）离开玻璃（蓝），射向传感器（灰），单位是毫米。左：最好的球面。右：导数找到的双曲面。",
        ),
        _optics,
        lambda module: cr.derive(module.blur, (3.0, 0.0, module.HEIGHTS), wrt="power, conic"),
    ),
    "example-throw": Shown(
        ("Hit a target through the air", "顶着风投中目标"),
        (
            "Flights, in meters: the first three throws (gray), and the fourth (red), which hits the target.",
            "飞行轨迹，单位是米：前三次投掷（灰），以及投中目标的第四次（红）。",
        ),
        _throw, lambda module: cr.derive(missed(module), (np.array([15.0, 10.0]),)), "throw",
    ),
    "example-mixture": Shown(
        ("Two clouds of points", "两团点"),
        ("The points, and circles of one and of two standard deviations around each center that was found.",
         "各个点，以及围绕求出的两个中心、半径为一倍和两倍标准差的圆。"),
        _mixture, _clouds, "mixture",
    ),
    "example-gaussian-process": Shown(
        ("A Gaussian process that learns", "会学习的高斯过程"),
        (
            "Blue: the data. Red: the process's mean, with the settings that were learned. Gray: two standard deviations above and below.",
            "蓝点是数据；红线是按学到的设置得出的均值；灰线在均值上下各两倍标准差处。",
        ),
        _process,
        lambda module: cr.derive(
            module.cost, ({"log_scale": 0.0, "log_noise": -1.0}, cr.Spec((40,)), cr.Spec((40,))), wrt="settings"
        ),
        "gaussian_process",
    ),
    "example-newton": Shown(
        ("Newton's method", "牛顿法"),
        (
            "The height after each step, on a logarithmic scale: with the Hessian (blue, wide) and with its products only (brown), which agree.",
            "每一步之后的函数值，对数坐标：用黑塞矩阵（蓝，粗线），只用它与向量的乘积（棕），二者一致。",
        ),
        _newton, lambda module: cr.derive(module.rosenbrock, (np.full(10, 1.2),)), "newton",
    ),
    "example-tanh": Shown(
        ("A textbook function, six times derived", "教科书里的函数，连求六阶导数"),
        (
            "tanh (blue) and its first (brown), second (red) and third (purple) derivative.",
            "tanh（蓝）和它的一阶（棕）、二阶（红）、三阶（紫）导数。",
        ),
        _tanh, None, "tanh",
    ),
    "example-own-operation": Shown(
        ("An operation of your own", "你自己的运算"),
        ("softplus (blue), and the slope that was declared for it (red).", "softplus（蓝），以及为它声明的斜率（红）。"),
        _softplus, None, "own_operation",
    ),
    "example-gpt": Shown(
        ("A small GPT", "小型 GPT"),
        (
            "The cost over 10,000 steps: of the names that it learns from (blue), and of names that it has not seen (red).",
            "10,000 步中的代价：学习用的名字（蓝），没见过的名字（红）。",
        ),
        _gpt, lambda module: module.derivative(), "gpt",
    ),
}  # fmt: skip
"""The pages of examples, by their names."""


def missed(module: ModuleType) -> Callable[..., Any]:
    """By how much a throw misses, squared, by its velocity."""

    def missed(velocity: Any) -> Any:
        return np.sum((module.flight(velocity) - module.TARGET) ** 2)

    return missed
