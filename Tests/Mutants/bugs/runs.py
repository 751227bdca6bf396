"""M11, M12, M13: what POST /exec takes and answers. M21: programs that fail."""
import re
import subprocess

from breaking.mutant import in_answers, in_requests

INVALID = {"error": "Invalid request", "error_type": "validation", "details": None, "request_id": "A" * 21, "timestamp": "2026-09-01T10:00:00.000Z"}


def refuse(request, status=422):
    request.answer(status, INVALID)


@in_requests("m11")
def odd_timeout_is_a_422(request):
    """Types of optional fields are checked."""
    if request.code and not isinstance(request.json.get("timeout", 0), (int, float)):
        refuse(request)


@in_requests("m11")
def text_argument_is_split(request):
    """A string in `args` is split at spaces as a shell would."""
    if request.code and isinstance(request.json.get("args"), str):
        request.json["args"] = request.json["args"].split()


@in_requests("m11")
def null_arguments_become_text(request):
    """A null among the arguments arrives as a word."""
    if request.code and isinstance(request.json.get("args"), list):
        request.json["args"] = ["null" if value is None else value for value in request.json["args"]]


@in_requests("m11")
def unknown_fields_are_refused(request):
    """The body is decoded strictly."""
    if request.code and "requirements" in request.json:
        refuse(request)


@in_answers("m12")
def storage_bucket_of_outputs_differs(answer):
    """Outputs are stored in a bucket of their own."""
    for file in (answer.run or {}).get("files", []):
        if not file.get("inherited"):
            file["storage_session_id"] = "B" * 21


@in_answers("m12")
def no_files_is_null(answer):
    """`files` is null when there are none."""
    if answer.run and not answer.run["files"]:
        answer.run["files"] = None


@in_answers("m12")
def state_fields_only_with_state(answer):
    """The state fields are left out when there is no state."""
    if answer.run and not answer.run["has_state"]:
        answer.run.pop("state_hash")


@in_answers("m13")
def status_says_how_it_went(answer):
    """`status` is filled with the status of the execution."""
    if answer.run and answer.run["status"] is None:
        answer.run["status"] = answer.run["execution_status"]


@in_answers("m13")
def status_is_ol_for_stderr_too(answer):
    """A cut of either stream sets the status."""
    if answer.run and answer.run["truncation"]["stderr"]["truncated"]:
        answer.run["status"] = "OL"


@in_answers("m21")
def failed_program_is_a_422(answer):
    """A program's failure is the request's failure."""
    if answer.run and answer.run["exit_code"] == 3:
        answer.status = 422


@in_answers("m21")
def silent_failure_stays_silent(answer):
    """A non-zero exit without a word is not explained."""
    if answer.run and answer.run["stderr"].startswith("Code execution failed"):
        answer.run["stderr"] = ""


@in_answers("m21")
def output_before_the_time_limit_is_lost(answer):
    """A run over its time answers with the line about it only."""
    if answer.run and answer.run["termination_reason"] == "time_limit":
        answer.run["stdout"] = ""


@in_answers("m21")
def memory_limit_is_a_plain_kill(answer):
    """Nobody asks the control group why the program was killed."""
    if answer.run and answer.run["termination_reason"] == "memory_limit":
        answer.run.update(termination_reason="signal", signal="SIGKILL", stderr="")


@in_requests("m21")
def background_child_survives(request):
    """Only the main process is killed: what it left behind lives on."""
    for marker in re.findall(r"600\.\d{12}", request.code):
        subprocess.Popen(["sleep", "20"], env={"MARKER": marker}, start_new_session=True)
