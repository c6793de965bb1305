# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. One request to a Kubernetes API server: deadlines, one retry policy, and errors in our words."""

from __future__ import annotations

import contextlib
import json
import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Callable

from ._errors import CapiError, Conflict, Failed, Forbidden, InvalidInput, NotFound, Unreachable
from ._list_stream import Cut
from ._objects import Ref
from ._wait import HEARTBEAT, Clock

with contextlib.suppress(ImportError):  # said by _connection.MISSING_LIBRARIES
    import urllib3

CONNECT_TIMEOUT, READ_TIMEOUT = 5.0, 30.0  # seconds
FIRST_CONTACT_BUDGET = 12.0  # seconds of retries before the server has ever answered: a typo should not take minutes
RETRY_BUDGET = 150.0  # seconds of retries afterwards: longer than a rolling restart of an API server
SHORT_BUDGET = 3.0  # seconds of retries where the caller itself asks again
_PART = 1 << 18  # bytes of a streamed body at a time
_DENIED = re.compile(  # a 403 that no further right would change: Gatekeeper, Kyverno, a namespace that goes
    r"admission webhook .* denied the request|ValidatingAdmissionPolicy .* denied request|it is being terminated"
)
_OURS = {"User-Agent": "capi.lifecycle"}
_RETRIED = {429, 502, 503, 504}
_TRANSIENT_500 = re.compile(
    r"failed calling webhook|failed to call webhook|etcdserver|leader changed|conversion webhook"
)
_UNTYPED = "failed to create typed patch object"  # server-side apply says unknown fields and wrong types with a 500


@dataclass(frozen=True)
class Answer:
    """A response whose body was JSON."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def message(self) -> str:
        return str(self.body.get("message", "")) if isinstance(self.body, Mapping) else str(self.body)


class Http:
    """Sends requests with the pool and credentials of an official ApiClient, which is made again after a 401."""

    def __init__(
        self,
        make_client: Callable[[], Any],
        *,
        clock: Clock,
        clean_up: Callable[[], None] = lambda: None,
        report: Callable[[str], None] = lambda line: None,
    ) -> None:
        self._make_client, self._clock, self._clean_up = make_client, clock, clean_up
        self._client, self._report, self._spoke = make_client(), report, -HEARTBEAT
        self._answered, self._budget = False, RETRY_BUDGET
        self.server = str(self._client.configuration.host)

    def close(self) -> None:
        """Close the connections, and remove what the client left on disk."""
        self._client.rest_client.pool_manager.clear()
        self._clean_up()

    @contextlib.contextmanager
    def retrying_for(self, seconds: float) -> Iterator[None]:
        """A smaller budget of retries for the requests of the block; never more than that of the block around it."""
        before, self._budget = self._budget, min(self._budget, seconds)
        try:
            yield
        finally:
            self._budget = before

    def send(
        self, method: str, path: str, body: Any = None, content_type: str = "", accept: str = "application/json"
    ) -> Answer:
        """One request, retried inside the budget. Answers below 500 other than 429 are returned; 401 reloads once."""
        return self._persist(lambda: self._try(method, path, body, content_type, accept))

    def stream(self, path: str, consume: Callable[[Iterator[bytes]], None]) -> Answer:
        """GET whose body goes to ``consume`` part by part; the Answer of a success is without it.

        Retried like others until the body begins. Raises Cut where it ends early.
        """
        return self._persist(lambda: self._try_stream(path, consume))

    def _persist(self, act: Callable[[], tuple[Answer | None, str]]) -> Answer:
        start, attempt, renewed = self._clock.now(), 0, False
        while True:
            answer, trouble = act()
            if answer and answer.status == 401 and not renewed:
                self._client, renewed = self._make_client(), True
                continue
            if answer and not _is_transient(answer):
                return answer
            attempt += 1
            pause = _pause(attempt, answer)
            budget = self._budget if self._answered else FIRST_CONTACT_BUDGET
            waited = self._clock.now() - start
            if waited + pause > budget:
                if answer:
                    return answer
                raise Unreachable(f"{self.server} cannot be reached: {trouble}. Nothing is assumed about its state.")
            self._tell(answer, trouble, waited, budget)
            self._clock.sleep(pause)

    def _tell(self, answer: Answer | None, trouble: str, waited: float, budget: float) -> None:
        """A line for the first retry and at least each minute; a pause and the next attempt may take half of one."""
        now = self._clock.now()
        if budget <= SHORT_BUDGET or now - self._spoke < HEARTBEAT / 2:
            return  # with a short budget the caller asks again, and tells it
        self._spoke = now
        what = f"answers {answer.status} ({answer.message.strip()[:80]})" if answer else f"cannot be reached: {trouble}"
        self._report(f"{self.server} {what}; trying again, {waited:.0f}s of at most {budget:.0f}s")

    def _try(self, method: str, path: str, body: Any, content_type: str, accept: str) -> tuple[Answer | None, str]:
        headers = {"Content-Type": content_type} if content_type else {}
        text = None if body is None else json.dumps(body)
        try:
            response = self._request(method, path, text, {**headers, "Accept": accept})
        except urllib3.exceptions.HTTPError as error:
            return None, _network_trouble(error)
        self._answered = True
        return Answer(response.status, _json(response.data), response.headers), ""

    def _try_stream(self, path: str, consume: Callable[[Iterator[bytes]], None]) -> tuple[Answer | None, str]:
        try:
            response = self._request("GET", path, None, {"Accept": "application/json"}, preload_content=False)
        except urllib3.exceptions.HTTPError as error:
            return None, _network_trouble(error)
        self._answered = True
        try:
            if response.status >= 300:
                return Answer(response.status, _json(response.read()), response.headers), ""
            consume(iter(partial(response.read, _PART), b""))
            response.release_conn()
        except urllib3.exceptions.HTTPError as error:
            raise Cut(_network_trouble(error)) from error
        finally:
            if not response.closed:
                response.close()  # half read: no other request may find the rest in it
        return Answer(response.status, {}, response.headers), ""

    def _request(self, method: str, path: str, body: str | None, headers: Mapping[str, str], **how: Any) -> Any:
        return self._client.rest_client.pool_manager.request(
            method,
            self.server + path,
            body=body,
            headers={**self._client.default_headers, **self._credentials(), **_OURS, **headers},
            timeout=urllib3.Timeout(connect=CONNECT_TIMEOUT, read=READ_TIMEOUT),
            retries=False,
            **how,
        )

    def _credentials(self) -> dict[str, str]:
        settings = self._client.configuration.auth_settings()
        return {s["key"]: s["value"] for s in settings.values() if s.get("in") == "header" and s.get("value")}


def error_of(answer: Answer, verb: str, ref: Ref, server: str) -> CapiError:
    """The error for a refused request: what was attempted, on which object, what the server said, what to do."""
    attempted, said = f"Could not {verb} {ref}", answer.message.strip()
    error: type[CapiError] = Failed
    text = f"{attempted}: {server} answered {answer.status}: {said}"
    if answer.status == 401:
        error = Forbidden
        text = f"{attempted}: {server} does not accept the credentials (expired, or of another cluster)."
    elif answer.status == 403 and _DENIED.search(said):
        error, text = InvalidInput, f"{attempted}: {said}"
    elif answer.status == 403:
        error, text = Forbidden, f"{attempted}: {said} Ask for this rule in the RBAC of {server}."
    elif answer.status == 404:
        error, text = NotFound, f"{attempted}: {said}"
    elif answer.status == 409:
        error, text = Conflict, _conflict(attempted, answer, said)
    elif answer.status in {400, 413, 415, 422} or _UNTYPED in said:
        error, text = InvalidInput, f"{attempted}: {said}"
    elif _is_transient(answer):
        error, text = Unreachable, f"{attempted}: {server} answers {answer.status} ({said}). Try again when it is well."
    return error(text, kind=ref.kind, namespace=ref.namespace, name=ref.name, status=answer.status)


def _conflict(attempted: str, answer: Answer, said: str) -> str:
    """Name the other manager and the fields of a server-side apply conflict."""
    causes = (answer.body.get("details") or {}).get("causes") or [] if isinstance(answer.body, Mapping) else []
    fields = [
        f"{c.get('field', '')} ({c.get('message', '')})" for c in causes if c.get("reason") == "FieldManagerConflict"
    ]
    if not fields:
        return f"{attempted}: {said}"
    return (
        f"{attempted}: another manager owns fields that this would set: {', '.join(fields)}. "
        "Leave these fields out, or set force_conflicts to take them over."
    )


def _is_transient(answer: Answer) -> bool:
    return answer.status in _RETRIED or (answer.status == 500 and bool(_TRANSIENT_500.search(answer.message)))


def _pause(attempt: int, answer: Answer | None) -> float:
    """Seconds before the next attempt: what the server asks for, else doubling to 15 s with jitter."""
    asked = answer.headers.get("Retry-After", "") if answer else ""
    if asked.isdigit():
        return min(float(asked), READ_TIMEOUT)
    return min(0.5 * 2.0**attempt, 15.0) * random.uniform(0.5, 1.0)


def _network_trouble(error: Exception) -> str:
    text = str(error)
    for sign, words in (
        ("Connection refused", "connection refused (is it running, is the port right?)"),
        ("Name or service not known", "its name does not resolve"),
        ("Temporary failure in name resolution", "its name does not resolve"),
        ("nodename nor servname", "its name does not resolve"),
        ("CERTIFICATE_VERIFY_FAILED", "its certificate is not signed by the CA of the kubeconfig"),
        ("No route to host", "no route to the host"),
        ("timed out", "no answer in time"),
    ):
        if sign in text:
            return words
    return text.rsplit(": ", 1)[-1]


def _json(content: bytes) -> Any:
    try:
        return json.loads(content) if content else {}
    except ValueError:
        return {"message": content[:300].decode(errors="replace")}
