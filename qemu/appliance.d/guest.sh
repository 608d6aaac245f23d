# shellcheck shell=sh
# guest.sh - what the appliance's initramfs and its root share.  Sourced by busybox ash.

# Print one fact on every console the kernel uses: the serial line and the screen.
say()
{
    read -r consoles < /sys/class/tty/console/active || consoles=console
    for console in $consoles; do
        [ "$console" = tty0 ] && console=tty1
        # A console the kernel was told of need not exist on this machine.
        { printf 'ovfboot-guest: %s\n' "$*" > "/dev/$console"; } 2> /dev/null
    done
}

# Load the modules of every device that has appeared since the last call.
coldplug()
{
    find /sys/devices -name modalias -exec cat {} + 2> /dev/null | sort -u > /run/modalias.now
    touch /run/modalias.tried
    sort /run/modalias.now /run/modalias.tried /run/modalias.tried | uniq -u > /run/modalias.new
    [ -s /run/modalias.new ] || return 0
    # One modprobe for all of them: each start of it reads the whole table of aliases.
    tr '\n' '\0' < /run/modalias.new | xargs -0 modprobe -abq 2> /dev/null
    cat /run/modalias.new >> /run/modalias.tried
}

# Every disk with a medium in it, one name a line.
disks()
{
    for disk in /sys/block/*; do
        case ${disk##*/} in loop* | ram* | sr* | fd* | zram* | dm-* | md*) continue ;; esac
        read -r size < "$disk/size" && [ "$size" -gt 0 ] && echo "${disk##*/}"
    done
}

# A disk's length, in its own sectors, and the bytes of one sector: "sectors N sector-size B".
# The kernel counts in units of 512 bytes whatever the disk's sectors are.
disk_size()
{
    read -r sector_size < "/sys/block/$1/queue/logical_block_size"
    read -r size < "/sys/block/$1/size"
    echo "sectors $((size / (sector_size / 512))) sector-size $sector_size"
}

# Write everything back, so that the next boot finds a clean file system, and switch off.
power_off()
{
    sync
    mount -o remount,ro / 2> /dev/null
    poweroff -f
}
