# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. Which clusterctl: the one that is named, the one on the PATH, or one that is fetched and checked."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from typing import Any

from ._clusterctl import clusterctl_output
from ._clusterctl_place import Place, cache_folder, cached
from ._errors import InvalidInput, NotFound, Refused
from ._fetch import fetch
from ._session import Session
from ._support import contract_of, releases_of
from ._versions import Version, is_version, parse_version

_WAYS = (
    "Set clusterctl.path to a program, or clusterctl.url and clusterctl.sha256 to fetch one, "
    "or put clusterctl on the PATH."
)


def find_clusterctl(wish: Mapping[str, Any], *, fetches: bool) -> str:
    """The path of a program that can be run; fetched into the user's cache where the wish has a url.

    Without ``fetches`` (check mode) a program that would be fetched is an empty text.
    Raises NotFound or InvalidInput.
    """
    if wish.get("url"):
        return _fetched(str(wish["url"]), str(wish["sha256"]).lower(), fetches)
    path = os.path.expanduser(wish["path"]) if wish.get("path") else shutil.which("clusterctl")
    if not path:
        raise NotFound(f"There is no clusterctl here. {_WAYS} Nothing was changed.")
    if not os.path.isfile(path):
        raise NotFound(f"clusterctl.path {path} is no file. {_WAYS} Nothing was changed.", clusterctl=path)
    if not os.access(path, os.X_OK):
        raise InvalidInput(f"clusterctl.path {path} is not executable: chmod +x {path}. Nothing was changed.")
    return path


def check_contract(session: Session, binary: str, place: Place, core: str) -> None:
    """Refuse a clusterctl of another contract than the version of core that shall be there in the end."""
    found = _version_of(session, binary, place)
    have, want = contract_of(found), contract_of(parse_version(core)) if is_version(core) else ""
    if want and have != want:
        raise Refused(
            f"clusterctl {binary} is {found} (contract {have}), but Cluster API {core} has contract {want}: "
            f"take a clusterctl of {releases_of(want)}. {_WAYS} Nothing was changed.",
            clusterctl=binary,
            clusterctl_version=str(found),
        )


def _version_of(session: Session, binary: str, place: Place) -> Version:
    told = clusterctl_output(session, binary, ["version", "-o", "json"], place)
    try:
        return parse_version(str(json.loads(told)["clusterctl"]["gitVersion"]))
    except (ValueError, KeyError, TypeError, InvalidInput):
        raise InvalidInput(
            f"{binary} does not tell its version like clusterctl: {told.strip()[:80]!r}. {_WAYS} Nothing was changed."
        ) from None


def _fetched(url: str, sha256: str, fetches: bool) -> str:
    """The program in the cache, by its checksum; fetched once."""
    path = cache_folder("clusterctl", sha256, "clusterctl")
    if os.path.isfile(path) and _sha256(path) == sha256:
        return path
    if not fetches:
        return ""
    content = fetch(url, "clusterctl.url")
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise InvalidInput(
            f"clusterctl.url {url} has the sha256 {found}, wanted {sha256}: it is another file, or was changed on its "
            "way. It was not kept and not run; nothing was changed."
        )
    with cached(path):
        _keep(content, path)
    return path


def _keep(content: bytes, path: str) -> None:
    """Write the program whole or not at all."""
    folder = os.path.dirname(path)
    os.makedirs(folder, mode=0o700, exist_ok=True)
    descriptor, draft = tempfile.mkstemp(dir=folder)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        os.chmod(draft, 0o700)
        os.replace(draft, path)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(draft)  # half a program on a full disk
        raise


def _sha256(path: str) -> str:
    """Checksum of a file; empty where it cannot be read."""
    try:
        with open(path, "rb") as file:
            return hashlib.sha256(file.read()).hexdigest()
    except OSError:
        return ""
