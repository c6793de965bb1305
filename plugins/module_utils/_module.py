# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. The only place that meets Ansible: from task arguments to an operation, from its outcome to a result."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any, Callable

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ._argspec import MANAGEMENT
from ._connection import AUTH_SPEC, MISSING_LIBRARIES, NoKube, connect, connect_to
from ._errors import Refused
from ._kube import Kube
from ._outcome import Outcome, result_of
from ._session import Session
from ._wait import Clock

Ensure = Callable[[Session, Mapping[str, Any]], Outcome]


@dataclass(frozen=True)
class Operation:
    """What a module is: its options and the function that does the work."""

    spec: Mapping[str, Any]
    ensure: Ensure
    rules: Mapping[str, Any] = field(default_factory=dict)  # required_if, mutually_exclusive, ... of AnsibleModule
    connects: bool = True  # False: needs no management cluster, takes no authentication options
    writes: bool = True  # False for modules that only read
    offline: Callable[[Mapping[str, Any]], bool] = lambda params: False  # for such a task nothing is asked
    discloses: str = ""  # the option that puts a secret into the result

    @property
    def argument_spec(self) -> dict[str, Any]:
        shared = {**AUTH_SPEC, **MANAGEMENT} if self.connects else {}
        return {**shared, **self.spec}


def run(operation: Operation) -> None:
    """The whole of a module's ``main()``."""
    module = AnsibleModule(argument_spec=operation.argument_spec, supports_check_mode=True, **operation.rules)
    result = execute(operation, module.params, dry_run=module.check_mode, diff=module._diff, report=lambda line: None)
    if result.pop("failed", False):
        module.fail_json(**result)
    module.exit_json(**result)


def execute(
    operation: Operation,
    params: Mapping[str, Any],
    *,
    dry_run: bool,
    diff: bool,
    report: Callable[[str], None],
) -> dict[str, Any]:
    """Run the operation and return a task result; every error becomes ``failed`` with a message, never a traceback."""
    if operation.connects and MISSING_LIBRARIES:
        return {"failed": True, "msg": missing_required_lib(MISSING_LIBRARIES[0])}

    def act() -> Outcome:
        with _connection(operation, params, dry_run, report) as kube:
            session = Session(kube, report, Clock(), dry_run, reach=partial(connect_to, report=report))
            return operation.ensure(session, params)

    return result_of(act, diff=diff and operation.writes)


def native(value: Any) -> Any:
    """Plain Python copies of task arguments: ansible-core >= 2.19 hands tagged types to action plugins."""
    return json.loads(json.dumps(value, default=_text))


def _text(value: Any) -> str:
    """Dates as YAML wrote them, and whatever else JSON has no word for (a vaulted text of ansible-core 2.16)."""
    return value.isoformat() if isinstance(value, date) else str(value)


@contextmanager
def _connection(
    operation: Operation, params: Mapping[str, Any], dry_run: bool, report: Callable[[str], None]
) -> Iterator[Any]:
    """The management cluster that the play means, or nothing that could be asked where the task needs none."""
    if not operation.connects or operation.offline(params):
        yield NoKube(dry_run)
        return
    with connect(params, dry_run=dry_run, writes=operation.writes, report=report) as kube:
        _check_identity(kube, params)
        yield kube


def _check_identity(kube: Kube, params: Mapping[str, Any]) -> None:
    """Refuse to work on another management cluster than the one that the play names."""
    wanted = params.get("management_cluster_uid")
    if not wanted:
        return
    found = kube.identity()
    if found != wanted:
        raise Refused(
            f"management_cluster_uid is {wanted!r}, but the server {kube.server} has the kube-system UID {found!r}: "
            "this is another management cluster. Nothing was changed; check kubeconfig and context.",
            management_cluster_uid=found,
        )
