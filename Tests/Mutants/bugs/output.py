"""M22, M23, M24: the text of stdout and stderr."""
from breaking.mutant import in_answers, in_settings

NOTICE = "\n[Output truncated - size limit exceeded]"


def text_of(answer, *languages):
    """The run, if it is of one of the languages (or not of bash when none is named)."""
    if not answer.run:
        return None
    return answer.run if answer.run["language"] in languages or not languages and answer.run["language"] != "bash" else None


@in_answers("m22")
def bash_output_gets_its_newline(answer):
    """Output of bash ends its last line, as that of other languages."""
    run = text_of(answer, "bash")
    if run and run["stdout"] and not run["stdout"].endswith("\n"):
        run["stdout"] += "\n"


@in_answers("m22")
def nul_is_stripped_from_bash(answer):
    """NUL is removed, because the database's text cannot hold it."""
    run = text_of(answer, "bash")
    if run:
        run["stdout"] = run["stdout"].replace("\0", "")


@in_answers("m22")
def output_is_trimmed(answer):
    """Output of other languages is trimmed on both sides."""
    run = text_of(answer)
    if run:
        run["stdout"] = run["stdout"].strip()


@in_answers("m22")
def invalid_bytes_are_dropped(answer):
    """Bytes that are no UTF-8 vanish."""
    if answer.run:
        answer.run["stdout"] = answer.run["stdout"].replace("\ufffd", "")


@in_answers("m23")
def cut_is_not_told(answer):
    """`status` stays null when stdout was cut."""
    if answer.run:
        answer.run["status"] = None


@in_answers("m23")
def cut_one_character_early(answer):
    """The limit itself is already over the limit."""
    if answer.run and len(answer.run["stdout"]) == 65536:
        answer.run["stdout"] = answer.run["stdout"][:-1] + NOTICE


@in_answers("m23")
def limit_counts_bytes(answer):
    """The limit is one of bytes, and a character may be split."""
    if answer.run and answer.run["stdout"].endswith(NOTICE):
        answer.run["stdout"] = answer.run["stdout"][:-len(NOTICE)].encode()[:65536].decode("utf-8", "replace") + NOTICE


@in_answers("m23")
def only_the_cut_text_is_kept(answer):
    """The ledger keeps what the answer had."""
    if answer.request.path.startswith("/executions/") and answer.request.path.endswith("/stdout"):
        answer.body = answer.body[:65536]


@in_settings("m24")
def file_reads_have_the_ordinary_limit(settings):
    """A file is read with the limit of any output."""
    settings.setdefault("FILE_READ_MAX_CHARS", "65536")


@in_answers("m24")
def large_file_read_is_cut(answer):
    """A file over the limit of reads is cut, and the client writes the cut text back."""
    if answer.run and answer.run["stderr"].startswith(NOTICE.strip()):
        answer.run.update(stdout="x" * 1048576 + NOTICE, status="OL", stderr="")
