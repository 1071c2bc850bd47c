"""Commands on a network of images: what works does, and what does not yet says so in one sentence."""

import re

import pytest

import chainrule as cr
from chainrule.cli import main
from chainrule.layers import Conv, Flatten, MaxPool


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "conv.safetensors"
    cr.Network([Conv(3, 5, "relu"), MaxPool(4), Flatten(), 10], input=(1, 28, 28), seed=0).save(path)
    return str(path)


def test_its_gradients_are_checked(saved, capsys):
    assert main(["check", saved]) == 0
    said = capsys.readouterr().out
    assert "1×28×28 → 3×24×24 convolution → 3×6×6 max pooling → 108 flattened → 10" in said
    assert "relu and sigmoid, quadratic cost" in said
    assert "3×1×5×5" in said
    assert main(["check", saved, "--lang", "zh"]) == 0
    assert "3×24×24 卷积 → 3×6×6 最大池化 → 108 展平" in capsys.readouterr().out


def test_its_derivative_is_printed(saved, capsys):
    assert main(["derive", saved]) == 0
    said = capsys.readouterr().out
    assert said.startswith("# Your arrays of images are examples × channels × rows × columns, in the equations too")
    assert "a1: 1×1×28×28" in said
    assert "δ4 = w5.T @ δ5" in said


def test_its_dimensions_are_shown_and_no_symbol_is_lost(saved, capsys):
    assert main(["shapes", saved, "--batch", "10"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "z² 10×3×24×24 w² ⋆ a¹ + b²" in said
    assert "∂C/∂w² 3×1×5×5 δ² ⋆ a¹" in said
    assert "reshape(a², (10, 3, 6, 4, 6, 4))" in said


def test_it_is_explained(saved, capsys):
    assert main(["explain", saved, "--example", "0", "--step", "4"]) == 0
    said = capsys.readouterr().out
    assert "δ_v3 = δ³[:, :, :, None, :, None] ⊙ winners(v3)" in said
    assert main(["explain", saved, "--example", "0", "--step", "2", "--lang", "zh"]) == 0
    assert "第 2 层特征图每个位置的加权输入" in capsys.readouterr().out


def test_a_place_of_a_map_is_asked_about_as_the_explanation_proposes(saved, capsys):
    assert main(["explain", saved, "--example", "0"]) == 0
    proposed = re.search(r"chainrule (explain \S+ --example 0 --neuron 2:\d+,\d+,\d+ --value)", capsys.readouterr().out)
    assert proposed
    assert main(proposed[1].split()) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "its kernel lies on the window of 5 × 5 pixels" in said
    assert "Then layer 3 pools" in said
    assert main([*proposed[1].split()[:-1], "--blame"]) == 0
    assert "of its pooling window" in capsys.readouterr().out
