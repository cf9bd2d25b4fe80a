//! Binds a compiled WebAssembly module for the browser: writes NAME.js and `NAME_bg.wasm` into a folder.
//!
//! The usual command line tool brings a test runner and a web server along, which cost eight minutes of
//! building; the library that does the work is enough for us.

use std::process::ExitCode;

use wasm_bindgen_cli_support::Bindgen;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [input, name, folder] = arguments.as_slice() else {
        eprintln!("usage: bindgen INPUT.wasm NAME FOLDER");
        return ExitCode::from(2);
    };
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(input)
        .out_name(name)
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true);
    match bindgen.web(true).and_then(|bindgen| bindgen.generate(folder)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{input} cannot be bound: {error:?}");
            ExitCode::FAILURE
        }
    }
}
