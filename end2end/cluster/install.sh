#!/usr/bin/env bash
# Installs the Debian packages that a lab with hosts needs on this machine.
# As root, or as a user for whom sudo asks no password.
set -euo pipefail
packages=(debootstrap iproute2 iptables conntrack openssh-client util-linux)
as_root=()
if [ "$(id -u)" != 0 ]; then
  if ! sudo -n true 2>/dev/null; then
    echo "Run as root: apt-get install ${packages[*]}; or start the lab with --no-hosts, which needs none of them." >&2
    exit 1
  fi
  as_root=(sudo -n)
fi
"${as_root[@]}" apt-get update -q
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${packages[@]}"
