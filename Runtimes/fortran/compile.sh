# Makes a Fortran program: compile.sh SOURCE PROGRAM, in the working directory of the program.
# Modules that are used and that a file of the working directory defines are compiled before it.
set -eu
main=$1
IFS='
'
visited= # files, each between line ends
sources=

defines() { # MODULE FILE...: the first file that defines it
    module=$1
    shift
    grep -ilsE "^[[:space:]]*module[[:space:]]+$module[[:space:]]*(!.*)?$" -- "$@" | head -n 1
}

used() { # FILE: the modules that it uses
    sed -nE 's/^[[:space:]]*use([[:space:]]*,[^:]*::|[[:space:]]*::|[[:space:]])[[:space:]]*([a-z][a-z0-9_]*).*/\2/Ip' "$1"
}

add() { # FILE: adds it to the sources, after those of the modules that it uses
    case "$visited" in *"
$1
"*) return ;; esac
    visited="$visited
$1
"
    for name in $(used "$1"); do
        [ -z "$(defines "$name" "$main")" ] || continue
        found=$(defines "$name" ./*.f90 ./*.f95 ./*.f03 ./*.f08 ./*.F90)
        [ -z "$found" ] || add "$found"
    done
    sources="$sources
$1"
}

add "$main"
exec /usr/bin/gfortran -O1 -w -fbacktrace -I/mnt/data -J/build -o "$2" $sources
