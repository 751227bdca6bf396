"""The template process of Python sandboxes: imports what is slow to import, once, and is then copied for each run.

Started as root, outside of any sandbox, with a clean environment:

    python zygote.py LIBRARY CACHE

LIBRARY is librunledger-sandbox.so, CACHE a writable directory for what may be kept between starts. Descriptor 3 is
the control socket. The process must have exactly one thread when it is copied.
"""

import ctypes
import gc
import importlib
import os
import sys

import driver

CONTROL = 3

# In this order; what is not installed is left out. Submodules that programs import first thing are named themselves.
MODULES = (
    "argparse", "base64", "collections", "concurrent.futures", "contextlib", "copy", "csv", "dataclasses", "datetime",
    "decimal", "enum", "fractions", "functools", "glob", "hashlib", "heapq", "inspect", "io", "itertools", "json",
    "logging", "math", "operator", "pathlib", "pickle", "platform", "pprint", "random", "re", "shutil", "socket",
    "sqlite3", "statistics", "string", "struct", "subprocess", "tempfile", "textwrap", "threading", "time",
    "traceback", "typing", "unicodedata", "urllib.parse", "urllib.request", "uuid", "xml.etree.ElementTree",
    "zipfile", "asyncio", "multiprocessing",
    "numpy", "numpy.random", "numpy.linalg", "numpy.fft", "pandas", "matplotlib", "matplotlib.pyplot", "scipy",
    "PIL.Image", "openpyxl", "cloudpickle", "lz4.frame", "requests", "bs4", "yaml", "dateutil.parser",
)


def load():
    for name in MODULES:
        try:
            importlib.import_module(name)
        except ImportError:
            pass


def warm():
    """Does once what a module puts off until first use: fonts, code paths, lookup tables."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        import io

        figure, axes = pyplot.subplots()
        axes.plot([0, 1], [0, 1])
        axes.set_title("warm")
        figure.savefig(io.BytesIO(), format="png")
        pyplot.close("all")
        # Fonts keep their files open, and a copy has none of our descriptors.
        sys.modules["matplotlib.font_manager"]._get_font.cache_clear()
    pandas = sys.modules.get("pandas")
    if pandas is not None:
        frame = pandas.DataFrame({"a": [1, 2], "b": [0.5, 1.5], "c": ["x", "y"]})
        repr(frame.describe())
        frame.groupby("c").sum().to_csv()


def lost_descriptors():
    """Open files that a module holds on to. A copy would find them closed, or worse, reused."""
    lost = []
    for name in os.listdir("/proc/self/fd"):
        try:
            lost.append((int(name), os.readlink(f"/proc/self/fd/{name}")))
        except OSError:
            pass  # the listing's own
    return [path for number, path in lost if number > CONTROL]


def threads():
    return len(os.listdir("/proc/self/task"))


def collapse():
    """Puts the heap on huge pages, where the kernel can: a copy has fewer page table entries to make and to drop."""
    advise, collapse, huge = ctypes.CDLL(None).madvise, 25, 1 << 21
    advise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    with open("/proc/self/maps") as maps:
        areas = [line.split() for line in maps]
    for area in areas:
        if area[1].startswith("rw") and (len(area) == 5 or area[5] == "[heap]"):
            start, end = (int(edge, 16) for edge in area[0].split("-"))
            start = -(-start // huge) * huge
            if end - start >= huge:
                advise(start, (end - start) // huge * huge, collapse)


def address(function):
    return ctypes.cast(function, ctypes.c_void_p)


class Hooks(ctypes.Structure):
    _fields_ = [(name, ctypes.c_void_p) for name in ("before", "after_in_parent", "after_in_program")]


def main():
    _, library_path, cache = sys.argv
    os.closerange(CONTROL + 1, 65536)
    home = os.path.join(cache, "home", ".matplotlib")
    os.makedirs(home, exist_ok=True)
    inside = os.environ["MPLCONFIGDIR"]
    os.environ["MPLCONFIGDIR"] = home
    load()
    warm()
    os.environ["MPLCONFIGDIR"] = inside
    if threads() != 1:
        sys.exit("zygote: a module started a thread; copies of this process would be broken")
    gc.collect()
    for path in lost_descriptors():
        print(f"zygote: {path} is open in the template and will be closed in its copies", file=sys.stderr)

    # PyDLL keeps the interpreter lock: the copy must come up holding it.
    library = ctypes.PyDLL(library_path)
    python = ctypes.pythonapi
    hooks = Hooks(
        address(python.PyOS_BeforeFork), address(python.PyOS_AfterFork_Parent), address(python.PyOS_AfterFork_Child)
    )
    driver.prepare(library.sandbox_program_exit)
    # Frozen objects are never visited by a collection, so a copy does not touch (and thereby duplicate) their pages.
    gc.collect()
    gc.disable()
    gc.freeze()
    collapse()
    job = library.sandbox_zygote_serve(CONTROL, 1, ctypes.byref(hooks))
    gc.enable()
    driver.main(job)


if __name__ == "__main__":
    main()
