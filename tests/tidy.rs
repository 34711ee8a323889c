//! What the compiler does not check: layers use only the layers above them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};

/// The layers, from the one that uses nothing to the one that may use all. The same list stands in `src/lib.rs` and in
/// ARCHITECTURE.md.
const LAYERS: &[&str] = &[
    "order",
    "value",
    "yaml",
    "api",
    "clock",
    "store",
    "apiserver",
    "controllers",
    "kubelet",
    "net",
    "proxy",
    "dns",
    "cluster",
    "kubectl",
    "session",
    "js",
    "ui",
];

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a readable folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn layers_use_only_layers_above_them() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    for (rank, layer) in LAYERS.iter().enumerate() {
        let mut files = Vec::new();
        rust_files(&source.join(layer), &mut files);
        assert!(!files.is_empty(), "src/{layer} holds no source");
        for file in files {
            let text = fs::read_to_string(&file).expect("a readable file");
            for (number, line) in text.lines().enumerate() {
                let code = line.split("//").next().unwrap_or("");
                for lower in &LAYERS[rank + 1..] {
                    if code.contains(&format!("crate::{lower}::")) || code.contains(&format!("crate::{lower};")) {
                        wrong.push(format!("{}:{}: {layer} uses {lower}", file.display(), number + 1));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "layers are used upwards:\n{}", wrong.join("\n"));
}

#[test]
fn every_folder_of_the_source_is_a_layer() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for entry in fs::read_dir(source).expect("a readable folder").flatten() {
        if entry.path().is_dir() {
            let name = entry.file_name().to_string_lossy().into_owned();
            assert!(LAYERS.contains(&name.as_str()), "src/{name} is no layer of tests/tidy.rs");
        }
    }
}

#[test]
fn the_lists_of_layers_agree() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let library = fs::read_to_string(root.join("src/lib.rs")).expect("src/lib.rs");
    let modules: Vec<_> = library.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    assert_eq!(modules, LAYERS, "src/lib.rs");
    let map = fs::read_to_string(root.join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    let rows: Vec<_> = map.lines().filter_map(|line| line.strip_prefix("| `")?.split("` |").next()).collect();
    assert!(rows.starts_with(LAYERS), "ARCHITECTURE.md lists {rows:?}");
}
