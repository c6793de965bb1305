# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import re
from datetime import datetime, timedelta, timezone

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._certificate_hash import public_key_hash, valid_until
from fake_host import recording

KUBECONFIG = recording("cluster-info-server-1.36.3")["stdout_json"]["data"]["kubeconfig"]
CA = base64.b64decode(re.search(r"certificate-authority-data: (\S+)", KUBECONFIG)[1]).decode()


def test_it_is_the_hash_that_kubeadm_prints_for_the_same_certificate() -> None:
    printed = re.search(r"sha256:[0-9a-f]{64}", recording("join-wrong-hash")["stderr"])
    assert public_key_hash(CA) == printed[0]


def test_when_it_ends() -> None:
    """kubeadm gives an authority ten years; the recording is of November 2026."""
    end = valid_until(CA)
    assert end is not None
    assert abs(end - datetime(2036, 11, 19, tzinfo=timezone.utc)) < timedelta(days=5)


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "no certificate",
        "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----",
        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
        re.sub(r"(?s)(BEGIN CERTIFICATE-----\n.{100}).*(-----END)", r"\1\n\2", CA),
    ],
)
def test_what_is_no_certificate_has_none(text: str | None) -> None:
    assert public_key_hash(text) == ""
    assert valid_until(text) is None
