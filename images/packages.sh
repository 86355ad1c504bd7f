#!/bin/bash
# Install the Debian packages that this computer needs to build images and to run machines.
#
# Idempotent: when everything is there it asks dpkg once and touches neither network nor root.
set -euo pipefail

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
as_root=()
[ "$(id -u)" -eq 0 ] || as_root=(sudo)
install=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install --yes
    --no-install-recommends "${missing[@]}")
echo "installing ${missing[*]}" >&2
# The package lists may be old or absent, so they are renewed only when they do not suffice.
"${install[@]}" >/dev/null || {
    "${as_root[@]}" apt-get update >/dev/null
    "${install[@]}" >/dev/null
}
