"""The published schemas are those of the types, and tell right documents and configurations from wrong ones."""

import json
from typing import Any, TypedDict

import pytest
import yaml
from docs.generate import ROOT, SCHEMAS
from docs.schemas import DOCUMENTS, schemas
from docs.type_schema import with_definitions
from jsonschema import Draft7Validator
from sandbox.documents import FOLDER, complaints_about, read_document
from tests.unit.docs.pages import PAGES, blocks_of
from tests.unit.report.demo import LOGINS, demo
from tests.unit.rules.facts_builder import NOW

from crreg.check.report import Report
from crreg.configuration.nodes import ConfigurationError
from crreg.configuration.parse import KEYS, parse_configuration
from crreg.exits.status import Status
from crreg.facts.named_images import NamedImages
from crreg.organization.listed import Listed
from crreg.organization.report import Checked, OrganizationReport
from crreg.redaction.redact import Redactor
from crreg.report.formats import Format
from crreg.report.json import images_document, logins_document, rules_document
from crreg.report.render import render, render_organization
from crreg.report.rendering import dumped
from crreg.rules.catalog import RULES

NOTHING = Redactor(())
LISTED = Listed(1, "org/app", "private", "main", "c" * 40)
GENERATED = dict(schemas())
IDS = [rule.id for rule in RULES]
CONFIGURATION = Draft7Validator(json.loads(GENERATED["configuration.json"]))
VALID = """\
registries:
  acr:
    server: acme.azurecr.io
    level: organization
    visibility: selected
    repositories: [org/app, org/api]
    images: [acme.azurecr.io/dev/base:1]
    max-age: 90d
  ECR:
    rotate: ecr-token
  OTHER:
ignore: [unused-triple]
publish:
  - image: ghcr.io/org/app-dev
    tags: [latest, 1.4]
    copy: acme.azurecr.io/dev/base:1
    platforms: [linux/amd64, linux/arm/v7]
    referrers: true
  - image: ghcr.io/org/tools
    build: {context: ., dockerfile: Dockerfile, target: dev, args: {V: 1, W: }, cache-from: [a]}
    immutable: true
  - image: ghcr.io/org/more
    build: tools
  - image: ghcr.io/org/local
    local: app:ci
    link: true
    allow-public: false
"""


def test_the_files_are_what_make_docs_writes() -> None:
    written = {path.name: path.read_text(encoding="utf-8") for path in SCHEMAS.iterdir()}
    assert written == GENERATED, "docs/schemas is stale: run `make docs`"
    assert SCHEMAS == FOLDER


@pytest.mark.parametrize("name", GENERATED)
def test_a_schema_is_valid_itself(name: str) -> None:
    Draft7Validator.check_schema(json.loads(GENERATED[name]))


def test_documents_of_one_repository_are_as_their_schemas_say() -> None:
    report = Report.of(demo())
    read_document(render(report, Format.JSON, NOTHING))
    read_document(render(report, Format.NDJSON, NOTHING))
    read_document(dumped(images_document(NamedImages((), demo().images, ()))))
    read_document(dumped(logins_document(LOGINS)))
    read_document(dumped(rules_document(RULES)))


def test_documents_of_an_organization_are_as_their_schemas_say() -> None:
    report = Report.of(demo())
    checked = Checked(LISTED, Status.UNHEALTHY, report.findings, images=demo().images, triples=demo().triples)
    organization = OrganizationReport.of("org", NOW, 1, [checked])
    assert read_document(render_organization(organization, Format.JSON, NOTHING))["findings"] != []
    assert read_document(render_organization(organization, Format.NDJSON, NOTHING))["errors"] == 3


def change(document: Any, path: str, value: Any) -> None:
    """Set what a path of keys and positions leads to; remove it if the value is Ellipsis."""
    *keys, last = (int(key) if key.isdigit() else key for key in path.split("."))
    for key in keys:
        document = document[key]
    if value is ...:
        del document[last]
    else:
        document[last] = value


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("schema_version", 2),
        ("status", "fine"),
        ("errors", "3"),
        ("unchecked", None),
        ("findings.0.severity", "note"),
        ("findings.0.remedy", ...),
        ("findings.0.steps.0.kind", "other"),
        ("images.0.line", None),
        ("images.0.unknown", 1),
        ("triples.0.parts.SERVER", ...),
        ("triples.0.parts.OTHER", None),
        ("triples.0.login", "none"),
    ],
)
def test_a_document_that_is_not_so_is_refused(path: str, value: Any) -> None:
    document = json.loads(render(Report.of(demo()), Format.JSON, NOTHING))
    assert complaints_about(document) == []
    change(document, path, value)
    assert complaints_about(document) != []


def test_readers_must_tolerate_keys_that_they_do_not_know() -> None:
    document = json.loads(render(Report.of(demo()), Format.JSON, NOTHING))
    change(document, "images.0.unknown", 1)
    assert Draft7Validator(json.loads(GENERATED["check.json"])).is_valid(document)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_definition_and_its_document_has_a_description(name: str) -> None:
    schema = json.loads(GENERATED[f"{name}.json"])
    assert all(each["description"] for each in [schema, *schema["definitions"].values()])


def test_a_type_that_no_document_has_is_refused() -> None:
    class Odd(TypedDict):
        """A document of bytes."""

        value: bytes

    with pytest.raises(TypeError, match="there is no schema for <class 'bytes'>"):
        with_definitions(Odd)


def test_the_configuration_of_every_key_is_valid() -> None:
    assert parse_configuration(VALID, "crreg.yml", rules=IDS).publications != ()
    assert [error.message for error in CONFIGURATION.iter_errors(yaml.safe_load(VALID))] == []


@pytest.mark.parametrize("text", ["", "registries:", "registries: {acr: }", "ignore: []", "publish: []"])
def test_so_is_one_that_says_nothing(text: str) -> None:
    parse_configuration(text, "crreg.yml", rules=IDS)
    assert CONFIGURATION.is_valid(yaml.safe_load(text))


def test_so_is_every_configuration_that_the_documentation_shows() -> None:
    blocks = [yaml.safe_load(b.text) for page in PAGES for b in blocks_of(page) if b.language == "yaml"]
    shown = [block for block in blocks if isinstance(block, dict) and block.keys() <= set(KEYS)]
    assert len(shown) > 3
    assert [block for block in shown if not CONFIGURATION.is_valid(block)] == []


@pytest.mark.parametrize(
    "text",
    [
        "registry: {}",
        "registries: [acr]",
        "registries: {GITHUB_A: }",
        "registries: {1A: }",
        "registries: {A: {sever: a.example}}",
        "registries: {A: {server: [a]}}",
        "registries: {A: {level: team}}",
        "registries: {A: {rotate: yes}}",
        "registries: {A: {max-age: 90 days}}",
        "registries: {A: {repositories: [app]}}",
        "registries: {A: {images: a}}",
        "ignore: [missing-secrets]",
        "publish: {image: a}",
        "publish: [{image: ghcr.io/o/a}]",
        "publish: [{copy: a}]",
        "publish: [{image: ghcr.io/o/a, copy: b, local: c}]",
        "publish: [{image: ghcr.io/o/a, local: b, platforms: [linux/amd64]}]",
        "publish: [{image: ghcr.io/o/a, copy: b, platforms: [amd64]}]",
        "publish: [{image: ghcr.io/o/a, copy: b, tags: []}]",
        "publish: [{image: ghcr.io/o/a, copy: b, tags: [-x]}]",
        "publish: [{image: ghcr.io/o/a, copy: b, immutable: maybe}]",
        "publish: [{image: ghcr.io/o/a, build: {folder: x}}]",
        "publish: [{image: ghcr.io/o/a, build: {args: [x]}}]",
    ],
)
def test_what_the_parser_refuses_the_schema_does_too(text: str) -> None:
    with pytest.raises(ConfigurationError):
        parse_configuration(text, "crreg.yml", rules=IDS)
    assert not CONFIGURATION.is_valid(yaml.safe_load(text))


def test_the_documentation_names_each_schema() -> None:
    page = (ROOT / "docs/reports.md").read_text(encoding="utf-8")
    assert [name for name in GENERATED if f"schemas/{name}" not in page] == []
