"""Breaks a real server on purpose, one promised behaviour at a time, so that its tests can be seen to fail."""
import shutil
import tempfile
from pathlib import Path

from .mutant import mutants, named
from .proxy import Proxy

__all__ = ["Breakage", "mutants"]

# What the server looks for at or above its executable, and beside it.
FOLDERS = ("Migrations", "Runtimes")
PROGRAMS = ("runledger", "runledger-zygote", "librunledger-sandbox.so")


class Breakage:
    """One mutant at one server that is about to start: other settings, other files, a proxy before it."""

    def __init__(self, name, server, port):
        mutant = named(name)
        self.house = None
        self.proxy = Proxy(server, port, mutant)
        server.port, server.settings["API_PORT"] = self.proxy.port, str(port)
        mutant.falsify_settings(server.settings)
        if mutant.edits:
            self.house = Path(tempfile.mkdtemp(prefix="rl-mutant-"))
            self.house.chmod(0o755)
            server.binary = self._furnish(Path(server.binary), mutant.edits)

    def _furnish(self, binary, edits):
        """Copies the programs and their files, with the edits; returns the copied server."""
        above = next(folder for folder in binary.parents if all((folder / name).is_dir() for name in FOLDERS))
        for name in FOLDERS:
            shutil.copytree(above / name, self.house / name)
        for name in PROGRAMS:
            if (binary.parent / name).exists():
                shutil.copy2(binary.parent / name, self.house / name)
        for path, old, new in edits:
            file = self.house / path
            text = file.read_text()
            # A mutant that no longer finds its place would change nothing and blame the tests.
            if old not in text:
                raise RuntimeError(f"{path} no longer has the text that the mutant replaces: {old!r}")
            file.write_text(text.replace(old, new))
        return str(self.house / "runledger")

    def remove(self):
        self.proxy.close()
        if self.house:
            shutil.rmtree(self.house, ignore_errors=True)
