# shellcheck shell=bash disable=SC2154 # the variables are qemu/appliance's
# cloud.sh - fills the root of the guest with cloud-init: a Debian as apt and dpkg install it, in which
# nothing of cloud-init is changed.  Sourced by qemu/appliance.

# usr-is-merged in place of usrmerge, which wants all of Perl.
CLOUD_PACKAGES=systemd-sysv,udev,kmod,e2fsprogs,usr-is-merged,efibootmgr,cloud-init

# What a test need not wait for; without the generator no login prompt mixes with the facts.
CLOUD_MASKED=(
    system/apt-daily.timer system/apt-daily-upgrade.timer system/dpkg-db-backup.timer
    system/fstrim.timer system/e2scrub_all.timer system/e2scrub_reap.service
    system/systemd-pstore.service system/proc-sys-fs-binfmt_misc.automount system-generators/systemd-getty-generator
)

# Sets $debian to an installed Debian below $work/unpacked, made when it is not there.
install_debian()
{
    debian=$work/unpacked/debian-$(echo "$CLOUD_PACKAGES" | sha256sum | cut -c 1-8)
    [ ! -d "$debian" ] || return 0
    step "installing a Debian with cloud-init"
    rm -rf "$debian.part"
    touch "$debian.begin"
    "$here/../host/deps.sh" entries > "$work/debian.sources"
    # mmdebstrap's own filter of paths is slower than removing afterwards what it would leave out.
    mmdebstrap --mode=root --variant=essential --skip=chroot/mount --include="$CLOUD_PACKAGES" \
        --aptopt='APT::Install-Recommends "false"' --dpkgopt=force-unsafe-io \
        "$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)" "$debian.part" "$work/debian.sources" \
        > "$work/mmdebstrap.log" 2>&1 ||
        die "mmdebstrap cannot install a Debian: $(grep -m 1 '^E:' "$work/mmdebstrap.log")" \
            "Check the network; the whole log is $work/mmdebstrap.log."
    # What the machine and its sources are called is nobody's business.
    (cd "$debian.part" && rm -rf usr/share/{doc,man,info,locale,lintian} dev/* etc/apt/sources.list.d/* \
        etc/resolv.conf var/log/*.log var/log/apt)
    mv "$debian.part" "$debian"
}

fill_root_cloud()
{
    local root=$1 etc=$1/etc/systemd unit
    install_debian
    cp -a "$debian" "$root"
    cp -r "$parts/cloud/." "$root/"
    cp "$busybox" "$root/bin/busybox"
    cp "$parts/guest.sh" "$root/usr/lib/"
    cp "$parts/root/usr/sbin/facts" "$root/usr/sbin/"
    mkdir -p "$etc/system-generators" "$etc/system/cloud-init.target.wants" "$root/boot/efi"
    for unit in "${CLOUD_MASKED[@]}"; do
        ln -s /dev/null "$etc/$unit"
    done
    ln -s ../cloud-facts.service "$etc/system/cloud-init.target.wants/"
    echo "LANG=C.UTF-8" > "$root/etc/default/locale"
    # Not a first boot for systemd, which would else enable whatever it has, and renew its caches.
    : > "$root/etc/machine-id"
    install_modules "$root" "${early_modules[@]}" "${late_modules[@]}"
}

# Only what was made here gets our date: Python holds the dates of its sources against what it has
# compiled of them.
set_dates_cloud()
{
    touch "$1/etc/.updated" "$1/var/.updated"
    find "$1" -newer "$debian.begin" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
    # From below, because to read a directory is to change its date of access.
    find "$1" -depth -exec touch -h -a -d "@$SOURCE_DATE_EPOCH" {} +
    # Newer than /usr: systemd need not renew what depends on it.
    touch -d "@$((SOURCE_DATE_EPOCH + 1))" "$1/etc/.updated" "$1/var/.updated"
}
