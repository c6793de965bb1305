# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. A workload cluster's kubeconfig: from its Secret into a file of mode 0600, and out of it again."""

from __future__ import annotations

import base64
import binascii
import errno
import fcntl
import os
import stat
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from ._errors import CapiError, Failed, Forbidden, InvalidInput, NotFound, Refused
from ._kube import Kube
from ._kubeconfig_files import (
    Access,
    access,
    days_until,
    entry,
    expiry,
    merged,
    names,
    parse,
    redirected,
    removed,
    require_same,
    summary,
)
from ._objects import CORE_GROUP, Ref, condition, listed
from ._outcome import Outcome
from ._session import Session

_MODE = 0o600
_LOCK_PATIENCE = 120.0  # seconds


@dataclass(frozen=True)
class _File:
    """What is at the path: ``text`` is None where there is no file."""

    path: str  # real path, links followed
    text: str | None = None
    mode: int = _MODE

    @property
    def where(self) -> str:
        return f"The file {self.path}"


def ensure_kubeconfig(session: Session, params: Mapping[str, Any]) -> Outcome:
    """Outcome of the module kubeconfig. Raises before anything is written; the file is replaced as a whole."""
    wanted = params["state"] == "present"
    content = _fetch(session.kube, params) if wanted else ""
    path = _target(params["path"])
    context = params.get("context_name") or ""
    with _lock(os.path.dirname(path), session):
        found = _look(path)
        text = _written(found, content, context) if wanted else _taken_out(found, params["name"], context)
        _require_writable(found, text)
        if not session.dry_run:
            _store(found, text)
    before, after = _told(found.text, found.mode, context), _told(text, _MODE, context)
    values = {"path": path, **(_facts(session, params, content, context) if wanted else {})}
    return Outcome(before, after, values)


def _fetch(kube: Kube, params: Mapping[str, Any]) -> str:
    """The kubeconfig that the Secret holds, with the server that the task asks for."""
    name, namespace = params["name"], params["namespace"]
    ref = Ref("v1", "Secret", namespace, f"{name}-kubeconfig")
    secret = kube.get(ref)
    if not secret:
        raise _no_secret(kube, ref, name)
    value = (secret.get("data") or {}).get("value")
    if not value:
        raise InvalidInput(f"{ref} has no key 'value', where Cluster API keeps the kubeconfig. Nothing was changed.")
    try:
        content = base64.b64decode(value, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise InvalidInput(f"The key 'value' of {ref} is not text in base64. Nothing was changed.") from None
    content = content if content.endswith("\n") else f"{content}\n"
    where = f"The key 'value' of {ref}"
    access(parse(content, where), where)
    return redirected(content, params.get("server"), params.get("tls_server_name"))


def _no_secret(kube: Kube, ref: Ref, name: str) -> CapiError:
    """Tell a cluster that does not exist from one whose kubeconfig is not written yet."""
    versions = kube.versions(CORE_GROUP, "Cluster")
    cluster = kube.get(Ref(versions[0], "Cluster", ref.namespace, name)) if versions else None
    if not cluster:
        return NotFound(
            f"There is no Cluster {ref.namespace}/{name} on {kube.server}. Nothing was changed; check name, namespace, "
            "and the management cluster that kubeconfig and context lead to."
        )
    state = condition(cluster, "ControlPlaneInitialized")
    told = f" ({state.get('reason')}: {state.get('message')})" if state.get("status") != "True" and state else ""
    return NotFound(
        f"{ref} is not there yet: the control plane provider of the Cluster {ref.namespace}/{name} has not written it"
        f"{told}. Nothing was changed; run this again when the control plane is initialized."
    )


def _target(path: str) -> str:
    """The real path to write. Raises for a directory, and where the directory is missing."""
    real = os.path.realpath(os.path.expanduser(path))
    parent = os.path.dirname(real)
    if os.path.isdir(real):
        raise InvalidInput(f"path {path} is a directory. Nothing was changed; name a file in it.")
    if os.path.exists(real) and not os.path.isfile(real):
        raise InvalidInput(f"path {path} is not a regular file. Nothing was changed; name another one.")
    if not os.path.isdir(parent):
        raise NotFound(f"The directory {parent} of path does not exist. Nothing was changed; make it first.")
    return real


def _look(path: str) -> _File:
    try:
        with open(path, encoding="utf-8") as file:
            return _File(path, file.read(), stat.S_IMODE(os.fstat(file.fileno()).st_mode))
    except FileNotFoundError:
        return _File(path)
    except UnicodeDecodeError:
        raise InvalidInput(f"The file {path} is not a kubeconfig: it is not text. Nothing was changed.") from None
    except OSError as error:
        raise _denied("read", path, error) from error


def _written(found: _File, content: str, context: str) -> str:
    """The text for state=present: merged under the context name, or this cluster alone."""
    if context:
        wish = access(parse(content, "The Secret"), "The Secret")
        return merged(found.text or "", wish, context, found.where)
    if found.text is not None:
        wanted, held = parse(content, "The Secret"), parse(found.text, found.where)
        _refuse_others(found, names(wanted, "clusters"))
        for name in names(wanted, "clusters"):
            require_same(held, name, entry(wanted, "clusters", name) or {}, found.where, "name another path")
    return content


def _taken_out(found: _File, name: str, context: str) -> str | None:
    """The text for state=absent; None removes the file."""
    if found.text is None:
        return None
    if context:
        return removed(found.text, context, found.where) or None
    _refuse_others(found, [name])
    return None


def _refuse_others(found: _File, own: list[str]) -> None:
    """Without context_name the whole file is ours: it must not hold another cluster."""
    held = names(parse(found.text or "", found.where), "clusters")
    others = [c for c in held if c not in own]
    if others:
        raise Refused(
            f"{found.where} holds another cluster: {listed(others)}. Nothing was changed; set context_name "
            "to work on one context of a shared file, or name another path."
        )


@contextmanager
def _lock(directory: str, session: Session) -> Iterator[None]:
    """Hosts of a play that merge into one file at the same time wait for each other."""
    try:
        handle = os.open(directory, os.O_RDONLY)
    except OSError as error:
        raise _denied("read", directory, error) from error
    try:
        _await_lock(handle, directory, session)
        yield
    finally:
        os.close(handle)


def _await_lock(handle: int, directory: str, session: Session) -> None:
    """Others have the lock for milliseconds. Raises Refused when one keeps it, after lines that said so."""
    start, told = session.clock.now(), 0.0
    while not _took(handle):
        waited = session.clock.now() - start
        by = f"The directory {directory} is locked by {_holder(handle)}"
        if waited >= _LOCK_PATIENCE:
            raise Refused(
                f"{by}, for {waited:.0f}s now. Nothing was changed; let that end, or end it, and run this again."
            )
        if waited - told >= _LOCK_PATIENCE / 4:
            told = waited
            session.report(f"{by}; waiting, {waited:.0f}s of at most {_LOCK_PATIENCE:.0f}s")
        session.clock.sleep(0.1)


def _took(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # some network file systems have no locks
        pass
    return True


def _holder(handle: int) -> str:
    there = os.fstat(handle)
    with suppress(OSError), open("/proc/locks", encoding="ascii") as locks:
        return lock_holder(locks.read(), os.major(there.st_dev), os.minor(there.st_dev), there.st_ino)
    return "another process"


def lock_holder(locks: str, major: int, minor: int, inode: int) -> str:
    """Who has a file locked, by the lines of /proc/locks: ``1: FLOCK ADVISORY WRITE 4711 fd:01:42 0 EOF``."""
    place = f"{major:02x}:{minor:02x}:{inode}"
    for words in (line.split() for line in locks.splitlines()):
        if words[1:2] == ["FLOCK"] and words[5:6] == [place] and words[4] != "0":  # 0: of another namespace
            return f"process {words[4]}"
    return "another process"


def _require_writable(found: _File, text: str | None) -> None:
    """Check mode has to know, too, that the directory takes no new file."""
    effective = os.access in os.supports_effective_ids
    if text != found.text and not os.access(os.path.dirname(found.path), os.W_OK | os.X_OK, effective_ids=effective):
        raise _denied("write", found.path, PermissionError(errno.EACCES, os.strerror(errno.EACCES)))


def _store(found: _File, text: str | None) -> None:
    """Make the file hold ``text`` at mode 0600: at no instant is there half a file, or one that others can read."""
    try:
        if text is None:
            if found.text is not None:
                os.unlink(found.path)
        elif text != found.text:
            _replace(found.path, text)
        elif found.mode != _MODE:
            os.chmod(found.path, _MODE)
    except OSError as error:
        raise _denied("write", found.path, error) from error


def _replace(path: str, text: str) -> None:
    handle, temporary = tempfile.mkstemp(dir=os.path.dirname(path), prefix=".kubeconfig-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if os.geteuid() == 0 and os.path.exists(path):
            owner = os.stat(path)
            os.chown(temporary, owner.st_uid, owner.st_gid)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def _denied(verb: str, path: str, error: OSError) -> CapiError:
    said = (
        f"Could not {verb} {path}: {error.strerror}. Nothing was changed; check the rights of the user that runs this."
    )
    return Forbidden(said) if isinstance(error, PermissionError) else Failed(said)


def _told(text: str | None, mode: int, context: str) -> dict[str, Any]:
    """The state of the file as a diff shows it."""
    if text is None:
        return {"state": "absent"}
    document = parse(text, "The file")
    shown = summary(text, context or str(document.get("current-context") or ""))
    return {"state": "present", "mode": f"{mode:04o}", **shown}


def _facts(session: Session, params: Mapping[str, Any], content: str, context: str) -> dict[str, Any]:
    document = parse(content, "The Secret")
    found: Access = access(document, "The Secret")
    end, unknown = expiry(found.user)
    facts = {
        "context_name": context or str(document["current-context"]),
        "server": found.server,
        "expires_at": end.strftime("%Y-%m-%dT%H:%M:%SZ") if end else None,
        "expires_days": days_until(end, session.clock.today()),
        "expiry_unknown": unknown or None,
    }
    if params.get("return_content"):
        # Honoured from an action plugin since ansible-core 2.19; before that it refuses a task without no_log.
        facts |= {"content": content, "_ansible_no_log": True}
    return facts
