#!/usr/bin/env bash
# Runs every check and stops at the first that fails. A log of each step is in target/ci-logs; the table and the tests'
# own result lines come last.
#
#   .ci/test.sh          everything; what takes minutes and has passed with the very same inputs is not run again
#   .ci/test.sh lint     format, architecture and lints alone
#
# LONGSHORE_TEST_ALL=1 runs what has passed before as well.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/passed.sh"
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
  found=$(results_of "$logs/$name.log")
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
  # A name that no function has for its own: the trap is carried out within whichever was interrupted.
  local theirs lane_code=$logs/beside.code
  rm -f "$lane_code"
  (
    trap 'trap "" INT TERM HUP; stop_current; exit 130' INT TERM HUP
    trap - USR1
    trap 'ended=$?; echo $ended >"$lane_code.new"; mv "$lane_code.new" "$lane_code"; stop_current
      [ $ended -eq 0 ] || [ $ended -eq 130 ] || kill -USR1 $main' EXIT
    mark='| '
    "$1"
  ) &
  theirs=$!
  background+=("$theirs")
  "$2"
  code_of "$theirs" "$lane_code"
}

rust_parts=(-p longshore-server -p longshore-migrations -p longshore-app)
# What the tests of each kind are about. All of .ci is in each, for it says what is run.
built=(Cargo.toml Cargo.lock .cargo .ci app frontend migrations server/Cargo.toml server/src server/assets style public)
of_rust=("${built[@]}" server docs)
of_contract=("${built[@]}" docs/openapi.json end2end/contract end2end/support end2end/package-lock.json)
of_client=("${of_rust[@]}" end2end/cluster)
of_harness=("${built[@]}" end2end ':!end2end/specs' ':!end2end/contract')
of_journeys=("${built[@]}" docs/clusters.md end2end ':!end2end/specs' ':!end2end/contract' ':!end2end/load' ':!end2end/selftest')
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

# Clippy in the compiler's place, as `cargo clippy` puts it, but for a whole build: what it lints is compiled on the way, and
# nothing is read twice. It stays there for the tests, which would be compiled anew without it.
with_lints() {
  export RUSTC_WORKSPACE_WRAPPER CLIPPY_ARGS=-D__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__
  RUSTC_WORKSPACE_WRAPPER=$(rustup which clippy-driver)
}
server() {
  if [ "$only" != all ]; then
    step clippy-server "Lints: server" "Clippy's advice is in target/ci-logs/clippy-server.log." \
      cargo clippy --locked "${rust_parts[@]}" --all-targets -- -D warnings
    return
  fi
  with_lints
  step compile "Server and tests, lints and debug build" "The server or a test does not compile, or Clippy has advice: it is in target/ci-logs/compile.log." \
    cargo build --locked "${rust_parts[@]}" --all-targets
}

# The tests that have a database, once more on each of the other kinds, with what is compiled already; not those that are
# about what is asked in a wrong way, about Redis, or about who is shown which page: there the database has no say.
same_tests() {
  # shellcheck disable=SC2016 # the inner shell's arguments
  .ci/databases.sh "$1" bash -c 'cargo test --locked "$@" --lib -- database:: operations:: && \
    cargo test --locked "$@" --test http -- --skip hostile_ --skip redis_ --skip every_page' same "${rust_parts[@]}"
}

on_sqlite_and_postgres() {
  step rust "Unit and integration tests" "Run one alone: cargo test -p longshore-server NAME" \
    cargo test --locked "${rust_parts[@]}" --no-fail-fast
  step_once postgres "The same tests on PostgreSQL" "Run one alone: .ci/databases.sh postgres cargo test -p longshore-server NAME" \
    of_rust same_tests postgres
}
# The contract's run is here, for MySQL's tests last longer than PostgreSQL's, but not by as much as SQLite's take.
on_mysql_and_contract() {
  step_once mysql "The same tests on MySQL (Debian's MariaDB)" "Run one alone: .ci/databases.sh mysql cargo test -p longshore-server NAME" \
    of_rust same_tests mysql
  step_once contract "The API against its description" "Run: node end2end/contract/run.mjs; docs/development.md says how." \
    of_contract node end2end/contract/run.mjs
}

lab_programs() {
  follow "$lab_build" "$logs/lab-build.log" || true
  end2end/cluster/lab build --ingress --prometheus # at once when the build beside us went well, else it says what is wrong
}
lab_up() {
  if [ "$(id -u)" -eq 0 ]; then end2end/cluster/lab up --name "$LONGSHORE_TEST_LAB" --ingress --prometheus
  else end2end/cluster/lab up --name "$LONGSHORE_TEST_LAB" --no-hosts --simulated 20; fi
}
# journeys NAME TITLE SPEC... Three at a time: they wait for much of their time. Each has a server and data of its own, and in
# the lab a namespace; what disturbs others there has a lab of its own. Those that have passed with what goes in now are left
# out.
declare -A journey_record
journeys() {
  local name=$1 title=$2 spec left=() oldest=
  shift 2
  [ -e "${1:-}" ] || fail "There are no browser specs for: $title."
  for spec in "$@"; do
    if ! passed_before "${journey_record[$spec]}"; then left+=("$spec")
    elif [ -z "$oldest" ] || [ "$passed/${journey_record[$spec]}" -ot "$passed/$oldest" ]; then oldest=${journey_record[$spec]}
    fi
  done
  if [ -n "$oldest" ]; then
    say "  ${dim}$(($# - ${#left[@]})) of $# journeys have passed with all that goes in as it is now, the first on $(passed_at "$oldest")${plain}"
    row "$title: $(($# - ${#left[@]})) of $#" 0 "passed before, $(passed_at "$oldest")"
  fi
  [ ${#left[@]} -eq 0 ] ||
    step "$name" "$title" "Pictures and logs of failures are in end2end/artifacts/failures." run_journeys "${left[@]}"
}
# run_journeys SPEC...: runs them, and keeps a record of each that passed, whatever became of the others. What was changed
# while they ran has not passed.
run_journeys() {
  local well=$logs/journeys-passed code=0 spec before
  : >"$well"
  node end2end/run-specs.mjs --at-once 3 --passed "$well" "$@" || code=$?
  before=$(declare -p journey_record)
  name_journeys
  while read -r spec; do
    [[ $before != *"\"${journey_record[$spec]}\""* ]] || : >"$passed/${journey_record[$spec]}"
  done <"$well"
  return $code
}
# What each journey's record is called now.
name_journeys() {
  local spec common
  common=$(inputs "${of_journeys[@]}")
  for spec in end2end/specs/*.spec.mjs; do
    journey_record[$spec]=${spec##*/}-$({ printf '%s' "$common"; cat "$spec"; } | sha256sum | cut -c1-32)
  done
}

# What is driven by a browser, and the Kubernetes that some of it needs.
in_a_browser() {
  local own with_lab lab_tests spec
  lab_tests=$(find end2end/cluster end2end/load -name '*.test.mjs' -not -path '*/node_modules/*' 2>/dev/null | sort)
  mapfile -t with_lab < <(grep -lE '/lab\.mjs"|lab: true' end2end/specs/*.spec.mjs)
  mapfile -t own < <(grep -LE '/lab\.mjs"|lab: true' end2end/specs/*.spec.mjs)
  journeys browser "Journeys in the browser" "${own[@]}"
  step lab-programs "Programs of the tests' Kubernetes" "Run: end2end/cluster/lab build --ingress --prometheus" lab_programs
  # shellcheck disable=SC2086 # one word for each file
  step_once harness "Tests of the browser harness and the lab" "Run: node --test end2end/selftest/*.test.mjs" \
    of_harness node_tests end2end/selftest/*.test.mjs $lab_tests
  for spec in "${with_lab[@]}"; do
    passed_before "${journey_record[$spec]}" || lab_runs=yes
  done
  passed_before "cluster-rust-$(inputs "${of_client[@]}")" || lab_runs=yes
  [ -z "$lab_runs" ] || step lab "Kubernetes for the tests" "Run: end2end/cluster/lab up --name test --ingress --prometheus" lab_up
  step_once cluster-rust "The Kubernetes client against a cluster" \
    "Run: LONGSHORE_TEST_KUBECONFIG=\$(end2end/cluster/lab kubeconfig --name test) cargo test -p longshore-server --test cluster --test rights" \
    of_client client_tests
  journeys cluster "Journeys with a cluster" "${with_lab[@]}"
  [ -n "$lab_runs" ] && [ -z "${LONGSHORE_KEEP_LAB:-}" ] || return 0
  step lab-down "Kubernetes taken down" "Run: end2end/cluster/lab down --name test" end2end/cluster/lab down --name "$LONGSHORE_TEST_LAB"
  lab_runs=
}
client_tests() {
  LONGSHORE_TEST_KUBECONFIG=$(end2end/cluster/lab kubeconfig --name "$LONGSHORE_TEST_LAB") \
    cargo test --locked "${rust_parts[@]}" --test cluster --test rights
}

setup_started=$SECONDS
"$root/.ci/setup.sh" web browser databases contract
row "Set-up" $((SECONDS - setup_started)) ok
know_machine
# Before anything is built: what is changed later is not what the journeys see.
name_journeys

# What the lab needs is built beside the Rust code, giving way to it; nothing happens when it is in the cache.
if [ "$only" = all ]; then
  in_background "$logs/lab-build.log" nice -n 10 end2end/cluster/lab build --ingress --prometheus
  lab_build=$started
  background+=("$lab_build")
fi

step format "Format" "Run: make format" cargo fmt --all --check
step architecture "Architecture and words" "docs/architecture.md says which part may know which." node .ci/check-architecture.mjs
step screens "Pages that are inspected" "Add the page to the screens of a spec; .ci/check-screens.mjs says how they are found." \
  node .ci/check-screens.mjs
step licences "Licences" "Choose another library, or weigh the licence and allow it in .ci/check-licences.mjs." \
  node .ci/check-licences.mjs
# A debug server reads the site from its folder, which has to be there when it is compiled.
mkdir -p "$site"
step checks "Tests of the checks" "A check no longer finds what it is for." node_tests .ci/*.test.mjs
beside site server
[ "$only" = all ] || exit 0
beside on_mysql_and_contract on_sqlite_and_postgres
# Alone: what waits for a browser or a cluster waits only so long.
in_a_browser
