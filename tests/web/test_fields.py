"""Bodies from outside: what is read, and the sentence for everything else, in both languages."""

import pytest

from chainrule.show.language import translated
from chainrule.web import fields
from chainrule.web.fields import RefusedError, parsed, record, schema

TABLE = {
    "pixels": fields.numbers(3, 0, 255),
    "framed": fields.flag(True),
    "epochs": fields.whole(1, 100, 30),
    "rate": fields.number(0.001, 100.0, 3.0),
    "go": fields.one_of("start", "pause", default="start"),
    "note": fields.text(5, ""),
    "hidden": fields.wholes(3, 1, 1000, (30,)),
}


def test_what_is_right_is_read_and_the_rest_is_by_default():
    found = record(parsed(b'{"pixels": [0, 1.5, 255], "hidden": [10, 20], "rate": 1}'), TABLE)
    assert found == {
        "pixels": [0.0, 1.5, 255.0], "framed": True, "epochs": 30, "rate": 1.0, "go": "start", "note": "",
        "hidden": (10, 20),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("body", "english"),
    [
        (b"", "The body is not JSON; send one object."),
        (b"\xff", "The body is not JSON; send one object."),
        (b"[" * 100_000, "The body is not JSON; send one object."),
        (b'{"pixels": [NaN, 0, 0]}', "The body has NaN, which is not a number in JSON."),
        (b'{"pixels": [Infinity, 0, 0]}', "The body has Infinity, which is not a number in JSON."),
        (b'{"note": "a", "note": "b"}', "The field note appears twice."),
        (b"[1]", "The body must be an object with pixels, framed, epochs, rate, go, note, hidden."),
        (b'{"x": 1}', "There is no field x; the fields are pixels, framed, epochs, rate, go, note, hidden."),
        (b"{}", "The field pixels is missing."),
        (b'{"pixels": [0, 0]}', "pixels is [0, 0]; it must be 3 numbers from 0 to 255."),
        (b'{"pixels": [0, 0, 256]}', "pixels is [0, 0, 256]; it must be 3 numbers from 0 to 255."),
        (b'{"pixels": [0, 0, 1e999]}', "pixels is [0, 0, Infinity]; it must be 3 numbers from 0 to 255."),
        (b'{"pixels": [0, 0, true]}', "pixels is [0, 0, true]; it must be 3 numbers from 0 to 255."),
        (b'{"pixels": [0,0,0], "framed": 1}', "framed is 1; it must be true or false."),
        (b'{"pixels": [0,0,0], "epochs": 2.0}', "epochs is 2.0; it must be a whole number from 1 to 100."),
        (b'{"pixels": [0,0,0], "epochs": true}', "epochs is true; it must be a whole number from 1 to 100."),
        (b'{"pixels": [0,0,0], "rate": 0}', "rate is 0; it must be a number from 0.001 to 100."),
        (b'{"pixels": [0,0,0], "go": "stop"}', "go is stop; it must be one of start, pause."),
        (b'{"pixels": [0,0,0], "note": "123456"}', "note is 123456; it must be text of at most 5 characters."),
        (
            b'{"pixels": [0,0,0], "hidden": [0]}',
            "hidden is [0]; it must be up to 3 whole numbers from 1 to 1000.",
        ),
    ],
    ids=lambda value: value[:30] if isinstance(value, bytes) else None,
)
def test_what_is_wrong_is_refused_in_a_sentence(body, english):
    with pytest.raises(RefusedError) as refusal:
        record(parsed(body), TABLE)
    assert str(refusal.value) == english
    assert translated(refusal.value, "zh") != english
    assert refusal.value.status == 422


def test_bytes_are_bounded_before_they_are_decoded():
    table = {"drawing": fields.bytes64(3)}
    assert record({"drawing": "AAEC"}, table) == {"drawing": b"\0\1\2"}
    for wrong in ("AAECAA==", "A" * 1000, "$$$$", 5, "AAE"):
        with pytest.raises(RefusedError):
            record({"drawing": wrong}, table)


def test_the_table_is_a_schema_that_admits_nothing_else():
    made = schema(TABLE)
    assert made["required"] == ["pixels"]
    assert made["additionalProperties"] is False
    assert made["properties"]["hidden"] == {
        "type": "array", "items": {"type": "integer", "minimum": 1, "maximum": 1000}, "maxItems": 3,
    }  # fmt: skip


@pytest.mark.parametrize("name", TABLE)
def test_a_field_admits_what_jsonschema_admits(name):
    valid = pytest.importorskip("jsonschema").Draft202012Validator(dict(TABLE[name].schema)).is_valid
    values = [
        *(True, False, None, "", "start", "pause", "stop", "12345", "123456", {}, {"a": 1}),
        *(-1, 0, 0.001, 0.5, 1, 100, 100.5, 101, 255, 256, 1e999),
        *(
            [],
            [0],
            [1],
            [1000],
            [1001],
            [1.5],
            [True],
            ["1"],
            [[1]],
            [0, 1.5, 255],
            [0, 0, 256],
            [1, 2, 3, 4],
            [None] * 3,
        ),
    ]
    assert [fields.admits(TABLE[name].schema, value) for value in values] == [valid(value) for value in values]
