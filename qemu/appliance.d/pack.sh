# shellcheck shell=bash disable=SC2154 # the variables are qemu/appliance's
# pack.sh - puts the appliance's disk together from its partitions, and packs it as an OVA.  Sourced by
# qemu/appliance.

ESP_TYPE=c12a7328-f81f-11d2-ba4b-00a0c93ec93b
ROOT_TYPE=4f68bce3-e8cd-4db1-96e7-fbcaf984b709 # Linux root, x86-64

make_disk()
{
    local disk=$work/disk.raw size_mib=$((1 + ESP_MIB + root_mib + 1))
    step "putting the disk together, $size_mib MiB"
    rm -f "$disk"
    truncate -s "${size_mib}M" "$disk"
    sgdisk --set-alignment=2048 --disk-guid="$(uuid_of disk)" \
        --new=1:2048:+"${ESP_MIB}M" --typecode=1:$ESP_TYPE --change-name=1:ESP \
        --partition-guid=1:"$(uuid_of esp)" \
        --new=2:0:+"${root_mib}M" --typecode=2:$ROOT_TYPE --change-name=2:root \
        --partition-guid=2:"$(uuid_of root-partition)" "$disk" > "$work/sgdisk.log"
    dd if="$work/esp.img" of="$disk" bs="$MIB" seek=1 conv=notrunc,sparse status=none
    dd if="$work/root.img" of="$disk" bs="$MIB" seek=$((1 + ESP_MIB)) conv=notrunc,sparse status=none
    sgdisk --verify "$disk" > "$work/sgdisk.log" ||
        die "sgdisk finds fault with the disk: $(head -n 3 "$work/sgdisk.log")"
}

make_vmdk()
{
    local cid
    step "packing the disk as a stream-optimized VMDK"
    # qemu-img draws a content ID by lot and writes it without leading zeros: one in sixteen is too
    # short to be replaced by ours.  The text of the descriptor is in the first sectors.
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        rm -f "$work/pack/$vmdk"
        qemu-img convert -f raw -O vmdk -o subformat=streamOptimized "$work/disk.raw" \
            "$work/pack/$vmdk"
        head -c 65536 "$work/pack/$vmdk" > "$work/vmdk.head"
        ! cid=$(grep -abo -m 1 '^CID=[0-9a-f]\{8\}' "$work/vmdk.head") || break
    done
    [ "$cid" ] || die "no CID in the descriptor that qemu-img wrote into $work/pack/$vmdk"
    uuid_of content | cut -c 1-8 | tr -d '\n' |
        dd of="$work/pack/$vmdk" bs=1 seek=$((${cid%%:*} + 4)) conv=notrunc status=none
}

# Bytes of the disk that the VMDK holds.
populated()
{
    qemu-img map -f vmdk --output=json "$work/pack/$vmdk" |
        sed -n '/"data": true/s/.*"length": \([0-9]*\).*/\1/p' | awk '{ n += $1 } END { print n }'
}

write_descriptor()
{
    local size
    size=$(stat -c %s "$work/pack/$vmdk")
    sed -e "s/@NAME@/$name/g" -e "s/@VMDK@/$vmdk/g" -e "s/@SIZE@/$size/g" \
        -e "s/@CAPACITY@/$(stat -c %s "$work/disk.raw")/g" -e "s/@POPULATED@/$(populated)/g" \
        -e "s/@KERNEL@/$kernel/g" -e "s/@GUEST@/$guest/g" -e "s/@MEMORY@/$memory_mib/g" "$parts/descriptor.ovf" > "$work/pack/$name.ovf"
}

write_manifest()
{
    local file
    for file in "$name.ovf" "$vmdk"; do
        echo "SHA256($file)= $(sha256sum "$work/pack/$file" | cut -d ' ' -f 1)"
    done > "$work/pack/$name.mf"
}

# DSP0243 1.1.0 wants the descriptor first, then the manifest, then the disks.
write_ova()
{
    step "packing $out"
    mkdir -p "$(dirname "$out")"
    tar --format=ustar --owner=root:0 --group=root:0 --mode=0644 --mtime="@$SOURCE_DATE_EPOCH" \
        -C "$work/pack" -cf "$out.part" "$name.ovf" "$name.mf" "$vmdk"
    mv "$out.part" "$out"
    step "$out: $(($(stat -c %s "$out") / MIB)) MiB, kernel $kernel, root $root_uuid"
}
