# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nothing that stands in a Machine or Cluster runs: by the plugin, by an export, by a script that plays that back.

It needs no sandbox. On another ansible-core: run it with the Python of an environment that has that one.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from bed import CHECKOUT
from builders import cluster, machine, machine_deployment
from fake_server import FakeServer
from inventory_ground import answers
from payloads import CANARY, SUM, payloads, poisoned, poisoned_whole

TOKEN = "t0ken-that-nobody-shall-see"
VARIABLE = {"machines": "capi_machine", "clusters": "capi_cluster"}
PLAY = """
- hosts: {group}
  gather_facts: false
  connection: local
  tasks:
    - ansible.builtin.set_fact:
        again: "{{{{ {variable} }}}} {{{{ composed | default('') }}}} {{{{ group_names }}}}"
- hosts: {group}[0]
  gather_facts: false
  connection: local
  tasks:
    - ansible.builtin.debug: {{msg: "{{{{ groups.{group} | map('extract', hostvars) | list | to_json }}}}"}}
    - ansible.builtin.debug: {{msg: "{{{{ groups.{group} | map('extract', hostvars, 'again') | list }}}}"}}
    - ansible.builtin.assert: {{that: "{variable} == {variable} and inventory_hostname in groups.{group}"}}
"""


@dataclass(frozen=True)
class Ground:
    """A folder with an inventory file and a play; ``traps`` stays empty, or something ran."""

    folder: Path
    traps: Path
    kind: str
    number: int

    def run(self, program: str, *arguments: str) -> str:
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("K8S_AUTH_", "KUBE", "ANSIBLE_"))}
        settings = {"ANSIBLE_NOCOLOR": "1", "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "1", "PAYLOAD_CANARY": CANARY}
        settings["ANSIBLE_COLLECTIONS_PATH"] = str(CHECKOUT / ".venv/collections")
        command = [str(Path(sys.executable).parent / program), *arguments]
        done = subprocess.run(
            command, cwd=self.folder, env={**environment, **settings}, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
        return done.stdout + done.stderr

    def innocent(self, output: str) -> None:
        """Nothing ran, was evaluated, or leaked."""
        assert list(self.traps.iterdir()) == []
        for word in (CANARY, SUM, TOKEN):
            assert word not in output

    def played(self, inventory: Path) -> None:
        output = self.run("ansible-playbook", "-vvv", "-i", str(inventory), str(self.folder / "play.yml"))
        recap = re.findall(r"^\S+ +: ok=(\d+) .*failed=0", output, re.MULTILINE)
        assert len(recap) == self.number
        self.innocent(output)


@pytest.fixture(params=["machines", "clusters"])
def ground(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ground]:
    kind, traps = request.param, tmp_path / "traps"
    traps.mkdir()
    texts = payloads(traps)
    assert len(texts) >= 100
    items = [item for number, text in enumerate(texts) for item in objects(kind, number, text)]
    (tmp_path / "play.yml").write_text(PLAY.format(group=kind, variable=VARIABLE[kind]))
    with FakeServer(answers(*items)) as server:
        (tmp_path / f"x.{kind}.yml").write_text(yaml.safe_dump({**options(kind), "host": server.url, "api_key": TOKEN}))
        yield Ground(tmp_path, traps, kind, len(texts))


def test_by_the_plugin(ground: Ground) -> None:
    source = ground.folder / f"x.{ground.kind}.yml"
    ground.played(source)
    for arguments in (["--list"], ["--list", "--yaml"], ["--graph", "--vars"], ["--host", f"{ground.kind}-7"]):
        ground.innocent(ground.run("ansible-inventory", "-i", str(source), *arguments, "-vvv"))


def test_by_an_export_and_a_script(ground: Ground) -> None:
    exported = ground.run("ansible-inventory", "-i", str(ground.folder / f"x.{ground.kind}.yml"), "--list", "--export")
    ground.innocent(exported)
    text = exported[exported.index("{") : exported.rindex("}") + 1]
    hosts = json.loads(text)["_meta"]["hostvars"]
    assert len(hosts) == ground.number
    (ground.folder / "exported.json").write_text(text)
    script = ground.folder / "inventory.sh"
    script.write_text(f"#!/bin/sh\ncat {ground.folder}/exported.json\n")
    script.chmod(0o755)
    ground.played(script)


def test_innocent_values_are_exported_plainly(tmp_path: Path) -> None:
    """AWX keeps what the export says: a mapping in the place of a text would stay one."""
    ground = Ground(tmp_path, tmp_path, "machines", 1)
    with FakeServer(answers(machine("a", pool="md"), cluster())) as server:
        for kind in VARIABLE:
            place = {"plugin": f"capi.lifecycle.{kind}", "host": server.url, "api_key": TOKEN}
            (tmp_path / f"x.{kind}.yml").write_text(yaml.safe_dump(place))
        sources = [word for kind in VARIABLE for word in ("-i", str(tmp_path / f"x.{kind}.yml"))]
        exported = ground.run("ansible-inventory", *sources, "--list", "--export")
    hosts = json.loads(exported[exported.index("{") : exported.rindex("}") + 1])["_meta"]["hostvars"]
    assert (hosts["a"]["ansible_host"], hosts["a"]["capi_machine"]["pool"]) == ("10.0.0.7", "md")
    assert (hosts["prod"]["ansible_connection"], hosts["prod"]["capi_cluster"]["namespace"]) == ("local", "default")
    assert "__ansible_unsafe" not in json.dumps(hosts["a"])


def objects(kind: str, number: int, text: str) -> list[Any]:
    """A host for a payload: in every text that the API server leaves free, in every second host in each text at all."""
    place = {"namespace": f"n-{number}", "labels": {"env": text, text: "x"}, "annotations": {"note": text}}
    poison = poisoned_whole if number % 2 else poisoned
    if kind == "machines":
        return [poison(machine(f"{kind}-{number}", pool="md", status={"nodeInfo": {"osImage": "x"}}, **place), text)]
    pool = machine_deployment(f"md-{number}", cluster=f"{kind}-{number}", namespace=f"n-{number}")
    worker = machine(f"m-{number}", cluster=f"{kind}-{number}", namespace=f"n-{number}", pool=f"md-{number}")
    return [
        poison(cluster(f"{kind}-{number}", class_name="c", **place), text),
        poisoned(pool, text),
        poisoned(worker, text),
    ]


def options(kind: str) -> dict[str, Any]:
    """Everything that could take a remote text somewhere."""
    variable, key = VARIABLE[kind], {"machines": "os_image", "clusters": "kubernetes_version"}[kind]
    made = {"composed": f"{variable}.labels.env ~ {variable}.{key}", "path": f"{variable}.{key}"}
    keyed = [{"key": f"{variable}.{key}", "prefix": "k"}, {"key": f"{variable}.labels", "prefix": "l"}]
    shared = {"plugin": f"capi.lifecycle.{kind}", "annotations": ["note"], "compose": made, "keyed_groups": keyed}
    if kind == "machines":
        return {**shared, "cluster_group_format": "cluster_{namespace}", "kubespray_groups": True}
    return {**shared, "label_groups": ["env"], "target_version": "v1.36.0"}
