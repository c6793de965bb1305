# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. The frame of modules that run on a node: the standard library, Ansible's own part, and nothing else.

``_module.py`` is the frame of those that talk to a management cluster, with the libraries that this takes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Callable

from ansible.module_utils.basic import AnsibleModule

from ._host import Host, NodeSession
from ._outcome import Outcome, result_of
from ._wait import Clock

EnsureOnNode = Callable[[NodeSession, Mapping[str, Any]], Outcome]


@dataclass(frozen=True)
class NodeOperation:
    """What a module on a node is: its options and the function that does the work."""

    spec: Mapping[str, Any]
    ensure: EnsureOnNode
    rules: Mapping[str, Any] = field(default_factory=dict)  # required_if, mutually_exclusive, ... of AnsibleModule
    writes: bool = True  # False for modules that only read
    connects: bool = False  # to a management cluster: never
    on_node: bool = True

    @property
    def argument_spec(self) -> dict[str, Any]:
        return dict(self.spec)


def run(operation: NodeOperation) -> None:
    """The whole of a module's ``main()``."""
    module = AnsibleModule(argument_spec=operation.argument_spec, supports_check_mode=True, **operation.rules)
    session = NodeSession(Host(), Clock(), dry_run=module.check_mode)
    result = execute(operation, module.params, session, diff=module._diff)
    if result.pop("failed", False):
        module.fail_json(**result)
    module.exit_json(**result)


def execute(operation: NodeOperation, params: Mapping[str, Any], session: NodeSession, *, diff: bool) -> dict[str, Any]:
    """Run the operation and return a task result; every error becomes ``failed`` with a message, never a traceback."""
    return result_of(lambda: operation.ensure(session, params), diff=diff and operation.writes)
