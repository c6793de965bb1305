# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The text tree: what it shows, and that it stays ASCII, narrow and in order."""

from __future__ import annotations

from datetime import datetime, timezone
from textwrap import dedent
from typing import Any

from ansible_collections.capi.lifecycle.plugins.module_utils._parts import Parts
from ansible_collections.capi.lifecycle.plugins.module_utils._tree import tree
from builders import CREATED, cluster, control_plane, machine, machine_deployment

NOW = datetime(2026, 11, 1, 10, 5, 0, tzinfo=timezone.utc)
LONG = "Machine prod-md-0-b: NodeHealthy: Node.Ready is False with \u201ccontainer runtime\u201d down; " * 9


def drawn(**changed: Any) -> str:
    made = {
        "cluster": cluster(),
        "control_plane": control_plane(replicas=1),
        "pools": [machine_deployment(replicas=2)],
        "machines": [machine("prod-cp-a"), *(machine(f"prod-md-0-{x}", pool="prod-md-0") for x in "ab")],
        **changed,
    }
    return tree(Parts(**made), NOW)


def workers(number: int) -> list[dict[str, Any]]:
    return [machine(f"prod-md-0-{n:02}", pool="prod-md-0") for n in range(number)]


def test_a_healthy_cluster() -> None:
    assert drawn() + "\n" == dedent(
        """\
        NAME                                     READY STATUS REASON              SINCE MESSAGE
        Cluster default/prod                     3/3   True   Available           5m
        |-DevCluster prod                              True   InfrastructureReady 5m
        |-KubeadmControlPlane prod-cp, v1.34.3   1/1   True   Available           5m
        | `-Machine prod-cp-a, v1.34.3                 True   Ready               5m
        `-Workers
          `-MachineDeployment prod-md-0, v1.34.3 2/2   True   Available           5m
            |-Machine prod-md-0-a, v1.34.3             True   Ready               5m
            `-Machine prod-md-0-b, v1.34.3             True   Ready               5m
        """
    )


def test_both_api_versions_draw_the_same() -> None:
    old = drawn(
        cluster=cluster(v="v1beta1"),
        control_plane=control_plane(replicas=1, v="v1beta1"),
        pools=[machine_deployment(replicas=2, v="v1beta1")],
        machines=[machine("prod-cp-a", v="v1beta1"), *(machine(f"prod-md-0-{x}", pool="prod-md-0") for x in "ab")],
    )
    assert old == drawn()


def test_many_alike_machines_are_one_line_that_names_some() -> None:
    text = drawn(machines=workers(5))
    assert "`-5 Machines, v1.34.3" in text
    assert "See prod-md-0-00, prod-md-0-01, prod-md-0-02 and 2 more" in " ".join(text.split())
    assert "prod-md-0-04" not in text


def test_a_machine_that_differs_stays_alone() -> None:
    sick = machine("prod-md-0-03", pool="prod-md-0", conditions={"Ready": {"status": "False", "message": "no node"}})
    text = drawn(machines=[*workers(3), sick])
    assert "|-3 Machines, v1.34.3" in text
    assert "`-Machine prod-md-0-03, v1.34.3" in text
    assert "no node" in text


def test_a_long_message_goes_below_its_row_and_the_guide_goes_on() -> None:
    text = drawn(cluster=cluster(conditions={"Available": {"status": "False", "message": LONG}}))
    assert text.isascii()
    assert max(len(line) for line in text.splitlines()) <= 120
    lines = text.splitlines()
    assert lines[2].startswith("|     Machine prod-md-0-b: NodeHealthy: Node.Ready is False with ?container")
    assert lines[7].endswith(" ...")
    assert lines[8].startswith("|-DevCluster")


def test_a_message_of_several_lines_keeps_its_indentation() -> None:
    several = {"status": "False", "message": "* InfrastructureReady:\n  * NodeProvisioned: waits"}
    lines = drawn(machines=[machine("prod-cp-a", conditions={"Ready": several})]).splitlines()
    at = lines.index("|         * InfrastructureReady:")
    assert lines[at + 1] == "|           * NodeProvisioned: waits"


def test_long_names_are_cut_in_the_middle() -> None:
    name = "a" * 40 + "-middle-" + "z" * 30
    text = drawn(
        control_plane=control_plane(name), cluster=cluster(spec={"controlPlaneRef": {"kind": "K", "name": name}})
    )
    assert max(len(line) for line in text.splitlines()) <= 120
    assert "..." in text
    assert "zzz, v1.34.3" in text


def test_deletion_and_pause_are_told() -> None:
    going = machine("prod-cp-a", deleting=True, conditions={"Deleting": {"status": "True", "reason": "DrainingNode"}})
    text = drawn(machines=[going], control_plane=control_plane(replicas=1, conditions={"Paused": "True"}))
    assert "Deleting DrainingNode" in text
    assert "paused." in text


def test_a_machine_of_an_older_wish_says_why() -> None:
    why = {"status": "False", "message": "* Version v1.34.3, v1.35.4 required"}
    text = drawn(machines=[machine("prod-cp-a", conditions={"UpToDate": why})])
    assert "to be replaced: * Version v1.34.3, v1.35.4 required" in " ".join(text.split())


def test_a_control_plane_that_is_not_there_yet() -> None:
    assert "|-KubeadmControlPlane prod-cp" in drawn(control_plane=None)
    assert "not there yet" in drawn(control_plane=None)


def test_a_cluster_with_nothing_below() -> None:
    bare = cluster(spec={"controlPlaneRef": None, "infrastructureRef": None}, conditions=dict.fromkeys(["Available"]))
    text = tree(Parts(bare), NOW)
    assert text.splitlines()[1].startswith("Cluster default/prod")


def test_machines_of_no_pool_are_shown() -> None:
    alone = machine("by-hand", pool="gone")
    assert "`-Machine by-hand, v1.34.3" in drawn(machines=[alone])


def test_deletion_that_no_controller_has_noticed_yet() -> None:
    text = drawn(machines=[machine("prod-cp-a", deleting=True, conditions={"Deleting": "False"})])
    assert "NotDeleting" not in text
    gone = drawn(cluster=cluster(deletionTimestamp=CREATED), control_plane=None)
    assert "gone" in gone


def test_ages() -> None:
    created = datetime.fromisoformat(CREATED.replace("Z", "+00:00"))
    for days, shown in ((0, " 0s"), (1, " 24h"), (3, " 3d")):
        text = tree(Parts(cluster()), created.replace(day=created.day + days))
        assert shown in text
