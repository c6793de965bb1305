# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Package steps of the RHEL family: the real dnf and signed packages, on a machine that says it is of that family.

The system is Debian's all the same: what a real RHEL does besides (SELinux, its own containerd, firewalld) is not seen.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from bed import Run
from clusters import NEW, OLD, changed
from driving import Metal
from metal.rootfs import RPM

pytestmark = pytest.mark.long
NEWER_PATCH = OLD.rpartition(".")[0] + ".9"
RELEASE = "150500.1.1"
SYSTEM = """\
printf 'NAME="Rocky Linux"\\nID=rocky\\nID_LIKE="rhel centos fedora"\\nVERSION_ID="9.6"\\n' >/usr/lib/os-release
mkdir -p /etc/yum.repos.d
echo 'Rocky Linux release 9.6 (Blue Onyx)' >/etc/redhat-release
"""
UNIT = "[Service]\\nExecStart=/bin/sleep infinity\\n[Install]\\nWantedBy=multi-user.target\\n"
SPEC = """\
Name: {name}
Version: {version}
Release: {release}
Summary: {name}
License: none
BuildArch: noarch
{needs}
%description
{name}
%install
mkdir -p %{{buildroot}}/usr/bin %{{buildroot}}/usr/lib/systemd/system
printf '#!/bin/sh\\necho {says}\\n' >%{{buildroot}}/usr/bin/{name}
printf '{unit}' >%{{buildroot}}/usr/lib/systemd/system/{name}.service
%files
%attr(755, root, root) /usr/bin/{name}
/usr/lib/systemd/system/{name}.service
"""
MAKE = """\
set -e
gpg --batch --quiet --passphrase '' --quick-generate-key packages 2>/dev/null || true
for spec in /root/specs/*/*.spec; do rpmbuild --quiet -bb --define '_topdir /root/rpm' $spec; done
for minor in $(ls /root/specs); do
  place=/srv/packages/$minor/rpm
  mkdir -p $place
  for spec in /root/specs/$minor/*.spec; do
    name=$(basename $spec .spec)
    cp /root/rpm/RPMS/noarch/$name-*.rpm $place/
  done
  rpmsign --define '_gpg_name packages' --addsign $place/*.rpm >/dev/null
  createrepo_c --quiet $place
  gpg --export --armor packages >$place/repodata/repomd.xml.key
done
"""


def spec(name: str, version: str) -> str:
    says = f"Kubernetes v{version}" if name == "kubelet" else f"v{version}"
    needs = "Requires: kubernetes-cni, cri-tools" if name == "kubelet" else ""
    return SPEC.format(name=name, version=version, release=RELEASE, needs=needs, says=says, unit=UNIT)


@pytest.fixture(scope="module")
def machine(metal: Metal) -> Metal:
    """One with dnf, and a repository of each minor version as pkgs.k8s.io has them."""
    metal.fresh(control_planes=0, workers=1)
    metal.run("w1", f"apt-get -qq update && apt-get -qq install -y {' '.join(RPM)}")
    for version in (OLD, NEWER_PATCH, NEW):
        minor = "v" + version.rpartition(".")[0]
        for name in ("kubeadm", "kubelet", "kubectl", "kubernetes-cni", "cri-tools"):
            path = f"/root/specs/{minor}/{name}-{version}.spec"
            metal.run("w1", f"mkdir -p /root/specs/{minor} && cat >{path}", text=spec(name, version))
    metal.run("w1", MAKE)
    metal.run("w1", SYSTEM)
    return metal


def play(metal: Metal, folder: Path, role: str, tasks: str, *arguments: str, **variables: object) -> Run:
    """The tasks of a role on the machine alone."""
    step = {"ansible.builtin.include_role": {"name": f"capi.lifecycle.{role}", "tasks_from": tasks}}
    playbook = folder / "play.yml"
    playbook.write_text(yaml.safe_dump([{"hosts": "w1", "gather_facts": False, "tasks": [step]}]))
    return metal.play(str(playbook), *arguments, kube_packages_repository="file:///srv/packages", **variables)


def versions(metal: Metal) -> set[str]:
    return set(metal.run("w1", "rpm -q --qf '%{VERSION}\\n' kubeadm kubelet kubectl").split())


def test_without_a_version_nothing_is_guessed(machine: Metal, tmp_path: Path) -> None:
    run = play(machine, tmp_path, "kube_packages", "main")
    assert run.code != 0
    assert 'is "", wanted is a whole version' in " ".join(run.output.split())


def test_installed_once_and_kept_by_an_update_of_the_system(machine: Metal, tmp_path: Path) -> None:
    wish = {"kube_packages_version": f"v{OLD}"}
    assert changed(play(machine, tmp_path, "kube_packages", "main", **wish))
    assert versions(machine) == {OLD}
    assert machine.run("w1", "systemctl is-enabled kubelet").strip() == "enabled"
    for arguments in ((), ("--check",)):
        assert changed(play(machine, tmp_path, "kube_packages", "main", *arguments, **wish)) == {}
    machine.run("w1", "dnf --quiet -y update")
    assert versions(machine) == {OLD}


def test_a_package_with_another_signature_is_refused(machine: Metal, tmp_path: Path) -> None:
    place = f"/srv/packages/v{OLD.rpartition('.')[0]}/rpm"
    machine.run("w1", f"rpmsign --delsign {place}/kubeadm-{NEWER_PATCH}-*.rpm >/dev/null; createrepo_c -q {place}")
    machine.run("w1", f"gpg --export --armor packages >{place}/repodata/repomd.xml.key")
    run = play(machine, tmp_path, "kube_packages", "main", kube_packages_version=f"v{NEWER_PATCH}")
    assert run.code != 0
    assert "is not signed" in " ".join(run.output.split())
    assert versions(machine) == {OLD}


def test_the_next_minor_version_step_by_step(machine: Metal, tmp_path: Path) -> None:
    """kubeadm first, out of the repository of its minor; the kubelet when its turn comes."""
    wish = {"kubeadm_upgrade_kubernetes_version": f"v{NEW}", "kube_packages_version": f"v{NEW}"}
    assert changed(play(machine, tmp_path, "kube_packages", "rhel_repository", **wish))
    assert changed(play(machine, tmp_path, "kubeadm_upgrade", "kubeadm_rhel", **wish))
    assert versions(machine) == {OLD, NEW}
    assert machine.run("w1", "kubelet --version").strip() == f"Kubernetes v{OLD}"
    assert changed(play(machine, tmp_path, "kubeadm_upgrade", "kubelet_rhel", **wish))
    assert versions(machine) == {NEW}
    assert changed(play(machine, tmp_path, "kubeadm_upgrade", "kubelet_rhel", **wish)) == {}
