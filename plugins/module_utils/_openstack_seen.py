# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. Asks OpenStack, read-only: the only file that imports openstacksdk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Callable

from ._errors import Failed, InvalidInput, Unreachable
from ._providers.answers import NoAnswer
from ._providers.openstack_needs import OpenStackWish, Picture, volume_gib

try:
    import openstack
    from keystoneauth1 import exceptions as keystone
    from openstack import exceptions as refusals
except ImportError as error:
    MISSING = str(error)
else:
    MISSING = ""

_SERVICES = ("compute", "image", "network", "load-balancer", "block-storage")
_SECONDS = 30
Ask = Callable[[], Any]


def ask_openstack(
    params: Mapping[str, Any], wishes: Sequence[OpenStackWish], report: Callable[[str], None]
) -> dict[str, Any]:
    """Every question once, its answer by its name. Raises InvalidInput (no such cloud), Unreachable."""
    connection = _connect(params)
    answers = {"who": _answer("who", lambda: _who(connection))}
    if isinstance(answers["who"], NoAnswer):
        return answers
    report(f"asking OpenStack about {len(wishes)} clusters")
    answers["services"] = [word for word in _SERVICES if connection.has_service(word)]
    for name, ask in _questions(connection, wishes, answers["services"]).items():
        answers[name] = _answer(name, ask)
    return answers


def _connect(params: Mapping[str, Any]) -> Any:
    if MISSING:
        raise Failed(
            f"The Python package openstacksdk is missing where this module runs ({MISSING}). "
            "Install it: pip install openstacksdk. Nothing was asked."
        )
    given = {key: params.get(key) for key in ("cloud", "auth", "region_name", "auth_type") if params.get(key)}
    try:
        return openstack.connect(
            **given, verify=_verify(params), api_timeout=_SECONDS, app_name="capi.lifecycle", load_envvars=True
        )
    except (refusals.ConfigException, keystone.MissingRequiredOptions) as error:
        raise InvalidInput(f"cloud {params.get('cloud')!r}: {error}. Nothing was asked.") from error


def _verify(params: Mapping[str, Any]) -> Any:
    """None leaves it to clouds.yaml."""
    return False if params.get("validate_certs") is False else params.get("ca_cert")


def _who(connection: Any) -> dict[str, str]:
    connection.session.get_token()  # not authorize(): that hides why
    return {"project": str(connection.current_project_id), "user": str(connection.current_user_id)}


def _questions(connection: Any, wishes: Sequence[OpenStackWish], services: Sequence[str]) -> dict[str, Ask]:
    """What these clusters need to know, of services that are there; `services` tells of the others."""
    found: dict[str, Ask] = {}
    if "compute" in services:
        found |= _of_nova(connection, wishes)
    if "image" in services:
        found |= {f"images {i}": _images(connection.image, i) for i in dict.fromkeys(w.image for w in wishes)}
    if "network" in services:
        found |= _of_neutron(connection, wishes)
    if "load-balancer" in services and any(w.octavia for w in wishes):
        octavia = connection.load_balancer
        found["balancers"] = lambda: _plain(octavia.load_balancers())
        found["balancer_quota"] = lambda: octavia.get_quota(connection.current_project_id).to_dict()
    if "block-storage" in services and any(volume_gib(g) for w in wishes for g in w.groups):
        found["volume_limits"] = _limits(connection, "block_storage")
    return found


def _of_nova(connection: Any, wishes: Sequence[OpenStackWish]) -> dict[str, Ask]:
    nova = connection.compute
    found: dict[str, Ask] = {
        "microversion": lambda: ".".join(map(str, nova.get_endpoint_data().max_microversion or (2, 0))),
        "flavors": lambda: _plain(nova.flavors()),
        "limits": _limits(connection, "compute"),
        "servers": lambda: _plain(nova.servers()),
    }
    if any(w.key for w in wishes):
        found["keys"] = lambda: _plain(nova.keypairs())
    options = [g.options for w in wishes for g in w.groups]
    if any(w.zones for w in wishes):
        found["zones"] = lambda: _plain(nova.availability_zones())
    if any(o.get("server_group_id") for o in options):
        found["server_groups"] = lambda: _plain(nova.server_groups())
    return found


def _of_neutron(connection: Any, wishes: Sequence[OpenStackWish]) -> dict[str, Ask]:
    neutron = connection.network
    return {
        "networks": lambda: _plain(neutron.networks(project_id=connection.current_project_id)),
        "external": lambda: _plain(neutron.networks(is_router_external=True)),
        "availability": lambda: _plain(neutron.network_ip_availabilities()),
        "network_quota": lambda: neutron.get_quota(connection.current_project_id, details=True).to_dict(),
    }


def _limits(connection: Any, service: str) -> Ask:
    def ask() -> Any:
        return getattr(connection, service).get_limits().absolute.to_dict()

    return ask


def _images(glance: Any, image: Picture) -> Ask:
    """By name and tags as the provider asks; whatever status they have."""

    def ask() -> list[dict[str, Any]]:
        if image.id:
            found = glance.find_image(image.id, ignore_missing=True)
            return _plain([found] if found else [])
        by = {"name": image.name} if image.name else {"tag": list(image.tags)}
        return _plain(glance.images(**by))

    return ask


def _plain(found: Iterable[Any]) -> list[dict[str, Any]]:
    """Plain data; nested resources, too."""
    return [item.to_dict() for item in found]


def _answer(name: str, ask: Ask) -> Any:
    try:
        return ask()
    except (refusals.SDKException, keystone.ClientException) as error:
        if any(isinstance(cause, keystone.ConnectionError) for cause in _causes(error)):
            raise Unreachable(
                f"{name}: OpenStack gives no answer: {error}. Check auth_url, the network and a proxy; what it would "
                "say is unknown."
            ) from error
        status = getattr(error, "status_code", None) or getattr(error, "http_status", None)
        code = str(status or type(error).__name__)
        return NoAnswer(name, code, str(error), is_absence=code == "404")


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error and those behind it: openstacksdk wraps some."""
    while error:
        yield error
        error = error.__cause__ or error.__context__
