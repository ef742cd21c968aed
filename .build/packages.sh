#!/bin/sh
# Installs what the node stands on from Debian's packages. Silent, and without network, when nothing is missing.
# Further packages may be named as arguments.
set -eu

required="libsecp256k1-dev librocksdb-dev libtorch-dev libopenblas0-pthread libpng16-16 g++ $*"
sdk=10

fail() {
    echo "error: $1" >&2
    exit 1
}

have_sdk() {
    command -v dotnet >/dev/null || return 1
    version=$(dotnet --version 2>/dev/null) || return 1
    [ "${version%%.*}" -ge "$sdk" ]
}

installed() {
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

install_packages() {
    as_root apt-get update -qq &&
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$@"
}

have_sdk ||
    fail "the .NET SDK $sdk or newer is needed: see https://learn.microsoft.com/dotnet/core/install/linux"
command -v dpkg-query >/dev/null ||
    fail "this is not Debian or a system made from it: install the equivalents of $required"

missing=
for package in $required; do
    installed "$package" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

echo "installing$missing" >&2
# shellcheck disable=SC2086 # a list of names
install_packages $missing >&2 ||
    fail "cannot install$missing: run 'apt-get update && apt-get install$missing' as root"
