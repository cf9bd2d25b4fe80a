#!/usr/bin/env bash
# Makes the root file system that every lab host starts from: a small Debian
# with systemd, sshd and containerd. usage: make-image.sh TARGET SUITE MIRROR
# Kubernetes' own programs and units are not in it; they are a layer above.
set -euo pipefail
target=$1 suite=$2 mirror=$3
here=$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")
packages=$(paste -sd, "$here/packages.txt")

mkdir -p "$target"
debootstrap --variant=minbase --include="$packages" "$suite" "$target" "$mirror"

# Nothing that identifies one machine may be in what all hosts share.
rm -f "$target"/etc/ssh/ssh_host_* "$target"/etc/machine-id "$target"/var/lib/dbus/machine-id
: >"$target/etc/machine-id"
rm -rf "$target"/var/cache/apt/archives/*.deb "$target"/var/lib/apt/lists/*

# Units that have no work in a network namespace without hardware, and timers
# that would wake idle hosts.
for unit in getty.target console-getty.service systemd-udevd.service systemd-udev-trigger.service \
  systemd-udev-settle.service systemd-modules-load.service systemd-timesyncd.service \
  systemd-journal-flush.service systemd-journald-audit.socket systemd-hwdb-update.service \
  systemd-update-utmp.service systemd-update-utmp-runlevel.service systemd-remount-fs.service \
  dev-hugepages.mount sys-kernel-debug.mount sys-kernel-tracing.mount sys-kernel-config.mount \
  sys-fs-fuse-connections.mount dev-mqueue.mount proc-sys-fs-binfmt_misc.automount \
  systemd-firstboot.service systemd-sysusers.service systemd-machine-id-commit.service \
  systemd-pcrphase.service systemd-pcrphase-sysinit.service e2scrub_reap.service \
  e2scrub_all.timer apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer \
  fstrim.timer logrotate.timer man-db.timer systemd-tmpfiles-clean.timer; do
  ln -sf /dev/null "$target/etc/systemd/system/$unit"
done

install -d "$target/etc/systemd/journald.conf.d"
cat >"$target/etc/systemd/journald.conf.d/lab.conf" <<'CONF'
[Journal]
Storage=volatile
RuntimeMaxUse=32M
ForwardToConsole=no
CONF

install -d "$target/etc/ssh/sshd_config.d"
cat >"$target/etc/ssh/sshd_config.d/lab.conf" <<'CONF'
PermitRootLogin prohibit-password
PasswordAuthentication no
UseDNS no
CONF
echo "Debian host of the Longshore lab" >"$target/etc/motd"
