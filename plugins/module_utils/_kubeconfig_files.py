# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. Contents of kubeconfig files: read, merge, remove, summarise. Pure: text in, text out.

A file is edited as a tree of YAML nodes, so that what belongs to others keeps every character of its values.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from ._errors import InvalidInput, Refused
from ._objects import content_hash, dig, listed

try:
    import yaml
except ImportError:  # said by _kube.MISSING_LIBRARIES
    pass
try:
    from cryptography import x509
except ImportError:
    x509 = None  # type: ignore[assignment]

SECTIONS = {"clusters": "cluster", "contexts": "context", "users": "user"}
_EMPTY = 'apiVersion: v1\nkind: Config\nclusters: []\ncontexts: []\ncurrent-context: ""\nusers: []\n'
_CREDENTIALS = ("token", "tokenFile", "exec", "auth-provider", "username")
_ENDLESS = 1 << 20  # columns: a certificate stays on its line


@dataclass(frozen=True)
class Access:
    """Where a cluster is and as whom to go there."""

    cluster: Mapping[str, Any]
    user: Mapping[str, Any]

    @property
    def server(self) -> str:
        return str(self.cluster.get("server", ""))


def parse(text: str, where: str) -> dict[str, Any]:
    """The document of a kubeconfig; an empty text is an empty one. Raises InvalidInput that names ``where``."""
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" (line {mark.line + 1})" if mark else ""
        raise InvalidInput(f"{where} is not valid YAML{line}. Nothing was changed.") from None
    document = {} if document is None else document
    wrong = _why_not_a_kubeconfig(document)
    if wrong:
        raise InvalidInput(f"{where} is not a kubeconfig: {wrong}. Nothing was changed.")
    return dict(document)


def names(document: Mapping[str, Any], section: str) -> list[str]:
    """The names in one of SECTIONS, in the order of the file."""
    return [str(e["name"]) for e in document.get(section) or []]


def entry(document: Mapping[str, Any], section: str, name: str) -> dict[str, Any] | None:
    """One entry's content by name, or None."""
    found = next((e for e in document.get(section) or [] if str(e["name"]) == name), None)
    return None if found is None else dict(found.get(SECTIONS[section]) or {})


def access(document: Mapping[str, Any], where: str, context: str = "") -> Access:
    """Server and credentials of a context (the current one by default). Raises InvalidInput where one is missing."""
    context = context or document.get("current-context") or ""
    found = entry(document, "contexts", context)
    if found is None:
        raise InvalidInput(f"{where} is not complete: it has no context {context!r}. Nothing was changed.")
    cluster, user = (entry(document, f"{part}s", str(found.get(part, ""))) for part in ("cluster", "user"))
    if cluster is None or user is None or not cluster.get("server"):
        missing = "server" if cluster is not None and user is not None else "cluster" if cluster is None else "user"
        raise InvalidInput(
            f"{where} is not complete: its context {context!r} leads to no {missing}. Nothing was changed."
        )
    return Access(cluster, user)


def redirected(text: str, server: str | None, tls_server_name: str | None) -> str:
    """The kubeconfig with another server, and the name that its certificate is checked against."""
    wish = {"server": server, "tls-server-name": tls_server_name}
    changes = {key: value for key, value in wish.items() if value}
    if not changes:
        return text
    document = parse(text, "kubeconfig")
    context = entry(document, "contexts", document.get("current-context") or "") or {}
    name = str(context.get("cluster", ""))
    return _edited(text, {("clusters", name): {**(entry(document, "clusters", name) or {}), **changes}})


def merged(text: str, wish: Access, name: str, where: str) -> str:
    """The file with context, cluster and user ``name``; all others as they are. Raises Refused if they use the name."""
    document = parse(text, where)
    _refuse_foreign(document, name, where)
    require_same(document, name, wish.cluster, where, "choose another context_name")
    context = {**(entry(document, "contexts", name) or {}), "cluster": name, "user": name}
    wanted = {
        ("clusters", name): dict(wish.cluster),
        ("contexts", name): context,
        ("users", name): dict(wish.user),
    }
    changes = {key: value for key, value in wanted.items() if entry(document, *key) != value}
    current = document.get("current-context") or name
    if not changes and document.get("current-context") == current:
        return text
    return _edited(text, changes, current)


def require_same(document: Mapping[str, Any], name: str, wish: Mapping[str, Any], where: str, instead: str) -> None:
    """Raises Refused where the name is held by another cluster: both its server and its authority are others.

    One of them alone is what a tunnel, a move to a new address or a renewed authority looks like.
    """
    held = entry(document, "clusters", name) or {}
    same = held.get("server") == wish.get("server") or _authority(held) == _authority(wish)
    if same or not held.get("server"):
        return
    raise Refused(
        f"{where} has a cluster {name!r} with the server {held['server']}; wanted is {wish.get('server')}, with "
        "another certificate authority: this is another cluster of the same name, or the cluster was made again. "
        f"Nothing was changed; {instead}, or, if it was made again, take the old entry out first with state=absent."
    )


def removed(text: str, name: str, where: str) -> str:
    """The file without context, cluster and user ``name``; empty when nothing is left."""
    document = parse(text, where)
    _refuse_foreign(document, name, where)
    there = [(section, name) for section in SECTIONS if name in names(document, section)]
    if not there:
        return text
    if all(set(names(document, section)) <= {name} for section in SECTIONS):
        return ""
    return _edited(text, dict.fromkeys(there), "" if document.get("current-context") == name else None)


def summary(text: str, name: str) -> dict[str, Any]:
    """What a diff may show of a file and one of its contexts: names and hashes, no credentials."""
    document = parse(text, "kubeconfig")
    context = entry(document, "contexts", name) or {}
    cluster, user = (entry(document, f"{part}s", str(context.get(part, ""))) for part in ("cluster", "user"))
    return {
        "contexts": names(document, "contexts"),
        "current_context": document.get("current-context") or "",
        "server": dig(cluster, "server", default=""),
        "credentials": f"sha256 {content_hash([cluster, user])}" if user is not None else "none",
        "content": f"sha256 {content_hash(text, 16)}",
    }


def expiry(user: Mapping[str, Any]) -> tuple[datetime | None, str]:
    """When the client certificate expires, or None and the reason why that is not known."""
    content = user.get("client-certificate-data")
    if not content:
        kind = next((k for k in _CREDENTIALS if user.get(k)), "client-certificate")
        return None, f"the credentials are not a certificate in the kubeconfig, but: {kind}"
    if x509 is None:
        return None, "the Python library cryptography is not installed"
    try:
        certificate = x509.load_pem_x509_certificate(base64.b64decode(content))
    except ValueError:
        return None, "client-certificate-data is not a certificate"
    if hasattr(certificate, "not_valid_after_utc"):  # cryptography >= 42
        return certificate.not_valid_after_utc, ""
    return certificate.not_valid_after.replace(tzinfo=timezone.utc), ""


def days_until(end: datetime | None, now: datetime) -> int | None:
    """Whole days; negative when it is over."""
    return None if end is None else math.floor((end - now).total_seconds() / 86400)


def _why_not_a_kubeconfig(document: Any) -> str:
    if not isinstance(document, Mapping):
        return f"it holds a {type(document).__name__}, not a mapping"
    if document.get("kind", "Config") != "Config":
        return f"its kind is {document['kind']!r}, not 'Config'"
    if document and not any(section in document for section in SECTIONS):
        return f"it has none of {listed(list(SECTIONS))}"
    for section, part in SECTIONS.items():
        entries = document.get(section) or []
        if not isinstance(entries, list) or not all(_is_entry(e, part) for e in entries):
            return f"{section!r} is not a list of {part}s with names"
    return ""


def _is_entry(item: Any, part: str) -> bool:
    return isinstance(item, Mapping) and "name" in item and isinstance(item.get(part) or {}, Mapping)


def _refuse_foreign(document: Mapping[str, Any], name: str, where: str) -> None:
    """The name must be free, or ours: context, cluster and user of that name, which no other context uses."""
    used = {str(c["name"]): c.get("context") or {} for c in document.get("contexts") or []}
    own = used.pop(name, None)
    if own is not None and (own.get("cluster"), own.get("user")) != (name, name):
        raise Refused(
            f"{where} has a context {name!r} that was made otherwise (cluster {own.get('cluster')!r}, "
            f"user {own.get('user')!r}). Nothing was changed; choose another context_name, or remove it first."
        )
    others = sorted(
        str(other) for other, context in used.items() if name in (context.get("cluster"), context.get("user"))
    )
    if others:
        raise Refused(
            f"{where} has a cluster or user {name!r} that the context {listed(others)} uses. "
            "Nothing was changed; choose another context_name."
        )


def _authority(cluster: Mapping[str, Any]) -> str:
    return str(cluster.get("certificate-authority-data") or cluster.get("certificate-authority") or "")


def _edited(text: str, changes: Mapping[tuple[str, str], Any], current: str | None = None) -> str:
    """Put entries (None removes one) by (section, name), and set the current context unless it is None."""
    root = yaml.compose(text, Loader=yaml.SafeLoader) or yaml.compose(_EMPTY, Loader=yaml.SafeLoader)
    for (section, name), content in changes.items():
        found = _section(root, section)
        at = [n for n, node in enumerate(found.value) if _name_in(node) == name]
        new = [] if content is None else [_node({"name": name, SECTIONS[section]: content})]
        first = at[0] if at else len(found.value)
        found.value = [*found.value[:first], *new, *(n for n in found.value[first:] if _name_in(n) != name)]
    if current is not None:
        _set(root, "current-context", _node(current))
    return str(yaml.serialize(root, Dumper=yaml.SafeDumper, width=_ENDLESS, allow_unicode=True))


def _section(root: Any, section: str) -> Any:
    """The sequence node of a section, made where there is none."""
    found = next((value for key, value in root.value if key.value == section), None)
    if not isinstance(found, yaml.SequenceNode):
        found = _node([])
        _set(root, section, found)
    found.flow_style = False
    return found


def _set(root: Any, key: str, value: Any) -> None:
    at = next((n for n, (held, _value) in enumerate(root.value) if held.value == key), None)
    if at is None:
        root.value.append((_node(key), value))
    else:
        root.value[at] = (root.value[at][0], value)


def _name_in(node: Any) -> str:
    return str(next((value.value for key, value in node.value if key.value == "name"), ""))


def _node(value: Any) -> Any:
    return yaml.compose(yaml.safe_dump(value, sort_keys=False, width=_ENDLESS), Loader=yaml.SafeLoader)
