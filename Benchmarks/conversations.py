"""What a conversation costs beyond single runs: state, tool calls, languages cold and cached."""
import time
import uuid

from harness import Client, quantile, row, timed

HELLO = {
    "ts": "const n: number = 2; console.log(n); // {}",
    "go": 'package main\n\nimport "fmt"\n\nfunc main() {{ fmt.Println(2) }} // {}',
    "java": 'public class Main {{ public static void main(String[] a) {{ System.out.println(2); }} }} // {}',
    "c": '#include <stdio.h>\nint main(void) {{ puts("2"); }} // {}',
    "cpp": '#include <iostream>\nint main() {{ std::cout << 2 << std::endl; }} // {}',
    "php": "<?php echo 2; // {}",
    "rs": 'fn main() {{ println!("2"); }} // {}',
    "r": 'cat(2, "\\n") # {}',
    "f90": "program p\n  print *, 2\nend program ! {}",
    "d": 'import std.stdio; void main() {{ writeln(2); }} // {}',
    "bash": "echo 2 # {}",
    "js": "console.log(2) // {}",
    "py": "print(2) # {}",
}


def spread(times):
    return f"p50 {quantile(times, .5):.1f}, p99 {quantile(times, .99):.1f}"


def state(server):
    client = Client(server.port)
    first = client.exec("py", "import numpy as np\nn = 0\nvalues = list(range(100))")
    run = {"session_id": first["session_id"]}
    times = []
    for _ in range(100):
        times += timed(lambda: client.exec("py", "n += 1; print(n)", **run), 1)
        time.sleep(0.05)
    answer = client.exec("py", "print(n)", **run)
    assert answer["stdout"] == "100\n", answer
    row("POST /exec following run with state, idle, ms", spread(times), "p50 10")


TOOL = [{"name": "add", "description": "adds", "parameters": {"type": "object", "properties": {"x": {}}}}]


def tools(server, rounds=40):
    client = Client(server.port)
    for language, code in (("python", f"n = 0\nfor i in range({rounds}):\n    n = await add(x=n)\nprint(n)"),
                           ("bash", f"n=0\nfor i in $(seq {rounds}); do n=$(add \"{{\\\"x\\\":$n}}\"); done\necho $n")):
        answer = client.post("/exec/programmatic", lang=language, code=code, tools=TOOL)
        times = []
        while answer["status"] == "tool_call_required":
            results = [{"call_id": call["id"], "result": call["input"]["x"] + 1, "is_error": False}
                       for call in answer["tool_calls"]]
            token = answer["continuation_token"]
            started = time.perf_counter()
            answer = client.post("/exec/programmatic", continuation_token=token, tool_results=results)
            times.append((time.perf_counter() - started) * 1000)
        assert answer["status"] == "completed" and answer["stdout"] == f"{rounds}\n", answer
        row(f"tool call round trip in {language}, ms", spread(times))


def languages(server):
    client = Client(server.port)
    available = {entry["code"] for entry in client.get("/v1/languages")["languages"] if entry["available"]}
    for language, template in HELLO.items():
        if language not in available:
            row(f"hello in {language}, ms", "not installed")
            continue
        cold = [t for _ in range(5) for t in timed(lambda: client.exec(language, template.format(uuid.uuid4())), 1)]
        same = template.format("same")
        client.exec(language, same)
        cached = timed(lambda: client.exec(language, same), 10)
        row(f"hello in {language}, new code / same code, ms",
            f"p50 {quantile(cold, .5):.0f} / {quantile(cached, .5):.0f}")


def measure(server):
    state(server)
    tools(server)
    languages(server)
