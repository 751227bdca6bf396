# What the functions of a programmatic bash run call: __runledger_call NUMBER [JSON]. The result is printed as compact
# JSON; an error is shown on stderr and ends the script, wherever in it the call stands (the host sees to that).
__runledger_call() {
    [ -n "${2-}" ] || set -- "$1" '{}'
    (exec -a tool-call /opt/runledger/init "$1") <<<"$2" || exit 1
}
