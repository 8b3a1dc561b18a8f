"""The last test: no key that any other test used is in any file that a gateway wrote or any byte an upstream got."""
import stat

import pytest
from conftest import FOLDERS, LONG_LIVED
from support import keychain, mock_upstream

WRITTEN_BY_TESTS = {"aihub.json", ".env", "keys.txt"}


@pytest.fixture(scope="module", autouse=True)
def everything_is_written():
    for factory in LONG_LIVED:
        factory.stop()


def written_files():
    for folder in FOLDERS:
        for path in folder.rglob("*"):
            if path.is_file() and path.name not in WRITTEN_BY_TESTS:
                yield path


def holders(data, secrets):
    return [secret for secret in secrets if secret.encode() in data]


def test_no_file_that_a_gateway_wrote_holds_a_key():
    assert keychain.secrets(), "no other test ran, so this one would prove nothing"
    leaks = [(str(path), secret[:8]) for path in written_files() if path.name != "admin.key"
             for secret in holders(path.read_bytes(), keychain.secrets())]
    assert leaks == []


def test_the_admin_key_file_is_readable_by_its_owner_alone():
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in written_files() if path.name == "admin.key"}
    assert modes, "no gateway left an admin.key"
    assert set(modes.values()) == {0o600}


def test_no_upstream_was_sent_a_key():
    assert mock_upstream.RECORDED, "no other test ran, so this one would prove nothing"
    everything = b"\0".join(mock_upstream.RECORDED)
    leaks = holders(everything, keychain.secrets(that_stay=True))
    assert [(secret[:8], everything[:everything.index(secret.encode())][-300:]) for secret in leaks] == []
