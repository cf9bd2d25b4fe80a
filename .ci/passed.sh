# shellcheck shell=bash
# What has passed, so that it need not be run again with the same things: sourced by test.sh, after lib.sh.
#
# A record is a file below $passed, named by what it is of and a hash of all that went in: the files, this checkout's place
# (programs have it in them), the compilers, the system's packages, who runs it and our settings. Another byte in any of
# them, and it is run. A record counts for two weeks, for the world outside is not hashed; LONGSHORE_TEST_ALL=1 looks at
# none. docs/decisions/passed-before.md.
passed=$cache/passed
mkdir -p "$passed"
find "$passed" -type f -mtime +13 -delete

# know_machine: takes down what else decides a result; after the set-up, which changes it.
know_machine() {
  machine=$({
    id -u
    rustc -Vv
    node --version
    go version
    cat /var/lib/dpkg/status
    ls "$stamps"
    env | grep ^LONGSHORE_ | grep -v ^LONGSHORE_TEST_ALL= | sort || true
  } 2>/dev/null | short_hash)
}

# inputs PATH...: a hash of the files below these that git knows or would take, and of the machine. Where git cannot tell,
# another one each time, so that nothing is found.
inputs() {
  local list
  list=$(mktemp)
  if git -C "$root" ls-files -z --cached --others --exclude-standard -- "$@" 2>/dev/null | sort -zu >"$list" && [ -s "$list" ]; then
    { printf '%s\n' "$root" "$machine"; (cd "$root" && xargs -0 sha256sum <"$list" 2>&1 || true); } | sha256sum | cut -c1-32
  else
    printf 'unknown-%s\n' "$RANDOM$RANDOM$RANDOM"
  fi
  rm -f "$list"
}

# passed_before RECORD: whether it is kept, and counts.
passed_before() { [ -z "${LONGSHORE_TEST_ALL:-}" ] && [ -f "$passed/$1" ]; }
# passed_at RECORD: when that was.
passed_at() { date -r "$passed/$1" '+%m-%d %H:%M'; }

# step_once NAME TITLE HINT INPUTS COMMAND...: a step, unless it has passed with the inputs that this name of an array has;
# then what it printed as its result is told with the time it was. What was changed while it ran, or left a test out, has
# not passed.
step_once() {
  local name=$1 title=$2 hint=$3 record
  local -n these=$4
  record=$name-$(inputs "${these[@]}")
  shift 4
  if passed_before "$record"; then
    say "${bold}$title${plain}"
    say "  ${dim}passed on $(passed_at "$record") with all that goes in as it is now${plain}"
    row "$title" 0 "passed before, $(passed_at "$record")"
    { printf '%s\n' "$title (on $(passed_at "$record")):"; cat "$passed/$record"; } >>"$logs/results"
    return 0
  fi
  step "$name" "$title" "$hint" "$@"
  [ "$record" = "$name-$(inputs "${these[@]}")" ] || return 0
  ! grep -qE '^# skipped [1-9]' "$logs/$name.log" || return 0
  results_of "$logs/$name.log" >"$passed/$record.new"
  mv "$passed/$record.new" "$passed/$record"
}

# results_of LOG: the lines in which tests say how many passed.
results_of() { grep -hE '^test result:|^# (tests|pass|fail|cancelled|skipped) [0-9]+' "$1" || true; }
