"""`chainrule check`."""

import json
import re

import chainrule as cr
from chainrule.network import equations
from chainrule.program.operations import activations
from chainrule.show.spelling import columns_of


def test_a_trained_network_is_right(run, net):
    done = run("check", str(net))
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[0].startswith("network   784 → 30 → 10   sigmoid, quadratic cost")
    assert "data      10 test digits   in float64" in done.out
    assert done.out.endswith("All gradients are right ✓\n")
    assert [line.split("[")[0] for line in done.out.splitlines() if "[" in line] == ["w2", "b2", "w3", "b3"]


def test_in_chinese(run, net):
    done = run("check", str(net), "--lang", "zh")
    english = run("check", str(net))
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[:2] == [
        "网络      784 → 30 → 10   sigmoid，二次代价，23,860 个参数",
        "数据      10 个测试数字   以 float64 计算",
    ]
    assert done.out.endswith("所有梯度都正确 ✓\n")
    rows, others = ([line for line in out.splitlines() if "[" in line] for out in (done.out, english.out))
    assert [row.split() for row in rows] == [row.split() for row in others]
    table = done.out.splitlines()[3:8]
    shape = columns_of(table[0][: table[0].index("维度")])
    assert {columns_of(re.match(r"\S+ +", row)[0]) for row in table} == {shape}
    assert max(map(columns_of, done.out.splitlines())) <= 80


def test_json_and_the_number_of_samples(run, net):
    done = run("check", str(net), "--samples", "2", "--json")
    found = json.loads(done.out)
    assert done.code == 0
    assert found["ok"] is True
    assert set(found["worst"]) == {"parameter", "relative_error"}
    assert found["worst"]["relative_error"] < 1e-5


def test_a_network_that_reads_something_else(run, folder):
    cr.Network([4, 3, 2], seed=0, cost="mean-squared-error").save("small.safetensors")
    done = run("check", "small.safetensors")
    assert done.code == 0
    assert "data      10 examples of random numbers   in float64" in done.out


def test_a_wrong_derivative_ends_in_exit_code_1(run, folder, monkeypatch):
    cr.Network([4, 3, 2], seed=0).save("small.safetensors")
    right = activations.sigmoid_prime
    equations.programs.cache_clear()
    with monkeypatch.context() as patch:
        patch.setattr(activations, "sigmoid_prime", lambda z: 1.1 * right(z))
        done = run("check", "small.safetensors")
        told = run("check", "small.safetensors", "--json")
    equations.programs.cache_clear()
    assert (done.code, told.code, told.err) == (1, 1, "")
    assert "\nThe gradient of " in done.out
    assert "where 1.0" not in done.out.splitlines()[-1]
    assert json.loads(told.out)["ok"] is False
