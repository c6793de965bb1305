# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The test bed: a management cluster in a sandbox, and the ways in which users reach it."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SOAK = bool(os.environ.get("SOAK"))  # `make soak`: hours, with every scenario and many kills
CHECKOUT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "capi.lifecycle"
_WRITING = {"create", "update", "patch", "delete", "deletecollection"}
_LIMIT = 2400  # seconds for one playbook or task: far above any sane run, cold builds included
_PROVIDERS = (
    ("cluster-api", "core"),
    ("kubeadm", "bootstrap"),
    ("kubeadm", "control_plane"),
    ("docker", "infrastructure"),
)


@dataclass(frozen=True)
class Run:
    """How a playbook run ended."""

    code: int
    output: str

    @property
    def recap(self) -> dict[str, dict[str, int]]:
        """Counters by host: ``recap["dev"]["changed"]``."""
        rows = re.findall(r"^(\S+)\s+: (ok=\d+.*)$", self.output, re.MULTILINE)
        return {host: {k: int(v) for k, v in re.findall(r"(\w+)=(\d+)", counts)} for host, counts in rows}


@dataclass
class Requests:
    """What reached the API server through the admin kubeconfig between two moments, by the audit log."""

    events: list[dict[str, Any]] = field(default_factory=list)

    @property
    def writes(self) -> list[str]:
        """Writes that were no dry runs, as ``verb resource namespace/name``."""
        return [
            f"{e['verb']} {_object(e)}"
            for e in self.events
            if e["verb"] in _WRITING and "dryRun=All" not in e["requestURI"] and "reviews" not in _object(e)
        ]

    @property
    def reads(self) -> list[str]:
        return [f"{e['verb']} {_object(e)}" for e in self.events if e["verb"] not in _WRITING]


@dataclass(frozen=True)
class Bed:
    """One management cluster: its sandbox by name, the CAPI release in it, its files."""

    name: str
    capi_version: str
    folder: Path

    @property
    def kubeconfig(self) -> Path:
        return self.folder / "kubeconfig"

    @property
    def api_version(self) -> str:
        """The newest API version that this release serves."""
        return "v1beta1" if self.capi_version.startswith("v1.10.") else "v1beta2"

    def play(self, playbook: str, *arguments: str, **variables: Any) -> Run:
        """Run a playbook of the collection as a user does, against this sandbox."""
        process = self.start(playbook, *arguments, **variables)
        return finish(process)

    def start(self, playbook: str, *arguments: str, **variables: Any) -> subprocess.Popen[str]:
        """Start a playbook in a process group of its own, so that all of it can be killed."""
        extra = json.dumps({"sandbox_name": self.name, **variables})
        command = [str(BIN / "ansible-playbook"), f"playbooks/{playbook}.yml", *arguments, "-e", extra]
        return _spawn(command)

    def task(self, module: str, *arguments: str, **options: Any) -> dict[str, Any]:
        """Run one module by its action plugin, as a task does; returns the task's result."""
        options = {"kubeconfig": str(self.kubeconfig), **options}
        command = [
            str(BIN / "ansible"),
            "-i",
            "localhost,",
            "-c",
            "local",
            "localhost",
            "-m",
            f"capi.lifecycle.{module}",
        ]
        # without -vvv the diff is taken out of the result
        run = finish(_spawn([*command, "-vvv", "-a", json.dumps(options), *arguments]))
        start = re.search(r"^localhost \| (\w+)!? => ", run.output, re.MULTILINE)
        if not start:
            raise AssertionError(f"{module} printed no result:\n{run.output}")
        result: dict[str, Any] = json.JSONDecoder().raw_decode(run.output, start.end())[0]
        return {**result, "failed": start[1] in ("FAILED", "UNREACHABLE")}

    def kubectl(self, *arguments: str, text: str = "") -> str:
        """The real kubectl with the admin's rights, for what a test prepares or looks up."""
        kubectl = next(self.folder.glob("bin/kubectl"), None) or next(CACHE.glob("bin/*/kubectl"))
        command = [str(kubectl), f"--kubeconfig={self.kubeconfig}", *arguments]
        done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=_LIMIT, check=False)
        if done.returncode:
            raise AssertionError(f"kubectl {' '.join(arguments)}: {done.stderr}")
        return done.stdout

    def objects(self, kind: str, namespace: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.kubectl("get", kind, "-n", namespace, "-o", "json"))["items"]
        return found

    @contextmanager
    def requests(self, namespace: str = "", agents: tuple[str, ...] = ("capi.lifecycle",)) -> Iterator[Requests]:
        """Collect the requests of the block by these user agents, of one namespace if given."""
        log, found = self.folder / "audit.log", Requests()
        before = log.stat()
        yield found
        assert log.stat().st_ino == before.st_ino, "the audit log was rotated: nobody knows what reached the server"
        with log.open("rb") as lines:
            lines.seek(before.st_size)
            events = [json.loads(line) for line in lines if line.endswith(b"\n")]
        of_ours = [e for e in events if e["userAgent"].startswith(agents)]
        found.events += [e for e in of_ours if e["stage"] == "ResponseComplete" and _in(e, namespace)]


def finish(process: subprocess.Popen[str], limit: float = _LIMIT) -> Run:
    """Wait for the end of a run; a run that hangs is killed and said so."""
    try:
        output, _none = process.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        kill(process)
        raise AssertionError(f"still running after {limit} s: {process.args!r}") from None
    return Run(process.returncode, output)


def kill(process: subprocess.Popen[str]) -> None:
    """kill -9 of a run with everything that it started: Ansible's workers have sessions of their own."""
    for pid in [process.pid, *_started_by(process.pid)]:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    process.communicate()


def _started_by(pid: int) -> list[int]:
    """Children, their children, and so on."""
    table = subprocess.run(["ps", "-axo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    pairs = [tuple(map(int, row.split())) for row in table.splitlines()]
    found, fresh = [], {pid}
    while fresh:
        fresh = {child for child, parent in pairs if parent in fresh}
        found += fresh
    return found


def providers(version: str) -> list[dict[str, str]]:
    """The providers of a sandbox, pinned, as users write them."""
    return [{"name": name, "type": kind, "version": version} for name, kind in _PROVIDERS]


def namespace_manifest(name: str) -> str:
    return json.dumps({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})


@contextmanager
def own_namespace(bed: Bed, name: str) -> Iterator[str]:
    """A namespace that is made here, and every cluster in it removed at the end.

    The namespace itself goes only from a sandbox that stays: its removal costs the server two requests for every kind.
    """
    bed.kubectl("apply", "-f", "-", text=namespace_manifest(name))
    try:
        yield name
    finally:
        bed.kubectl("delete", "cluster", "--all", "-n", name, "--wait=true", "--timeout=180s")
        if os.environ.get("SANDBOX"):
            bed.kubectl("delete", "namespace", name, "--wait=false")


def eventually(done: Callable[[], Any], told: Callable[[], Any] = lambda: "", seconds: float = 180) -> None:
    """Wait for machines to come to that; ``told`` says where they are when they do not."""
    limit = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < limit, f"it never came to that: {told()}"
        time.sleep(0.5)


@contextmanager
def only_sandbox(name: str) -> Iterator[None]:
    """Stop all other sandboxes for a while: the in-memory provider insists on one debug port, so one runs at a time.

    Those that do not answer here are in another network namespace, where the port is free.
    """
    folders = {file.parents[1] for file in CACHE.glob("sandboxes/*/processes/*")}
    others = [Bed(f.name, "", f) for f in sorted(folders) if f.name != name and _answers(f / "kubeconfig")]
    with ExitStack() as wake:
        for other in others:
            stopped = other.play("sandbox", sandbox_state="stopped")
            wake.callback(_wake, other)
            assert stopped.code == 0, stopped.output
        yield


def _answers(kubeconfig: Path) -> bool:
    server = re.search(r"https://127\.0\.0\.1:(\d+)", kubeconfig.read_text() if kubeconfig.exists() else "")
    if not server:
        return False
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex(("127.0.0.1", int(server[1]))) == 0


def _wake(neighbour: Bed) -> None:
    """Start a sandbox again, and wait for its clusters: machines in memory come back within a minute."""
    run = neighbour.play("sandbox", sandbox_state="present")
    assert run.code == 0, run.output
    try:
        neighbour.kubectl("wait", "cluster", "--all", "-A", "--for=condition=Available", "--timeout=120s")
    except AssertionError:  # none there, or of a release without this condition
        pass


def _spawn(command: list[str]) -> subprocess.Popen[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("K8S_AUTH_", "KUBE", "ANSIBLE_"))}
    environment.update(ANSIBLE_CONFIG=str(CHECKOUT / "ansible.cfg"), ANSIBLE_NOCOLOR="1", ANSIBLE_FORKS="12")
    return subprocess.Popen(
        command,
        cwd=CHECKOUT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def _object(event: Mapping[str, Any]) -> str:
    ref = event.get("objectRef") or {}
    return f"{ref.get('resource', event['requestURI'])} {ref.get('namespace', '')}/{ref.get('name', '')}"


def _in(event: Mapping[str, Any], namespace: str) -> bool:
    """About an object in the namespace, or in none: those count everywhere; discovery is about no object."""
    about = event.get("objectRef")
    return not namespace or (about is not None and about.get("namespace", namespace) == namespace)
