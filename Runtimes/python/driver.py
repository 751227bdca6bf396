"""Runs one program inside a sandbox, in a copy of the template process, as if it had been started as a script.

The job arrives on a socket: four bytes with the length of a JSON header, the header, then as many bytes of source
code as the header says, then the Python state to begin with, if the header asks for one. One byte goes back before
the program's first statement; what follows it is about the state (see runledger_state.py).
"""

import atexit
import gc
import json
import linecache
import os
import signal
import struct
import sys
import threading
import traceback
import types

import runledger_state
import tools

DIRECTORY = "/mnt/data"
NAME = "main.py"

_exit = os._exit
_loaded = frozenset()


def prepare(exit_function):
    """In the template: everything that need not be done again in each copy."""
    global _exit, _loaded
    _exit = exit_function
    _loaded = frozenset(sys.modules)
    # The program may have a module of that name.
    sys.modules.pop("tools")
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [DIRECTORY] + [entry for entry in sys.path if entry and os.path.abspath(entry) != here]
    sys.path_importer_cache.clear()
    # What was printed before a time limit must have left the process by then.
    sys.stdout.reconfigure(encoding="utf-8", errors="replace", line_buffering=True)
    sys.stderr.reconfigure(encoding="utf-8", errors="backslashreplace")
    sys.stdin.reconfigure(encoding="utf-8", errors="replace")
    sys.excepthook = show
    threading.excepthook = show_in_thread


def show(kind, error, trace):
    """sys.excepthook with source lines: the interpreter's own looks for a file, and the program has none."""
    traceback.print_exception(kind, error, trace)


def show_in_thread(details):
    if details.exc_type is not SystemExit and sys.stderr is not None:
        name = details.thread.name if details.thread is not None else threading.get_ident()
        print(f"Exception in thread {name}:", file=sys.stderr)
        traceback.print_exception(details.exc_type, details.exc_value, details.exc_traceback)


def reseed():
    """Copies of one process would all draw the same numbers. (random and ssl see to it themselves after a fork.)"""
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed()
    uuid = sys.modules.get("uuid")
    if uuid is not None:
        uuid._last_timestamp = None
        uuid._node = None


def receive(job, length):
    parts = []
    while length:
        part = os.read(job, min(length, 1 << 20))
        if not part:
            # The host gave this sandbox up.
            os._exit(0)
        parts.append(part)
        length -= len(part)
    return b"".join(parts)


def rehearse():
    """Goes once through what every run does. The first use of memory and code after a copy costs page faults: here
    nobody waits for them yet."""
    reseed()
    json.loads('{"arguments": [], "code": 0}')
    program = translate(b"import sys as s\nprint(end='')\n")
    execute(program, {"__name__": "__main__"})
    runledger_state.rehearse(program)
    imported()
    linecache.checkcache(NAME)
    gc.collect()


def main(job):
    rehearse()
    (length,) = struct.unpack(">I", receive(job, 4))
    header = json.loads(receive(job, length))
    code = receive(job, header["code"])
    state = header.get("state")
    blob = receive(job, state["size"]) if state else b""
    os.write(job, b"s")
    keeper = None
    if state:
        keeper = runledger_state.Keeper(job, blob, state["limit"], state["on_error"])
    else:
        os.close(job)
    _exit(run(code, header["arguments"], keeper, header.get("tools")))


def run(code, arguments, keeper, callable_tools=None):
    """The program's whole life; returns its exit status."""
    sys.argv[:] = [NAME] + arguments
    sys.orig_argv[:] = [sys.executable, NAME] + arguments
    module = types.ModuleType("__main__")
    module.__file__ = os.path.join(DIRECTORY, NAME)
    module.__builtins__ = __builtins__
    sys.modules["__main__"] = module
    text = code.decode("utf-8", "replace")
    # An entry without a time is never checked against the disk, where there is no such file.
    linecache.cache[NAME] = (len(text), None, text.splitlines(True), NAME)
    if keeper is not None:
        keeper.restore(module)
    program = None

    def body():
        nonlocal program
        if callable_tools is not None:
            return tools.execute(code, NAME, module.__dict__, callable_tools)
        program = translate(code)
        execute(program, module.__dict__)

    status = attempt(body)
    return finish(module, program, status, keeper)


def translate(code):
    return compile(code, NAME, "exec", dont_inherit=True)


def execute(program, namespace):
    exec(program, namespace)


def attempt(action):
    """Calls it and returns the status that Python would exit with."""
    try:
        action()
        return 0
    except SystemExit as exit:
        return status_of(exit)
    except BaseException as error:
        return report(error)


def status_of(exit):
    code = exit.code
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF
    print(code, file=sys.stderr)
    return 1


def report(error):
    """Shows an unhandled exception as the interpreter does, without the frames of this file."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next
    error.__traceback__ = trace = tools.own_frames(trace, NAME)
    sys.last_type, sys.last_value, sys.last_traceback = type(error), error, trace
    try:
        sys.excepthook(type(error), error, trace)
    except SystemExit as exit:
        return status_of(exit)
    except BaseException as second:
        print("Error in sys.excepthook:", file=sys.stderr)
        show(type(second), second, second.__traceback__)
    if isinstance(error, KeyboardInterrupt):
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    return 1


def finish(module, program, status, keeper):
    """What the interpreter does at its end, but for tearing down the template's thousands of modules."""
    attempt(threading._shutdown)
    attempt(atexit._run_exitfuncs)
    flush(sys.stdout)
    flush(sys.stderr)
    if keeper is not None:
        keeper.save(module, program, status)
    # Objects end with the names that hold them: a file that was never closed is written out here.
    for name in imported():
        clear(sys.modules.get(name))
    clear(module)
    gc.collect()
    flush(sys.stdout)
    flush(sys.stderr)
    return status


def imported():
    """Modules that the program imported, the last one first. They are at the end of the table: looking at all of it
    would touch, and thereby copy, a page for each name."""
    names = []
    for name in reversed(sys.modules):
        if name in _loaded:
            break
        names.append(name)
    return names


def clear(module):
    names = getattr(module, "__dict__", None)
    if not isinstance(names, dict):
        return
    for name in list(names):
        if name != "__builtins__":
            names[name] = None


def flush(stream):
    try:
        stream.flush()
    except Exception:
        pass
