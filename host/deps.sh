#!/usr/bin/env bash
# host/deps.sh - gets what ovfboot is built from: Debian packages, and the sources of six libraries.
#
#   host/deps.sh packages       installs the missing packages; needs root
#   host/deps.sh sources DIR    unpacks the libraries into DIR/src; needs no root
#   host/deps.sh entries        prints where this machine's Debian comes from, as deb822 for mmdebstrap
#
# The libraries come from Debian's source packages, so apt's signatures are the trust and a security
# update arrives by itself.  apt works in a configuration of its own below DIR, derived from the
# machine's own sources; nothing in /etc/apt changes.  DIR/versions.txt names what was fetched and is
# written last: what it names is not fetched again.  Remove DIR to fetch newer versions.

set -euo pipefail
export LC_ALL=C

# Debian release for each library: mbedtls 3.6, the long-term branch, is in trixie only.
LIBRARIES=(gnu-efi:bookworm zlib:bookworm libdeflate:bookworm libzstd:bookworm mxml:bookworm
    mbedtls:trixie)
MBEDTLS_BRANCH=3.6
KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

PACKAGES=(
    # build: the compiler, and apt and dpkg for "sources"
    gcc libc6-dev liblzma-dev binutils make dpkg-dev ca-certificates debian-archive-keyring
    # test: the tools whose results ours are compared with
    openssl qemu-utils gdisk fdisk file cpio zstd bzip2 xz-utils libarchive-tools libxml2-utils python3
    python3-jsonschema python3-yaml nginx-light
    # qemu: firmware, a TPM, boot media, signing, a serial console
    qemu-system-x86 ovmf swtpm mtools dosfstools sbsigntool socat python3-pexpect
    # networks in tests: a server for addresses, names and boot files, and a loader that loads ours
    dnsmasq-base ipxe iproute2 curl
    # appliance: a small guest
    mmdebstrap e2fsprogs busybox-static systemd-boot-efi kmod
    # lint and fuzz
    clang clang-format clang-tidy cppcheck shellcheck lld libclang-rt-14-dev
)

say() {
    printf 'deps.sh: %s\n' "$*" >&2
}

die() {
    say "$@"
    exit 1
}

missing_packages() {
    local name
    for name in "${PACKAGES[@]}"; do
        dpkg-query --show --showformat='${db:Status-Status}' "$name" 2>/dev/null |
            grep -qx installed || printf '%s\n' "$name"
    done
}

packages() {
    local missing
    mapfile -t missing < <(missing_packages)
    [ "${#missing[@]}" -gt 0 ] || return 0
    [ "$(id -u)" -eq 0 ] ||
        die "these packages are missing and only root can install them: ${missing[*]};" \
            "run \"sudo host/deps.sh packages\""
    export DEBIAN_FRONTEND=noninteractive
    apt-get update ||
        die "apt-get update failed; check the network and the entries in /etc/apt"
    apt-get install --yes --no-install-recommends "${missing[@]}" ||
        die "apt-get could not install the packages; its message is above"
}

# Print the machine's apt entries for the Debian archive as deb822 stanzas of type $3, deb or deb-src,
# for release $2; $1 is the release the machine runs.  An entry counts when it has component main, a
# suite of the machine's release, and "debian" in its address.
derive_sources() {
    local from=$1 to=$2 type=$3 file
    for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
        [ -f "$file" ] || continue
        one_line_entries <"$file"
    done | stanzas "$from" "$to" "$type"
    for file in /etc/apt/sources.list.d/*.sources; do
        [ -f "$file" ] || continue
        cat "$file"
        echo
    done | stanzas "$from" "$to" "$type"
}

# Turn "deb [signed-by=...] uri suite component..." lines into deb822 stanzas.
one_line_entries() {
    awk '
    { sub(/#.*/, "") }
    $1 == "deb" {
        options = ""
        if (match($0, /\[[^]]*\]/)) {
            options = substr($0, RSTART + 1, RLENGTH - 2)
            $0 = substr($0, 1, RSTART - 1) " " substr($0, RSTART + RLENGTH)
        }
        printf "Types: deb\nURIs: %s\nSuites: %s\nComponents:", $2, $3
        for (i = 4; i <= NF; i++)
            printf " %s", $i
        print ""
        count = split(options, option, " ")
        for (i = 1; i <= count; i++) {
            value = option[i]
            sub(/^[^=]*=/, "", value)
            if (tolower(option[i]) ~ /^signed-by=/)
                print "Signed-By: " value
            if (tolower(option[i]) ~ /^check-valid-until=/)
                print "Check-Valid-Until: " value
        }
        print ""
    }'
}

stanzas() {
    awk -v from="$1" -v to="$2" -v type="$3" -v keyring="$KEYRING" '
    function has(list, word) {
        return index(" " list " ", " " word " ") > 0
    }
    function finish(   suite, count, i, suites) {
        gsub(/[ \t\n]+/, " ", field["suites"])
        gsub(/[ \t\n]+/, " ", field["components"])
        gsub(/[ \t\n]+/, " ", field["types"])
        count = split(field["suites"], suite, " ")
        for (i = 1; i <= count; i++) {
            if (suite[i] == from || suite[i] == from "-updates" || suite[i] == from "-security")
                suites = suites " " to substr(suite[i], length(from) + 1)
        }
        if (suites != "" && has(field["components"], "main") && has(field["types"], "deb") &&
            field["uris"] ~ /debian/ && tolower(field["enabled"]) !~ /no|false|off|0/) {
            print "Types: " type "\nURIs:" field["uris"] "\nSuites:" suites "\nComponents: main"
            print "Signed-By:" (field["signed-by"] != "" ? field["signed-by"] : " " keyring)
            if (field["check-valid-until"] != "")
                print "Check-Valid-Until:" field["check-valid-until"]
            print ""
        }
        split("", field)
        name = ""
    }
    /^#/ { next }
    /^[ \t]*$/ { finish(); next }
    /^[ \t]/ { field[name] = field[name] "\n" $0; next }
    {
        colon = index($0, ":")
        name = tolower(substr($0, 1, colon - 1))
        field[name] = substr($0, colon + 1)
        sub(/^[ \t]*/, " ", field[name])
    }
    END { finish() }'
}

machine_release() {
    sed -n 's/^VERSION_CODENAME=//p' /etc/os-release
}

# Make a private apt for one Debian release in directory $1, and fetch its list of source packages.
prepare_apt() {
    local home=$1 release=$2 machine
    machine=$(machine_release)
    mkdir -p "$home/sources.list.d" "$home/state/lists/partial" "$home/cache/archives/partial"
    derive_sources "$machine" "$release" deb-src >"$home/sources.list.d/debian.sources"
    [ -s "$home/sources.list.d/debian.sources" ] ||
        die "no entry in /etc/apt is for the main component of a Debian archive; the libraries are" \
            "Debian source packages, so add such an entry or build on Debian 12"

    # The machine's own proxy and login settings stay in force; its hooks and pins do not.
    cat >"$home/apt.conf" <<CONF
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "$home/sources.list.d";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Dir::State "$home/state";
Dir::Cache "$home/cache";
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::Retries "3";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
CONF
    # One suite out of several may be missing on a mirror; a package that is then not found stops
    # the build in fetch_library.
    apt-get --config-file "$home/apt.conf" --quiet --quiet update >&2 ||
        say "apt could not fetch every list of $release; continuing with those it has"
}

# Fetch and unpack one library; print its name, version and release.
fetch_library() {
    local library=$1 release=$2 work=$3 dsc version
    mkdir -p "$work/archives/$library" "$work/src"
    (cd "$work/archives/$library" &&
        apt-get --config-file "$work/apt-$release/apt.conf" --quiet --quiet --only-source \
            --download-only source "$library" >&2) ||
        die "could not fetch the source package $library of Debian $release;" \
            "check the network and whether the archive in /etc/apt carries $release"
    dsc=$(echo "$work/archives/$library"/*.dsc)
    version=$(sed -n 's/^Version: *//p' "$dsc" | head -n 1)
    case $library:${version#*:} in
    mbedtls:"$MBEDTLS_BRANCH".*) ;;
    mbedtls:*) die "Debian $release has mbedtls $version, and ovfboot is built with" \
        "$MBEDTLS_BRANCH; adapt crypto/mbedtls_config.h and MBEDTLS_BRANCH in host/deps.sh" ;;
    esac
    # apt has checked the files against the signed archive; the uploader's own key is not at hand.
    dpkg-source --no-check --no-copy --extract "$dsc" "$work/src/$library" \
        >"$work/dpkg-source.log" 2>&1 || {
        cat "$work/dpkg-source.log" >&2
        die "dpkg-source could not unpack $library; its message is above"
    }
    printf '%s %s %s\n' "$library" "$version" "$release"
}

# Names of the libraries that directory $1 does not have yet, with their releases.
missing_libraries() {
    local dir=$1 library
    for library in "${LIBRARIES[@]}"; do
        if [ ! -d "$dir/src/${library%:*}" ] ||
            ! grep -qs "^${library%:*} " "$dir/versions.txt"; then
            printf '%s\n' "$library"
        fi
    done
}

sources() {
    local dir=$1 work library release prepared=' ' missing
    mkdir -p "$dir/src" || die "cannot create $dir; choose a directory that can be written"
    dir=$(cd "$dir" && pwd)
    exec 9>"$dir/lock"
    flock 9
    mapfile -t missing < <(missing_libraries "$dir")
    [ "${#missing[@]}" -gt 0 ] || return 0

    command -v dpkg-source >/dev/null ||
        die "dpkg-source is not installed; run \"host/deps.sh packages\" as root"
    [ -f "$KEYRING" ] ||
        die "$KEYRING is missing; run \"host/deps.sh packages\" as root"
    work=$dir/partial
    rm -rf "$work"
    mkdir "$work"
    [ ! -f "$dir/versions.txt" ] || cp "$dir/versions.txt" "$work/versions.txt"
    for library in "${missing[@]}"; do
        release=${library#*:}
        library=${library%:*}
        case $prepared in
        *" $release "*) ;;
        *)
            prepare_apt "$work/apt-$release" "$release"
            prepared+="$release "
            ;;
        esac
        fetch_library "$library" "$release" "$work" >>"$work/versions.txt"
        rm -rf "$dir/src/$library"
        mv "$work/src/$library" "$dir/src/$library"
    done
    mv "$work/versions.txt" "$dir/versions.txt"
    rm -rf "$work"
}

case ${1:-}:$# in
packages:1) packages ;;
sources:2) sources "$2" ;;
entries:1) derive_sources "$(machine_release)" "$(machine_release)" deb ;;
*) die "usage: host/deps.sh packages | host/deps.sh sources DIR | host/deps.sh entries" ;;
esac
