# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Contents of kubeconfig files: what is merged and removed, and that nothing of others moves."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta, timezone
from textwrap import dedent
from typing import Any

import pytest
import yaml
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import InvalidInput, Refused
from ansible_collections.capi.lifecycle.plugins.module_utils._kubeconfig_files import (
    Access,
    access,
    days_until,
    expiry,
    merged,
    parse,
    redirected,
    removed,
    summary,
)
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

CANARY = "canary-of-a-secret"
WISH = Access({"server": "https://prod:6443", "certificate-authority-data": "Q0E="}, {"token": CANARY})
# Values that a YAML reader would change: octal, base 60, dates, yes.
OTHERS = dedent(
    """\
    apiVersion: v1
    kind: Config
    clusters:
    - cluster: {server: "https://a.example:6443"}
      name: a
    contexts:
    - context: {cluster: a, user: a, namespace: 0123}
      name: a
    users:
    - name: a
      user:
        exec:
          apiVersion: client.authentication.k8s.io/v1
          args:
          - 12:30:45
          - 2026-01-01
          - yes
          - 'quoted'
          - 1_000
    current-context: a
    preferences: {}
    """
)


def pem(end: datetime) -> str:
    """A client certificate in base64, as a kubeconfig has it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "admin")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, end - timedelta(days=365), end)
    return base64.b64encode(builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)).decode()


def test_merging_into_nothing_makes_a_whole_file() -> None:
    text = merged("", WISH, "prod", "The file")
    assert yaml.safe_load(text) == {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "prod", "cluster": dict(WISH.cluster)}],
        "contexts": [{"name": "prod", "context": {"cluster": "prod", "user": "prod"}}],
        "current-context": "prod",
        "users": [{"name": "prod", "user": {"token": CANARY}}],
    }


def test_merging_again_changes_no_byte() -> None:
    text = merged(OTHERS, WISH, "prod", "The file")
    assert merged(text, WISH, "prod", "The file") == text


def test_what_belongs_to_others_keeps_its_characters() -> None:
    text = merged(OTHERS, WISH, "prod", "The file")
    for kept in ("0123", "- 12:30:45", "- 2026-01-01", "- yes", "- 'quoted'", "- 1_000", "current-context: a"):
        assert kept in text
    assert removed(text, "prod", "The file") == OTHERS


def test_a_long_certificate_stays_on_its_line() -> None:
    wish = Access({"server": "https://prod", "certificate-authority-data": "A" * 5000}, {"token": "t"})
    assert "A" * 5000 in merged(OTHERS, wish, "prod", "The file")


def test_new_credentials_replace_the_old_ones_in_place() -> None:
    text = merged(merged(OTHERS, WISH, "prod", "f"), WISH, "later", "f")
    renewed = merged(text, Access(WISH.cluster, {"token": "new"}), "prod", "f")
    assert [u["name"] for u in yaml.safe_load(renewed)["users"]] == ["a", "prod", "later"]
    assert access(parse(renewed, "f"), "f", "prod").user == {"token": "new"}
    assert access(parse(renewed, "f"), "f", "later").user == {"token": CANARY}


def test_a_namespace_that_the_user_set_in_our_context_stays() -> None:
    text = merged("", WISH, "prod", "f").replace("cluster: prod\n", "cluster: prod\n    namespace: mine\n", 1)
    assert yaml.safe_load(text)["contexts"][0]["context"]["namespace"] == "mine"
    assert merged(text, WISH, "prod", "f") == text
    assert "namespace: mine" in merged(text, Access(WISH.cluster, {"token": "new"}), "prod", "f")


@pytest.mark.parametrize("empty", ["", "\n", "# only a comment\n", "clusters: null\ncontexts: null\nusers: null\n"])
def test_empty_files_are_taken(empty: str) -> None:
    assert access(parse(merged(empty, WISH, "prod", "f"), "f"), "f").server == "https://prod:6443"


def test_a_file_in_json_stays_readable() -> None:
    text = merged('{"apiVersion": "v1", "kind": "Config", "clusters": [], "contexts": []}', WISH, "prod", "f")
    assert access(parse(text, "f"), "f").user == {"token": CANARY}


def test_removing_the_last_one_leaves_nothing() -> None:
    assert removed(merged("", WISH, "prod", "f"), "prod", "f") == ""


def test_removing_what_is_not_there_changes_no_byte() -> None:
    assert removed(OTHERS, "prod", "f") == OTHERS


def test_removing_the_current_context_leaves_none_current() -> None:
    text = merged(OTHERS, WISH, "prod", "f").replace("current-context: a", "current-context: prod")
    assert parse(removed(text, "prod", "f"), "f")["current-context"] == ""


@pytest.mark.parametrize("verb", [lambda text: merged(text, WISH, "a-b", "f"), lambda text: removed(text, "a-b", "f")])
@pytest.mark.parametrize(
    ("contexts", "said"),
    [
        ([("a-b", "a", "a")], "was made otherwise"),
        ([("other", "a-b", "a")], "that the context other uses"),
        ([("a-b", "a-b", "a-b"), ("other", "a", "a-b")], "that the context other uses"),
    ],
)
def test_names_of_others_are_refused(verb: Any, contexts: list[tuple[str, str, str]], said: str) -> None:
    text = yaml.safe_dump({"contexts": [{"name": n, "context": {"cluster": c, "user": u}} for n, c, u in contexts]})
    with pytest.raises(Refused, match=said):
        verb(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a:\n- [\n", r"not valid YAML \(line 3\)"),
        ("---\na: 1\n---\nb: 1\n", "not valid YAML"),
        ("hello", "it holds a str, not a mapping"),
        ("[]", "it holds a list, not a mapping"),
        ("kind: Pod\n", "its kind is 'Pod', not 'Config'"),
        ("a: 1\n", "it has none of clusters, contexts, users"),
        ("clusters: {a: 1}\n", "'clusters' is not a list"),
        ("users: [a]\n", "'users' is not a list"),
        ("contexts: [{context: {}}]\n", "'contexts' is not a list"),
        ("clusters: [{name: a, cluster: text}]\n", "'clusters' is not a list"),
    ],
)
def test_what_is_no_kubeconfig_is_refused(text: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said) as raised:
        merged(text, WISH, "prod", "The file /x")
    assert str(raised.value).startswith("The file /x is not")


def test_yaml_errors_do_not_quote_the_content() -> None:
    with pytest.raises(InvalidInput) as raised:
        parse(f"token: {CANARY}: [", "The file /x")
    assert CANARY not in str(raised.value)


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({}, "no context ''"),
        ({"current-context": "x", "contexts": []}, "no context 'x'"),
        ({"current-context": "x", "contexts": [{"name": "x", "context": {"cluster": "c"}}]}, "leads to no cluster"),
    ],
)
def test_incomplete_access_is_refused(document: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        access(document, "The Secret")


ONE, OTHER = {"server": "https://one:6443"}, {"server": "https://other:6443"}
CA, NEW_CA = {"certificate-authority-data": "Q0E="}, {"certificate-authority-data": "TkVX"}
SAME = {
    "the same": (ONE | CA, ONE | CA, True),
    "another address": (ONE | CA, OTHER | CA, True),
    "a renewed authority": (ONE | CA, ONE | NEW_CA, True),
    "both others": (ONE | CA, OTHER | NEW_CA, False),
    "both others, the authority as a file": (ONE | {"certificate-authority": "/a"}, OTHER | NEW_CA, False),
    "another address, and an authority where none was": (ONE, OTHER | NEW_CA, False),
    "another address, no authority at all": (ONE, OTHER, True),
    "an entry without a server": (CA, OTHER | NEW_CA, True),
}


@pytest.mark.parametrize(("held", "wish", "same"), SAME.values(), ids=SAME)
def test_another_cluster_of_the_same_name(held: dict[str, str], wish: dict[str, str], same: bool) -> None:
    text = merged(OTHERS, Access(held, {"token": "t"}), "prod", "The file")
    if same:
        assert yaml.safe_load(merged(text, Access(wish, {"token": "t"}), "prod", "The file"))["clusters"][1] == {
            "name": "prod",
            "cluster": wish,
        }
        return
    with pytest.raises(Refused) as caught:
        merged(text, Access(wish, {"token": "t"}), "prod", "The file")
    assert str(caught.value) == (
        "The file has a cluster 'prod' with the server https://one:6443; wanted is https://other:6443, with another "
        "certificate authority: this is another cluster of the same name, or the cluster was made again. Nothing was "
        "changed; choose another context_name, or, if it was made again, take the old entry out first with "
        "state=absent."
    )


def test_another_server() -> None:
    text = merged("", WISH, "prod", "f")
    assert redirected(text, None, "") == text
    found = access(parse(redirected(text, "https://127.0.0.1:7443", "prod"), "f"), "f")
    assert found.cluster == {**WISH.cluster, "server": "https://127.0.0.1:7443", "tls-server-name": "prod"}


def test_a_summary_holds_no_secret_but_tells_changes() -> None:
    text = merged(OTHERS, WISH, "prod", "f")
    told = summary(text, "prod")
    assert CANARY not in str(told)
    assert told["contexts"] == ["a", "prod"]
    renewed = summary(merged(text, Access(WISH.cluster, {"token": "new"}), "prod", "f"), "prod")
    assert {k for k in told if told[k] != renewed[k]} == {"credentials", "content"}


def test_the_expiry_of_a_client_certificate() -> None:
    end = datetime(2027, 11, 25, 1, 33, 14, tzinfo=timezone.utc)
    assert expiry({"client-certificate-data": pem(end)}) == (end, "")
    assert days_until(end, end - timedelta(days=2, hours=1)) == 2
    assert days_until(end, end + timedelta(hours=1)) == -1
    assert days_until(None, end) is None


@pytest.mark.parametrize(
    ("user", "said"),
    [
        ({"token": CANARY}, "token"),
        ({"exec": {"command": "aws"}}, "exec"),
        ({"client-certificate": "/a/file"}, "client-certificate"),
        ({"client-certificate-data": "bm9uc2Vuc2U="}, "is not a certificate"),
        ({"client-certificate-data": "%"}, "is not a certificate"),
    ],
)
def test_an_expiry_that_is_not_known_has_a_reason(user: dict[str, Any], said: str) -> None:
    end, reason = expiry(user)
    assert end is None
    assert said in reason
    assert CANARY not in reason
