"""Fixtures: real servers, real gateways, real keys, and a mock upstream for the faults no real server commits on request."""
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from support import servers as real_servers  # noqa: E402
from support.gateway import Gateway  # noqa: E402
from support.mock_upstream import MockUpstream  # noqa: E402

FOLDERS = []   # of every gateway of this run; test_secrets.py searches them
LONG_LIVED = []  # factories of gateways that outlive their tests; test_secrets.py stops them so that all is written


def pytest_collection_modifyitems(items):
    """What searches the traces of all other tests comes last."""
    items.sort(key=lambda item: item.path.name == "test_secrets.py")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A failure shows the end of the logs of the gateways that the test used."""
    outcome = yield
    report = outcome.get_result()
    if report.failed:
        for value in [*item.funcargs.values(), *getattr(item, "gateways", [])]:
            if isinstance(value, Gateway):
                report.sections.append((f"log of {value.folder.name}", value.stderr()[-4000:]))


@pytest.fixture(scope="session")
def servers():
    found = real_servers.ensure()
    yield found
    if found.owned:
        found.stop()


@pytest.fixture
def ollama_server(servers):
    if not servers.ollama:
        pytest.skip(servers.left_out["ollama"])
    return servers.ollama


class Gateways:
    """Makes gateways and stops them all, each with exit code 0."""

    def __init__(self, folders, made):
        self.folders, self.made = folders, made

    def prepare(self, services=None, settings=None, **more):
        """Written and with a key in its database, not started."""
        folder = self.folders.mktemp("gateway")
        FOLDERS.append(folder)
        gateway = Gateway(folder, services, settings, **more)
        gateway.client_key = gateway.key()
        self.made.append(gateway)
        return gateway

    def __call__(self, services=None, settings=None, **more):
        return self.prepare(services, settings, **more).start()

    def stop(self):
        problems = []
        for gateway in self.made:
            try:
                gateway.stop()
            except AssertionError as problem:
                problems.append(str(problem))
        assert not problems, "\n".join(problems)


@pytest.fixture
def gateway(tmp_path_factory, request):
    """A factory; what it made is stopped at the end of the test."""
    request.node.gateways = []
    factory = Gateways(tmp_path_factory, request.node.gateways)
    yield factory
    factory.stop()


@pytest.fixture(scope="module")
def module_gateway(tmp_path_factory):
    """The same factory for gateways that a whole file shares."""
    factory = Gateways(tmp_path_factory, [])
    yield factory
    factory.stop()


@pytest.fixture
def mock():
    """An OpenAI-shaped mock that has the model `mock`."""
    with MockUpstream(models=["mock"]) as upstream:
        yield upstream


@pytest.fixture(scope="module")
def upstream():
    """The same for all tests of a file."""
    with MockUpstream(models=["mock"]) as made:
        yield made


@pytest.fixture
def new_mock():
    made = []

    def make(*arguments, **more):
        made.append(MockUpstream(*arguments, **more))
        return made[-1]

    yield make
    for upstream in made:
        upstream.close()


def real_services(servers):
    """All real servers as rows of aihub.json."""
    rows = {
        "llama": {"url": servers.llama, "kind": "openai"},
        "embed": {"url": servers.embed, "kind": "openai"},
        "seer": {"url": servers.seer, "kind": "openai"},
        "keyed": {"url": servers.keyed, "kind": "openai", "key": real_servers.LLAMA_KEY},
        "kokoro": {"url": servers.speech, "kind": "speech"},
        "stt": {"url": servers.speech, "kind": "transcription"},
    }
    if servers.ollama:
        rows["ollama"] = {"url": servers.ollama, "kind": "ollama"}
    return rows


@pytest.fixture(scope="session")
def hub(servers, tmp_path_factory):
    """One gateway before all real servers, for every test that does not disturb it."""
    factory = Gateways(tmp_path_factory, [])
    LONG_LIVED.append(factory)
    yield factory(real_services(servers))
    factory.stop()
