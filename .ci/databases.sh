#!/usr/bin/env bash
# Runs a command against a database server of its own, and stops the server afterwards.
#
#   .ci/databases.sh postgres|mysql COMMAND...
#
# The server is Debian's PostgreSQL or MariaDB (which Debian has for MySQL). Its data lie in a temporary folder, in
# memory where there is enough of it (the tests make hundreds of databases). It listens on a socket in there alone and
# keeps nothing safe from a power cut, for nothing is to stay. As root it runs as somebody else, for PostgreSQL refuses
# root. The command finds LONGSHORE_TEST_DATABASE and LONGSHORE_TEST_DATABASE_URL set, which the tests' databases are
# made by.
. "$(dirname "$0")/lib.sh"

kind=${1:-}
[ $# -ge 2 ] || fail "Say which database and what to run: .ci/databases.sh postgres|mysql COMMAND..."
shift

# What a run needs at most, in MiB.
most=3072
in_memory=/dev/shm
room=$(df --output=avail -m "$in_memory" 2>/dev/null | tail -n 1 || true)
[ -w "$in_memory" ] && [ "${room:-0}" -ge $most ] || in_memory=/tmp
folder=$(mktemp -d "${TMPDIR:-$in_memory}/longshore-db.XXXXXX")
[ ${#folder} -le 80 ] || fail "The folder $folder is too deep for a socket." "Set TMPDIR to a shorter one."
server= command=

# Both may be stopped twice; only what was started here is.
clean_up() {
  [ -z "$command" ] || kill_tree "$command"
  command=
  if [ -n "$server" ]; then
    # At once, without waiting for clients: nothing is to be kept.
    kill -QUIT "$server" 2>/dev/null || true
    [ "$kind" = postgres ] || kill -KILL "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
    server=
  fi
  rm -rf "$folder"
}
trap clean_up EXIT
trap 'trap "" INT TERM; exit 130' INT TERM

# The user who owns the data: who runs this, or as root somebody with no rights.
as_owner=()
if [ "$(id -u)" -eq 0 ]; then
  chown nobody "$folder"
  as_owner=(setpriv --reuid=nobody --regid=nogroup --clear-groups)
fi

# wait_for QUESTION...: until it is answered with yes; gives up when the server has ended, or after a minute.
wait_for() {
  local tries
  for ((tries = 0; tries < 600; tries++)); do
    if "$@" >/dev/null 2>&1; then return 0; fi
    kill -0 "$server" 2>/dev/null || break
    sleep 0.1
  done
  tail -n 30 "$folder/log" >&2
  fail "The database server does not answer; its log is above."
}

case $kind in
postgres)
  programs=$(find /usr/lib/postgresql -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1)
  [ -x "$programs/initdb" ] || fail "PostgreSQL's server is missing." "Run: .ci/setup.sh databases"
  "${as_owner[@]}" "$programs/initdb" -D "$folder/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync >"$folder/log" 2>&1 \
    || { cat "$folder/log" >&2; fail "PostgreSQL's data cannot be made."; }
  "${as_owner[@]}" "$programs/postgres" -D "$folder/data" -k "$folder" -c listen_addresses= -c max_connections=400 \
    -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c shared_buffers=128MB >>"$folder/log" 2>&1 &
  server=$!
  wait_for "$programs/pg_isready" -q -h "$folder" -U postgres
  socket=${folder//\//%2F}
  LONGSHORE_TEST_DATABASE_URL="postgres://postgres@$socket/postgres"
  ;;
mysql)
  command -v mariadb-install-db >/dev/null || fail "MariaDB's server is missing." "Run: .ci/setup.sh databases"
  daemon=$(command -v mariadbd || echo /usr/sbin/mariadbd)
  options=(--no-defaults --datadir="$folder/data" --innodb-log-file-size=64M --innodb-buffer-pool-size=256M
    --innodb-flush-log-at-trx-commit=0 --innodb-doublewrite=0 --innodb-use-native-aio=0 --skip-log-bin)
  "${as_owner[@]}" mkdir "$folder/data"
  "${as_owner[@]}" mariadb-install-db "${options[@]}" --auth-root-authentication-method=normal --skip-test-db \
    >"$folder/log" 2>&1 || { cat "$folder/log" >&2; fail "MariaDB's data cannot be made."; }
  "${as_owner[@]}" "$daemon" "${options[@]}" --socket="$folder/sock" --skip-networking --pid-file="$folder/pid" \
    --max-connections=400 >>"$folder/log" 2>&1 &
  server=$!
  wait_for grep -q 'ready for connections' "$folder/log"
  LONGSHORE_TEST_DATABASE_URL="mysql://root@localhost/mysql?socket=$folder/sock"
  ;;
*) fail "“$kind” is no database that the tests know; it is postgres or mysql." ;;
esac

export LONGSHORE_TEST_DATABASE=$kind LONGSHORE_TEST_DATABASE_URL
code=0
"$@" &
command=$!
wait "$command" || code=$?
command=
exit $code
