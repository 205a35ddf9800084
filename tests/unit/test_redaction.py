import base64
import json
import urllib.parse

import pytest

from crreg.redaction import Redactor, secret_texts, user_texts
from crreg.triple import Triple


def basic(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def test_a_triple_is_masked_by_its_password_its_basic_form_and_its_user() -> None:
    triple = Triple("ACR", "acme.azurecr.io", "octocat", "hunter2-hunter2")
    assert set(secret_texts([triple])) == {"hunter2-hunter2", basic("octocat:hunter2-hunter2")}
    assert user_texts([triple]) == ("octocat",)


def test_each_line_of_a_password_is_masked_but_not_a_bare_brace() -> None:
    key = '{\n  "private_key": "abc",\n  "id": "def"\n}'
    found = secret_texts([Triple("GCR", "gcr.io", "_json_key", key)])
    assert set(found) == {key, '"private_key": "abc",', '"id": "def"', basic(f"_json_key:{key}")}


def test_a_user_that_everybody_knows_is_not_masked() -> None:
    assert user_texts([Triple("ECR", None, "AWS", None)]) == ()


def test_a_user_that_is_part_of_the_servers_name_is_not_masked() -> None:
    assert user_texts([Triple("ACR", "acme.azurecr.io", "acme", None)]) == ()


def test_a_user_that_owns_the_repository_is_not_masked() -> None:
    triple = Triple("HUB", "https://index.docker.io/v1/", "octocat", None)
    assert user_texts([triple], ["octocat/app"]) == ()


def test_a_value_with_a_trailing_newline_is_masked_without_it_too() -> None:
    found = secret_texts([Triple("ACR", "a.example", "octocat", "hunter2-hunter2\n")])
    assert {"hunter2-hunter2", "hunter2-hunter2\n", basic("octocat:hunter2-hunter2")} <= set(found)


def test_longer_masks_come_first_so_that_none_is_cut_by_a_part_of_it() -> None:
    assert secret_texts([], ["token", "a longer token"]) == ("a longer token", "token")


@pytest.mark.parametrize(
    "spelling",
    [
        lambda value: value,
        json.dumps,
        lambda value: json.dumps(value, ensure_ascii=False),
        lambda value: urllib.parse.quote(value, safe=""),
    ],
    ids=["plain", "json", "json with its own characters", "url"],
)
def test_a_value_is_replaced_however_it_is_spelled(spelling: object) -> None:
    value = 'pä"ss w/rd\\&<ü>'
    assert callable(spelling)
    text = f"before {spelling(value)} after"
    redacted = Redactor([value]).redact(text)
    assert spelling(value).strip('"') not in redacted
    assert redacted.replace('"', "") == "before *** after"


def test_text_without_a_mask_is_left_as_it_is() -> None:
    assert Redactor(secret_texts([])).redact("nothing here") == "nothing here"


def test_a_short_password_tears_no_hole_into_a_report() -> None:
    assert Redactor(["me"]).redact('{"outcome": "denied"}') == '{"outcome": "denied"}'
