# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import NotFound, Refused
from ansible_collections.capi.lifecycle.plugins.module_utils._host import Ran
from ansible_collections.capi.lifecycle.plugins.module_utils._node_drain import ensure_drain
from fake_host import API_MANIFEST, FakeHost, session

FILES = {"/etc/kubernetes/admin.conf": "x", "/etc/kubernetes/manifests/kube-apiserver.yaml": API_MANIFEST}
POD = {"kind": "Pod", "metadata": {"namespace": "default", "name": "web", "labels": {"app": "web"}}}
WRITES = ("annotate", "uncordon", "drain")
DEFAULTS = {"name": "w1", "state": "drained", "timeout": 12, "delete_emptydir_data": True, "force": False}


def host(drain: object = Ran(0, "node/w1 cordoned\nevicting pod default/web\n"), **node: object) -> FakeHost:
    annotations = {"capi.lifecycle/cordoned": "true"} if node.get("ours") else {}
    shown = {
        "metadata": {"name": "w1", "annotations": annotations},
        "spec": {"unschedulable": bool(node.get("cordoned"))},
    }
    answers = {
        "get node w1": Ran(0, json.dumps(shown)),
        " drain w1": drain,
        "poddisruptionbudgets": "pdb-list",
        "get -n default pod": Ran(0, json.dumps(POD)),
        "annotate|uncordon": Ran(0),
    }
    return FakeHost(answers, FILES)


def ensure(found: FakeHost, *, dry_run: bool = False, **params: object) -> object:
    return ensure_drain(session(found, dry_run=dry_run), {**DEFAULTS, **params})


def writes(found: FakeHost) -> list[str]:
    words = [command.partition("--request-timeout=")[2].partition(" ")[2] for command in found.commands]
    return [word for word in words if word.startswith(WRITES)]


def test_it_is_marked_as_ours_before_it_is_drained() -> None:
    found = host()
    outcome = ensure(found)
    assert outcome.changed
    assert writes(found) == [
        "annotate node w1 capi.lifecycle/cordoned=true --overwrite",
        "drain w1 --ignore-daemonsets --timeout=12s --delete-emptydir-data",
    ]


def test_drained_already() -> None:
    assert not ensure(host(Ran(0, "node/w1 already cordoned\n"), cordoned=True, ours=True)).changed


def test_the_cordon_of_somebody_else_is_not_made_ours() -> None:
    found = host(Ran(0, ""), cordoned=True)
    assert not ensure(found).values["cordoned_by_us"]
    assert all("annotate" not in command for command in writes(found))


def test_check_mode() -> None:
    found = host()
    assert ensure(found, dry_run=True).changed
    assert writes(found) == []


def test_a_drain_that_fails_leaves_the_node_as_it_was_and_names_pod_and_budget() -> None:
    found = host("drain-pdb-blocked")
    with pytest.raises(Refused) as caught:
        ensure(found)
    assert writes(found)[-2:] == ["uncordon w1", "annotate node w1 capi.lifecycle/cordoned-"]
    assert "pod default/web-6c4ddf7849-czsn7: Cannot evict pod" in str(caught.value)
    assert "(PodDisruptionBudget default/strict lets none go)" in str(caught.value)


def test_a_drain_that_fails_leaves_the_cordon_of_somebody_else() -> None:
    found = host("drain-bare-pod", cordoned=True)
    with pytest.raises(Refused, match=r"pod default/bare: kubectl cannot delete .* It stays cordoned"):
        ensure(found)
    assert len(writes(found)) == 1


def test_another_reason() -> None:
    with pytest.raises(Refused, match="cannot be drained: error: the server was unable"):
        ensure(host(Ran(1, stderr="error: the server was unable to return a response\n")))


def test_pods_may_come_back() -> None:
    found = host(cordoned=True, ours=True)
    assert ensure(found, state="schedulable").changed
    assert writes(found) == ["uncordon w1", "annotate node w1 capi.lifecycle/cordoned-"]


@pytest.mark.parametrize("cordoned", [True, False])
def test_what_is_not_ours_is_left_alone(cordoned: bool) -> None:
    found = host(cordoned=cordoned)
    assert not ensure(found, state="schedulable").changed
    assert writes(found) == []


def test_nobody_of_that_name() -> None:
    found = FakeHost({"get node": Ran(1, stderr='Error from server (NotFound): nodes "w1" not found')}, FILES)
    with pytest.raises(NotFound, match='nodes "w1" not found'):
        ensure(found)
