//! Splits a compiled WebAssembly module into the first load and the rooms that are loaded later, and binds it for
//! the browser. Into a folder go: `NAME.js` and `NAME_bg.wasm`, the first load; `rooms.js`, which NAME.js imports and
//! which loads rooms; the rooms' modules; and `rooms.json`, which names each room's modules.
//!
//! The usual command line tools bring a test runner and a web server along, which cost eight minutes of
//! building; the libraries that do the work are enough for us.

use std::{
    collections::BTreeMap,
    error::Error,
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use wasm_bindgen_cli_support::Bindgen;
use wasm_split_cli_support::{Options, transform};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [input, name, folder] = arguments.as_slice() else {
        eprintln!("usage: bindgen INPUT.wasm NAME FOLDER");
        return ExitCode::from(2);
    };
    let folder = Path::new(folder);
    match split(Path::new(input), name, folder).and_then(|main| bind(&main, name, folder)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{input} cannot be split and bound: {error:?}");
            ExitCode::FAILURE
        }
    }
}

/// Takes the rooms out of the module, which has to be linked with its relocations; the path of what is left.
fn split(input: &Path, name: &str, folder: &Path) -> Result<PathBuf, Box<dyn Error>> {
    let module = fs::read(input)?;
    let main = folder.join("main.wasm");
    let glue = format!("./{name}.js");
    let mut options = Options::new(&module);
    options.output_dir = folder;
    options.main_out_path = &main;
    options.link_name = "./rooms.js";
    options.main_module = &glue;
    let rooms: BTreeMap<String, Vec<String>> = transform(options)?.prefetch_map.into_iter().collect();
    // Names of rooms and modules are identifiers, for which Rust's quotes and brackets are JSON's.
    fs::write(folder.join("rooms.json"), format!("{rooms:?}"))?;
    Ok(main)
}

fn bind(main: &Path, name: &str, folder: &Path) -> Result<(), Box<dyn Error>> {
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(main)
        .out_name(name)
        .typescript(false)
        // The rooms call through the first load's table of functions.
        .keep_lld_exports(true)
        .remove_name_section(true)
        .remove_producers_section(true)
        .web(true)?
        .generate(folder)?;
    fs::remove_file(main)?;
    Ok(())
}
