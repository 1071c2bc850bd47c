"""`chainrule shapes`."""

import json

SMALL = """\
forward     shape     equation                  with dimensions
  a¹        2×4       xᵀ                        the batch, one column each
  z²        1×4       w² a¹ + b²                1×2 · 2×4 + 1×1
  a²        1×4       σ(z²)                     1×4

backward    shape     equation                  with dimensions
  δ²        1×4       (a² − y) ⊙ σ′(z²)         (1×4 − 1×4) ⊙ 1×4
  ∂C/∂w²    1×2       δ² a¹ᵀ                    1×4 · 4×2
  ∂C/∂b²    1×1       Σ[m] δ²                   Σ[m] 1×4

parameters  shape     count
  w²        1×2       2
  b²        1×1       1
  total               3   12 bytes as float32, as much again for the gradients

A gradient has the shape of its parameter. In a product the inner sizes match:
1×2 · 2×4 = 1×4.

For the backward pass, 64 bytes of values are kept for 4 examples.
Your arrays have one example per row, the equations one per column: a1 = x.T. A
shape is rows × columns.
"""


def test_shapes_prints_the_shape_table(run):
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
            {"symbol": "a¹", "shape": [3, 4], "equation": "xᵀ"},
            {"symbol": "z²", "shape": [2, 4], "equation": "w² a¹ + b²"},
            {"symbol": "a²", "shape": [2, 4], "equation": "σ(z²)"},
        ],
        "backward": [
            {"symbol": "δ²", "shape": [2, 4], "equation": "(a² − y) ⊙ σ′(z²)"},
            {"symbol": "∂C/∂w²", "shape": [2, 3], "equation": "δ² a¹ᵀ"},
            {"symbol": "∂C/∂b²", "shape": [2, 1], "equation": "Σ[m] δ²"},
        ],
        "parameters": 8,
    }
    assert done.out.isascii()


def test_in_chinese(run):
    assert run("shapes", "2,1", "--batch", "1", "--lang", "zh").out.splitlines() == [
        "前向        维度      方程                      代入维度",
        "  a¹        2×1       xᵀ                        一个样本，写成一列",
        "  z²        1×1       w² a¹ + b²                1×2 · 2×1 + 1×1",
        "  a²        1×1       σ(z²)                     1×1",
        "",
        "反向        维度      方程                      代入维度",
        "  δ²        1×1       (a² − y) ⊙ σ′(z²)         (1×1 − 1×1) ⊙ 1×1",
        "  ∂C/∂w²    1×2       δ² a¹ᵀ                    1×1 · 1×2",
        "  ∂C/∂b²    1×1       δ²                        1×1",
        "",
        "参数        维度      个数",
        "  w²        1×2       2",
        "  b²        1×1       1",
        "  合计                3   以 float32 存放占 12 字节，梯度再占同样多",
        "",
        "梯度与它的参数维度相同。矩阵相乘时，内侧的两个维度相等：",
        "1×2 · 2×1 = 1×1。",
        "",
        "为了反向传播，要为一个样本保留中间值，占 16 字节。",
        "数组里一行是一个样本，方程里一列是一个样本：a1 = x.T。维度写作 行 × 列。",
    ]
