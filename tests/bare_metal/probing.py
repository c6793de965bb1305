# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A client on a machine that asks the API by its endpoint five times a second, and tells the longest gap."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from driving import Metal
from metal import power
from metal.place import Machine

# It ends when its input ends, and then tells what it saw.
SCRIPT = """
import json, ssl, sys, threading, time, urllib.request
context = ssl.create_default_context(); context.check_hostname = False; context.verify_mode = ssl.CERT_NONE
ended = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
asked = failed = 0; longest = 0.0; last = time.monotonic(); why = {}
while not ended.wait(0.2):
    asked += 1
    try:
        urllib.request.urlopen("https://%s/readyz", timeout=1, context=context).read()
        longest, last = max(longest, time.monotonic() - last), time.monotonic()
    except OSError as error:
        failed += 1
        why[str(error)] = why.get(str(error), 0) + 1
longest = max(longest, time.monotonic() - last)
print(json.dumps({"asked": asked, "failed": failed, "longest": round(longest, 1), "why": why}))
"""


@dataclass
class Seen:
    """How often it asked and how often nobody answered; ``longest`` is seconds from one answer to the next."""

    asked: int = 0
    failed: int = 0
    longest: float = 0.0
    why: dict[str, int] = field(default_factory=dict)


@contextmanager
def asking(metal: Metal, name: str, endpoint: str) -> Iterator[Seen]:
    """Ask from this machine while the block runs; what was seen is there when it has ended."""
    seen = Seen()
    command = f"python3 -c '{SCRIPT % endpoint}'"
    process = subprocess.Popen(
        power.ssh(metal.place, Machine(name), command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        yield seen
        told, _nothing = process.communicate(timeout=30)
        seen.__dict__.update(json.loads(told))
    finally:
        process.kill()
