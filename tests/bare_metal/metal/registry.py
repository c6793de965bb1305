# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The images in the storage of a registry: filled once, then cached, and served to the machines of any bed."""

from __future__ import annotations

import hashlib
import json
import shutil
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from . import images
from .commands import BedError, wait_for
from .images import MANIFEST, Image
from .rootfs import in_image

PREFIX = "registry.k8s.io"  # as a mirror of several registries keeps their images apart


def storage(cache: Path, programs: Mapping[str, Path], disk: Path, report: Callable[[str], None]) -> Path:
    """A folder that docker-registry serves."""
    sources = [*map(str, programs.values()), disk.name, Path(images.__file__).read_text()]
    folder = cache / f"registry-{hashlib.sha256(json.dumps(sources).encode()).hexdigest()[:12]}"
    if not folder.is_dir():
        report("making the images")
        draft = cache / "draft-registry"
        shutil.rmtree(draft, ignore_errors=True)
        with _served(draft, cache / "registry.log") as address:
            in_image(disk, lambda root: push(address, images.images_of(programs, root)))
        draft.replace(folder)
    return folder


def add(cache: Path, folder: Path, found: Iterable[Image]) -> None:
    """Put further images into a storage; a registry that serves it has them at once."""
    with _served(folder, cache / "registry.log") as address:
        push(address, found)


def configuration(folder: Path, address: str) -> str:
    """What docker-registry reads: JSON is YAML, too."""
    content = {
        "version": 0.1,
        "log": {"level": "warn", "accesslog": {"disabled": True}},
        "storage": {"filesystem": {"rootdirectory": str(folder)}},
        "http": {"addr": address},
    }
    return json.dumps(content)


@contextmanager
def _served(folder: Path, log: Path) -> Iterator[str]:
    """A registry on this host while its storage is filled."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    settings = log.with_suffix(".json")
    settings.write_text(configuration(folder, address))
    with log.open("wb") as output, subprocess.Popen(["docker-registry", "serve", settings], stderr=output) as process:
        try:
            wait_for("the registry answers", lambda: _answers(address), 20)
            yield f"http://{address}"
        finally:
            process.terminate()


def _answers(address: str) -> bool:
    host, port = address.split(":")
    with socket.socket() as probe:
        return probe.connect_ex((host, int(port))) == 0


def push(address: str, found: Iterable[Image]) -> None:
    """Put images into a registry by its HTTP interface."""
    for image in found:
        repository, _colon, tag = image.name.rpartition(":")
        base = f"{address}/v2/{PREFIX}/{repository}"
        blobs, manifest = image.blobs()
        for digest, content in blobs.items():
            if _ask("HEAD", f"{base}/blobs/{digest}")[0] != 200:
                _status, place = _ask("POST", f"{base}/blobs/uploads/", b"")
                _put(f"{place}&digest={digest}", content, "application/octet-stream")
        _put(f"{base}/manifests/{tag}", manifest, MANIFEST)


def _put(address: str, content: bytes, kind: str) -> None:
    status, _place = _ask("PUT", address, content, kind)
    if status != 201:
        raise BedError(f"the registry answered {status} to PUT {address}")


def _ask(method: str, address: str, content: bytes | None = None, kind: str = "") -> tuple[int, str]:
    """Status and Location of the answer."""
    headers = {"Content-Type": kind} if kind else {}
    request = urllib.request.Request(address, content, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.headers.get("Location", "")
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, ""
