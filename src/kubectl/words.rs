//! A command line taken apart as a shell does: quotes, escapes, comments, pipes; no expansion.

/// The commands of `line` that pipes part, as words; an error text where a quote is not closed.
pub fn pipeline(line: &str) -> Result<Vec<Vec<String>>, String> {
    let mut commands = Vec::new();
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            ' ' | '\t' | '\n' | '\r' => words.extend(word.take()),
            '#' if word.is_none() => break,
            '|' => {
                words.extend(word.take());
                commands.push(std::mem::take(&mut words));
            }
            '\'' => {
                let text = word.get_or_insert_default();
                loop {
                    match chars.next() {
                        Some('\'') => break,
                        Some(c) => text.push(c),
                        None => return Err("unexpected end of line while looking for a closing '".to_owned()),
                    }
                }
            }
            '"' => {
                let text = word.get_or_insert_default();
                loop {
                    match chars.next() {
                        Some('"') => break,
                        Some('\\') => match chars.next() {
                            Some(c @ ('"' | '\\' | '$' | '`')) => text.push(c),
                            Some('\n') => {}
                            Some(c) => text.extend(['\\', c]),
                            None => return Err("unexpected end of line while looking for a closing \"".to_owned()),
                        },
                        Some(c) => text.push(c),
                        None => return Err("unexpected end of line while looking for a closing \"".to_owned()),
                    }
                }
            }
            '\\' => match chars.next() {
                Some('\n') | None => {}
                Some(c) => word.get_or_insert_default().push(c),
            },
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    commands.push(words);
    Ok(commands)
}

#[cfg(test)]
mod tests {
    use super::pipeline;

    #[test]
    fn words_are_taken_apart_as_a_shell_does() {
        let check = |line: &str, words: &[&str]| assert_eq!(pipeline(line).unwrap(), [words], "{line}");
        check("kubectl get  svc", &["kubectl", "get", "svc"]);
        check(r#"a 'b c' "d \"e\" \n" f\ g '' h"i"'j'"#, &["a", "b c", "d \"e\" \\n", "f g", "", "hij"]);
        check("get svc # all of them", &["get", "svc"]);
        check("a=#b", &["a=#b"]);
        check("", &[]);
        assert!(pipeline("a 'b").is_err());
        assert!(pipeline("a \"b").is_err());
        assert_eq!(pipeline("a '|' b | c|d").unwrap(), [vec!["a", "|", "b"], vec!["c"], vec!["d"]]);
    }
}
