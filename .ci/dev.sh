#!/usr/bin/env bash
# `make dev`: a debug server and a quickly built site, made again and restarted whenever a source file changes; pages that
# are open then load themselves anew.
# It uses a cluster that runs already: `make lab-up` starts one.
. "$(dirname "$0")/lib.sh"
cd "$root"

state=${XDG_STATE_HOME:-$HOME/.local/state}/longshore/dev
listen=${LONGSHORE_LISTEN:-127.0.0.1:8080}
mkdir -p "$state"
server=

stop() {
  [ -n "$server" ] || return 0
  kill -TERM "$server" 2>/dev/null || true
  wait "$server" 2>/dev/null || true
  server=
}
trap 'stop; exit 0' INT TERM
trap stop EXIT

# Newest change of what is built from, as one line; changes when any file is edited, added or removed.
picture() {
  find app frontend server migrations style public Cargo.toml Cargo.lock end2end/build -type f -not -name '*.swp' -printf '%T@ %p\n' 2>/dev/null | sort | sha256sum
}
build() { .ci/web.sh --fast && cargo build --locked -p longshore-server; }

.ci/setup.sh web
while true; do
  seen=$(picture)
  if build; then
    stop
    LONGSHORE_RELOAD=1 "$CARGO_TARGET_DIR/debug/longshore" --data-dir "$state/data" --listen "$listen" &
    server=$!
  else
    say "${red}It does not build; the former server, if any, still runs. Waiting for a change.${plain}"
  fi
  while [ "$(picture)" = "$seen" ]; do sleep 0.5; done
  say "${dim}A file changed.${plain}"
done
