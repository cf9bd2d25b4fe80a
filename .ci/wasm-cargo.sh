#!/usr/bin/env bash
# Runs cargo for the browser's target with whichever compiler .ci/setup.sh found.
#   .ci/wasm-cargo.sh build|check|clippy ARGUMENTS...
. "$(dirname "$0")/lib.sh"

[ -f "$stamps/wasm.env" ] || fail "The compiler for the browser is not set up." "Run: .ci/setup.sh web"
. "$stamps/wasm.env"

command=$1
shift
# Flags given for one target replace those of .cargo/config.toml, so those are repeated. Panic messages name
# crates, not the home folder of whoever built the site; our own are compiled by relative paths. Nothing here depends on
# where the checkout is, or each would compile every dependency anew.
flags=$(sed -n 's/^rustflags = \[\(.*\)\]$/\1/p' "$root/.cargo/config.toml")
flags="$flags, \"--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}/registry/src=crates\""
if [ "$wasm_toolchain" = debian ]; then
  export PATH=/usr/bin:$PATH CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=wasm-ld-22
  unset RUSTUP_TOOLCHAIN
  flags="$flags, \"--sysroot=$wasm_sysroot\""
fi
export CARGO_TARGET_DIR=$web_target
exec cargo "$command" --config "target.wasm32-unknown-unknown.rustflags=[$flags]" \
  --target wasm32-unknown-unknown "$@"
