#!/bin/sh
# What tests/bench/firmware compares ovfboot with: the init of a Debian initramfs that puts the package of a
# stick onto a disk and starts it.  Sourced from /settings: STICK, TARGET, CHECK, CACHE, START.

say()
{
    echo "deploy: $*" > /dev/ttyS0
}

fail()
{
    say "FAILED: $*"
    poweroff -f
    exec sleep 100
}

# Each list is in the order in which modules need one another.
load()
{
    while read -r module parameters; do
        # shellcheck disable=SC2086 # parameters are words
        insmod "/lib/modules/$module" $parameters || fail "insmod $module"
    done < "/modules.$1"
}

wait_for()
{
    count=0
    while [ ! -b "$1" ]; do
        count=$((count + 1))
        [ $count -lt 3000 ] || fail "no $1"
        usleep 10000
    done
}

# The manifest's lines, SHA256(NAME)= DIGEST, as sha256sum reads them.
sums()
{
    sed -n 's/^SHA256(\(.*\))= *\(.*\)/\2  \1/p' ./*.mf
}

# Hashed when they are there: busybox' tar and tee into a pipe take half as long again.
check_afterwards()
{
    tar -xf "$ova" || fail "tar"
    sums > sum
    /bin/sha256sum --quiet --strict -c sum || fail "digests"
}

convert()
{
    qemu-img convert -n -m 16 -W -t "${CACHE:-none}" -f vmdk -O raw ./*.vmdk "$TARGET" || fail "qemu-img"
}

# Written while it is hashed: a disk that is not the right one is there, and could be started, for as
# long as nobody has said so.
check_and_convert()
{
    tar -xf "$ova" || fail "tar"
    say "read"
    sums > sum
    /bin/sha256sum --quiet --strict -c sum &
    hashing=$!
    convert
    wait $hashing || fail "digests"
    say "proved"
}

deploy()
{
    mkdir -p /run/package /stick
    mount -t vfat -o ro "$STICK" /stick || fail "mount $STICK"
    say "mounted"
    cd /run/package || fail "cd"
    ova=$(echo /stick/*.ova)
    if [ "$CHECK" = together ]; then
        check_and_convert
    else
        "check_$CHECK"
        say "proved"
        wait_for "$TARGET"
        convert
    fi
    sync
    say "written"
}

# The loader's entry, by hand: its kernel, initramfs and options.
start_kexec()
{
    blockdev --rereadpt "$TARGET" || fail "partitions"
    wait_for "${TARGET}p1"
    mkdir /esp
    mount -t vfat -o ro "${TARGET}p1" /esp || fail "mount ${TARGET}p1"
    entry=$(echo /esp/loader/entries/*.conf)
    kexec -s -l "/esp$(sed -n 's/^linux *//p' "$entry")" --initrd="/esp$(sed -n 's/^initrd *//p' "$entry")" \
        --command-line="$(sed -n 's/^options *//p' "$entry")" || fail "kexec"
    say "starting"
    kexec -e
}

# As efibootmgr -c and -n do; the bytes of the entry are the bench's.
start_reboot()
{
    at=/sys/firmware/efi/efivars global=8be4df61-93ca-11d2-aa0d-00e098032b8c
    mount -t efivarfs efivarfs $at || fail "efivarfs"
    cat /boot.entry > $at/Boot0F01-$global || fail "boot entry"
    printf '\007\0\0\0\001\017' > $at/BootNext-$global || fail "BootNext"
    say "starting"
    reboot -f
}

mount -t devtmpfs devtmpfs /dev
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t tmpfs -o size=90% tmpfs /run
. /settings
say "up"
load shared
load target &
load stick
load files
wait_for "$STICK"
deploy
"start_$START"
fail "start"
