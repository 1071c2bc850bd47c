"""The page while it waits, and when the server refuses, is full, or is gone: it says so, loses nothing, and goes on by itself."""

import json
import re

import pytest

pytest.importorskip("playwright")

from playwright.sync_api import expect

from .visitor import Visitor

pytestmark = pytest.mark.browser


class Line:
    """The WebSocket of a page, which this test can hold, refuse and count."""

    def __init__(self, page):
        self.page, self.asked, self.held, self.refuse, self.hold = page, [], [], {}, set()
        page.route_web_socket("**/ws", self.connected)

    def connected(self, line):
        """Pass on all but what is to be held or refused."""
        server = line.connect_to_server()

        def sent(text):
            message = json.loads(text)
            self.asked.append(message["do"])
            if message["do"] in self.refuse:
                detail = self.refuse[message["do"]]
                line.send(json.dumps({"on": "refused", "id": message["id"], "detail": detail}))
            elif message["do"] in self.hold:
                self.held.append(lambda: server.send(text))
            else:
                server.send(text)

        line.on_message(sent)

    def release(self):
        """Let go what was held, and hold nothing more."""
        self.hold = set()
        for each in self.held:
            each()
        self.held.clear()


@pytest.fixture
def held(open_page):
    """A page, and its line."""

    def held(*, hold=(), **options):
        lines = []

        def meanwhile(page):
            lines.append(Line(page))
            lines[0].hold = set(hold)

        visitor = Visitor(open_page(meanwhile=meanwhile, **options))
        if "hello" not in hold:
            visitor.sees(re.compile("^reads .* of 10,000"))
        return visitor, lines[0]

    return held


def test_while_the_network_loads_the_page_says_so_and_shows_nothing_empty(held):
    visitor, line = held(hold=["hello"])
    page = visitor.page
    expect(page.get_by_role("status").filter(has_text="Loading the network…")).to_be_visible()
    expect(visitor.network).not_to_be_visible()
    expect(page.get_by_role("group", name="Layer")).not_to_be_visible()
    expect(page.get_by_text("Or take one of the 10,000 test digits:")).not_to_be_visible()
    visitor.view("train")
    expect(page.get_by_role("heading", name="Loading the network…")).to_be_visible()
    visitor.view("mistakes")
    expect(page.get_by_role("button", name="More")).not_to_be_visible()
    expect(page.get_by_role("button", name="All mistakes")).not_to_be_visible()
    visitor.view("inside")
    page.get_by_role("button", name="Next mistake →").click()  # it is asked as soon as there is someone to ask
    line.release()
    visitor.settled()
    expect(page.get_by_text("Loading the network…")).to_have_count(0)


def test_while_all_test_digits_are_read_the_page_says_so(held):
    visitor, line = held(hold=["mistakes"], at="#mistakes")
    visitor.sees("Reading the 10,000 test digits…")
    expect(visitor.page.get_by_role("button", name="More")).not_to_be_visible()
    line.release()
    visitor.sees(re.compile("of 10,000 are misread$"))


def test_a_full_room_is_told_and_waited_for(open_page):
    """The line stays open and is greeted when there is a place; or it is closed with a reason, and the page comes again."""
    lines = []

    def connected(line):
        lines.append(line)
        if len(lines) == 1:
            line.on_message(lambda text: line.close(code=1008, reason="Too many pages wait; come later."))
        elif len(lines) == 2:
            server = line.connect_to_server()

            def sent(text):
                line.send(json.dumps({"on": "full", "detail": "All 32 places are taken: this page waits."}))
                line.on_message(server.send)
                lines.append(lambda: server.send(text))

            line.on_message(sent)

    page = open_page(meanwhile=lambda page: page.route_web_socket("**/ws", connected))
    visitor = Visitor(page)
    visitor.sees("Too many pages wait; come later. This page tries again by itself.")
    visitor.sees("All 32 places are taken: this page waits.")
    page.wait_for_timeout(5_500)
    visitor.sees("All 32 places are taken: this page waits.")  # it says so as long as it is so
    lines[2]()
    visitor.sees(re.compile("^reads .* of 10,000"))
    visitor.mistake()
    expect(page.get_by_text(re.compile("places are taken"))).to_have_count(0)


def test_a_session_that_cannot_be_taken_up_is_given_up(open_page):
    hellos = []

    def connected(line):
        server = line.connect_to_server()

        def sent(text):
            hellos.append(json.loads(text))
            if hellos[-1].get("session") == "spoiled":
                line.close(code=1011)  # as a server does that fails to say what is in it
            else:
                server.send(text)

        line.on_message(sent)

    def meanwhile(page):
        page.add_init_script("sessionStorage.session ??= 'spoiled'")
        page.route_web_socket("**/ws", connected)

    visitor = Visitor(open_page(meanwhile=meanwhile))
    visitor.sees(re.compile("^reads .* of 10,000"))
    visitor.mistake()
    assert [each["session"] for each in hellos if each["do"] == "hello"] == ["spoiled", ""]


REFUSED = "The server refuses this in a sentence."


def test_after_each_refusal_the_controls_are_live_and_all_stands_as_it_stood(held):
    visitor, line = held()
    page = visitor.page
    visitor.mistake()
    digit, cost = visitor.digit.inner_text(), visitor.cost.inner_text()
    for what, button in (("teach", "Take one step"), ("mistake", "Next mistake →"), ("proof", "Prove it")):
        if what == "proof":
            visitor.step(5)
        line.refuse = {what: f"{what}: {REFUSED}"}
        visitor.press(button)
        visitor.sees(f"{what}: {REFUSED}")
        line.refuse = {}
        expect(page.get_by_role("button", name=button)).to_be_enabled()
        assert (visitor.digit.inner_text(), visitor.cost.inner_text()) == (digit, cost)
    expect(page.get_by_text("Taking the step")).to_have_count(0)
    line.refuse = {"use": REFUSED, "pick": REFUSED}
    chosen = visitor.network.input_value()
    visitor.network.select_option("wide" if chosen == "book" else "book")
    visitor.sees(REFUSED)
    expect(visitor.network).to_have_value(chosen)
    visitor.sees(re.compile("^reads .* of 10,000"))
    number = page.get_by_role("spinbutton", name="test digit")
    index = number.input_value()
    number.fill("4321")
    number.press("Enter")
    expect(number).to_have_value(index)
    line.refuse = {}
    visitor.press("Take one step")
    visitor.sees("now it reads")


def test_steps_that_do_not_come_are_not_shown_as_if_they_had(held):
    visitor, line = held()
    visitor.mistake()
    line.refuse = {"step": REFUSED}
    visitor.page.get_by_role("button", name="Next mistake →").click()
    expect(visitor.steps.get_by_role("status")).to_have_text("The server could not answer that.")
    expect(visitor.steps).to_have_attribute("aria-busy", "true")
    line.refuse = {}
    visitor.step(1)


def test_a_run_that_cannot_begin_leaves_its_buttons_as_they_were(held):
    visitor, line = held(at="#train")
    for what in ("reset", "go"):
        line.refuse = {what: REFUSED}
        visitor.press("▶ Start")
        visitor.sees(REFUSED)
        for name in ("▶ Start", "1 batch", "1 epoch", "Reset"):
            expect(visitor.page.get_by_role("button", name=name).filter(visible=True)).to_be_enabled()
    line.refuse = {}
    visitor.press("1 batch")
    visitor.sees("mini-batches on their own: 1")


def test_a_step_that_is_being_taken_is_not_taken_twice(held):
    visitor, line = held(hold=["teach"])
    visitor.mistake()
    button = visitor.page.get_by_role("button", name="Take one step")
    button.evaluate("(button) => { button.focus(); button.click(); button.click(); button.click(); }")
    visitor.sees("Taking the step, then reading the 10,000 test digits again…")
    expect(button).to_have_attribute("aria-busy", "true")
    expect(button).to_be_focused()
    line.release()
    visitor.sees("now it reads")
    assert line.asked.count("teach") == 1
    expect(button).to_be_enabled()


def test_a_run_that_gets_ready_says_so_and_takes_no_other(held):
    visitor, line = held(hold=["go"], at="#train/hidden=10&batch_size=100&epochs=1000")
    visitor.press("▶ Start")
    visitor.sees(re.compile("^Getting ready: the training step is first compiled"))
    expect(visitor.page.get_by_text("not trained yet").filter(visible=True)).to_have_count(0)
    for name in ("1 batch", "1 epoch"):
        expect(visitor.page.get_by_role("button", name=name).filter(visible=True)).to_be_disabled()
    line.release()
    visitor.sees(re.compile(r"^epoch \d+, "))
    visitor.press("❚❚ Pause")
    visitor.sees(re.compile("^▶ Start$"))


def test_steps_and_a_neuron_wait_for_what_stands_on_the_stage(held):
    visitor, line = held()
    visitor.mistake()
    visitor.neurons.get_by_role("button").first.click()
    neuron = visitor.page.get_by_role("region", name="One neuron")
    expect(neuron).to_have_attribute("aria-busy", "false")
    line.hold = {"step", "value"}
    visitor.page.get_by_role("button", name="Next mistake →").click()
    for part in (visitor.steps, neuron):
        expect(part).to_have_attribute("aria-busy", "true")
    visitor.sees("Working out the numbers…")
    line.release()
    for part in (visitor.steps, neuron):
        expect(part).to_have_attribute("aria-busy", "false")
    expect(visitor.page.get_by_text("Working out the numbers…")).to_have_count(0)


def test_while_a_run_learns_the_steps_wait_and_afterwards_are_of_its_network(open_page):
    visitor = Visitor(open_page(at="#train/hidden=10&batch_size=100&epochs=1000"))
    visitor.view("inside")
    visitor.mistake()
    visitor.press("▶ Start")
    visitor.sees("The network is learning; the numbers follow when it pauses.")
    visitor.sees("The network is learning; pause it first.")
    visitor.sees(re.compile("^epoch [2-9]"))
    expect(visitor.steps).to_have_attribute("aria-busy", "true")
    visitor.press("❚❚ Pause")
    visitor.settled()
    visitor.step(3)
    cost = re.search(r"C = (\S+)", visitor.cost.inner_text())[1]
    worked = visitor.steps.get_by_role("tabpanel").inner_text().replace("\n", "")
    assert f"{float(cost):.3f}"[:4] in worked


# ---- the line --------------------------------------------------------------------------------------------------------


def test_the_page_finds_its_server_again(open_page, command):
    first = command()
    visitor = Visitor(open_page(address=first.address))
    visitor.mistake()
    first.stop()
    visitor.sees(re.compile("does not answer"))
    visitor.press("Take one step")
    visitor.page.wait_for_timeout(6_000)
    visitor.sees(re.compile("does not answer"))  # it says so as long as it is so
    command(first.port)
    visitor.sees("The server answers again.")
    visitor.mistake()
    visitor.press("Take one step")
    visitor.sees("now it reads")


def test_a_drawing_and_settings_survive_a_reload_and_a_new_server(open_page, command):
    first = command()
    visitor = Visitor(open_page(address=first.address))
    page = visitor.page
    visitor.draw(3)
    visitor.says(3)

    def ink():
        return visitor.pad.evaluate("(pad) => pad.toDataURL()")

    drawn, cost = ink(), re.sub(r"\s+", " ", visitor.cost.inner_text())
    visitor.view("train")
    page.get_by_label("hidden layers").fill("12")
    page.get_by_label("hidden layers").press("Enter")
    visitor.view("inside")
    page.reload()
    expect(visitor.cost).to_have_text(cost)
    assert ink() == drawn
    expect(page.get_by_label("hidden layers")).to_have_value("12")
    first.stop()
    visitor.sees(re.compile("does not answer"))
    command(first.port)
    page.reload()
    expect(visitor.cost).to_have_text(cost)
    assert ink() == drawn


# ---- numbers without bound -------------------------------------------------------------------------------------------


def test_a_step_that_goes_too_far_is_told_and_taken_back_and_the_page_goes_on(open_page):
    visitor = Visitor(open_page(net="wide"))
    visitor.mistake()
    cost = visitor.cost.inner_text()
    visitor.page.get_by_role("slider", name="Learning rate η").fill("10")  # η = 10
    for _ in range(4):  # the first may be told, or the network may bear it and a later one be told
        visitor.press("Take one step")
        expect(visitor.page.get_by_role("button", name="Take one step")).not_to_have_attribute("aria-busy", "true")
        expect(visitor.cost).to_have_text(re.compile(r"C = [\d.·⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+ "))
    visitor.page.reload()
    visitor.settled()
    visitor.network.select_option("book")
    visitor.mistake()
    assert visitor.cost.inner_text() != cost


@pytest.mark.parametrize(
    "settings", ["cost=cross-entropy&learning_rate=100", "activation=relu&cost=log-likelihood&learning_rate=1000"]
)
def test_a_run_without_bound_is_told_with_its_remedy_and_the_page_goes_on(open_page, settings):
    visitor = Visitor(open_page(net="book", at=f"#train/hidden=10&batch_size=100&epochs=2&{settings}"))
    visitor.view("inside")
    visitor.pick(8)
    visitor.press("▶ Start")
    remedy = visitor.page.get_by_role("button", name="Do that and start anew").filter(visible=True)
    expect(remedy.first).to_be_visible()
    visitor.page.reload()
    visitor.settled()
    expect(visitor.cost).to_have_text(re.compile(r"C = [\d.·⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+ "))
    visitor.mistake()
    visitor.press("Take one step")
    visitor.sees("now it reads")
