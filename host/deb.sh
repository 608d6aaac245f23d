#!/usr/bin/env bash
# Makes a Debian package of what "make deb" has installed below WORK/root: host/deb.sh WORK VERSION DEPS OUT
#
# It is the same, to the last byte, whenever and wherever the same files are packed: SOURCE_DATE_EPOCH
# is the time in it.

set -euo pipefail
export LC_ALL=C SOURCE_DATE_EPOCH
umask 022

work=$1 version=$2 deps=$3 out=$4
root=$work/root
documents=$root/usr/share/doc/ovfboot
maintainer='The ovfboot authors <ovfboot@ovfboot.invalid>'
arch=$(dpkg --print-architecture)

# The libraries are compiled in: what Debian and they themselves say of their copyright is part of ours.
copyright() {
    local library release
    printf 'ovfboot\n\n'
    cat LICENSE
    printf '\nCompiled into ovfboot, ovfboot.efi or both are parts of these libraries, from Debian source packages.\n'
    while read -r library release _; do
        printf '\n\n==== %s %s ====\n\n' "$library" "$release"
        cat "$deps/src/$library/debian/copyright"
        [ ! -f "$deps/src/$library/NOTICE" ] || printf '\n%s\n' "$(<"$deps/src/$library/NOTICE")"
    done < <(sort "$deps/versions.txt")
}

changelog() {
    printf 'ovfboot (%s) unstable; urgency=medium\n\n' "$version"
    printf '  * docs/decisions.md and the history in Git tell what changed.\n\n'
    printf ' -- %s  %s\n' "$maintainer" "$(date -u -R -d "@$SOURCE_DATE_EPOCH")"
}

# dpkg-shlibdeps wants to stand beside a debian/control.
dependencies() {
    mkdir -p "$work/debian"
    printf 'Source: ovfboot\n\nPackage: ovfboot\nArchitecture: any\n' >"$work/debian/control"
    (cd "$work" && dpkg-shlibdeps -O root/usr/bin/ovfboot) | sed -n 's/^shlibs:Depends=//p'
}

built_using() {
    sort "$deps/versions.txt" | sed -E 's/^([^ ]*) ([^ ]*) .*/\1 (= \2)/' | paste -s -d, | sed 's/,/, /g'
}

control() {
    cat <<END
Package: ovfboot
Version: $version
Architecture: $arch
Maintainer: $maintainer
Installed-Size: $(du -k -s --apparent-size "$root/usr" | cut -f1)
Depends: $(dependencies)
Suggests: sbsigntool
Built-Using: $(built_using)
Section: admin
Priority: optional
Description: boot OVF appliances on bare metal
 A UEFI application finds an OVA on a stick, a partition or a web server, proves
 who signed it and that it is whole, unpacks its disks onto those of the machine
 or into a RAM disk, and starts the guest's own boot loader.
 .
 This package has that application and a command that inspects, verifies,
 deploys, makes and signs such packages with the same code.
END
}

mkdir -p "$root/usr/share/lintian/overrides"
printf '# firmware and tool are one code, with one configuration of it\novfboot: embedded-library zlib *\n' \
    >"$root/usr/share/lintian/overrides/ovfboot"

mv "$root/usr/share/zsh/site-functions" "$root/usr/share/zsh/vendor-completions" # Debian's place for packages
rm "$documents/LICENSE" # it is in the file copyright
copyright >"$documents/copyright"
changelog | gzip -9n >"$documents/changelog.gz"
gzip -9n "$root/usr/share/man/man1/ovfboot.1"
chmod -R u=rwX,go=rX "$root"
mkdir "$root/DEBIAN"
control >"$root/DEBIAN/control"
(cd "$root" && find usr -type f -print0 | sort -z | xargs -0 md5sum) >"$root/DEBIAN/md5sums"
DPKG_DEB_THREADS_MAX=1 dpkg-deb --root-owner-group -Zxz --build "$root" "$out/ovfboot_${version}_$arch.deb" >/dev/null
printf '  %-8s %s\n' DEB "$out/ovfboot_${version}_$arch.deb"
