# shellcheck shell=bash disable=SC2034 # images/build reads these
# A system of one shell and one kernel that boots in seconds: for end-to-end tests, not for use.
OS=tiny
ESP_MIB=8
ESP_FAT=16
ROOT_MIB=45
JOURNAL_MIB=4
ZSTD_LEVEL=9

MODULES=(virtio_pci virtio_blk virtio_scsi sd_mod virtio_net virtio_rng button evdev)

make_tree() {
    local root=$1 kernel=$WORK/kernel initramfs=$WORK/initramfs version
    unpack_package "$(kernel_package linux-image-cloud-amd64)" "$kernel"
    version=$(basename "$kernel"/lib/modules/*)
    unpack_package busybox-static "$WORK/busybox"

    mkdir -p "$root"/{bin,boot,dev,etc/systemd/network,proc,root,run,sbin,sys,tmp,usr/lib,var/log}
    mkdir -p "$initramfs"/{bin,dev,proc,sys,root,modules}
    install -m 0755 "$WORK/busybox/bin/busybox" "$root/bin/busybox"
    install -m 0755 "$WORK/busybox/bin/busybox" "$initramfs/bin/busybox"
    ln -s busybox "$root/bin/sh"
    ln -s ../bin/busybox "$root/sbin/init"
    cp -r "$IMAGES/tiny/root/." "$root/"
    chmod 0600 "$root/etc/shadow"
    chmod 0700 "$root/root"
    chmod 1777 "$root/tmp"

    install -m 0755 "$IMAGES/tiny/initramfs/init" "$initramfs/init"
    copy_modules "$kernel" "$version" "$initramfs/modules"
    install -m 0644 "$kernel/boot/vmlinuz-$version" "$root/boot/vmlinuz"
    (cd "$initramfs" && find . | sort | cpio --quiet -o -H newc --reproducible) |
        zstd -q -9 >"$root/boot/initrd.img"
    ln -s boot/vmlinuz "$root/vmlinuz"
    ln -s boot/initrd.img "$root/initrd.img"
}

# Copies the modules and what they need, numbered in the order in which they must be loaded: busybox's
# insmod knows no dependencies.
copy_modules() {
    local kernel=$1 version=$2 into=$3 number=100 file
    depmod -b "$kernel" "$version"
    modprobe -d "$kernel" -S "$version" --show-depends -a "${MODULES[@]}" |
        awk '$1 == "insmod" && !seen[$2]++ {print $2}' |
        while read -r file; do
            number=$((number + 1))
            cp "$file" "$into/$number-$(basename "$file")"
        done
}
