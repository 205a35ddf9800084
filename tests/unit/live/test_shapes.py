"""What is kept of an answer, and where two answers differ."""

import json
from typing import Any

import pytest
from live.shapes import Observation, differences, observe
from live.web import Answered


def seen(body: Any, status: int = 200, **headers: str) -> Observation:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return observe(Answered(status, named, json.dumps(body).encode()))


def test_an_answer_becomes_paths_and_types() -> None:
    body = {"name": "hunter2", "count": 1, "ok": True, "none": None, "list": [{"id": 1}, {"id": "x"}, []]}
    observation = seen(body, link="<hunter2>", date="today")
    assert observation == Observation(
        200,
        {
            ".": "object",
            ".name": "string",
            ".count": "number",
            ".ok": "boolean",
            ".none": "null",
            ".list": "list",
            ".list[]": "list|object",
            ".list[].id": "number|string",
        },
        ("link",),
        {},
    )
    assert "hunter2" not in json.dumps(observation.document())


def test_what_is_no_json_has_no_shape() -> None:
    assert observe(Answered(204)).shape == {".": "empty"}
    assert observe(Answered(200, body=b"<html>")).shape == {".": "text"}


def test_a_deep_or_wide_answer_has_an_end() -> None:
    deep: Any = 1
    for _ in range(20):
        deep = {"a": deep}
    assert max(path.count(".") for path in seen(deep).shape) == 8
    assert len(seen({str(number): number for number in range(1000)}).shape) == 400


@pytest.mark.parametrize(
    ("real", "sandbox", "expected"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1, "more": 2}, {"a": 1}, []),
        ({"a": 1}, {"a": 1, "b": "x"}, [".b: nothing, the sandbox has string"]),
        ({"a": "1"}, {"a": 1}, [".a: string, the sandbox has number"]),
        ({"a": None}, {"a": 1}, []),
        ({"a": 1}, {"a": None}, []),
        ({}, {"a": None}, []),
        ({"a": None}, {"a": {"b": 1}}, []),
        ({"a": []}, {"a": [{"b": 1}]}, []),
        ({"a": [1]}, {"a": [[]]}, [".a[]: number, the sandbox has list"]),
        ([], {"a": 1}, [".: list, the sandbox has object"]),
    ],
)
def test_a_body_differs_where_the_sandbox_has_what_the_service_lacks(
    real: Any, sandbox: Any, expected: list[str]
) -> None:
    assert [str(each) for each in differences(seen(real), seen(sandbox))] == expected


def test_status_headers_and_facts_differ() -> None:
    real = Observation(403, {}, (), {"list": 1})
    sandbox = Observation(404, {}, ("link",), {"list": 2, "other": True})
    assert [str(each) for each in differences(real, sandbox)] == [
        "status: 403, the sandbox has 404",
        "header link: nothing, the sandbox has one",
        "fact list: 1, the sandbox has 2",
        "fact other: None, the sandbox has True",
    ]
