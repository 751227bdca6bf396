"""The fixtures of both test folders."""
import pytest

from .server import Server, serving

FRESH_OWNERS = 150


@pytest.hookimpl(tryfirst=True, hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """On failure the report ends with the log tails of the servers that the test used."""
    outcome = yield
    report = outcome.get_result()
    if report.failed:
        for server in servers_of(item):
            report.sections.append(("server log", server.log_tail()))


def servers_of(item):
    used = [value for value in getattr(item, "funcargs", {}).values() if isinstance(value, Server)]
    return used + getattr(item, "started_servers", [])


@pytest.fixture(scope="session")
def server():
    """The server most tests talk to: default limits, own embedded database."""
    with serving(extra_keys=FRESH_OWNERS) as running:
        yield running


@pytest.fixture(scope="session")
def replica(server):
    """A second server on the first one's database."""
    with serving(database_url=server.database_url, like=server) as running:
        yield running


@pytest.fixture
def make_server(request):
    """Starts further servers with other settings; they end with the test."""
    started = request.node.started_servers = []

    def start(settings=None, **options):
        running = Server(settings, **options)
        started.append(running)
        return running.start().wait_ready()
    try:
        yield start
    finally:
        for running in reversed(started):
            running.stop()
            running.remove()


def limited(settings):
    """A fixture of one server with these settings, shared by the tests of a module."""
    @pytest.fixture(scope="module")
    def running_with_settings():
        running = Server(settings, extra_keys=20)
        try:
            yield running.start().wait_ready()
        finally:
            running.stop()
            running.remove()
    return running_with_settings


@pytest.fixture
def old(server):
    return server.old()


@pytest.fixture
def new(server):
    return server.new()


@pytest.fixture
def other(server):
    """Another owner, who must not see anything of the first."""
    return server.old(server.other_key)


@pytest.fixture
def fresh(server):
    """An owner without any session yet."""
    return server.old(server.fresh_key())


@pytest.fixture
def fresh_new(server):
    """An owner without any session yet, who speaks the newer dialect."""
    return server.new(server.fresh_key())
