"""Keeps the top-level names of a program from one run to the next.

A state is a version byte (1 plain, 2 an lz4 frame) and a pickle of a dictionary from names to values, made by
cloudpickle and readable by it. All values are in one pickle, so that what two names share stays shared. Modules are
not values: `__imports__` lists them by the name they are bound to, and they are imported again.

Functions and classes of the program go into the pickle by value, but not the globals they use: these are names of the
program and saved as such. A restored function finds them in the namespace of the program that restored it, so it sees
what that program assigns to them.

The host is told in frames on the job's socket: one byte of kind, four bytes of length, the content.
"""

import functools
import importlib
import io
import json
import os
import pickle
import socket
import struct
import sys
import threading
import types

try:
    import cloudpickle
except ImportError:
    cloudpickle = None
try:
    import lz4.frame
except ImportError:
    lz4 = None

PLAIN, LZ4 = 1, 2
IMPORTS = "__imports__"
# Below this, compressing gains nothing worth its time.
COMPRESSED_ABOVE = 64 << 10
# What is reported at most: so many texts of so many characters.
MOST_ERRORS, LONGEST_ERROR = 100, 300

RESTORED, NOTES, BLOB = b"r", b"n", b"b"

NOT_KEPT = (
    (io.BytesIO, None),
    (io.StringIO, None),
    (io.IOBase, "open files are not kept"),
    (socket.socket, "sockets are not kept"),
    (types.GeneratorType, "generators are not kept"),
    (types.AsyncGeneratorType, "generators are not kept"),
    (types.CoroutineType, "coroutines are not kept"),
    (threading.Thread, "threads are not kept"),
)


class Keeper:
    """Restores the state of one program before its first statement and saves it after its last."""

    def __init__(self, job, blob, limit, on_error):
        """JOB is the host's socket, BLOB the state or nothing, LIMIT the bytes a state may have."""
        self.job, self.blob, self.limit, self.on_error = job, blob, limit, on_error
        self.is_restored = bool(blob)
        self.process = os.getpid()
        os.set_inheritable(job, False)
        self.identity = identity(job)

    def restore(self, module):
        if not self.blob:
            return
        errors = restore(self.blob, module)
        self.blob = None
        self.send(RESTORED, errors)

    def save(self, module, code, status):
        """After the program's end. A copy of the process that the program made has no say."""
        if os.getpid() != self.process or (status != 0 and not self.on_error):
            return
        sys.modules["__main__"] = module
        blob, errors, line = save(module, code, self.limit, self.is_restored)
        if line:
            complain(line)
        self.send(NOTES, errors)
        if blob is not None:
            self.send(BLOB, blob)

    def send(self, kind, content):
        if isinstance(content, list):
            content = json.dumps([error[:LONGEST_ERROR] for error in content[:MOST_ERRORS]]).encode()
        # A program that closes everything may have something else under this number by now.
        if identity(self.job) != self.identity:
            return
        try:
            for part in (struct.pack(">cI", kind, len(content)), content):
                view = memoryview(part)
                while view:
                    view = view[os.write(self.job, view):]
        except OSError:
            pass  # the host stopped listening: it has its reasons


def identity(descriptor):
    try:
        status = os.fstat(descriptor)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def complain(line):
    try:
        os.write(2, line.encode() + b"\n")
    except OSError:
        pass


def described(error):
    """An exception in one line. What the program defines may misbehave even here."""
    try:
        text = " ".join(str(error).split())
    except BaseException:
        text = ""
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def rehearse(code):
    """Goes once through what keeping a state does, for the same reason as the driver's rehearsal."""
    module, main = types.ModuleType("__main__"), sys.modules["__main__"]
    sys.modules["__main__"] = module
    try:
        module.__builtins__ = __builtins__
        exec("def f(x): return x\nclass C: pass\na, b = 'a', [C(), f, {}]", module.__dict__)
        restore(save(module, code, 1 << 20, False)[0] or b"", module)
    finally:
        sys.modules["__main__"] = main


# Restoring


def restore(blob, module):
    """Binds the names of a state in the module; returns what could not be restored, a text each."""
    namespace = module.__dict__
    before = dict(namespace)
    try:
        payload = memoryview(blob)[1:]
        if blob[0] == LZ4:
            payload = lz4.frame.decompress(payload)
        names = pickle.loads(payload)
        if type(names) is not dict:
            raise ValueError("it holds no dictionary of names")
    except BaseException as error:
        # A clean start. What the half that was read has done to the namespace must not show.
        namespace.clear()
        namespace.update(before)
        return [f"state: not restored, the run began clean: {described(error)}"]
    errors = []
    imports = names.pop(IMPORTS, {})
    for name, value in names.items():
        if type(name) is str and not is_special(name):
            namespace[name] = value
    for alias, modules in imports.items() if type(imports) is dict else ():
        try:
            for name in modules:
                importlib.import_module(name)
            namespace[alias] = sys.modules[modules[0]]
        except BaseException as error:
            errors.append(f"{alias}: not imported again: {described(error)}")
    # Functions were given their namespace by cloudpickle, which leaves its own builtins there.
    namespace["__builtins__"] = before["__builtins__"]
    return errors


def is_special(name):
    return name.startswith("__") and name.endswith("__")


# Saving


def save(module, code, limit, is_restored):
    """Returns the state or None, what is not in it, and a line for the program's standard error or None."""
    values, imports, errors = select(module.__dict__, dotted_imports(code))
    if not values and not imports and not is_restored:
        return None, errors, None
    if cloudpickle is None:
        return None, errors + ["state: not saved: cloudpickle is not installed here"], None
    try:
        try:
            return pickled(values, imports, module, limit), errors, None
        except TooLarge:
            raise
        except BaseException:
            values = without_culprits(values, module, errors)
            return pickled(values, imports, module, limit), errors, None
    except TooLarge:
        size = f"{limit / (1 << 20):g} MB"
        return None, errors + [f"state: not saved: larger than {size}"], f"Python state not saved: larger than {size}"
    except BaseException as error:
        return None, errors + [f"state: not saved: {described(error)}"], None


def select(namespace, dotted):
    """Sorts the namespace into values, imports, and texts about what cannot be kept."""
    values, imports, errors = {}, {}, []
    private = {}
    for name, value in list(namespace.items()):
        if name.startswith("_"):
            if not is_special(name):
                private[name] = value
            continue
        sort(name, value, namespace, dotted, values, imports, errors)
    if private:
        for name in used_by_functions(values, private, namespace):
            sort(name, private[name], namespace, dotted, values, imports, errors)
    return values, imports, errors


def sort(name, value, namespace, dotted, values, imports, errors):
    kind = type(value)
    if issubclass(kind, types.ModuleType) and sys.modules.get(value.__name__) is value:
        imports[name] = [value.__name__] + sorted(
            other for other in dotted if other.startswith(value.__name__ + ".") and other in sys.modules)
    elif value is namespace:
        errors.append(f"{name}: the namespace itself is not kept")
    elif reason := next((reason for refused, reason in NOT_KEPT if issubclass(kind, refused)), None):
        errors.append(f"{name}: {reason}")
    else:
        values[name] = value


def used_by_functions(values, private, namespace):
    """The private names without which kept functions and classes would not work, in the order they are found."""
    found, seen, waiting = {}, set(), list(values.values())
    while waiting:
        value = waiting.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        kind = type(value)
        if kind is types.FunctionType:
            if value.__globals__ is namespace:
                for name in names_in(value.__code__):
                    if name in private and name not in found:
                        found[name] = None
                        waiting.append(private[name])
            waiting += [cell.cell_contents for cell in value.__closure__ or () if is_filled(cell)]
        elif issubclass(kind, type) and value.__module__ == "__main__":
            waiting += vars(value).values()
        elif kind in (staticmethod, classmethod, functools._lru_cache_wrapper):
            waiting.append(value.__wrapped__)
        elif kind is property:
            waiting += [value.fget, value.fset, value.fdel]
    return found


def is_filled(cell):
    try:
        return cell.cell_contents is not None
    except ValueError:
        return False


def names_in(code):
    """Every global or attribute name in a code object and those inside it."""
    yield from code.co_names
    for constant in code.co_consts:
        if type(constant) is types.CodeType:
            yield from names_in(constant)


def dotted_imports(code):
    """`a.b` of each `import a.b`: it binds `a` only, but `a.b` must be there again too."""
    return {name for name in names_in(code) if "." in name} if code is not None else ()


def without_culprits(values, module, errors):
    """The values that can be pickled by themselves; the others are named in the errors."""
    kept = {}
    for variable, value in values.items():
        try:
            Pickler(Void(), module).dump(value)
            kept[variable] = value
        except BaseException as error:
            errors.append(f"{variable}: {described(error)}")
    return kept


def pickled(values, imports, module, limit):
    sink = Sink(limit)
    Pickler(sink, module).dump({**values, IMPORTS: imports} if imports else values)
    return sink.finish()


class TooLarge(Exception):
    pass


class Void:
    def write(self, data):
        pass


class Sink:
    """Gathers a state while it is pickled, compressed once it is worth it. It never holds more than the limit."""

    def __init__(self, limit):
        self.limit, self.parts, self.size, self.frame = limit, [], 1, None

    def write(self, data):
        if isinstance(data, pickle.PickleBuffer):
            data = data.raw()
        self.add(self.frame.compress(data) if self.frame else bytes(data))
        if self.frame is None and self.size > COMPRESSED_ABOVE and lz4 is not None:
            self.compress()

    def add(self, data):
        self.size += len(data)
        if self.size > self.limit and (self.frame or lz4 is None):
            raise TooLarge
        self.parts.append(data)

    def compress(self):
        plain, self.parts, self.size = self.parts, [], 1
        self.frame = lz4.frame.LZ4FrameCompressor()
        self.add(self.frame.begin())
        for part in plain:
            self.add(self.frame.compress(part))

    def finish(self):
        if self.frame:
            self.add(self.frame.flush())
        if self.size > self.limit:
            raise TooLarge
        return b"".join([bytes([LZ4 if self.frame else PLAIN])] + self.parts)


class Namespace:
    """Stands in a pickle for the globals of the program's functions: those of the program that restores them."""

    def __reduce__(self):
        return vars, (sys.modules["__main__"],)


if cloudpickle is not None:

    class Pickler(cloudpickle.Pickler):
        """cloudpickle, but for the globals of functions (see above), files and caches."""

        def __init__(self, sink, module):
            super().__init__(sink, protocol=pickle.HIGHEST_PROTOCOL)
            self.namespace = module.__dict__
            self.globals_ref[id(self.namespace)] = Namespace()

        def reducer_override(self, obj):
            special = self.special.get(type(obj))
            return super().reducer_override(obj) if special is None else special(self, obj)

        def _dynamic_function_reduce(self, function):
            reduced = super()._dynamic_function_reduce(function)
            if function.__globals__ is not self.namespace:
                return reduced
            state, slots = reduced[2]
            slots["__globals__"], slots["_cloudpickle_submodules"] = {}, []
            return reduced

        def file(self, file):
            # cloudpickle would keep what can be read from it.
            raise pickle.PicklingError("open files are not kept")

        def cache(self, function):
            # Otherwise it is pickled as the name of a global that will not be there.
            typed = getattr(function, "cache_parameters", dict)().get("typed", False)
            state = {name: value for name, value in vars(function).items() if name != "cache_parameters"}
            arguments = function.__wrapped__, function.cache_info().maxsize, typed, functools._CacheInfo
            return functools._lru_cache_wrapper, arguments, state

        special = {io.TextIOWrapper: file, functools._lru_cache_wrapper: cache}
