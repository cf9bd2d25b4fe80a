#!/usr/bin/env bash
# Becomes a host's systemd: builds its root out of the shared image, the layer
# of Kubernetes' programs and the host's own folder, and changes into it. Runs as
# the first process of fresh namespaces; mounts end with them.
# usage: boot.sh HOSTNAME FOLDER IMAGE LAYER
set -euo pipefail
hostname=$1 folder=$2 image=$3 layer=$4
root=$folder/root
hostname "$hostname" 2>/dev/null || echo "$hostname" >/proc/sys/kernel/hostname

mount -t overlay overlay -o "lowerdir=$layer:$image,upperdir=$folder/upper,workdir=$folder/work" "$root"

# Containers' layers are overlays themselves, which cannot lie on an overlay.
for part in containerd kubelet; do
  mkdir -p "$root/var/lib/$part"
  mount --bind "$folder/$part" "$root/var/lib/$part"
done

mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
mount -t tmpfs -o mode=755,size=64m tmpfs "$root/run"
mount -t tmpfs -o mode=1777,size=512m tmpfs "$root/tmp"
mount -t tmpfs -o mode=755,size=1m tmpfs "$root/dev"
for node in null zero full random urandom tty kmsg fuse; do
  [ -e "/dev/$node" ] || continue
  touch "$root/dev/$node"
  mount --bind "/dev/$node" "$root/dev/$node"
done
mkdir "$root/dev/pts" "$root/dev/shm" "$root/dev/mqueue"
mount -t devpts -o newinstance,ptmxmode=0666,mode=0620,gid=5 devpts "$root/dev/pts"
mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
mount -t mqueue mqueue "$root/dev/mqueue"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
for number in 0:stdin 1:stdout 2:stderr; do ln -s "/proc/self/fd/${number%:*}" "$root/dev/${number#*:}"; done

groups=$root/sys/fs/cgroup
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
  mount -t cgroup2 cgroup2 "$groups"
else
  mount -t tmpfs -o mode=755,size=1m tmpfs "$groups"
  while IFS=: read -r number controllers _; do
    [ "$number" != 0 ] || continue # version 2 beside version 1: systemd does without
    name=${controllers#name=}
    mkdir "$groups/$name"
    case $controllers in
      name=*) mount -t cgroup -o "none,$controllers" cgroup "$groups/$name" ;;
      *) mount -t cgroup -o "$controllers" cgroup "$groups/$name" ;;
    esac
    case $name in *,*) for one in ${name//,/ }; do ln -s "$name" "$groups/$one"; done ;; esac
  done </proc/self/cgroup
fi

# kubelet insists on these settings of the kernel, which are this whole
# machine's. It finds what it wants and changes nothing.
pretend() {
  mkdir -p "$root/run/lab"
  echo "$2" >"$root/run/lab/${1//\//-}"
  mount --bind "$root/run/lab/${1//\//-}" "$root/proc/sys/$1"
}
pretend vm/overcommit_memory 1
pretend vm/panic_on_oom 0
pretend kernel/panic 10
pretend kernel/panic_on_oops 1
pretend kernel/keys/root_maxkeys 1000000
pretend kernel/keys/root_maxbytes 25000000

echo 1 >"$root/proc/sys/net/ipv4/ip_forward"
for family in iptables ip6tables; do
  setting=$root/proc/sys/net/bridge/bridge-nf-call-$family
  if [ -e "$setting" ]; then echo 1 >"$setting"; fi
done

cd "$root"
mkdir -p mnt
pivot_root . mnt
umount -l /mnt
# kubelet and containerd pass mounts on to containers, which takes a shared root;
# it can be made so only after the change of roots.
mount --make-rshared /
exec env -i container=longshore TERM=linux PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
  /lib/systemd/systemd --log-target=journal --show-status=false
