# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. Runs any module of the collection in process and shows its progress line by line.

Only ``Display().display()`` from an action plugin is live; a module that waits is silent until it ends.
meta/runtime.yml routes every module here, through the action plugin ``cluster``.
"""

from __future__ import annotations

import importlib
import os
from functools import partial
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.parameters import remove_values
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ..module_utils._module import Operation, execute, native

_MODULES = "ansible_collections.capi.lifecycle.plugins.modules."
_LONGEST_LINE = 200


class ActionModule(ActionBase):
    """Validates like the module, runs the same operation, returns the same result."""

    _supports_check_mode = True
    _supports_async = True  # by the module, where lines could not be shown anyway

    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        name = self._task.action.rpartition(".")[2]
        if self._connection.transport != "local" or self._task.async_val:
            module, later = f"capi.lifecycle.{name}", bool(self._task.async_val)
            result.update(self._execute_module(module_name=module, task_vars=task_vars, wrap_async=later))
            return result
        operation: Operation = importlib.import_module(_MODULES + name).OPERATION
        validator = ArgumentSpecValidator(operation.argument_spec, **operation.rules)
        checked = validator.validate(native(self._task.args))
        if checked.error_messages:
            result.update(failed=True, msg="; ".join(checked.error_messages), outcome="refused")
            return result
        environment: dict[str, str] = {}
        self._compute_environment_string(environment)
        os.environ.update(environment)  # K8S_AUTH_KUBECONFIG of the play; each task has a process of its own
        outcome = execute(
            operation,
            checked.validated_parameters,
            dry_run=self._task.check_mode,
            diff=self._task.diff,
            report=partial(_show, (task_vars or {}).get("inventory_hostname", "localhost")),
        )
        result.update(remove_values(outcome, checked._no_log_values))
        return result


def _show(host: str, text: str) -> None:
    """One line with the host in front, since the lines of several hosts interleave."""
    line = f"{host}: {text}"
    Display().display(line if len(line) <= _LONGEST_LINE else line[: _LONGEST_LINE - 3] + "...")
