# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. Runs any module of the collection in process and shows its progress line by line.

Only ``Display().display()`` from an action plugin is live; a module that waits is silent until it ends.
meta/runtime.yml routes every module here, through the action plugin ``cluster``. On another host, as another user
(become) or with async the module itself runs, and no lines are shown.
"""

from __future__ import annotations

import importlib
import os
from functools import partial
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.parameters import remove_values
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from ansible.release import __version__
from ansible.utils.display import Display

from ..module_utils._module import Operation, execute, native

_MODULES = "ansible_collections.capi.lifecycle.plugins.modules."
_LONGEST_LINE = 200
_SET_NO_LOG = (
    "{} is true, so the result holds a secret, and the task has no 'no_log: true': with ansible-core before 2.19, or "
    "with async, it would be on the screen and in the log. Nothing was changed; set 'no_log: true' on the task."
)


class ActionModule(ActionBase):
    """Validates like the module, runs the same operation, returns the same result."""

    _supports_check_mode = True
    _supports_async = True  # by the module, where lines could not be shown anyway

    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        name = self._task.action.rpartition(".")[2]
        operation: Operation = importlib.import_module(_MODULES + name).OPERATION
        secret = boolean(self._task.args.get(operation.discloses or "-"), strict=False)
        if secret and not self._task.no_log and shown_anyway(__version__, self._task.async_val):
            result.update(failed=True, msg=_SET_NO_LOG.format(operation.discloses), outcome="refused")
        elif self._is_for_the_module():
            result.update(self._hand_over(name, task_vars, secret))
        else:
            result.update(self._run_here(operation, task_vars or {}))
        return result

    def _is_for_the_module(self) -> bool:
        """Another host, another user or a later time: this process is none of them."""
        return bool(self._connection.transport != "local" or self._connection.become or self._task.async_val)

    def _hand_over(self, name: str, task_vars: Any, secret: bool) -> dict[str, Any]:
        module, later = f"capi.lifecycle.{name}", bool(self._task.async_val)
        found: dict[str, Any] = self._execute_module(module_name=module, task_vars=task_vars, wrap_async=later)
        refused = found.get("failed") and "outcome" in found  # in our words, which hold no secret
        if secret and not refused:
            found["_ansible_no_log"] = True  # the module's own mark is taken off on its way
        return found

    def _run_here(self, operation: Operation, task_vars: dict[str, Any]) -> dict[str, Any]:
        validator = ArgumentSpecValidator(operation.argument_spec, **operation.rules)
        checked = validator.validate(native(self._task.args))
        if checked.error_messages:
            return {"failed": True, "msg": "; ".join(checked.error_messages), "outcome": "refused"}
        environment: dict[str, str] = {}
        self._compute_environment_string(environment)
        os.environ.update(environment)  # K8S_AUTH_KUBECONFIG of the play; each task has a process of its own
        outcome = execute(
            operation,
            checked.validated_parameters,
            dry_run=self._task.check_mode,
            diff=self._task.diff,
            report=partial(_show, task_vars.get("inventory_hostname", "localhost")),
        )
        without_secrets: dict[str, Any] = remove_values(outcome, checked._no_log_values)
        return without_secrets


def shown_anyway(version: str, later: int) -> bool:
    """Whether a result is shown that asks not to be: before ansible-core 2.19, and by async_status."""
    return bool(later) or tuple(int(part) for part in version.split(".")[:2]) < (2, 19)


def _show(host: str, text: str) -> None:
    """One line with the host in front, since the lines of several hosts interleave."""
    line = f"{host}: {text}"
    Display().display(line if len(line) <= _LONGEST_LINE else line[: _LONGEST_LINE - 3] + "...")
