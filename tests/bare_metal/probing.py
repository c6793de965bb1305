# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A client on a machine that asks addresses five times a second, and tells the longest gap of each."""

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
def ask(url):
    asked = failed = 0; longest = 0.0; last = time.monotonic(); why = {}
    while not ended.wait(0.2):
        asked += 1
        try:
            urllib.request.urlopen(url, timeout=1, context=context).read()
            longest, last = max(longest, time.monotonic() - last), time.monotonic()
        except OSError as error:
            failed += 1
            why[str(error)] = why.get(str(error), 0) + 1
    seen[url] = dict(asked=asked, failed=failed, longest=round(max(longest, time.monotonic() - last), 1), why=why)
seen = {}
threads = [threading.Thread(target=ask, args=(url,)) for url in sys.argv[1:]]
[thread.start() for thread in threads]
sys.stdin.read(); ended.set()
[thread.join() for thread in threads]
print(json.dumps(seen))
"""


@dataclass
class Seen:
    """How often it asked and how often nobody answered; ``longest`` is seconds from one answer to the next."""

    asked: int = 0
    failed: int = 0
    longest: float = 0.0
    why: dict[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        causes = f": {self.why}" if self.why else ""
        return f"of {self.asked} requests {self.failed} failed, longest gap {self.longest} s{causes}"


def readyz(endpoint: str) -> str:
    """What an API server says of itself, by the endpoint of its cluster."""
    return f"https://{endpoint}/readyz"


@contextmanager
def asking(metal: Metal, name: str, *urls: str) -> Iterator[list[Seen]]:
    """Ask these from this machine while the block runs; what was seen of each is there when it has ended."""
    seen = [Seen() for _url in urls]
    command = f"python3 -c '{SCRIPT}' {' '.join(urls)}"
    process = subprocess.Popen(
        power.ssh(metal.place, Machine(name), command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        yield seen
        told = json.loads(process.communicate(timeout=30)[0])
        for found, url in zip(seen, urls, strict=True):
            found.__dict__.update(told[url])
    finally:
        process.kill()
