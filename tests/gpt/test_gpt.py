"""The small GPT: its derivative and its training beside plain Python and NumPy by hand; text, files, and what it writes."""

import importlib.util
import shutil
from pathlib import Path

import numpy as np
import pytest

import chainrule as cr
from chainrule.data.errors import DataError
from chainrule.exchange.errors import FileFormatError
from chainrule.gpt import learning, model, saved, text
from chainrule.gpt.learning import learn, learned, numbers_of
from chainrule.gpt.text import Letters

PATH = Path(__file__).parents[2] / "benchmarks" / "gpt_by_hand.py"
spec = importlib.util.spec_from_file_location("gpt_by_hand", PATH)
by_hand = importlib.util.module_from_spec(spec)
spec.loader.exec_module(by_hand)


def begun(count, dtype=np.float64, lines=("anna", "emma", "charlotte", "bo", "ann-christin-maria", "otto")):
    """First weights, rows of text, and the numbers of as many steps."""
    letters, random = Letters.of(lines), np.random.default_rng(1)
    rows = random.integers(0, len(letters.pieces(lines)[0]), count)
    tokens, targets, share = (each[rows] for each in letters.pieces(lines))
    weights = [each.astype(dtype) for each in model.first_weights(letters.end + 1, random)]
    return weights, tokens, targets, share.astype(dtype), numbers_of(0, count, 2 * count).astype(dtype)


def test_its_gradient_is_the_one_by_hand():
    weights, tokens, targets, share, _ = begun(1)
    wanted, slopes = by_hand.cost_and_gradient(weights, tokens[0], targets[0], share[0])
    for made in (cr.value_and_grad, lambda *args: cr.compile(cr.value_and_grad(*args))):
        found, gradient = made(model.cost, model.WEIGHTS)(*weights, tokens[0], targets[0], share[0])
        assert found == pytest.approx(wanted, rel=1e-12)
        for name, one, other in zip(model.WEIGHTS, gradient, slopes, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12, err_msg=name)
    assert cr.check_grad(model.cost, (*weights, tokens[0], targets[0], share[0])).ok


def test_its_losses_are_those_of_plain_python_and_of_numpy_by_hand():
    weights, tokens, targets, share, numbers = begun(12)
    plain = list(by_hand.on_numbers(weights, tokens, targets, share, numbers))
    numpy = list(by_hand.in_numpy(weights, tokens, targets, share, numbers))
    assert plain[0] == pytest.approx(np.log(len(weights[0])), rel=0.1)
    np.testing.assert_allclose(numpy, plain, rtol=1e-9)
    zeros = [np.zeros_like(each) for each in weights]
    for executor in ("numpy", "native"):
        found, *_ = cr.compile(learned, executor)(weights, zeros, zeros, tokens, targets, share, numbers)
        np.testing.assert_allclose(found, plain, rtol=1e-9)


@pytest.mark.skipif(not shutil.which("gcc"), reason="there is no C compiler")
@pytest.mark.parametrize(("dtype", "within"), [(np.float64, 1e-9), (np.float32, 1e-4)])
def test_its_losses_are_those_of_c_by_hand(monkeypatch, tmp_path, dtype, within):
    monkeypatch.syspath_prepend(PATH.parent)
    spec = importlib.util.spec_from_file_location("gpt_benchmark", PATH.with_name("gpt.py"))
    spec.loader.exec_module(benchmark := importlib.util.module_from_spec(spec))
    weights, *rows = begun(12, dtype)
    found = benchmark.in_c(tmp_path, weights, rows)()
    np.testing.assert_allclose(found, list(by_hand.on_numbers(weights, *rows)), rtol=within)


def test_a_fault_in_what_is_compared_is_found(monkeypatch):
    monkeypatch.setattr(by_hand, "CLOSE", 1e-2)
    weights, tokens, targets, share, numbers = begun(3)
    zeros = [np.zeros_like(each) for each in weights]
    found, *_ = cr.compile(learned, "numpy")(weights, zeros, zeros, tokens, targets, share, numbers)
    assert not np.allclose(found, list(by_hand.on_numbers(weights, tokens, targets, share, numbers)), rtol=1e-6)


def test_many_steps_are_one_program_and_all_of_it_has_loops():
    args = begun(20, np.float32)
    weights, *rest = args
    zeros = [np.zeros_like(each) for each in weights]
    run = cr.compile(learned, "native")
    found, *_ = run(weights, zeros, zeros, *rest)
    assert run.report() == "learned runs as machine code"
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, list(by_hand.in_numpy(*args)), rtol=1e-4)
    program = cr.trace(learned, (weights, zeros, zeros, *rest))
    assert str(program).count("for step in range(20)") == 1
    assert "astype" not in str(program)


def test_its_derivative_reads_as_it_was_written():
    weights, tokens, targets, share, _ = begun(1)
    printed = str(cr.derive(model.cost, (*weights, tokens[0], targets[0], share[0]), wrt=model.WEIGHTS))
    for line in (
        "    embedded = np.take(wte, tokens, axis=0) + wpe[:n3] ",
        "    q = heads(n @ wq.T) ",
        "    attention = softmax_(masked) ",
        "    δ_z = p * (δ_p - np.sum(δ_p * p, axis=1, keepdims=True)) ",
        "        δ_out / size - np.sum(δ_out * (x / size) / size, axis=1, keepdims=True) / size * x / m\n    )",
        "    dC_dw1 = δ_z.T @ m ",
        "    δ_n = v3 @ wv + (v4 @ wk) + (v5 @ wq) ",
        "    dC_dwte = put(δ_embedded, 0, tokens, ",
    ):
        assert printed.count(line) == 1, line
    assert printed.count(" = np.where(causal2, scores, -np.inf) ") == 1  # the forward pass is written once
    body = printed.partition("def cost_gradient")[2].partition("make it again")[2]
    for noise in ("astype", "broadcast_to", "np.transpose(np.transpose", "==", "(2 * size)"):
        assert noise not in body, noise


# ---- text ------------------------------------------------------------------------------------------------------------


def test_the_names_of_the_package():
    names = text.names()
    assert len(names) == len(set(names)) == 5163
    assert names == sorted(names)
    assert Letters.of(names).all == "abcdefghijklmnopqrstuvwxyz"
    assert {"mary", "james", "emma"} <= set(names)


def test_pieces_of_a_long_line_go_on_where_the_one_before_ended():
    letters = Letters.of(["abcdefghijklmnopqrst", "b"])
    tokens, targets, share = letters.pieces(["abcdefghijklmnopqrst"])
    assert tokens.shape == targets.shape == share.shape == (2, 16)
    assert tokens[0].tolist() == [20, *range(15)]
    assert targets[0].tolist() == list(range(16))
    assert tokens[1, :5].tolist() == [15, 16, 17, 18, 19]
    assert targets[1, :5].tolist() == [16, 17, 18, 19, 20]
    assert share[1, :6].tolist() == [0.2] * 5 + [0.0]
    np.testing.assert_allclose(share.sum(axis=1), 1)


ONE = "has fewer than two lines with text; put one name or sentence on each line."
PICTURE = "is a PNG image; a small GPT learns from plain text in UTF-8, one name or sentence per line."


@pytest.mark.parametrize(("content", "said"), [(b"one\n", ONE), (b"\x89PNG\r\n\x1a\n\xff\n\xfe", PICTURE)])
def test_what_is_no_text_is_refused(tmp_path, content, said):
    path = tmp_path / "names.txt"
    path.write_bytes(content)
    with pytest.raises(DataError) as error:
        text.lines_of(path)
    assert str(error.value) == f"{path} {said}"
    with pytest.raises(DataError, match="No such file"):
        text.lines_of(tmp_path / "none.txt")


# ---- training, files, writing ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def lesson():
    return learn(["anna", "hanna", "susanna", "johanna"] * 20, 1000, seed=1)


def test_it_learns_what_it_is_shown(lesson):
    first, last = lesson.reports[0], lesson.reports[-1]
    assert last.step == 1000
    assert last.cost < first.cost
    assert last.held_out < 0.6
    known = {"anna", "hanna", "susanna", "johanna"}
    assert len(known & set(lesson.gpt.write(40, seed=2))) == 4
    assert all(each.startswith("jo") for each in lesson.gpt.write(5, start="jo"))
    assert lesson.gpt.probabilities("ann").argmax() == lesson.gpt.letters.tokens("a")[1]


def test_the_same_seed_gives_the_same_network(lesson):
    again = learn(["anna", "hanna", "susanna", "johanna"] * 20, 1000, seed=1)
    assert [each.cost for each in again.reports] == [each.cost for each in lesson.reports]
    assert again.gpt.write(5, seed=3) == lesson.gpt.write(5, seed=3)
    assert learn(["anna", "hanna"] * 20, 500, seed=2).gpt.write(5) != again.gpt.write(5)


def test_probabilities_see_nothing_of_what_follows(lesson):
    weights, letters = lesson.gpt.weights, lesson.gpt.letters
    tokens = np.array(letters.tokens("johannaannahann"))
    p = model.probabilities(*weights, tokens)
    tokens[9:] = letters.end
    np.testing.assert_array_equal(model.probabilities(*weights, tokens)[:9], p[:9])
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-5)


def test_ctrl_c_keeps_what_was_learned():
    def stop(report):
        if report.step == 1000:
            raise KeyboardInterrupt

    found = learn(["anna", "hanna", "susanna"] * 10, 5000, progress=stop)
    assert found.interrupted
    assert [each.step for each in found.reports] == [500, 1000]
    assert found.gpt.write(3) == found.gpt.write(3)


def test_the_number_of_steps_need_not_be_one_of_whole_chunks():
    found = learn(["anna", "hanna"] * 10, learning.CHUNK + 30)
    assert [each.step for each in found.reports] == [500, 530]
    rates = numbers_of(500, 500, 530)[:, 0]
    assert rates[29] > 0
    assert not rates[30:].any()


def test_a_file_holds_all_of_it(tmp_path, lesson):
    path = tmp_path / "gpt.safetensors"
    lesson.gpt.save(path)
    again = saved.load(path)
    assert again.letters == lesson.gpt.letters
    assert all(map(np.array_equal, again.weights, lesson.gpt.weights))
    assert again.write(5) == lesson.gpt.write(5)


def test_other_files_are_refused(tmp_path, lesson):
    net = tmp_path / "net.safetensors"
    cr.Network([4, 3, 2]).save(net)
    with pytest.raises(FileFormatError) as error:
        saved.load(net)
    assert str(error.value) == f"{net} holds no small GPT; give a file that `chainrule train --gpt` saved."
    path = tmp_path / "gpt.safetensors"
    tensors = dict(zip(model.WEIGHTS, lesson.gpt.weights, strict=True))
    about = {"format": saved.FORMAT, "version": "1"}
    for change, letters, said in (
        ({}, "no JSON", f"{path} is damaged: its letters are not a text in which each occurs once."),
        ({}, '"aa"', f"{path} is damaged: its letters are not a text in which each occurs once."),
        ({"wq": np.zeros((16, 17), np.float32)}, '"ahnjosu"', f"{path}: wq is 16×17, and should be 16×16."),
    ):
        saved.safetensors.write(path, tensors | change, about | {"letters": letters})
        with pytest.raises(FileFormatError) as error:
            saved.load(path)
        assert str(error.value) == said


def test_what_it_cannot_begin_with_is_said(lesson):
    with pytest.raises(DataError) as error:
        lesson.gpt.write(start="zoe")
    assert str(error.value) == "The network does not know 'z'; it was not in its text."
    with pytest.raises(DataError) as error:
        lesson.gpt.write(temperature=0)
    assert str(error.value) == "The temperature is 0; it must be above 0."
    with pytest.raises(DataError, match="two lines or more"):
        learn(["anna"])
