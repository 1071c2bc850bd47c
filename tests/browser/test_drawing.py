"""Drawing: at every width, by mouse and by finger, the first stroke is read as any other, and it costs little."""

import re

import numpy as np
import pytest

pytest.importorskip("playwright")

from playwright.sync_api import expect

import chainrule as cr
from chainrule.data.shipped import shipped

from .visitor import PHONE, STROKES, Visitor

pytestmark = pytest.mark.browser


ALL, SOME = [*STROKES], [3, 7]


@pytest.mark.parametrize(
    ("width", "height", "touch", "digits"),
    [
        (360, 740, True, SOME), (390, 844, True, ALL), (820, 1180, True, SOME), (1024, 768, False, SOME),
        (1440, 900, False, [4, 7]), (390, 844, False, SOME),
    ],
)  # fmt: skip
def test_each_of_ten_first_digits_is_read_and_the_pad_stays_where_it_is(open_page, width, height, touch, digits):
    page = open_page(net="wide", size={"width": width, "height": height}, touch=touch)
    visitor = Visitor(page)
    finger = page.context.new_cdp_session(page) if touch else None
    visitor.pad.scroll_into_view_if_needed()
    read, places = {}, [visitor.where]
    for digit in digits:  # each is the first: after loading, or on a pad that has been cleared
        visitor.draw(digit, finger)
        read[digit] = int(visitor.digit.inner_text())
        places.append(visitor.where)
        visitor.press("Clear")
        expect(page.get_by_role("tab", name="Input")).not_to_be_visible()
        places.append(visitor.where)
    assert read == {digit: digit for digit in digits}
    assert all(place == places[0] for place in places)


def test_the_pad_does_not_move_while_the_page_loads(open_page):
    held, places = [], []

    def hold(page):
        page.route_web_socket("**/ws", lambda line: held.append(line))

    page = open_page(size=PHONE, meanwhile=hold)
    visitor = Visitor(page)
    page.wait_for_timeout(300)
    places.append(visitor.where)
    held[0].close(code=1011)  # the page comes again
    page.unroute_all()
    page.route_web_socket("**/ws", lambda line: line.connect_to_server())
    visitor.sees(re.compile("^reads .* of 10,000"))
    visitor.sees("Or take one of the 10,000 test digits:")
    places.append(visitor.where)
    assert places[0] == places[1]


def test_no_move_of_the_pen_goes_through_all_weights(open_page):
    visitor = Visitor(open_page(net="wide"))
    visitor.draw(1)
    visitor.page.evaluate(
        """() => {
          window.sorted = 0; window.painted = 0;
          const sort = Float32Array.prototype.sort, put = CanvasRenderingContext2D.prototype.putImageData;
          Float32Array.prototype.sort = function (...how) { sorted += this.length; return sort.apply(this, how); };
          CanvasRenderingContext2D.prototype.putImageData = function (...what) { painted++; return put.apply(this, what); };
        }"""
    )
    # The same digit again: the pictures of its neurons stand already, and what it sees is painted, an answer a time. Where a busy
    # machine answers at other moments than before, other neurons come into sight, until those are painted, too.
    moves = sum(2 * stroke.count(" ") + 2 for stroke in STROKES[2].split(" / "))
    painted = []
    while len(painted) < 8 and (len(painted) < 3 or painted[-1] > moves + 5):
        visitor.press("Clear")
        visitor.page.evaluate("() => { painted = 0 }")
        visitor.draw(2)
        visitor.says(2)
        painted.append(visitor.page.evaluate("() => painted"))
    assert painted[-1] <= moves + 5, painted
    weights = cr.load(shipped("wide")).weights[0].size
    assert visitor.page.evaluate("() => sorted") < weights  # of many answers: once would be all of them


def test_a_picture_is_read_and_a_file_that_is_none_is_refused_in_a_sentence(open_page, tmp_path):
    from PIL import Image

    _, _, test = cr.datasets.mnist()
    Image.fromarray(255 - np.kron(test.images[0], np.ones((8, 8), np.uint8))).save(tmp_path / "seven.png")
    (tmp_path / "none.png").write_text("no picture", encoding="utf-8")
    visitor = Visitor(open_page(net="wide", refusals=True))
    choose = visitor.page.get_by_label("Picture…").and_(visitor.page.locator("input"))
    choose.set_input_files(tmp_path / "seven.png")
    visitor.settled()
    expect(visitor.digit).to_have_text("7")
    expect(visitor.page.get_by_text("Looking for the digit in the picture…")).to_have_count(0)
    choose.set_input_files(tmp_path / "none.png")
    visitor.sees(re.compile("cannot be read"))
    expect(visitor.digit).to_have_text("7")


SQUARE = " ".join(f"{x},{y}" for y in range(25, 76, 5) for x in (25, 75))
STAR = "50,10 60,40 90,40 66,58 76,90 50,70 24,90 34,58 10,40 40,40 50,10"


@pytest.mark.parametrize("net", ["book", "wide"])
def test_of_what_is_no_digit_the_page_says_that_it_is_unsure_with_figures(open_page, net):
    visitor = Visitor(open_page(net=net))
    for shape in (SQUARE, STAR):
        visitor.stroke(shape)
        visitor.sees("Unsure.")
        visitor.sees(re.compile(r"the reader gives \d only 0\.\d\d; an answer is sure from 0\.\d\d\.$"))
        visitor.press("Clear")
    visitor.draw(3)
    expect(visitor.page.get_by_text("Unsure.")).to_have_count(0)


@pytest.fixture(scope="module")
def book():
    return cr.load(shipped("book"))


def _color(page):
    """How far the strongest pixel of the neurons' pictures is from paper, of 255."""
    return page.get_by_role("group", name="Neurons").evaluate(
        """(group) => Math.max(...[...group.querySelectorAll("canvas")].map((canvas) => {
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          let most = 0;
          for (let i = 0; i < data.length; i++) if (i % 4 < 3) most = Math.max(most, 255 - data[i]);
          return most;
        }))"""
    )


def test_a_small_error_is_pale_and_says_so_and_a_large_one_is_not(open_page):
    net, (_, _, test) = cr.load(shipped("wide")), cr.datasets.mnist()
    errors = np.abs(net(test.images) - np.eye(10)[test.labels]).max(axis=1)
    visitor = Visitor(open_page(net="wide"))
    visitor.pick(int(np.flatnonzero((errors > 0.0006) & (errors < 0.0014))[0]))  # δ = a − y is about 0.001
    visitor.press("← backward")
    visitor.sees(re.compile("^The answer is almost exactly right: its largest error δ is 0.001"))
    visitor.sees(re.compile(r"full color: ±0\.10"))
    assert _color(visitor.page) < 30
    assert visitor.stage.locator("path[stroke-width]").count() == 0  # neither lines nor arrows
    visitor.mistake()
    visitor.press("← backward")
    assert _color(visitor.page) > 200
    assert visitor.stage.locator("path[stroke-width]").count() > 2


def test_where_an_answer_is_wrong_and_has_no_arrow_the_page_says_why(open_page, book):
    _, _, test = cr.datasets.mnist()
    wrong = np.flatnonzero(book.predict(test.images) != test.labels)
    index = next(
        each
        for each in wrong
        if abs(book.explain(test.images[each], int(test.labels[each])).values["δ3"][test.labels[each], 0]) < 1e-3
    )
    visitor = Visitor(open_page(net="book"))
    visitor.pick(int(index))
    made = book.explain(test.images[index], int(test.labels[index]))
    a, z = (float(made.values[name][made.label, 0]) for name in ("a3", "z3"))
    visitor.sees(re.compile(rf"^No arrow at {made.label}: σ is flat there, σ′\(z\) = "))
    said = visitor.page.get_by_text(re.compile(rf"^No arrow at {made.label}:")).inner_text()
    mantissa, exponent = re.search(r"σ′\(z\) = (\d)·10⁻(.)", said).groups()
    slope = np.exp(-z) / (1 + np.exp(-z)) ** 2
    assert float(f"{mantissa}e-{'⁰¹²³⁴⁵⁶⁷⁸⁹'.index(exponent)}") == pytest.approx(slope, rel=0.5)
    assert f"a − y = {a - 1:.3f}".replace("= -", "= −") in said
