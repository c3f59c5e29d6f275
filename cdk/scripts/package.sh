#!/bin/sh
# Builds one zip for each task, for arm64 where this machine can and for x86_64 otherwise: target/package/<arch>/<task>.zip.
# The same commit gives the same bytes: paths are taken out of the binaries, and zips have neither times nor names of users.
#   ARCH=arm64 or ARCH=x86_64 insists on one.   PROFILE=debug packs what `make test` has built, to try things out.
set -eu
cd "$(dirname "$0")/../.."

here=$(uname -m)
[ "$here" = aarch64 ] && here=arm64
installed() { rustup target list --installed 2>/dev/null | grep -qx "$1"; }
linker=$(command -v aarch64-linux-gnu-gcc || command -v cargo-zigbuild || true)

arch=${ARCH:-}
if [ -z "$arch" ]; then
    arch=arm64
    if [ "$here" != arm64 ] && { ! installed aarch64-unknown-linux-gnu || [ -z "$linker" ]; }; then
        arch=x86_64
        cat >&2 <<'EOF'
Building for x86_64: this machine cannot build for arm64, which Lambda bills a fifth less. It wants
    rustup target add aarch64-unknown-linux-gnu
    Debian, Ubuntu: apt-get install gcc-aarch64-linux-gnu libc6-dev-arm64-cross
and `tasks.architecture` in cdk/config.ts must say what was built.
EOF
    fi
fi
case $arch in
arm64) target=aarch64-unknown-linux-gnu ;;
x86_64) target=x86_64-unknown-linux-gnu ;;
*) echo "ARCH is \`$arch\`; it can be \`arm64\` or \`x86_64\`" >&2; exit 2 ;;
esac

profile=${PROFILE:-release}
out=target/package/$arch
if [ "$profile" = release ]; then
    if [ "$arch" = "$here" ]; then
        built=target/release
        set --
    else
        if ! installed "$target" || [ -z "$linker" ]; then
            echo "This machine cannot build for $arch: \`rustup target add $target\`, and a linker for it" >&2
            exit 1
        fi
        built=target/$target/release
        set -- --target "$target"
        export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc
    fi
    # One job: rustc takes gigabytes for the largest crates of the AWS SDK. JOBS=2 where there is more memory.
    cargo build --workspace --bins --release --locked --jobs "${JOBS:-1}" "$@"
else
    built=target/debug
    out=target/package/debug-$arch
fi
exec python3 cdk/scripts/pack.py --built "$built" --manifest tasks/manifest.json --out "$out"
