# shellcheck shell=bash
# The two GRUBs of an image: both read EFI/rackwright/grub.cfg on the ESP of the disk they came from.
# Everything they need is built in, so the installed system needs no GRUB package to boot.

GRUB_MODULES=(normal configfile part_gpt fat ext2 linux search search_fs_uuid regexp test echo sleep
    serial terminal terminfo ls cat help reboot halt minicmd)

# UEFI: the prefix has no device, so GRUB takes the partition that the firmware loaded it from.
make_grub_efi() {
    grub-mkimage -O x86_64-efi -p /EFI/rackwright -o "$1" \
        "${GRUB_MODULES[@]}" efi_gop efi_uga all_video efifwsetup
}

# BIOS: partition 2 of whatever disk the firmware booted.
make_grub_bios_core() {
    grub-mkimage -O i386-pc -p '(,gpt2)/EFI/rackwright' -o "$1" "${GRUB_MODULES[@]}" biosdisk
}

# Puts the BIOS boot code where grub-bios-setup would, without a block device to run that on.
embed_grub_bios() {
    local disk=$1 core=$2 first_sector=$3
    local boot_img=/usr/lib/grub/i386-pc/boot.img
    # 440 bytes: beyond them lie the disk signature and the protective partition table.
    dd if="$boot_img" of="$disk" bs=1 count=440 conv=notrunc status=none
    dd if="$core" of="$disk" bs=512 seek="$first_sector" conv=notrunc status=none
    # boot.img: where the core starts. Two NOPs switch off the test that distrusts the BIOS's drive number.
    little_endian_64 "$first_sector" | dd of="$disk" bs=1 seek=$((0x5c)) conv=notrunc status=none
    printf '\x90\x90' | dd of="$disk" bs=1 seek=$((0x66)) conv=notrunc status=none
    # diskboot.img, the core's first sector: where the rest of the core starts.
    little_endian_64 $((first_sector + 1)) |
        dd of="$disk" bs=1 seek=$((first_sector * 512 + 0x1f4)) conv=notrunc status=none
}

little_endian_64() {
    local value=$1 byte
    for byte in 0 1 2 3 4 5 6 7; do
        # shellcheck disable=SC2059 # the format is the octal escape itself
        printf "\\$(printf '%03o' $(((value >> (8 * byte)) & 255)))"
    done
}
