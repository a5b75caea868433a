//! `bindgen INPUT.wasm FOLDER`: what `wasm-bindgen --target web --no-typescript` does. The command itself takes a minute longer to
//! compile, for its test runner.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let [input, folder] =
        std::env::args().skip(1).collect::<Vec<_>>().try_into().map_err(|_| "bindgen INPUT.wasm FOLDER")?;
    let mut bindgen = wasm_bindgen_cli_support::Bindgen::new();
    bindgen
        .input_path(input)
        .web(true)?
        .typescript(false)
        .omit_default_module_path(false)
        .generate(folder)?;
    Ok(())
}
