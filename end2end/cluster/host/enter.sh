#!/usr/bin/env bash
# Starts a host: moves into control groups and a network namespace of its own,
# then gives boot.sh fresh namespaces for everything else.
# usage: enter.sh NETNS CGROUP HOSTNAME FOLDER IMAGE LAYER
# This process stays as the parent of the host's first process, which dies with it.
set -euo pipefail
netns=$1 cgroup=$2 hostname=$3 folder=$4 image=$5 layer=$6
here=$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")
root=/sys/fs/cgroup

enter_unified() {
  local path=$root part
  # A group hands its controllers on only when told to; the last one is the host's own affair.
  local IFS=/
  for part in $cgroup; do
    for controller in $(tr ' ' '/' <"$path/cgroup.controllers"); do
      echo "+$controller" >"$path/cgroup.subtree_control" 2>/dev/null || true
    done
    path=$path/$part
    mkdir -p "$path"
  done
  echo $$ >"$path/cgroup.procs"
}

enter_hierarchies() {
  local hierarchy path part
  for hierarchy in "$root"/*/; do
    path=${hierarchy%/}
    [ -w "$path/cgroup.procs" ] || continue
    local IFS=/
    for part in $cgroup; do
      mkdir -p "$path/$part"
      # A new cpuset is empty, and nothing can enter an empty one.
      if [ -e "$path/cpuset.cpus" ]; then
        cat "$path/cpuset.cpus" >"$path/$part/cpuset.cpus"
        cat "$path/cpuset.mems" >"$path/$part/cpuset.mems"
      fi
      path=$path/$part
    done
    unset IFS
    echo $$ >"$path/cgroup.procs"
  done
}

if [ -e "$root/cgroup.controllers" ]; then enter_unified; else enter_hierarchies; fi
exec nsenter --net="/run/netns/$netns" \
  unshare --mount --pid --uts --ipc --cgroup --fork --kill-child=SIGKILL --propagation private \
  "$here/boot.sh" "$hostname" "$folder" "$image" "$layer"
