#!/usr/bin/env bash
# `make bench`: the release server against the lab's control plane with thousands of nodes and many pods, once with
# small pods and once with pods of a real one's size; then what sessions and signing in cost, and a
# list of thousands of applications. What it prints goes to docs/benchmarks.md.
#
# LONGSHORE_BINARY set: that server is measured and none is built; LONGSHORE_ARGON2_RATE and
# LONGSHORE_SEED_APPS are the examples beside it then.
. "$(dirname "$0")/lib.sh"
cd "$root"

.ci/setup.sh web browser
if [ -z "${LONGSHORE_BINARY:-}" ]; then
  .ci/web.sh
  logs=$root/target/ci-logs
  mkdir -p "$logs"
  with_progress "Server, release build (20 minutes the first time)" "$logs/bench-build.log" \
    cargo build --locked --release -p longshore-server --bin longshore --example argon2_rate --example seed_apps
  export LONGSHORE_BINARY=$CARGO_TARGET_DIR/release/longshore
fi
end2end/cluster/lab build
node end2end/load/bench.mjs "$@"
node end2end/load/bench.mjs --pod-bytes 4800 "$@"
node end2end/load/sessions.mjs
node end2end/load/apps.mjs
