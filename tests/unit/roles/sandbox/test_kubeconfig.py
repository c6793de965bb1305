# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who reaches the API server with what: the operator by a file that can be copied, programs by paths."""

from __future__ import annotations

import base64
import json
from pathlib import Path

from sandbox import kubeconfig

SERVER = "https://127.0.0.1:16386"


def test_the_operators_file_holds_everything(tmp_path: Path) -> None:
    for name in ("ca.crt", "admin.crt", "admin.key"):
        (tmp_path / name).write_text(f"content of {name}")
    found = json.loads(kubeconfig.embedded(SERVER, tmp_path, "admin", "sandbox-a"))
    assert found["current-context"] == "sandbox-a"
    assert found["contexts"][0]["context"] == {"cluster": "sandbox-a", "user": "sandbox-a"}
    assert found["clusters"][0]["cluster"]["server"] == SERVER
    assert base64.b64decode(found["users"][0]["user"]["client-key-data"]) == b"content of admin.key"
    assert base64.b64decode(found["clusters"][0]["cluster"]["certificate-authority-data"]) == b"content of ca.crt"


def test_programs_name_files_and_copy_no_key(tmp_path: Path) -> None:
    text = kubeconfig.by_path(SERVER, tmp_path, "pod-runner")
    found = json.loads(text)
    assert found["users"][0]["user"] == {
        "client-certificate": str(tmp_path / "pod-runner.crt"),
        "client-key": str(tmp_path / "pod-runner.key"),
    }
    assert "data" not in text


def test_providers_have_their_own_rights(tmp_path: Path) -> None:
    found = json.loads(kubeconfig.with_token(SERVER, tmp_path / "ca.crt", "t0ken"))
    assert found["users"][0]["user"] == {"token": "t0ken"}
    assert found["clusters"][0]["cluster"] == {"server": SERVER, "certificate-authority": str(tmp_path / "ca.crt")}
