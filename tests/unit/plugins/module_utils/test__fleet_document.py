# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The document of a fleet: its schema, names, hosts of the inventory, what a run fails with."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._fleet_document import alarm_of
from fakes import FakeKube
from fleet_world import ROLE, TROUBLES, document, fleet, one, providers, read

SCHEMA = json.loads((ROLE / "files/report.schema.json").read_text())
WORDS = {"unavailable": "unhealthy", "stuck": "stuck_rollout", "deleting": "stuck_deletion"}


def check(found: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.Draft202012Validator(SCHEMA).validate(json.loads(json.dumps(found)))


def host(name: str, site: str = "a", cluster: str = "", compared: Any = None) -> dict[str, Any]:
    member = {"host": name, "site": {"key": site, "name": site}, "namespace": "clusters", "name": cluster or name}
    return {**member, "compared": compared or {}}


@pytest.mark.parametrize("trouble", ["", *TROUBLES])
def test_every_cluster_fits_the_schema(trouble: str) -> None:
    check(document(read("a", FakeKube(*one("c", env="prod", trouble=trouble)))))


@pytest.mark.parametrize("number", [0, 3, 150])
def test_whole_fleets_fit_the_schema(number: int) -> None:
    check(document(read("a", FakeKube(*fleet(number)))))


def test_what_was_not_read_fits_the_schema_and_is_told() -> None:
    lost = {"site": {"key": "b", "name": "b"}, "msg": "https://b cannot be reached", "outcome": "unknown"}
    found = document(read("a", FakeKube(*one("c"))), lost)
    check(found)
    assert found["summary"]["not_read"] == 1
    assert found["management_clusters"][1]["error"] == "https://b cannot be reached"
    assert [f["id"] for f in found["management_clusters"][1]["findings"]] == ["unreachable"]


def test_a_field_that_the_schema_does_not_have_is_seen() -> None:
    found = document(read("a", FakeKube(*one("c"))))
    found["clusters"][0]["surprise"] = 1
    with pytest.raises(jsonschema.ValidationError, match="surprise"):
        check(found)


def test_two_management_clusters_of_one_name_are_told_apart() -> None:
    reads = [read("a", FakeKube(*one("c"))) for _number in range(2)]
    reads[1]["management_cluster"]["uid"] = "another"
    reads[1]["site"] = {"key": "b", "name": "a"}
    assert [c["management_cluster"] for c in document(*reads)["clusters"]] == ["a", "a (2)"]


def test_one_management_cluster_by_two_kubeconfigs_is_told_once() -> None:
    first, second = (read(site, FakeKube(*one("c"))) for site in ("a", "b"))
    found = document(first, second, hosts=[host("c", site="b")])
    assert [(c["name"], c["host"]) for c in found["clusters"]] == [("c", "c")]


def test_hosts_of_the_inventory() -> None:
    kube = FakeKube(*one("c"), *one("d"))
    hosts = [host("here", cluster="c"), host("gone"), host("management", cluster="") | {"name": ""}]
    found = document(read("a", kube), hosts=hosts)
    assert [(c["name"], c["host"]) for c in found["clusters"]] == [("c", "here"), ("d", None)]
    assert [m["host"] for m in found["missing"]] == ["gone"]
    alone = document(read("a", kube), hosts=hosts, only_inventory=True)
    assert [c["name"] for c in alone["clusters"]] == ["c"]


def test_hosts_of_a_management_cluster_that_was_not_read_are_not_missing() -> None:
    lost = {"site": {"key": "b", "name": "b"}, "msg": "lost"}
    assert document(lost, hosts=[host("c", site="b")])["missing"] == []


@pytest.mark.parametrize(
    ("compared", "objects", "unknown", "findings"),
    [
        ({"changed_objects": ["Cluster clusters/c"]}, ["Cluster clusters/c"], "", ["warn"]),
        ({"changed_objects": []}, [], "", []),
        ({"msg": "2 findings:\nsecond line", "outcome": "refused"}, [], "2 findings:", ["unknown"]),
        ({"skipped": True}, None, None, []),
        ({}, None, None, []),
    ],
)
def test_drift(compared: dict[str, Any], objects: Any, unknown: Any, findings: list[str]) -> None:
    found = document(read("a", FakeKube(*one("c"))), hosts=[host("c", compared=compared)])
    check(found)
    drift = found["clusters"][0]["drift"]
    assert drift == (None if objects is None else {"objects": objects, "unknown": unknown})
    assert [f["severity"] for f in found["clusters"][0]["findings"] if f["id"] == "drift"] == findings


@pytest.mark.parametrize(("trouble", "word"), WORDS.items())
def test_the_alarm_names_the_clusters(trouble: str, word: str) -> None:
    found = document(read("eu", FakeKube(*one("well"), *one("sick", trouble=trouble))))
    assert alarm_of(found, [word]) == f"- {word} (1): eu/clusters/sick"
    assert alarm_of(found, ["paused"]) == ""


def test_the_alarm_for_what_was_not_read() -> None:
    found = document({"site": {"key": "b", "name": "b"}, "msg": "no route to the host"})
    assert alarm_of(found, []) == "- management cluster b could not be read: no route to the host"
    assert alarm_of(found, ["unreachable"]) == "- unreachable (1): management cluster b"
    assert alarm_of(found, [], allow_unread=True) == ""


def test_what_is_not_known_is_no_alarm() -> None:
    found = document(read("a", FakeKube(*one("c", version="v1.99.0"))))
    assert {f["severity"] for f in found["clusters"][0]["findings"] if f["id"] == "end_of_life"} == {"unknown"}
    assert alarm_of(found, ["end_of_life"]) == ""


def test_findings_of_the_management_cluster_are_in_the_alarm() -> None:
    found = document(read("a", FakeKube(*one("c"), *providers("v1.9.0"))))
    assert "management cluster a" in alarm_of(found, ["end_of_life"])
