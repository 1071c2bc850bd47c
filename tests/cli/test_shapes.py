"""`chainrule shapes`."""

import json

SMALL = """\
forward     shape     equation                  with dimensions
  a1        2×4       x.T                       the batch, one column each
  z2        1×4       w2 @ a1 + b2              1×2 · 2×4 + 1×1
  a2        1×4       sigmoid(z2)               1×4

backward    shape     equation                  with dimensions
  δ2        1×4       (a2 - y) * σ′(z2)         (1×4 − 1×4) ⊙ 1×4
  ∂C/∂w2    1×2       δ2 @ a1.T                 1×4 · 4×2
  ∂C/∂b2    1×1       δ2.sum(examples)          1×4 → 1×1

parameters  shape     count
  w2        1×2       2
  b2        1×1       1
  total               3   12 bytes as float32, as much again for the gradients

A gradient has the shape of its parameter. In a product the inner sizes match:
1×2 · 2×4 = 1×4.

For the backward pass, 64 bytes of values are kept for 4 examples.
Your arrays have one example per row, the equations one per column: a1 = x.T. A
shape is rows × columns.
"""


def test_shapes_prints_the_ledger(run):
    assert run("shapes", "2,1", "--batch", "4").out == SMALL


def test_the_articles_network_is_the_default(run):
    bare = run("shapes")
    assert bare.code == 0
    assert bare.err == ""
    assert bare.out == run("shapes", "784,30,10", "--batch", "10").out
    assert "  total               23,860   95 kB as float32" in bare.out


def test_options_may_stand_before_and_after(run):
    assert run("shapes", "--batch", "4", "2,1").out == SMALL


def test_json(run):
    done = run("shapes", "3,2", "--batch", "4", "--json")
    assert json.loads(done.out) == {
        "forward": [
            {"symbol": "a1", "shape": [3, 4], "equation": "x.T"},
            {"symbol": "z2", "shape": [2, 4], "equation": "w2 @ a1 + b2"},
            {"symbol": "a2", "shape": [2, 4], "equation": "sigmoid(z2)"},
        ],
        "backward": [
            {"symbol": "δ2", "shape": [2, 4], "equation": "(a2 - y) * σ′(z2)"},
            {"symbol": "∂C/∂w2", "shape": [2, 3], "equation": "δ2 @ a1.T"},
            {"symbol": "∂C/∂b2", "shape": [2, 1], "equation": "δ2.sum(examples)"},
        ],
        "parameters": 8,
    }
    assert done.out.isascii()


def test_in_chinese(run):
    assert run("shapes", "2,1", "--batch", "1", "--lang", "zh").out.splitlines() == [
        "前向        维度      方程                      代入维度",
        "  a1        2×1       x.T                       一个样本，写成一列",
        "  z2        1×1       w2 @ a1 + b2              1×2 · 2×1 + 1×1",
        "  a2        1×1       sigmoid(z2)               1×1",
        "",
        "反向        维度      方程                      代入维度",
        "  δ2        1×1       (a2 - y) * σ′(z2)         (1×1 − 1×1) ⊙ 1×1",
        "  ∂C/∂w2    1×2       δ2 @ a1.T                 1×1 · 1×2",
        "  ∂C/∂b2    1×1       δ2                        1×1",
        "",
        "参数        维度      个数",
        "  w2        1×2       2",
        "  b2        1×1       1",
        "  合计                3   以 float32 存放占 12 字节，梯度再占同样多",
        "",
        "梯度与它的参数维度相同。矩阵相乘时，内侧的两个维度相等：",
        "1×2 · 2×1 = 1×1。",
        "",
        "为了反向传播，要为一个样本保留中间值，占 16 字节。",
        "数组里一行是一个样本，方程里一列是一个样本：a1 = x.T。维度写作 行 × 列。",
    ]
