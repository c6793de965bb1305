# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys and certificates: one authority, files for the user alone, whole or not there."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from sandbox import pki

SERVED = {"kube-apiserver": list(pki.API_SERVER_NAMES), "etcd": ["127.0.0.1", "localhost"]}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("home") / "pki"
    pki.create(place)
    return place


def certificate(folder: Path, name: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate((folder / f"{name}.crt").read_bytes())


def test_keys_are_for_the_user_alone(folder: Path) -> None:
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [path.name for path in folder.parent.iterdir()] == ["pki"], "no draft is left"


def test_every_certificate_belongs_to_its_key_and_to_the_authority(folder: Path) -> None:
    authority = certificate(folder, "ca")
    names = {path.stem for path in folder.glob("*.crt")}
    assert names == {path.stem for path in folder.glob("*.key")}
    for name in names:
        key = load_pem_private_key((folder / f"{name}.key").read_bytes(), None)
        assert certificate(folder, name).public_key() == key.public_key()
        if name != "service-accounts":
            certificate(folder, name).verify_directly_issued_by(authority)


@pytest.mark.parametrize("name", SERVED)
def test_served_names(folder: Path, name: str) -> None:
    names = certificate(folder, name).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    found = [*map(str, names.get_values_for_type(x509.IPAddress)), *names.get_values_for_type(x509.DNSName)]
    assert sorted(found) == sorted(SERVED[name])


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        ("admin", "CN=sandbox-admin,O=system:masters"),
        ("pod-runner", "CN=sandbox-pod-runner,O=system:masters"),
        ("kube-controller-manager", "CN=system:kube-controller-manager"),
        ("etcd-client", "CN=kube-apiserver"),
    ],
)
def test_subjects(folder: Path, name: str, subject: str) -> None:
    """The audit log counts the admin's requests alone, so the pod runner is somebody else."""
    assert certificate(folder, name).subject.rfc4514_string() == subject


def test_a_common_name_may_be_too_long() -> None:
    """X.509 allows 64 characters; the names of the kubeadm providers' Services are longer."""
    name = "capi-kubeadm-control-plane-webhook-service.capi-kubeadm-control-plane-system.svc"
    issued = pki.issue(name, names=[name]).certificate
    assert issued.subject.rfc4514_string() == f"CN={name[:64]}"


def test_what_was_cut_off_is_made_anew(tmp_path: Path) -> None:
    draft = tmp_path / ".pki.draft"
    draft.mkdir()
    (draft / "ca.key").write_text("half")
    pki.create(tmp_path / "pki")
    assert not draft.exists()
    assert b"PRIVATE KEY" in (tmp_path / "pki" / "ca.key").read_bytes()
