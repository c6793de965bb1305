# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a description keeps of a run that has not ended: pools that wait, and drain timeouts with their note."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._objects import Object
from ansible_collections.capi.lifecycle.plugins.module_utils._run_marks import with_run_marks
from ansible_collections.capi.lifecycle.plugins.module_utils._topology import DEFER, OURS
from ansible_collections.capi.lifecycle.plugins.module_utils._upgrade_write import (
    DRAIN_NOTE,
    TEMPLATE_NOTE,
    drain_write,
)
from builders import control_plane, machine_deployment

OURS_TOO = {DEFER: "true", OURS: "true"}


def classy(*pools: Any, notes: Any = None, **topology: Any) -> Object:
    meta = {"name": "prod", "namespace": "default", **({"annotations": notes} if notes else {})}
    spec = {"topology": {"version": "v1.35.4", "workers": {"machineDeployments": list(pools)}, **topology}}
    return {"apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "Cluster", "metadata": meta, "spec": spec}


def pool(name: str, notes: Any = None, **more: Any) -> dict[str, Any]:
    return {"name": name, "class": "worker", **({"metadata": {"annotations": notes}} if notes else {}), **more}


def drain(seconds: int) -> dict[str, Any]:
    return {"deletion": {"nodeDrainTimeoutSeconds": seconds}}


NOTE = json.dumps(
    {
        "spec.topology.controlPlane.deletion.nodeDrainTimeoutSeconds": None,
        "spec.topology.workers.machineDeployments.a.deletion.nodeDrainTimeoutSeconds": 60,
    }
)


@pytest.mark.parametrize(
    ("described", "live", "wanted"),
    [
        pytest.param(classy(pool("a")), None, classy(pool("a")), id="a new cluster"),
        pytest.param(classy(pool("a")), classy(pool("a")), classy(pool("a")), id="nothing is held"),
        pytest.param(
            classy(pool("a"), pool("b")),
            classy(pool("a", OURS_TOO), pool("b")),
            classy(pool("a", OURS_TOO), pool("b")),
            id="a pool that we deferred",
        ),
        pytest.param(
            classy(pool("a", {"mine": "1"})),
            classy(pool("a", OURS_TOO)),
            classy(pool("a", {"mine": "1", **OURS_TOO})),
            id="beside what is described",
        ),
        pytest.param(
            classy({**pool("a"), "metadata": None}),
            classy(pool("a", OURS_TOO)),
            classy(pool("a", OURS_TOO)),
            id="a name without a value",
        ),
        pytest.param(
            classy(pool("a")), classy(pool("a", {DEFER: "true"})), classy(pool("a")), id="what others deferred"
        ),
        pytest.param(
            classy(pool("b")), classy(pool("a", OURS_TOO), pool("b")), classy(pool("b")), id="a pool that shall go"
        ),
        pytest.param(
            classy(pool("a", **drain(60))),
            classy(pool("a", **drain(600)), notes={DRAIN_NOTE: NOTE}, controlPlane=drain(600)),
            classy(pool("a", **drain(600)), notes={DRAIN_NOTE: NOTE}, controlPlane=drain(600)),
            id="drain timeouts of a run",
        ),
        pytest.param(
            classy(pool("b", **drain(60))),
            classy(pool("b", **drain(600)), notes={DRAIN_NOTE: NOTE}),
            classy(pool("b", **drain(60)), notes={DRAIN_NOTE: NOTE}),
            id="the note does not tell about it",
        ),
        pytest.param(
            classy(pool("a")),
            classy(pool("a", **drain(600)), notes={DRAIN_NOTE: "no JSON"}),
            classy(pool("a"), notes={DRAIN_NOTE: "no JSON"}),
            id="a note that nobody can read",
        ),
    ],
)
def test_of_a_topology(described: Object, live: Object | None, wanted: Object) -> None:
    assert with_run_marks(described, live) == wanted


@pytest.mark.parametrize(
    ("item", "key"),
    [
        (control_plane(), "spec.machineTemplate.spec.deletion.nodeDrainTimeoutSeconds"),
        (machine_deployment(), "spec.template.spec.deletion.nodeDrainTimeoutSeconds"),
    ],
    ids=["control plane", "node pool"],
)
def test_of_plain_objects(item: Object, key: str) -> None:
    live = with_run_marks(item, {**item, "metadata": {**item["metadata"], "annotations": {DRAIN_NOTE: "{}"}}})
    place = live["spec"]
    for step in key.split(".")[1:-1]:
        place = place.setdefault(step, {})
    place["nodeDrainTimeoutSeconds"] = 600
    live["metadata"]["annotations"][DRAIN_NOTE] = json.dumps({key: None})
    assert with_run_marks(item, live)["spec"] == live["spec"]
    assert with_run_marks(item, live)["metadata"]["annotations"] == {DRAIN_NOTE: json.dumps({key: None})}


def test_the_description_itself_stays_as_it_is() -> None:
    described = classy(pool("a"))
    with_run_marks(described, classy(pool("a", OURS_TOO)))
    assert described == classy(pool("a"))


@pytest.mark.parametrize("item", [classy(pool("a")), control_plane(), machine_deployment()], ids=lambda i: i["kind"])
def test_it_is_the_note_that_an_upgrade_writes(item: Object) -> None:
    ours = {"manager": "capi.lifecycle", "operation": "Apply", "fieldsV1": {"f:spec": {}}}
    meta = {**item["metadata"], "resourceVersion": "1", "managedFields": [ours]}
    noted = drain_write({**item, "metadata": meta}, 600)
    assert noted is not None
    assert with_run_marks(item, noted)["spec"] == noted["spec"] != item["spec"]
    assert DRAIN_NOTE in with_run_marks(item, noted)["metadata"]["annotations"]


def test_the_note_that_templates_have_changed() -> None:
    live = {**control_plane(), "metadata": {"name": "x", "annotations": {TEMPLATE_NOTE: "true", "theirs": "1"}}}
    assert with_run_marks(control_plane(), live)["metadata"]["annotations"] == {TEMPLATE_NOTE: "true"}
