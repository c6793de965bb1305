# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. Asks AWS, read-only: the only file that imports boto3."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Callable

from ._errors import CapiError, Failed, InvalidInput, Unreachable
from ._providers.answers import NoAnswer
from ._providers.aws_needs import AwsWish
from ._providers.aws_questions import WHO, Question, first_questions, later_questions

try:
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError, NoCredentialsError, ProfileNotFound
    from botocore.exceptions import ConnectionError as NoConnection
except ImportError as error:
    MISSING = str(error)
else:
    MISSING = ""

_CONNECT_SECONDS, _READ_SECONDS, _TRIES = 5, 30, 4
_ABSENT = ("NoSuchEntity", "NoSuchResourceException", "InvalidVpcID.NotFound")
_DEFAULT_QUOTA = "get_aws_default_service_quota"  # for accounts that have never asked for more


@dataclass
class Asked:
    """Answers by the names of the questions, and how many requests they took."""

    answers: dict[str, Any] = field(default_factory=dict)
    requests: int = 0


def aws_region(params: Mapping[str, Any]) -> str:
    """The region that is asked: the option, or what profile and environment say. Raises InvalidInput without one."""
    region = params.get("region") or _session(params).region_name
    if not region:
        raise InvalidInput("There is no region: give the option region, AWS_REGION, or a profile that has one.")
    return str(region)


def ask_aws(
    params: Mapping[str, Any], region: str, wishes: Sequence[AwsWish], *, tries: bool, report: Callable[[str], None]
) -> Asked:
    """Every question once. A refusal is an answer, too. Raises Unreachable where nobody answers."""
    asked = Asked()
    answer = _answerer(params, region, asked)
    answer(WHO)
    if isinstance(asked.answers[WHO.name], NoAnswer):
        return asked
    report(f"asking AWS about {len(wishes)} clusters in {region}")
    for question in first_questions(wishes):
        answer(question)
    for question in later_questions(wishes, asked.answers, tries=tries):
        answer(question)
    return asked


def _session(params: Mapping[str, Any]) -> Any:
    if MISSING:
        raise Failed(
            f"The Python package boto3 is missing where this module runs ({MISSING}). "
            "Install it: pip install boto3. Nothing was asked."
        )
    try:
        return boto3.Session(
            profile_name=params.get("profile"),
            aws_access_key_id=params.get("access_key"),
            aws_secret_access_key=params.get("secret_key"),
            aws_session_token=params.get("session_token"),
            region_name=params.get("region"),
        )
    except ProfileNotFound as error:
        raise InvalidInput(f"profile: {error}. Nothing was asked.") from error


def _answerer(params: Mapping[str, Any], region: str, asked: Asked) -> Callable[[Question], None]:
    """Puts the answer of a question into ``asked``; one client for each service."""
    session, clients = _session(params), dict[str, Any]()
    config = Config(
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=_READ_SECONDS,
        retries={"total_max_attempts": _TRIES, "mode": "standard"},
    )

    def counted(**_event: Any) -> None:
        asked.requests += 1

    def client_of(service: str) -> Any:
        if service not in clients:
            how = {"region_name": region, "config": config, "verify": _verify(params)}
            clients[service] = session.client(service, endpoint_url=params.get("endpoint_url"), **how)
            clients[service].meta.events.register("before-send", counted)
        return clients[service]

    def answer(question: Question) -> None:
        try:
            asked.answers[question.name] = _answer(client_of(question.service), question)
        except (HTTPClientError, NoConnection) as error:
            raise _unreachable(question, region, error) from error
        except (BotoCoreError, ClientError) as error:
            asked.answers[question.name] = _refusal(question, error)

    return answer


def _verify(params: Mapping[str, Any]) -> Any:
    """None leaves it to AWS_CA_BUNDLE."""
    return False if params.get("validate_certs") is False else params.get("aws_ca_bundle")


def _answer(client: Any, question: Question) -> Any:
    if client.can_paginate(question.operation):
        pages = client.get_paginator(question.operation).paginate(**question.parameters)
        return [item for page in pages for item in page.get(question.key) or ()]
    try:
        found = getattr(client, question.operation)(**question.parameters)
    except ClientError as error:
        if question.service != "service-quotas" or _code(error) != "NoSuchResourceException":
            raise
        found = getattr(client, _DEFAULT_QUOTA)(**question.parameters)
    return found[question.key] if question.key else found


def _refusal(question: Question, error: Exception) -> NoAnswer:
    if isinstance(error, ClientError):
        told = error.response.get("Error", {})
        code = _code(error)
        return NoAnswer(str(question), code, str(told.get("Message", error)), is_absence=code in _ABSENT)
    code = "no credentials" if isinstance(error, NoCredentialsError) else type(error).__name__
    return NoAnswer(str(question), code, str(error))


def _code(error: Any) -> str:
    return str(error.response.get("Error", {}).get("Code", "an error without a code"))


def _unreachable(question: Question, region: str, error: Exception) -> CapiError:
    return Unreachable(
        f"{question} in {region} got no answer: {error}. Check the region's name, the network, a proxy, and "
        "endpoint_url; what AWS would say is unknown."
    )
