"""Which pages of the gallery are alive: their programs for the browser, what moves on them, and what a reader may try there."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import gallery
import numpy as np
import shown

import chainrule as cr
from chainrule.page.graphs import Shown, Slider, entry

Instance = tuple[Callable[..., Any], Sequence[Any]]


@dataclass(frozen=True)
class Alive:
    """A program that is alive on its page.

    Attributes:
        moves: Between which numbers each argument moves; one that is not here stays, and is not shown.
        first: The number that is chosen at first: an argument, and which of its numbers, counted along its rows.
        told: What a reader may try, in English and Chinese, and how this program is smaller than that of the page.
        instance: What makes the function and its arguments; by default those of examples/twelve.py.
        rate: By how much of their slopes one step downhill moves the arguments in `by`; 0 where C is not to become smaller.
        by: These arguments.
    """

    moves: dict[str, tuple[float, float]]
    first: tuple[str, int]
    told: tuple[str, str]
    instance: Callable[[], Instance] | None = None
    rate: float = 0.0
    by: tuple[str, ...] = ()


def instance(name: str) -> Instance:
    """The function that is alive on a page, and its arguments at first."""
    made = ALIVE[name].instance
    return made() if made else gallery.twelve().TWELVE[name]


def has_pictures(name: str) -> bool:
    """Whether a program has an argument of which one number has to be chosen, in its picture."""
    return any(np.ndim(each) for each in instance(name)[1])


@cache
def markup(name: str) -> str:
    """What `live.js` shows of a program, without its graph and what the page has anyway."""
    function, arguments = instance(name)
    page, names = ALIVE[name], [*inspect.signature(function).parameters]
    sliders = {each: Slider(at, *page.moves.get(each, (0, 0))) for each, at in zip(names, arguments, strict=True)}
    made = entry(Shown(function, "C", sliders, page.rate, page.by, loops=True))
    kept = made | {"nodes": [], "forward": [], "backward": [], "python": "", "dimensions": []}
    kept["variables"] = [each | {"still": each["name"] not in page.moves} for each in made["variables"]]
    first, place = page.first
    kept["chosen"] = [names.index(first), place]
    data = json.dumps(kept, ensure_ascii=False).replace("</", "<\\/")
    return (
        '````{raw} html\n<link rel="stylesheet" href="../_static/live.css">\n<div class="cr"><div class="alive live">'
        f'<script type="application/json">{data}</script></div></div>\n<script src="../_static/live.js" defer></script>\n````'
    )


# ---- programs that are not those of examples/twelve.py --------------------------------------------------------------------


def _line() -> Instance:
    fits = shown.example("three_fits")
    _, x, y = shown.fitted("fit_a_line")

    def cost(w: Any, b: Any, x: Any, y: Any) -> Any:
        return np.sum((fits.line([np.reshape(w, (1, 1)), b], x) - y) ** 2) / x.shape[1]

    return cost, (0.0, 0.0, x[:, :32], y[:, :32])


def _curve() -> Instance:
    fits = shown.example("three_fits")
    (w1, b1, w2, b2), x, y = shown.fitted("fit_a_sine")

    def cost(w1: Any, b1: Any, w2: Any, b2: Any, x: Any, y: Any) -> Any:
        return np.sum((fits.curve([w1, b1, w2, b2], x) - y) ** 2) / x.shape[1]

    return cost, (w1, b1, w2, b2.item(), x[:, :32], y[:, :32])


def _digits() -> Instance:
    fits = shown.example("three_fits")
    parameters, _ = shown.fitted("read_the_digits")
    test = cr.datasets.mnist()[2]

    def cost(x: Any, y: Any, w2: Any, b2: Any, w3: Any, b3: Any) -> Any:
        return np.sum((fits.reader([w2, b2, w3, b3], np.reshape(x, (784, 1))) - np.reshape(y, (10, 1))) ** 2)

    digit = 8
    x, y = np.round(test.images[digit].reshape(28, 28) / 255, 2), np.eye(10)[test.labels[digit]]
    return cost, (x, y, *(np.round(each, 3) for each in parameters))


def _convolution() -> Instance:
    module = shown.example("convolution")
    a = np.round(module.picture()[:28, :28], 2)
    return module.cost, (np.full((5, 5), 1 / 25), a, np.round(module.blurred(module.BLUR, a), 3))


def _optics() -> Instance:
    module = shown.example("optics")
    return module.blur, (3.0, 0.0, module.HEIGHTS)


def _throw() -> Instance:
    return shown.missed(shown.example("throw")), (np.array([15.0, 10.0]),)


def _mixture() -> Instance:
    module = shown.example("mixture")
    points = module.clouds(np.random.default_rng(1), 24)

    def cost(weights: Any, means: Any, log_scales: Any, points: Any) -> Any:
        return module.cost({"weights": weights, "means": means, "log_scales": log_scales}, points)

    return cost, (np.zeros(2), np.array([[-1.0, 0.5], [1.0, 0.5]]), np.zeros(2), np.round(points, 2))


def _process() -> Instance:
    module = shown.example("gaussian_process")
    random = np.random.default_rng(0)
    x = np.sort(random.uniform(-3, 3, 40))

    def cost(log_scale: Any, log_noise: Any, x: Any, y: Any) -> Any:
        return module.cost({"log_scale": log_scale, "log_noise": log_noise}, x, y)

    return cost, (0.0, -1.0, x, np.sin(2 * x) + 0.1 * random.normal(size=40))


def _newton() -> Instance:
    return shown.example("newton").rosenbrock, (np.full(10, 1.2),)


def _tanh() -> Instance:
    return shown.example("tanh").tanh, (0.5,)


ALIVE: dict[str, Alive] = {
    "pendulum": Alive(
        {"theta": (-3, 3), "omega": (-6, 6), "length": (0.2, 3)}, ("theta", 0),
        (
            "Move the length: where the curve touches zero, the pendulum is at its lowest point when the two seconds are over, and the slope is zero, too.",
            "移动 length：曲线碰到零的地方，单摆恰好在两秒时经过最低点，斜率也是零。",
        ),
    ),
    "planets": Alive(
        {"position": (-2, 2), "velocity": (-3, 3), "mass": (0.1, 3)}, ("mass", 0),
        (
            "Choose position[0, 0] and go to the left: where bodies pass close to each other, the curve is jagged. The slope is right there, too, but it says nothing about the next step.",
            "选 position[0, 0]，往左移：天体彼此靠得很近的地方，曲线参差不齐。那里的斜率仍然正确，却说明不了下一步会怎样。",
        ),
    ),
    "kalman": Alive(
        {"noise": (0.05, 3), "drift": (0, 1), "x": (-3, 3), "P": (0, 3), "y": (-3, 3)}, ("noise", 0),
        (
            "Move the noise to the top of the curve: with this one the measurements are most likely, and the slope is zero. That is how a filter is tuned.",
            "把 noise 移到曲线的最高点：这时测量值最有可能出现，斜率为零。滤波器就是这样调的。",
        ),
    ),
    "hidden_markov": Alive(
        {"transition": (-3, 3), "means": (-2, 4), "belief": (0.01, 1), "y": (-3, 5)}, ("means", 0),
        (
            "Move means[0] to the top of the curve, then means[1] and means[2], and start over: in this way the model comes to fit its measurements.",
            "把 means[0] 移到曲线的最高点，再移 means[1] 和 means[2]，然后从头再来：模型就这样逐渐符合观测值。",
        ),
    ),
    "gaussian_process": Alive(
        {"length": (0.1, 3), "noise": (0.1, 2), "x": (-0.5, 3.5), "y": (-3, 3)}, ("noise", 0),
        (
            "These data jump from point to point, so the slope asks for more noise; at the top of the curve it is zero. Then move the length as well.",
            "这些数据在相邻的点之间跳动，所以斜率要求更大的 noise；到曲线的最高点，斜率为零。然后再移动 length。",
        ),
    ),
    "light": Alive(
        {"permittivity": (1, 8), "E": (-1, 1), "H": (-1, 1)}, ("permittivity", 45),
        (
            "The light is measured at place 50. Beyond it the slopes of the permittivity fade to zero: an echo from there would come too late.",
            "测量光的地方是第 50 格。再往后，permittivity 的斜率渐渐变成零：从那里反射回来的光已经来不及了。",
        ),
    ),
    "bundle": Alive(
        {"rotation": (-1, 1), "position": (-2, 8), "focal": (1, 4), "points": (-3, 3), "seen": (-3, 3)}, ("rotation", 0),
        (
            "The slopes of seen are the errors, times −2: their picture shows which points lie farthest from where the camera would see them.",
            "seen 的斜率就是误差乘以 −2：从图里可以看出，哪些点离相机该看到的位置最远。",
        ), rate=0.03, by=("rotation", "position", "focal"),
    ),
    "spline": Alive(
        {"x": (-0.5, 3.5), "y": (-3, 3)}, ("y", 3),
        (
            "The energy is a parabola in each height. At its bottom the point lies where the spline through the others would pass anyway.",
            "能量是每个高度的抛物线。在最低处，这个点正好落在穿过其余各点的样条上。",
        ),
    ),
    "garch": Alive(
        {"omega": (0.02, 0.6), "alpha": (0, 0.6), "beta": (0, 0.9), "r": (-3, 3)}, ("omega", 0),
        (
            "The slopes of ω, α and β are all negative: the model expects smaller changes than these returns have, and each of the three makes it expect larger ones. The steps downhill fit them.",
            "ω、α、β 的斜率都是负的：模型预期的波动比这些收益的小，而这三个数都能使它预期更大的波动。一步步往下走，就是在拟合它们。",
        ), rate=0.0003, by=("omega", "alpha", "beta"),
    ),
    "softmax_regression": Alive(
        {"W": (-3, 3), "b": (-3, 3), "X": (-4, 4), "labels": (0, 1)}, ("W", 0),
        (
            "Whichever number of W or b you choose, the curve is a bowl with a single bottom: the steps downhill lead there from everywhere.",
            "无论选 W 还是 b 里的哪个数，曲线都像碗一样只有一个底：从哪里出发，一步步往下走都能到那里。",
        ), rate=1.0, by=("W", "b"),
    ),
    "attention": Alive(
        {"Q": (-4, 4), "K": (-4, 4), "V": (-4, 4), "target": (-4, 4)}, ("Q", 16),
        (
            "Choose a number in the first row of Q: its curve is flat. The first place attends only to itself, whatever it asks.",
            "选 Q 第一行里的数：曲线是平的。第一个位置只关注自己，怎么问都一样。",
        ), rate=1.0, by=("Q", "K", "V"),
    ),
    "line": Alive(
        {"w": (-2, 4), "b": (-3, 3), "x": (-1, 1), "y": (-4, 2)}, ("w", 0),
        (
            "C is how far the points lie from the line, squared, on average. Go downhill, or move w and b in turn to the lowest points of their curves: there both slopes are zero, and the line is the one that was fitted, but for chance. Here there are 32 points, as many as one step of the descent sees.",
            "C 是各点与直线之差的平方的平均值。一步步往下走，或者轮流把 w 和 b 移到各自曲线的最低点：那里两个斜率都是零，除了偶然的误差，这就是拟合的直线。这里有 32 个点，与下降一步时看到的一样多。",
        ), _line, rate=0.1, by=("w", "b"),
    ),
    "curve": Alive(
        {"w1": (-16, 16), "b1": (-15, 15), "w2": (-3, 3), "b2": (-3, 3), "x": (-1, 1), "y": (-2, 2)}, ("w1", 2),
        (
            "C is how far the points lie from the curve, squared, on average. The parameters are those that were found: every slope is nearly zero, and C grows whichever number you move far away. Here there are 32 points, as many as one step of the descent sees.",
            "C 是各点与曲线之差的平方的平均值。这里的参数就是求出的参数：所有斜率都接近零，把哪个数移远，C 都会变大。这里有 32 个点，与下降一步时看到的一样多。",
        ), _curve,
    ),
    "digits": Alive(
        {"x": (0, 1), "y": (0, 1), "b2": (-6, 6), "w3": (-6, 6), "b3": (-6, 6)}, ("x", 243),
        (
            "C is the cost of one digit, x, read by the network that was trained; w2 is too large to be shown. The slopes of x are a picture, too: more ink lowers C where it is blue, and raises it where it is orange. The steps leave x and w2 as they are: the others learn this one digit.",
            "C 是一个数字的代价：x 是它的图像，读它的是训练好的网络；w2 太大，没有画出来。x 的斜率也是一幅图：蓝色的地方多一点墨迹，C 就变小；橙色的地方则变大。往下走时 x 和 w2 不动，其余参数学会这一个数字。",
        ), _digits, rate=1.0, by=("b2", "w3", "b3"),
    ),
    "convolution": Alive(
        {"w": (-0.2, 0.4), "a": (0, 1), "y": (0, 1)}, ("w", 12),
        (
            "C is how far the digit, blurred by w, is from the picture y that was taken. Here there is one digit instead of sixteen, and w begins as an even blur. Its slopes are blue where it has to grow, along a diagonal: that is how the camera moved.",
            "C 是数字经 w 模糊之后与拍到的图 y 相差多少。这里只有一个数字，不是十六个；w 一开始是均匀的模糊。斜率呈蓝色的地方需要变大，它们排成一条对角线：相机就是这样移动的。",
        ), _convolution, rate=0.001, by=("w",),
    ),
    "optics": Alive(
        {"power": (1, 5), "conic": (-4, 1), "height": (-13, 13)}, ("power", 0),
        (
            "C is the blur, in square millimeters. Move the power to the bottom of its curve: that is the best sphere. At power 4 and conic −2.25 all rays meet in one point; C is zero there, and so are both slopes. Steps downhill take long to get there, along a valley.",
            "C 是光斑的大小，单位是平方毫米。把 power 移到曲线的最低点，就是最好的球面。power 为 4、conic 为 −2.25 时，所有光线交于一点：C 是零，两个斜率也是零。沿着山谷一步步走到那里，要走很久。",
        ), _optics, rate=0.03, by=("power", "conic"),
    ),
    "example-throw": Alive(
        {"velocity": (0, 40)}, ("velocity", 0),
        (
            "C is the squared distance by which the ball misses. Go downhill, or move both numbers in turn to the lowest points of their curves: after two rounds it hits.",
            "C 是球偏离目标的距离的平方。一步步往下走，或者轮流把两个数移到各自曲线的最低点：两轮之后就能投中。",
        ), _throw, rate=0.1, by=("velocity",),
    ),
    "example-mixture": Alive(
        {"weights": (-3, 3), "means": (-4, 4), "log_scales": (-2, 2), "points": (-5, 5)}, ("means", 2),
        (
            "C is minus the mean log-likelihood. Here there are 24 points instead of 300. Go downhill: means[0] and means[1] come to the middles of the two clouds.",
            "C 是平均对数似然的相反数。这里有 24 个点，不是 300 个。一步步往下走：means[0] 和 means[1] 就来到两团点的中间。",
        ), _mixture, rate=0.3, by=("weights", "means", "log_scales"),
    ),
    "example-gaussian-process": Alive(
        {"log_scale": (-2, 1.5), "log_noise": (-7, 1), "x": (-3, 3), "y": (-2, 2)}, ("log_scale", 0),
        (
            "C is minus the log-likelihood, up to a constant. Each step downhill moves both settings; or move them yourself, in turn, to the lowest points of their curves.",
            "C 是对数似然的相反数，差一个常数。往下走的每一步同时移动两个设置；也可以自己轮流把它们移到各自曲线的最低点。",
        ), _process, rate=0.02, by=("log_scale", "log_noise"),
    ),
    "example-newton": Alive(
        {"x": (-2, 2)}, ("x", 0),
        (
            "C is the height. Where all ten numbers are 1, C and every slope are zero. Only 0.2 away from there, the slope of x[0] is already above 100: so steep are the sides of the valley. Steps downhill soon crawl along its floor; Newton's method needs eight in all.",
            "C 是高度。十个数都是 1 时，C 和所有斜率都是零。才偏离 0.2，x[0] 的斜率就已超过 100：山谷两侧就是这么陡。一步步往下走，很快就只能沿着谷底爬行；牛顿法总共只要八步。",
        ), _newton, rate=0.001, by=("x",),
    ),
    "example-tanh": Alive(
        {"x": (-3, 3)}, ("x", 0),
        (
            "C is tanh(x). Its slope is 1 at zero and fades on both sides: where the curve is flat, a neuron learns slowly.",
            "C 是 tanh(x)。它的斜率在零处是 1，往两边渐渐消失：曲线平坦的地方，神经元学得慢。",
        ), _tanh,
    ),
}  # fmt: skip
"""The programs that are alive, by the names of their pages."""

STILL: dict[str, tuple[str, str]] = {
    "harmonics": (
        "Nothing moves on this page: its Fourier transform gives complex numbers, which only NumPy computes.",
        "这一页不能移动参数：傅里叶变换得出复数，只有 NumPy 能算。",
    ),
    "example-own-operation": (
        "Nothing moves on this page: an operation of your own is a Python function, and the browser has no Python.",
        "这一页不能移动参数：你自己的运算是 Python 函数，浏览器里没有 Python。",
    ),
}
"""Why nothing moves on the others, in English and Chinese."""
