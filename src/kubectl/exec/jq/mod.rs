//! jq: what people filter kubectl's JSON with. Paths, pipes, `select`, `map`, comparisons, and the functions that go with
//! them; no variables, definitions or assignments. Objects keep their keys sorted, as kubectl prints them.

mod parse;
mod run;

use super::world::Ended;
use crate::value::Value;
use crate::yaml::read_json;

/// Runs `jq [-rcenj] PROGRAM` over the values in `input`.
pub fn jq(args: &[&str], input: &str) -> Ended {
    let (flags, words): (Vec<&str>, Vec<&str>) =
        args.iter().copied().partition(|arg| arg.len() > 1 && arg.starts_with('-') && !arg.starts_with("-."));
    let has = |letter: char, name: &str| {
        flags.iter().any(|flag| match flag.strip_prefix("--") {
            Some(long) => long == name,
            None => flag.contains(letter),
        })
    };
    let (joined, raw) = (has('j', "join-output"), has('r', "raw-output"));
    let (compact, slurp) = (has('c', "compact-output"), has('s', "slurp"));
    let program = words.first().copied().unwrap_or(".");
    let filter = match parse::parse(program) {
        Ok(filter) => filter,
        Err(why) => return Ended::fail(3, format!("jq: error: {why} at <top-level>:\n{program}\njq: 1 compile error")),
    };
    let inputs = if has('n', "null-input") { Ok(vec![Value::Null]) } else { values(input) };
    let inputs = match inputs {
        Ok(inputs) if slurp => vec![Value::Array(inputs)],
        Ok(inputs) => inputs,
        Err(why) => return Ended::fail(2, format!("jq: parse error: {why}")),
    };
    let mut ended = Ended::default();
    let mut last = None;
    for input in inputs {
        match run::run(&filter, &input) {
            Ok(values) => {
                for value in values {
                    match &value {
                        Value::String(text) if raw || joined => ended.out.push_str(text),
                        value if compact => ended.out.push_str(&value.to_string()),
                        value => print(&mut ended.out, value, 0),
                    }
                    if !joined {
                        ended.out.push('\n');
                    }
                    last = Some(value);
                }
            }
            Err(why) => {
                ended.err += &format!("jq: error (at <stdin>:0): {why}\n");
                ended.code = 5;
            }
        }
    }
    if ended.code == 0 && has('e', "exit-status") {
        ended.code = match last {
            None => 4,
            Some(Value::Null | Value::Bool(false)) => 1,
            Some(_) => 0,
        };
    }
    ended
}

/// The values that stand one after the other in a text.
fn values(text: &str) -> Result<Vec<Value>, String> {
    let mut values = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let end = end(rest);
        let (value, after) = rest.split_at(end);
        values.push(read_json(value)?);
        rest = after.trim_start();
    }
    Ok(values)
}

/// Where the first value of a text ends.
fn end(text: &str) -> usize {
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for (at, c) in text.char_indices() {
        if quoted {
            (quoted, escaped) = (escaped || c != '"', !escaped && c == '\\');
            if quoted || depth > 0 {
                continue;
            }
            return at + 1;
        }
        match c {
            '"' => quoted = true,
            '{' | '[' => depth += 1,
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
            c if c.is_whitespace() && depth == 0 => return at,
            _ => {}
        }
    }
    text.len()
}

/// With two spaces a level.
fn print(out: &mut String, value: &Value, level: usize) {
    let line = |out: &mut String, level: usize| {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", level));
    };
    match value {
        Value::Array(items) if !items.is_empty() => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                out.push_str(if at > 0 { "," } else { "" });
                line(out, level + 1);
                print(out, item, level + 1);
            }
            line(out, level);
            out.push(']');
        }
        Value::Object(map) if !map.is_empty() => {
            out.push('{');
            for (at, (key, item)) in map.iter().enumerate() {
                out.push_str(if at > 0 { "," } else { "" });
                line(out, level + 1);
                out.push_str(&Value::from(&**key).to_string());
                out.push_str(": ");
                print(out, item, level + 1);
            }
            line(out, level);
            out.push('}');
        }
        value => out.push_str(&value.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_do_what_jqs_do() {
        let input = r#"{"items": [{"name": "b", "n": 2, "l": {"app": "x"}}, {"name": "a", "n": 10}], "kind": "List"}"#;
        for (words, output) in [
            (&["-r", ".items[].name"][..], "b\na\n"),
            (&["-c", "[.items[] | select(.n > 2) | {name, n}]"], "[{\"n\":10,\"name\":\"a\"}]\n"),
            (&[".items | length, (map(.n) | add)"], "2\n12\n"),
            (&["-c", "keys"], "[\"items\",\"kind\"]\n"),
            (&["-c", ".items | sort_by(.name) | map(.name)"], "[\"a\",\"b\"]\n"),
            (&["-r", ".items[] | \"\\(.name)=\\(.l.app // \"none\")\""], "b=x\na=none\n"),
            (&[".items[0].l"], "{\n  \"app\": \"x\"\n}\n"),
            (&["-c", ".items[-1:]"], "[{\"n\":10,\"name\":\"a\"}]\n"),
            (&["-r", ".items[] | [.name, .n] | @tsv"], "b\t2\na\t10\n"),
            (&["-c", ".items[0].l | to_entries"], "[{\"key\":\"app\",\"value\":\"x\"}]\n"),
            (&["-e", ".none"], "null\n=1"),
            (&[".kind == \"List\" and (.items | any | not)"], "false\n"),
            (&["if .kind then 1 else 2 end"], "1\n"),
            (&["-r", ".items[] | .l[\"app\"]?"], "x\nnull\n"),
            (&[".kind[]"], "jq: error (at <stdin>:0): Cannot iterate over string (\"List\")\n=5"),
            (&[".kind.x"], "jq: error (at <stdin>:0): Cannot index string with \"x\"\n=5"),
            (&[".["], "jq: error: syntax error, unexpected end of file at <top-level>:\n.[\njq: 1 compile error\n=3"),
        ] {
            let ended = jq(words, input);
            let code = if ended.code == 0 { String::new() } else { format!("={}", ended.code) };
            assert_eq!(format!("{}{}{code}", ended.out, ended.err), output, "{words:?}");
        }
        assert_eq!(jq(&["-c", "."], "1 \"a b\" {\"a\":[1]}\n[2]").out, "1\n\"a b\"\n{\"a\":[1]}\n[2]\n");
        assert_eq!(jq(&["."], "{").code, 2);
    }

    #[test]
    fn any_program_is_answered() {
        let pieces =
            ["a", ".", "[", "]", "|", "(", ")", "\"", "\\(", "{", "}", ",", "1", "-", ":", "//", "==", "if", " ", "ß"];
        for one in pieces {
            for two in pieces {
                for three in pieces {
                    jq(&[&format!("{one}{two}{three}")], "{\"a\": [1, {}]}");
                }
            }
        }
        jq(&[&"(".repeat(100_000)], "1");
        jq(&[&"[".repeat(100_000)], "1");
        jq(&[&format!(".{}", "[]".repeat(10_000))], "[]");
    }
}
