# Makes a Rust program: compile.sh SOURCE PROGRAM, in the working directory of the program.
# `mod x;` and `include_str!` look beside the source, so links to the working directory's files are put there.
set -eu
mkdir /build/source
cd /build/source
ln -s /mnt/data/* . 2>/dev/null || :
rm -rf main.rs
cp "$1" main.rs
# The shared standard library of the system makes small programs, and the linker's work short.
exec /usr/bin/rustc --edition 2021 -C opt-level=1 -C debuginfo=0 -C prefer-dynamic -A warnings -o "$2" main.rs
