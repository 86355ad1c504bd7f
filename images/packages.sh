#!/bin/bash
# Install the Debian packages that this computer needs to build images and to run machines.
#
# Idempotent: when everything is there it asks dpkg once and touches neither network nor root.
set -euo pipefail

as_root=()
[ "$(id -u)" -eq 0 ] || as_root=(sudo)

# Every kubelet, containerd and kube-proxy watches files, and all nodes of this computer share root's
# budget. The kernel's default of 128 is used up by about seven nodes: kube-proxy then fails with
# "too many open files".
watches=/proc/sys/fs/inotify/max_user_instances
if [ "$(cat $watches)" -lt 1024 ]; then
    setting="fs.inotify.max_user_instances = 1024"
    echo "setting $setting" >&2
    echo "$setting" | "${as_root[@]}" tee /etc/sysctl.d/60-asterism.conf >/dev/null
    echo 1024 | "${as_root[@]}" tee $watches >/dev/null
fi

packages=(
    # Building the image. Compilers, dracut, ukify and file system tools are not here: they run from
    # a Debian root of the build's own, in locked versions.
    mmdebstrap debian-archive-keyring util-linux coreutils

    # The Python environment of `make setup`.
    python3 python3-venv ca-certificates

    # Running machines: the virtual TPM, and the network of a cluster.
    swtpm swtpm-tools iproute2 nftables kmod procps

    # Independent verifiers in tests.
    tpm2-tools openssl

    # Shells and a checker of manual pages, for tests of the command line.
    zsh fish man-db mandoc
)

installed() {
    dpkg-query --show --showformat='${db:Status-Status}\n' "$1" 2>/dev/null | grep -qx installed
}

missing=()
for package in "${packages[@]}"; do
    installed "$package" || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then
    exit 0
fi

command -v apt-get >/dev/null || {
    echo "packages.sh: this is not a Debian system; please install: ${missing[*]}" >&2
    exit 1
}
install=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install --yes
    --no-install-recommends "${missing[@]}")
echo "installing ${missing[*]}" >&2
# The package lists may be old or absent, so they are renewed only when they do not suffice.
"${install[@]}" >/dev/null || {
    "${as_root[@]}" apt-get update >/dev/null
    "${install[@]}" >/dev/null
}
