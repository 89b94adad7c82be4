# shellcheck shell=bash disable=SC2034 # images/build reads these
# Debian 12 with what a server needs to be managed over the network, and nothing else.
OS=debian-12
CODENAME=bookworm
ESP_MIB=40 # the smallest round size that FAT32 allows, which some firmware insists on
ESP_FAT=32
JOURNAL_MIB=64
ZSTD_LEVEL=9
# Has no drivers for AHCI, RAID controllers and most network cards: an image for real machines says
# linux-image-amd64 here, and names the firmware packages that its machines need.
KERNEL=linux-image-cloud-amd64

PACKAGES=(
    dbus
    initramfs-tools
    iproute2
    iputils-ping
    less
    libpam-systemd
    openssh-server
    procps
    systemd-resolved
    systemd-sysv
    systemd-timesyncd
    udev
    usr-is-merged # in the place of usrmerge, which brings all of Perl
    vim-tiny
    wget
    zstd
    "$KERNEL"
)

make_tree() {
    local root=$1
    install_packages "$root"
    forget_where_it_was_built "$root"
    # Some room beyond what is in it: the first boot may come before anyone has grown it.
    ROOT_MIB=$(($(du -s --block-size=1M "$root" | cut -f1) * 110 / 100 + JOURNAL_MIB + 48))
}

# Our own files come before the packages, so that the initramfs is made once, and with them.
install_packages() {
    local root=$1
    apt_proxy_options >"$WORK/proxy.conf"
    debian_sources "$CODENAME" >"$WORK/sources.list"
    # shellcheck disable=SC2016 # mmdebstrap gives its hooks the tree as $1
    mmdebstrap --quiet --hook-dir=/usr/share/mmdebstrap/hooks/merged-usr \
        --mode=root --variant=minbase --format=directory --architectures=amd64 \
        --include="$(IFS=,; echo "${PACKAGES[*]}")" --aptopt="$WORK/proxy.conf" \
        --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
        --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/info/*' \
        --dpkgopt='path-exclude=/usr/share/locale/*' \
        --essential-hook="cp -r '$IMAGES/debian-12/root/.' \"\$1\"" \
        --customize-hook='chroot "$1" systemctl --quiet enable systemd-networkd ssh-host-keys' \
        "$CODENAME" "$root" "$WORK/sources.list" >"$WORK/packages.log" 2>&1 || {
        cat "$WORK/packages.log" >&2
        die "$OS: mmdebstrap failed"
    }
}

# Nothing of the build machine, and nothing that two installed machines must not share.
forget_where_it_was_built() {
    local root=$1
    rm -f "$root"/etc/ssh/ssh_host_* "$root/etc/apt/apt.conf.d/99mmdebstrap" \
        "$root/var/lib/dbus/machine-id" "$root/var/lib/systemd/random-seed"
    : >"$root/etc/machine-id"
    echo debian >"$root/etc/hostname"
    ln -sfn ../run/systemd/resolve/stub-resolv.conf "$root/etc/resolv.conf"
    # A mirror's address may carry a password; the installed machine gets the address alone.
    rm -f "$root"/etc/apt/sources.list.d/*
    sed -E 's#(https?://)[^/@ ]*@#\1#' "$WORK/sources.list" >"$root/etc/apt/sources.list"
    passwd --quiet --root "$root" --lock root
    rm -rf "$root"/var/log/*.log "$root"/var/log/apt "$root"/var/cache/apt/*.bin
}
