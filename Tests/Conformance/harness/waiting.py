"""Waiting for something visible, and running things side by side."""
import time
from concurrent.futures import ThreadPoolExecutor


def wait_until(condition, deadline, what):
    """Polls `condition` until it returns something true and returns that; fails with `what` after `deadline` seconds."""
    end = time.monotonic() + deadline
    last = None
    while True:
        last = condition()
        if last:
            return last
        if time.monotonic() > end:
            raise AssertionError(f"not within {deadline} s: {what}; last seen: {last!r}")
        time.sleep(0.05)


def in_parallel(function, items):
    """Calls `function` with each item, all at once, and returns the results in the order of the items."""
    items = list(items)
    with ThreadPoolExecutor(max_workers=len(items)) as pool:
        return list(pool.map(function, items))
