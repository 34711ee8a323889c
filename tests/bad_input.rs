//! Whatever the text, reading it ends soon, with documents or diagnostics.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use rand_core::{Rng, SeedableRng};
use rand_pcg::Pcg32;
use service_playground::yaml;
use std::fmt::Write;
use std::time::{Duration, Instant};

/// Reads `text`, reads back what it prints of it, and checks that every span lies in the text.
fn read(text: &str) {
    let units = text.encode_utf16().count() as u32;
    for document in yaml::documents(text) {
        match document {
            Ok(document) => {
                let printed = yaml::print(&document.value);
                let again =
                    yaml::read_yaml(&printed).unwrap_or_else(|wrong| panic!("{wrong}: {printed:?} of {text:?}"));
                assert_eq!(again, document.value, "{printed:?}");
                let json = yaml::print_json(&document.value);
                assert_eq!(yaml::read_json(&json).as_ref(), Ok(&document.value), "{json:?}");
            }
            Err(wrong) => {
                assert!(!wrong.message.is_empty());
                assert!(wrong.span.end.utf16 <= units, "{wrong:?} of {text:?}");
            }
        }
    }
}

const PIECES: &[&str] = &[
    "\t",
    " ",
    "  ",
    "\n",
    "\n  ",
    "- ",
    "-",
    "? ",
    ": ",
    ":",
    "#",
    "\"",
    "'",
    "{",
    "}",
    "[",
    "]",
    ",",
    "&a ",
    "*a",
    "!",
    "!!str ",
    "!!int ",
    "|",
    ">",
    "|-\n",
    ">+\n",
    "@",
    "`",
    "%",
    "\n---\n",
    "...",
    "<<: *a",
    "\\",
    "a",
    "b: c",
    "~",
    "yes",
    "0120",
    "1e3",
    "2024-01-02",
    "1:30",
    "é",
    "😀",
    "\r\n",
    "\u{1}",
    "\u{feff}",
    "\u{2028}",
    "name: web",
    "ports:\n- port: 80",
];

#[test]
fn generated_garbage_reads_or_is_refused() {
    let mut random = Pcg32::seed_from_u64(7);
    for _ in 0..20_000 {
        let length = 1 + random.next_u32() % 16;
        let text: String = (0..length).map(|_| PIECES[random.next_u32() as usize % PIECES.len()]).collect();
        read(&text);
    }
}

#[test]
fn cut_and_spliced_manifests_read_or_are_refused() {
    let manifest = "apiVersion: v1\nkind: Service\nmetadata:\n  name: web # näme\n  labels: &l {app: web, tier: \"front\"}\nspec:\n  selector: *l\n  ports:\n  - port: 80\n    targetPort: 'http'\n  - {port: 443}\n---\n{\"a\": [1, 2.5, null]}\n";
    let characters: Vec<char> = manifest.chars().collect();
    let mut random = Pcg32::seed_from_u64(8);
    for cut in 0..characters.len() {
        read(&characters[..cut].iter().collect::<String>());
        let mut spliced = characters.clone();
        let piece = PIECES[random.next_u32() as usize % PIECES.len()];
        spliced.splice(cut..cut, piece.chars());
        read(&spliced.iter().collect::<String>());
    }
}

#[test]
fn nothing_big_or_deep_takes_long() {
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let aliases = vec![format!("*a{}", level - 1); 9].join(", ");
        writeln!(bomb, "a{level}: &a{level} [{aliases}]").unwrap();
    }
    let megabytes = |piece: &str, size: usize| piece.repeat(size * 1_000_000 / piece.len());
    let texts = [
        ("an alias bomb", bomb, "document contains excessive aliasing"),
        ("deep lists", "[".repeat(100_000), "exceeded max depth"),
        ("deep maps", format!("- {}", "{a: ".repeat(100_000)), "exceeded max depth"),
        ("deep JSON", "{\"a\":".repeat(100_000), "exceeded max depth"),
        ("deep blocks", (0..2000).map(|depth| " ".repeat(depth) + "a:\n").collect(), "exceeded max depth"),
        ("deep dashes", "- ".repeat(100_000), "exceeded max depth"),
        ("5 MB of a letter", megabytes("a", 5), "Request entity too large"),
        ("5 MB of lines", megabytes("a: b\n", 5), "Request entity too large"),
        ("an open quote", format!("a: \"{}", megabytes("word ", 2)), "found unexpected end of stream"),
        ("binary", (0..50_000u32).map(|byte| char::from((byte * 7 % 256) as u8)).collect(), "control characters"),
    ];
    for (name, text, expected) in texts {
        let begun = Instant::now();
        let message = yaml::documents(&text).into_iter().find_map(Result::err).expect(name).message;
        assert!(message.contains(expected), "{name}: {message}");
        assert!(begun.elapsed() < Duration::from_secs(10), "{name} took {:?}", begun.elapsed());
    }
}
