# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. Installs and upgrades providers by clusterctl, after everything that can be known was checked.

clusterctl finds many mistakes only when it has already stopped what runs; what is checked here is refused before that.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from ._cert_manager import clear_half_installed, keep_trial_going
from ._clusterctl import clusterctl_output, run_clusterctl
from ._clusterctl_config import config_document, kubeconfig_source, local_folder, read_config, series_contract
from ._clusterctl_place import Place, only_run, private_place
from ._clusterctl_program import check_contract, find_clusterctl
from ._errors import CapiError, Failed, Forbidden, InvalidInput, NotFound, Refused
from ._kube import Kube
from ._management_seen import Seen, look_at
from ._objects import listed
from ._provider_plan import LATEST, TYPES, Plan, Provider, contract_mismatches, final_core_version, make_plan
from ._session import Session
from ._versions import is_version, parse_version


def install(session: Session, params: Mapping[str, Any], wish: Sequence[Provider], deadline: float) -> Plan:
    """Plan again without another run beside us, and carry the plan out; in check mode only check it."""
    kube = session.kube
    timeout = _left(session, deadline)
    alone = contextlib.nullcontext(-1) if session.dry_run else only_run(session, kube.identity(), timeout)
    with alone as lock:
        seen = look_at(kube)
        plan = make_plan(wish, seen.installed, seen.strays)
        for step in plan.steps:
            session.report(f"plan: {step}")
        if plan.steps:
            _carry_out(session, params, plan, final_core_version(wish, seen.installed), deadline, lock)
            kube.forget()
    return plan


def resolved(session: Session, params: Mapping[str, Any], wish: Sequence[Provider], seen: Seen) -> list[Provider]:
    """``latest`` written out, by calls of clusterctl that change nothing; never older than what is installed."""
    if all(p.version != LATEST for p in wish):
        return list(wish)
    binary = find_clusterctl(params.get("clusterctl") or {}, fetches=True)
    held = {p.label: p.version for p in seen.installed}
    with _place(params, wish) as place:
        newest = {p.label: _newest(session, binary, place, p) for p in wish if p.version == LATEST}
    for label, version in newest.items():
        have = held.get(label, "")
        if is_version(have) and parse_version(have) > parse_version(version):
            newest[label] = have
        session.report(f"{label}: latest is {newest[label]}")
    return [replace(p, version=newest.get(p.label, p.version)) for p in wish]


def _carry_out(session: Session, params: Mapping[str, Any], plan: Plan, core: str, deadline: float, lock: int) -> None:
    wish = [p for step in plan.steps for p in step.providers]
    _check_repositories(config_document(params, _base_config(params), wish), wish, core)
    _check_rights(session.kube)
    binary = find_clusterctl(params.get("clusterctl") or {}, fetches=not session.dry_run)
    if not binary:
        session.report(
            "not checked: contract of clusterctl, components and variables; check mode does not fetch clusterctl"
        )
        return
    with _place(params, wish, lock) as place:
        check_contract(session, binary, place, core)
        _check_components(session, binary, place, plan)
        if not session.dry_run:
            if not plan.before:
                clear_half_installed(session)
            _run_steps(session, binary, place, plan, deadline)


def _run_steps(session: Session, binary: str, place: Place, plan: Plan, deadline: float) -> None:
    """Call clusterctl for each step. It writes from its first call on, so no error of it says ``refused``."""
    done: list[str] = []
    for step in plan.steps:
        try:
            keep_going = partial(keep_trial_going, session)
            run_clusterctl(session, binary, step.arguments, place, _left(session, deadline), keep_going)
        except CapiError as error:
            error.details["changed"] = True
            if error.outcome != "refused":
                raise
            before = f" Done before that: {listed(done)}." if done else ""
            raise Failed(
                f"{error}{before} When the cause is gone, run the same command again: "
                "what is half-done is finished then.",
                **error.details,
            ) from error
        done.append(str(step))


def _place(
    params: Mapping[str, Any], wish: Sequence[Provider], lock: int = -1
) -> contextlib.AbstractContextManager[Place]:
    config = config_document(params, _base_config(params), wish)
    return private_place(config, kubeconfig_source(params, os.environ), params.get("secret_variables") or {}, lock)


def _left(session: Session, deadline: float) -> float:
    return max(deadline - session.clock.now(), 1.0)


def _base_config(params: Mapping[str, Any]) -> dict[str, Any]:
    path = params.get("config")
    if not path:
        return {}
    path = os.path.expanduser(path)
    try:
        with open(path, encoding="utf-8") as file:
            return read_config(file.read(), path)
    except OSError as error:
        raise NotFound(f"config {path} cannot be read: {error.strerror}. Nothing was changed.", config=path) from None


def _check_repositories(config: Mapping[str, Any], wish: Sequence[Provider], core: str) -> None:
    """What a repository of files says without clusterctl: whether it has the version, and of which contract that is."""
    mistakes, contracts = [], {}
    for provider in wish:
        folder = local_folder(config, provider)
        if not folder:
            continue
        path = os.path.join(folder, provider.version)
        if not os.path.isdir(path):
            held = sorted(e for e in os.listdir(folder) if is_version(e)) if os.path.isdir(folder) else []
            mistakes.append(
                f"{provider.label} {provider.version} is not in the repository {folder}, "
                f"which has {listed(held) or 'nothing'}"
            )
            continue
        contracts[provider.label] = _contract_in(os.path.join(path, "metadata.yaml"), provider)
    if mistakes:
        raise NotFound("; ".join(mistakes) + ". Nothing was changed.")
    wrong = contract_mismatches(contracts, core)
    if wrong:
        raise Refused("; ".join(wrong) + ". Nothing was changed; choose versions of one contract.")


def _contract_in(path: str, provider: Provider) -> str:
    try:
        with open(path, encoding="utf-8") as file:
            return series_contract(file.read(), parse_version(provider.version))
    except OSError:
        return ""


def _check_rights(kube: Kube) -> None:
    """clusterctl installs ClusterRoles and more: whoever may not bind cluster-admin fails half-way."""
    group = "rbac.authorization.k8s.io"
    binding = {
        "apiVersion": f"{group}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "capi-lifecycle-probe"},
        "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [],
    }
    try:
        kube.apply(binding, dry_run=True)
    except Forbidden as error:
        raise Forbidden(
            f"Installing providers needs cluster-admin on {kube.server}, which these credentials do not have: {error} "
            "Nothing was changed; take a kubeconfig with these rights.",
            **error.details,
        ) from None


def _check_components(session: Session, binary: str, place: Place, plan: Plan) -> None:
    """Render what will be installed before anything is touched: clusterctl finds a missing variable too late."""
    for provider in [p for step in plan.steps for p in step.providers]:
        try:
            clusterctl_output(
                session, binary, ["generate", "provider", TYPES[provider.type][2], provider.pinned], place
            )
        except CapiError as error:
            raise error.__class__(f"{provider.label}: {error} Nothing was changed.", **error.details) from None


def _newest(session: Session, binary: str, place: Place, provider: Provider) -> str:
    arguments = ["generate", "provider", TYPES[provider.type][2], provider.name, "--describe"]
    for line in clusterctl_output(session, binary, arguments, place).splitlines():
        key, _colon, value = line.partition(":")
        if key == "Version" and is_version(value.strip()):
            return value.strip()
    raise InvalidInput(
        f"clusterctl does not tell the latest version of {provider.label}: pin one. Nothing was changed."
    )
