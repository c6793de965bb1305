# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The addresses of a sandbox."""

from __future__ import annotations

LOOPBACK = "127.0.0.1"
# RFC 5737: nobody has it. What EndpointSlices show, see webhook_proxy.py.
DOCUMENTATION = "192.0.2.1"
