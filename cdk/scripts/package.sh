#!/bin/sh
# Builds the executable of all tasks and zips it: target/package/<arch>/tasks.zip, for arm64 if this machine can build for it,
# and for x86_64 otherwise. The same commit, built by the same rustc and C compiler, gives the same bytes in any folder: the
# executable has no path of the checkout, of cargo's downloads or of the toolchain, and the zip has no times and no users.
#   ARCH=arm64 or ARCH=x86_64 chooses one.   JOBS=n compiles n crates at a time; each may need gigabytes.
#   ZIG=1 links with cargo-zigbuild, against the glibc of Lambda, whatever glibc this machine has.
set -eu
cd "$(dirname "$0")/../.."

lambda_glibc=2.34 # of Amazon Linux 2023, on which provided.al2023 is made

installed() { rustup target list --installed 2>/dev/null | grep -qx "$1"; }
has() { command -v "$1" >/dev/null 2>&1; }

here=$(uname -m)
[ "$here" = aarch64 ] && here=arm64
[ "$(uname -s)" = Linux ] || here=none

# Whether this machine can build for an architecture: its own, or one that it has a linker for.
can_build() {
    [ "$1" = "$here" ] && return 0
    installed "$2" || return 1
    has cargo-zigbuild || { [ "$here" = x86_64 ] && [ "$1" = arm64 ] && has aarch64-linux-gnu-gcc; }
}
how_to() {
    cat >&2 <<EOT
    rustup target add $1
    a linker for it: pip install cargo-zigbuild ziglang
EOT
    if [ "$here" = x86_64 ]; then
        echo '        or on Debian, Ubuntu: apt-get install gcc-aarch64-linux-gnu libc6-dev-arm64-cross' >&2
    fi
}

arm=aarch64-unknown-linux-gnu
x86=x86_64-unknown-linux-gnu
arch=${ARCH:-}
if [ -z "$arch" ]; then
    arch=arm64
    if ! can_build arm64 $arm; then
        arch=x86_64
        echo 'Building for x86_64: this machine cannot build for arm64, which costs a fifth less on Lambda. It needs' >&2
        how_to $arm
        echo 'Until then `tasks.architecture` in cdk/config.ts must be `x86_64`.' >&2
    fi
fi
case $arch in
arm64) target=$arm ;;
x86_64) target=$x86 ;;
*) echo "ARCH is \`$arch\`; it can be \`arm64\` or \`x86_64\`" >&2; exit 2 ;;
esac
if ! can_build "$arch" "$target"; then
    echo "This machine cannot build for $arch. It needs" >&2
    how_to "$target"
    exit 1
fi

# On arm64 a compiler of that name is the native one: it links nothing for x86_64.
build=build
triple=$target
if [ -z "${ZIG:-}" ] && [ "$arch" = "$here" ]; then
    :
elif [ -z "${ZIG:-}" ] && [ "$here" = x86_64 ] && [ "$arch" = arm64 ] && has aarch64-linux-gnu-gcc; then
    export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc
else
    has cargo-zigbuild || { echo 'ZIG=1 needs cargo-zigbuild: `pip install cargo-zigbuild ziglang`' >&2; exit 1; }
    build=zigbuild
    triple=$target.$lambda_glibc
fi

# The compilers write paths into panics and into C's assertions. The last prefix that fits applies. RUSTFLAGS of the user are
# ignored: an executable for this machine's processor might not start on Lambda's.
sysroot=$(rustc --print sysroot)
commit=$(rustc -vV | sed -n 's/^commit-hash: //p')
cargo_home=${CARGO_HOME:-$HOME/.cargo}
CARGO_ENCODED_RUSTFLAGS=$(printf -- '--remap-path-prefix=%s\037--remap-path-prefix=%s\037--remap-path-prefix=%s' \
    "$PWD=/redress" "$cargo_home=/cargo" "$sysroot/lib/rustlib/src/rust=/rustc/$commit")
export CARGO_ENCODED_RUSTFLAGS
export "CFLAGS_$(echo "$target" | tr - _)=-ffile-prefix-map=$PWD=/redress -ffile-prefix-map=$cargo_home=/cargo"

# rustc needs 7.3 GiB for the largest crate of the AWS SDK, and 2.2 for the next: 4 for each job, and 4 in reserve.
available=$(awk '/^MemAvailable/ { print int($2 / 1048576) }' /proc/meminfo 2>/dev/null || echo 0)
jobs=$((available / 4 - 1))
cores=$(getconf _NPROCESSORS_ONLN)
[ "$jobs" -le "$cores" ] || jobs=$cores
[ "$jobs" -ge 1 ] || jobs=1

# The executable alone. Elsewhere `--workspace` is the rule, so that one set of features is compiled; only this is a release
# build.
cargo $build --package tasks --bin tasks --release --locked --target "$triple" --target-dir target --jobs "${JOBS:-$jobs}"
echo "$(rustc --version), $(git rev-parse --short HEAD 2>/dev/null || echo 'no commit')$(git diff --quiet HEAD 2>/dev/null || echo ', with changes')"
exec python3 cdk/scripts/pack.py --built "target/$target/release/tasks" --arch "$arch" --glibc "$lambda_glibc" \
    --out "target/package/$arch"
