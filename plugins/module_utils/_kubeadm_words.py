# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. What kubeadm prints and writes, read without it. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from ._errors import Failed

DAY = 86400
_SCALAR = re.compile(r"^(?P<indent> *)(?P<key>[A-Za-z]+): +(?P<value>\S.*)$", re.MULTILINE)
_FLAG = re.compile(r"^ *- --(?P<name>[a-z-]+)=(?P<value>.*)$", re.MULTILINE)


def objects_of(text: str) -> list[Any]:
    """``kubeadm token list -o json`` prints one object after the other, not a list; nothing when there is none."""
    decoder, found, at = json.JSONDecoder(), [], 0
    while text[at:].strip():
        at += len(text[at:]) - len(text[at:].lstrip())
        try:
            value, at = decoder.raw_decode(text, at)
        except ValueError as error:
            raise Failed(f"kubeadm printed no JSON: {text[at : at + 200]!r}.") from error
        found.append(value)
    return found


def tokens_of(text: str) -> list[dict[str, Any]]:
    """Bootstrap tokens: token id (its public half), expires, usages; that of the certificates' Secret has no usages."""
    return [
        {
            "id": str(token.get("token", "")).partition(".")[0],
            "expires": token.get("expires"),
            "usages": token.get("usages", []),
            "description": token.get("description", ""),
        }
        for token in objects_of(text)
    ]


def certificates_of(text: str) -> list[dict[str, Any]]:
    """``kubeadm certs check-expiration -o json``: name, expires, days (whole, negative when over), ca, missing.

    ``external``: the key of the authority is not on this host, so that kubeadm cannot renew there.
    """
    found = _json(text, "kubeadm certs check-expiration")
    rows = [(row, False) for row in found.get("certificates") or []]
    rows += [(row, True) for row in found.get("certificateAuthorities") or []]
    return [
        {
            "name": row["name"],
            "expires": row.get("expirationDate"),
            "days": int(row.get("residualTime", 0) // DAY),
            "ca": row.get("caName", ""),
            "authority": authority,
            "missing": bool(row.get("missing")),
            "external": bool(row.get("externallyManaged")),
        }
        for row, authority in rows
    ]


def version_of(text: str) -> str:
    """The version in ``kubeadm version -o short`` or ``kubelet --version``; ``''`` where there is none."""
    found = re.search(r"\bv\d+\.\d+\.\d+\S*", text)
    return found[0] if found else ""


def images_of(text: str) -> list[str]:
    """``kubeadm config images list -o json``."""
    return list(_json(text, "kubeadm config images list").get("images", []))


def flags_of(manifest: str | None) -> dict[str, str]:
    """Flags of a static pod that kubeadm wrote: each stands in a line of its own."""
    return {found["name"]: found["value"].strip().strip("'\"") for found in _FLAG.finditer(manifest or "")}


def cluster_of(config_map: Mapping[str, Any]) -> dict[str, Any]:
    """ConfigMap kubeadm-config: name, version, endpoint, subnets, and the whole text.

    kubeadm itself writes it, one scalar a line, so that no YAML library is needed on nodes.
    """
    text = str(config_map.get("data", {}).get("ClusterConfiguration", ""))
    found = {match["key"]: match["value"].strip().strip("'\"") for match in _SCALAR.finditer(text)}
    return {
        "name": found.get("clusterName", ""),
        "kubernetes_version": found.get("kubernetesVersion", ""),
        "endpoint": found.get("controlPlaneEndpoint", ""),
        "pod_subnet": found.get("podSubnet", ""),
        "service_subnet": found.get("serviceSubnet", ""),
        "image_repository": found.get("imageRepository", ""),
        "configuration": text,
    }


def server_of(kubeconfig: str | None) -> str:
    """The API server that a kubeconfig names; ``''`` without one."""
    found = re.search(r"^ *server: *(\S+)", kubeconfig or "", re.MULTILINE)
    return found[1] if found else ""


def _json(text: str, what: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise Failed(f"{what} printed no JSON: {text.strip()[:200] or 'nothing'}.") from error
