# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. What stands in a certificate: the hash by which kubeadm pins an authority, and the end of its time. Pure."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from datetime import datetime, timezone

SEQUENCE = 0x30
VERSION = 0xA0  # [0], explicit: the first field of a certificate, where it is not version 1
BEFORE_THE_KEY = 5  # serial number, signature, issuer, validity, subject (RFC 5280, 4.1)
BEFORE_THE_VALIDITY = 3
TIMES = {0x17: "%y%m%d%H%M%SZ", 0x18: "%Y%m%d%H%M%SZ"}  # UTCTime until 2049, GeneralizedTime after


def public_key_hash(pem: str | None) -> str:
    """``sha256:…`` of the SubjectPublicKeyInfo of the first certificate in a PEM text; ``''`` where there is none."""
    try:
        return f"sha256:{hashlib.sha256(_public_key(_der(pem))).hexdigest()}"
    except (binascii.Error, IndexError, ValueError):
        return ""


def valid_until(pem: str | None) -> datetime | None:
    """When the first certificate in a PEM text ends; None where there is none."""
    try:
        certificate = _der(pem)
        at, _end = _content(certificate, _field(certificate, BEFORE_THE_VALIDITY))
        at = _content(certificate, at)[1]  # after notBefore
        begin, end = _content(certificate, at)
        text = certificate[begin:end].decode("ascii")
        return datetime.strptime(text, TIMES[certificate[at]]).replace(tzinfo=timezone.utc)
    except (binascii.Error, IndexError, KeyError, ValueError):
        return None


def _der(pem: str | None) -> bytes:
    """Raise ValueError where there is no certificate."""
    found = re.search(r"-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", pem or "", re.DOTALL)
    if not found:
        raise ValueError("no certificate")
    return base64.b64decode("".join(found[1].split()))


def _field(certificate: bytes, number: int) -> int:
    """Where the field after so many others begins, the version not counted."""
    at, _end = _content(certificate, 0)  # Certificate
    at, _end = _content(certificate, at)  # TBSCertificate
    if certificate[at] == VERSION:
        at = _content(certificate, at)[1]
    for _passed in range(number):
        at = _content(certificate, at)[1]
    return at


def _public_key(certificate: bytes) -> bytes:
    at = _field(certificate, BEFORE_THE_KEY)
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
