# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The services of a bed, in the hub's namespace: the endpoint of the API servers, the registry, the packages."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from . import registry
from .cgroups import Group
from .commands import wait_for
from .network import in_hub
from .place import ALL_CONTROL_PLANES, HUB_ADDRESS, Place

SETTLED = 6  # seconds: haproxy takes every server for alive until two checks have failed
PORTS = {"endpoint": 6443, "registry": 5000, "packages": 8080}


def group_of(place: Place, service: str) -> Group:
    return Group(f"{place.name}/hub/{service}")


def start(place: Place, images: Path, packages: Path) -> None:
    """Start the services that do not run."""
    (place.folder / "haproxy.cfg").write_text(balancer())
    (place.folder / "registry.json").write_text(registry.configuration(images, f"{HUB_ADDRESS}:{PORTS['registry']}"))
    _start_balancer(place)
    _start(place, "registry", ["docker-registry", "serve", str(place.folder / "registry.json")])
    served = ["--bind", HUB_ADDRESS, "--directory", str(packages), str(PORTS["packages"])]
    _start(place, "packages", [sys.executable, "-m", "http.server", *served])
    for service, port in PORTS.items():
        wait_for(f"{service} answers", partial(_listens, place, port), 20)


def _listens(place: Place, port: int) -> bool:
    return bool(in_hub(place, "ss", "-Htln", f"sport = :{port}"))


def start_endpoint(place: Place) -> None:
    """After an outage; returns when the API servers that are there can be reached, and those only."""
    _start_balancer(place)
    time.sleep(SETTLED)


def _start_balancer(place: Place) -> None:
    _start(place, "endpoint", ["haproxy", "-db", "-f", str(place.folder / "haproxy.cfg")])


def stop_endpoint(place: Place) -> None:
    """The load balancer dies: no API server can be reached by the endpoint's name."""
    group_of(place, "endpoint").kill()


def balancer() -> str:
    """haproxy's settings. It knows every control plane that there can be, and asks each whether it is ready."""
    servers = "".join(f"  server {machine.name} {machine.address}:6443\n" for machine in ALL_CONTROL_PLANES)
    return f"""\
defaults
  mode tcp
  timeout connect 1s
  timeout check 2s
  option redispatch 1
  timeout client 4h
  timeout server 4h
frontend api
  bind {HUB_ADDRESS}:{PORTS["endpoint"]}
  default_backend api
backend api
  option httpchk GET /readyz
  http-check expect status 200
  default-server check check-ssl verify none inter 1s fall 2 rise 1 on-marked-down shutdown-sessions
{servers}"""


def _start(place: Place, service: str, command: Sequence[str]) -> None:
    if not group_of(place, service).populated:
        spawn(place, service, command)


def spawn(
    place: Place, service: str, command: Sequence[str], environment: Mapping[str, str] | None = None
) -> subprocess.Popen[str]:
    """Start a program in the hub's namespace and the bed's cgroup; its output goes to a log."""
    place.logs.mkdir(parents=True, exist_ok=True)
    with (place.logs / f"{service}.log").open("ab") as log:
        return subprocess.Popen(
            group_of(place, service).command("ip", "netns", "exec", place.hub, *command),
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            text=True,
            start_new_session=True,
        )


def controller(place: Place, command: Sequence[str]) -> list[str]:
    """The command line that runs a command where the machines and the endpoint can be reached. It ends with the bed."""
    return group_of(place, "controller").command("ip", "netns", "exec", place.hub, *command)
