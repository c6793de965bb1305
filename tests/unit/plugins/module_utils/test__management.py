# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The management cluster as a whole: decisions, refusals and check mode, without any clusterctl."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import (
    Failed,
    Forbidden,
    InvalidInput,
    NotFound,
    Refused,
    Stalled,
    Unreachable,
    WaitTimeout,
)
from ansible_collections.capi.lifecycle.plugins.module_utils._kube import Resource
from ansible_collections.capi.lifecycle.plugins.module_utils._management import ensure_management_cluster
from ansible_collections.capi.lifecycle.plugins.module_utils._management_info import describe_management_cluster
from ansible_collections.capi.lifecycle.tests.unit.fakes import KINDS, FakeClock, FakeKube, session

ALL_KINDS = (
    *KINDS,
    Resource("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "clusterrolebindings", False),
)
WRITTEN = "2026-11-01T10:00:00Z"


BAD_INPUT = "value for variables [A] is not set"
NO_VERSION = "release not found for version v1.13.4"


@pytest.fixture(autouse=True)
def no_clusterctl(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without the fixture clusterctl, whatever calls it in these tests fails."""
    (tmp_path / "cache").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@dataclass(frozen=True)
class Clusterctl:
    """A script that notes its calls, tells a version, and does for each verb what it is told."""

    folder: Path

    def __call__(self, version: str = "v1.14.2", **verbs: str) -> None:
        told = {"version": f"echo '{json.dumps({'clusterctl': {'gitVersion': version}})}'", **verbs}
        cases = "".join(f"{verb}) {script} ;;\n" for verb, script in told.items())
        binary = self.folder / "clusterctl"
        binary.write_text(f'#!/bin/sh\necho "$1 $2" >>{self.folder}/calls\ncase $1 in\n{cases}esac\n')
        binary.chmod(0o755)

    @property
    def calls(self) -> list[str]:
        """The verbs of all calls so far."""
        lines = (self.folder / "calls").read_text().splitlines()
        return [" ".join(word for word in line.split() if not word.startswith("-")) for line in lines]


@pytest.fixture
def clusterctl(tmp_path: Path) -> Clusterctl:
    return Clusterctl(tmp_path)


def provider(label: str, version: str, kind: str = "CoreProvider") -> dict[str, Any]:
    return {
        "apiVersion": "clusterctl.cluster.x-k8s.io/v1alpha3",
        "kind": "Provider",
        "metadata": {
            "name": label,
            "namespace": f"{label}-system",
            "labels": {"cluster.x-k8s.io/provider": label},
            "managedFields": [{"time": WRITTEN}],
        },
        "type": kind,
        "version": version,
    }


def deployment(label: str, *, available: bool = True, replicas: int = 1) -> dict[str, Any]:
    ready = 1 if available else 0
    condition = {"type": "Available", "status": "True" if available else "False", "message": "crash loop"}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": "manager",
            "namespace": f"{label}-system",
            "creationTimestamp": WRITTEN,
            "labels": {"cluster.x-k8s.io/provider": label, "clusterctl.cluster.x-k8s.io": ""},
        },
        "spec": {"replicas": replicas, "template": {"spec": {"containers": [{"image": "x:v1.13.4"}]}}},
        "status": {
            "observedGeneration": 1,
            "updatedReplicas": ready,
            "availableReplicas": ready,
            "conditions": [condition],
        },
    }


def webhooks() -> dict[str, Any]:
    rule = {"apiGroups": ["cluster.x-k8s.io"], "operations": ["CREATE"], "resources": ["clusters"]}
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": "capi", "labels": {"cluster.x-k8s.io/provider": "cluster-api"}},
        "webhooks": [{"name": "w", "rules": [rule]}],
    }


def core_at(version: str, **more: Any) -> FakeKube:
    return FakeKube(provider("cluster-api", version), deployment("cluster-api", **more), kinds=ALL_KINDS)


def params(version: str = "v1.13.4", **more: Any) -> dict[str, Any]:
    wish = {"name": "cluster-api", "type": "core", "version": version}
    return {"providers": [wish], "wait": True, "wait_timeout": 900, "stall_timeout": 300, **more}


def test_equal_calls_nothing_and_writes_nothing() -> None:
    kube = core_at("v1.13.4")
    outcome = ensure_management_cluster(session(kube), params(config="/does/not/exist"))
    assert not outcome.changed
    assert outcome.values["steps"] == []
    assert outcome.values["providers"] == {"cluster-api": "v1.13.4"}
    assert kube.writes == []


@pytest.mark.parametrize(
    ("kube", "before"),
    [
        (FakeKube(kinds=ALL_KINDS, dry_run=True), {}),
        (core_at("v1.12.0"), {"cluster-api": "v1.12.0"}),
        (
            core_at("v1.13.4", replicas=0),
            {"cluster-api": "v1.13.4 (half-done: Deployment manager is scaled to 0)"},
        ),
    ],
    ids=["absent", "older", "half-done"],
)
def test_check_mode_shows_the_table_and_installs_nothing(
    kube: FakeKube, before: dict[str, str], clusterctl: Clusterctl
) -> None:
    clusterctl()
    kube.dry_run = True
    outcome = ensure_management_cluster(session(kube), params())
    assert outcome.changed
    assert outcome.before == before
    assert outcome.after == {"cluster-api": "v1.13.4"}
    assert kube.writes == []
    assert clusterctl.calls == ["version", "generate provider"]


@pytest.mark.parametrize("dry_run", [True, False])
@pytest.mark.parametrize(
    ("version", "generate", "error", "words"),
    [
        ("v1.10.10", "true", Refused, "contract v1beta1.*take a clusterctl of v1.11 and newer"),
        (
            "v1.14.2",
            "echo 'Error: value for variables [A] is not set' >&2; exit 1",
            InvalidInput,
            r"cluster-api: .*\[A\]",
        ),
    ],
    ids=["contract", "variable"],
)
def test_check_mode_refuses_what_the_run_refuses(
    clusterctl: Clusterctl, dry_run: bool, version: str, generate: str, error: type[Exception], words: str
) -> None:
    clusterctl(version=version, generate=generate)
    kube = core_at("v1.12.0")
    kube.dry_run = dry_run
    with pytest.raises(error, match=f"{words}.*Nothing was changed"):
        ensure_management_cluster(session(kube), params())
    assert {"init", "upgrade apply"} & set(clusterctl.calls) == set()


def test_check_mode_says_what_it_cannot_check(tmp_path: Path) -> None:
    """A clusterctl that would be fetched is not fetched."""
    kube = core_at("v1.12.0")
    kube.dry_run = True
    wish = {"url": "https://mirror.invalid/clusterctl", "sha256": "0" * 64}
    assert ensure_management_cluster(session(kube), params(clusterctl=wish)).changed
    (line,) = [line for line in kube.lines if "not checked" in line]  # type: ignore[attr-defined]
    for word in ("contract", "components", "does not fetch clusterctl"):
        assert word in line


@pytest.mark.parametrize("said", [BAD_INPUT, NO_VERSION, "boom"])
@pytest.mark.parametrize(
    ("fails", "done"), [("upgrade", ""), ("init", "Done before that: upgrade cluster-api v1.13.4")]
)
def test_a_failure_of_clusterctl_is_no_refusal(clusterctl: Clusterctl, fails: str, done: str, said: str) -> None:
    """From its first call on it writes: the result says so, whatever the reason is."""
    clusterctl(**{fails: f"echo 'Scaling down' >&2; echo 'Error: {said}' >&2; exit 1"})
    wish = params()
    wish["providers"] += [{"name": "x", "type": "infrastructure", "version": "v1.0.0"}]
    with pytest.raises(Failed) as error:
        ensure_management_cluster(session(core_at("v1.12.0")), wish)
    assert (error.value.outcome, error.value.details["changed"]) == ("failed", True)
    for words in (said, "un the same command again"):
        assert words in str(error.value)
    assert "Nothing was changed" not in str(error.value)
    if said != "boom":
        assert done in str(error.value)


def test_what_was_written_is_believed_after_two_looks(clusterctl: Clusterctl) -> None:
    """The Deployment is Available at the first look and breaks right after it."""
    clusterctl()
    kube = core_at("v1.12.0")
    asked: list[float] = []

    def world(seconds: float) -> None:
        asked.append(seconds)
        if len(asked) == 1:
            kube.put(deployment("cluster-api", available=False))

    with pytest.raises(Stalled, match="crash loop") as error:
        ensure_management_cluster(session(kube, FakeClock(world)), params())
    assert error.value.details["changed"] is True


def test_webhooks_are_asked_twice_after_a_write(clusterctl: Clusterctl) -> None:
    clusterctl()
    kube = core_at("v1.12.0")
    kube.put(webhooks())
    times: list[float] = []
    clock = FakeClock()

    def refuse(item: dict[str, Any]) -> Exception | None:
        if item["kind"] != "Cluster":
            return None
        times.append(clock.now())
        return Unreachable('failed calling webhook "w": EOF') if len(times) > 1 else None

    kube.refuse = refuse
    with pytest.raises(Stalled, match="a webhook does not answer: w: EOF"):
        ensure_management_cluster(session(kube, clock), params())


def test_where_nothing_was_written_one_look_is_enough() -> None:
    clock = FakeClock()
    ensure_management_cluster(session(core_at("v1.13.4"), clock), params())
    assert clock.now() == 0


def test_check_mode_says_that_there_is_no_clusterctl() -> None:
    kube = core_at("v1.12.0")
    kube.dry_run = True
    with pytest.raises(NotFound, match="no clusterctl here"):
        ensure_management_cluster(session(kube), params())


def test_a_downgrade_is_refused() -> None:
    with pytest.raises(Refused, match="no downgrade"):
        ensure_management_cluster(session(core_at("v1.14.2")), params())


def test_rights_are_asked_for_first() -> None:
    kube = core_at("v1.12.0")
    kube.refuse = lambda item: Forbidden("no") if item["kind"] == "ClusterRoleBinding" else None
    with pytest.raises(Forbidden, match=r"cluster-admin on https://fake.*Nothing was changed"):
        ensure_management_cluster(session(kube), params())


def repository(folder: Path, contract: str = "v1beta2") -> dict[str, Any]:
    versions = folder / "cluster-api"
    (versions / "v1.13.4").mkdir(parents=True)
    series = f"releaseSeries: [{{major: 1, minor: 13, contract: {contract}}}]"
    (versions / "v1.13.4" / "metadata.yaml").write_text(series)
    url = f"file://{versions}/v1.13.4/core-components.yaml"
    return {"providers": [{"name": "cluster-api", "type": "core", "version": "v1.13.4", "url": url}]}


def test_a_version_that_the_repository_lacks(tmp_path: Path) -> None:
    wish = repository(tmp_path)
    wish["providers"][0]["version"] = "v1.13.9"
    with pytest.raises(NotFound, match=r"cluster-api v1\.13\.9 is not in the repository .*which has v1\.13\.4"):
        ensure_management_cluster(session(core_at("v1.12.0")), params(**wish))


def test_contracts_that_do_not_go_together(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="cluster-api has contract v1beta7"):
        ensure_management_cluster(session(core_at("v1.12.0")), params(**repository(tmp_path, "v1beta7")))


@pytest.mark.parametrize(
    ("more", "word"),
    [({"variables": {"A B": "x"}}, "'A B'"), ({"providers": [{"name": "x", "type": "core"}]}, "pin one")],
)
def test_bad_input_is_refused_where_nothing_is_to_do(more: dict[str, Any], word: str) -> None:
    with pytest.raises(InvalidInput, match=word):
        ensure_management_cluster(session(core_at("v1.13.4")), params(**more))


def test_a_config_that_is_not_there() -> None:
    with pytest.raises(NotFound, match="config /nowhere cannot be read"):
        ensure_management_cluster(session(core_at("v1.12.0")), params(config="/nowhere"))


def test_waiting_ends_with_the_reason() -> None:
    kube = core_at("v1.13.4", available=False)
    with pytest.raises(Stalled, match="cluster-api-system/manager: crash loop"):
        ensure_management_cluster(session(kube), params())
    with pytest.raises(WaitTimeout, match="crash loop"):
        ensure_management_cluster(session(kube), params(wait_timeout=60))
    assert not ensure_management_cluster(session(kube), params(wait=False)).changed


def test_waiting_for_webhooks_ends_with_the_reason() -> None:
    kube = core_at("v1.13.4")
    kube.put(webhooks())
    kube.refuse = lambda item: Unreachable('failed calling webhook "w": connection refused')
    with pytest.raises(Stalled, match="a webhook does not answer: w: connection refused"):
        ensure_management_cluster(session(kube), params())


def info(kube: FakeKube) -> dict[str, Any]:
    return dict(describe_management_cluster(session(kube), {}).values)


def test_info_of_an_empty_cluster() -> None:
    kinds = tuple(k for k in KINDS if "x-k8s.io" not in k.api_version)
    found = info(FakeKube(kinds=kinds))
    assert (found["installed"], found["healthy"], found["clusters"], found["providers"]) == (False, False, 0, [])
    assert found["kubernetes"]["supported"] is None


def test_info_of_a_healthy_cluster() -> None:
    kube = core_at("v1.14.2")
    kube.put(crd("v1beta2", ["v1beta1", "v1beta2"]))
    kube.put({"apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "Cluster", "metadata": {"name": "c", "namespace": "d"}})
    found = info(kube)
    assert found["healthy"]
    assert (found["core_version"], found["contract"], found["clusters"]) == ("v1.14.2", "v1beta2", 1)
    assert found["providers"][0]["name"] == "cluster-api"
    assert found["leftovers_v1beta1"] == ["clusters.cluster.x-k8s.io"]
    assert found["kubernetes"]["supported"] is True
    assert found["management_cluster_uid"] == "uid-of-kube-system"
    lists = [name for verb, name in kube.reads if verb == "list"]
    assert len(lists) == len(set(lists)), "one LIST a kind"


def crd(storage: str, stored: list[str]) -> dict[str, Any]:
    versions = [{"name": v, "served": True, "storage": v == storage} for v in ("v1beta1", "v1beta2")]
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "clusters.cluster.x-k8s.io", "labels": {"cluster.x-k8s.io/provider": "cluster-api"}},
        "spec": {"group": "cluster.x-k8s.io", "names": {"kind": "Cluster"}, "versions": versions},
        "status": {"storedVersions": stored},
    }


@pytest.mark.parametrize(
    ("kube", "reason"),
    [
        (core_at("v1.14.2", available=False), "crash loop"),
        (FakeKube(provider("cluster-api", "v1.14.2")), "its Deployments are missing"),
        (FakeKube(deployment("cluster-api")), "half-installed: it has Deployments, but no Provider object"),
    ],
)
def test_info_names_what_is_not_healthy(kube: FakeKube, reason: str) -> None:
    found = info(kube)
    assert not found["healthy"]
    assert [t["reason"] for t in found["not_healthy"]] == [reason]
