"""M25, M26: languages and tools. M27: what a run may see."""
import time

from breaking.mutant import in_answers, in_requests, in_settings


@in_requests("m25")
def languages_are_case_sensitive(request):
    """A language is looked up as it is written."""
    if isinstance(request.lang, str) and request.lang != request.lang.lower():
        request.json["lang"] = request.lang + "?"


@in_answers("m25")
def absent_languages_are_not_listed(answer):
    """The list has only what is installed."""
    if answer.request.path == "/languages" and answer.status == 200:
        answer.json["languages"] = answer.json["languages"][:-2]


@in_answers("m25")
def refusal_does_not_name_the_language(answer):
    """An unknown language is refused without saying which."""
    if answer.error and answer.json["error"].startswith("Unsupported language"):
        answer.json["error"] = "Unsupported language"


@in_requests("m26")
def jq_is_missing(request):
    """An image without jq."""
    if request.lang == "bash" and "jq" in request.code:
        request.json["code"] = request.code.replace("jq", "jq-is-not-installed")


@in_requests("m26")
def unzip_is_missing(request):
    """An image without unzip."""
    if request.lang == "bash" and "unzip" in request.code:
        request.json["code"] = request.code.replace("unzip", "unzip-is-not-installed")


_warm = set()


@in_requests("m26")
def first_run_is_slow(request):
    """The first run waits for what should have been made ready at the start."""
    if request.code and request.server not in _warm:
        _warm.add(request.server)
        time.sleep(16)


@in_settings("m27")
def network_is_open(settings):
    """Sandboxes keep the network of the host."""
    settings["SANDBOX_NETWORK"] = "true"


@in_requests("m27")
def environment_is_inherited(request):
    """Programs inherit the server's environment."""
    if request.lang == "bash":
        request.json["code"] = f"export API_KEY={request.server.key} RUNLEDGER_HOME={request.server.home}\n{request.code}"


@in_requests("m27")
def programs_run_as_root(request):
    """Nobody changes to another user before the program."""
    if "id -u;" in request.code:
        request.json["code"] = request.code.replace("id -u;", "echo 0;")


_left = []


@in_answers("m27")
def shared_memory_is_shared(answer):
    """/dev/shm is the host's: what one run leaves there, the next one finds."""
    if "/dev/shm/" in answer.request.code:
        _left.append("/dev/shm/" + answer.request.code.rpartition("/dev/shm/")[2].split(";")[0])
    elif answer.run and answer.request.code.startswith("find /") and _left:
        answer.run["stdout"] = _left[-1] + "\n"


@in_requests("m25")
def typescript_runs_as_javascript(request):
    """The image of TypeScript runs the code as it is."""
    if request.lang in ("ts", "typescript"):
        request.json["lang"] = "js"


@in_requests("m25")
def cpp_compiles_as_c(request):
    """The image of C++ compiles with the compiler of C."""
    if request.lang in ("cpp", "c++", "cc", "cxx"):
        request.json["lang"] = "c"
