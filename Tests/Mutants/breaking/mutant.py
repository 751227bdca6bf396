"""What a mutant is: one bug that somebody could write, and the tests that must notice it.

Each decorator declares the function below it as a mutant; its name and docstring are the mutant's. The M-numbers are
those whose tests must fail. A mutant falsifies requests on their way in, answers on their way out, settings, or text
in a copy of the program's own files.
"""
import importlib
from pathlib import Path

BUGS = Path(__file__).resolve().parents[1] / "bugs"

_known = {}


class Mutant:
    """One bug. What it does not override does no harm; `identity` overrides nothing."""

    def __init__(self, name="identity", breaks=(), bug="", request=None, answer=None, stream=None, settings=None, edits=()):
        self.name, self.breaks, self.bug, self.edits = name, breaks, bug, edits
        self._request, self._answer, self._stream, self._settings = request, answer, stream, settings

    def falsify_request(self, request):
        if self._request:
            self._request(request)

    def falsify_answer(self, answer):
        for change in answer.request.afterwards:
            change(answer)
        if self._answer:
            self._answer(answer)

    def falsify_stream(self, answer, pieces):
        """The pieces to send instead of those of a streamed answer; None to send them as they come."""
        return self._stream(answer, pieces) if self._stream else None

    def falsify_settings(self, settings):
        if self._settings:
            self._settings(settings)


def _declare(hook, breaks, value=None):
    def declare(function):
        assert function.__name__ not in _known, f"two mutants are called {function.__name__}"
        bug = " ".join((function.__doc__ or "").split())
        _known[function.__name__] = Mutant(function.__name__, breaks, bug, **{hook: value or function})
        return function
    return declare


def in_requests(*breaks):
    """Called with each request. May change it, answer in the server's stead, or ask for its answer with `then`."""
    return _declare("request", breaks)


def in_answers(*breaks):
    """Called with each answer that is not streamed."""
    return _declare("answer", breaks)


def in_streams(*breaks):
    """Called with each streamed answer and its pieces; returns the pieces to send instead, or None."""
    return _declare("stream", breaks)


def in_settings(*breaks):
    """Called with the settings that a server is about to be started with."""
    return _declare("settings", breaks)


def in_files(*breaks, edits):
    """Replaces text in copies of Migrations/ and Runtimes/: (path, old, new) each. The function only names the mutant."""
    return _declare("edits", breaks, edits)


def mutants():
    """Every declared mutant by name, in the order of the files and their lines."""
    if not _known:
        for file in sorted(BUGS.glob("*.py")):
            importlib.import_module(f"bugs.{file.stem}")
    return _known


def named(name):
    if name == "identity":
        return Mutant()
    found = mutants().get(name)
    if found is None:
        raise ValueError(f"no mutant is called {name!r}")
    return found
