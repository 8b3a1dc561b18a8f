"""The rule with which secret scanners find keys in source code."""
import re
import tomllib

import pytest
from support.keys_program import Keys, keys  # noqa: F401 (keys is a fixture)
from support.paths import ROOT


@pytest.fixture(scope="module")
def rule():
    with open(ROOT / "examples" / "secret-scanning" / "gitleaks.toml", "rb") as file:
        [only] = tomllib.load(file)["rules"]
    return only


@pytest.mark.parametrize("kind", [[], ["--admin"], ["--worker"]])
def test_every_kind_of_key_is_found(keys, rule, kind):
    token = keys.add("bob", *kind)
    for text in (token, f'key = "{token}"', f"Authorization: Bearer {token}\n", f"https://x/?key={token}&y=1"):
        assert re.findall(rule["regex"], text) == [token]
    assert any(token.startswith(word) for word in rule["keywords"])


def test_nothing_else_is_found(keys, rule):
    token = keys.add("bob")
    hint = keys.rows()[0]["hint"]
    for text in (token[:-1], token + "a", "x" + token, "ahz_" + token[4:], hint, "ahk_" + "…" * 36, "sk-" + token[4:]):
        assert re.findall(rule["regex"], text) == []
