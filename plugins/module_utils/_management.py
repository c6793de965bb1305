# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. The providers of a management cluster: installed or upgraded to the wanted versions, and answering.

What is there is judged from Provider objects and Deployments only, so that nothing is fetched or run when all is well.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ._clusterctl import Place, clusterctl_output, private_place, run_clusterctl
from ._clusterctl_config import (
    config_document,
    kubeconfig_source,
    local_folder,
    read_config,
    series_contract,
    variables_of,
)
from ._clusterctl_program import check_contract, find_clusterctl
from ._errors import Forbidden, InvalidInput, NotFound, Refused
from ._kube import Kube
from ._management_seen import Seen, look_at, support_of, table_of
from ._management_wait import wait_for_providers
from ._objects import listed
from ._outcome import Outcome
from ._provider_plan import (
    LATEST,
    TYPES,
    Plan,
    Provider,
    contract_mismatches,
    final_core_version,
    make_plan,
    wished,
)
from ._session import Session
from ._versions import is_version, parse_version


def ensure_management_cluster(session: Session, params: Mapping[str, Any]) -> Outcome:
    """Outcome of management_cluster: a table of versions by provider label, before and after."""
    deadline = session.clock.now() + params["wait_timeout"]
    wish, seen = wished(params["providers"]), look_at(session.kube)
    variables_of(params)  # bad input is refused, also where nothing is to do
    if any(p.version == LATEST for p in wish):
        wish = _resolved(session, params, wish, seen)
    plan = make_plan(wish, seen.installed, seen.strays)
    for step in plan.steps:
        session.report(f"plan: {step}")
    if plan.steps:
        _carry_out(session, params, wish, seen, plan, deadline)
    if session.dry_run:
        return Outcome(plan.before, plan.after, _values(session.kube, wish, seen, plan, []))
    unproven: list[str] = []
    if params["wait"]:
        timeout = max(deadline - session.clock.now(), 1.0)
        unproven = wait_for_providers(session, wish, timeout, min(params["stall_timeout"], timeout))
    after = look_at(session.kube) if plan.steps else seen
    return Outcome(plan.before, table_of(after), _values(session.kube, wish, after, plan, unproven))


def _carry_out(
    session: Session, params: Mapping[str, Any], wish: Sequence[Provider], seen: Seen, plan: Plan, deadline: float
) -> None:
    """Check everything that can be known, then call clusterctl step by step; in check mode only the former."""
    config = config_document(params, _base_config(params), wish)
    core = final_core_version(wish, seen.installed)
    _check_repositories(config, plan, core)
    _check_rights(session.kube)
    binary = find_clusterctl(params.get("clusterctl") or {}, fetches=not session.dry_run)
    if session.dry_run:
        return
    secrets = params.get("secret_variables") or {}
    with private_place(config, kubeconfig_source(params, os.environ), secrets) as place:
        check_contract(binary, place, core)
        _check_components(binary, place, plan)
        for step in plan.steps:
            run_clusterctl(session, binary, step.arguments, place, max(deadline - session.clock.now(), 1.0))
    session.kube.forget()


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


def _check_repositories(config: Mapping[str, Any], plan: Plan, core: str) -> None:
    """What a repository of files says without clusterctl: whether it has the version, and of which contract that is."""
    mistakes, contracts = [], {}
    for provider in [p for step in plan.steps for p in step.providers]:
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


def _check_components(binary: str, place: Place, plan: Plan) -> None:
    """Render what an upgrade will install before it stops anything: clusterctl finds a missing variable too late."""
    for step in plan.steps:
        for provider in step.providers if step.verb == "upgrade" else ():
            clusterctl_output(binary, ["generate", "provider", TYPES[provider.type][2], provider.pinned], place)


def _resolved(session: Session, params: Mapping[str, Any], wish: Sequence[Provider], seen: Seen) -> list[Provider]:
    """``latest`` written out, by a call of clusterctl that changes nothing; never older than what is installed."""
    binary = find_clusterctl(params.get("clusterctl") or {}, fetches=True)
    config = config_document(params, _base_config(params), wish)
    held = {p.label: p.version for p in seen.installed}
    found = []
    with private_place(config, kubeconfig_source(params, os.environ), params.get("secret_variables") or {}) as place:
        for provider in wish:
            if provider.version == LATEST:
                newest = _newest(binary, place, provider)
                have = held.get(provider.label, "")
                if is_version(have) and parse_version(have) > parse_version(newest):
                    newest = have
                session.report(f"{provider.label}: latest is {newest}")
                provider = replace(provider, version=newest)  # noqa: PLW2901
            found.append(provider)
    return found


def _newest(binary: str, place: Place, provider: Provider) -> str:
    arguments = ["generate", "provider", TYPES[provider.type][2], provider.name, "--describe"]
    for line in clusterctl_output(binary, arguments, place).splitlines():
        key, _colon, value = line.partition(":")
        if key == "Version" and is_version(value.strip()):
            return value.strip()
    raise InvalidInput(
        f"clusterctl does not tell the latest version of {provider.label}: pin one. Nothing was changed."
    )


def _values(kube: Kube, wish: Sequence[Provider], seen: Seen, plan: Plan, unproven: Sequence[str]) -> dict[str, Any]:
    return {
        "management_cluster_uid": kube.identity(),
        "providers": {**table_of(seen), **(dict(plan.after) if kube.dry_run else {})},
        "steps": [str(step) for step in plan.steps],
        "kubernetes": support_of(kube, final_core_version(wish, seen.installed)),
        "webhooks_not_proven": list(unproven),
    }
