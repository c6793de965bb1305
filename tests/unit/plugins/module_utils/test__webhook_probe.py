# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Dry runs that show that webhooks answer."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import Failed, Forbidden, InvalidInput, Unreachable
from ansible_collections.capi.lifecycle.plugins.module_utils._kube import Resource
from ansible_collections.capi.lifecycle.plugins.module_utils._webhook_probe import (
    probes_of,
    sample_of,
    silence_of,
    unproven,
)
from ansible_collections.capi.lifecycle.tests.unit.fakes import KINDS, FakeKube

CLUSTER = Resource("cluster.x-k8s.io/v1beta2", "Cluster", "clusters", True)


def configuration(kind: str, *resources: str, name: str = "capi", webhook: str = "") -> dict[str, Any]:
    rules = [{"apiGroups": ["cluster.x-k8s.io"], "operations": ["CREATE"], "resources": list(resources)}]
    return {
        "kind": f"{kind}WebhookConfiguration",
        "metadata": {"name": name},
        "webhooks": [{"name": webhook or f"{kind.lower()}.cluster", "rules": rules}],
    }


MUTATING, VALIDATING = configuration("Mutating", "clusters"), configuration("Validating", "machines", "clusters")


def answers(error: Exception | None) -> tuple[list[str], FakeKube]:
    kube = FakeKube()
    kube.refuse = lambda item: error
    return unproven(kube, probes_of([MUTATING, VALIDATING], KINDS), {}), kube


def denied(webhook: str) -> InvalidInput:
    return InvalidInput(f'admission webhook "{webhook}" denied the request: no', status=403)


def test_kinds_that_several_configurations_share_come_first() -> None:
    probes = probes_of([MUTATING, VALIDATING, configuration("Mutating", "unknown")], [CLUSTER, KINDS[-1]])
    assert [[k.kind for k in p.kinds] for p in probes] == [["Cluster"], ["Cluster"]]


@pytest.mark.parametrize(
    ("error", "missing"),
    [
        (None, []),
        (denied("validating.cluster"), []),
        (denied("mutating.cluster"), ["ValidatingWebhookConfiguration capi"]),
        (InvalidInput("spec.x: Required value", status=422), ["ValidatingWebhookConfiguration capi"]),
        (denied("somebody.else"), ["MutatingWebhookConfiguration capi", "ValidatingWebhookConfiguration capi"]),
        (Forbidden("forbidden"), ["MutatingWebhookConfiguration capi", "ValidatingWebhookConfiguration capi"]),
    ],
    ids=["allowed", "denied by validation", "denied by mutation", "invalid", "another webhook", "no right"],
)
def test_what_an_answer_proves(error: Exception | None, missing: list[str]) -> None:
    found, kube = answers(error)
    assert found == missing
    assert kube.writes == []


@pytest.mark.parametrize("error", [Unreachable("x"), Failed('failed calling webhook "validation.cluster": EOF')])
def test_no_answer(error: Exception) -> None:
    with pytest.raises(type(error)):
        answers(error)


SAID = (
    "Could not apply Cluster d/p: https://h answers 500 (Internal error occurred: failed calling webhook "
    '"v.cluster": failed to call webhook: Post "https://s.n.svc:443/": tls: unknown (x)). Try again when it is.'
)


@pytest.mark.parametrize(
    ("said", "short"),
    [
        (SAID, "v.cluster: tls: unknown (x)"),
        ('failed calling webhook "v.cluster": service "s" not found', 'v.cluster: service "s" not found'),
        ("https://h cannot be reached", "https://h cannot be reached"),
    ],
)
def test_silence_in_few_words(said: str, short: str) -> None:
    assert silence_of(Unreachable(said)) == short


def test_a_dry_run_serves_several_configurations() -> None:
    found, kube = answers(None)
    assert found == []
    assert len([r for r in kube.reads if "CustomResourceDefinition" in r[1]]) == 1


def test_the_sample_is_the_least_that_the_schema_allows() -> None:
    spec = {
        "type": "object",
        "required": ["version", "kind", "count", "refs", "paused", "nested"],
        "properties": {
            "version": {"type": "string", "pattern": "^v[0-9]"},
            "kind": {"type": "string", "enum": ["A", "B"]},
            "count": {"type": "integer", "minimum": 3},
            "refs": {"type": "array", "minItems": 1, "items": {"type": "string", "minLength": 7}},
            "paused": {"type": "boolean"},
            "nested": {
                "type": "object",
                "minProperties": 1,
                "properties": {"b": {"type": "string"}, "a": {"type": "object"}},
            },
            "left": {"type": "string"},
        },
    }
    sample = sample_of(CLUSTER, {"properties": {"spec": spec}})
    assert sample["metadata"] == {"name": "capi-lifecycle-probe", "namespace": "default"}
    assert sample["spec"] == {
        "version": "v1.30.0",
        "kind": "A",
        "count": 3,
        "refs": ["v1.30.0"],
        "paused": False,
        "nested": {"b": "probe"},
    }
