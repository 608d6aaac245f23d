# shellcheck shell=bash disable=SC2154 # the variables are qemu/appliance's
# packages.sh - gets Debian packages for the appliance, unpacks them, and picks the kernel's modules.
# Sourced by qemu/appliance.

# The real package behind linux-image-amd64.
kernel_package()
{
    { apt-cache show --no-all-versions linux-image-amd64 2> /dev/null || true; } |
        sed -n 's/^Depends:.*\(linux-image-[^ ,]*-amd64\).*/\1/p'
}

# The first error that apt wrote into its log.
apt_error()
{
    sed -n '/^E:/ { p; q }' "$work/apt.log"
}

update_lists()
{
    step "apt knows no $1 here; updating its lists"
    apt-get -q -o APT::Sandbox::User=root update > "$work/apt.log" 2>&1 ||
        die "apt-get update failed: $(apt_error)" \
            "Check /etc/apt/sources.list and the network; the whole log is $work/apt.log."
}

# Sets $deb to a package's file in the cache, fetched when it is not there.
fetch()
{
    local package=$1 found
    shopt -s nullglob
    found=("$work/apt/$package"_*.deb)
    shopt -u nullglob
    if [ ${#found[@]} = 0 ]; then
        step "fetching $package"
        apt-cache show "$package" > /dev/null 2>&1 || update_lists "$package"
        (cd "$work/apt" && apt-get -q -o APT::Sandbox::User=root download "$package") \
            > "$work/apt.log" 2>&1 ||
            die "cannot fetch $package: $(apt_error)" \
                "Put its .deb into $work/apt, or check the network; the log is $work/apt.log."
        found=("$work/apt/$package"_*.deb)
    fi
    deb=${found[${#found[@]} - 1]}
    [ -s "$deb" ] || die "apt left no $package in $work/apt" "Remove $work/apt and try again."
}

# Unpack a package below $work/unpacked, once for each version.  Sets $tree.
unpack()
{
    fetch "$1"
    tree=$work/unpacked/$(basename "$deb" .deb)
    [ ! -d "$tree" ] || return 0
    step "unpacking $(basename "$deb")"
    rm -rf "$tree.part"
    dpkg-deb -x "$deb" "$tree.part" ||
        die "cannot unpack $deb" "Remove it, so that it is fetched again."
    mv "$tree.part" "$tree"
}

prepare_kernel()
{
    local package cached
    shopt -s nullglob
    cached=("$work"/apt/linux-image-*-amd64_*.deb)
    shopt -u nullglob
    if [ ${#cached[@]} -gt 0 ]; then
        package=$(basename "${cached[${#cached[@]} - 1]}")
        package=${package%%_*}
    else
        package=$(kernel_package)
        if [ -z "$package" ]; then
            update_lists linux-image-amd64
            package=$(kernel_package)
        fi
        [ "$package" ] || die "apt knows no linux-image-amd64" \
            "Put a Debian mirror with amd64 into /etc/apt/sources.list."
    fi
    unpack "$package"
    kernel_tree=$tree
    kernel=${package#linux-image-}
    vmlinuz=$kernel_tree/boot/vmlinuz-$kernel
    [ -s "$vmlinuz" ] || die "$package holds no boot/vmlinuz-$kernel"
    if [ ! -s "$kernel_tree/lib/modules/$kernel/modules.dep" ]; then
        step "reading the dependencies of the kernel's modules"
        depmod -b "$kernel_tree" "$kernel"
    fi
}

# Copy modules, and what they depend on, into the root of a file system.
# A module that this kernel has built in is left out; one it never heard of is an error.
install_modules()
{
    local root=$1 from=$kernel_tree/lib/modules/$kernel to=$1/lib/modules/$kernel
    shift
    mkdir -p "$to"
    printf '%s\n' "$@" | awk -v builtin="$from/modules.builtin" -v dep="$from/modules.dep" '
        function plain(path) { sub(".*/", "", path); sub("\\.ko.*", "", path); gsub("-", "_", path); return path }
        BEGIN {
            while ((getline line < builtin) > 0) inside[plain(line)] = 1
            while ((getline line < dep) > 0) {
                path = line; sub(":.*", "", path); needs = line; sub("[^:]*: *", "", needs)
                file[plain(path)] = path; deps[plain(path)] = needs
            }
        }
        {
            module = $0; gsub("-", "_", module)
            if (module in inside) next
            if (!(module in file)) { print "missing " $0; next }
            print file[module]
            count = split(deps[module], list, " ")
            for (i = 1; i <= count; i++) print list[i]
        }' | sort -u > "$work/modules.list"
    ! grep '^missing ' "$work/modules.list" >&2 ||
        die "kernel $kernel has not all modules the guest needs" \
            "Mend the lists of modules at the top of $0."
    (cd "$from" && xargs cp --parents -t "$to" < "$work/modules.list")
    # Empty, because depmod would else complain, or keep aliases of what is not there.
    touch "$to/modules.order" "$to/modules.builtin" "$to/modules.builtin.modinfo"
    depmod -b "$root" "$kernel"
}

# modprobe of busybox reads two text files only; that of kmod reads the others.
keep_text_indexes()
{
    find "$1/lib/modules/$kernel" -maxdepth 1 -name 'modules.*' ! -name modules.dep ! -name modules.alias \
        -delete
}
