# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From versions to steps: every state that a management cluster can be found in."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import InvalidInput, Refused
from ansible_collections.capi.lifecycle.plugins.module_utils._provider_plan import (
    Installed,
    Provider,
    Step,
    installed,
    make_plan,
    wished,
)

WRITTEN, EARLIER, LATER = "2026-11-01T10:00:05Z", "2026-11-01T10:00:00Z", "2026-11-01T10:01:00Z"
CORE = {"name": "cluster-api", "type": "core"}


def deployment(tag: str = "v1.13.4", *, replicas: int = 1, created: str = EARLIER, **meta: Any) -> dict[str, Any]:
    containers = [{"image": f"registry.example:5000/controller:{tag}"}]
    return {
        "metadata": {"name": "manager", "creationTimestamp": created, **meta},
        "spec": {"replicas": replicas, "template": {"spec": {"containers": containers}}},
    }


def held(label: str, version: str = "v1.13.4", *deployments: dict[str, Any], namespace: str = "ns") -> Installed:
    return Installed(label, version, namespace, WRITTEN, deployments or (deployment(version),))


def wish(version: str, *, kubeadm: str = "", extra: tuple[Provider, ...] = ()) -> list[Provider]:
    kinds = (("cluster-api", "core"), ("kubeadm", "bootstrap"), ("kubeadm", "control_plane"))
    found = [Provider(n, t, version if t == "core" else kubeadm or version) for n, t in kinds]
    return [*found, *extra]


def live(version: str) -> list[Installed]:
    return [held(label, version) for label in ("cluster-api", "bootstrap-kubeadm", "control-plane-kubeadm")]


def test_absent_is_installed_in_one_call() -> None:
    plan = make_plan(wish("v1.14.2"), [])
    assert [s.verb for s in plan.steps] == ["init"]
    assert plan.before == {}
    assert set(plan.after.values()) == {"v1.14.2"}


def test_equal_needs_nothing() -> None:
    plan = make_plan(wish("v1.13.4"), live("v1.13.4"))
    assert plan.steps == []
    assert plan.before == plan.after


def test_older_is_upgraded_with_all_pinned_and_what_is_absent_follows() -> None:
    addon = Provider("helm", "addon", "v0.4.0")
    plan = make_plan(wish("v1.14.2", extra=(addon,)), live("v1.13.4"))
    assert [str(s) for s in plan.steps] == [
        "upgrade cluster-api v1.14.2, bootstrap-kubeadm v1.14.2, control-plane-kubeadm v1.14.2",
        "init addon-helm v0.4.0",
    ]


def test_only_what_is_older_is_upgraded() -> None:
    half_way = [held("cluster-api", "v1.14.2"), *live("v1.13.4")[1:]]
    plan = make_plan(wish("v1.14.2"), half_way)
    assert [p.label for s in plan.steps for p in s.providers] == ["bootstrap-kubeadm", "control-plane-kubeadm"]


def test_providers_that_are_not_named_stay() -> None:
    plan = make_plan(wish("v1.13.4"), [*live("v1.13.4"), held("infrastructure-x", "v2.0.0")])
    assert plan.steps == []
    assert plan.after["infrastructure-x"] == "v2.0.0"


@pytest.mark.parametrize(
    ("deployments", "why"),
    [
        ((deployment(replicas=0),), "is scaled to 0"),
        ((deployment(deletionTimestamp=LATER),), "Deployments are missing"),
        ((deployment("v1.14.2", created=LATER),), "has the tag v1.14.2"),
    ],
    ids=["stopped", "deleted", "replaced"],
)
def test_half_done_is_installed_again(deployments: tuple[dict[str, Any], ...], why: str) -> None:
    plan = make_plan(wish("v1.13.4"), [held("cluster-api", "v1.13.4", *deployments), *live("v1.13.4")[1:]])
    assert [str(s) for s in plan.steps] == ["upgrade cluster-api v1.13.4"]
    assert why in plan.before["cluster-api"]
    assert plan.after["cluster-api"] == "v1.13.4"


@pytest.mark.parametrize(
    "entry",
    [
        deployment("v9.9.9"),  # written before the Provider object: this provider's images have versions of their own
        deployment("nightly", created=LATER),
        deployment("v1.13.4@sha256:abc", created=LATER),
    ],
    ids=["own versions", "no version", "digest"],
)
def test_an_image_tag_alone_is_no_sign(entry: dict[str, Any]) -> None:
    assert held("cluster-api", "v1.13.4", entry).half_done == ""


def test_deployments_without_a_provider_object_are_half_installed() -> None:
    plan = make_plan(wish("v1.14.2"), [], strays=["cluster-api"])
    assert plan.before == {"cluster-api": "(half-installed)"}
    assert [s.verb for s in plan.steps] == ["init"]


@pytest.mark.parametrize(
    ("wanted", "found", "words"),
    [
        (wish("v1.13.4"), live("v1.14.2"), ["cluster-api is at v1.14.2, wanted v1.13.4", "no downgrade"]),
        (wish("v1.14.2"), live("v1.10.10"), ["at most 3 minors", "go to v1.13.x first"]),
        (wish("v1.14.2", kubeadm="v1.13.4"), [], []),
        (
            [*wish("v1.14.2")[:2], Provider("kubeadm", "control_plane", "v1.13.4")],
            [],
            ["kubeadm providers must have one version"],
        ),
        (wish("v1.10.10", kubeadm="v1.11.0"), [], ["bootstrap-kubeadm has contract v1beta2", "core v1.10.10"]),
        ([Provider("helm", "addon", "v0.4.0")], [], ["Cluster API is not installed", "type core"]),
        (
            [Provider("cluster-api", "core", "v1.13.4", namespace="other")],
            live("v1.13.4"),
            ["installed in namespace ns, wanted other"],
        ),
        (
            wish("v1.13.4"),
            [*live("v1.13.4"), held("cluster-api", "v1.13.4", namespace="second")],
            ["installed 2 times, in ns, second"],
        ),
    ],
)
def test_refused_before_anything(wanted: list[Provider], found: list[Installed], words: list[str]) -> None:
    if not words:
        assert make_plan(wanted, found).steps
        return
    with pytest.raises(Refused) as refusal:
        make_plan(wanted, found)
    for word in [*words, "Nothing was changed"]:
        assert word in str(refusal.value)


def test_all_reasons_of_a_refusal_at_once() -> None:
    with pytest.raises(Refused) as refusal:
        make_plan(wish("v1.13.4", kubeadm="v1.12.0"), live("v1.14.2"))
    assert len(refusal.value.details["reasons"]) == 3


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ([{**CORE}], ["cluster-api has no version", "version: v1.14.2", "latest"]),
        ([{**CORE, "version": "1.14.2"}], ["must start with 'v'", "provider cluster-api"]),
        ([{**CORE, "version": "v1.14"}], ["no patch number"]),
        ([{**CORE, "version": "v1.14.2"}] * 2, ["cluster-api is there twice"]),
        ([{**CORE, "version": "v1.14.2"}, {**CORE, "name": "other", "version": "v1.0.0"}], ["only one"]),
    ],
)
def test_bad_wishes(entries: list[dict[str, str]], words: list[str]) -> None:
    with pytest.raises(InvalidInput) as error:
        wished(entries)
    for word in words:
        assert word in str(error.value)


def test_latest_is_taken_when_written_out() -> None:
    assert wished([{**CORE, "version": "latest"}])[0].version == "latest"


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (
            Step("init", wish("v1.14.2")),
            "init --core cluster-api:v1.14.2 --bootstrap kubeadm:v1.14.2 --control-plane kubeadm:v1.14.2",
        ),
        (
            Step("init", wish("v1.14.2")[:1], "capi"),
            "init --core cluster-api:v1.14.2 --bootstrap - --control-plane - --target-namespace capi",
        ),
        (Step("init", [Provider("helm", "addon", "v0.4.0")]), "init --addon helm:v0.4.0"),
        (Step("upgrade", wish("v1.14.2")[:1]), "upgrade apply --core cluster-api:v1.14.2"),
    ],
)
def test_arguments_of_clusterctl(step: Step, words: str) -> None:
    assert " ".join(step.arguments) == words


def test_core_is_installed_first_where_namespaces_differ() -> None:
    wanted = [Provider("helm", "addon", "v0.4.0", namespace="a"), Provider("cluster-api", "core", "v1.14.2", "z")]
    assert [s.namespace for s in make_plan(wanted, []).steps] == ["z", "a"]


def test_installed_joins_providers_and_their_deployments() -> None:
    provider = {
        "metadata": {
            "name": "cluster-api",
            "namespace": "capi-system",
            "labels": {"cluster.x-k8s.io/provider": "cluster-api"},
            "managedFields": [{"time": EARLIER}, {"time": WRITTEN}],
        },
        "version": "v1.14.2",
    }
    labels = {"cluster.x-k8s.io/provider": "cluster-api"}
    own = deployment("v1.14.2", labels=labels, namespace="capi-system")
    other = deployment("v1.14.2", labels=labels, namespace="elsewhere")
    (found,) = installed([provider], [own, other])
    assert (found.version, found.namespace, found.written) == ("v1.14.2", "capi-system", WRITTEN)
    assert list(found.deployments) == [own]
