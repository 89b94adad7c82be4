#!/bin/sh
# Runs on the installed system until it has reported once: the profile's script, then the phone-home.
# POSIX shell for dash, bash and busybox. Never puts the token into an argument list, a URL or a log.

root=${RACKWRIGHT_ROOT-}
settings=$root/etc/rackwright/first-boot.env
profile=$root/etc/rackwright/first-boot.d/profile
state=$root/var/lib/rackwright
log=$root/var/log/rackwright-first-boot.log
PATH=${PATH:-/usr/sbin:/usr/bin:/sbin:/bin}
export PATH
umask 077

say() { echo "rackwright: $*"; }

# --- the profile's script -------------------------------------------------------------------------

# Prints its exit code. A start that has no end was cut short by a shutdown, perhaps its own: it counts
# as ended by SIGTERM, because running half of it twice can do more harm than a report that it failed.
run_profile_once() {
    if [ ! -f "$profile" ]; then
        echo 0
    elif [ -s "$state/profile.exit" ]; then
        cat "$state/profile.exit"
    elif [ -e "$state/profile.started" ]; then
        echo 143
    else
        : >"$state/profile.started"
        sync
        run_profile >>"$log" 2>&1 </dev/null
        echo $? | tee "$state/profile.exit"
    fi
}

run_profile() (
    umask 022
    cd "$root/" || exit 126
    HOME=/root
    export HOME
    if [ -x "$profile" ]; then "$profile"; else sh "$profile"; fi
)

# --- what this system is --------------------------------------------------------------------------

# The sysfs directory of what carries the root file system.
root_device() {
    mounted=$(sed -n 's/^[0-9]* [0-9]* \([0-9]*:[0-9]*\) [^ ]* \/ .* - [^ ]* \([^ ]*\) .*/\1 \2/p' \
        "$root/proc/self/mountinfo" | tail -n 1)
    number=${mounted%% *}
    source=${mounted#* }
    if [ -e "$root/sys/dev/block/$number" ]; then
        readlink -f "$root/sys/dev/block/$number"
    else
        # btrfs has a number that no block device has.
        readlink -f "$root/sys/class/block/$(basename "$(readlink -f "$root$source")")"
    fi
}

# The whole disks below a device: what RAID and LVM are made of, or the disk that a partition is on.
disks_below() {
    below=no
    for slave in "$1"/slaves/*; do
        [ -e "$slave" ] || continue
        below=yes
        # A subshell of its own: this shell's functions share their variables.
        (disks_below "$(readlink -f "$slave")")
    done
    if [ "$below" = yes ]; then return; fi
    if [ -e "$1/partition" ]; then dirname "$1"; else echo "$1"; fi
}

# What is read is tested, never a file's size: sysfs states 4096 for an empty text and 0 for page 0x80.
serial_of_disk() {
    for file in "$1/serial" "$1/device/serial"; do
        [ -r "$file" ] || continue
        given=$(trimmed <"$file")
        if [ -n "$given" ]; then echo "$given"; return; fi
    done
    if [ -r "$1/device/vpd_pg80" ]; then
        # Four bytes of header, then the serial number. busybox's tr does not know [:print:].
        tail -c +5 "$1/device/vpd_pg80" | tr -cd ' -~' | trimmed
    else
        lsblk -dno SERIAL "/dev/$(basename "$1")" 2>/dev/null | trimmed
    fi
}

trimmed() { sed 's/^[[:space:]]*//; s/[[:space:]]*$//'; }

joined() { sort -u | sed '/^$/d' | tr '\n' ',' | sed 's/,$//'; }

root_disk_serial() {
    disks_below "$(root_device)" | while read -r disk; do serial_of_disk "$disk"; done | joined
}

boot_mode() { if [ -d "$root/sys/firmware/efi" ]; then echo uefi; else echo bios; fi; }

addresses() {
    if command -v ip >/dev/null 2>&1; then
        ip -o address show scope global | sed -n 's/.* inet6\{0,1\} \([^/ ]*\).*/\1/p' | joined
    else
        hostname -I 2>/dev/null | tr ' ' '\n' | joined
    fi
}

# --- phoning home ---------------------------------------------------------------------------------

# Every byte as %XX: right for any value, and needs no table of what may stay.
percent_encoded() { printf %s "$1" | od -An -v -tx1 | tr -d '\n' | sed 's/ /%/g'; }

field() { printf '%s=%s' "$1" "$(percent_encoded "$2")"; }

write_message() {
    {
        field install "$RACKWRIGHT_INSTALL"
        printf '&'; field token "$RACKWRIGHT_TOKEN"
        printf '&'; field hostname "$(cat "$root/proc/sys/kernel/hostname")"
        printf '&'; field root_disk_serial "$(root_disk_serial)"
        printf '&'; field boot_mode "$(boot_mode)"
        printf '&'; field addresses "$(addresses)"
        printf '&'; field boot_id "$(cat "$root/proc/sys/kernel/random/boot_id")"
        printf '&'; field script_exit "$1"
    } >"$state/message"
}

limited() { if command -v timeout >/dev/null 2>&1; then timeout 60 "$@"; else "$@"; fi; }

# Sends the message with whatever this system has, never through a proxy. The answer goes to $state/answer;
# prints the HTTP status, or nothing when there was no answer.
post_message() {
    url=${RACKWRIGHT_URL%/}/v1/phone-home
    : >"$state/answer"
    if command -v curl >/dev/null 2>&1; then
        limited curl -s --noproxy '*' -o "$state/answer" -w '%{http_code}' --data-binary "@$state/message" "$url"
    elif command -v wget >/dev/null 2>&1; then
        post_by_wget "$url" 2>&1 | sed -n 's/.*HTTP\/[0-9.]* \([0-9][0-9][0-9]\).*/\1/p' | tail -n 1
    elif command -v python3 >/dev/null 2>&1; then
        post_by_python "$url"
    else
        say 'there is no curl, wget or python3 to phone home with' >&2
    fi
}

post_by_wget() {
    # busybox: no long --no-proxy, and its -T crashes in some versions.
    if wget --version 2>/dev/null | grep -q 'GNU Wget'; then
        limited wget -S --no-proxy --tries=1 --post-file="$state/message" -O "$state/answer" "$1"
    else
        limited wget -S -Y off --post-file "$state/message" -O "$state/answer" "$1"
    fi
}

post_by_python() {
    limited python3 -c '
import sys, urllib.error, urllib.request
url, message, answer = sys.argv[1:]
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
try:
    reply = opener.open(url, open(message, "rb").read(), timeout=50)
except urllib.error.HTTPError as error:
    reply = error
open(answer, "wb").write(reply.read(1000))
print(reply.getcode())
' "$1" "$state/message" "$state/answer" 2>/dev/null
}

# Until the server has understood: 200 with `ok`, or 410 when nobody waits for this install any more.
phone_home() {
    pause=${RACKWRIGHT_RETRY_S:-2}
    while true; do
        status=$(post_message)
        case $status in
            200) if [ "$(head -n 1 "$state/answer" | trimmed)" = ok ]; then say 'phoned home'; return; fi ;;
            410) say 'this install is over; giving up'; return ;;
        esac
        say "no ok from $RACKWRIGHT_URL (status ${status:-none}); trying again in $pause s"
        sleep "$pause"
        pause=$((pause * 2))
        if [ "$pause" -gt 60 ]; then pause=60; fi
    done
}

main() {
    if [ -e "$state/first-boot.done" ] || [ ! -f "$settings" ]; then exit 0; fi
    mkdir -p "$state" "$root/var/log"
    # shellcheck source=/dev/null
    . "$settings"
    script_exit=$(run_profile_once)
    if [ "$script_exit" != 0 ]; then say "the first-boot script exited $script_exit: see $log"; fi
    write_message "$script_exit"
    phone_home
    : >"$state/first-boot.done"
    rm -f "$settings" "$state/message" "$state/answer"
    sync
}

main
