# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. What clusterctl is given: its configuration file and a kubeconfig. Pure: options in, documents out."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from ._errors import InvalidInput
from ._kubeconfig_files import access, parse
from ._provider_plan import TYPES, Provider

try:
    import yaml
except ImportError:  # said by _kube.MISSING_LIBRARIES
    pass

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# Authentication options that say something other than which kubeconfig and context.
_OVERRIDES = (
    "host",
    "api_key",
    "username",
    "password",
    "validate_certs",
    "ca_cert",
    "client_cert",
    "client_key",
    "proxy",
    "impersonate_user",
    "impersonate_groups",
)
_FILE_KEYS = ("certificate-authority", "client-certificate", "client-key", "tokenFile")


@dataclass(frozen=True)
class KubeconfigSource:
    """A kubeconfig by path, or as a document that has to be written first."""

    path: str = ""
    document: Mapping[str, Any] | None = None
    context: str = ""


def read_config(text: str, where: str) -> dict[str, Any]:
    """An existing clusterctl.yaml, the base of ours."""
    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" (line {mark.line + 1})" if mark else ""
        raise InvalidInput(f"config {where} is not valid YAML{line}. Nothing was changed.") from None
    if not isinstance(found or {}, dict):
        raise InvalidInput(f"config {where} is not a clusterctl configuration: wanted keys and values at the top.")
    return dict(found or {})


def config_document(params: Mapping[str, Any], base: Mapping[str, Any], wish: Iterable[Provider]) -> dict[str, Any]:
    """clusterctl.yaml: the base, then what the options say."""
    document = {**base, **variables_of(params)}
    document["providers"] = _repositories(base.get("providers") or [], wish)
    if params.get("images"):
        document["images"] = {**(base.get("images") or {}), **params["images"]}
    if params.get("overrides_folder"):
        document["overridesFolder"] = params["overrides_folder"]
    cert_manager = {k: v for k, v in (params.get("cert_manager") or {}).items() if v is not None}
    if "externally_provisioned" in cert_manager:
        cert_manager["externallyProvisioned"] = cert_manager.pop("externally_provisioned")
    if cert_manager:
        document["cert-manager"] = {**(base.get("cert-manager") or {}), **cert_manager}
    return document


def variables_of(params: Mapping[str, Any]) -> dict[str, str]:
    """Plain and secret variables as clusterctl takes them: texts. Raises InvalidInput that shows no value."""
    plain, secret = params.get("variables") or {}, params.get("secret_variables") or {}
    mistakes = [f"{name} is in variables and in secret_variables" for name in sorted({*plain} & {*secret})]
    for name, value in {**plain, **secret}.items():
        if not _VARIABLE.fullmatch(str(name)):
            mistakes.append(f"variable {name!r} is not a name: wanted letters, digits and '_'")
        elif value is None or isinstance(value, (dict, list)):
            mistakes.append(f"variable {name} must be a text, a number or a boolean; encode other content yourself")
    if mistakes:
        raise InvalidInput("; ".join(mistakes) + ". Nothing was changed.")
    return {str(k): str(v).lower() if isinstance(v, bool) else str(v) for k, v in {**plain, **secret}.items()}


def local_folder(document: Mapping[str, Any], provider: Provider) -> str:
    """The folder of a provider's versions in a repository of files, or an empty text."""
    for entry in document.get("providers") or []:
        if (entry.get("name"), entry.get("type")) == (provider.name, TYPES[provider.type][0]):
            parts = urlsplit(str(entry.get("url", "")))
            if parts.scheme in ("file", ""):
                return os.path.dirname(os.path.dirname(parts.path))
    return ""


def series_contract(metadata: str, version: Any) -> str:
    """The contract that a provider's metadata.yaml gives to the series of a version; empty where it says nothing."""
    try:
        found = yaml.safe_load(metadata)
    except yaml.YAMLError:
        return ""
    for series in (found or {}).get("releaseSeries") or []:
        if (series.get("major"), series.get("minor")) == (version.major, version.minor):
            return str(series.get("contract", ""))
    return ""


def kubeconfig_source(params: Mapping[str, Any], environment: Mapping[str, str]) -> KubeconfigSource:
    """The management cluster of the authentication options, as a kubeconfig that clusterctl can take."""

    def option(name: str) -> Any:
        given = params.get(name)
        return environment.get(f"K8S_AUTH_{name.upper()}") if given is None else given

    kubeconfig, context = option("kubeconfig") or environment.get("KUBECONFIG") or "", option("context") or ""
    overrides = {name: option(name) for name in _OVERRIDES if option(name) not in (None, "", [])}
    if not overrides:
        if isinstance(kubeconfig, Mapping):
            return KubeconfigSource(document=kubeconfig, context=context)
        return KubeconfigSource(path=os.path.expanduser(kubeconfig or "~/.kube/config"), context=context)
    cluster, user = _base_access(kubeconfig, context)
    _override(cluster, user, overrides)
    return KubeconfigSource(document=_document(cluster, user))


def _base_access(kubeconfig: Any, context: str) -> tuple[dict[str, Any], dict[str, Any]]:
    if not kubeconfig:
        return {}, {}
    if isinstance(kubeconfig, Mapping):
        found = access(kubeconfig, "kubeconfig", context)
        return dict(found.cluster), dict(found.user)
    path = os.path.expanduser(kubeconfig)
    with open(path, encoding="utf-8") as file:
        found = access(parse(file.read(), f"kubeconfig {path}"), f"kubeconfig {path}", context)
    folder = os.path.dirname(os.path.abspath(path))
    parts = ({**found.cluster}, {**found.user})
    for part in parts:
        part.update({key: os.path.join(folder, part[key]) for key in _FILE_KEYS if part.get(key)})
    return parts


def _override(cluster: dict[str, Any], user: dict[str, Any], given: Mapping[str, Any]) -> None:
    """Put single authentication options over the entries of a kubeconfig, as the client does."""
    pairs = (
        (cluster, "server", "host"),
        (cluster, "certificate-authority", "ca_cert"),
        (cluster, "proxy-url", "proxy"),
        (user, "token", "api_key"),
        (user, "username", "username"),
        (user, "password", "password"),
        (user, "client-certificate", "client_cert"),
        (user, "client-key", "client_key"),
        (user, "as", "impersonate_user"),
    )
    for part, key, option in pairs:
        if option in given:
            part.pop(f"{key}-data", None)
            part[key] = given[option]
    if str(given.get("validate_certs", "true")).lower() in ("false", "no", "0"):
        cluster["insecure-skip-tls-verify"] = True
        cluster.pop("certificate-authority", None)
        cluster.pop("certificate-authority-data", None)
    if "impersonate_groups" in given:
        groups = given["impersonate_groups"]
        user["as-groups"] = groups.split(",") if isinstance(groups, str) else list(groups)


def _document(cluster: Mapping[str, Any], user: Mapping[str, Any]) -> dict[str, Any]:
    name = "management"
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": dict(cluster)}],
        "users": [{"name": name, "user": dict(user)}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        "current-context": name,
    }


def _repositories(base: Iterable[Mapping[str, Any]], wish: Iterable[Provider]) -> list[dict[str, Any]]:
    """Repositories of the base; a wanted provider with a url replaces its own."""
    found = {(e.get("name"), e.get("type")): dict(e) for e in base}
    for provider in wish:
        if provider.url:
            kind = TYPES[provider.type][0]
            found[provider.name, kind] = {"name": provider.name, "type": kind, "url": provider.url}
    return list(found.values())
