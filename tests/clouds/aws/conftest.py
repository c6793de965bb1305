# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One server of moto for the run, an account as new for each test."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator

import pytest
from moto_world import MotoAccount


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MotoAccount]:
    before = dict(os.environ)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    account = MotoAccount(tmp_path_factory.mktemp("moto"))
    yield account
    account.stop()
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
def account(server: MotoAccount) -> MotoAccount:
    server.fresh()
    return server
