#!/usr/bin/env bash
# Runs every check and stops at the first that fails. A log of each step is in target/ci-logs; the table and the tests'
# own result lines come last.
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
main=$BASHPID
background=()
lab_runs=
: >"$logs/rows"
: >"$logs/results"

# row TITLE SECONDS VERDICT: a line of the table.
row() { printf '%-46s %8s  %s\n' "$@" >>"$logs/rows"; }

summary() {
  local code=$? pid
  stop_current
  for pid in "${background[@]}"; do kill_tree "$pid"; done
  [ -z "$lab_runs" ] || [ -n "${LONGSHORE_KEEP_LAB:-}" ] || end2end/cluster/lab down --name "$LONGSHORE_TEST_LAB" >"$logs/lab-down.log" 2>&1 || true
  printf '\n%-46s %8s  %s\n' step seconds result
  cat "$logs/rows"
  printf '%-46s %8s\n\n' "all together" $((SECONDS - began))
  cat "$logs/results"
  if [ $code -eq 0 ]; then say "Everything passed."; else say "Stopped at the first failure; logs are in target/ci-logs."; fi
}
trap summary EXIT
trap 'exit 130' INT TERM HUP
# The lane beside us has failed and said why.
trap 'exit 1' USR1

# step NAME TITLE HINT COMMAND...
step() {
  local name=$1 title=$2 hint=$3 started=$SECONDS code=0
  shift 3
  with_progress "$title" "$logs/$name.log" "$@" || code=$?
  local verdict=ok
  [ $code -eq 0 ] || verdict=FAILED
  row "$title" $((SECONDS - started)) $verdict
  local found
  found=$(grep -hE '^test result:|^# (tests|pass|fail|cancelled|skipped) [0-9]+' "$logs/$name.log" || true)
  [ -z "$found" ] || printf '%s\n' "$title:" "$found" >>"$logs/results"
  if [ $code -ne 0 ]; then
    grep -hE -A12 '^ *not ok |^---- .* stdout ----|^# [^ ]+ says: ' "$logs/$name.log" 2>/dev/null | head -n 120 >&2 || true
    say "$hint" >&2
    exit 1
  fi
}

# beside THEIRS OURS: runs two lists of steps at the same time, each in order, for one alone leaves half of a small
# machine idle. What the first says is marked. When either fails, both stop. The first's code is kept in a file: when it
# ends long before the second, its number may be another process's by the time it is asked for.
beside() {
  local theirs code=$logs/beside.code
  rm -f "$code"
  (
    trap 'trap "" INT TERM HUP; stop_current; exit 130' INT TERM HUP
    trap - USR1
    trap 'ended=$?; echo $ended >"$code.new"; mv "$code.new" "$code"; stop_current
      [ $ended -eq 0 ] || [ $ended -eq 130 ] || kill -USR1 $main' EXIT
    mark='| '
    "$1"
  ) &
  theirs=$!
  background+=("$theirs")
  "$2"
  code_of "$theirs" "$code"
}

rust_parts=(-p longshore-server -p longshore-migrations -p longshore-app)
node_tests() { node --test --test-reporter=tap --test-concurrency=2 "$@"; }
# The lab's state is its own, so that a demo on this machine is left alone.
export LONGSHORE_TEST_LAB=${LONGSHORE_TEST_LAB:-test}
export LONGSHORE_SCHEMATHESIS=$cache/schemathesis/bin/st

site() {
  step site "Site" "The browser's module or an asset cannot be built." .ci/web.sh
  step size "Size of the first load" "docs/architecture.md says what the first load may cost." node .ci/check-size.mjs
  step clippy-browser "Lints: browser" "Clippy's advice is in target/ci-logs/clippy-browser.log." \
    .ci/wasm-cargo.sh clippy --locked -p longshore-frontend --profile wasm -- -D warnings
}

server() {
  step clippy-server "Lints: server" "Clippy's advice is in target/ci-logs/clippy-server.log." \
    cargo clippy --locked "${rust_parts[@]}" --all-targets -- -D warnings
  [ "$only" = all ] || return 0
  step compile "Server and tests, debug build" "The server or a test does not compile." \
    cargo build --locked "${rust_parts[@]}" --bins --tests
}

# The tests that have a database, once more on each of the other kinds, with what is compiled already.
same_tests() {
  # shellcheck disable=SC2016 # the inner shell's arguments
  .ci/databases.sh "$1" bash -c 'cargo test --locked "$@" --lib -- database:: operations:: && cargo test --locked "$@" --test http' \
    same "${rust_parts[@]}"
}

on_sqlite_and_postgres() {
  step rust "Unit and integration tests" "Run one alone: cargo test -p longshore-server NAME" \
    cargo test --locked "${rust_parts[@]}" --no-fail-fast
  step contract "The API against its description" "Run: node end2end/contract/run.mjs; docs/development.md says how." \
    node end2end/contract/run.mjs
  step postgres "The same tests on PostgreSQL" "Run one alone: .ci/databases.sh postgres cargo test -p longshore-server NAME" \
    same_tests postgres
}
on_mysql() {
  step mysql "The same tests on MySQL (Debian's MariaDB)" "Run one alone: .ci/databases.sh mysql cargo test -p longshore-server NAME" \
    same_tests mysql
}

lab_programs() {
  follow "$lab_build" "$logs/lab-build.log" || true
  end2end/cluster/lab build --ingress --prometheus # at once when the build beside us went well, else it says what is wrong
}
lab_up() {
  if [ "$(id -u)" -eq 0 ]; then end2end/cluster/lab up --name "$LONGSHORE_TEST_LAB" --ingress --prometheus
  else end2end/cluster/lab up --name "$LONGSHORE_TEST_LAB" --no-hosts --simulated 20; fi
}
# journeys NAME TITLE SPEC... Two at a time: they wait for most of their time. Each has a server and data of its own, and in
# the lab a namespace; what disturbs others there has a lab of its own.
journeys() {
  local name=$1 title=$2
  shift 2
  [ -e "${1:-}" ] || fail "There are no browser specs for: $title."
  step "$name" "$title" "Pictures and logs of failures are in end2end/artifacts/failures." node end2end/run-specs.mjs "$@"
}

# What is driven by a browser, and the Kubernetes that some of it needs.
in_a_browser() {
  local own with_lab lab_tests
  lab_tests=$(find end2end/cluster end2end/load -name '*.test.mjs' -not -path '*/node_modules/*' 2>/dev/null | sort)
  mapfile -t with_lab < <(grep -lE '/lab\.mjs"|lab: true' end2end/specs/*.spec.mjs)
  mapfile -t own < <(grep -LE '/lab\.mjs"|lab: true' end2end/specs/*.spec.mjs)
  journeys browser "Journeys in the browser" "${own[@]}"
  step lab-programs "Programs of the tests' Kubernetes" "Run: end2end/cluster/lab build --ingress --prometheus" lab_programs
  # shellcheck disable=SC2086 # one word for each file
  step harness "Tests of the browser harness and the lab" "Run: node --test end2end/selftest/*.test.mjs" \
    node_tests end2end/selftest/*.test.mjs $lab_tests
  lab_runs=yes
  step lab "Kubernetes for the tests" "Run: end2end/cluster/lab up --name test --ingress --prometheus" lab_up
  step cluster-rust "The Kubernetes client against a cluster" \
    "Run: LONGSHORE_TEST_KUBECONFIG=\$(end2end/cluster/lab kubeconfig --name test) cargo test -p longshore-server --test cluster --test rights" \
    env LONGSHORE_TEST_KUBECONFIG="$(end2end/cluster/lab kubeconfig --name "$LONGSHORE_TEST_LAB")" \
    cargo test --locked "${rust_parts[@]}" --test cluster --test rights
  journeys cluster "Journeys with a cluster" "${with_lab[@]}"
  [ -z "${LONGSHORE_KEEP_LAB:-}" ] || return 0
  step lab-down "Kubernetes taken down" "Run: end2end/cluster/lab down --name test" end2end/cluster/lab down --name "$LONGSHORE_TEST_LAB"
  lab_runs=
}

setup_started=$SECONDS
"$root/.ci/setup.sh" web browser databases contract
row "Set-up" $((SECONDS - setup_started)) ok

# What the lab needs is built beside the Rust code, giving way to it; nothing happens when it is in the cache.
if [ "$only" = all ]; then
  in_background "$logs/lab-build.log" nice -n 10 end2end/cluster/lab build --ingress --prometheus
  lab_build=$started
  background+=("$lab_build")
fi

step format "Format" "Run: make format" cargo fmt --all --check
step architecture "Architecture and words" "docs/architecture.md says which part may know which." node .ci/check-architecture.mjs
step licences "Licences" "Choose another library, or weigh the licence and allow it in .ci/check-licences.mjs." \
  node .ci/check-licences.mjs
# A debug server reads the site from its folder, which has to be there when it is compiled.
mkdir -p "$site"
step checks "Tests of the checks" "A check no longer finds what it is for." node_tests .ci/*.test.mjs
beside site server
[ "$only" = all ] || exit 0
beside on_mysql on_sqlite_and_postgres
# Alone: what waits for a browser or a cluster waits only so long.
in_a_browser
