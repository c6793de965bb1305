# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. Objects without what descriptions never look at, so that those of 500 clusters fit into memory. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from sys import intern
from typing import Any

from ._objects import Object, dig

# What describe() and the judges behind it read of a Machine; all other kinds are few.
_MACHINE_META = ("name", "namespace", "labels", "generation", "creationTimestamp", "deletionTimestamp")
_MACHINE_SPEC = ("clusterName", "version", "providerID", "failureDomain")
_MACHINE_STATUS = ("conditions", "phase", "nodeRef", "certificatesExpiryDate", "observedGeneration", "failureDomain")
_COPY = "kubectl.kubernetes.io/last-applied-configuration"  # the whole object once more, as text


class Thinner:
    """Remembers conditions and texts that it has seen, since thousands of Machines have the same ones."""

    def __init__(self) -> None:
        self._seen: dict[Any, Any] = {}

    def thin(self, item: Object) -> Object:
        """The object as descriptions see it."""
        if item["kind"] == "Machine":
            return self._machine(item)
        annotations = dig(item, "metadata", "annotations")
        if isinstance(annotations, dict):
            annotations.pop(_COPY, None)
        return item

    def _machine(self, machine: Object) -> Object:
        status = dig(machine, "status", default={})
        kept = {**_part(status, _MACHINE_STATUS), "conditions": self._conditions(status)}
        if "v1beta2" in status:
            kept = {**kept, "conditions": [], "v1beta2": {"conditions": self._conditions(status["v1beta2"])}}
        return {
            "apiVersion": intern(machine["apiVersion"]),
            "kind": "Machine",
            "metadata": self._meta(machine["metadata"]),
            "spec": self._shared(_part(machine["spec"], _MACHINE_SPEC)),
            "status": kept,
        }

    def _meta(self, meta: Mapping[str, Any]) -> Object:
        kept = _part(meta, _MACHINE_META)
        labels = {intern(key): self._seen.setdefault(value, value) for key, value in (meta.get("labels") or {}).items()}
        return {**self._shared(kept), "labels": labels}

    def _conditions(self, status: Mapping[str, Any]) -> list[Any]:
        """Without their times, which only trees show."""
        return [self._condition(condition) for condition in status.get("conditions") or []]

    def _condition(self, condition: Mapping[str, Any]) -> Any:
        kept = {key: value for key, value in condition.items() if key != "lastTransitionTime"}
        return self._seen.setdefault(tuple(sorted(kept.items())), kept)

    def _shared(self, part: Object) -> Object:
        """The same texts once."""
        return {
            key: self._seen.setdefault(value, value) if isinstance(value, str) else value for key, value in part.items()
        }


def _part(whole: Mapping[str, Any], keys: tuple[str, ...]) -> Object:
    return {key: whole[key] for key in keys if key in whole}
