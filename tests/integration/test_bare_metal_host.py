# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""BareMetalHosts on a real API server, and the playbook that registers them, with BMCs of sushy-tools."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from bed import Bed
from bmc_emulator import RIGHT_PASSWORD, USER, emulator
from metal3_kinds import become, definitions, inspect, operator

HOST = "baremetalhosts.metal3.io"
MAC = "52:54:00:00:00:07"
CANARY = "canary-of-a-password"
SYSTEMS = tuple(f"27946b59-9e44-4fa7-8e91-f3527a1ef09{number}" for number in range(3))
# As the emulator gives them to its systems.
NICS = ("00:5c:52:31:3a:9c", "00:5c:52:31:3a:01", "00:5c:52:31:3a:02")


@pytest.fixture(scope="module", autouse=True)
def kinds(bed: Bed) -> Iterator[None]:
    with definitions(bed):
        yield


@pytest.fixture(autouse=True)
def no_other_hosts(bed: Bed) -> Iterator[None]:
    """Hosts of other tests would be twins of these: one machine, registered twice."""
    yield
    bed.kubectl("delete", HOST, "--all", "-A", "--timeout=60s")


def wish(namespace: str, **changes: Any) -> dict[str, Any]:
    bmc = {"address": "redfish://10.0.0.7/redfish/v1/Systems/1", "username": "operator", "password": CANARY}
    return {"name": "a", "namespace": namespace, "bmc": bmc, "boot_mac_address": MAC, "wait": False, **changes}


def task(bed: Bed, **options: Any) -> dict[str, Any]:
    result = bed.task("bare_metal_host", "--diff", **options)
    assert CANARY not in str(result)
    return result


def host(bed: Bed, namespace: str, name: str = "a") -> dict[str, Any]:
    found: dict[str, Any] = json.loads(bed.kubectl("get", HOST, name, "-n", namespace, "-o", "json"))
    return found


def test_a_host_through_its_life(bed: Bed, namespace: str) -> None:
    own = wish(namespace, labels={"rack": "1"}, root_device_hints={"min_size_gigabytes": 400, "rotational": False})
    secret = f"secrets {namespace}/a-bmc-secret"
    with bed.requests(namespace) as requests:
        planned = bed.task("bare_metal_host", "--check", "--diff", **own)
    assert (planned["changed"], requests.writes) == (True, [])
    with bed.requests(namespace) as requests:
        made = task(bed, **own)
    assert requests.writes == [f"patch {secret}", f"patch baremetalhosts {namespace}/a"]
    assert made["changes"] == planned["changes"] == [f"Secret {namespace}/a-bmc-secret", f"BareMetalHost {namespace}/a"]
    become(bed, namespace, "a", "available")
    with bed.requests(namespace) as requests:
        again = task(bed, **{**own, "wait": True})
    assert (again["changed"], requests.writes, again["provisioning_state"]) == (False, [], "available")
    with bed.requests(namespace) as requests:
        changed = task(bed, **{**own, "labels": {"rack": "2"}})
    assert requests.writes == [f"patch baremetalhosts {namespace}/a"]
    assert changed["diff"][0]["after"]["metadata"]["labels"] == {"rack": "2"}
    place = {"name": "a", "namespace": namespace, "wait": False}
    assert task(bed, **place, state="absent")["changed"]
    assert not task(bed, **place, state="absent")["changed"]


@pytest.mark.long
def test_a_new_password_is_written_and_hidden(bed: Bed, namespace: str) -> None:
    own = wish(namespace)
    assert task(bed, **own)["changed"]
    own["bmc"] = {**own["bmc"], "password": f"{CANARY}-2"}
    changed = task(bed, **own)
    assert changed["changes"] == [f"Secret {namespace}/a-bmc-secret"]
    assert "(hidden, sha256" in str(changed["diff"])
    assert not task(bed, **own)["changed"]


def test_what_belongs_to_others_stays(bed: Bed, namespace: str) -> None:
    own = wish(namespace)
    assert task(bed, **own)["changed"]
    user = {"kind": "Metal3Machine", "namespace": namespace, "name": "m", "apiVersion": "x/v1"}
    spec = {"consumerRef": user, "image": {"url": "http://image", "checksum": "x"}, "online": True}
    bed.kubectl("patch", HOST, "a", "-n", namespace, "--type=merge", "-p", json.dumps({"spec": spec}))
    become(bed, namespace, "a", "provisioned")
    assert not task(bed, **own)["changed"]
    assert task(bed, **own, description="changed")["changed"]
    assert host(bed, namespace)["spec"]["consumerRef"]["name"] == "m"
    place = {"name": "a", "namespace": namespace, "wait": False}
    for state in ("absent", "rebooted"):
        refused = task(bed, **place, state=state)
        assert refused["failed"]
        assert f"Metal3Machine {namespace}/m" in refused["msg"]
    bed.kubectl("patch", HOST, "a", "-n", namespace, "--type=merge", "-p", '{"spec":{"online":false}}')
    assert not task(bed, **own, description="changed")["changed"]
    conflict = task(bed, **own, description="changed", online=True)
    assert conflict["failed"]
    assert "kubectl" in conflict["msg"]
    assert task(bed, **own, description="changed", online=True, force_conflicts=True)["changed"]


@pytest.mark.long
def test_what_annotations_ask_for(bed: Bed, namespace: str) -> None:
    assert task(bed, **wish(namespace))["changed"]
    become(bed, namespace, "a", "available")
    place = {"name": "a", "namespace": namespace, "wait": False}
    for state, left in (
        ("detached", {"baremetalhost.metal3.io/detached": '{"deleteAction": "delay"}'}),
        ("attached", {}),
        ("paused", {"baremetalhost.metal3.io/paused": "capi.lifecycle"}),
        ("resumed", {}),
        ("reinspected", {"inspect.metal3.io": ""}),
    ):
        assert bed.task("bare_metal_host", "--check", **place, state=state)["changed"]
        assert task(bed, **place, state=state)["changed"]
        assert host(bed, namespace)["metadata"].get("annotations", {}) == left
        assert not task(bed, **place, state=state)["changed"]
    assert not task(bed, **wish(namespace))["changed"]


@pytest.mark.long
def test_what_the_operator_says_ends_the_wait(bed: Bed, namespace: str) -> None:
    assert task(bed, **wish(namespace))["changed"]
    become(
        bed, namespace, "a", "registering", errorType="registration error", errorMessage="401 from BMC", errorCount=4
    )
    start = time.monotonic()
    result = task(bed, **{**wish(namespace), "wait": True})
    assert time.monotonic() - start < 60
    assert (result["failed"], result["outcome"], result["error_type"]) == (True, "stalled", "registration error")
    assert "registration error: 401 from BMC: the operator has tried 4 times" in result["msg"]


@pytest.mark.long
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": "6ba7b810-9dad-11d1-80b4-00c04fd430c8"}, "it is a UUID"),
        ({"bmc": {"address": "rdfish://x", "username": "u", "password": CANARY}}, "did you mean 'redfish'"),
        ({"boot_mac_address": "52:54"}, "'52:54' is none"),
        ({"raid": {"softwareRAIDVolumes": [{"level": "1", "levle": "1"}]}}, "levle"),  # the server's strict validation
        ({"namespace": "t-nowhere"}, "t-nowhere"),
        ({"bmc": {"address": "redfish://x", "credentials_name": "none"}}, "it is not there; make it first"),
        ({"bmc": {"addres": "redfish://x"}}, "addres"),
    ],
)
def test_mistakes_write_nothing(bed: Bed, namespace: str, changes: dict[str, Any], words: str) -> None:
    with bed.requests(namespace) as requests:
        result = task(bed, **{**wish(namespace), **changes})
    assert (result["failed"], requests.writes) == (True, [])
    assert words in result["msg"]
    assert "Traceback" not in str(result)


@pytest.mark.long
def test_twins_spare_hosts_and_hardware(bed: Bed, namespace: str) -> None:
    assert task(bed, **wish(namespace))["changed"]
    twin = task(bed, **wish(namespace, name="b"))
    assert twin["failed"]
    assert f"is that of {namespace}/a (on the server)" in twin["msg"]
    become(bed, namespace, "a", "available")
    inspect(bed, namespace, "a", MAC)
    with bed.requests(namespace) as requests:
        found = bed.task("bare_metal_host_info", namespace=namespace, expected={"a": {"memory_gib": 256}})
    assert requests.reads == [f"list baremetalhosts {namespace}/", f"list hardwaredata {namespace}/"]
    assert found["rollout"]["spare"] == 1
    assert found["hosts"][0]["findings"] == ["it has 128 GiB of memory, wanted are 256"]
    become(bed, namespace, "a", "provisioned")
    assert bed.task("bare_metal_host_info", namespace=namespace)["rollout"]["max_surge"] == 0


def register(bed: Bed, namespace: str, file: Path, *arguments: str, **variables: Any) -> Any:
    where = {"management_cluster_kubeconfig": str(bed.kubeconfig), "register_hosts_namespace": namespace}
    run = bed.play("bare_metal/register_hosts", *arguments, register_hosts_csv=str(file), **where, **variables)
    assert RIGHT_PASSWORD not in run.output
    assert "Traceback" not in run.output
    return run


def hosts_file(folder: Path, *rows: str) -> Path:
    file = folder / "hosts.csv"
    head = "name,bmc_address,bmc_username,bmc_password,boot_mac_address,labels,expected"
    file.write_text("\n".join([head, *rows]) + "\n")
    return file


@pytest.mark.long
def test_the_playbook_twice(bed: Bed, namespace: str, tmp_path: Path) -> None:
    with emulator(tmp_path / "bmc", *SYSTEMS) as bmc:
        rows = [
            f"h{number},{bmc.address(SYSTEMS[number])},{USER},{RIGHT_PASSWORD},{NICS[number]},rack={number},memory_gib=64"
            for number in range(3)
        ]
        file = hosts_file(tmp_path, *rows)
        with bed.requests(namespace) as requests:
            asked = register(bed, namespace, file)
        assert asked.code != 0
        assert f"-e register_hosts_confirm={namespace}" in asked.output
        assert "Sushy Emulator, power Off" in asked.output
        assert requests.writes == []
        with operator(bed, namespace, memory_gib={"h2": 8}):
            done = register(bed, namespace, file, "-vvv", "--diff", register_hosts_confirm=namespace)
        assert done.code != 0
        assert "h2: it has 8 GiB of memory, wanted are 64" in done.output
        labels = {n: host(bed, namespace, n)["metadata"].get("labels") for n in ("h0", "h1", "h2")}
        assert labels == {"h0": {"rack": "0"}, "h1": {"rack": "1"}, "h2": None}
        inspect(bed, namespace, "h2", NICS[2])
        again = register(bed, namespace, file, register_hosts_confirm=namespace)
        assert again.code == 0, again.output
        assert {name: counts["changed"] for name, counts in again.recap.items()} == {
            "localhost": 0, "h0": 0, "h1": 0, "h2": 1,
        }  # fmt: skip
        with bed.requests(namespace) as requests:
            last = register(bed, namespace, file)
        assert last.code == 0, last.output
        assert requests.writes == []
        assert sum(counts["changed"] for counts in last.recap.values()) == 0


@pytest.mark.long
def test_the_playbook_refuses_before_anything_is_written(bed: Bed, namespace: str, tmp_path: Path) -> None:
    with emulator(tmp_path / "bmc", SYSTEMS[0]) as bmc:
        right, missing = bmc.address(SYSTEMS[0]), bmc.address(SYSTEMS[1])
        cases = {
            "separated by commas": ["a;b"],
            "h0: bmc-login: ": [f"h0,{right},{USER},wrong,{NICS[0]},,"],
            "h1: bmc-system: there is no system": [f"h1,{missing},{USER},{RIGHT_PASSWORD},{NICS[1]},,"],
            "h0: bmc-boot-mac: no NIC of the system has": [f"h0,{right},{USER},{RIGHT_PASSWORD},{NICS[1]},,"],
            "did you mean 'cpus'": [f"h0,{right},{USER},{RIGHT_PASSWORD},{NICS[0]},,cpu=1"],
        }
        for words, rows in cases.items():
            file = hosts_file(tmp_path, *rows)
            if ";" in rows[0]:
                file.write_text("name;bmc_address\na;b\n")
            with bed.requests(namespace) as requests:
                run = register(bed, namespace, file, register_hosts_confirm=namespace)
            assert run.code != 0
            assert words in run.output
            assert requests.writes == []
