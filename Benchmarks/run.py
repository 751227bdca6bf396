#!/usr/bin/env python3
"""Measures the budgets of the design against a server started here, and prints one table.

Never part of a test run: figures depend on the machine. Needs a release build and root.
"""
import concurrent.futures
import json
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import tempfile
import time

import conversations
import transfers
from harness import PROGRAMS, ROWS, Client, Server, quantile, row, timed


def latencies(server):
    client = Client(server.port)
    for language in ("py", "bash", "js", "c"):
        code = {"py": "print(1+1)", "bash": "echo 2", "js": "console.log(2)",
                "c": '#include <stdio.h>\nint main(void){puts("2");}'}[language]
        timed(lambda: client.exec(language, code), 5)
        # Paced, so that what is measured is an idle server with a full pool, not the refilling of it.
        times = []
        for _ in range(100 if language == "py" else 30):
            times += timed(lambda: client.exec(language, code), 1)
            time.sleep(0.05)
        budget = "p50 8, p99 25" if language == "py" else ""
        row(f"POST /exec hello in {language}, new session, idle, ms",
            f"p50 {quantile(times, .5):.1f}, p99 {quantile(times, .99):.1f}", budget)
    times = timed(lambda: client.exec("py", "print(1+1)"), 100)
    row("the same in py, back to back, ms", f"p50 {quantile(times, .5):.1f}, p99 {quantile(times, .99):.1f}")


def throughput(server):
    def worker(count):
        client = Client(server.port)
        return timed(lambda: client.exec("py", "print(1+1)"), count)

    started = time.perf_counter()
    with concurrent.futures.ThreadPoolExecutor(10) as pool:
        times = [t for part in pool.map(worker, [20] * 10) for t in part]
    elapsed = time.perf_counter() - started
    row("200 requests at concurrency 10, executions/s", f"{200 / elapsed:.0f} (p99 {quantile(times, .99):.0f} ms)", "60")
    started = time.perf_counter()
    with concurrent.futures.ThreadPoolExecutor(100) as pool:
        times = [t for part in pool.map(worker, [1] * 100) for t in part]
    row("burst of 100, ms", f"p50 {quantile(times, .5):.0f}, p99 {quantile(times, .99):.0f}", "p99 1500")


SCIENCE = """
import numpy as np, pandas as pd
rng = np.random.default_rng(7)
frame = pd.DataFrame({"g": rng.integers(0, 50, 200_000), "x": rng.normal(size=200_000)})
print(frame.groupby("g").x.agg(["mean", "std", "count"]).round(3).head())
"""


def science(server):
    client = Client(server.port)
    client.exec("py", SCIENCE)
    times = []
    for _ in range(20):
        times += timed(lambda: client.exec("py", SCIENCE), 1)
        time.sleep(0.05)
    python = os.environ.get("RUNLEDGER_PYTHON", "python3")
    warm = f"import time\ncode = compile({SCIENCE!r}, 'x', 'exec')\nfor _ in range(12):\n s = time.perf_counter(); " \
           "exec(code, {}); print('T', (time.perf_counter() - s) * 1000)"
    output = subprocess.run([python, "-c", warm], capture_output=True, text=True, check=True,
                            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"}).stdout
    bare = statistics.median([float(line.split()[1]) for line in output.splitlines() if line.startswith("T ")][2:])
    p50 = quantile(times, .5)
    row("numpy + pandas script, ms", f"p50 {p50:.1f}; bare in a warm interpreter {bare:.1f}: {p50 / bare:.2f}x", "1.3x")


def log(home):
    url = (pathlib.Path(home) / "database-url").read_text().strip()
    for writers, budget in ((64, "10000"), (1, "p50 fsync + 0.5 ms")):
        output = subprocess.run([PROGRAMS / "runledger-bench", "appends", "--database-url", url, "--writers",
                                 str(writers)], capture_output=True, text=True, check=True).stdout
        figures = json.loads(output)
        row(f"durable appends/s, {writers} writers",
            f"{figures['appends_per_second']} (p50 {figures['p50_ms']} ms, p99 {figures['p99_ms']} ms)", budget)
    subprocess.run([PROGRAMS / "runledger-bench", "generate", "--database-url", url], check=True,
                   stdout=subprocess.DEVNULL)
    for command, budget in ((["verify"], "100000"), (["projections", "rebuild"], "100000")):
        output = subprocess.run([PROGRAMS / "runledger", *command, "--database-url", url], capture_output=True,
                                text=True)
        lines = (output.stdout + output.stderr).strip().splitlines()
        row("runledger " + " ".join(command), lines[-1] if lines else "no output", budget + " events/s")


def fsync_ms(home):
    path = pathlib.Path(home) / "fsync.probe"
    times = []
    with open(path, "wb") as file:
        for _ in range(100):
            started = time.perf_counter()
            file.write(b"x" * 512)
            file.flush()
            os.fdatasync(file.fileno())
            times.append((time.perf_counter() - started) * 1000)
    path.unlink()
    return quantile(times, .5)


def main():
    home = tempfile.mkdtemp(prefix="runledger-bench-")
    os.chmod(home, 0o755)
    server = Server(home)
    try:
        time.sleep(2)
        row("resident memory, idle server without template processes, MB", f"{server.resident_mb():.0f}", "80")
        latencies(server)
        throughput(server)
        science(server)
        conversations.measure(server)
        transfers.measure(server)
        log(home)
    finally:
        server.stop()
        shutil.rmtree(home, ignore_errors=True)
    print(f"\n{platform.processor() or platform.machine()}, {os.cpu_count()} cores, "
          f"Linux {platform.release()}; fdatasync p50 {fsync_ms(tempfile.gettempdir()):.2f} ms\n")
    width = [max(len(line[i]) for line in [*ROWS, ("what", "measured", "budget")]) for i in range(3)]
    for line in [("what", "measured", "budget"), tuple("-" * w for w in width), *ROWS]:
        print("  ".join(cell.ljust(w) for cell, w in zip(line, width)).rstrip())


if __name__ == "__main__":
    main()
