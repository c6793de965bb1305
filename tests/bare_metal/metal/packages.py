# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The package server's folder: a signed apt repository for each minor, laid out like pkgs.k8s.io, one with packages of
Debian, and programs as dl.k8s.io has them. Made once, then cached.

Packages have upstream's names, versions, files and dependencies.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
import tarfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .commands import run
from .programs import CRI_TOOLS, KUBERNETES, RELEASES, Release

REVISION = "1.1"
CNI = "1.9.1"
_UNITS = "/usr/lib/systemd/system"
KUBELET_UNIT = """\
[Unit]
Description=kubelet: The Kubernetes Node Agent
Documentation=https://kubernetes.io/docs/
Wants=network-online.target
After=network-online.target

[Service]
ExecStart=/usr/bin/kubelet
Restart=always
StartLimitInterval=0
RestartSec=10

[Install]
WantedBy=multi-user.target
"""
KUBEADM_DROPIN = """\
[Service]
Environment="KUBELET_KUBECONFIG_ARGS=--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf --kubeconfig=/etc/kubernetes/kubelet.conf"
Environment="KUBELET_CONFIG_ARGS=--config=/var/lib/kubelet/config.yaml"
EnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env
EnvironmentFile=-/etc/default/kubelet
ExecStart=
ExecStart=/usr/bin/kubelet $KUBELET_KUBECONFIG_ARGS $KUBELET_CONFIG_ARGS $KUBELET_KUBEADM_ARGS $KUBELET_EXTRA_ARGS
"""  # noqa: E501
# As upstream's: the kubelet is enabled when it is first installed, and not restarted by an upgrade.
KUBELET_SCRIPTS = {
    "postinst": """\
#!/bin/sh -e
[ "$1" = configure ] && [ -d /run/systemd/system ] || exit 0
systemctl daemon-reload
[ -n "$2" ] || systemctl enable --quiet kubelet.service
""",
    "prerm": """\
#!/bin/sh -e
[ "$1" = remove ] && [ -d /run/systemd/system ] || exit 0
systemctl disable --quiet --now kubelet.service
""",
}


@dataclass(frozen=True)
class Package:
    """What goes into a .deb: ``files`` by their path on the machine, a program's file or a text."""

    name: str
    version: str
    files: Mapping[str, Path | str]
    depends: str = ""
    scripts: Mapping[str, str] = field(default_factory=dict)
    conffiles: tuple[str, ...] = ()

    def control(self) -> str:
        lines = {
            "Package": self.name,
            "Version": self.version,
            "Architecture": "amd64",
            "Maintainer": "test bed <bed@bed.test>",
            "Depends": self.depends,
            "Section": "admin",
            "Priority": "optional",
            "Description": f"{self.name} for the test bed",
        }
        return "".join(f"{name}: {value}\n" for name, value in lines.items() if value)


# A small package of the system in two versions, for tests of updates. As a kernel's, the newer asks for a reboot.
TOOL = "bed-tool"
UPDATED = (
    Package(TOOL, "1.0", {"/usr/share/bed-tool/version": "1.0\n"}),
    Package(
        TOOL,
        "2.0",
        {"/usr/share/bed-tool/version": "2.0\n"},
        scripts={"postinst": f"#!/bin/sh -e\ntouch /run/reboot-required\necho {TOOL} >>/run/reboot-required.pkgs\n"},
    ),
)


def server_folder(cache: Path, programs: Mapping[str, Path], offered: Path, report: Callable[[str], None]) -> Path:
    """What the package server shows."""
    sources = [*map(str, programs.values()), offered.name, Path(__file__).read_text()]
    folder = cache / f"packages-{hashlib.sha256(json.dumps(sources).encode()).hexdigest()[:12]}"
    if not folder.is_dir():
        report("making the package repositories")
        draft = cache / "draft-packages"
        shutil.rmtree(draft, ignore_errors=True)
        _fill(draft, programs, offered)
        draft.replace(folder)
    return folder


def _fill(folder: Path, programs: Mapping[str, Path], offered: Path) -> None:
    keys = folder.with_suffix(".keys")
    shutil.rmtree(keys, ignore_errors=True)
    keys.mkdir(parents=True, mode=0o700)
    gpg = ["gpg", "--homedir", str(keys), "--batch", "--yes", "--quiet"]
    run(*gpg, "--passphrase", "", "--quick-generate-key", "bed <bed@bed.test>", "rsa3072", "sign", "never")
    plugins = _plugins(folder.with_suffix(".plugins"), offered)
    for release in RELEASES:
        repository = folder / f"core:/stable:/v{release.minor}/deb"
        repository.mkdir(parents=True)
        for package in packages_of(release, programs, plugins):
            write_package(repository, package)
        sign(repository, gpg)
        _publish_programs(folder / f"release/v{release.version}/bin/linux/amd64", release, programs)
    _publish(folder / f"release/cni-plugins-linux-amd64-v{CNI}.tgz", list(plugins.iterdir()))
    _publish(folder / f"release/crictl-v{CRI_TOOLS}-linux-amd64.tar.gz", [programs[f"crictl-{CRI_TOOLS}"]])
    shutil.copytree(offered, folder / "debian")
    for package in UPDATED:
        write_package(folder / "debian", package)
    sign(folder / "debian", gpg)
    run("gpgconf", "--homedir", keys, "--kill", "all")
    for needed_no_more in (keys, plugins):
        shutil.rmtree(needed_no_more)


def packages_of(release: Release, programs: Mapping[str, Path], plugins: Path) -> list[Package]:
    """The packages of a minor's repository."""
    version = f"{release.version}-{REVISION}"
    path = {name: programs[f"{name}-{release.version}"] for name in KUBERNETES}
    kubeadm: dict[str, Path | str] = {
        "/usr/bin/kubeadm": path["kubeadm"],
        f"{_UNITS}/kubelet.service.d/10-kubeadm.conf": KUBEADM_DROPIN,
    }
    settings = "/etc/default/kubelet"
    kubelet: dict[str, Path | str] = {
        "/usr/bin/kubelet": path["kubelet"],
        f"{_UNITS}/kubelet.service": KUBELET_UNIT,
        settings: "KUBELET_EXTRA_ARGS=\n",
    }
    needs = "iptables (>= 1.4.21), kubernetes-cni (>= 1.2.0), mount, util-linux"
    return [
        Package("kubeadm", version, kubeadm, "cri-tools (>= 1.30.0)"),
        Package("kubelet", version, kubelet, needs, KUBELET_SCRIPTS, (settings,)),
        Package("kubectl", version, {"/usr/bin/kubectl": path["kubectl"]}),
        Package("cri-tools", f"{CRI_TOOLS}-{REVISION}", {"/usr/bin/crictl": programs[f"crictl-{CRI_TOOLS}"]}),
        Package("kubernetes-cni", f"{CNI}-{REVISION}", {f"/opt/cni/bin/{p.name}": p for p in plugins.iterdir()}),
    ]


def _plugins(folder: Path, offered: Path) -> Path:
    """The CNI plugins, out of Debian's package."""
    tree = folder.with_suffix(".tree")
    shutil.rmtree(folder, ignore_errors=True)
    run("dpkg-deb", "-x", next(offered.glob("containernetworking-plugins_*.deb")), tree)
    (tree / "usr/lib/cni").replace(folder)
    shutil.rmtree(tree)
    return folder


def write_package(repository: Path, package: Package) -> None:
    """Build a .deb into a folder."""
    tree = repository / ".tree"
    (tree / "DEBIAN").mkdir(parents=True, mode=0o755)
    for path, source in package.files.items():
        target = tree / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(source, Path):
            shutil.copyfile(source, target)
            target.chmod(0o755)
        else:
            target.write_text(source)
    (tree / "DEBIAN/control").write_text(package.control())
    if package.conffiles:
        (tree / "DEBIAN/conffiles").write_text("".join(f"{path}\n" for path in package.conffiles))
    for name, script in package.scripts.items():
        (tree / "DEBIAN" / name).write_text(script)
        (tree / "DEBIAN" / name).chmod(0o755)
    archive = f"{package.name}_{package.version}_amd64.deb"
    run("dpkg-deb", "--root-owner-group", "-Zzstd", "-z1", "-b", tree, repository / archive)
    shutil.rmtree(tree)


def sign(repository: Path, gpg: list[str]) -> None:
    """Index and signature of a flat repository, and the key to check it with."""
    index = run("apt-ftparchive", "packages", ".", cwd=repository)
    (repository / "Packages").write_text(index)
    (repository / "Packages.gz").write_bytes(gzip.compress(index.encode(), mtime=0))
    (repository / "Release").write_text(run("apt-ftparchive", "release", ".", cwd=repository))
    run(*gpg, "--clearsign", "-o", repository / "InRelease", repository / "Release")
    (repository / "Release.key").write_text(run(*gpg, "--armor", "--export"))


def _publish_programs(folder: Path, release: Release, programs: Mapping[str, Path]) -> None:
    """Programs and their checksums, for machines that take no packages."""
    folder.mkdir(parents=True)
    for name in KUBERNETES:
        source = programs[f"{name}-{release.version}"]
        (folder / name).symlink_to(source)
        _sum(folder / name)


def _publish(archive: Path, files: Sequence[Path]) -> None:
    """A compressed archive of programs, and its checksum."""
    with tarfile.open(archive, "w:gz", compresslevel=1) as stream:
        for file in sorted(files):
            stream.add(file, file.name)
    _sum(archive)


def _sum(file: Path) -> None:
    file.with_name(f"{file.name}.sha512").write_text(hashlib.sha512(file.read_bytes()).hexdigest() + "\n")
