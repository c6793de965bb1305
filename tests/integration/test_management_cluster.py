# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Providers on a management cluster of their own: install, again, upgrade, refuse, be killed, be repaired, read.

In the order of the file each test finds what it needs; alone, it makes it first.
"""

from __future__ import annotations

import json
import re
from hashlib import sha256
from pathlib import Path

import pytest
import yaml
from bed import CHECKOUT, SOAK, providers
from installing import (
    CANARY,
    FAR,
    LABELS,
    MIRROR,
    NEW,
    OLD,
    Site,
    at,
    differences,
    empty,
    end_state,
    newest,
    older,
    site,
)

__all__ = ["empty", "newest", "older", "site"]
RETURN = re.search(
    r'^RETURN = r"""(.*?)"""',
    (CHECKOUT / "plugins/modules/management_cluster_info.py").read_text(),
    re.MULTILINE | re.DOTALL,
)
COMPONENTS = """
apiVersion: v1
kind: Namespace
metadata: {name: other-system, labels: {cluster.x-k8s.io/provider: infrastructure-other}, annotations: {x: "${UNSET}"}}
"""


def other_provider(folder: Path, contract: str) -> dict[str, str]:
    """A provider in a repository of files, whose components have a variable without a default."""
    place = folder / "infrastructure-other" / "v1.0.0"
    place.mkdir(parents=True, exist_ok=True)
    (place / "infrastructure-components.yaml").write_text(COMPONENTS)
    series = [{"major": 1, "minor": 0, "contract": contract}]
    metadata = {"apiVersion": "clusterctl.cluster.x-k8s.io/v1alpha3", "kind": "Metadata", "releaseSeries": series}
    (place / "metadata.yaml").write_text(yaml.safe_dump(metadata))
    url = f"file://{place}/infrastructure-components.yaml"
    return {"name": "other", "type": "infrastructure", "version": "v1.0.0", "url": url}


def telling_version(path: Path, version: str) -> Path:
    """A program that tells its version like clusterctl, and can do no more."""
    told = json.dumps({"clusterctl": {"gitVersion": version}})
    path.write_text(f"#!/bin/sh\n[ \"$1\" = version ] && echo '{told}'\n")
    path.chmod(0o755)
    return path


def without_version() -> list[dict[str, str]]:
    return [{"name": "cluster-api", "type": "core"}, *providers(NEW)[1:]]


REFUSED_ON_EMPTY = {
    "no version": (
        lambda _site: {"providers": without_version()},
        ["cluster-api has no version", "{name: cluster-api, type: core, version: v1.14.2}", "'latest'"],
    ),
    "not a version": (
        lambda _site: {"providers": [{**providers(NEW)[0], "version": "1.14"}, *providers(NEW)[1:]]},
        ["version of provider cluster-api", "1.14"],
    ),
    "no core": (lambda _site: {"providers": providers(NEW)[1:]}, ["none of type core", "add {name: cluster-api"]),
    "two versions of kubeadm": (
        lambda _site: {"providers": [*providers(NEW)[:2], *providers(OLD)[2:]]},
        ["kubeadm providers must have one version", OLD, NEW],
    ),
    "version that the repository lacks": (
        lambda _site: {"providers": providers("v1.14.99")},
        ["v1.14.99 is not in the repository", NEW, "Nothing was changed"],
    ),
    "contract of the kubeadm providers": (
        lambda _site: {"providers": [*providers(FAR)[:1], *providers(NEW)[1:]]},
        [f"core {FAR} works with v1beta1", "has contract v1beta2"],
    ),
    "contract of a provider": (
        lambda site: {"providers": [*providers(NEW), other_provider(site.files / "far", "v1alpha4")]},
        ["infrastructure-other has contract v1alpha4", "works with v1beta2 and v1beta1"],
    ),
    "variable without a value": (
        lambda site: {"providers": [*providers(NEW), other_provider(site.files / "near", "v1beta2")]},
        ["infrastructure-other", "[UNSET]", "secret_variables", "Nothing was changed"],
    ),
    "variable that is no text": (
        lambda _site: {"variables": {"A": ["x"]}},
        ["variable A must be a text"],
    ),
    "clusterctl of another contract": (
        lambda site: {"clusterctl": {"path": str(telling_version(site.files / "far-clusterctl", FAR))}},
        [f"is {FAR} (contract v1beta1)", "take a clusterctl of v1.11 and newer"],
    ),
    "clusterctl that is not there": (
        lambda _site: {"clusterctl": {"path": "/nowhere/clusterctl"}},
        ["/nowhere/clusterctl is no file", "clusterctl.url", "PATH"],
    ),
    "clusterctl that is changed": (
        lambda site: {"clusterctl": {"url": f"file://{site.clusterctl}", "sha256": "0" * 64}},
        ["has the sha256", "0" * 64, "not kept and not run"],
    ),
    "config that is not there": (lambda _site: {"config": "/nowhere.yaml"}, ["config /nowhere.yaml cannot be read"]),
    "another management cluster": (
        lambda _site: {"management_cluster_uid": "11111111-2222"},
        ["'11111111-2222'", "another management cluster", "Nothing was changed"],
    ),
    "kubeconfig that is not there": (lambda _site: {"kubeconfig": "/nowhere"}, ["kubeconfig /nowhere does not exist"]),
    "server that is not there": (
        lambda _site: {"host": "https://127.0.0.1:1"},
        ["https://127.0.0.1:1 cannot be reached", "connection refused"],
    ),
}


@pytest.mark.parametrize("case", REFUSED_ON_EMPTY)
def test_refused_before_anything_is_installed(empty: Site, case: str) -> None:
    options, words = REFUSED_ON_EMPTY[case]
    result = empty.refused(**options(empty))
    assert result["outcome"] == ("unknown" if "server" in case or "kubeconfig" in case else "refused"), result["msg"]
    for word in words:
        assert word in result["msg"], result["msg"]
    assert empty.versions == {}


def test_a_cluster_that_nobody_named(empty: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The default kubeconfig of the operator is there, and good: still nothing is written to it."""
    (tmp_path / ".kube").mkdir()
    (tmp_path / ".kube/config").write_text(empty.bed.kubeconfig.read_text())
    monkeypatch.setenv("HOME", str(tmp_path))
    assert "No management cluster is named" in empty.refused(kubeconfig=None)["msg"]
    found = empty.bed.task("management_cluster_info", kubeconfig=None)
    assert (found["failed"], found["installed"], found["healthy"]) == (False, False, False), "reading is allowed"


def test_no_clusterctl_on_this_machine(empty: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    assert "There is no clusterctl here. Set clusterctl.path" in empty.refused(clusterctl=None)["msg"]


def test_less_than_cluster_admin(empty: Site) -> None:
    """clusterctl would find it out half-way."""
    empty.bed.kubectl("create", "clusterrolebinding", "reader", "--clusterrole=view", "--user=reader")
    result = empty.refused(impersonate_user="reader")
    empty.bed.kubectl("delete", "clusterrolebinding", "reader")
    assert "Installing providers needs cluster-admin" in result["msg"]


@pytest.mark.parametrize("case", ["variable without a value", "clusterctl of another contract", "no core"])
def test_check_mode_refuses_the_same(empty: Site, case: str) -> None:
    options, words = REFUSED_ON_EMPTY[case]
    result = empty.refused("--check", **options(empty))
    for word in words:
        assert word in result["msg"], result["msg"]


def reads_only(calls: list[str]) -> bool:
    """Calls of clusterctl that change nothing, and at least one."""
    return bool(calls) and {call.split()[2] for call in calls} == {"version", "generate"}


def test_check_mode_on_an_empty_cluster(empty: Site) -> None:
    calls = empty.calls
    with empty.watch() as requests:
        run = empty.init(NEW, "--check", "--diff")
    assert run.code == 0, run.output
    assert run.recap["management"]["changed"] == 1
    for label in LABELS:
        assert f'+    "{label}": "{NEW}"' in run.output
    assert (requests.writes, empty.versions) == ([], {})
    assert reads_only(empty.calls[len(calls) :])


# The lines after which a run is killed; each run goes on where the one before it was cut off.
INIT = ("Waiting for cert-manager", "Installing control-plane-kubeadm")
UPGRADE = ("Scaling down", "Installing.*infrastructure-docker")
if SOAK:
    INIT = ("plan:", "Fetching", "Installing cert-manager", "Waiting for cert-manager", "Installing cluster-api")
    INIT += ("Installing control-plane-kubeadm", "Installing infrastructure-docker")
    UPGRADE = ("plan:", "Scaling down", "Deleting.*bootstrap-kubeadm", "Installing.*infrastructure-docker")


def test_init_and_init_again(empty: Site) -> None:
    run = empty.init(OLD, "--diff")
    assert run.code == 0, run.output
    assert run.recap["management"]["changed"] == 1
    assert empty.versions == at(OLD)
    assert [call.split()[:3] for call in empty.calls[-1:]] == [["-rw-------", "1", "init"]], "secret in a 0600 file"
    assert empty.image_of("infrastructure-docker") == f"{MIRROR}/capd-manager:{OLD}"
    calls = empty.calls
    with empty.watch() as requests:
        again = empty.init(OLD)
    assert again.recap["management"]["changed"] == 0, again.output
    assert (requests.writes, empty.calls) == ([], calls)


def test_an_upgrade_in_check_mode(older: Site) -> None:
    calls = older.calls
    with older.watch() as requests:
        run = older.init(NEW, "--check", "--diff")
    assert run.recap["management"]["changed"] == 1
    for label in LABELS:
        assert f'-    "{label}": "{OLD}"' in run.output
        assert f'+    "{label}": "{NEW}"' in run.output
    assert (requests.writes, older.versions) == ([], at(OLD))
    assert reads_only(older.calls[len(calls) :])


def test_init_and_upgrade_killed_at_many_points(older: Site) -> None:
    """kill -9, then the same command: the end is that of runs which nobody disturbed, and no secret stays behind."""
    installed = end_state(older.bed)
    upgrade = older.init(NEW)
    assert (upgrade.code, upgrade.recap["management"]["changed"]) == (0, 1), upgrade.output
    upgraded = end_state(older.bed)
    older.start_again()
    for version, points, wanted in ((OLD, INIT, installed), (NEW, UPGRADE, upgraded)):
        for point in points:
            older.init_killed_at(version, point)
        run = older.init(version)
        assert run.code == 0, run.output
        assert older.versions == at(version)
        assert differences(end_state(older.bed), wanted) == []
        again = older.init(version)
        assert again.recap["management"]["changed"] == 0, again.output
    left = [path for path in older.files.rglob("*") if path.is_file() and path.name != "calls"]
    assert [path for path in left if CANARY.encode() in path.read_bytes() and path != older.clusterctl] == []
    assert [path for path in older.files.iterdir() if "clusterctl-" in path.name] == []


REFUSED_ON_NEWEST = {
    "downgrade": (providers(OLD), [f"cluster-api is at {NEW}, wanted {OLD}", "no downgrade"]),
    "downgrade of one": ([*providers(NEW)[:3], *providers(OLD)[3:]], ["infrastructure-docker is at", "no downgrade"]),
    "another namespace": (
        [*providers(NEW)[:3], {**providers(NEW)[3], "namespace": "elsewhere"}],
        ["in namespace capd-system, wanted elsewhere", "cannot move a provider"],
    ),
}


@pytest.mark.parametrize("case", REFUSED_ON_NEWEST)
def test_refused_where_all_is_new(newest: Site, case: str) -> None:
    wish, words = REFUSED_ON_NEWEST[case]
    result = newest.refused(providers=wish)
    assert result["outcome"] == "refused"
    for word in words:
        assert word in result["msg"]
    assert result["reasons"]


def test_a_jump_over_more_than_three_minors(newest: Site) -> None:
    """The Provider objects tell an old release, which is what the module decides from."""
    _say_version(newest, FAR)
    try:
        result = newest.refused()
    finally:
        _say_version(newest, NEW)
    for label in LABELS[:3]:
        assert f"{label} is at {FAR}, wanted {NEW}: an upgrade skips at most 3 minors; go to v1.13.x" in result["msg"]


def test_half_installed_is_detected_and_finished(newest: Site) -> None:
    bed, wanted = newest.bed, end_state(newest.bed)
    bed.kubectl("delete", "deployment", "-n", "capd-system", "capd-controller-manager")
    plane = "capi-kubeadm-control-plane-"
    bed.kubectl("scale", "deployment", "-n", f"{plane}system", f"{plane}controller-manager", "--replicas=0")
    bootstrap = "capi-kubeadm-bootstrap-system"
    bed.kubectl("delete", "providers.clusterctl.cluster.x-k8s.io", "-n", bootstrap, "bootstrap-kubeadm")
    told = bed.task("management_cluster_info")
    assert (told["healthy"], told["half_installed"]) == (False, ["bootstrap-kubeadm"])
    reasons = {p["label"]: p["half_done"] for p in told["providers"]}
    assert "scaled to 0" in reasons["control-plane-kubeadm"]
    assert reasons["infrastructure-docker"] == "its Deployments are missing"
    check = newest.init(NEW, "--check", "--diff")
    for words in ("half-done: its Deployments are missing", "is scaled to 0", "(half-installed)"):
        assert words in check.output
    run = newest.init(NEW)
    assert (run.code, run.recap["management"]["changed"]) == (0, 1), run.output
    assert (newest.versions, differences(end_state(bed), wanted)) == (at(NEW), [])
    again = newest.init(NEW)
    assert again.recap["management"]["changed"] == 0, again.output


def test_what_is_not_ready_is_named(newest: Site) -> None:
    image = newest.image_of("infrastructure-docker")
    change = ("set", "image", "-n", "capd-system", "deployment/capd-controller-manager")
    newest.bed.kubectl(*change, f"manager=registry.example.com/no-such-manager:{NEW}")
    result = newest.bed.task("management_cluster", **newest.access, wait_timeout=15)
    newest.bed.kubectl(*change, f"manager={image}")
    assert (result["failed"], result["outcome"]) == (True, "waiting")
    for word in ("4 of 5 Deployments available", "capd-system/capd-controller-manager", "no-such-manager"):
        assert word in result["msg"]
    assert not newest.bed.task("management_cluster", **newest.access)["failed"]


def test_a_webhook_that_does_not_answer_is_named(newest: Site) -> None:
    name, path = "capd-validating-webhook-configuration", "/webhooks/0/clientConfig/service/name"

    def lead_to(service: str) -> None:
        patch = json.dumps([{"op": "replace", "path": path, "value": service}])
        newest.bed.kubectl("patch", "validatingwebhookconfiguration", name, "--type=json", "-p", patch)

    lead_to("nowhere")
    result = newest.bed.task("management_cluster", **newest.access, stall_timeout=10)
    lead_to("capd-webhook-service")
    assert (result["failed"], result["outcome"]) == (True, "stalled")
    assert "a webhook does not answer: validation.devcluster" in result["msg"]
    assert 'service "nowhere" not found' in result["msg"]


def test_latest_is_asked_for_by_a_clusterctl_that_is_fetched(
    newest: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    clusterctl = {"url": f"file://{newest.clusterctl}", "sha256": sha256(newest.clusterctl.read_bytes()).hexdigest()}
    calls = len(newest.calls)
    with newest.watch() as requests:
        found = newest.bed.task(
            "management_cluster", **{**newest.access, "clusterctl": clusterctl, "providers": providers("latest")}
        )
    assert (found["failed"], found["changed"], found["providers"]) == (False, False, at(NEW))
    assert (len(newest.calls) - calls, requests.writes) == (len(LABELS), [])
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["clusterctl"]


def test_info_tells_what_is_documented(newest: Site) -> None:
    assert RETURN
    with newest.watch() as requests:
        told = newest.bed.task("management_cluster_info")
    documented = yaml.safe_load(RETURN[1])
    assert set(documented) <= set(told)
    for name in ("providers", "crds"):
        assert {key for entry in told[name] for key in entry} == set(documented[name]["contains"]), name
    uid = newest.bed.kubectl("get", "namespace", "kube-system", "-o", "jsonpath={.metadata.uid}")
    assert told["management_cluster_uid"] == uid
    assert (told["installed"], told["healthy"], told["not_healthy"]) == (True, True, [])
    assert (told["core_version"], told["contract"], told["clusters"]) == (NEW, "v1beta2", 0)
    assert {p["label"]: p["version"] for p in told["providers"]} == at(NEW)
    assert (told["kubernetes"]["supported"], told["kubernetes"]["range"]) == (True, "v1.33 to v1.36")
    clusters = next(c for c in told["crds"] if c["name"] == "clusters.cluster.x-k8s.io")
    assert (clusters["kind"], clusters["group"]) == ("Cluster", "cluster.x-k8s.io")
    assert (clusters["served"], clusters["storage"], clusters["stored"]) == (
        ["v1beta1", "v1beta2"],
        "v1beta2",
        ["v1beta2"],
    )
    assert told["leftovers_v1beta1"] == []
    assert requests.writes == []
    assert {read.split()[0] for read in requests.reads} <= {"get", "list"}


def _say_version(site: Site, version: str) -> None:
    for item in json.loads(site.bed.kubectl("get", "providers.clusterctl.cluster.x-k8s.io", "-A", "-o", "json"))[
        "items"
    ]:
        place = ("-n", item["metadata"]["namespace"], item["metadata"]["name"])
        patch = json.dumps({"version": version})
        site.bed.kubectl("patch", "providers.clusterctl.cluster.x-k8s.io", *place, "--type=merge", "-p", patch)


def test_an_existing_management_cluster(newest: Site) -> None:
    wish = {"management_cluster_source": "existing", "management_cluster_providers": providers(NEW)}
    wish |= {"management_cluster_config": str(newest.bed.folder / "clusterctl.yaml")}
    with newest.watch() as requests:
        run = newest.init(NEW, **wish)
        foreign = newest.init(NEW, **wish, management_cluster_uid="11111111-2222")
        absent = newest.init(NEW, **wish, management_cluster_state="absent")
    assert (run.code, run.recap["management"]["changed"]) == (0, 0), run.output
    assert "Bring up the sandbox" not in run.output
    assert foreign.code != 0
    assert "this is another management cluster" in foreign.output
    assert absent.code != 0
    assert "remove this management cluster where it was made" in " ".join(absent.output.split())
    assert requests.writes == []
