# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A ground for tests of the inventory plugins: objects on an HTTP server in, hosts, groups and warnings out."""

from __future__ import annotations

import functools
import importlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from ansible import constants
from ansible.errors import AnsibleError
from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from ansible_collections.capi.lifecycle.plugins.plugin_utils._untrusted import trust_as_template
from builders import cluster, control_plane, machine, machine_deployment
from fake_server import FakeServer, Reply, discovery

CHECKOUT = Path(__file__).resolve().parents[2]
KINDS = (
    ("Cluster", "cluster.x-k8s.io", "clusters"),
    ("MachineDeployment", "cluster.x-k8s.io", "machinedeployments"),
    ("MachinePool", "cluster.x-k8s.io", "machinepools"),
    ("Machine", "cluster.x-k8s.io", "machines"),
    ("KubeadmControlPlane", "controlplane.cluster.x-k8s.io", "kubeadmcontrolplanes"),
)
_REFERENCE = {"infrastructureRef": {"kind": "DevMachine", "name": "x"}}


@dataclass
class Seen:
    """What an inventory became."""

    inventory: InventoryData
    warnings: list[str] = field(default_factory=list)

    @property
    def hosts(self) -> dict[str, dict[str, Any]]:
        return {name: host.vars for name, host in self.inventory.hosts.items()}

    @property
    def groups(self) -> dict[str, list[str]]:
        """Hosts by group, without Ansible's own groups."""
        found = {name: [host.name for host in group.hosts] for name, group in self.inventory.groups.items()}
        return {name: hosts for name, hosts in found.items() if name not in ("all", "ungrouped")}

    def variable(self, group: str, name: str) -> Any:
        return self.inventory.groups[group].vars[name]


def answers(*items: Mapping[str, Any], v: str = "v1beta2") -> dict[str, Reply]:
    """An API server that serves the kinds of Cluster API in one version, and holds these objects."""
    served = discovery(*((f"{group}/{v}", kind, plural, True) for kind, group, plural in KINDS))
    lists = {
        f"GET /apis/{group}/{v}/{plural}": Reply(body={"items": [item for item in items if item["kind"] == kind]})
        for kind, group, plural in KINDS
    }
    return {**served, **lists}


def one_cluster(name: str = "prod", v: str = "v1beta2", **more: Any) -> list[Mapping[str, Any]]:
    """A cluster with a control plane machine and a worker."""
    return [
        cluster(name, v=v, **more),
        control_plane(f"{name}-cp", cluster=name, replicas=1, v=v, status={"updatedReplicas": 1}),
        machine_deployment(f"{name}-md-0", cluster=name, replicas=1, v=v, status={"updatedReplicas": 1}),
        machine(f"{name}-cp-a", cluster=name, v=v, spec=_REFERENCE),
        machine(f"{name}-md-a", cluster=name, pool=f"{name}-md-0", v=v, spec=_REFERENCE),
    ]


@functools.cache
def documented(name: str) -> dict[str, Any]:
    """The options of a plugin as Ansible reads them, with those of its fragments."""
    command = [str(Path(sys.executable).parent / "ansible-doc"), "-t", "inventory", "-j", name]
    environment = {
        **os.environ,
        "ANSIBLE_COLLECTIONS_PATH": str(CHECKOUT / ".venv/collections"),
        "ANSIBLE_NOCOLOR": "1",
    }
    done = subprocess.run(command, cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=True)
    options: dict[str, Any] = json.loads(done.stdout)[name]["doc"]["options"]
    return options


def plugin_of(kind: str) -> Any:
    """A plugin as Ansible loads it."""
    name = f"capi.lifecycle.{kind}"
    constants.config.initialize_plugin_configuration_definitions("inventory", name, documented(name))
    plugin = importlib.import_module(f"ansible_collections.capi.lifecycle.plugins.inventory.{kind}").InventoryModule()
    plugin._load_name, plugin._redirected_names, plugin.ansible_name = name, [name], name
    return plugin


def parse(kind: str, folder: Path, *, fresh: bool = False, **options: Any) -> Seen:
    """Run the plugin on a file with these options; raises Ansible's error with our message."""
    file = folder / f"x.{kind}.yml"
    file.write_text(yaml.safe_dump({"plugin": f"capi.lifecycle.{kind}", **options}))
    plugin, seen = plugin_of(kind), Seen(InventoryData())
    plugin.warn = seen.warnings.append
    plugin.parse(seen.inventory, DataLoader(), str(file), cache=not fresh)
    if options.get("cache"):
        plugin.update_cache_if_changed()
    seen.inventory.reconcile_inventory()
    return seen


def trusted(value: Any) -> Any:
    """A user's own option: ansible-core 2.19 and newer take no other text for a template."""
    if isinstance(value, dict):
        return {key: trusted(item) for key, item in value.items()}
    if isinstance(value, list):
        return [trusted(item) for item in value]
    return trust_as_template(value) if isinstance(value, str) and trust_as_template else value


def parsed(kind: str, folder: Path, *items: Mapping[str, Any], v: str = "v1beta2", **options: Any) -> Seen:
    """The same against a server with these objects."""
    with FakeServer(answers(*items, v=v)) as server:
        return parse(kind, folder, host=server.url, api_key="t", **options)


def refusal(kind: str, folder: Path, **options: Any) -> str:
    """The words of an error; no host may have been added."""
    try:
        parse(kind, folder, **options)
    except AnsibleError as error:
        return str(error)
    raise AssertionError("no error")
