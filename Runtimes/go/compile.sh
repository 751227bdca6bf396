# Makes a Go program: compile.sh SOURCE PROGRAM, in the working directory of the program.
set -eu
export HOME=/tmp GOCACHE=/tmp/.cache/go-build GOPATH=/tmp/go GOPROXY=off GOFLAGS=-mod=mod GOTOOLCHAIN=local
source=$1 program=$2

# Other files of the program: package main, without a main of their own.
neighbours=
for file in *.go; do
    [ -f "$file" ] && [ "$file" != main.go ] || continue
    case "$file" in *_test.go) continue ;; esac
    if grep -qE '^package main([^a-zA-Z0-9_]|$)' "$file" && ! grep -qE '^func main\(' "$file"; then
        neighbours="$neighbours./$file
"
    fi
done

# A program that is by itself needs none of what `go build` looks up. If that fails, `go build` says why.
if [ ! -e go.mod ] && [ -z "$neighbours" ]; then
    if /usr/bin/go tool compile -p main -trimpath /box -o /build/main.a "$source" >/dev/null 2>&1 \
        && /usr/bin/go tool link -s -w -o "$program" /build/main.a >/dev/null 2>&1; then
        exit 0
    fi
fi

# No -trimpath and no CGO_ENABLED=0: the standard library that comes compiled was made without them, and would be
# compiled again. The program stands in the working directory without being a file there.
echo "{\"Replace\":{\"$PWD/main.go\":\"$source\"}}" >/build/overlay.json
[ -e go.mod ] || export GO111MODULE=off GOFLAGS=
IFS='
'
exec /usr/bin/go build -overlay /build/overlay.json -ldflags "-s -w" -o "$program" ./main.go $neighbours
