# shellcheck shell=bash
# Debian packages for an image, from wherever this machine's own apt gets them. Never names a mirror.

# apt's record of a package, or of nothing: a fresh machine has no package lists yet.
package_record() {
    apt-cache show --no-all-versions "$1" 2>/dev/null || {
        apt-get update -qq
        apt-cache show --no-all-versions "$1"
    }
}

# The versioned kernel package that a kernel metapackage stands for.
kernel_package() {
    package_record "$1" | sed -n 's/^Depends: \(linux-image-[^ ,]*\).*/\1/p' | head -n 1
}

# Unpacks PACKAGE into DIR. The download is kept, so a changed recipe does not fetch it again.
unpack_package() {
    local package=$1 into=$2 file
    package_record "$package" >/dev/null
    mkdir -p "$CACHE/packages" "$into"
    # apt names the file itself, with the version in it; one that is there and whole is not fetched again.
    file=$(apt-get download --print-uris "$package" | awk 'NR == 1 {print $2}')
    (cd "$CACHE/packages" && apt-get -qq -o APT::Sandbox::User=root download "$package")
    dpkg-deb -x "$CACHE/packages/$file" "$into"
}

# One sources.list line for each suite of CODENAME that this machine's apt reads from Debian.
debian_sources() {
    local codename=$1 lines
    # shellcheck disable=SC2016 # apt fills these in, not the shell
    lines=$(apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)|$(ORIGIN)|$(CODENAME)' \
        'Created-By: Packages' | awk -F '|' -v codename="$codename" \
        '$2 == "Debian" && $3 ~ "^" codename "(-updates|-security)?$" {print $1}' | sort -u)
    [ -n "$lines" ] || die "apt on this machine has no Debian $codename: add it and run apt-get update"
    printf '%s\n' "$lines"
}

# The proxy settings of this machine's apt, one configuration line each, for a package tool of its own.
apt_proxy_options() {
    apt-config dump | grep -iE '^Acquire::(https?::)?Proxy' || true
}
