# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kubeconfig files of the sandbox."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any


def document(server: str, cluster: dict[str, Any], user: dict[str, Any], context: str = "sandbox") -> str:
    """A kubeconfig with one cluster, user and context; JSON, which is YAML."""
    return (
        json.dumps(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": context,
                "clusters": [{"name": context, "cluster": {"server": server, **cluster}}],
                "users": [{"name": context, "user": user}],
                "contexts": [{"name": context, "context": {"cluster": context, "user": context}}],
            },
            indent=2,
        )
        + "\n"
    )


def embedded(server: str, pki: Path, identity: str, context: str) -> str:
    """For the operator: can be copied anywhere."""
    content = {
        name: base64.b64encode((pki / name).read_bytes()).decode()
        for name in ("ca.crt", f"{identity}.crt", f"{identity}.key")
    }
    return document(
        server,
        {"certificate-authority-data": content["ca.crt"]},
        {"client-certificate-data": content[f"{identity}.crt"], "client-key-data": content[f"{identity}.key"]},
        context,
    )


def by_path(server: str, pki: Path, identity: str) -> str:
    """For the sandbox's own programs: names the files, so that nobody has to write keys anywhere else."""
    return document(
        server,
        {"certificate-authority": str(pki / "ca.crt")},
        {"client-certificate": str(pki / f"{identity}.crt"), "client-key": str(pki / f"{identity}.key")},
    )


def with_token(server: str, authority: Path, token: str) -> str:
    """For the program of a Deployment: its service account's token."""
    return document(server, {"certificate-authority": str(authority)}, {"token": token})
