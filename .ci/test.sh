#!/usr/bin/env bash
# Runs every check in order and stops at the first that fails. A log of each step is in target/ci-logs; the table
# and the tests' own result lines come last.
#
#   .ci/test.sh          everything
#   .ci/test.sh lint     format, architecture and lints alone
. "$(dirname "$0")/lib.sh"
cd "$root"

only=${1:-all}
logs=$root/target/ci-logs
rm -rf "$logs"
mkdir -p "$logs"
began=$SECONDS
rows=()
results=()
background=()

summary() {
  local code=$? pid
  stop_current
  for pid in "${background[@]}"; do kill_tree "$pid"; done
  printf '\n%-44s %8s  %s\n' step seconds result
  printf '%s\n' "${rows[@]}"
  printf '%-44s %8s\n' "all together" $((SECONDS - began))
  [ ${#results[@]} -eq 0 ] || printf '%s\n' '' "${results[@]}"
  if [ $code -eq 0 ]; then say "Everything passed."; else say "Stopped at the first failure; logs are in target/ci-logs."; fi
}
trap summary EXIT
trap 'exit 130' INT TERM

# step NAME TITLE HINT COMMAND...
step() {
  local name=$1 title=$2 hint=$3 started=$SECONDS code=0
  shift 3
  with_progress "$title" "$logs/$name.log" "$@" || code=$?
  local verdict=ok
  [ $code -eq 0 ] || verdict=FAILED
  rows+=("$(printf '%-44s %8s  %s' "$title" $((SECONDS - started)) "$verdict")")
  local found
  mapfile -t found < <(grep -hE '^test result:|^# (tests|pass|fail|cancelled|skipped) [0-9]+' "$logs/$name.log")
  [ ${#found[@]} -eq 0 ] || results+=("$title:" "${found[@]}")
  if [ $code -ne 0 ]; then
    grep -hE -A12 '^ *not ok |^---- .* stdout ----' "$logs/$name.log" 2>/dev/null | head -n 120 >&2 || true
    say "$hint" >&2
    exit 1
  fi
}

rust_parts=(-p longshore-server -p longshore-migrations -p longshore-app)
node_tests() { node --test --test-reporter=tap --test-concurrency=2 "$@"; }
# The lab's state is its own, so that a demo on this machine is left alone.
export LONGSHORE_TEST_LAB=${LONGSHORE_TEST_LAB:-test}

setup_started=$SECONDS
"$root/.ci/setup.sh" web browser databases contract
rows+=("$(printf '%-44s %8s  %s' "Set-up" $((SECONDS - setup_started)) ok)")

# What the lab needs is built beside the Rust code, giving way to it; nothing happens when it is in the cache.
lab_build=
if [ "$only" = all ]; then
  nice -n 10 end2end/cluster/lab build >"$logs/lab-build.log" 2>&1 &
  lab_build=$!
  background+=("$lab_build")
fi

step format "Format" "Run: make format" cargo fmt --all --check
step architecture "Architecture and words" "docs/architecture.md says which part may know which." node .ci/check-architecture.mjs
step checks "Tests of the checks" "A check no longer finds what it is for." node_tests .ci/*.test.mjs
step site "Site" "The browser's module or an asset cannot be built." .ci/web.sh
step size "Size of the first load" "docs/architecture.md says what the first load may cost." node .ci/check-size.mjs
step clippy-server "Lints: server" "Clippy's advice is in target/ci-logs/clippy-server.log." \
  cargo clippy --locked "${rust_parts[@]}" --all-targets -- -D warnings
step clippy-browser "Lints: browser" "Clippy's advice is in target/ci-logs/clippy-browser.log." \
  .ci/wasm-cargo.sh clippy --locked -p longshore-frontend --profile wasm -- -D warnings
if [ "$only" = lint ]; then exit 0; fi

step compile "Server and tests, debug build" "The server or a test does not compile." \
  cargo build --locked "${rust_parts[@]}" --bins --tests
step rust "Unit and integration tests" "Run one alone: cargo test -p longshore-server NAME" \
  cargo test --locked "${rust_parts[@]}" --no-fail-fast

export LONGSHORE_SCHEMATHESIS=$cache/schemathesis/bin/st
step contract "The API against its description" "Run: node end2end/contract/run.mjs; docs/development.md says how." \
  node end2end/contract/run.mjs

# The tests that have a database, once more on each of the other kinds, with what is compiled already.
same_tests() {
  # shellcheck disable=SC2016 # the inner shell's arguments
  .ci/databases.sh "$1" bash -c 'cargo test --locked "$@" --lib -- database:: operations:: && cargo test --locked "$@" --test http' \
    same "${rust_parts[@]}"
}
step postgres "The same on PostgreSQL" "Run one alone: .ci/databases.sh postgres cargo test -p longshore-server NAME" \
  same_tests postgres
step mysql "The same on MySQL (Debian's MariaDB)" "Run one alone: .ci/databases.sh mysql cargo test -p longshore-server NAME" \
  same_tests mysql

lab_programs() {
  follow "$lab_build" "$logs/lab-build.log"
  end2end/cluster/lab build # at once when the build beside us went well, else it says what is wrong
}
step lab-programs "Programs of the tests' Kubernetes" "Run: end2end/cluster/lab build" lab_programs

lab_tests=$(find end2end/cluster end2end/load -name '*.test.mjs' -not -path '*/node_modules/*' 2>/dev/null | sort)
# shellcheck disable=SC2086 # one word for each file
step harness "Tests of the browser harness and the lab" "Run: node --test end2end/selftest/*.test.mjs" \
  node_tests end2end/selftest/*.test.mjs $lab_tests

lab_up() {
  if [ "$(id -u)" -eq 0 ]; then end2end/cluster/lab up --name "$LONGSHORE_TEST_LAB"
  else end2end/cluster/lab up --name "$LONGSHORE_TEST_LAB" --no-hosts --simulated 20; fi
}
step lab "Kubernetes for the tests" "Run: end2end/cluster/lab up --name test" lab_up

specs=(end2end/specs/*.spec.mjs)
[ -e "${specs[0]}" ] || fail "There are no browser specs in end2end/specs."
step browser "Journeys in the browser" "Pictures and logs of failures are in end2end/artifacts/failures." \
  node --test --test-reporter=tap --test-concurrency=1 "${specs[@]}"
[ -n "${LONGSHORE_KEEP_LAB:-}" ] || step lab-down "Kubernetes taken down" "Run: end2end/cluster/lab down --name test" \
  end2end/cluster/lab down --name "$LONGSHORE_TEST_LAB"
