# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. From options, environment and kubeconfigs to a Kube: the only place that knows the official client."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from functools import partial
from typing import Any, Callable

from ._errors import Refused, Unreachable
from ._http import Http
from ._kube import HttpKube
from ._wait import Clock

MISSING_LIBRARIES: list[str] = []
try:
    import kubernetes.client
    import kubernetes.config
    import yaml
    from kubernetes.config import kube_config
except ImportError:
    MISSING_LIBRARIES.append("kubernetes")
try:
    from ansible_collections.kubernetes.core.plugins.module_utils.args_common import AUTH_ARG_MAP, AUTH_ARG_SPEC
    from ansible_collections.kubernetes.core.plugins.module_utils.k8s import client as core_client
except ImportError:
    AUTH_ARG_MAP, AUTH_ARG_SPEC = {}, {}
    MISSING_LIBRARIES.append("kubernetes.core (collection)")

AUTH_SPEC: dict[str, Any] = AUTH_ARG_SPEC
_HEADERS = {"impersonate_user": "Impersonate-User", "impersonate_groups": "Impersonate-Group"}


class NoKube:
    """Stands where an operation needs no management cluster: nothing can be asked of it."""

    server = ""

    def __init__(self, dry_run: bool) -> None:
        self.dry_run = dry_run


def connect(
    params: Mapping[str, Any],
    *,
    dry_run: bool,
    writes: bool,
    report: Callable[[str], None] = lambda line: None,
    environment: bool = True,
) -> HttpKube:
    """Open the management cluster that the options or the K8S_AUTH_* environment name; long retries are reported.

    Raises Refused when a write would go to a cluster that nobody named, Unreachable for an unusable kubeconfig.
    Without ``environment`` the options say all.
    """
    if writes:
        _refuse_implicit(params)
    clock = Clock()
    http = Http(lambda: _client(params, environment), clock=clock, clean_up=_remove_key_files, report=report)
    return HttpKube(http, dry_run=dry_run, clock=clock)


def connect_to(kubeconfig: Mapping[str, Any], report: Callable[[str], None] = lambda line: None) -> HttpKube:
    """Open the cluster that a kubeconfig's content describes, for reading; options and environment play no part.

    Raises Unreachable for content that the official client cannot use.
    """
    clock, folder = Clock(), tempfile.mkdtemp(prefix="capi-lifecycle-")

    def client() -> Any:
        try:
            found = kubernetes.config.new_client_from_config_dict(
                dict(kubeconfig), persist_config=False, temp_file_path=folder
            )
        except (kubernetes.config.ConfigException, OSError, TypeError, ValueError, KeyError) as error:
            raise Unreachable(f"The kubeconfig of the workload cluster cannot be used: {error}.") from error
        found.configuration.retries = False
        return found

    try:
        http = Http(client, clock=clock, clean_up=partial(_remove_key_files_in, folder), report=report)
    except Unreachable:
        _remove_key_files_in(folder)
        raise
    return HttpKube(http, dry_run=True, clock=clock)


def is_named(params: Mapping[str, Any]) -> bool:
    """Whether an option or a K8S_AUTH_* variable names a cluster."""
    return any(params.get(n) or os.environ.get(f"K8S_AUTH_{n.upper()}") for n in ("kubeconfig", "context", "host"))


def _refuse_implicit(params: Mapping[str, Any]) -> None:
    """A cluster found by accident (in-cluster account, current context of the default file) is not written to."""
    if is_named(params) or os.environ.get("KUBECONFIG"):
        return
    raise Refused(
        "No management cluster is named, and this would change one: set 'kubeconfig', 'context' or 'host' in the task, "
        "in module_defaults of group/capi.lifecycle.capi, or by K8S_AUTH_KUBECONFIG. "
        "The in-cluster account and the current context of the default file are used only for reading."
    )


def _client(params: Mapping[str, Any], environment: bool) -> Any:
    """An ApiClient of the official library, configured by kubernetes.core from options, environment and files."""
    try:
        kubernetes.client.Configuration.set_default(None)  # else credentials of the last connection join these
        configuration, headers = _settings(params, environment)
        configuration.retries = False  # one retry policy only, and it is ours
        client = kubernetes.client.ApiClient(configuration)
        for name, value in headers.items():
            core_client._set_header(client, name, value)
        return client
    except (kubernetes.config.ConfigException, yaml.YAMLError, OSError, TypeError, ValueError, KeyError) as error:
        raise Unreachable(_unusable(params, error)) from error


def _settings(params: Mapping[str, Any], environment: bool) -> tuple[Any, dict[str, Any]]:
    """What the official client is told, and headers of its own, such as whom to impersonate."""
    if params.get("in_cluster"):
        configuration = kubernetes.client.Configuration()
        kubernetes.config.load_incluster_config(client_configuration=configuration)
        return configuration, {}
    if environment:
        named = _with_environment(params)
        auth, headers = core_client._create_auth_spec(**named), core_client._create_headers(**named)
        return core_client._create_configuration(auth), headers
    auth = {known: params[name] for known, name in AUTH_ARG_MAP.items() if params.get(name) is not None}
    headers = {header: params[name] for name, header in _HEADERS.items() if params.get(name)}
    return core_client._create_configuration(auth), headers


def _with_environment(params: Mapping[str, Any]) -> Mapping[str, Any]:
    """KUBECONFIG named as if by the option: the library prefers an in-cluster account, and reads it only at import."""
    if is_named(params) or not os.environ.get("KUBECONFIG"):
        return params
    return {**params, "kubeconfig": os.environ["KUBECONFIG"]}


def _remove_key_files() -> None:
    """The official client removes its key files at interpreter exit, which a forked worker of Ansible never reaches."""
    kube_config._cleanup_temp_files()


def _remove_key_files_in(folder: str) -> None:
    """Those of one connection: another one that is open still needs its own, for each new TLS handshake."""
    for content, path in list(kube_config._temp_files.items()):
        if os.path.dirname(path) == folder:
            del kube_config._temp_files[content]  # else the client would take the file to be there
    shutil.rmtree(folder, ignore_errors=True)


def _unusable(params: Mapping[str, Any], error: Exception) -> str:
    source = params.get("kubeconfig") or os.environ.get("K8S_AUTH_KUBECONFIG") or os.environ.get("KUBECONFIG")
    what = f"kubeconfig {source}" if isinstance(source, str) else "The kubeconfig"
    if isinstance(source, str) and not os.path.exists(os.path.expanduser(source)):
        return f"{what} does not exist. Nothing was changed; set 'kubeconfig' to the file of the management cluster."
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    return f"{what} cannot be used: {reason.rstrip('.')}. Nothing was changed; check the file and 'context'."
