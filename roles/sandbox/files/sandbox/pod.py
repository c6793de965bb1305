# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One Deployment as one local process: prepared, started, watched, restarted, stopped."""

from __future__ import annotations

import base64
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import requests

from . import kubeconfig, pod_spec, processes
from .addresses import LOOPBACK
from .errors import SandboxError
from .files import write_atomically
from .layout import Layout
from .rest import Rest, RestError

LONGEST_BACKOFF = 30.0
STEADY_SECONDS = 30
INHERITED = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "LANG")
TOKEN_SECONDS = 31536000


class Pod:
    """The process of one Deployment. ``message`` says why it is not ready; ``gone`` that its ports are free again."""

    def __init__(
        self,
        rest: Rest,
        layout: Layout,
        ports: pod_spec.PodPorts,
        deployment: dict[str, Any],
        say: Callable[[str], None],
    ) -> None:
        self.deployment, self.ports = deployment, ports
        self.ready, self.message = False, ""
        meta = deployment["metadata"]
        self.namespace, self.name = str(meta["namespace"]), str(meta["name"])
        self.folder = layout.pods / f"{self.namespace}_{self.name}"
        self._rest, self._layout, self._say = rest, layout, say
        self._process: subprocess.Popen[bytes] | None = None
        self._fingerprint = ""
        self._backoff, self._not_before, self._started, self._kill_at = 1.0, 0.0, 0.0, 0.0

    @property
    def gone(self) -> bool:
        """Whether no process is left."""
        return self._process is None

    def step(self, command: Sequence[str] | None) -> None:
        """Look once, and bring the process nearer to what is wanted. ``command`` is what the image stands for."""
        wanted = pod_spec.replicas_of(self.deployment) > 0
        fingerprint = pod_spec.fingerprint(self.deployment, command or ())
        self._reap()
        if self._process and (not wanted or fingerprint != self._fingerprint):
            self.stop("scaled to none" if not wanted else "its template changed")
        elif not self._process and wanted and time.monotonic() >= self._not_before:
            self._fingerprint = fingerprint
            self._start(command)
        elif self._process and not self._kill_at:
            self._probe()

    def stop(self, why: str) -> None:
        """Ask the process to end; later steps kill it when its grace period is over."""
        if not self._process:
            return
        self.ready = False
        if not self._kill_at:
            self._tell(f"stopping: {why}")
            grace = pod_spec.pod_of(self.deployment).get("terminationGracePeriodSeconds", 10)
            self._kill_at = time.monotonic() + min(float(grace), 10.0)
            self._process.send_signal(signal.SIGTERM)
        elif time.monotonic() > self._kill_at:
            self._process.kill()

    def forget(self) -> None:
        """Remove what was written for the process: its token and mounted secrets."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _reap(self) -> None:
        if not self._process or self._process.poll() is None:
            return
        code, asked = self._process.returncode, bool(self._kill_at)
        self._process, self.ready, self._kill_at = None, False, 0.0
        (self.folder / "process.json").unlink(missing_ok=True)
        if not asked:
            self._not_before = time.monotonic() + self._backoff
            line = processes.last_line(self.folder / "log")
            self._tell(f"ended with {code}, starts again in {self._backoff:.0f} s: {line}")
            self._backoff = min(self._backoff * 2, LONGEST_BACKOFF)

    def _probe(self) -> None:
        was_ready, self.ready = self.ready, not pod_spec.has_probe(self.deployment) or self._answers()
        if self.ready:
            self.message = "running"
            if time.monotonic() - self._started > STEADY_SECONDS:
                self._backoff = 1.0
        elif was_ready:
            self._tell("runs, but its /readyz does not say ok")

    def _answers(self) -> bool:
        try:
            return requests.get(f"http://{LOOPBACK}:{self.ports.health}/readyz", timeout=2).status_code == 200
        except requests.RequestException:
            return False

    def _start(self, command: Sequence[str] | None) -> None:
        image = pod_spec.image_name(pod_spec.container_of(self.deployment)["image"])
        if command is None:
            return self._tell(
                f"ImagePullBackOff: image {image} is not in the image store of this sandbox "
                f"({self._layout.images}); give its program with --image {image}=PATH"
            )
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            mounts = self._mount()
            token = self._token() if mounts is not None else None
        except RestError as error:
            return self._tell(f"will try again: {error}")
        if mounts is None or token is None:
            return None
        environment = self._environment(token, mounts)
        arguments = pod_spec.arguments_of(self.deployment, self.ports, mounts, environment)
        try:
            self._process = processes.spawn(
                self.folder / "process.json", [*command, *arguments], self.folder / "log", self.folder, environment
            )
        except SandboxError as error:
            self._not_before = time.monotonic() + LONGEST_BACKOFF
            return self._tell(str(error))
        self._started = time.monotonic()
        left_out = pod_spec.left_out(self.deployment)
        if left_out:
            self._say(f"{self.namespace}/{self.name}: has no meaning here: {', '.join(left_out)}")
        return self._tell(f"started {image} as process {self._process.pid}, not ready yet")

    def _mount(self) -> dict[str, str] | None:
        """Secret volumes as folders by their mount path; None while one is missing."""
        mounts: dict[str, str] = {}
        for volume, secret, path, optional in pod_spec.secret_volumes(self.deployment):
            found = self._rest.get(f"/api/v1/namespaces/{self.namespace}/secrets/{secret}")
            if not found and not optional:
                self._tell(f"waiting for Secret {secret}, which a Certificate or clusterctl should have made")
                return None
            folder = self.folder / volume
            folder.mkdir(exist_ok=True, mode=0o700)
            for key, value in ((found or {}).get("data") or {}).items():
                write_atomically(folder / key, base64.b64decode(value))
            mounts[path] = str(folder)
        return mounts

    def _token(self) -> str | None:
        account = pod_spec.pod_of(self.deployment).get("serviceAccountName", "default")
        request = {
            "apiVersion": "authentication.k8s.io/v1",
            "kind": "TokenRequest",
            "spec": {"expirationSeconds": TOKEN_SECONDS},
        }
        answer = self._rest.post(f"/api/v1/namespaces/{self.namespace}/serviceaccounts/{account}/token", request)
        if answer is None:
            self._tell(f"waiting for ServiceAccount {account}")
            return None
        return str(answer["status"]["token"])

    def _environment(self, token: str, mounts: Mapping[str, str]) -> dict[str, str]:
        """The pod's own rights: its kubeconfig holds the token of its service account."""
        access = self.folder / "kubeconfig"
        write_atomically(access, kubeconfig.with_token(self._rest.server, self._layout.pki / "ca.crt", token))
        inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
        return {
            **inherited,
            "HOME": str(self.folder),
            "TMPDIR": str(self._scratch()),
            "KUBECONFIG": str(access),
            **pod_spec.environment_of(self.deployment, mounts),
        }

    def _scratch(self) -> Path:
        folder = self.folder / "tmp"
        folder.mkdir(exist_ok=True, mode=0o700)
        return folder

    def _tell(self, message: str) -> None:
        if message != self.message:
            self._say(f"{self.namespace}/{self.name}: {message}")
        self.message = message
