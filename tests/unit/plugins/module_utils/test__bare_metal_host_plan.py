# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists of hosts: CSV, the plan of a registration, and what came of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.capi.lifecycle.plugins.module_utils._bare_metal_host_plan import (
    check_rows,
    plan_registration,
    report_registration,
)
from ansible_collections.capi.lifecycle.plugins.module_utils._bare_metal_host_rows import COLUMNS, read_rows
from bare_metal_host_world import ADDRESS, MAC

EXAMPLES = Path(__file__).resolve().parents[4] / "docs/examples/metal3_hosts"
HEAD = "name,bmc_address,labels,root_device_hints,externally_provisioned"


def test_cells_become_what_an_inventory_says() -> None:
    hints = "min_size_gigabytes=400;rotational=false;model=X"
    text = f"\ufeff# a list\n{HEAD}\n\na, {ADDRESS} ,rack=1;zone=02,{hints},yes\nb,,,,\n,,,,\n"
    rows, findings = read_rows(text)
    assert findings == []
    assert rows == [
        {
            "name": "a",
            "bmc_address": ADDRESS,
            "labels": {"rack": "1", "zone": "02"},
            "root_device_hints": {"min_size_gigabytes": 400, "rotational": False, "model": "X"},
            "externally_provisioned": True,
        },
        {"name": "b"},
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ["it is empty"]),
        ("# nothing\n", ["it is empty"]),
        ("name\n", ["it has no host"]),
        ("name;bmc_address\na;b\n", ["separated by commas"]),
        ("nmae,bmc_adress\na,b\n", ["did you mean 'name'", "did you mean 'bmc_address'", "the column name is missing"]),
        ("name,name\na,b\n", ["the column name is there 2 times"]),
        (f"{HEAD}\na,b,c,d,e,f\n", ["line 2: it has 6 cells", "labels has", "root_device_hints has", "true or false"]),
        (
            f"{HEAD}\n,b,x=1,,\n\nc,,y,,maybe\n",
            ["line 2: name is empty", "line 4: labels has 'y'", "line 4: externally"],
        ),
        ('name,description\na,"one, two"\n', []),
    ],
)
def test_mistakes_in_a_list(text: str, words: list[str]) -> None:
    found = read_rows(text)[1]
    assert len(found) == len(words)
    assert all(word in said for word, said in zip(words, found, strict=True))


def test_the_example_has_no_mistake() -> None:
    rows, findings = read_rows((EXAMPLES / "hosts.csv").read_text())
    assert findings == []
    bmc = {"username": "u", "password": "given"}
    wished = [row(**{**r, "bmc": {**bmc, "address": r["bmc_address"]}}) for r in rows]
    assert check_rows(wished, []) == []


def test_the_example_inventory_says_what_the_role_knows() -> None:
    group = yaml.safe_load((EXAMPLES / "hosts.yml").read_text())["metal3_hosts"]
    said = set(group["vars"]).union(*group["hosts"].values())
    role = yaml.safe_load((EXAMPLES.parents[2] / "roles/register_hosts/defaults/main.yml").read_text())
    assert [name for name in said if name not in role and f"{{{{ {name} | default" not in str(role)] == []


def test_every_column_reaches_the_host() -> None:
    made = (EXAMPLES.parents[2] / "playbooks/prerequisites/metal3_hosts.yml").read_text()
    assert [name for name in COLUMNS if f"item.{name}" not in made] == []


def row(**changes: Any) -> dict[str, Any]:
    bmc = {"address": ADDRESS, "username": "u", "password": "given", "credentials_name": ""}
    usual = {"namespace": "metal", "state": "present", "boot_mac_address": MAC, "boot_mode": "", "labels": {}}
    return {"name": "a", **usual, "bmc": bmc, **changes}


def live(name: str = "a", **changes: Any) -> dict[str, Any]:
    usual = {
        "namespace": "metal",
        "message": "available",
        "labels": {},
        "bmc_address": ADDRESS,
        "boot_mac_address": MAC,
    }
    return {"name": name, **usual, **changes}


@pytest.mark.parametrize(
    ("rows", "there", "words"),
    [
        ([row()], [], []),
        ([row()], [live()], []),
        ([row()], [live("c")], ["bmc.address: 10.0.0.7", "boot_mac_address: 52:54"]),
        ([row()], [live("c", namespace="other", bmc_address=None)], ["that of other/c (on the server)"]),
        ([row(), row(name="b")], [], ["metal/a bmc", "metal/a boot", "metal/b bmc", "metal/b boot"]),
        ([row(boot_mac_address="zz", expected={"cpu": 1})], [], ["'zz' is none", "did you mean 'cpus'"]),
        ([row(root_device_hints={"devicename": "x"})], [], ["did you mean 'device_name'"]),
        ([row(bmc={"address": "", "username": ""})], [], ["metal/a bmc"]),
    ],
)
def test_rows_beside_each_other_and_the_server(rows: list[Any], there: list[Any], words: list[str]) -> None:
    found = check_rows(rows, there)
    assert len(found) == len(words), found
    assert all(word in said for word, said in zip(words, found, strict=True))


BMC = {"checks": [], "asked": True, "system": {"manufacturer": "Maker", "model": "M1", "power_state": "Off"}}
CHANGED, SAME = {"outcome": "done", "changes": ["x"]}, {"outcome": "done", "changes": []}


def check(status: str) -> dict[str, Any]:
    found = {"id": "bmc-login", "status": status, "message": "no.", "remedy": "do"}
    return {**BMC, "checks": [found], "blocked": ["bmc-login"] if status == "block" else []}


@pytest.mark.parametrize(
    ("wished", "there", "dry", "step"),
    [
        (row(), [], CHANGED, "register (boots it, cleans its disks' metadata)"),
        (row(externally_provisioned=True), [], CHANGED, "register as it is"),
        (row(labels={"r": 1}), [], CHANGED, "register (boots it, cleans its disks' metadata), label"),
        (row(), [live()], SAME, "nothing"),
        (row(), [live()], CHANGED, "change"),
        (row(labels={"r": 1}), [live()], SAME, "label"),
        (row(labels={"r": 1}), [live(labels={"r": "1", "s": "2"})], SAME, "nothing"),
        (row(), [live(namespace="other")], CHANGED, "register (boots it, cleans its disks' metadata)"),
    ],
)
def test_what_will_be_done(wished: Any, there: list[Any], dry: dict[str, Any], step: str) -> None:
    plan = plan_registration([wished], there, {"a": check("ok")}, {"a": dry})
    assert plan["has_work"] is (step != "nothing")
    assert plan["table"][1].endswith(step)
    assert "redfish://10.0.0.7  " in plan["table"][1]
    assert "Maker, M1, power Off" in plan["table"][1]
    assert plan["findings"] == plan["notes"] == []


@pytest.mark.parametrize(
    ("bmc", "dry", "findings", "notes"),
    [
        (check("block"), SAME, ["a: bmc-login: no. Remedy: do"], []),
        (check("warn"), SAME, [], ["a: bmc-login: no. Remedy: do"]),
        (check("unknown"), SAME, [], []),
        ({}, {"outcome": "refused", "msg": "webhook"}, ["a: webhook"], []),
        ({"msg": "no sushy", "outcome": "failed"}, SAME, ["a: no sushy"], []),
        ({"msg": "crashed"}, SAME, ["a: crashed"], []),
        ({"skip_reason": "Conditional result was False"}, {**SAME, "msg": ""}, [], []),
    ],
)
def test_what_bmcs_and_dry_runs_say(bmc: Any, dry: Any, findings: list[str], notes: list[str]) -> None:
    plan = plan_registration([row()], [live()], {"a": bmc}, {"a": dry})
    assert (plan["findings"], plan["notes"]) == (findings, notes)


HARDWARE = {"cpus": 32, "memory_mib": 131072, "disks": [1], "nics": [1, 2]}


def test_what_came_of_it() -> None:
    rows = [row(name=name, labels={"r": "1"}) for name in ("good", "short", "lost", "gone")]
    hosts = [
        live("good", labels={"r": "1"}, hardware=HARDWARE, findings=[]),
        live("short", hardware=HARDWARE, findings=["it has 32 CPUs, wanted are 64", "no NIC has the boot MAC"]),
        live("lost", message="registering", hardware=None, findings=["it was not inspected yet"]),
    ]
    found = report_registration(rows, {"hosts": hosts, "not_arrived": {"lost": "registration error: " + "x" * 80}})
    assert found["good"] == ["good"]
    assert found["left"]["short"] == ["it has 32 CPUs, wanted are 64", "no NIC has the boot MAC"]
    assert found["left"]["lost"] == ["registration error: " + "x" * 80]
    assert found["left"]["gone"] == ["it is not there"]
    lines = [line.split("  ") for line in found["table"]]
    assert "32 CPUs, 128 GiB, 1 disks, 2 NICs" in found["table"][1]
    assert lines[1][-1].strip() == "nothing"
    assert found["table"][3].endswith("...")
