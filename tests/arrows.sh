#!/usr/bin/env bash
# Prints include lines that point up, platform words outside efi/ and host/, and libraries outside
# their one wrapper; exit 1 when there are any.  docs/architecture.md draws the picture.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 2
found=0

# Print lines of C that match, comments and strings aside; a line with any is one too many.
forbid()
{
    local why=$1 pattern=$2 lines
    shift 2
    lines=$(grep -nE "$pattern" "$@" /dev/null |
        grep -vE '^[^:]+:[0-9]+:[[:space:]]*(/?\*|//)') || return 0
    echo "$why:"
    echo "$lines"
    found=1
}

files() # in these folders
{
    find "$@" -name '*.[ch]' | sort
}

# folder: what it may include of ours
while read -r folder allowed; do
    mapfile -t list < <(files "$folder")
    pattern="^#[[:space:]]*include \"($allowed)/"
    lines=$(grep -nE '^#[[:space:]]*include "' "${list[@]}" | grep -vE "^[^:]+:[0-9]+:${pattern#^}")
    [ -z "$lines" ] || { echo "$folder/ may include $allowed only:" && echo "$lines" && found=1; }
done <<'END'
base base
parsers base|parsers
crypto base|parsers|crypto
disks base|parsers|disks
loader base|parsers|crypto|disks|loader
efi base|parsers|crypto|disks|loader|efi
host base|parsers|crypto|disks|loader|host
END

mapfile -t core < <(files base parsers crypto disks loader)
mapfile -t all < <(files base parsers crypto disks loader efi host)
forbid "only efi/ and host/ know a platform" \
    '\<(EFI_STATUS|EFI_[A-Z_]+_PROTOCOL|CHAR16|errno)\>|[<"/](efi|efilib|errno|stdio|unistd)\.h[>"]' \
    "${core[@]}"
forbid "no #ifdef chooses a platform" \
    '^#[[:space:]]*(el)?if.*(__linux__|_WIN32|EFI|__unix__)' "${core[@]}"
mapfile -t rest < <(printf '%s\n' "${all[@]}" | grep -vE '^parsers/ovf_xml\.c$|^parsers/mxml/')
forbid "<mxml.h> is for parsers/ovf_xml.c" '<mxml' "${rest[@]}"
mapfile -t rest < <(printf '%s\n' "${all[@]}" | grep -vE '^(disks/inflate|host/compress)\.c$')
forbid "<libdeflate.h> is for disks/inflate.c and host/compress.c" '<libdeflate' "${rest[@]}"
mapfile -t rest < <(printf '%s\n' "${all[@]}" | grep -vE '^disks/gunzip\.c$')
forbid "<zlib.h> is for disks/gunzip.c" '<(zlib|zconf)' "${rest[@]}"
mapfile -t rest < <(printf '%s\n' "${all[@]}" | grep -vE '^disks/unzstd\.c$')
forbid "<zstd.h> is for disks/unzstd.c" '<zstd' "${rest[@]}"
mapfile -t rest < <(printf '%s\n' "${all[@]}" | grep -vE '^host/unwrap\.c$')
forbid "<lzma.h> is for host/unwrap.c" '<lzma' "${rest[@]}"
mapfile -t rest < <(printf '%s\n' "${all[@]}" | grep -vE '^crypto/')
forbid "mbedTLS is for crypto/" '<(mbedtls|psa)/' "${rest[@]}"
exit "$found"
