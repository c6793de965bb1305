# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. Several management clusters side by side: which they are, and what happens when one cannot be read."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from ._connection import AUTH_SPEC, connect, is_named
from ._errors import CapiError, InvalidInput, Refused
from ._kube import Kube

_DEFAULT_FILE = "~/.kube/config"
_AT_ONCE = 8  # connections; reading is work for this machine, too

# What an entry of ``connections`` may hold; documented in doc_fragments/inventory.py.
CONNECTION: dict[str, Any] = {
    **AUTH_SPEC,
    "name": {"type": "str"},
    "in_cluster": {"type": "bool", "default": False},
    "namespaces": {"type": "list", "elements": "str"},
    "label_selector": {"type": "str"},
    "field_selector": {"type": "str"},
}


@dataclass(frozen=True)
class Target:
    """A management cluster to read. ``environment``: whether K8S_AUTH_* may complete what the options say."""

    name: str
    params: Mapping[str, Any]
    environment: bool


@dataclass(frozen=True)
class Found:
    """Rows of those that could be read, and why others could not, by name."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    failures: Mapping[str, str] = field(default_factory=dict)


def targets(shared: Mapping[str, Any], connections: Sequence[Mapping[str, Any]]) -> list[Target]:
    """One for each connection, with what is said for all. Raises InvalidInput for two of one name, Refused for none.

    An entry that names its cluster takes nothing from the environment: else K8S_AUTH_HOST would send all to one server.
    """
    base = {key: value for key, value in shared.items() if value not in (None, [], "")}
    found = [_target({**base, **_given(entry)}, alone=not connections) for entry in connections or [{}]]
    names = [target.name for target in found]
    for name in names:
        if names.count(name) > 1:
            raise InvalidInput(
                f"connections: {names.count(name)} of them are called {name!r}; give each a name of its own by 'name'."
            )
    return found


def read_all(
    wanted: Sequence[Target],
    read: Callable[[Kube, Target], list[dict[str, Any]]],
    *,
    tolerant: bool,
    report: Callable[[str], None],
) -> Found:
    """Read all at once. Raises the first error, or when ``tolerant`` only where none at all could be read."""
    rows: list[dict[str, Any]] = []
    failures: dict[str, CapiError] = {}
    with ExitStack() as stack, ThreadPoolExecutor(min(len(wanted), _AT_ONCE)) as threads:
        answers = {}
        for target in wanted:  # one after the other: the official client has settings of the whole process
            try:
                kube = stack.enter_context(_opened(target, report))
                answers[target.name] = threads.submit(read, kube, target)
            except CapiError as error:
                failures[target.name] = error
        for name, answer in answers.items():
            try:
                rows += answer.result()
            except CapiError as error:
                failures[name] = error
    if failures and (not tolerant or len(failures) == len(wanted)):
        raise _named(failures)
    return Found(rows, {name: str(error) for name, error in failures.items()})


def _opened(target: Target, report: Callable[[str], None]) -> Any:
    return connect(target.params, dry_run=True, writes=False, report=report, environment=target.environment)


def _named(failures: Mapping[str, CapiError]) -> CapiError:
    """The first error with the name of its management cluster, and the names of the others."""
    name, first = next(iter(failures.items()))
    others = list(failures)[1:]
    further = f" (Nor could be read: {', '.join(others)}.)" if others else ""
    return type(first)(f"Management cluster {name!r}: {first}{further}", **first.details)


def _given(entry: Mapping[str, Any]) -> dict[str, Any]:
    """An empty option of an entry takes back what is said for all."""
    return {key: value for key, value in entry.items() if value is not None}


def _target(params: dict[str, Any], *, alone: bool) -> Target:
    by_options = any(params.get(name) for name in ("kubeconfig", "context", "host", "in_cluster"))
    name = params.get("name") or params.get("context") or params.get("host") or _file_name(params.get("kubeconfig"))
    if by_options:
        return Target(str(name or "in-cluster"), params, environment=alone and not params.get("in_cluster"))
    if is_named(params) or os.environ.get("KUBECONFIG"):
        return Target(str(name or "default"), params, environment=True)
    if not os.path.exists(os.path.expanduser(_DEFAULT_FILE)):
        raise Refused(
            "No management cluster is named: set 'kubeconfig', 'context' or 'host', K8S_AUTH_KUBECONFIG, or "
            f"'in_cluster: true' for the account of the Pod that this runs in ({_DEFAULT_FILE} does not exist)."
        )
    return Target(str(name or "default"), {**params, "kubeconfig": _DEFAULT_FILE}, environment=True)


def _file_name(kubeconfig: Any) -> str:
    """``~/clusters/prod.yaml`` -> ``prod``; a kubeconfig as a mapping has no name."""
    if not isinstance(kubeconfig, str):
        return ""
    stem = os.path.basename(kubeconfig).partition(".")[0]
    return os.path.basename(os.path.dirname(kubeconfig)) if stem in ("", "kubeconfig", "config") else stem
