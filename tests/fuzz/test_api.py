"""Whatever is sent, the server answers with a sentence, never with a fault of its own, and goes on.

Requests are made from the interface's own description, and lines from nothing but chance.
`CHAINRULE_FUZZ=5000` asks for more examples of each.
"""

import json
import os

import pytest

schemathesis = pytest.importorskip("schemathesis")

from hypothesis import HealthCheck, given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402
from schemathesis.checks import CHECKS, load_all_checks  # noqa: E402

from chainrule.show.language import languages, translated  # noqa: E402
from chainrule.web.answers import ANSWERS  # noqa: E402
from chainrule.web.expressions import FUNCTIONS  # noqa: E402
from chainrule.web.fields import RefusedError, record  # noqa: E402

pytestmark = pytest.mark.fuzz
EXAMPLES = int(os.environ.get("CHAINRULE_FUZZ", "60"))
often = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
load_all_checks()
DERIVE = next(each for each in ANSWERS if each.name == "derive")


@pytest.fixture(scope="session")
def interface(server):
    return schemathesis.openapi.from_url(f"http://127.0.0.1:{server.port}/openapi.json")


PLAIN = [each for each in ANSWERS if each.media == "application/json"]  # what trains, or sends files, takes its time


@pytest.mark.parametrize("asked", PLAIN, ids=lambda asked: asked.name)
def test_requests_of_every_kind_get_an_answer(interface, asked):
    @given(case=interface[f"/api/{asked.name}"][asked.method].as_strategy())
    @often
    def ask(case):
        answer = case.call(timeout=20)
        assert answer.status_code < 500, answer.text
        if answer.status_code >= 400:
            assert answer.json()["detail"]
        case.validate_response(answer, checks=[CHECKS.get_one("response_schema_conformance")])

    ask()


ATOMS = st.sampled_from(["x", "y", "2", "0", "1e9", "pi", "π", "e", "x2", "1e400", "σ", "w"])
EXPRESSIONS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.builds(
            lambda a, sign, b: f"{a}{sign}{b}",
            inner,
            st.sampled_from(["+", "-", "*", "/", " ", "", "^", "**", "@", "·", "÷", ">", ", ", "; ", "="]),
            inner,
        ),
        st.builds(
            lambda f, a: f"{f}({a})", st.sampled_from([*FUNCTIONS, "", "ln", "√", "f", "x", "sum", "softmax"]), inner
        ),
        st.builds(lambda f, a: f"{f} {a}", st.sampled_from(["sin", "ln", "sqrt", "-", "√", "max"]), inner),
        st.builds(lambda a, end: f"({a}){end}", inner, st.sampled_from(["²", "⁻¹", "ᵀ", "[0]", ".T", "!", "^n", "|"])),
        st.builds(lambda a: f"|{a}|", inner),
    ),
    max_leaves=12,
)


@given(
    expression=EXPRESSIONS | st.text(max_size=40) | st.text("x2+-*/^()|√². ;=,[]sinle", max_size=60),
    at=st.sampled_from(["", "", "x = [1, 2, 3]", "x = 2×2, y = 2×2", "w = 3×4, x = 4", "x = 1e400"]),
)
@often
def test_whatever_is_typed_is_differentiated_or_refused_in_a_sentence(expression, at):
    values = record({"expression": expression, "at": at}, DERIVE.fields)
    try:
        told = json.dumps(DERIVE.compute(None, "en", values), allow_nan=False)
    except RefusedError as refusal:
        told = min(translated(refusal, language) for language in languages())
    assert 5 < len(told) < 500_000


@given(data=st.binary(min_size=1, max_size=500))
@often
def test_a_line_of_garbage_ends_and_the_server_goes_on(server, data):
    try:
        server.raw(data + b"\r\n\r\n", wait=15)
    except (TimeoutError, ConnectionError):
        pytest.fail("the server kept a line of garbage open")
    assert server.ask("GET", "/")[0] == 200
