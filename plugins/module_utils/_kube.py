# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. The seam to Kubernetes: what operations ask of a management cluster, and the answer over HTTPS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Callable, Protocol
from urllib.parse import quote, urlencode

from ._collect import Chosen, Kept, collect
from ._errors import NotFound, Unreachable
from ._http import RETRY_BUDGET, SHORT_BUDGET, Answer, Http, error_of
from ._objects import FIELD_MANAGER, Object, Ref, close_matches, group_of, listed, ref_of
from ._versions import api_version_rank
from ._wait import Clock

_DISCOVERY = (
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"
    "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList"
)
_SECONDS_BETWEEN_DISCOVERIES = 2.0
_APPLY = "application/apply-patch+yaml"
_MERGE = "application/merge-patch+json"
_STRICT = {"fieldManager": FIELD_MANAGER, "fieldValidation": "Strict"}


@dataclass(frozen=True)
class Resource:
    """A kind as the server serves it."""

    api_version: str
    kind: str
    plural: str
    namespaced: bool

    def path(self, namespace: str = "", name: str = "") -> str:
        base = f"/apis/{self.api_version}" if "/" in self.api_version else f"/api/{self.api_version}"
        scope = f"/namespaces/{quote(namespace)}" if self.namespaced and namespace else ""
        return f"{base}{scope}/{self.plural}" + (f"/{quote(name)}" if name else "")


class Kube(Protocol):
    """The seam: what operations ask of a management cluster. FakeKube in the tests is the other implementation."""

    server: str
    dry_run: bool

    def identity(self) -> str:
        """The UID of the kube-system namespace: it names a cluster for ever."""

    def resource(self, api_version: str, kind: str) -> Resource:
        """How a kind is served. Raises NotFound with near matches."""

    def versions(self, group: str, kind: str = "") -> tuple[str, ...]:
        """Served apiVersions of a group (that have the kind), highest first."""

    def kinds(self, group_suffix: str = "") -> tuple[Resource, ...]:
        """All served kinds whose group ends with the suffix, each in its highest version."""

    def get(self, ref: Ref) -> Object | None:
        """One object, or None."""

    def list(self, api_version: str, kind: str, namespace: str = "", labels: str = "") -> list[Object]:
        """One LIST; all namespaces when ``namespace`` is empty. apiVersion and kind are set on each item."""

    def collect(self, api_version: str, kind: str, keep: Callable[[Object], Kept], chosen: Chosen) -> Sequence[Kept]:
        """One LIST for many objects, out of the server's cache: only what ``keep`` makes of each stays in memory."""

    def apply(self, item: Object, *, force: bool = False, dry_run: bool = False, patient: bool = True) -> Object:
        """Server-side apply with strict validation; a dry run in check mode or when asked for.

        Not ``patient``: that a webhook or the server is silent is an answer soon, for callers that ask again.
        """

    def create(self, item: Object) -> Object:
        """Create an object that must not exist yet."""

    def patch(self, ref: Ref, body: Mapping[str, Any], *, subresource: str = "") -> Object:
        """JSON merge patch of an object that must exist."""

    def delete(self, ref: Ref, uid: str = "") -> bool:
        """Ask for deletion (dependents in the background); False when it is not there."""

    def evict(self, pod: Ref) -> str:
        """Dry run of the eviction of a Pod: the server's words against it; empty where it would take it."""

    def read(self, path: str) -> Any:
        """GET a path that is not an object (``/version``, ``/openapi/v3``)."""

    def forget(self) -> None:
        """Drop what discovery remembers, after kinds were installed or removed."""

    def retrying_for(self, seconds: float) -> AbstractContextManager[None]:
        """The requests of the block are tried again for so long at most, for callers that ask again themselves."""


class HttpKube:
    """Kube over HTTPS, with the connection pool and credentials of the official client."""

    def __init__(self, http: Http, *, dry_run: bool, clock: Clock) -> None:
        self.server, self.dry_run = http.server, dry_run
        self._http, self._clock = http, clock
        self._resources: tuple[Resource, ...] = ()
        self._discovered = 0.0

    def __enter__(self) -> HttpKube:
        return self

    def __exit__(self, *exc: object) -> None:
        self._http.close()

    def identity(self) -> str:
        namespace = self.get(Ref("v1", "Namespace", "", "kube-system"))
        return str(namespace["metadata"]["uid"]) if namespace else ""

    def resource(self, api_version: str, kind: str) -> Resource:
        found = self._find(api_version, kind)
        if not found and self._clock.now() - self._discovered > _SECONDS_BETWEEN_DISCOVERIES:
            self.forget()
            found = self._find(api_version, kind)
        if not found:
            raise NotFound(
                f"{kind} in {api_version} is not known to {self.server}{self._near(api_version, kind)}", kind=kind
            )
        return found

    def versions(self, group: str, kind: str = "") -> tuple[str, ...]:
        found = {r.api_version for r in self._all() if group_of(r.api_version) == group and kind in ("", r.kind)}
        return tuple(sorted(found, key=lambda v: api_version_rank(v.rpartition("/")[2]), reverse=True))

    def kinds(self, group_suffix: str = "") -> tuple[Resource, ...]:
        best: dict[tuple[str, str], Resource] = {}
        for item in self._all():
            group, _slash, version = item.api_version.rpartition("/")
            held = best.get((group, item.kind))
            if group.endswith(group_suffix) and (
                not held or api_version_rank(version) > api_version_rank(held.api_version.rpartition("/")[2])
            ):
                best[group, item.kind] = item
        return tuple(best.values())

    def get(self, ref: Ref) -> Object | None:
        answer = self._http.send("GET", self._path(ref))
        if answer.status == 404:
            return None
        found: Object = self._checked(answer, "read", ref, "metadata")
        return found

    def list(self, api_version: str, kind: str, namespace: str = "", labels: str = "") -> list[Object]:
        resource = self.resource(api_version, kind)
        query = {"labelSelector": labels} if labels else {}
        answer = self._http.send("GET", resource.path(namespace) + _query(query))
        body = self._checked(answer, "list", Ref(api_version, kind, namespace, "*"), "items")
        return [{**item, "apiVersion": api_version, "kind": kind} for item in body["items"] or []]

    def collect(self, api_version: str, kind: str, keep: Callable[[Object], Kept], chosen: Chosen) -> Sequence[Kept]:
        resource = self.resource(api_version, kind)
        return collect(self._http, resource.path(chosen.namespace), Ref(api_version, kind, "", "*"), keep, chosen)

    def apply(self, item: Object, *, force: bool = False, dry_run: bool = False, patient: bool = True) -> Object:
        ref = ref_of(item)
        query = self._dry({**_STRICT, "force": str(force).lower()}, dry_run)
        with self._http.retrying_for(RETRY_BUDGET if patient else SHORT_BUDGET):
            return self._write("PATCH", ref, self._path(ref) + _query(query), item, _APPLY)

    def create(self, item: Object) -> Object:
        ref = ref_of(item)
        path = self.resource(ref.api_version, ref.kind).path(ref.namespace)
        return self._write("POST", ref, path + _query(self._dry(_STRICT)), item, "application/json")

    def patch(self, ref: Ref, body: Mapping[str, Any], *, subresource: str = "") -> Object:
        path = f"{self._path(ref)}/{subresource}" if subresource else self._path(ref)
        return self._write("PATCH", ref, path + _query(self._dry(_STRICT)), body, _MERGE)

    def delete(self, ref: Ref, uid: str = "") -> bool:
        options: dict[str, Any] = {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background"}
        if uid:
            options["preconditions"] = {"uid": uid}
        if self.dry_run:
            options["dryRun"] = [
                "All"
            ]  # a DELETE with a body takes its options from there: dryRun in the query is ignored
        answer = self._http.send("DELETE", self._path(ref) + _query(self._dry({})), options, "application/json")
        if answer.status == 404:
            return False
        self._checked(answer, "delete", ref)
        return True

    def evict(self, pod: Ref) -> str:
        meta = {"name": pod.name, "namespace": pod.namespace}
        body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": meta, "deleteOptions": {"dryRun": ["All"]}}
        with self._http.retrying_for(0):  # 429 is the answer here, and no wish to be asked later
            answer = self._http.send("POST", f"{self._path(pod)}/eviction", body, "application/json")
        if answer.status != 429:
            self._checked(answer, "evict (dry run)", pod)
        return answer.message.strip() if answer.status == 429 else ""

    def read(self, path: str) -> Any:
        answer = self._http.send("GET", path)
        return self._checked(answer, "read", Ref("", path, "", ""))

    def forget(self) -> None:
        self._resources = ()

    def retrying_for(self, seconds: float) -> AbstractContextManager[None]:
        return self._http.retrying_for(seconds)

    def _write(self, method: str, ref: Ref, path: str, body: Any, content_type: str) -> Object:
        answer = self._http.send(method, path, body, content_type)
        stored: Object = self._checked(answer, "create" if method == "POST" else "apply", ref, "metadata")
        return stored

    def _path(self, ref: Ref) -> str:
        return self.resource(ref.api_version, ref.kind).path(ref.namespace, ref.name)

    def _dry(self, query: Mapping[str, str], dry_run: bool = False) -> Mapping[str, str]:
        return {**query, "dryRun": "All"} if dry_run or self.dry_run else query

    def _checked(self, answer: Answer, verb: str, ref: Ref, wanted: str = "") -> Any:
        """The body. A 200 without what is ``wanted`` in it is a proxy's: believed, it would be an empty list."""
        if answer.status >= 400:
            raise error_of(answer, verb, ref, self.server)
        if wanted and not (isinstance(answer.body, Mapping) and wanted in answer.body):
            raise Unreachable(
                f"Could not {verb} {ref}: {self.server} answers {answer.status} with something else than Kubernetes "
                "does. Check the address, and what stands between (a proxy, a login page)."
            )
        return answer.body

    def _find(self, api_version: str, kind: str) -> Resource | None:
        return next((r for r in self._all() if r.api_version == api_version and r.kind == kind), None)

    def _all(self) -> tuple[Resource, ...]:
        """Every served kind, by two requests (aggregated discovery, Kubernetes >= 1.27)."""
        if not self._resources:
            found: list[Resource] = []
            for path in ("/api", "/apis"):
                answer = self._http.send("GET", path, accept=_DISCOVERY)
                body = self._checked(answer, "discover", Ref("", path, "", ""), "items")
                found += [r for group in body["items"] for r in _resources_of(group)]
            self._resources, self._discovered = tuple(found), self._clock.now()
        return self._resources

    def _near(self, api_version: str, kind: str) -> str:
        group = group_of(api_version)
        served = [v for v in self.versions(group, kind) if v != api_version]
        if served:
            return f": this server has it as {listed(served)}."
        in_group = sorted({r.kind for r in self._all() if group_of(r.api_version) == group})
        if not in_group:
            groups = {group_of(r.api_version) for r in self._all()}
            return f": nothing is installed for the group {group!r}{close_matches(group, groups)}"
        return f": the group has {listed(in_group, 8)}{close_matches(kind, in_group)}"


def _resources_of(group: Mapping[str, Any]) -> list[Resource]:
    name = group.get("metadata", {}).get("name", "")
    found = []
    for version in group.get("versions", []):
        api_version = f"{name}/{version['version']}" if name else version["version"]
        for item in version.get("resources", []):
            kind = item.get("responseKind", {}).get("kind", "")
            found.append(Resource(api_version, kind, item["resource"], item.get("scope") == "Namespaced"))
    return found


def _query(parts: Mapping[str, str]) -> str:
    return "?" + urlencode(parts) if parts else ""
