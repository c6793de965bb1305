# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys and certificates (EC P-256) of the control plane and of webhooks."""

from __future__ import annotations

import datetime
import ipaddress
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from .addresses import LOOPBACK
from .files import write_atomically

ADMIN = "sandbox-admin"
POD_RUNNER = "sandbox-pod-runner"
CONTROLLER_MANAGER = "system:kube-controller-manager"
SERVICE_NETWORK = "10.96.0.0/16"
API_SERVER_NAMES = (
    LOOPBACK,
    "localhost",
    "10.96.0.1",
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    "kubernetes.default.svc.cluster.local",
)
USAGE = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
LIFETIME = datetime.timedelta(days=3650)


@dataclass(frozen=True)
class Identity:
    """A private key and its certificate."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    def key_pem(self) -> bytes:
        """The key, unencrypted PKCS #8."""
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    def certificate_pem(self) -> bytes:
        """The certificate."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)


def common_name(name: str) -> str:
    """X.509 allows 64 characters; the Service names of the kubeadm providers are longer and stand in the SANs."""
    return name[:64]


def alternative_names(names: Sequence[str]) -> x509.SubjectAlternativeName:
    """Host names and IP addresses as a certificate lists them."""
    entries: list[x509.GeneralName] = []
    for name in names:
        try:
            entries.append(x509.IPAddress(ipaddress.ip_address(name)))
        except ValueError:
            entries.append(x509.DNSName(name))
    return x509.SubjectAlternativeName(entries)


def issue(
    name: str,
    organization: str = "",
    names: Sequence[str] = (),
    issuer: Identity | None = None,
    authority: bool = False,
) -> Identity:
    """A new key with its certificate, signed by the issuer or by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    attributes = [x509.NameAttribute(NameOID.COMMON_NAME, common_name(name))]
    if organization:
        attributes.insert(0, x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization))
    subject = x509.Name(attributes)
    signer = issuer.key if issuer else key
    builder = (
        _lasting(x509.CertificateBuilder())
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .add_extension(x509.BasicConstraints(authority, None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        .add_extension(_key_usage(authority), critical=True)
    )
    if not authority:
        builder = builder.add_extension(x509.ExtendedKeyUsage(USAGE), critical=False)
    if names:
        builder = builder.add_extension(alternative_names(names), critical=False)
    return Identity(key, builder.sign(signer, hashes.SHA256()))


def _lasting(builder: x509.CertificateBuilder) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.timezone.utc)
    return builder.not_valid_before(now - datetime.timedelta(hours=1)).not_valid_after(now + LIFETIME)


def _key_usage(authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=not authority,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )


def create(folder: Path) -> None:
    """All identities of a control plane, in a folder that appears at once and whole."""
    authority = issue("sandbox-ca", authority=True)
    identities = {
        "ca": authority,
        "service-accounts": issue("service-accounts"),
        "etcd": issue("etcd", names=(LOOPBACK, "localhost"), issuer=authority),
        "etcd-client": issue("kube-apiserver", issuer=authority),
        "kube-apiserver": issue("kube-apiserver", names=API_SERVER_NAMES, issuer=authority),
        "kube-controller-manager": issue(CONTROLLER_MANAGER, issuer=authority),
        "admin": issue(ADMIN, organization="system:masters", issuer=authority),
        "pod-runner": issue(POD_RUNNER, organization="system:masters", issuer=authority),
    }
    draft = folder.with_name(f".{folder.name}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True, mode=0o700)
    for name, identity in identities.items():
        write_atomically(draft / f"{name}.key", identity.key_pem())
        write_atomically(draft / f"{name}.crt", identity.certificate_pem())
    draft.rename(folder)
