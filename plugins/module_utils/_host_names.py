# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. From rows to names that Ansible works with: hosts, groups, addresses. Remote text is not trusted. Pure."""

from __future__ import annotations

import functools
import ipaddress
import re
from collections.abc import Iterable, Sequence
from string import Formatter
from typing import Any

from ._errors import InvalidInput
from ._hosts import Row
from ._objects import close_matches, listed

FIELDS = ("name", "namespace", "cluster", "management_cluster")
_REMEDIES = ("{name}", "{namespace}-{name}", "{management_cluster}-{name}", "{management_cluster}-{namespace}-{name}")
_HOST_NAME = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9._-]{0,251}[A-Za-z0-9_])?")
_DNS_LABEL = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
_NO_NUMBER = re.compile(r"(?!0[xX])[A-Za-z0-9_-]*[A-Za-z_][A-Za-z0-9_-]*")


def check_format(option: str, text: str, fields: Sequence[str] = FIELDS) -> None:
    """Raise InvalidInput for a format that holds something else than the fields."""
    try:
        used = [(name, spec, conversion) for _text, name, spec, conversion in Formatter().parse(text)]
    except ValueError as error:
        raise InvalidInput(f"{option} {text!r} is no format: {error}.") from error
    for name, spec, conversion in used:
        if name is not None and (name not in fields or spec or conversion):
            known = ", ".join(f"{{{field}}}" for field in fields)
            hint = close_matches(name, fields) or "."
            raise InvalidInput(f"{option} {text!r} holds {{{name}}}, but can hold only {known}{hint}")


def named(rows: Iterable[Row], text: str, kind: str) -> tuple[dict[str, Row], list[str]]:
    """Rows by host name, and what to warn of. Raises InvalidInput where two get the same name, with the remedy."""
    rows, warnings = list(rows), []
    found: dict[str, Row] = {}
    for row in rows:
        host = text.format(**_fields(row))
        if not _HOST_NAME.fullmatch(host):
            warnings.append(f"{kind} {place(row)} is left out: {host[:80]!r} cannot be the name of a host.")
        elif host in found:
            raise InvalidInput(
                f"{kind} {place(found[host])} and {kind} {place(row)} both get the host name {host!r} by host_format "
                f"{text!r}. Set host_format to {_remedy(rows)!r}, or choose by namespaces and selectors."
            )
        else:
            found[host] = row
    return found, warnings


def cluster_groups(rows: Iterable[Row], text: str) -> dict[tuple[str, str, str], str]:
    """The group of each cluster's machines. Raises InvalidInput where two clusters would share one."""
    names: dict[tuple[str, str, str], str] = {}
    owners: dict[str, tuple[str, str, str]] = {}
    for row in rows:
        key = cluster_of(row)
        if key in names:
            continue
        names[key] = group_name(text.format(**{**_fields(row), "name": key[2]}))
        owner = owners.setdefault(names[key], key)
        if owner != key:
            raise InvalidInput(
                f"The machines of the clusters {'/'.join(owner)} and {'/'.join(key)} would be in one group, "
                f"{names[key]!r}, by cluster_group_format {text!r}. Set it to "
                "'cluster_{management_cluster}_{namespace}_{cluster}', or choose by namespaces and selectors."
            )
    return names


@functools.lru_cache(maxsize=4096)
def group_name(*words: Any) -> str:
    """A name that is valid for a group: everything else than letters, digits and _ becomes _."""
    return re.sub(r"\W|^(?=\d)", "_", "_".join(str(word) for word in words), flags=re.ASCII)


def address_of(row: Row, types: Sequence[str]) -> Any:
    """The first address of the first type that ssh can be told: nothing that it would take for an option or itself."""
    for wanted in types:
        for entry in row["addresses"]:
            if entry["type"] == wanted and is_address(entry["address"]):
                return entry["address"]  # as it is, with the marks that it has
    return None


def is_address(text: Any) -> bool:
    """Whether a text is an IP address of another machine, or a DNS name."""
    if not isinstance(text, str) or "%" in text:  # a scope id takes any text
        return False
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return _is_dns_name(text)
    found = getattr(found, "ipv4_mapped", None) or found
    return not (found.is_loopback or found.is_unspecified or found.is_multicast or found.is_link_local)


def _is_dns_name(text: str) -> bool:
    """Names that resolvers take for numbers (127.1, 0x7f000001) and for this machine are none."""
    labels = text.removesuffix(".").split(".")
    sane = len(text) <= 253 and all(_DNS_LABEL.fullmatch(label) for label in labels)
    return sane and bool(_NO_NUMBER.fullmatch(labels[-1])) and labels[-1].lower() not in ("localhost", "localdomain")


def cluster_of(row: Row) -> tuple[str, str, str]:
    return (str(row["management_cluster"]), str(row["namespace"]), str(row["cluster"]))


def place(row: Row) -> str:
    """Where an object is, for messages: ``management cluster/namespace/name``."""
    text = f"{row['management_cluster']}/{row['namespace']}/{row['name']}"
    return "".join(sign if sign.isprintable() else "?" for sign in text)


def _fields(row: Row) -> dict[str, str]:
    """What a format may use; a cluster is its own cluster."""
    return {field: str(row.get(field, row["name"])) for field in FIELDS}


def _remedy(rows: Sequence[Row]) -> str:
    """The shortest format that tells these rows apart."""
    for text in _REMEDIES:
        if len({text.format(**_fields(row)) for row in rows}) == len(rows):
            return text
    return _REMEDIES[-1]


def unknown_words(option: str, words: Iterable[str], known: Sequence[str]) -> None:
    """Raise InvalidInput for the first word of an option that is none of the known ones."""
    for word in words:
        if word not in known:
            hint = close_matches(str(word), known) or "."
            raise InvalidInput(f"{option} has {word!r}, but knows only {listed(known, 20)}{hint}")
