# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Container images as kubeadm names them, made of programs without an image builder."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import re
import tarfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Union

from .commands import BedError, run
from .programs import ETCD, KUBE_VIP, RELEASES, Release

Content = Union[bytes, Path]
PATH = "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
PROXY_NEEDS = ("nft", "xtables-nft-multi")
TABLES = ("iptables", "ip6tables")
# Without this file nft prints numbers for protocols; kube-proxy takes its own entries for leftovers and deletes them.
PROTOCOLS = b"ip 0 IP\nicmp 1 ICMP\ntcp 6 TCP\nudp 17 UDP\nipv6-icmp 58 IPv6-ICMP\nsctp 132 SCTP\n"


@dataclass(frozen=True)
class Image:
    """``name`` without its registry, as 'coredns/coredns:v1.14.2'; ``files`` by their path in the image."""

    name: str
    files: Mapping[str, Content]
    entrypoint: Sequence[str]
    links: Mapping[str, str] = field(default_factory=dict)

    def blobs(self) -> tuple[dict[str, bytes], bytes]:
        """Layer and configuration by their digests, and the manifest that names them."""
        raw = _layer(self.files, self.links)
        layer = gzip.compress(raw, 1, mtime=0)
        config = {
            "architecture": "amd64",
            "os": "linux",
            "config": {
                "Entrypoint": list(self.entrypoint),
                "Env": [f"PATH={PATH}"],
            },
            "rootfs": {"type": "layers", "diff_ids": [digest(raw)]},
        }
        text = json.dumps(config).encode()
        manifest = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": _described("application/vnd.oci.image.config.v1+json", text),
            "layers": [_described("application/vnd.oci.image.layer.v1.tar+gzip", layer)],
        }
        return {digest(layer): layer, digest(text): text}, json.dumps(manifest).encode()


def digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _described(kind: str, content: bytes) -> dict[str, object]:
    return {"mediaType": kind, "digest": digest(content), "size": len(content)}


def _layer(files: Mapping[str, Content], links: Mapping[str, str]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for folder in ("/tmp", "/data", *_parents([*files, *links])):
            entry = tarfile.TarInfo(folder.lstrip("/"))
            entry.type, entry.mode = tarfile.DIRTYPE, 0o755
            archive.addfile(entry)
        for path, source in sorted(files.items()):
            content = source if isinstance(source, bytes) else source.read_bytes()
            entry = tarfile.TarInfo(path.lstrip("/"))
            entry.size, entry.mode = len(content), 0o755
            archive.addfile(entry, io.BytesIO(content))
        for path, target in links.items():
            entry = tarfile.TarInfo(path.lstrip("/"))
            entry.type, entry.linkname = tarfile.SYMTYPE, target
            archive.addfile(entry)
    return stream.getvalue()


def _parents(paths: Iterable[str]) -> list[str]:
    """Every folder above these paths, outer ones first."""
    return sorted({str(folder) for path in paths for folder in Path(path).parents} - {"/"})


def images_of(programs: Mapping[str, Path], root: Path) -> list[Image]:
    """All images of the bed; ``root`` is a machine's file system, where kube-proxy's tools come from."""
    found = {}
    tools = {f"/usr/sbin/{name}": root / "usr/sbin" / name for name in PROXY_NEEDS} | _libraries(root)
    for release in RELEASES:
        for name in wanted(programs[f"kubeadm-{release.version}"], release.version):
            found[name] = _image(name, release, programs, tools)
    web = Image("bed/web:1", {"/web": programs["web"]}, ["/web"])
    vip = Image(f"kube-vip/kube-vip:v{KUBE_VIP}", {"/kube-vip": programs[f"kube-vip-{KUBE_VIP}"]}, ["/kube-vip"])
    return [*found.values(), web, vip]


def wanted(kubeadm: Path, version: str) -> list[str]:
    """The images that this kubeadm asks for, without the registry."""
    answer = run(kubeadm, "config", "images", "list", "--kubernetes-version", f"v{version}", "-o", "json")
    return [image.removeprefix("registry.k8s.io/") for image in json.loads(answer)["images"]]


def _image(name: str, release: Release, programs: Mapping[str, Path], tools: Mapping[str, Content]) -> Image:
    what = re.sub(r"^.*/|:.*$", "", name)
    if what == "pause":
        return Image(name, {"/pause": programs["pause"]}, ["/pause"])
    if what == "coredns":
        return Image(name, {"/coredns": programs[f"coredns-{release.coredns}"]}, ["/coredns"])
    if what == "etcd":
        return Image(name, {f"/usr/local/bin/{tool}": programs[f"{tool}-{release.etcd}"] for tool in ETCD}, [])
    program = f"/usr/local/bin/{what}"
    files: dict[str, Content] = {program: programs[f"{what}-{release.version}"]}
    if what != "kube-proxy":
        return Image(name, files, [program])
    names = [f"{table}{action}" for table in TABLES for action in ("", "-save", "-restore")]
    links = {f"/usr/sbin/{entry}": "xtables-nft-multi" for entry in names}
    return Image(name, {**files, **tools, "/etc/protocols": PROTOCOLS}, [program], links)


def _libraries(root: Path) -> dict[str, Content]:
    """What the tools of kube-proxy load, by the path where the loader looks."""
    extensions = sorted(path.relative_to(root) for path in root.glob("usr/lib/*/xtables/*.so"))
    programs = [f"/usr/sbin/{name}" for name in PROXY_NEEDS] + [f"/{path}" for path in extensions]
    listed = run("chroot", root, "ldd", *programs)
    paths = {*re.findall(r"(/\S+) \(0x", listed), *(f"/{path}" for path in extensions)}
    return {path: _inside(root, path) for path in paths}


def _inside(root: Path, path: str) -> Path:
    """The file behind a path of the machine, whose links lead nowhere on the host."""
    found = Path(run("chroot", root, "readlink", "-f", path).strip())
    if not (root / found.relative_to("/")).is_file():
        raise BedError(f"the disk of the machines lacks {path}")
    return root / found.relative_to("/")
