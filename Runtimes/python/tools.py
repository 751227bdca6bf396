"""Runs the code of a programmatic run: its tools are async functions, and it may await anywhere.

The calls that the code makes are gathered until its event loop has nothing else to do. Then they are sent to the host
as one batch, and the process waits for all results. The loop's clock stands still meanwhile, so that timers come in
the same order whether the results take a minute or are on record already.
"""

import ast
import asyncio
import inspect
import json
import socket

DESK = "/box/tools"


class ToolError(Exception):
    """A tool call failed; the text says why."""


class Loop(asyncio.SelectorEventLoop):
    """An event loop that asks the host for the results of tool calls when it would otherwise wait."""

    def __init__(self):
        super().__init__()
        self._calls = []
        self._stood_still = 0.0

    def time(self):
        return super().time() - self._stood_still

    def ask(self, name, arguments):
        result = self.create_future()
        self._calls.append((name, arguments, result))
        return result

    def _run_once(self):
        # One pass of the loop. asyncio has no public place for "nothing is ready".
        if self._calls and not self._ready and not self._is_timer_due() and not self._selector.select(0):
            self._send()
        super()._run_once()

    def _is_timer_due(self):
        return bool(self._scheduled) and self._scheduled[0].when() <= self.time() + self._clock_resolution

    def _send(self):
        calls = [call for call in self._calls if not call[2].done()]
        self._calls = []
        if not calls:
            return
        began = super().time()
        answers = exchange([{"name": name, "input": arguments} for name, arguments, _ in calls])
        self._stood_still += super().time() - began
        for (_, _, result), answer in zip(calls, answers):
            if "error" in answer:
                result.set_exception(ToolError(answer["error"]))
            else:
                result.set_result(answer["result"])


class Policy(asyncio.DefaultEventLoopPolicy):
    _loop_factory = Loop


def exchange(calls):
    """Sends one batch to the host and waits for its results."""
    # What a tool sees of the program's text it sees as ASCII: a lone surrogate is an escape like any other.
    body = json.dumps(calls, allow_nan=False).encode()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as desk:
        desk.connect(DESK)
        desk.sendall(b"batch %d\n" % len(body) + body)
        parts = []
        while part := desk.recv(1 << 20):
            parts.append(part)
    return json.loads(b"".join(parts))


def function(tool):
    """The async function that stands for a tool."""
    identifier, name, parameters = tool["identifier"], tool["name"], tool["parameters"]

    async def call(*args, **kwargs):
        if len(args) > len(parameters):
            raise TypeError(f"{identifier}() takes {len(parameters)} positional arguments but {len(args)} were given")
        arguments = dict(zip(parameters, args))
        for key, value in kwargs.items():
            if key in arguments:
                raise TypeError(f"{identifier}() got multiple values for argument '{key}'")
            arguments[key] = value
        arguments = {key: value for key, value in arguments.items() if value is not None}
        # Raises for what JSON cannot say where the call stands, and keeps later changes of a list out of it.
        arguments = json.loads(json.dumps(arguments, allow_nan=False))
        loop = asyncio.get_running_loop()
        if not isinstance(loop, Loop):
            raise RuntimeError(f"{identifier}() can be awaited in an event loop of asyncio only")
        return await loop.ask(name, arguments)

    call.__name__ = call.__qualname__ = identifier
    return call


def execute(code, filename, namespace, tools):
    """Runs the code with its tools in the namespace."""
    asyncio.set_event_loop_policy(Policy())
    for tool in tools:
        namespace[tool["identifier"]] = function(tool)
    compiled = compile(code, filename, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    if compiled.co_flags & inspect.CO_COROUTINE:
        asyncio.run(evaluate(compiled, namespace))
    else:
        # Nothing is awaited at the top: the code may start a loop of its own.
        exec(compiled, namespace)


async def evaluate(compiled, namespace):
    await eval(compiled, namespace)


def own_frames(trace, filename):
    """A traceback without what is around the program: from its first frame on, and without the inside of tools."""
    first = trace
    while first is not None and first.tb_frame.f_code.co_filename != filename:
        first = first.tb_next
    if first is None:
        while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
            trace = trace.tb_next
        return trace
    last = entry = first
    while entry is not None:
        if entry.tb_frame.f_code.co_filename != __file__:
            last = entry
        entry = entry.tb_next
    last.tb_next = None
    return first
