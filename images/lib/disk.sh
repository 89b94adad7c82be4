# shellcheck shell=bash
# A whole GPT disk in one sparse file: bios_boot, ESP, root. Needs no loop device and no mount.
# The recipe says ESP_MIB, ESP_FAT, ROOT_MIB, JOURNAL_MIB; sectors have 512 bytes.

BIOS_BOOT_SECTOR=2048
ESP_SECTOR=4096

# The same UUID for the same inputs; the agent gives every installed disk random ones.
built_uuid() {
    printf '%s %s' "$KEY" "$1" | sha256sum |
        sed -E 's/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*/\1-\2-4\3-8\4-\5/'
}

make_disk() {
    local disk=$1 root_sector=$((ESP_SECTOR + ESP_MIB * 2048))
    truncate -s $((2 + ESP_MIB + ROOT_MIB + 1))M "$disk"
    write_partition_table "$disk" "$root_sector"
    write_root "$disk" "$root_sector"
    write_esp "$disk"
    make_grub_bios_core "$WORK/core.img"
    [ "$(stat -c %s "$WORK/core.img")" -le $(((ESP_SECTOR - BIOS_BOOT_SECTOR) * 512)) ] ||
        die 'the BIOS GRUB is larger than its partition'
    embed_grub_bios "$disk" "$WORK/core.img" "$BIOS_BOOT_SECTOR"
}

# The root partition is the last one, so that it can grow to the end of any disk.
write_partition_table() {
    local disk=$1 root_sector=$2
    sgdisk --clear --disk-guid="$(built_uuid disk)" \
        --new=1:$BIOS_BOOT_SECTOR:$((ESP_SECTOR - 1)) --typecode=1:ef02 --change-name=1:bios-boot \
        --partition-guid=1:"$(built_uuid bios-boot)" \
        --new=2:$ESP_SECTOR:$((root_sector - 1)) --typecode=2:ef00 --change-name=2:esp \
        --partition-guid=2:"$(built_uuid esp)" \
        --new=3:"$root_sector":$((root_sector + ROOT_MIB * 2048 - 1)) --typecode=3:8304 --change-name=3:root \
        --partition-guid=3:"$(built_uuid root)" "$disk" >/dev/null
}

# Block and inode sizes are named because mkfs chooses by the size of the image, and the file system
# will grow to the size of a disk.
write_root() {
    local disk=$1 root_sector=$2
    mkfs.ext4 -q -F -b 4096 -I 256 -i 16384 -m 1 -L rw-root -U "$(built_uuid root-fs)" \
        -J size="$JOURNAL_MIB" -d "$WORK/root" \
        -E "offset=$((root_sector * 512)),hash_seed=$(built_uuid hash-seed),lazy_itable_init=1,nodiscard" \
        "$disk" $((ROOT_MIB * 256))
}

# Made in a file of its own: mkfs.vfat does not believe a size that differs from the file's.
write_esp() {
    local disk=$1 esp=$WORK/esp.img id
    id=$(built_uuid esp-volume)
    truncate -s "${ESP_MIB}M" "$esp"
    mkfs.vfat -F "$ESP_FAT" -s 1 -S 512 -n RW-ESP -i "${id%%-*}" -h "$ESP_SECTOR" "$esp" >/dev/null
    mkdir -p "$WORK/esp/EFI/BOOT" "$WORK/esp/EFI/rackwright"
    make_grub_efi "$WORK/esp/EFI/BOOT/BOOTX64.EFI"
    cp "$IMAGES/grub/grub.cfg" "$WORK/esp/EFI/rackwright/grub.cfg"
    sed "s/@root_uuid@/$(built_uuid root-fs)/" "$IMAGES/grub/boot.cfg.in" >"$WORK/esp/EFI/rackwright/boot.cfg"
    mcopy -i "$esp" -s "$WORK/esp/EFI" ::
    dd if="$esp" of="$disk" bs=512 seek="$ESP_SECTOR" conv=notrunc,sparse status=none
}
