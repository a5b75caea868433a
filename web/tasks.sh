# shellcheck shell=sh
# The browser's part of ./x, which reads this file: building the page, serving it, driving it.

PAGE=target/web
WASM=wasm32-unknown-unknown

web() {
    set_up_rust
    [ "$(uname -s)" != Linux ] || set_up_linker
    set_up_wasm
    build_page
    port=${PORT:-8080}
    step "http://127.0.0.1:$port (Ctrl-C ends it; PORT chooses another port)"
    if command -v python3 >/dev/null; then
        python3 -m http.server --bind 127.0.0.1 --directory "$PAGE" "$port"
    elif command -v node >/dev/null; then
        node web/test/serve.mjs "$PAGE" "$port"
    else
        fail "python3 or node is needed to serve $PAGE"
    fi
}

web_test() {
    set_up_rust
    [ "$(uname -s)" != Linux ] || set_up_linker
    set_up_wasm
    build_page
    test_page
}

test_page() {
    set_up_browser
    step "The page in a headless Chromium"
    (cd web/test && npm ci --no-audit --no-fund --ignore-scripts)
    CHROMIUM=$chromium node web/test/page.mjs "$PAGE" target/web-screenshots
}

# build_page [PROFILE]: as visitors have it, or in the profile of the tests, which is built in a third of the time.
build_page() {
    profile=${1:-release}
    step "Building the page"
    wasm_cargo build --profile "$profile" --locked -p wgpu-activations-web
    [ "$profile" != dev ] || profile=debug # where cargo puts it
    cargo build --quiet --locked --manifest-path web/bindgen/Cargo.toml --target-dir target/bindgen
    rm -rf "$PAGE"
    mkdir -p "$PAGE"
    cp web/page/* "$PAGE"
    target/bindgen/debug/bindgen "${wasm_target:-$(target_folder)}/$WASM/$profile/wgpu_activations_web.wasm" "$PAGE/pkg"
    du -k "$PAGE"/pkg/*.wasm
}

# ---- A compiler for wasm: the toolchain's own target, rustup's, or Debian's packages for the web ----

debian_rust=""
wasm_target="" # cargo's own

set_up_wasm() {
    have_wasm && return
    if command -v rustup >/dev/null && rustup target add "$WASM"; then
        return
    fi
    is_debian || fail "rustc has no target $WASM: rustup target add $WASM, or the distribution's package for it"
    set_up_debian_wasm
}

have_wasm() {
    [ -d "$(rustc --print target-libdir --target "$WASM")" ]
}

# Debian's compiler for the web has no standard library for the browser, but its source: cargo builds it. Unpacked, not installed,
# since it would take the place of another cargo.
set_up_debian_wasm() {
    install "No Rust target $WASM." "lld-19 libgit2-1.5 libssh2-1" ""
    debian_rust=$PWD/target/debian-rust
    wasm_target=target/debian-wasm
    [ ! -e "$debian_rust/usr/bin/rustc" ] || return 0
    rm -rf "$debian_rust.part"
    mkdir -p "$debian_rust.part"
    std=$(dependency libstd-rust-web-dev 'libstd-rust-web-[0-9.]*')
    llvm=$(dependency "$std" 'libllvm[0-9]*')
    (
        cd "$debian_rust.part"
        apt-get download rustc-web cargo-web libstd-rust-web-dev "$std" rust-web-src "$llvm"
        for package in *.deb; do
            dpkg -x "$package" .
        done
        rm -f ./*.deb
    )
    mv "$debian_rust.part" "$debian_rust"
}

# dependency PACKAGE PATTERN: what the package depends on under such a name.
dependency() {
    apt-cache depends "$1" | sed -n "s/.*Depends: \($2\)\$/\1/p" | head -n 1
}

# wasm_cargo COMMAND ARGUMENT...
wasm_cargo() (
    command=$1
    shift
    if [ -z "$debian_rust" ]; then
        cargo "$command" --target "$WASM" "$@"
        exit
    fi
    sources=$(first_file "$debian_rust"/usr/src/rustc-*/library)
    PATH=$debian_rust/usr/bin:$PATH
    LD_LIBRARY_PATH=$(first_file "$debian_rust"/usr/lib/*-linux-gnu)
    export PATH LD_LIBRARY_PATH RUSTC_BOOTSTRAP=1 __CARGO_TESTS_ONLY_SRC_ROOT="$sources"
    export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=/usr/bin/wasm-ld-19
    cargo "$command" --target "$WASM" --target-dir "$wasm_target" -Zbuild-std=std,panic_abort "$@"
)

# ---- A browser ----

set_up_browser() {
    command -v node >/dev/null && command -v npm >/dev/null ||
        install "No Node.js, which drives the browser." "nodejs npm" "nodejs npm"
    find_chromium && return
    install "No Chromium." "chromium" "chromium"
    find_chromium || fail "still no Chromium: name one in CHROMIUM"
}

find_chromium() {
    chromium=${CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome)} || return 1
}
