# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An AWS account of the run's own: moto's server on 127.0.0.1, with what Cluster API's provider expects to find."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import boto3
import requests
from botocore.config import Config

REGION = "us-east-1"
OWNER = "819546954734"
VERSIONS = ("1.34.1", "1.35.0", "1.36.3")
PROFILES = [f"{part}.cluster-api-provider-aws.sigs.k8s.io" for part in ("control-plane", "nodes", "controllers")]
# What an account has that never asked for more; moto knows those of the service `vpc` itself.
QUOTAS = {
    "L-1216C47A": 640.0,
    "L-34B43A08": 5.0,
    "L-0263D0A3": 15.0,
    "L-69A177A2": 50.0,
    "L-E9E9831D": 20.0,
    "L-53DA6B97": 50.0,
    "L-7A658B76": 50.0,
}


def amis() -> list[dict[str, Any]]:
    """Images by the names that the provider looks up; ids and dates differ."""
    shared = {
        "owner_id": OWNER,
        "architecture": "x86_64",
        "virtualization_type": "hvm",
        "hypervisor": "xen",
        "image_type": "machine",
        "root_device_name": "/dev/sda1",
        "root_device_type": "ebs",
        "state": "available",
        "public": True,
        "platform": None,
        "sriov": "simple",
        "image_location": "capa",
    }
    return [
        {
            **shared,
            "ami_id": f"ami-{number:017x}",
            "name": f"capa-ami-ubuntu-24.04-v{version}-17{number:08d}",
            "description": version,
            "creation_date": f"2026-11-{number:02d}T00:00:00.000Z",
        }
        for number, version in enumerate(VERSIONS, 1)
    ]


def prepare(folder: Path) -> None:
    """What moto reads from the environment, before it is imported; no credentials of anybody's get in."""
    images = folder / "amis.json"
    images.write_text(json.dumps(amis()))
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(
        MOTO_AMIS_PATH=str(images),
        MOTO_ENABLE_AMI_VALIDATION="1",
        MOTO_ENABLE_KEYPAIR_VALIDATION="1",
        AWS_ACCESS_KEY_ID="test",
        AWS_SECRET_ACCESS_KEY="test",
        AWS_EC2_METADATA_DISABLED="true",
        AWS_CONFIG_FILE=str(folder / "none"),
        AWS_SHARED_CREDENTIALS_FILE=str(folder / "none"),
    )


class MotoAccount:
    """The server, and clients for the test's own changes."""

    def __init__(self, folder: Path) -> None:
        prepare(folder)
        from moto.server import ThreadedMotoServer  # noqa: PLC0415 - it reads the environment when it is imported
        from moto.servicequotas.models import ServiceQuotasBackend  # noqa: PLC0415

        self.quotas, self.clients = dict(QUOTAS), dict[str, Any]()
        original = ServiceQuotasBackend.get_service_quota

        def get_service_quota(backend: Any, service_code: str, quota_code: str) -> dict[str, Any]:
            if quota_code in self.quotas:  # moto has those of the service `vpc` only
                return {"QuotaCode": quota_code, "ServiceCode": service_code, "Value": self.quotas[quota_code]}
            return original(backend, service_code, quota_code)

        ServiceQuotasBackend.get_service_quota = get_service_quota
        self._undo = lambda: setattr(ServiceQuotasBackend, "get_service_quota", original)
        self.server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        self.server.start()
        host, port = self.server.get_host_and_port()
        self.url = f"http://{host}:{port}"

    def client(self, service: str) -> Any:
        if service not in self.clients:
            patient = Config(read_timeout=300, retries={"total_max_attempts": 1})  # seeds are written once
            how = {"endpoint_url": self.url, "region_name": REGION, "config": patient}
            self.clients[service] = boto3.client(service, **how)
        return self.clients[service]

    def fresh(self) -> None:
        """An account as new: moto forgets everything, then the seeds."""
        requests.post(f"{self.url}/moto-api/reset", timeout=300)
        self.quotas.clear()
        self.quotas.update(QUOTAS)
        self.client("ec2").create_key_pair(KeyName="ops")
        iam = self.client("iam")
        for name in PROFILES:
            iam.create_role(RoleName=name, AssumeRolePolicyDocument="{}")
            iam.create_instance_profile(InstanceProfileName=name)
            iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=name)

    def stop(self) -> None:
        self.server.stop()
        self._undo()
