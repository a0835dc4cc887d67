"""What is deployed fits the product: its settings, metrics, files and documents, and the schemas of
whatever reads it."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from server.settings import Settings
from server.site import VERSION
from tests.support.product import Product
from tests.test_documents import OTHER_SETTINGS, ROOT, anchors_of, text_of

DEPLOY = ROOT / "deploy"
KUBERNETES = "1.30"
SETTINGS = {name.upper() for name in Settings.model_fields} | OTHER_SETTINGS


def read(name: str) -> Any:
    return yaml.safe_load(text_of(name))


@pytest.fixture(scope="module")
def compose() -> Any:
    return read("compose.yaml")


def test_compose_is_what_its_specification_says(compose: Any) -> None:
    schema = files("check_jsonschema") / "builtin_schemas/vendor/compose-spec.json"
    jsonschema.validate(compose, json.loads(schema.read_text("utf-8")))


def test_compose_names_files_networks_and_volumes_that_are_there(compose: Any) -> None:
    lost = []
    for name, service in compose["services"].items():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            there = (ROOT / source).exists() if "/" in source else source in compose["volumes"]
            lost += [] if there else [f"{name}: {volume}"]
        lost += [
            f"{name}: {n}" for n in service.get("networks", []) if n not in compose["networks"]
        ]
        lost += [
            f"{name}: {n}" for n in service.get("depends_on", []) if n not in compose["services"]
        ]
    assert lost == []


def test_every_service_is_pinned_bounded_and_without_rights(compose: Any) -> None:
    """An image has a version; each has a limit, rotated logs and no capability by default; what
    should always run says whether it does."""
    for name, service in compose["services"].items():
        assert re.search(r":v?\d+\.\d+", service["image"]), name
        assert service["cap_drop"] == ["ALL"], name
        assert service["logging"]["options"]["max-size"], name
        if service["restart"] == "unless-stopped":
            assert service["deploy"]["resources"]["limits"]["memory"], name
            ours = service["image"].startswith("focushub:")  # the image has its own
            assert ours or name == "caddy" or service["healthcheck"]["test"], name


def test_secrets_are_made_by_the_script_and_in_no_file(compose: Any) -> None:
    """Whatever must be set is printed by `new-env.sh`, anew each time."""
    required = set(re.findall(r"\$\{(\w+):\?", text_of("compose.yaml")))
    made = [_environment() for _ in range(2)]
    assert required <= set(made[0])
    for name in required:
        assert len(made[0][name]) >= 32
        assert made[0][name] != made[1][name]
        assert made[0][name].isalnum(), "it stands in addresses"


def _environment() -> dict[str, str]:
    script = DEPLOY / "compose/new-env.sh"
    said = subprocess.run(["sh", script], capture_output=True, text=True, check=True).stdout
    lines = [line for line in said.splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def test_what_is_deployed_sets_only_settings_that_there_are(compose: Any) -> None:
    set_there = set(compose["x-settings"])
    config = read("deploy/kubernetes/kustomization.yaml")["configMapGenerator"][0]["literals"]
    set_there |= {literal.split("=", 1)[0] for literal in config}
    assert set_there <= SETTINGS
    image = set(re.findall(r"^\s+(?:ENV )?([A-Z_]+)=", text_of("Dockerfile"), re.MULTILINE))
    assert {"DATA_DIR", "HOST", "PORT"} <= image & SETTINGS


def test_the_version_is_the_same_everywhere(compose: Any) -> None:
    assert compose["x-focushub"]["image"] == f"focushub:{VERSION}"
    image = read("deploy/kubernetes/kustomization.yaml")["images"][0]
    assert image["newTag"] == VERSION


def manifests() -> Iterator[tuple[str, Any]]:
    for path in sorted((DEPLOY / "kubernetes").glob("*.yaml")):
        if path.name != "kustomization.yaml":
            for document in yaml.safe_load_all(path.read_text("utf-8")):
                yield path.name, document


@pytest.mark.parametrize("name, manifest", list(manifests()))
def test_manifests_are_what_kubernetes_takes(name: str, manifest: Any) -> None:
    kubernetes_validate.validate(manifest, KUBERNETES, strict=True)


def test_the_kustomization_has_every_manifest() -> None:
    listed = set(read("deploy/kubernetes/kustomization.yaml")["resources"])
    assert listed == {name for name, _ in manifests()}


def test_pods_have_no_rights_and_are_asked_how_they_are() -> None:
    """Not root, nothing written but in mounts, probes at addresses that are answered, and more
    time to end than the product may take."""
    found = {document["kind"]: document for _, document in manifests()}
    instances = found["Deployment"]["spec"]["template"]["spec"]
    backups = found["CronJob"]["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    for pod in (instances, backups):
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert f"USER {pod['securityContext']['runAsUser']}:" in text_of("Dockerfile")
        for container in pod["containers"]:
            assert container["securityContext"]["readOnlyRootFilesystem"] is True
            assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
            assert container["securityContext"]["allowPrivilegeEscalation"] is False
    (container,) = instances["containers"]
    probes = {
        kind: container[f"{kind}Probe"]["httpGet"]["path"] for kind in ("liveness", "readiness")
    }
    assert probes == {"liveness": "/healthz", "readiness": "/readyz"}
    assert instances["terminationGracePeriodSeconds"] >= 45


def rules() -> list[Any]:
    return [
        rule for group in read("deploy/prometheus/alerts.yml")["groups"] for rule in group["rules"]
    ]


def test_the_operator_of_prometheus_gets_the_same_alerts() -> None:
    assert read("deploy/kubernetes/monitoring/rules.yaml")["spec"] == read(
        "deploy/prometheus/alerts.yml"
    )


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_every_alert_has_its_entry_among_what_to_do(rule: Any) -> None:
    document, _, anchor = rule["annotations"]["runbook"].partition("#")
    assert anchor == rule["alert"].lower()
    assert anchor in anchors_of(text_of(document))


def test_no_entry_is_about_an_alert_that_there_is_not() -> None:
    written = set(re.findall(r"^### (FocusHub\w+)$", text_of("docs/OPERATIONS.md"), re.MULTILINE))
    assert written == {rule["alert"] for rule in rules()}


def queries() -> Iterator[tuple[str, str]]:
    for rule in rules():
        yield rule["alert"], rule["expr"]
    board = json.loads(text_of("deploy/grafana/dashboards/focushub.json"))
    for panel in board["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target["expr"]


async def test_alerts_and_the_dashboard_ask_only_for_what_a_server_tells(product: Product) -> None:
    """Names of metrics and of their labels, as they stand in /metrics."""
    async with product.http.get(f"{product.url}/metrics") as answer:
        told = await answer.text()
    names, labels = {"up"}, {"job", "instance", "le"}
    for family in text_string_to_metric_families(told):
        names |= {family.name, *(sample.name for sample in family.samples)}
        names |= {f"{family.name}{end}" for end in _ENDS.get(family.type, ())}
    labels |= set(re.findall(r'(\w+)=\\?"', told)) | _LABELS
    unknown = [
        (where, name)
        for where, query in queries()
        for name in _names_in(query)
        if name not in names
    ]
    unknown += [
        (where, label)
        for where, query in queries()
        for label in re.findall(r'(\w+)\s*[!=]~?"', query)
        if label not in labels
    ]
    assert unknown == []


_ENDS = {"histogram": ("_bucket", "_sum", "_count"), "counter": ("_total",)}
# Those of metrics that have no sample before something has happened.
_LABELS = {"method", "route", "status", "event", "code", "kind"}


def _names_in(query: str) -> set[str]:
    """The metrics of a query: what stands before its braces."""
    return {
        name for name in re.findall(r"([a-z_]\w*)\s*\{", query) if name not in ("by", "without")
    }


def test_the_dashboard_asks_the_source_that_is_provisioned() -> None:
    source = read("deploy/grafana/provisioning/datasources/prometheus.yml")["datasources"][0]
    board = json.loads(text_of("deploy/grafana/dashboards/focushub.json"))
    asked = {target["datasource"]["uid"] for p in board["panels"] for target in p["targets"]}
    assert asked == {source["uid"]}
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])


def test_prometheus_scrapes_the_services_of_compose(compose: Any) -> None:
    config = read("deploy/prometheus/prometheus.yml")
    targets = {
        target.split(":")[0]
        for job in config["scrape_configs"]
        for group in job["static_configs"]
        for target in group["targets"]
    }
    assert targets - {"localhost"} <= set(compose["services"])
    instances = {name for name in compose["services"] if re.fullmatch(r"focushub-\d", name)}
    assert instances <= targets


def test_the_image_has_the_code_and_nothing_else() -> None:
    """Each folder of the product is copied, and let through to the build."""
    parts = {"rooms", "storage", "handlers", "server", "static", "run.py", "LICENSE"}
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", text_of("Dockerfile"), re.MULTILINE)
    assert {name for line in copied for name in line.split()} == parts | {"requirements.txt"}
    ignored = text_of(".dockerignore").splitlines()
    assert {line[1:] for line in ignored if line.startswith("!")} == parts | {"requirements.txt"}
    assert "*" in ignored


_CHECKERS = (
    ("hadolint", ["Dockerfile"]),
    ("promtool", ["check", "config", "deploy/prometheus/prometheus.yml"]),
    ("promtool", ["test", "rules", "deploy/prometheus/alerts.test.yml"]),
    ("haproxy", ["-c", "-f", "deploy/haproxy/haproxy.cfg"]),
    ("caddy", ["validate", "--adapter", "caddyfile", "--config", "deploy/caddy/Caddyfile"]),
    ("kubectl", ["kustomize", "deploy/kubernetes"]),
    ("shellcheck", ["deploy/compose/new-env.sh"]),
)


@pytest.mark.parametrize("program, arguments", _CHECKERS)
def test_the_programs_that_read_it_take_it(program: str, arguments: list[str]) -> None:
    """Each with its own checker, where that is installed; .ci/run has hadolint by its package."""
    beside = Path(sys.executable).parent / program
    found = str(beside) if beside.exists() else shutil.which(program)
    if found is None:
        pytest.skip(f"{program} is not installed")
    known = {
        "FOCUSHUB_1": "127.0.0.1:4001",
        "FOCUSHUB_2": "127.0.0.1:4002",
        "SITE_ADDRESS": "focus.example.org",
        "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin",
        "HOME": "/nonexistent",
    }
    done = subprocess.run(
        [found, *arguments], cwd=ROOT, env=known, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
