# Makes a D program: compile.sh SOURCE PROGRAM, in the working directory of the program.
# -i compiles what is imported from there, too.
set -eu
linker=
[ ! -x /usr/bin/ld.gold ] || linker=--linker=gold
exec /usr/bin/ldc2 -O1 -link-defaultlib-shared $linker -i -I/mnt/data -od=/build/objects -of="$2" "$1"
