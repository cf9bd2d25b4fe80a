# shellcheck shell=bash
# What every script of the build shares: where things live and how progress is told. Sourced, never run.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/longshore
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$cache/target}
web_target=${LONGSHORE_WEB_TARGET:-$CARGO_TARGET_DIR/web}
site=$root/target/site
stamps=$cache/setup
mkdir -p "$stamps"

if [ -t 1 ]; then bold=$'\e[1m' dim=$'\e[2m' red=$'\e[31m' plain=$'\e[0m'; else bold='' dim='' red='' plain=''; fi

# own_target: makes cargo build our own crates anew when the target folder was last used from another checkout by these
# scripts; a plain cargo does not tell. It tells checkouts apart by the times of files alone, and what was built elsewhere
# has that folder's paths in it.
own_target() {
  local user=$CARGO_TARGET_DIR/checkout
  [ "$(cat "$user" 2>/dev/null)" != "$root" ] || return 0
  mkdir -p "$CARGO_TARGET_DIR"
  find "$root"/{app,frontend,migrations,server} -name '*.rs' -exec touch {} +
  printf '%s\n' "$root" >"$user"
}

# say SENTENCE...: a line, marked as a lane's own where two run beside each other.
mark=
say() { printf '%s%s\n' "$mark" "$*"; }

# fail SENTENCE...: says what happened and what to do next, one sentence a line, and stops.
fail() {
  printf '%s%s%s\n' "$red" "$1" "$plain" >&2
  shift
  [ $# -eq 0 ] || printf '%s\n' "$@" >&2
  exit 1
}

# The command that with_progress waits for, and its end when we are told to stop: what runs in the background of a
# script does not hear Ctrl-C.
current=
kill_tree() {
  local child
  for child in $(cat "/proc/$1/task"/*/children 2>/dev/null || true); do kill_tree "$child"; done
  kill -TERM "$1" 2>/dev/null || true
}
stop_current() {
  [ -z "$current" ] || kill_tree "$current"
  current=
}
# A terminal that is closed says HUP.
trap 'trap "" INT TERM HUP; stop_current; exit 130' INT TERM HUP

# with_progress TITLE LOG COMMAND...: runs the command with its output in LOG; says what runs, how long it has been
# running every 15 s (with the last line of the log), and how long it took. When it fails, the end of LOG is shown
# and its code returned.
with_progress() {
  local title=$1 log=$2 began=$SECONDS code=0 next=15 started
  shift 2
  mkdir -p "$(dirname "$log")"
  say "${bold}$title${plain}"
  in_background "$log" "$@"
  current=$started
  while [ ! -f "$log.code" ] && kill -0 "$current" 2>/dev/null; do
    sleep 0.1
    if [ $((SECONDS - began)) -ge $next ]; then
      next=$((next + 15))
      say "  ${dim}$((SECONDS - began)) s  $(last_line "$log")${plain}"
    fi
  done
  code_of "$current" "$log.code" || code=$?
  current=
  if [ $code -eq 0 ]; then
    say "  ${dim}done in $((SECONDS - began)) s${plain}"
  else
    tail -n 40 "$log" >&2
    printf '%s\n' "${red}$title: failed after $((SECONDS - began)) s.${plain}" "The whole output is in $log" >&2
  fi
  return $code
}
# in_background LOG COMMAND...: starts the command with its output in LOG; $started is its process. Its code is kept in a
# file: by the time somebody asks, the system may have given its number to another process, and the shell forgotten it.
in_background() {
  local log=$1
  shift
  rm -f "$log.code"
  (
    trap 'ended=$?; echo $ended >"$log.new"; mv "$log.new" "$log.code"' EXIT
    trap 'exit 143' TERM
    "$@" >"$log" 2>&1
  ) &
  started=$!
}
# code_of PROCESS FILE: waits for a process that keeps its code in a file, and returns that code; 137 when it was killed
# before it could.
code_of() {
  while [ ! -f "$2" ] && kill -0 "$1" 2>/dev/null; do sleep 0.1; done
  [ -f "$2" ] || return 137
  return "$(cat "$2")"
}
# follow PROCESS LOG: says the last line of what was started so until it ends; returns its code.
follow() {
  while [ ! -f "$2.code" ] && kill -0 "$1" 2>/dev/null; do
    last_line "$2"
    sleep 1
  done
  code_of "$1" "$2.code"
}
last_line() { tail -c 400 "$1" 2>/dev/null | tr '\r' '\n' | grep -v '^[[:space:]]*$' | tail -n 1 | cut -c1-100 || true; }

# as_root COMMAND...: runs it as root, by sudo when somebody else runs us; returns 1 when neither is possible.
as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"
  elif command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then sudo "$@"
  else return 1
  fi
}

# The version of a crate in Cargo.lock.
locked_version() { awk -v name="\"$1\"" '$1 == "name" && $3 == name { getline; gsub(/"/, "", $3); print $3; exit }' "$root/Cargo.lock"; }

# A short hash of what is read from standard input.
short_hash() { sha256sum | cut -c1-16; }
