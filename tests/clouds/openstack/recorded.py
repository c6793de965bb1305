# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers of OpenStack's services by their API references, played on 127.0.0.1: no cloud, only shapes of answers.

Whether a service would answer so is not shown by this; that openstacksdk and the reader understand such answers is.
"""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

PROJECT, USER = "a5f1b0c0d5a54a2f9a0c5f9d2b1e0001", "a5f1b0c0d5a54a2f9a0c5f9d2b1e0002"
IMAGE = "ubuntu-2404-kube-v1.36.3"
SERVICES = {
    "compute": "/compute/v2.1",
    "image": "/image",
    "network": "/network",
    "load-balancer": "/load-balancer",
    "block-storage": "/volume/v3",
}


def limit(most: int, used: int = 0) -> dict[str, int]:
    return {"limit": most, "used": used, "reserved": 0}


def bodies(url: str) -> dict[str, Any]:
    """Path to body, as the services answer a user of a project."""
    own = {"status": "ACTIVE", "tenant_id": PROJECT, "project_id": PROJECT, "subnets": [], "tags": []}
    return {
        "/identity/v3": {
            "version": {"id": "v3.14", "status": "stable", "links": [{"rel": "self", "href": f"{url}/identity/v3/"}]}
        },
        "/compute/v2.1": {
            "version": {
                "id": "v2.1",
                "status": "CURRENT",
                "version": "2.96",
                "min_version": "2.1",
                "links": [{"rel": "self", "href": f"{url}/compute/v2.1/"}],
            }
        },
        "/image": {
            "versions": [
                {"id": "v2.16", "status": "CURRENT", "links": [{"rel": "self", "href": f"{url}/image/v2/"}]},
            ]
        },
        "/network": {
            "versions": [
                {"id": "v2.0", "status": "CURRENT", "links": [{"rel": "self", "href": f"{url}/network/v2.0/"}]}
            ]
        },
        "/load-balancer": {
            "versions": [
                {"id": "v2.27", "status": "CURRENT", "links": [{"rel": "self", "href": f"{url}/load-balancer/v2.0"}]},
            ]
        },
        "/volume/v3": {
            "versions": [
                {
                    "id": "v3.0",
                    "status": "CURRENT",
                    "version": "3.71",
                    "min_version": "3.0",
                    "links": [{"rel": "self", "href": f"{url}/volume/v3/"}],
                }
            ]
        },
        "/compute/v2.1/flavors/detail": {
            "flavors": [
                {"id": "f-1", "name": "m1.large", "vcpus": 4, "ram": 8192, "disk": 40, "swap": 0, "links": []},
            ]
        },
        "/compute/v2.1/os-keypairs": {
            "keypairs": [{"keypair": {"name": "ops", "type": "ssh", "fingerprint": "x", "public_key": "ssh-ed25519 A"}}]
        },
        "/compute/v2.1/limits": {
            "limits": {
                "rate": [],
                "absolute": {
                    "maxTotalInstances": 10,
                    "totalInstancesUsed": 1,
                    "maxTotalCores": 44,
                    "totalCoresUsed": 4,
                    "maxTotalRAMSize": 90112,
                    "totalRAMUsed": 8192,
                },
            }
        },
        "/compute/v2.1/servers/detail": {
            "servers": [
                {
                    "id": "s-1",
                    "name": "dev-control-plane-x",
                    "status": "ACTIVE",
                    "flavor": {
                        "vcpus": 4,
                        "ram": 8192,
                        "disk": 40,
                        "original_name": "m1.large",
                        "swap": 0,
                        "ephemeral": 0,
                    },
                }
            ]
        },
        "/compute/v2.1/os-availability-zone": {
            "availabilityZoneInfo": [{"zoneName": "az1", "zoneState": {"available": True}, "hosts": None}]
        },
        "/compute/v2.1/os-server-groups": {
            "server_groups": [{"id": "g-1", "name": "spread", "policy": "anti-affinity"}]
        },
        "/image/v2/images": {
            "images": [
                {"id": "i-1", "name": IMAGE, "status": "active", "min_disk": 20, "min_ram": 2048, "tags": ["kube"]},
            ]
        },
        "/network/v2.0/networks": {"networks": [{"id": "n-1", "name": "other", "router:external": False, **own}]},
        "/network/v2.0/networks?router:external=True": {
            "networks": [{"id": "ext-1", "name": "public", "router:external": True, **own}]
        },
        f"/network/v2.0/quotas/{PROJECT}/details": {
            "quota": {
                "network": limit(5),
                "subnet": limit(5),
                "router": limit(5),
                "floatingip": limit(5),
                "security_group": limit(5),
                "security_group_rule": limit(100),
                "port": limit(20, 1),
            }
        },
        "/load-balancer/v2.0/lbaas/loadbalancers": {"loadbalancers": []},
        f"/load-balancer/v2.0/lbaas/quotas/{PROJECT}": {"quota": {"load_balancer": 2, "listener": -1}},
        "/volume/v3/limits": {
            "limits": {
                "rate": [],
                "absolute": {
                    "maxTotalVolumes": 10,
                    "totalVolumesUsed": 0,
                    "maxTotalVolumeGigabytes": 1000,
                    "totalGigabytesUsed": 0,
                },
            }
        },
    }


class Recorded:
    """The server; ``refused`` are paths that are answered 403, ``services`` those of the catalogue."""

    def __init__(self) -> None:
        recorded = self
        self.services, self.refused, self.password = dict(SERVICES), set[str](), "secret"

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                recorded.get(self)

            def do_POST(self) -> None:
                recorded.login(self)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.bodies = bodies(self.url)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def get(self, handler: BaseHTTPRequestHandler) -> None:
        asked = urlsplit(handler.path)
        path, query = asked.path.rstrip("/"), parse_qs(asked.query)
        if path in self.refused:
            self._answer(handler, 403, {"forbidden": {"code": 403, "message": "Policy doesn't allow this."}})
        elif path.endswith("/networks") and query.get("router:external"):
            self._answer(handler, 200, self.bodies[f"{path}?router:external=True"])
        elif path in self.bodies:
            self._answer(handler, 200, self.bodies[path])
        else:
            self._answer(handler, 404, {"itemNotFound": {"code": 404, "message": f"no {path}"}})

    def login(self, handler: BaseHTTPRequestHandler) -> None:
        length = int(handler.headers["Content-Length"])
        asked = json.loads(handler.rfile.read(length))
        if asked["auth"]["identity"]["password"]["user"]["password"] != self.password:
            told = {"error": {"code": 401, "message": "The request you have made requires authentication."}}
            self._answer(handler, 401, told)
            return
        catalog = [
            {
                "type": kind,
                "name": kind,
                "endpoints": [{"interface": "public", "region": "one", "region_id": "one", "url": f"{self.url}{path}"}],
            }
            for kind, path in self.services.items()
        ]
        domain = {"id": "default", "name": "Default"}
        token = {
            "methods": ["password"],
            "user": {"id": USER, "name": "ops", "domain": domain},
            "project": {"id": PROJECT, "name": "team", "domain": domain},
            "roles": [{"id": "r", "name": "member"}],
            "issued_at": "2026-11-28T10:00:00.000000Z",
            "expires_at": "2036-11-28T10:00:00.000000Z",
            "catalog": catalog,
        }
        self._answer(handler, 201, {"token": token}, {"X-Subject-Token": "t"})

    def _answer(self, handler: BaseHTTPRequestHandler, code: int, body: Any, headers: Any = None) -> None:
        text = json.dumps(body).encode()
        handler.send_response(code)
        for name, value in {
            "Content-Type": "application/json",
            "Content-Length": str(len(text)),
            **(headers or {}),
        }.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(text)
