#!/usr/bin/env bash
# `make run`: builds what changed, starts a cluster and the release server, and stops both on Ctrl-C.
#
# KUBECONFIG set: that cluster is used, none is started, and Longshore keeps what it knows from run to run. Else the
# cluster is made for this run, and Longshore begins anew with it. LONGSHORE_LISTEN: where to listen (127.0.0.1:8080).
. "$(dirname "$0")/lib.sh"
cd "$root"

state=${XDG_STATE_HOME:-$HOME/.local/state}/longshore/run
listen=${LONGSHORE_LISTEN:-127.0.0.1:8080}
logs=$state/logs
lab=demo
mkdir -p "$logs"
chmod 700 "$state"
server='' lab_up='' own_lab=

stop() {
  trap '' INT TERM HUP
  say ''
  stop_current
  if [ -n "$server" ] && kill -0 "$server" 2>/dev/null; then
    say "Stopping Longshore"
    kill -TERM "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
  fi
  if [ -n "$lab_up" ] && [ ! -f "$logs/lab.log.code" ]; then
    kill_tree "$lab_up"
    wait "$lab_up" 2>/dev/null || true
  fi
  if [ -n "$own_lab" ]; then
    say "Stopping the cluster"
    end2end/cluster/lab down --name $lab >"$logs/lab-down.log" 2>&1 || say "The cluster did not stop cleanly: $logs/lab-down.log"
  fi
}
trap 'stop; exit 0' INT TERM HUP
trap 'code=$?; [ $code -eq 0 ] || stop; exit $code' EXIT

if (exec 3<>"/dev/tcp/${listen%:*}/${listen##*:}") 2>/dev/null; then
  fail "Something else listens on $listen." "Choose another address: LONGSHORE_LISTEN=127.0.0.1:8081 make run"
fi

# What this run does, in order. stage: says which step begins, and what is left after it.
stages=(tools site server cluster start)
[ -z "${KUBECONFIG:-}" ] || stages=(tools site server start)
at=0
stage() {
  at=$((at + 1))
  local left=${stages[*]:at}
  say "${bold}$at of ${#stages[@]}: ${stages[at - 1]}${plain}${left:+, then ${left// /, }}"
}

stage
.ci/setup.sh web

data=$state/data
if [ -n "${KUBECONFIG:-}" ]; then
  say "The cluster of $KUBECONFIG is used; none is started."
else
  shape=()
  if [ "$(id -u)" -ne 0 ]; then
    shape=(--no-hosts --simulated 20)
    say "Not root: the cluster gets 20 simulated nodes and no real host, so pods are shown but do not run."
  fi
  data=$state/demo
  if ! end2end/cluster/lab status --name $lab >/dev/null 2>&1; then
    own_lab=yes
    rm -rf "$data.previous"
    [ ! -d "$data" ] || mv "$data" "$data.previous"
  fi
  say "The cluster comes up beside what follows."
  # In a group of its own: Ctrl-C is for us to handle, in order.
  in_background "$logs/lab.log" setsid nice -n 5 end2end/cluster/lab up --name $lab "${shape[@]}"
  lab_up=$started
fi

stage
.ci/web.sh
stage
with_progress "Server, release build (20 minutes the first time)" "$logs/build.log" cargo build --locked --release -p longshore-server --bin longshore

insecure=()
images=
if [ -n "$lab_up" ]; then
  stage
  if with_progress "Cluster (15 minutes the first time)" "$logs/wait.log" follow "$lab_up" "$logs/lab.log"; then
    registry=$(end2end/cluster/lab status --name $lab --json | sed -n 's/.*"registry": *"\([^"]*\)".*/\1/p')
    insecure=(--insecure-registry "$registry")
    images="$registry/demo:1.0.0 and demo:2.0.0 (port 8080, ready at /readyz, reads /etc/demo/config.yaml and \$GREETING)"
    KUBECONFIG=$(end2end/cluster/lab kubeconfig --name $lab)
  else
    tail -n 5 "$logs/lab.log" >&2
    say "The cluster did not come up (see $logs/lab.log). Longshore runs all the same: connect a cluster of yours."
  fi
  lab_up=
fi

stage
: >"$logs/longshore.out"
setsid "$CARGO_TARGET_DIR/release/longshore" --data-dir "$data" --listen "$listen" "${insecure[@]}" \
  >"$logs/longshore.out" 2>"$logs/longshore.log" &
server=$!
for _ in $(seq 300); do
  grep -q '^Longshore listens on ' "$logs/longshore.out" && break
  kill -0 "$server" 2>/dev/null || { tail -n 20 "$logs/longshore.log" "$logs/longshore.out" >&2; fail "Longshore did not start; see $logs/longshore.log."; }
  sleep 0.1
done
address=$(sed -n 's/^Longshore listens on //p' "$logs/longshore.out")
[ -n "$address" ] || fail "Longshore did not say where it listens within 30 s; see $logs/longshore.log."
sleep 0.2
password=$(sed -n 's/^One-time administrator password: //p' "$logs/longshore.out")

say ''
say "${bold}Longshore is at $address${plain}"
if [ -n "$password" ]; then
  say "Sign in as      admin"
  say "with password   $password   (once: you then choose your own)"
else
  say "Sign in with the accounts it knows already; it keeps its data in $data."
fi
[ -z "${KUBECONFIG:-}" ] || say "Connect it to   $KUBECONFIG"
[ -z "$images" ] || say "Images to try   $images"
say "Logs            $logs/longshore.log"
say "Stop            Ctrl-C"
code=0
wait "$server" || code=$?
server=
fail "Longshore ended by itself (code $code); see $logs/longshore.log."
