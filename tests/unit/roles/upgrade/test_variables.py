# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role makes of its variables: which version wins, lists as text, and hosts that stand for one cluster.

One run of ansible-playbook for all: each case is a play of its own, with hosts of its own.
"""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROLE = Path(__file__).resolve().parents[4] / "roles/upgrade"

VERSIONS: dict[str, tuple[dict[str, str], str]] = {
    "the short name wins": ({"upgrade_kubernetes_version": "v1.35.4", "kubernetes_version": "v1.36.2"}, "v1.36.2"),
    "an empty answer is none": ({"upgrade_kubernetes_version": "v1.35.4", "kubernetes_version": ""}, "v1.35.4"),
    "of the inventory": ({"upgrade_kubernetes_version": "v1.35.4", "cluster_kubernetes_version": "v1.1.1"}, "v1.35.4"),
    "of the description": ({"cluster_kubernetes_version": "v1.34.1"}, "v1.34.1"),
    "none": ({}, ""),
}
TEXTS: dict[str, tuple[Any, Any]] = {
    "path": ('["v1.35.4", "v1.36.2"]', ["v1.35.4", "v1.36.2"]),
    "releases": ('{"kubernetes": ["v1.36.2"]}', {"kubernetes": ["v1.36.2"]}),
    "node_pools": ("[general, gpu]", ["general", "gpu"]),
    "skip_checks": (["drain-timeout"], ["drain-timeout"]),
    "variables": ('{"image": "x"}', {"image": "x"}),
    "overrides": ('[{"machine_template": {"patch": {"a": 1}}}]', [{"machine_template": {"patch": {"a": 1}}}]),
}
TWINS: dict[str, tuple[list[dict[str, str]], list[str]]] = {
    "two clusters": ([{}, {}], []),
    "twins": ([{"cluster_name": "x"}, {"cluster_name": "x"}, {}], ["{0} and {1}"]),
    "of two namespaces": ([{"cluster_name": "x"}, {"cluster_name": "x", "cluster_namespace": "other"}], []),
    "of two management clusters": ([{"cluster_name": "x"}, {"cluster_name": "x", "site": "b"}], []),
}
_NOTE = {
    "__upgrade_wish": {"name": "{{ upgrade_cluster_name }}", "namespace": "{{ upgrade_cluster_namespace }}"},
    "__upgrade_site": {"kubeconfig": "{{ site | default('a') }}", "context": ""},
}


def play(hosts: str, expression: str) -> dict[str, Any]:
    tell = {"msg": "TOLD {{ (" + expression + ") | to_json | b64encode }} TOLD"}
    tasks = [{"ansible.builtin.set_fact": _NOTE}, {"ansible.builtin.debug": tell, "run_once": True}]
    frame = {"connection": "local", "gather_facts": False, "vars_files": [str(ROLE / "vars/main.yml")]}
    return {"hosts": hosts, **frame, "tasks": tasks}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What each expression came to, by the name of its case."""
    folder = tmp_path_factory.mktemp("upgrade")
    wishes = "[" + ", ".join(f"_upgrade_wish.{name}" for name in TEXTS) + "]"
    cases = {name: ([given], "[_upgrade_version]") for name, (given, _wanted) in VERSIONS.items()}
    cases["texts"] = ([{f"upgrade_{name}": given for name, (given, _wanted) in TEXTS.items()}], wishes)
    cases |= {name: (hosts, "_upgrade_twins") for name, (hosts, _wanted) in TWINS.items()}
    groups, plays = {}, []
    for number, (hosts, expression) in enumerate(cases.values()):
        groups[f"g{number}"] = {"hosts": {f"g{number}-{n}": given for n, given in enumerate(hosts)}}
        plays.append(play(f"g{number}", expression))
    defaults = yaml.safe_load((ROLE / "defaults/main.yml").read_text())
    shared = {**defaults, "ansible_python_interpreter": sys.executable}
    (folder / "hosts.yml").write_text(json.dumps({"all": {"vars": shared, "children": groups}}))
    (folder / "plays.yml").write_text(json.dumps(plays))
    program = str(Path(sys.executable).with_name("ansible-playbook"))
    command = [program, "-i", str(folder / "hosts.yml"), str(folder / "plays.yml")]
    run = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    answers = re.findall(r"TOLD (\S+) TOLD", run.stdout)
    return {name: json.loads(base64.b64decode(text)) for name, text in zip(cases, answers, strict=True)}


@pytest.mark.parametrize("name", VERSIONS)
def test_the_version(told: dict[str, Any], name: str) -> None:
    assert told[name] == [VERSIONS[name][1]]


def test_lists_and_maps_as_text(told: dict[str, Any]) -> None:
    assert told["texts"] == [wanted for _given, wanted in TEXTS.values()]


@pytest.mark.parametrize("name", TWINS)
def test_hosts_that_stand_for_one_cluster(told: dict[str, Any], name: str) -> None:
    number = [*VERSIONS, "texts", *TWINS].index(name)
    assert told[name] == [words.format(*(f"g{number}-{n}" for n in range(3))) for words in TWINS[name][1]]
