# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The released CRDs of Cluster API and its providers, from their Go modules; the Go command caches these."""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import yaml
from strict_schema import Kind, schemas_of

HERE = Path(__file__).parent / "roles/cluster"
SOURCES = json.loads((HERE / "crds.json").read_text())
# <provider>.yaml, a list: only the fields that our templates write, as the provider documents them.
DOCUMENTED = {file.stem: file for file in (HERE / "documented_crds").glob("*.yaml")}
SECONDS = 300  # for one module


class Unavailable(Exception):
    """Why the CRDs of a source cannot be had."""


@functools.cache
def schemas(source: str) -> dict[Kind, Any]:
    """Schemas by apiVersion and kind. Raises Unavailable with a sentence."""
    wanted = SOURCES[source]
    root = module_folder(f"{wanted['module']}@{wanted['version']}")
    files = [file for folder in wanted["folders"] for file in sorted((root / folder).glob("*.yaml"))]
    assert files, f"{root} has no CRDs in {wanted['folders']}"
    return schemas_of([crd for file in files for crd in read(file)])


@functools.cache
def documented(source: str) -> dict[Kind, Any]:
    return schemas_of(yaml.safe_load(DOCUMENTED[source].read_text()))


def read(file: Path) -> list[Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return [document for document in yaml.load_all(file.read_text(), loader) if document]


def module_folder(module: str) -> Path:
    """Where `go mod download` puts the sources of a module."""
    if not shutil.which("go"):
        raise Unavailable("there is no Go command, which downloads them")
    told = _download(module)
    if told.get("Error"):
        raise Unavailable(f"{module} cannot be downloaded: {told['Error'][:300]}")
    return Path(told["Dir"])


@functools.cache
def _download(module: str) -> dict[str, str]:
    with tempfile.TemporaryDirectory() as nowhere:  # no go.mod that would have a say
        run = subprocess.run(
            ["go", "mod", "download", "-json", module],
            cwd=nowhere,
            env={**os.environ, "GOFLAGS": "-mod=mod", "GOTOOLCHAIN": "local"},
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    try:
        return dict(json.loads(run.stdout))
    except ValueError:
        return {"Error": run.stderr.strip() or "go mod download said nothing"}
