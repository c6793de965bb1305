# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The import rule: who may import whom. A new file in module_utils fails here until it stands in the table."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
PLUGINS = CHECKOUT / "plugins"
SANDBOX = CHECKOUT / "roles/sandbox/files/sandbox"

# What looks at objects and judges; it talks to nobody.
JUDGES = (
    "_parts _progress _rollout _owned _rotation _preflight _template _kubeconfig_files _ownership _describe _tree "
    "_describe_machine _machine_judge _machine_place _machine_progress "
    "_support _provider_plan _provider_health _clusterctl_config _clusterctl_words "
    "_scale_wish _scale_pools _scale_checks _scale_plan _scale_watch "
    "_fields _known_releases _releases _topology _checks _plan _imagined "
    "_run_marks _cluster_wish _upgrade_wish _upgrade_sight _topology_step _upgrade_step _upgrade_write "
    "_upgrade_checks _upgrade_preflight _upgrade_words "
    "_fleet_support _fleet_templates _fleet_rollout _fleet_guards _fleet_row _fleet_management _fleet_checks "
    "_fleet_findings _fleet_members _fleet_document _fleet_charts _fleet_page _fleet_csv "
    "_hosts _host_names _host_groups _thin "
    "_bare_metal_wish _bare_metal_hosts _bare_metal_endpoint _bare_metal_path _bare_metal_plan _bare_metal_table "
    "_bare_metal_failed _bare_metal_space _bare_metal_restore _bare_metal_restore_table _bare_metal_recover "
    "_certificate_plan _certificate_table _patch_plan "
    "_description _description_pools _description_schema _overrides "
    "_bmc_address _bmc_judge _bare_metal_host_wish _bare_metal_host_rules _bare_metal_host_progress "
    "_bare_metal_host_twins _bare_metal_host_hardware _bare_metal_host_spare _bare_metal_host_rows "
    "_bare_metal_host_plan "
    "_providers _check_table _infrastructure"
)
# The same for what runs on a node: the standard library only, and nothing that reaches for a management cluster.
NODE_JUDGES = (
    "_etcd_words _etcd_judge _kubeadm_words _kubeadm_gate _node_words _host_words _certificate_hash _snapshot_file "
    "_drain_words _kubeadm_plan _certificate_judge _os_words _etcd_manifest _etcd_space _space_words _snapshot_words "
    "_firewall_words"
)
PURE_ON_NODE = f"_errors _versions {NODE_JUDGES}"
READERS_ON_NODE = "_local_etcd _local_kube _kubeadm_seen _static_pods _etcd_programs _etcd_trial _restore_journal"
ON_NODE = f"_host _outcome _wait {READERS_ON_NODE} {PURE_ON_NODE}"
PURE = f"_errors _objects _versions {JUDGES}"
# What asks the management cluster, for a noun.
READERS = "_infrastructure_seen _observed _admission _sources _companions _management_seen _webhook_probe"
# What asks a cloud, and the nouns for it: each names its own.
CLOUDS = ("_aws", "_openstack")
NOUN = f"_argspec _outcome _session _kube _collect _wait _lease {READERS} {PURE}"

MAY_IMPORT = {
    # the frame
    "_errors": "",
    "_outcome": "_errors",
    "_argspec": "",
    "_session": "_errors _kube _wait",
    "_module": "_argspec _connection _errors _kube _outcome _session _wait",
    "_node_module": "_errors _host _outcome _wait",
    # the seams
    "_host": "_wait",
    "_objects": "_errors",
    "_versions": "_errors",
    "_wait": "_errors _progress",
    "_fetch": "_errors _wait",
    "_list_stream": "_objects",
    "_http": "_errors _list_stream _objects _wait",
    "_collect": "_errors _http _list_stream _objects",
    "_kube": "_collect _errors _objects _versions _wait _http",
    "_connection": "_errors _http _kube _wait",
    "_connections": "_connection _errors _kube",
    **dict.fromkeys(JUDGES.split(), PURE),
    **dict.fromkeys(READERS.split(), f"_kube _fetch {PURE}"),
    "_bare_metal_failed": f"_etcd_judge {PURE}",  # as does the arithmetic of the quorum
    # the gate between steps judges on the controller, too
    **dict.fromkeys(("_bare_metal_plan", "_certificate_plan", "_patch_plan"), f"_kubeadm_gate {PURE}"),
    **dict.fromkeys(NODE_JUDGES.split(), PURE_ON_NODE),
    **dict.fromkeys(("_local_etcd", "_local_kube"), f"_host {PURE_ON_NODE}"),
    "_static_pods": f"_host _local_etcd _local_kube _wait {PURE_ON_NODE}",
    "_etcd_programs": f"_host _local_etcd {PURE_ON_NODE}",
    "_etcd_trial": f"_host {PURE_ON_NODE}",
    "_restore_journal": f"_host _local_etcd {PURE_ON_NODE}",
    "_kubeadm_seen": f"_host _local_etcd _local_kube {PURE_ON_NODE}",
    "_redfish": f"_wait {PURE}",
    "_upgrade_seen": f"_kube _management_seen _session _workload {PURE}",
    "_fleet_seen": f"_kube _management_seen _observed {PURE}",
    **{f"{cloud}_seen": PURE for cloud in CLOUDS},
    "_lease": "_errors _kube _objects _session _wait",
    # the nouns
    "_bare_metal_host": NOUN,
    "_bare_metal_host_info": NOUN,
    "_bmc_info": f"_redfish {NOUN}",
    "_cluster": f"_cluster_absent _cluster_templates {NOUN}",
    "_cluster_absent": f"_cluster_templates {NOUN}",
    "_cluster_templates": NOUN,
    "_cluster_info": NOUN,
    "_clusterctl": f"_clusterctl_place {NOUN}",
    "_clusterctl_place": NOUN,
    "_clusterctl_program": f"_clusterctl _clusterctl_place _fetch {NOUN}",
    "_fleet_info": f"_fleet_seen {NOUN}",
    "_kubeconfig": NOUN,
    "_machine": NOUN,
    "_machine_info": NOUN,
    "_management": f"_management_install _management_wait {NOUN}",
    "_management_info": NOUN,
    "_cert_manager": NOUN,
    "_management_install": f"_cert_manager _clusterctl _clusterctl_place _clusterctl_program {NOUN}",
    "_management_wait": NOUN,
    "_inventory": NOUN,
    "_sandbox": NOUN,
    "_workload": f"_kube {PURE}",
    "_upgrade": f"_upgrade_run _upgrade_seen _workload {NOUN}",
    "_upgrade_info": f"_upgrade _upgrade_run _upgrade_seen {NOUN}",
    "_upgrade_run": f"_cluster_templates _upgrade_seen {NOUN}",
    **{f"{cloud}_preflight": f"{cloud}_seen {NOUN}" for cloud in CLOUDS},
    "_scale": f"_scale_writes {NOUN}",
    "_scale_writes": NOUN,
    # the nouns of nodes
    "_etcd_defragment": ON_NODE,
    "_etcd_member": ON_NODE,
    "_etcd_rejoin": ON_NODE,
    "_etcd_restore": ON_NODE,
    "_etcd_restore_info": ON_NODE,
    "_firewall": ON_NODE,
    "_etcd_snapshot": ON_NODE,
    "_etcd_snapshot_info": ON_NODE,
    "_kubeadm_certificates": ON_NODE,
    "_kubeadm_info": ON_NODE,
    "_kubeadm_upgrade_plan": ON_NODE,
    "_node_drain": ON_NODE,
    "_node_space": ON_NODE,
    "_os_updates": ON_NODE,
}
NOUNS = [name for name, allowed in MAY_IMPORT.items() if NOUN in allowed or allowed == ON_NODE]

# Beyond the standard library, and what of that library only one place may use: who may import it.
GUARDED = {
    "ansible": "_module _fetch _node_module",
    "kubernetes": "_connection",
    "ansible_collections.kubernetes.core": "_connection",
    "boto3": "_aws_seen",
    "botocore": "_aws_seen",
    "keystoneauth1": "_openstack_seen",
    "openstack": "_openstack_seen",
    "urllib3": "_http",
    "jsonschema": "_description_schema",
    "sushy": "_redfish",
    "yaml": "_connection _sources _kubeconfig_files _clusterctl_config",
    "cryptography": "_kubeconfig_files",
    "time": "_wait",
    "importlib": "",  # modules travel with what they import statically
}
SANDBOX_LIBRARIES = {"cryptography", "requests", "yaml", "sandbox"}
PROVIDER_WORD = re.compile(r"aws|azure|openstack|vsphere|metal3|docker|devmachine|devcluster", re.IGNORECASE)


def imports_of(source: str, deep: int = 0) -> set[str]:
    """Every import of a file, also inside functions; relative ones as `.name`.

    A file that lies ``deep`` folders below module_utils says `..name`; what it says as `.name` is of its own folder.
    """
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and 0 < node.level <= deep:
            continue
        elif isinstance(node, ast.ImportFrom) and node.level:
            found |= {f".{node.module}"} if node.module else {f".{alias.name}" for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(str(node.module))
    return found - {"__future__"}


def owner_of(path: Path) -> str:
    """The name in the table; a folder has one line for all of its files."""
    return path.relative_to(PLUGINS / "module_utils").parts[0].removesuffix(".py")


def trespasses(name: str, imports: set[str]) -> list[str]:
    """The imports that the tables do not allow to module_utils/<name>."""
    inside = {found.split(".")[1] for found in imports if found.startswith(".")}
    outside = {found for found in imports if not found.startswith(".")}
    wrong = [found for found in inside if found not in {name, *MAY_IMPORT[name].split()}]
    return sorted(wrong + [found for found in outside if not may_use(name, found)])


def may_use(name: str, module: str) -> bool:
    for guarded, owners in GUARDED.items():
        if module == guarded or module.startswith(f"{guarded}."):
            return name in owners.split()
    return module.partition(".")[0] in sys.stdlib_module_names


def python_files(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*.py")) if path.name != "__init__.py"]


def named(path: Path) -> str:
    return str(path.relative_to(CHECKOUT))


PRIVATE_FILES = python_files(PLUGINS / "module_utils")
OF_CLOUDS = {f"{cloud}_preflight" for cloud in CLOUDS}
NOUN_FILES = [path for path in PRIVATE_FILES if owner_of(path) in set(NOUNS) - OF_CLOUDS]


@pytest.mark.parametrize("path", PRIVATE_FILES, ids=named)
def test_private_files_import_only_what_the_table_says(path: Path) -> None:
    name = owner_of(path)
    assert name in MAY_IMPORT, (
        f"{named(path)}: give it a line in MAY_IMPORT of this file, and a place in ARCHITECTURE.md"
    )
    deep = len(path.relative_to(PLUGINS / "module_utils").parts) - 1
    assert trespasses(name, imports_of(path.read_text(), deep)) == []


def test_the_table_names_no_file_that_is_gone() -> None:
    assert set(MAY_IMPORT) <= {owner_of(path) for path in PRIVATE_FILES}


@pytest.mark.parametrize("path", python_files(PLUGINS / "modules"), ids=named)
def test_modules_import_the_frame_and_one_noun(path: Path) -> None:
    imported = {found.removeprefix(".module_utils.") for found in imports_of(path.read_text())}
    nouns = imported - {"_module", "_node_module", "_argspec"}
    assert len(nouns) == 1, f"{named(path)} imports {sorted(nouns)} beside its frame and _argspec, wanted: one noun"
    assert nouns <= set(NOUNS)


@pytest.mark.parametrize("path", python_files(PLUGINS / "modules"), ids=named)
def test_modules_on_nodes_take_along_the_standard_library_only(path: Path) -> None:
    """What a module imports travels to the node with it: of ours nothing but the files for nodes."""
    imported = {found.removeprefix(".module_utils.") for found in imports_of(path.read_text())}
    if "_node_module" in imported:
        assert [name for name in imported - {"_node_module"} if MAY_IMPORT[name] != ON_NODE] == []


@pytest.mark.parametrize("path", NOUN_FILES, ids=named)
def test_nouns_do_not_name_a_provider(path: Path) -> None:
    tree = ast.parse(path.read_text())
    names = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name)]
    names += [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    assert [name for name in names if PROVIDER_WORD.search(name)] == []


@pytest.mark.parametrize("path", python_files(SANDBOX), ids=named)
def test_the_sandbox_program_stands_alone(path: Path) -> None:
    roots = {found.split(".")[0] for found in imports_of(path.read_text()) if not found.startswith(".")}
    assert roots - SANDBOX_LIBRARIES - set(sys.stdlib_module_names) == set()


@pytest.mark.parametrize(
    ("name", "source", "wrong"),
    [
        ("_rollout", "from ._kube import connect", ["_kube"]),
        ("_rollout", "from . import _wait", ["_wait"]),
        ("_cluster", "def late():\n    import time", ["time"]),
        ("_cluster", "from ansible.module_utils.basic import AnsibleModule", ["ansible.module_utils.basic"]),
        ("_connection", "import ansible_collections.kubernetes.core.plugins", []),
        ("_cluster", "import requests", ["requests"]),
        ("_cluster", "import json\nfrom ._kube import Kube", []),
    ],
)
def test_the_rule_itself(name: str, source: str, wrong: list[str]) -> None:
    assert trespasses(name, imports_of(source)) == wrong
