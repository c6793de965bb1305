# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of the collection agree with each other: modules, routing, action group, roles, playbooks, versions."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

CHECKOUT = Path(__file__).resolve().parents[2]
MODULES = sorted(path.stem for path in (CHECKOUT / "plugins/modules").glob("*.py") if path.stem != "__init__")
ROLES = sorted(path.parents[1].name for path in (CHECKOUT / "roles").glob("*/tasks/main.yml"))
PLAYBOOKS = sorted(str(path.relative_to(CHECKOUT)) for path in (CHECKOUT / "playbooks").rglob("*.yml"))
AUTHENTICATION = "kubernetes.core.k8s_auth_options"
LIVE = "capi.lifecycle.cluster"  # the action plugin that shows progress


def read_yaml(path: str) -> Any:
    return yaml.safe_load((CHECKOUT / path).read_text())


def constants_of(module: str) -> dict[str, Any]:
    """DOCUMENTATION, EXAMPLES and RETURN of a module, parsed."""
    tree = ast.parse((CHECKOUT / f"plugins/modules/{module}.py").read_text())
    assigned = [node for node in tree.body if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)]
    return {node.targets[0].id: yaml.safe_load(node.value.value) for node in assigned}


def operation_of(module: str) -> Any:
    return importlib.import_module(f"ansible_collections.capi.lifecycle.plugins.modules.{module}").OPERATION


def on_node(module: str) -> bool:
    return getattr(operation_of(module), "on_node", False)


def options_of(module: str) -> set[str]:
    spec = operation_of(module).argument_spec
    return set(spec) | {alias for option in spec.values() for alias in option.get("aliases", [])}


def tasks_in(examples: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The tasks of EXAMPLES, those of whole plays included."""
    for entry in examples:
        if "hosts" in entry:
            yield from tasks_in(entry.get("tasks", []))
        elif "block" in entry:
            yield from tasks_in(entry["block"])
        else:
            yield entry


def test_something_is_looked_at() -> None:
    assert MODULES
    assert ROLES
    assert PLAYBOOKS


def test_the_action_group_holds_the_modules_that_authenticate() -> None:
    group = read_yaml("meta/runtime.yml")["action_groups"]["capi"]
    assert group == [name for name in MODULES if operation_of(name).connects]


def test_every_module_shows_its_progress() -> None:
    """All but those that run on a node: there is no way for a line to come from there before the end."""
    routed = read_yaml("meta/runtime.yml")["plugin_routing"]["modules"]
    shown = [name for name in MODULES if name != LIVE.rpartition(".")[2] and not on_node(name)]
    assert {name: {"action_plugin": LIVE} for name in shown} == routed


@pytest.mark.parametrize("module", MODULES)
def test_authentication_is_documented_where_it_is_taken(module: str) -> None:
    fragments = constants_of(module)["DOCUMENTATION"].get("extends_documentation_fragment", [])
    assert (AUTHENTICATION in fragments) == operation_of(module).connects


def test_the_documented_libraries_are_those_of_requirements_txt() -> None:
    fragment = (CHECKOUT / "plugins/doc_fragments/management.py").read_text()
    wanted = re.search(r"^kubernetes>=([\d.]+),!=([\d.]+)$", (CHECKOUT / "requirements.txt").read_text(), re.MULTILINE)
    assert wanted
    assert f"- kubernetes >= {wanted[1]} ({wanted[2]} cannot be installed beside boto3)" in fragment


@pytest.mark.parametrize("module", MODULES)
def test_info_modules_read_and_only_they(module: str) -> None:
    assert operation_of(module).writes != module.endswith("_info")


@pytest.mark.parametrize("module", MODULES)
def test_examples_use_options_that_exist(module: str) -> None:
    used = [task for task in tasks_in(constants_of(module)["EXAMPLES"]) if f"capi.lifecycle.{module}" in task]
    assert used, f"EXAMPLES of {module} do not call capi.lifecycle.{module}"
    for task in used:
        assert set(task[f"capi.lifecycle.{module}"] or {}) <= options_of(module), task["name"]


@pytest.mark.parametrize("role", ROLES)
def test_defaults_of_a_role_are_those_of_its_argument_spec(role: str) -> None:
    options = read_yaml(f"roles/{role}/meta/argument_specs.yml")["argument_specs"]["main"].get("options", {})
    defaults = CHECKOUT / f"roles/{role}/defaults/main.yml"
    live = yaml.safe_load(defaults.read_text()) or {} if defaults.exists() else {}
    assert live == {name: option["default"] for name, option in options.items() if "default" in option}


@pytest.mark.parametrize("role", ROLES)
def test_variables_of_a_role_carry_its_name(role: str) -> None:
    specs = read_yaml(f"roles/{role}/meta/argument_specs.yml")["argument_specs"]
    names = [name for entry in specs.values() for name in entry.get("options", {})]
    assert [name for name in names if not name.startswith(f"{role}_")] == []


def test_playbooks_parse() -> None:
    """All in one run, which names the first that does not: a start of Ansible for each would take a minute."""
    command = [str(Path(sys.executable).parent / "ansible-playbook"), "--syntax-check", *PLAYBOOKS]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
