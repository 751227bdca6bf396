"""M14 to M20 and M31 to M35: files in, files out, files listed, files deleted."""
import re
import unicodedata
from datetime import datetime, timedelta

from breaking.mutant import in_answers, in_requests, in_settings

UNKNOWN = {"error": "File not found", "error_type": "resource_not_found", "details": None, "request_id": "A" * 21, "timestamp": "2026-09-01T10:00:00.000Z"}


def items_of(request):
    """The well-formed items in `files` of POST /exec."""
    given = request.json.get("files") if request.code else None
    return [item for item in given if isinstance(item, dict) and isinstance(item.get("id"), str)] if isinstance(given, list) else []


def outputs_of(answer):
    return [file for file in answer.run["files"] if not file.get("inherited")] if answer.run else []


def is_upload(request):
    return request.method == "POST" and request.path.startswith("/upload") and request.body is not None


def listing_of(answer):
    return answer.json if answer.request.method == "GET" and answer.request.path.startswith("/files/") and isinstance(answer.json, list) else []


@in_answers("m14")
def unchanged_inputs_echoed_to_old_clients(answer):
    """Every unchanged input is echoed, whichever field named its bucket."""
    if answer.run:
        reported = {file["name"] for file in answer.run["files"]}
        for item in items_of(answer.request):
            if "session_id" in item and "storage_session_id" not in item and item["name"] not in reported:
                answer.run["files"].append({"id": item["id"], "name": item["name"], "session_id": item["session_id"],
                                            "storage_session_id": item["session_id"], "inherited": True})


@in_settings("m14")
def files_do_not_choose_the_session(settings):
    """A run that names only files starts a session of its own, without the earlier uploads."""
    settings["SESSION_REUSE"] = "explicit"


_outputs = set()


@in_answers("m14")
def outputs_live_elsewhere(answer):
    """An output is not found under the session of the response."""
    _outputs.update(file["id"] for file in outputs_of(answer))
    if answer.request.path.startswith("/download/") and answer.request.path.rpartition("/")[2] in _outputs:
        answer.status, answer.json = 404, UNKNOWN


@in_answers("m15")
def echoes_omitted(answer):
    """Unchanged inputs are omitted for newer clients too."""
    if answer.run:
        answer.run["files"] = outputs_of(answer)


@in_answers("m15")
def echo_has_a_null_kind(answer):
    """An echo is encoded with every field of a file."""
    for file in (answer.run or {}).get("files", []):
        if file.get("inherited"):
            file.update(kind=None, resource_id=None)


@in_answers("m15")
def changed_input_keeps_its_id(answer):
    """A changed input is a new version under the old id."""
    for file in outputs_of(answer):
        if "modified_from" in file:
            file["id"] = file["modified_from"]["id"]


@in_answers("m15")
def echo_has_the_stored_name(answer):
    """An echo is named as the upload was, not as the request asked."""
    for file in (answer.run or {}).get("files", []):
        if file.get("inherited"):
            file["name"] = file["name"].rpartition("/")[2]


@in_answers("m16")
def outputs_lose_their_directory(answer):
    """Names of outputs are stripped to their last part."""
    for file in outputs_of(answer):
        file["name"] = file["name"].rpartition("/")[2]


@in_answers("m16")
def names_come_back_decomposed(answer):
    """Names are handed out as the file system has them."""
    for file in outputs_of(answer):
        file["name"] = unicodedata.normalize("NFD", file["name"])


@in_answers("m16")
def disposition_without_the_real_name(answer):
    """Only the ASCII name is sent with a download."""
    if answer.request.path.startswith("/download/") and answer.status == 200:
        answer.headers["Content-Disposition"] = answer.headers["Content-Disposition"].split("; filename*")[0]


@in_answers("m17")
def unknown_reference_is_a_404(answer):
    """A reference that does not resolve fails the request."""
    if answer.run and answer.run["inputs_missing"]:
        answer.status, answer.json = 404, UNKNOWN


@in_answers("m17")
def missing_input_is_not_told(answer):
    """A reference that does not resolve is skipped without a word."""
    if answer.run:
        answer.run["inputs_missing"] = []


@in_requests("m17")
def first_of_equal_names_wins(request):
    """Of two items with one mount name the first is taken."""
    if items_of(request):
        request.json["files"].reverse()


@in_requests("m18")
def read_only_is_not_stored(request):
    """The form field `read_only` is not read."""
    if is_upload(request):
        request.body = request.body.replace(b'name="read_only"', b'name="read-only"')


_locked = set()


@in_answers("m18")
def changed_read_only_input_is_no_echo(answer):
    """A read-only input that the program replaced is neither changed nor unchanged."""
    if is_upload(answer.request) and answer.status == 200 and b'name="read_only"' in answer.request.body:
        _locked.update(file["fileId"] for file in answer.json["files"])
    elif answer.run:
        answer.run["files"] = [file for file in answer.run["files"] if file["id"] not in _locked]


@in_answers("m19")
def some_extensions_are_blocked(answer):
    """Executables are filtered out of the outputs."""
    if answer.run:
        answer.run["files"] = [file for file in answer.run["files"] if not file["name"].endswith((".exe", ".dll"))]


@in_answers("m19")
def empty_outputs_are_dropped(answer):
    """A file without bytes is taken for nothing."""
    if answer.run:
        answer.run["files"] = [file for file in answer.run["files"] if file.get("size", 1)]


@in_requests("m19")
def symbolic_links_are_followed(request):
    """Outputs are collected with stat instead of lstat."""
    if "ln -s keep.txt" in request.code:
        request.json["code"] = request.code.replace("ln -s keep.txt", "cp keep.txt")


@in_requests("m19")
def hidden_files_are_collected(request):
    """Names that begin with a dot are collected."""
    if "> .hidden" in request.code:
        request.json["code"] = request.code.replace("> .hidden", "> hidden")


@in_answers("m19")
def entry_script_is_collected(answer):
    """The program's own text lies among the outputs."""
    if answer.run and answer.run["language"] == "py" and answer.run["exit_code"] == 0:
        session = answer.run["session_id"]
        answer.run["files"].append({"id": "C" * 21, "name": "main.py", "session_id": session, "storage_session_id": session, "path": None, "size": 1})


@in_requests("m19")
def changes_are_found_by_time(request):
    """A file that was touched counts as changed."""
    if "touch -d" in request.code:
        request.json["code"] = request.code + "; printf x >> a.txt"


@in_answers("m20")
def download_lacks_its_last_byte(answer):
    """The end of a range is taken for exclusive."""
    if answer.request.method == "GET" and answer.request.path.startswith("/download/") and answer.status == 200:
        answer.body = answer.body[:-1]


_made = {}


@in_answers("m20")
def other_replica_lags(answer):
    """Downloads read a projection that is a moment behind on other replicas."""
    _made.update({file["id"]: answer.request.server for file in outputs_of(answer)})
    place = _made.pop(answer.request.path.rpartition("/")[2], answer.request.server)
    if place is not answer.request.server and answer.request.path.startswith("/download/"):
        answer.status, answer.json = 404, UNKNOWN


@in_requests("m31")
def only_the_field_named_file_is_taken(request):
    """Files are sought under one field name."""
    if is_upload(request) and b'name="file"' not in request.body:
        request.body = request.body.replace(b"filename=", b"notafile=")


@in_answers("m31")
def empty_upload_is_refused(answer):
    """Zero bytes are taken for no file."""
    if is_upload(answer.request) and answer.status == 200 and 0 in [file.get("size") for file in answer.json["files"]]:
        answer.status = 422


@in_answers("m31")
def upload_reply_speaks_one_dialect(answer):
    """The reply has only the older session field."""
    if is_upload(answer.request) and answer.status == 200:
        answer.json["storage_session_id"] = None


@in_requests("m31")
def upload_names_lose_their_directory(request):
    """Names of uploads are stripped to their last part."""
    if is_upload(request):
        request.body = re.sub(rb'filename="[^"/]+/([^"]+)"', rb'filename="\1"', request.body)


@in_answers("m32")
def one_bad_file_fails_the_batch(answer):
    """A batch is all or nothing."""
    if answer.request.path == "/upload/batch" and answer.status == 200 and answer.json["failed"]:
        answer.status = 400


@in_answers("m32")
def batch_names_are_normalized(answer):
    """The reply names files as they are stored."""
    if answer.request.path == "/upload/batch" and answer.status == 200:
        for file in answer.json["files"]:
            file["filename"] = unicodedata.normalize("NFC", file["filename"]).removeprefix("./")


@in_answers("m32")
def batch_without_any_file_is_a_200(answer):
    """All files failed, and the answer is a success that says so."""
    if answer.request.path == "/upload/batch" and answer.status == 400 and isinstance(answer.json, dict) and "files" in answer.json:
        answer.status = 200


@in_answers("m33")
def unknown_session_is_a_404(answer):
    """A session that is not there has no list."""
    if answer.request.path.startswith("/files/") and answer.json == []:
        answer.status, answer.json = 404, UNKNOWN


@in_answers("m33")
def listed_name_is_the_file_name(answer):
    """`name` in a list is the file's name."""
    for item in listing_of(answer):
        if "filename" in item:
            item["name"] = item["filename"]


@in_answers("m33")
def newest_file_first(answer):
    """A list begins with the newest file."""
    listing_of(answer).reverse()


@in_answers("m33")
def listing_is_an_object(answer):
    """A list is wrapped in a page."""
    if listing_of(answer):
        answer.json = {"data": answer.json, "next_cursor": None}


def earlier(text, hours):
    return (datetime.fromisoformat(text.replace("Z", "+00:00")) - timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%S.000Z")


@in_answers("m34")
def probe_tells_the_age_of_the_upload(answer):
    """`lastModified` of a probe is the time of the upload, a day ago."""
    if "/objects/" in answer.request.path and answer.status == 200 and answer.request.method == "GET":
        answer.json["lastModified"] = earlier(answer.json["lastModified"], 24)


@in_answers("m34")
def listing_tells_the_age_of_the_upload(answer):
    """`lastModified` of a list is the time of the upload, a day ago."""
    for item in listing_of(answer):
        if "lastModified" in item:
            item["lastModified"] = earlier(item["lastModified"], 24)


@in_answers("m34")
def gone_file_probes_as_a_400(answer):
    """A probe of what is not there is a bad request."""
    if "/objects/" in answer.request.path and answer.status == 404:
        answer.status = 400


@in_requests("m35")
def delete_answers_and_does_nothing(request):
    """The file stays."""
    found = re.fullmatch(r"/(?:files|sessions)/([\w-]{21})/(?:objects/)?([\w-]{21})", request.path)
    if request.method == "DELETE" and found:
        request.answer(200, {"message": "File deleted", "session_id": found[1], "fileId": found[2]})


@in_requests("m35")
def newer_delete_path_is_no_route(request):
    """Only the older path deletes."""
    if request.method == "DELETE" and "/objects/" in request.path:
        request.target = request.target.replace("/objects/", "/nowhere/")


@in_answers("m35")
def second_delete_succeeds(answer):
    """Deleting is idempotent: what is gone was deleted."""
    if answer.request.method == "DELETE" and answer.status == 404:
        answer.status, answer.json = 200, {"message": "File deleted", "session_id": "A" * 21, "fileId": "A" * 21}


_deleted = set()


@in_answers("m35")
def deleted_file_can_still_be_downloaded(answer):
    """A download looks at the stored bytes only."""
    if answer.request.method == "DELETE" and answer.status == 200:
        _deleted.add(answer.request.path.rpartition("/")[2])
    elif answer.request.path.startswith("/download/") and answer.request.path.rpartition("/")[2] in _deleted:
        answer.status, answer.json, answer.body = 200, None, b"abc"
