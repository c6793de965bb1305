# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The address by which kube-apiserver reaches webhooks of this machine."""

from __future__ import annotations

import socket

LOOPBACK = "127.0.0.1"


def host_address() -> str | None:
    """Any address of this machine that is not loopback (EndpointSlices refuse loopback), None where there is none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # a datagram socket: finds the route, sends nothing
            address = str(probe.getsockname()[0])
        except OSError:
            return None
    return None if address.startswith("127.") else address
