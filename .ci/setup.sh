#!/usr/bin/env bash
# Brings everything the build and the tests need on a fresh Debian 12 with git, make, curl, rustup, Go and Node.
# Each part leaves a stamp keyed by the versions it is made of; with all of them there this takes no time.
#
#   .ci/setup.sh [web] [browser] [databases] [contract]
#
# web: what builds the site; browser: what the tests need as well (Chromium, fonts, Redis); databases: PostgreSQL's and
# MariaDB's servers for the tests; contract: schemathesis. Default: web and browser.
. "$(dirname "$0")/lib.sh"

parts=${*:-web browser}
log=$cache/logs
minimum_rust=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' "$root/Cargo.toml")

# at_least WANTED HAVE: compares versions.
at_least() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]; }

installed() { [ "$(dpkg-query -Wf '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# Debian packages: `packages TITLE NAME...` installs those that are missing.
packages() {
  local title=$1 missing=() name
  shift
  for name in "$@"; do
    installed "$name" || missing+=("$name")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  command -v apt-get >/dev/null || fail "These packages are missing: ${missing[*]}." \
    "This machine has no apt-get; install them under the names your system gives them."
  as_root true || fail "These Debian packages are missing: ${missing[*]}." \
    "Neither root nor sudo is at hand, so ask an administrator for: apt-get install ${missing[*]}"
  with_progress "$title (Debian packages: ${missing[*]})" "$log/apt.log" install_packages "${missing[@]}"
}
install_packages() {
  export DEBIAN_FRONTEND=noninteractive
  as_root apt-get update -q || true # an unreachable extra source need not matter
  as_root apt-get install -q -y --no-install-recommends "$@"
}

# Debian starts a server as soon as it is installed, unless a file says no: ours are started by the tests, and one that
# an administrator has on this machine is left alone. `servers TITLE NAME...` installs packages without starting them.
servers() {
  (
    policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ] && as_root true; then
      trap 'as_root rm -f "$policy"' EXIT
      printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
      as_root chmod 755 "$policy"
    fi
    packages "$@"
  )
}
# MariaDB's package without a service is enough, with the client's, which has a program that its set-up needs.
database_servers() { servers "Database servers for the tests" postgresql mariadb-server-core mariadb-client-core; }
redis() {
  command -v redis-server >/dev/null && return 0
  servers "Redis for the tests" redis-server
  # Nor with the machine.
  if [ -d /run/systemd/system ]; then as_root systemctl disable --now redis-server >/dev/null 2>&1 || true; fi
}

rust() {
  command -v cargo >/dev/null || fail "Rust is missing." "Install rustup, then run this again."
  local have
  have=$(rustc --version | cut -d' ' -f2)
  if ! at_least "$minimum_rust" "$have"; then
    command -v rustup >/dev/null || fail "Rust $have is too old: $minimum_rust or newer is needed."
    with_progress "Rust $minimum_rust (have $have)" "$log/rustup.log" rustup update stable
    have=$(rustc --version | cut -d' ' -f2)
    at_least "$minimum_rust" "$have" || fail "Rust $have is still the one in use: $minimum_rust or newer is needed." \
      "Run: rustup default stable"
  fi
  local part
  for part in rustfmt clippy; do
    [ -x "$(dirname "$(command -v cargo)")/cargo-${part/rust/}" ] || command -v "cargo-${part/rust/}" >/dev/null \
      || rustup component add "$part" >/dev/null 2>&1 || fail "The Rust component $part is missing and rustup cannot add it."
  done
}

# The compiler for the browser: the ordinary one with rustup's target where that can be had, else Debian's, whose
# standard library for wasm we build ourselves. $stamps/wasm.env tells .ci/wasm-cargo.sh which.
wasm_compiler() {
  local version key sysroot env=$stamps/wasm.env
  version=$(rustc --version)
  key="$version $(dpkg-query -Wf '${Version}' rustc-web 2>/dev/null || true)"
  if [ -f "$env" ] && grep -qxF "# $key" "$env"; then return 0; fi

  if [ -d "$(rustc --print sysroot)/lib/rustlib/wasm32-unknown-unknown/lib" ] \
    || timeout 300 rustup target add wasm32-unknown-unknown >"$log/target.log" 2>&1; then
    printf '# %s\nwasm_toolchain=ordinary\n' "$key" >"$env"
    return 0
  fi
  say "rustup cannot bring the wasm target (see $log/target.log); Debian's compiler for the web serves instead."
  packages "WebAssembly compiler" rustc-web cargo-web rust-web-src rust-web-clippy lld-22
  version=$(/usr/bin/rustc --version | cut -d' ' -f2)
  at_least "$minimum_rust" "$version" || fail "Debian's rustc-web is $version, but Longshore needs $minimum_rust." \
    "Run apt-get update and upgrade, or bring the wasm target by rustup."
  sysroot=$cache/wasm-sysroot-$version
  [ -f "$sysroot/complete" ] || with_progress "Rust's standard library for the browser (about a minute)" "$log/std.log" build_std "$sysroot"
  key="$(rustc --version) $(dpkg-query -Wf '${Version}' rustc-web)"
  printf '# %s\nwasm_toolchain=debian\nwasm_sysroot=%q\n' "$key" "$sysroot" >"$env"
}
build_std() {
  local sysroot=$1 work target=wasm32-unknown-unknown
  work=$(mktemp -d)
  mkdir "$work/src" && : >"$work/src/lib.rs"
  printf '[package]\nname = "std-for-wasm"\nversion = "0.0.0"\nedition = "2024"\n[workspace]\n' >"$work/Cargo.toml"
  # Bitcode, since the site is linked with link-time optimisation.
  (cd "$work" && PATH=/usr/bin:$PATH RUSTC_BOOTSTRAP=1 RUSTFLAGS='-Cembed-bitcode=yes' CARGO_PROFILE_RELEASE_OPT_LEVEL=s \
    CARGO_TARGET_DIR=$work/target /usr/bin/cargo build -Zbuild-std=std,panic_abort --target $target --release) || return 1
  rm -rf "$sysroot"
  mkdir -p "$sysroot/lib/rustlib/$target/lib"
  cp "$work/target/$target"/release/deps/lib*.rlib "$sysroot/lib/rustlib/$target/lib/"
  rm -f "$sysroot/lib/rustlib/$target/lib/"libstd_for_wasm-*
  ln -s /usr/lib/rustlib/x86_64-unknown-linux-gnu /usr/lib/rustlib/src "$sysroot/lib/rustlib/"
  touch "$sysroot/complete"
  rm -rf "$work"
}

# Splits the module where the macro of wasm_split_helpers marked it; both speak of the same names while their
# second number is the same.
splitter=0.2.4
bindgen() {
  local version folder
  version=$(locked_version wasm-bindgen)
  [ -n "$version" ] || fail "Cargo.lock has no wasm-bindgen."
  case $(locked_version wasm_split_helpers) in
    0.2.*) ;;
    *) fail "Cargo.lock's wasm_split_helpers is not 0.2." "Set splitter in .ci/setup.sh to the release that goes with it." ;;
  esac
  folder=$cache/bindgen-$version-$(cat "$root/.ci/bindgen.rs" - <<<"$splitter" | short_hash)
  ln -sfn "$folder" "$cache/bindgen"
  [ -x "$folder/bindgen" ] || with_progress "wasm-bindgen $version and the splitter (about two minutes)" "$log/bindgen.log" build_bindgen "$version" "$folder"
}
build_bindgen() {
  local version=$1 folder=$2 work
  work=$(mktemp -d)
  cp "$root/.ci/bindgen.rs" "$work/main.rs"
  cat >"$work/Cargo.toml" <<TOML
[package]
name = "bindgen"
version = "0.0.0"
edition = "2024"
[[bin]]
name = "bindgen"
path = "main.rs"
[dependencies]
wasm-bindgen-cli-support = "=$version"
wasm_split_cli_support = "=$splitter"
[profile.release]
opt-level = 1
codegen-units = 16
strip = true
[workspace]
TOML
  (cd "$work" && CARGO_TARGET_DIR=$work/target cargo build --release) || return 1
  mkdir -p "$folder"
  cp "$work/target/release/bindgen" "$folder/bindgen.new" && mv "$folder/bindgen.new" "$folder/bindgen"
  rm -rf "$work"
}

node_tools() {
  command -v node >/dev/null || fail "Node.js is missing." "Install Node.js 20 or newer, then run this again."
  local major stamp
  major=$(node -p 'process.versions.node.split(".")[0]')
  [ "$major" -ge 20 ] || fail "Node.js $major is too old: 20 or newer is needed."
  stamp=$root/end2end/node_modules/.longshore-$(cat "$root/end2end/package-lock.json" <(node -p process.arch) | short_hash)
  [ -f "$stamp" ] && return 0
  with_progress "npm tools" "$log/npm.log" env -C "$root/end2end" npm ci --no-audit --no-fund
  touch "$stamp"
}

# What holds the API against its description, in a folder of its own with everything it needs at fixed versions.
schemathesis() {
  local list=$root/end2end/contract/requirements.txt folder
  folder=$cache/schemathesis-$(short_hash <"$list")
  ln -sfn "$folder" "$cache/schemathesis"
  [ -f "$folder/complete" ] && return 0
  packages "Python for schemathesis" python3 python3-venv
  with_progress "schemathesis" "$log/schemathesis.log" install_schemathesis "$folder" "$list"
}
install_schemathesis() {
  local folder=$1 list=$2
  rm -rf "$folder"
  # Debian's own: another Python that comes first in PATH may be gone tomorrow.
  /usr/bin/python3 -m venv "$folder" && "$folder/bin/pip" install --quiet --disable-pip-version-check --require-hashes -r "$list" \
    && touch "$folder/complete"
}

mkdir -p "$log"
started=$SECONDS
packages "C compiler" gcc libc6-dev pkg-config
rust
case " $parts " in *" web "* | *" browser "* | *" contract "*) node_tools ;; esac
case " $parts " in *" web "*) wasm_compiler; bindgen ;; esac
case " $parts " in *" databases "*) database_servers ;; esac
case " $parts " in *" contract "*) schemathesis ;; esac
case " $parts " in *" browser "*) packages "Browser for the tests" chromium-headless-shell fonts-noto-cjk; redis ;; esac
own_target
[ $((SECONDS - started)) -lt 3 ] || say "Everything needed is installed ($((SECONDS - started)) s)."
