"""What the command line says when it cannot go on, in Chinese where that is asked for, and English where it cannot be shown."""

import os

import numpy as np
import pytest

import chainrule as cr
from chainrule.cli import shapes
from chainrule.cli.commands import COMMANDS
from chainrule.exchange import checkpoint_file, network_file, safetensors
from chainrule.gpt import saved
from chainrule.show.language import languages


def said(run, *typed):
    """What a command that fails says at its end."""
    done = run(*typed)
    assert done.code in (1, 2)
    return done.err.rpartition("chainrule: ")[2].rstrip("\n")


USED_WRONGLY = [
    (["trane"], "没有命令 'trane'；是不是想用这个？\n  chainrule train"),
    (["--epochs", "3"], "--epochs 应写在命令之后：\n  chainrule train --epochs"),
    (["train", "--epochs", "0"], "--epochs 是 '0'；应为从 1 起的整数。"),
    (["train", "--epochs"], "--epochs 需要一个值：--epochs 30"),
    (["train", "--learnig-rate", "3"], "train 没有选项 --learnig-rate；是不是想用 --learning-rate？"),
    (["train", "--augment", "x"], "--augment 是 'x'；应为 none、light、elastic 或 strong。"),
    (["derive"], "derive 还需要 TARGET：\n  chainrule derive"),
    (["shapes", "7"], "LAYERS 是 '7'；应为用逗号隔开的各层，例如 784,30,10 或 conv 20x5, pool 2, 100, 10。"),
    (["explain", "--mistake", "1", "--example", "2"], "--mistake 和 --example 指定了两张图片；explain 只显示一张。"),
    (["explain", "--label", "3"], "--label 只用于你自己的图片：\n  chainrule explain --image FILE --label 3"),
    (["explain", "--example", "99999"], "--example 是 99,999；测试图像的编号从 0 到 9,999。"),
    (["explain", "--neuron", "9:1"], "没有可选神经元的第 9 层；可选第 2 到第 3 层。"),
    (["explain", "--neuron", "2:999"], "第 2 层没有第 999 号神经元；编号从 0 到 29。"),
    (["train", "nowhere"], "nowhere 不存在；请给出图像文件夹、图像文件，或 CSV、TSV、Parquet 表格。"),
    (["train", "--train-size", "99999"], "--train-size 是 99,999，而训练图像只有 50,000 张。"),
    (["train", "--layers", "100,10"], "--layers 以 100 开头，而图像有 784 个像素：\n  --layers 784,10"),
    (["train", "-o", "no/net.safetensors"], "no/net.safetensors：没有文件夹 no；请先创建它。"),
    (["evaluate", "nowhere.safetensors"], "nowhere.safetensors 不存在；请给出 safetensors 文件的路径。"),
    (["predict", "nowhere.png"], "nowhere.png 不存在；请给出 PNG、JPEG、GIF、WebP、BMP 或 TIFF 图片。"),
    (["derive", "model.py:cost"], "model.py 不存在；请给出 Python 文件的路径和其中的函数：model.py:cost"),
]


@pytest.mark.parametrize(("typed", "sentence"), USED_WRONGLY, ids=[" ".join(typed) for typed, _ in USED_WRONGLY])
def test_sentences_are_in_the_language_of_the_terminal(run, monkeypatch, typed, sentence):
    monkeypatch.setenv("CHAINRULE_LANG", "zh")
    monkeypatch.setenv("COLUMNS", "200")
    assert said(run, *typed).startswith(sentence)


def test_the_language_that_is_asked_for_comes_first(run, monkeypatch):
    assert said(run, "train", "--lang", "zh", "--epochs", "0") == "--epochs 是 '0'；应为从 1 起的整数。"
    assert said(run, "train", "--epochs", "0", "--lang=zh") == "--epochs 是 '0'；应为从 1 起的整数。"
    monkeypatch.setenv("CHAINRULE_LANG", "zh")
    assert said(run, "train", "--lang", "en", "--epochs", "0") == "--epochs is '0'; it must be a whole number from 1."
    listed = f"{'、'.join(languages()[:-1])} 或 {languages()[-1]}"
    assert said(run, "train", "--lang", "qqq") == f"--lang 是 'qqq'；应为 {listed}。"
    assert said(run, "train", "--lang") == f"--lang 需要一个值：--lang {'|'.join(languages())}"


def test_without_it_the_sentence_is_english(run):
    assert said(run, "train", "--epochs", "0") == "--epochs is '0'; it must be a whole number from 1."


@pytest.mark.parametrize("name", sorted(COMMANDS.keys() - {"predict"}))
def test_how_a_command_is_typed_is_in_its_language_too(run, name):
    first = {"shapes": "4,3", "shell": "bash"}.get(name, "1")
    shown = said(run, name, first, *["1"] * 9, "--lang", "zh").splitlines()[-1]
    assert shown == f"  {COMMANDS[name].usage.replace('[options]', '[选项]')}" + (
        "" if "[options]" in COMMANDS[name].usage else " --lang zh"
    )


def test_help_refuses_a_language_that_there_is_not(run):
    for typed in (["--lang", "qqq", "--help"], ["train", "--help", "--lang=qqq"], ["--lang", "qqq"]):
        assert said(run, *typed).startswith("--lang is 'qqq'; it must be en or zh")


def test_files_of_ours_are_called_by_what_they_hold(run, folder):
    for module, words in (
        (network_file, " chainrule 的网络"),
        (checkpoint_file, " chainrule 的检查点"),
        (saved, "小型 GPT"),
    ):
        safetensors.write("some.safetensors", {"w2": np.zeros((1, 1))}, {"format": module.FORMAT})
        commands = (["evaluate", "some.safetensors"], ["train", "--resume", "some.safetensors"])
        told = [said(run, *typed, "--lang", "zh") for typed in commands]
        assert any(f"some.safetensors 是{words}，应为" in each for each in told), told
        assert not any(module.FORMAT in each for each in told), told


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1"])
def test_a_terminal_without_chinese_letters_gets_english(command, encoding):
    done = command("train", "--lang", "zh", "--epochs", "0", PYTHONIOENCODING=encoding)
    assert done.stderr == f"chainrule: --epochs is '0'; it must be a whole number from 1.{os.linesep}".encode()


def test_a_chinese_terminal_gets_it_in_its_encoding(command):
    done = command("train", "--lang", "zh", "--epochs", "0", PYTHONIOENCODING="gbk")
    assert done.stderr.decode("gbk") == f"chainrule: --epochs 是 '0'；应为从 1 起的整数。{os.linesep}"


def test_damaged_files(run, monkeypatch, folder):
    monkeypatch.setenv("CHAINRULE_LANG", "zh")
    monkeypatch.setenv("COLUMNS", "200")
    (folder / "page.safetensors").write_text("<!DOCTYPE html>", encoding="utf-8")
    (folder / "page.png").write_text("<!DOCTYPE html>", encoding="utf-8")
    assert said(run, "evaluate", "page.safetensors") == "page.safetensors 是 HTML 网页，应为 safetensors 文件。"
    assert said(run, "predict", "page.png") == "page.png 是 HTML 网页，应为 PNG、JPEG、GIF、WebP、BMP 或 TIFF 图片。"
    cr.Network([4, 3], seed=0).save("small.safetensors")
    whole = (folder / "small.safetensors").read_bytes()
    (folder / "cut.safetensors").write_bytes(whole[:-8])
    assert said(run, "evaluate", "cut.safetensors").startswith("cut.safetensors 不完整：文件头声明有 ")
    assert said(run, "predict", "small.safetensors", "page.png") == (
        "small.safetensors 有 4 个输入，而一张数字图片有 28 × 28 = 784 个像素。"
    )


def test_a_run_that_diverges_names_where_it_is_saved_and_what_to_type(run, monkeypatch, dataset):
    monkeypatch.setenv("COLUMNS", "200")
    typed = ["train", dataset, "--layers", "4,3", "--learning-rate", "1e300", "--epochs", "1", "--lang", "zh"]
    *lines, command = said(run, *typed).split("\n")
    sentence = "".join(lines)
    assert sentence.startswith("第 1 轮第 ")
    assert "已保留最后一组正常的权重。请试试更小的学习率，例如3。权重已保存在net.safetensors。" in sentence.replace(
        " ", ""
    )
    assert command.startswith("  chainrule train ")


def test_shapes_that_do_not_fit_are_drawn_in_chinese(run, monkeypatch, folder):
    monkeypatch.setenv("CHAINRULE_LANG", "zh")
    text = "import numpy as np\ndef cost(w, x):\n    return np.sum(w @ x)\n"
    (folder / "model.py").write_text(text, encoding="utf-8")
    drawn = said(run, "derive", "model.py:cost", "--shapes", "w=3x4,x=3x5")
    assert "w @ x：内侧的维度不同" in drawn
    assert "w  3 × 4  给定" in drawn
    assert "w.T @ x 就能相配：4×3 · 3×5。" in drawn


def test_refusals_name_the_line_and_the_way_out_in_chinese(run, monkeypatch, folder):
    monkeypatch.setenv("CHAINRULE_LANG", "zh")
    text = "import numpy as np\ndef cost(x):\n    del x[0]\n    return np.sum(x)\n"
    (folder / "model.py").write_text(text, encoding="utf-8")
    *lines, code = said(run, "derive", "model.py:cost", "--shapes", "x=3").split("\n")
    assert "".join(lines).replace(" ", "") == (
        "model.py:3：del会从数组中去掉一部分；请写np.delete(x,index)，或用np.concatenate合并留下的部分。"
    )
    assert code == "    del x[0]"


def test_what_is_wrong_with_the_program_itself(run, monkeypatch):
    def broken(values):
        raise RuntimeError("oh")

    monkeypatch.setenv("CHAINRULE_LANG", "zh")
    monkeypatch.setattr(shapes, "run", broken)
    assert said(run, "shapes", "784,30,10").startswith("chainrule 自身出了错（RuntimeError: oh）。请报告这个问题")
