"""`crreg check` from one end to the other, on servers that are real but for GitHub and AWS."""

import json

import pytest
from sandbox import credentials
from sandbox.aws import ECR_HOST
from sandbox.credentials import Credential
from sandbox.world import PUBLIC_REPOSITORY
from tests.integration.check.scene import REPOSITORY, Scene

AZURE = "acme.azurecr.io"


def azure(scene: Scene, credential: Credential | None = None) -> dict[str, str]:
    return scene.world.places[AZURE].triple("ACR", credential)


def wrong(scene: Scene, registry: str) -> Credential:
    return Credential(scene.world.places[registry].owner.user, credentials.password())


def test_a_repository_whose_triple_works_is_healthy(scene: Scene) -> None:
    scene.world.places[AZURE].push("dev/base", "1")
    scene.need(f"{AZURE}/dev/base:1")
    scene.store(azure(scene))
    ended = scene.check()
    assert (ended.code, ended.errors) == (0, "")
    document = ended.document
    assert document["findings"] == []
    [triple] = document["triples"]
    assert {name: part["level"] for name, part in triple["parts"].items()} == {
        "SERVER": "repository",
        "USER": "repository",
        "PASSWORD": "repository",
    }
    assert (triple["identifier"], triple["server"]) == ("ACR", AZURE)
    assert (triple["login"]["outcome"], triple["login"]["requests"]) == ("succeeded", 3)
    [image] = document["images"]
    assert {
        key: image[key] for key in ("reference", "registry", "repository", "tag", "digest", "source")
    } == {
        "reference": f"{AZURE}/dev/base:1",
        "registry": AZURE,
        "repository": "dev/base",
        "tag": "1",
        "digest": None,
        "source": "compose",
    }
    assert image["pull"]["outcome"] == "available"
    assert (image["path"], image["line"], image["column"]) == (".devcontainer/c.yml", 2, 16)


@pytest.mark.parametrize(
    ("registry", "login", "image"), [(AZURE, 3, 3), (ECR_HOST, 2, 2)], ids=["bearer", "basic"]
)
def test_requests_are_those_of_a_login_and_two_or_three_for_each_image(
    scene: Scene, registry: str, login: int, image: int
) -> None:
    place = scene.world.places[registry]
    for name in ("one", "two", "three"):
        place.push(f"dev/{name}", "1")
    scene.need(*(f"{registry}/dev/{name}:1" for name in ("one", "two", "three")))
    scene.store(place.triple("ID"))
    scene.world.clear()
    ended = scene.check()
    assert ended.code == 0, ended.output
    registries = [request for request in scene.world.internet.requests if request.host == registry]
    assert len(registries) == login + 3 * image


def test_requests_to_github_are_the_repository_one_list_a_level_and_one_a_selected_part(
    scene: Scene,
) -> None:
    scene.need(f"{AZURE}/dev/base:1")
    scene.store(azure(scene))
    for name in ("ECR_CONTAINER_REGISTRY_USER", "SOMETHING_ELSE"):
        scene.github.add_secret("organization", "acme", name, repositories=[REPOSITORY])
    scene.github.forget()
    scene.check()
    assert sorted(request.path for request in scene.github.requests()) == [
        "/orgs/acme/codespaces/secrets",
        "/orgs/acme/codespaces/secrets/ECR_CONTAINER_REGISTRY_USER/repositories",
        f"/repos/{REPOSITORY}",
        f"/repos/{REPOSITORY}/codespaces/secrets",
        "/user/codespaces/secrets",
    ]


def test_a_missing_secret_is_told_at_the_image_that_needs_it(scene: Scene) -> None:
    scene.need(f"{AZURE}/dev/base:1")
    triple = azure(scene)
    del triple["ACR_CONTAINER_REGISTRY_PASSWORD"]
    scene.store(triple)
    scene.values["ACR_CONTAINER_REGISTRY_PASSWORD"] = azure(scene)["ACR_CONTAINER_REGISTRY_PASSWORD"]
    ended = scene.check()
    assert (ended.code, ended.rules) == (1, ["missing-secret"])
    [finding] = ended.document["findings"]
    assert finding["location"] == {
        "path": ".devcontainer/c.yml",
        "line": 2,
        "column": 16,
        "end_line": 2,
        "end_column": 42,
    }
    assert (
        "gh secret set ACR_CONTAINER_REGISTRY_PASSWORD --app codespaces --repo acme/app" in finding["remedy"]
    )


def test_a_wrong_password_is_one_finding_and_its_images_are_none(scene: Scene) -> None:
    scene.need(f"{AZURE}/dev/base:1", f"{AZURE}/dev/other:1")
    scene.store(azure(scene, wrong(scene, AZURE)))
    ended = scene.check()
    assert (ended.code, ended.rules) == (1, ["login-failed"])


def test_a_secret_of_the_organization_that_is_not_assigned_is_told(scene: Scene) -> None:
    scene.world.places[AZURE].push("dev/base", "1")
    scene.need(f"{AZURE}/dev/base:1")
    scene.github.add_repository("acme/other")
    for name, value in azure(scene).items():
        scene.github.add_secret("organization", "acme", name, value, repositories=["acme/other"])
    scene.values = azure(scene)
    ended = scene.check()
    assert (ended.code, ended.rules) == (1, ["not-assigned"])


def test_a_public_image_is_pulled_without_a_login_that_codespaces_do_not_get(scene: Scene) -> None:
    scene.world.places[AZURE].push(PUBLIC_REPOSITORY, "1")
    scene.need(f"{AZURE}/{PUBLIC_REPOSITORY}:1")
    scene.github.add_repository("acme/other")
    for name, value in azure(scene).items():
        scene.github.add_secret("organization", "acme", name, value, repositories=["acme/other"])
    scene.values = azure(scene)
    ended = scene.check()
    assert (ended.code, ended.document["status"], ended.document["errors"]) == (0, "healthy", 0)
    [finding] = ended.document["findings"]
    assert (finding["rule"], finding["severity"]) == ("not-assigned", "warning")
    assert [image["pull"]["outcome"] for image in ended.document["images"]] == ["public"]


def test_a_nearly_right_name_is_told_with_the_right_one(scene: Scene) -> None:
    scene.need(f"{AZURE}/dev/base:1")
    triple = azure(scene)
    scene.store({name: value for name, value in triple.items() if not name.endswith("_USER")})
    scene.github.add_secret("repository", REPOSITORY, "ACR_CONTAINER_REGISTRY_USERNAME")
    scene.values = triple
    ended = scene.check()
    assert (ended.code, ended.rules) == (1, ["misnamed-secret"])
    assert "ACR_CONTAINER_REGISTRY_USER" in ended.document["findings"][0]["message"]


def test_an_image_that_is_not_there_and_one_that_may_not_be_pulled_are_told_apart(scene: Scene) -> None:
    place = scene.world.places[AZURE]
    place.push("dev/base", "1")
    assert place.stranger is not None
    scene.need(f"{AZURE}/{PUBLIC_REPOSITORY}:none", f"{AZURE}/dev/base:1")
    scene.store(azure(scene, place.stranger))
    ended = scene.check()
    assert ended.code == 1
    assert [(finding["rule"], finding["location"]["line"]) for finding in ended.document["findings"]] == [
        ("image-not-found", 2),
        ("image-not-pullable", 3),
    ]


def test_a_public_image_needs_no_triple_and_a_private_one_does(scene: Scene) -> None:
    scene.world.places["docker.io"].push(PUBLIC_REPOSITORY)
    scene.need(PUBLIC_REPOSITORY, "acme/private:1")
    ended = scene.check()
    assert (ended.code, ended.rules) == (1, ["uncovered-registry"])
    assert [image["pull"]["outcome"] for image in ended.document["images"]] == ["public", "denied"]


def test_aws_keys_are_exchanged_and_the_identity_is_named(scene: Scene) -> None:
    scene.world.places[ECR_HOST].push("dev/base", "1")
    scene.need(f"{ECR_HOST}/dev/base:1")
    scene.store(scene.world.places[ECR_HOST].triple("ECR", scene.world.aws.puller))
    ended = scene.check()
    assert (ended.code, ended.rules) == (0, [])
    assert (
        "arn:aws:iam::123456789012:user/codespaces-puller" in ended.document["triples"][0]["login"]["detail"]
    )


def test_a_repository_without_dev_containers_is_healthy_and_says_so(scene: Scene) -> None:
    scene.write("README.md", "An app.")
    (scene.folder / ".git").mkdir()
    ended = scene.check("--format", "text")
    assert ended.code == 0
    assert "no dev container was found" in ended.output


def test_a_broken_file_is_told_at_its_line_and_the_others_are_read(scene: Scene) -> None:
    scene.write(".devcontainer/a/devcontainer.json", '{\n  "name": "x",\n  "image": 12\n}')
    scene.write(".devcontainer/b/devcontainer.json", f'{{"image": "{PUBLIC_REPOSITORY}"}}')
    scene.world.places["docker.io"].push(PUBLIC_REPOSITORY)
    ended = scene.check()
    assert (ended.code, ended.rules) == (1, ["invalid-configuration"])
    assert ended.document["findings"][0]["location"]["path"] == ".devcontainer/a/devcontainer.json"
    assert ended.document["findings"][0]["location"]["line"] == 3
    assert [image["reference"] for image in ended.document["images"]] == ["docker.io/public/base"]


def test_without_a_token_the_secrets_are_unknown_and_the_rest_is_checked(scene: Scene) -> None:
    scene.world.places[AZURE].push("dev/base", "1")
    scene.need(f"{AZURE}/dev/base:1")
    scene.store(azure(scene))
    ended = scene.check(GITHUB_TOKEN="")
    assert (ended.code, ended.rules) == (3, ["unreadable-secrets"])
    assert ended.document["images"][0]["pull"]["outcome"] == "available"


def test_the_workflows_token_is_told_that_it_can_not_be_enough(scene: Scene) -> None:
    scene.need(f"{AZURE}/dev/base:1")
    token = credentials.register(
        scene.github.add_token("workflow", resource_owner="acme", repositories=[REPOSITORY])
    )
    scene.values |= azure(scene)
    ended = scene.check(GITHUB_TOKEN=token)
    assert ended.code == 3
    assert "GITHUB_TOKEN can't access Codespaces secrets" in ended.output


@pytest.mark.parametrize(
    ("arguments", "configuration", "said"),
    [
        ((), "registries:\n  ACR: {host: x}", ".github/crreg.yml:2:9: unknown key `host`"),
        (("--config", "none.yml"), "", "none.yml:1:1: the file does not exist"),
        (("--config", "../out.yml"), "", "outside the repository"),
        (("--repository", "app"), "", "'app' is not a repository: expected OWNER/NAME"),
        (("--fail-on", "notice"), "", "'notice' is not one of 'error', 'warning', 'unknown', 'never'"),
    ],
)
def test_wrong_usage_is_told_and_nothing_is_asked(
    scene: Scene, arguments: tuple[str, ...], configuration: str, said: str
) -> None:
    scene.write(".github/crreg.yml", configuration)
    scene.github.forget()
    ended = scene.check(*arguments)
    assert ended.code == 2
    assert ended.output == ""
    assert said in ended.errors
    assert scene.github.requests() == []


@pytest.mark.parametrize("url", ["api.github.com", "http://[::1", "http://127.0.0.1:99999"])
def test_an_address_that_is_none_is_told(scene: Scene, url: str) -> None:
    ended = scene.check(GITHUB_API_URL=url)
    assert (ended.code, ended.output) == (2, "")
    assert ended.errors == (
        "Error: GITHUB_API_URL must be the address of a GitHub API, such as https://api.github.com.\n"
    )


@pytest.mark.parametrize("output", ["link", "folder/report"])
def test_a_link_in_the_checkout_leads_no_report_out_of_it(scene: Scene, output: str) -> None:
    outside = scene.folder.parent / "outside"
    outside.mkdir()
    (outside / "kept").write_text("kept")
    (scene.folder / "link").symlink_to(outside / "kept")
    (scene.folder / "folder").symlink_to(outside)
    ended = scene.check("--output", output)
    assert (ended.code, ended.output) == (2, "")
    assert f"The report can't be written to {output}: " in ended.errors
    assert [(file.name, file.read_text()) for file in outside.iterdir()] == [("kept", "kept")]


def test_a_report_goes_where_a_person_wants_it_outside_the_checkout(scene: Scene) -> None:
    scene.write("README.md", "An app.")
    target, link = scene.folder.parent / "report.json", scene.folder.parent / "link.json"
    link.symlink_to(target)
    ended = scene.check("--output", str(link))
    assert (ended.output, ended.errors) == ("", "")
    assert target.read_text().startswith("{")


def test_a_token_goes_to_no_github_in_plain_http(scene: Scene) -> None:
    url = scene.github.url.replace("127.0.0.1", "github.internal")
    ended = scene.check(GITHUB_API_URL=url)
    assert (ended.code, ended.output) == (2, "")
    assert ended.errors == (
        "Error: GITHUB_API_URL uses plain http, so anyone on the network could read the token. Use https, or pass "
        "--allow-insecure github.internal.\n"
    )


def test_warnings_fail_only_where_they_are_asked_to(scene: Scene) -> None:
    scene.write("README.md", "An app.")
    (scene.folder / ".git").mkdir()
    scene.store(azure(scene))
    scene.github.add_secret("organization", "acme", "ACR_CONTAINER_REGISTRY_USER", visibility="all")
    assert scene.check().rules == ["shadowed-secret"]
    assert [scene.check("--fail-on", level).code for level in ("error", "warning", "never")] == [0, 1, 0]


def test_the_configuration_adds_images_and_expectations_and_leaves_out_rules(scene: Scene) -> None:
    scene.world.places[AZURE].push("dev/base", "1")
    scene.store(azure(scene))
    scene.write(
        ".github/crreg.yml",
        f"registries:\n  ACR:\n    server: other.azurecr.io\n    images: ['{AZURE}/dev/base:1']\n",
    )
    ended = scene.check()
    assert (ended.code, ended.rules) == (0, ["server-mismatch"])
    assert [(image["source"], image["pull"]["outcome"]) for image in ended.document["images"]] == [
        ("config", "available")
    ]
    scene.write(
        ".github/crreg.yml", "ignore: [server-mismatch]\nregistries: {ACR: {server: other.azurecr.io}}\n"
    )
    assert scene.check().rules == []


@pytest.mark.parametrize("form", ["text", "markdown", "sarif", "github"])
def test_every_format_can_be_written_to_a_file(scene: Scene, form: str) -> None:
    scene.need("acme/private:1")
    printed = scene.check("--format", form)
    written = scene.check("--format", form, "--output", "report")
    assert written.output == ""
    assert (scene.folder / "report").read_text() == printed.output
    assert credentials.leaks_in(printed.output) == ()
    if form == "sarif":
        assert json.loads(printed.output)["version"] == "2.1.0"
