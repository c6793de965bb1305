# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""etcd, kube-apiserver and kube-controller-manager: their commands, and their start in order."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import kubeconfig, pki, processes
from .addresses import LOOPBACK
from .errors import SandboxError
from .files import to_json, write_if_changed
from .layout import Layout
from .ports import Ports, is_free
from .rest import Rest

ETCD, API_SERVER, CONTROLLER_MANAGER, POD_RUNNER = "etcd", "kube-apiserver", "kube-controller-manager", "pod-runner"
START_ORDER = (ETCD, API_SERVER, CONTROLLER_MANAGER, POD_RUNNER)
CONTROLLERS = (
    "garbage-collector-controller",
    "namespace-controller",
    "serviceaccount-controller",
    "clusterrole-aggregation-controller",
    "root-ca-certificate-publisher-controller",
    "ttl-after-finished-controller",
    "token-cleaner-controller",
)
START_SECONDS = 120  # idle machines take 4
RECOVERY_SECONDS = 30  # an API server that waits for etcd, or just started, is not wedged
STOP_SECONDS = 8
# Tests count the requests of sandbox-admin here: one line per request, written when it was answered.
AUDIT_POLICY = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived", "ResponseStarted"],
    "rules": [{"level": "Metadata", "users": [pki.ADMIN]}, {"level": "None"}],
}


def commands(tools: Path, layout: Layout, ports: Ports) -> dict[str, tuple[str, ...]]:
    """The command of each program."""
    return {
        ETCD: etcd_command(tools / ETCD, layout, ports),
        API_SERVER: api_server_command(tools / API_SERVER, layout, ports),
        CONTROLLER_MANAGER: controller_manager_command(tools / CONTROLLER_MANAGER, layout),
    }


def server_url(ports: Ports) -> str:
    """Where the API server listens."""
    return f"https://{LOOPBACK}:{ports.api_server}"


def etcd_command(program: Path, layout: Layout, ports: Ports) -> tuple[str, ...]:
    """etcd with client and peer certificates. No fsync: a sandbox need not survive a power cut."""
    client, peer = f"https://{LOOPBACK}:{ports.etcd}", f"https://{LOOPBACK}:{ports.etcd_peer}"
    authority, certificate, key = (layout.pki / name for name in ("ca.crt", "etcd.crt", "etcd.key"))
    return (
        str(program),
        "--name=sandbox",
        f"--data-dir={layout.home / 'etcd'}",
        "--unsafe-no-fsync",
        "--log-level=warn",
        f"--listen-client-urls={client}",
        f"--advertise-client-urls={client}",
        f"--listen-peer-urls={peer}",
        f"--initial-advertise-peer-urls={peer}",
        f"--initial-cluster=sandbox={peer}",
        f"--cert-file={certificate}",
        f"--key-file={key}",
        "--client-cert-auth",
        f"--trusted-ca-file={authority}",
        f"--peer-cert-file={certificate}",
        f"--peer-key-file={key}",
        "--peer-client-cert-auth",
        f"--peer-trusted-ca-file={authority}",
        "--quota-backend-bytes=4294967296",
        "--auto-compaction-mode=revision",
        "--auto-compaction-retention=5000",
    )


def api_server_command(program: Path, layout: Layout, ports: Ports) -> tuple[str, ...]:
    """kube-apiserver. allow-privileged: the Docker provider's Deployment is refused without it. Aggregator routing:
    webhooks are dialled at their EndpointSlice, since nothing serves Service addresses."""
    keys = layout.pki
    return (
        str(program),
        f"--etcd-servers=https://{LOOPBACK}:{ports.etcd}",
        f"--etcd-cafile={keys / 'ca.crt'}",
        f"--etcd-certfile={keys / 'etcd-client.crt'}",
        f"--etcd-keyfile={keys / 'etcd-client.key'}",
        *(f"--bind-address={LOOPBACK}", f"--secure-port={ports.api_server}", f"--advertise-address={LOOPBACK}"),
        "--endpoint-reconciler-type=none",
        f"--tls-cert-file={keys / 'kube-apiserver.crt'}",
        f"--tls-private-key-file={keys / 'kube-apiserver.key'}",
        f"--client-ca-file={keys / 'ca.crt'}",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={keys / 'service-accounts.crt'}",
        f"--service-account-signing-key-file={keys / 'service-accounts.key'}",
        f"--service-cluster-ip-range={pki.SERVICE_NETWORK}",
        "--authorization-mode=RBAC",
        "--allow-privileged=true",
        "--enable-aggregator-routing=true",
        f"--egress-selector-config-file={layout.home / 'egress.json'}",
        "--profiling=false",
        "--event-ttl=1h",
        f"--audit-policy-file={layout.home / 'audit-policy.json'}",
        f"--audit-log-path={layout.audit_log}",
        "--audit-log-maxsize=50",
        "--audit-log-maxbackup=2",
    )


def egress_selector(layout: Layout) -> dict[str, Any]:
    """Sends kube-apiserver's connections to webhooks through the pod runner; its working directory holds the socket."""
    transport = {"uds": {"udsName": layout.webhook_socket.name}}
    return {
        "apiVersion": "apiserver.k8s.io/v1beta1",
        "kind": "EgressSelectorConfiguration",
        "egressSelections": [
            {"name": "cluster", "connection": {"proxyProtocol": "HTTPConnect", "transport": transport}},
        ],
    }


def controller_manager_command(program: Path, layout: Layout) -> tuple[str, ...]:
    """kube-controller-manager. Service account credentials: its own user lacks the controllers' rights, and then
    namespaces never finish and aggregated ClusterRoles stay empty."""
    access = layout.controller_kubeconfig
    return (
        str(program),
        f"--kubeconfig={access}",
        f"--authentication-kubeconfig={access}",
        f"--authorization-kubeconfig={access}",
        f"--controllers={','.join(CONTROLLERS)}",
        "--use-service-account-credentials=true",
        "--leader-elect=false",
        "--secure-port=0",
        "--profiling=false",
        f"--root-ca-file={layout.pki / 'ca.crt'}",
        f"--service-account-private-key-file={layout.pki / 'service-accounts.key'}",
        "--kube-api-qps=200",
        "--kube-api-burst=400",
    )


def write_access_files(layout: Layout, ports: Ports) -> None:
    """The kubeconfigs and the audit policy."""
    url = server_url(ports)
    write_if_changed(layout.runner_kubeconfig, kubeconfig.by_path(url, layout.pki, "pod-runner"))
    write_if_changed(layout.controller_kubeconfig, kubeconfig.by_path(url, layout.pki, "kube-controller-manager"))
    write_if_changed(layout.home / "audit-policy.json", to_json(AUDIT_POLICY))
    write_if_changed(layout.home / "egress.json", to_json(egress_selector(layout)))
    write_if_changed(layout.kubeconfig, kubeconfig.embedded(url, layout.pki, "admin", f"sandbox-{layout.name}"))


def record_path(layout: Layout, name: str) -> Path:
    """Where the record of a control plane process is."""
    return layout.processes / f"{name}.json"


def runs(layout: Layout, name: str, command: tuple[str, ...]) -> bool:
    """Whether the process runs, with exactly this command."""
    record = processes.read_record(record_path(layout, name))
    return processes.is_alive(record) and record is not None and record.command == command


def start(layout: Layout, name: str, command: tuple[str, ...], ports: Ports) -> None:
    """Start a process anew: an older or wedged one is stopped first. Waits for the API server where that is started."""
    processes.stop([record_path(layout, name)], STOP_SECONDS)
    if name == POD_RUNNER:
        layout.heartbeat.unlink(missing_ok=True)  # that of an earlier one
    for port in {ETCD: (ports.etcd, ports.etcd_peer), API_SERVER: (ports.api_server,)}.get(name, ()):
        if not is_free(port):
            raise SandboxError(
                f"Sandbox '{layout.name}' cannot start {name}: its port {port} is taken by another "
                "program. Stop that program, or remove the sandbox and start it again on other ports."
            )
    processes.spawn(record_path(layout, name), command, layout.logs / f"{name}.log", layout.home)
    if name == API_SERVER:
        wait_for_api_server(layout)


def api_server_ready(layout: Layout) -> bool:
    """Whether the API server, and etcd behind it, answer."""
    return layout.runner_kubeconfig.is_file() and Rest(layout.runner_kubeconfig).is_ready()


def wait_for_api_server(layout: Layout) -> None:
    """Wait until the API server is ready; a process that ended is named at once."""
    deadline = time.monotonic() + START_SECONDS
    while not api_server_ready(layout):
        for name in (ETCD, API_SERVER):
            if not processes.is_alive(processes.read_record(record_path(layout, name))):
                raise SandboxError(failure(layout, name, "ended while the API server was starting"))
        if time.monotonic() > deadline:
            raise SandboxError(failure(layout, API_SERVER, f"was not ready after {START_SECONDS} s"))
        time.sleep(0.1)


def failure(layout: Layout, name: str, what: str) -> str:
    """A message about a control plane process, with the last line of its log."""
    log = layout.logs / f"{name}.log"
    return (
        f"{name} of sandbox '{layout.name}' {what}: {processes.last_line(log, 'its log is empty')}. "
        f"The whole log is {log}; if its data are damaged, remove the sandbox and start it again."
    )


def stop_all(layout: Layout, report: Callable[[str], None]) -> None:
    """Stop everything, dependants first; pods that outlived their runner too."""
    for paths in (
        [record_path(layout, POD_RUNNER)],
        sorted(layout.pods.glob("*/process.json")),
        [record_path(layout, CONTROLLER_MANAGER)],
        [record_path(layout, API_SERVER)],
        [record_path(layout, ETCD)],
    ):
        for path in paths:
            record = processes.read_record(path)
            if processes.is_alive(record):
                report(f"stopping {path.stem if path.parent == layout.processes else path.parent.name}")
        processes.stop(paths, STOP_SECONDS)


def running(layout: Layout) -> list[str]:
    """Names of what runs: control plane processes, then pods."""
    paths = [record_path(layout, name) for name in START_ORDER] + sorted(layout.pods.glob("*/process.json"))
    return [
        path.stem if path.parent == layout.processes else path.parent.name
        for path in paths
        if processes.is_alive(processes.read_record(path))
    ]
