# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ${VARIABLE} forms of clusterctl templates; what they give was compared with drone/envsubst v2."""

from __future__ import annotations

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import InvalidInput
from ansible_collections.capi.lifecycle.plugins.module_utils._template import substitute

VARIABLES = {
    "NAME": "prod",
    "EMPTY": "",
    "VERSION": "v1.34.3",
    "IMAGE": "registry.example/team/node",
    "WORDS": "two words of two",
    "TITLE": "Prod",
    "SHOUT": "PROD",
}
LONG = "n" * 70


@pytest.mark.parametrize(
    ("text", "result"),
    [
        pytest.param("no variables: 3 $ and 4 { }", "no variables: 3 $ and 4 { }", id="plain text"),
        pytest.param("a-${NAME}-b ${NAME}", "a-prod-b prod", id="value"),
        pytest.param("[${ NAME }] [${NAME }] [${ NAME}]", "[prod] [prod] [prod]", id="old form with blanks"),
        pytest.param("[${EMPTY}]", "[]", id="an empty value is a value"),
        pytest.param("${NAME:=d}", "prod", id="default not needed"),
        pytest.param("${NEW:=d} ${NEW:-d} ${NEW=d} ${NEW-d}", "d d d d", id="default in each form"),
        pytest.param("${EMPTY:=d} ${EMPTY:-d} ${EMPTY=d} ${EMPTY-d}", "d d d d", id="an empty value takes the default"),
        pytest.param("[${NEW:=}]", "[]", id="empty default"),
        pytest.param('${NEW:="1.2"}', '"1.2"', id="quotes of a default stay"),
        pytest.param("${NEW:=https://a.example:1/b}", "https://a.example:1/b", id="colons in a default"),
        pytest.param("${NEW:=${NAME}}", "prod", id="default from another variable"),
        pytest.param("${NEW:=a-${OTHER:=${NAME}}-b}!", "a-prod-b!", id="defaults inside defaults"),
        pytest.param('${NEW:={"a": {"b": 1}}}', '{"a": {"b": 1}}', id="braces in a default, closed at the end"),
        pytest.param("${NEW:=${}}!", "${}!", id="no variable inside a default"),
        pytest.param("${VERSION:0:2} ${VERSION:1}", "v1 1.34.3", id="slice"),
        pytest.param("${NAME:0:54} [${NAME:9}]", "prod []", id="slice beyond the end"),
        pytest.param("${VERSION#v} ${VERSION#x}", "1.34.3 v1.34.3", id="without prefix"),
        pytest.param("${IMAGE#*/} ${IMAGE##*/}", "team/node node", id="without shortest and longest prefix"),
        pytest.param("${VERSION%.*} ${VERSION%%.*}", "v1.34 v1", id="without shortest and longest suffix"),
        pytest.param("${VERSION%.x}", "v1.34.3", id="without a suffix that is not there"),
        pytest.param("${WORDS/two/2} ${WORDS//two/2}", "2 words of two 2 words of 2", id="replace first and all"),
        pytest.param(r"${IMAGE//\//-}", "registry.example-team-node", id="replace a slash"),
        pytest.param("${WORDS// }", "twowordsoftwo", id="replace by nothing"),
        pytest.param("${NAME^} ${NAME^^}", "Prod PROD", id="upper case"),
        pytest.param("${TITLE,} ${SHOUT,} ${SHOUT,,}", "prod pROD prod", id="lower case"),
        pytest.param("$${NAME} $$(date) $$", "${NAME} $(date) $", id="two dollars are one"),
        pytest.param("$$${NAME} $$$${NAME}", "$prod $${NAME}", id="dollars before a variable"),
        pytest.param("$NAME ${1} ${} ${@}", "$NAME ${1} ${} ${@}", id="no variables of a template"),
    ],
)
def test_forms(text: str, result: str) -> None:
    assert substitute(text, VARIABLES) == result


def test_a_value_is_not_substituted_again() -> None:
    assert substitute("${A} $$", {"A": "${B} $$"}) == "${B} $$ $"


def test_a_name_is_cut_as_public_templates_do_it() -> None:
    assert substitute("${LONG:0:54}-md", {"LONG": LONG}) == "n" * 54 + "-md"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("a\nb: ${NAME\nc", ["line 2", "never closed"], id="not closed"),
        pytest.param("${NEW:=${NAME}", ["line 1", "never closed"], id="not closed after a nested one"),
        pytest.param("${NAME[0]}", ["'[0]'", "not understood"], id="array of a shell"),
        pytest.param("${NAME:?must be set}", ["':?must be set'"], id="error form of a shell"),
        pytest.param("${NAME:+x}", ["':+x'"], id="alternative of a shell"),
        pytest.param("${NAME:0:x}", ["':0:x'"], id="length that is no number"),
        pytest.param("${NAME/#pr/x}", ["'/#pr/x'"], id="replacement at the start"),
        pytest.param("${NAME/%od/x}", ["'/%od/x'"], id="replacement at the end"),
    ],
)
def test_what_is_not_understood_is_said(text: str, words: list[str]) -> None:
    with pytest.raises(InvalidInput) as caught:
        substitute(text, VARIABLES)
    assert all(word in str(caught.value) for word in words), str(caught.value)


class TestMissingVariables:
    """A cluster with an empty field instead of a value would be worse than none."""

    TEXT = "${ZONE} ${NEW:=${SUBNET}} ${NAMEE} ${NAME} ${ZONE} ${REGION^^} ${NEW:=x}"

    def test_all_at_once_with_near_names(self) -> None:
        with pytest.raises(InvalidInput) as caught:
            substitute(self.TEXT, VARIABLES)
        assert caught.value.details == {"missing_variables": ["NAMEE", "REGION", "SUBNET", "ZONE"]}
        assert "no value: NAMEE; did you mean 'NAME'?, REGION, SUBNET, ZONE." in str(caught.value)
        assert "template.variables" in str(caught.value)

    def test_kept_when_asked(self) -> None:
        """Ignition units have variables of their own."""
        assert substitute(self.TEXT, VARIABLES, keep_unknown=True) == (
            "${ZONE} ${SUBNET} ${NAMEE} prod ${ZONE} ${REGION^^} x"
        )

    def test_not_those_of_defaults_that_are_not_used(self) -> None:
        assert substitute("${NAME:=${ZONE}}", VARIABLES) == "prod"
