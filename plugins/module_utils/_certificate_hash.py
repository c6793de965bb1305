# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. The hash by which kubeadm pins a certificate authority: sha256 of its public key. Pure."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re

SEQUENCE = 0x30
VERSION = 0xA0  # [0], explicit: the first field of a certificate, where it is not version 1
BEFORE_THE_KEY = 5  # serial number, signature, issuer, validity, subject (RFC 5280, 4.1)


def public_key_hash(pem: str | None) -> str:
    """``sha256:…`` of the SubjectPublicKeyInfo of the first certificate in a PEM text; ``''`` where there is none."""
    found = re.search(r"-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", pem or "", re.DOTALL)
    if not found:
        return ""
    try:
        der = base64.b64decode("".join(found[1].split()))
        return f"sha256:{hashlib.sha256(_public_key(der)).hexdigest()}"
    except (binascii.Error, IndexError, ValueError):
        return ""


def _public_key(certificate: bytes) -> bytes:
    at, _end = _content(certificate, 0)  # Certificate
    at, _end = _content(certificate, at)  # TBSCertificate
    if certificate[at] == VERSION:
        at = _content(certificate, at)[1]
    for _field in range(BEFORE_THE_KEY):
        at = _content(certificate, at)[1]
    if certificate[at] != SEQUENCE:
        raise ValueError("no SubjectPublicKeyInfo where one belongs")
    return certificate[at : _content(certificate, at)[1]]


def _content(der: bytes, at: int) -> tuple[int, int]:
    """Where the content of the element at ``at`` begins, and where the element ends (DER, definite lengths)."""
    length, begin = der[at + 1], at + 2
    if length & 0x80:
        count = length & 0x7F
        length, begin = int.from_bytes(der[begin : begin + count], "big"), begin + count
    if begin + length > len(der):
        raise ValueError("cut off")
    return begin, begin + length
