"""What a visitor sees and does, by role and visible text: tests of the page go through here, so that they outlive its design."""

import itertools
import re

from playwright.sync_api import expect

WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}

# Each digit as strokes of a pen on a pad of 100 × 100, as most people write it.
STROKES = {
    0: "49,16 60,20 68,30 72,46 71,62 64,76 55,83 44,83 35,74 29,60 28,44 33,29 41,19 52,16",
    1: "54,14 50,50 46,88",
    2: "28,32 36,17 55,13 70,24 68,42 50,62 28,84 / 28,84 50,82 76,86",
    3: "30,20 50,13 68,22 64,38 46,47 66,54 70,72 52,87 28,80",
    4: "34,14 30,34 30,50 50,52 72,48 / 68,16 66,50 60,88",
    5: "70,14 40,15 36,44 56,42 70,56 66,78 46,88 28,80",
    6: "60,12 42,30 32,56 36,80 52,88 66,76 62,60 46,57 34,68",
    7: "26,17 50,16 74,15 62,40 50,64 42,88",
    8: "66,22 50,13 35,22 38,38 56,50 68,66 60,84 44,87 33,74 44,56 60,42 67,28 66,22",
    9: "66,30 54,15 38,20 34,38 48,46 62,38 66,28 65,55 58,88",
}
VIEWS = {"inside": "Look inside", "train": "Train", "mistakes": "Mistakes"}


class Visitor:
    """Someone at the page, in English where it does not matter."""

    def __init__(self, page):
        self.page = page
        self.pad = page.get_by_role("img", name=re.compile("^(Drawing pad|画板)$"))
        self.stage = page.get_by_role("region", name=re.compile("^(Look inside|看透)$"))
        self.steps = page.get_by_role("region", name=re.compile("^(The five steps and the update|五个步骤与更新)$"))
        self.teaching = page.get_by_role("region", name=re.compile("^(Teach it|教它)"))
        self.answers = page.get_by_role("list", name="Ten answers").get_by_role("listitem")
        self.digit = page.get_by_role("status", name="It reads")
        self.cost = page.get_by_text(re.compile("^C = .*(the cost of this answer|这个答案的代价)$"))
        self.neurons = page.get_by_role("group", name="Neurons")
        self.network = page.get_by_role("combobox", name="Network")
        self.charts = page.get_by_role("img", name=re.compile("over the epochs$"))
        self.formed = page.get_by_role("img", name=re.compile(r"^(neuron|神经元) \d+$"))

    # ---- does --------------------------------------------------------------------------------------------------------

    def press(self, name):
        """Press the button of this name; of several, the first that is in sight."""
        self.page.get_by_role("button", name=name, exact=True).filter(visible=True).first.click()

    def view(self, name):
        """Go to another view."""
        self.page.get_by_role("link", name=VIEWS[name], exact=True).click()

    def pick(self, index):
        """Take a test digit by its number."""
        field = self.page.get_by_role("spinbutton", name="test digit")
        field.fill(str(index))
        field.press("Enter")
        self.settled()

    def mistake(self):
        """Take the next digit that the network reads wrong."""
        before = self.page.get_by_role("spinbutton", name=re.compile("test digit|测试数字")).input_value()
        self.page.get_by_role("button", name=re.compile("Next mistake|下一道错题")).click()
        expect(self.page.get_by_role("spinbutton", name=re.compile("test digit|测试数字"))).not_to_have_value(before)
        self.settled()

    def says(self, digit):
        """Say what it really is."""
        self.page.get_by_role("group", name="It really is").get_by_role("button", name=str(digit)).click()
        expect(self.cost).to_be_visible()

    def draw(self, digit, touch=None):
        """Draw a digit with the mouse or, through a session of the browser's own protocol, with a finger."""
        self.stroke(STROKES[digit], touch)

    def stroke(self, strokes, touch=None):
        """Draw what is given as the digits above are."""
        self.pad.scroll_into_view_if_needed()
        box = self.pad.bounding_box()
        for stroke in strokes.split(" / "):
            places = [[float(each) / 100 for each in point.split(",")] for point in stroke.split()]
            corners = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in places]
            points = [
                (x0 + (x1 - x0) * part, y0 + (y1 - y0) * part)
                for (x0, y0), (x1, y1) in itertools.pairwise(corners)
                for part in (0.5, 1.0)
            ]
            if touch:
                _finger(touch, [corners[0], *points])
                continue
            self.page.mouse.move(*corners[0])
            self.page.mouse.down()
            for point in points:
                self.page.mouse.move(*point)
            self.page.mouse.up()
        self.settled()

    def step(self, number):
        """Open one of the six steps."""
        self.steps.get_by_role("tab").nth(number - 1).click()
        expect(self.steps).to_have_attribute("aria-busy", "false")

    # ---- sees --------------------------------------------------------------------------------------------------------

    def settled(self):
        """Wait until what was drawn is answered, and explained below."""
        expect(self.stage).not_to_have_attribute("aria-busy", "true")
        expect(self.digit).to_have_text(re.compile(r"^\d$"))
        expect(self.steps).to_have_attribute("aria-busy", "false")

    def sees(self, text):
        """Wait until this text is in sight."""
        expect(self.page.get_by_text(text).filter(visible=True).first).to_be_visible()

    @property
    def where(self):
        """Where the pad stands in the window."""
        return self.pad.bounding_box()


def _finger(session, points):
    def send(kind, *at):
        touches = [{"x": x, "y": y} for x, y in at]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})

    send("touchStart", points[0])
    for point in points[1:]:
        send("touchMove", point)
    send("touchEnd")
