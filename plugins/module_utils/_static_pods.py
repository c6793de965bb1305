# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. Static pods of this node: which run with files older than those on disk, and a restart of one.

The kubelet ends a static pod when its manifest leaves the folder, and starts it when it is back. Meanwhile the manifest
stands in a folder beside it, where the next run finds it should this one, or the whole host, die in between.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable

from ._certificate_judge import files_in, ordered, pod_in, running_in
from ._errors import CapiError, Failed, WaitTimeout
from ._etcd_words import parsed
from ._host import Host, NodeSession
from ._local_etcd import local_etcd
from ._local_kube import FOLDER, local_kube
from ._wait import duration

MANIFESTS = f"{FOLDER}/manifests"
PARKED = f"{FOLDER}/capi-lifecycle-parked"
INTERVAL = 1.0  # seconds between looks


@dataclass(frozen=True)
class StaticPods:
    """Those of one node."""

    session: NodeSession
    node_name: str
    timeout: float  # seconds for one of them to end, and to come back

    @property
    def host(self) -> Host:
        return self.session.host

    def names(self) -> list[str]:
        return ordered(_stems(self.host.names(MANIFESTS)))

    def parked(self) -> list[str]:
        """Whose manifests a run that died took out of the folder: nothing starts them."""
        return ordered(_stems(self.host.names(PARKED)))

    def put_back(self) -> list[str]:
        found = self.parked()
        for name in found:
            self._move(f"{PARKED}/{name}.yaml", f"{MANIFESTS}/{name}.yaml")
        return found

    def stale(self) -> list[str]:
        """Those that run with certificates or kubeconfigs that have been replaced since they started."""
        running = self._running()
        return [
            name
            for name in self.names()
            if any(made < self._newest(name) for made in running.get(self._pod(name), {}).values())
        ]

    def stopped(self) -> list[str]:
        """Those without a running container."""
        running = self._running()
        return [name for name in self.names() if not running.get(self._pod(name))]

    def restart(self, name: str, *, wait_ready: bool) -> None:
        """End it and start it, and wait for the new container; with ``wait_ready`` also for what it serves."""
        pod, before = self._pod(name), set(self._running().get(self._pod(name), {}))
        with self.host.undisturbed():  # a killed run takes the connection away, and must not leave the manifest there
            self._move(f"{MANIFESTS}/{name}.yaml", f"{PARKED}/{name}.yaml")
            try:
                self._wait(f"static pod {pod} has not ended", lambda: not before & set(self._running().get(pod, {})))
            finally:
                self._move(f"{PARKED}/{name}.yaml", f"{MANIFESTS}/{name}.yaml")
        self._wait(f"static pod {pod} has not started again", lambda: bool(self._running().get(pod)))
        if wait_ready:
            self._wait(f"static pod {pod} runs, and does not serve", lambda: self._serves(name))

    def _serves(self, name: str) -> bool:
        try:
            if name == "etcd":
                return bool(local_etcd(self.host).ctl("endpoint", "health").rc == 0)
            if name == "kube-apiserver":
                local_kube(self.host).raw("/readyz")
        except CapiError:
            return False
        return True

    def _wait(self, missing: str, is_there: Callable[[], bool]) -> None:
        began = self.session.clock.now()
        while not is_there():
            waited = self.session.clock.now() - began
            if waited >= self.timeout:
                raise WaitTimeout(
                    f"{self.node_name}: after {duration(waited)} {missing}. Its manifest is in {MANIFESTS}; see "
                    "crictl ps -a and journalctl -u kubelet there. When the cause is gone, run the same command "
                    "again: it goes on from here."
                )
            self.session.clock.sleep(INTERVAL)

    def _running(self) -> dict[str, dict[str, float]]:
        done = self.host.run("crictl", "ps", "--state", "running", "-o", "json")
        if done.rc:
            raise Failed(f"crictl on {self.node_name} does not list containers: {done.why}")
        return running_in(parsed(done.stdout, "crictl ps").get("containers") or [])

    def _pod(self, name: str) -> str:
        return f"{pod_in(self.host.read(f'{MANIFESTS}/{name}.yaml'), name)}-{self.node_name}"

    def _newest(self, name: str) -> float:
        """When the newest of the files that it reads was written."""
        files = files_in(self.host.read(f"{MANIFESTS}/{name}.yaml"))
        return max((self.host.written(file) for file in files), default=0.0)

    def _move(self, path: str, target: str) -> None:
        try:
            self.host.move(path, target)
        except OSError as error:
            raise Failed(
                f"{path} on {self.node_name} cannot be moved to {target}: {error.strerror}. Without its manifest in "
                f"{MANIFESTS} a static pod does not run: put it there, and run the same command again."
            ) from error


def _stems(files: list[str]) -> list[str]:
    return [file[: -len(".yaml")] for file in files if file.endswith(".yaml")]
