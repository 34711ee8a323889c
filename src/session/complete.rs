//! Tab in the terminal: the word before the cursor goes on as far as there is one way to go.

use super::Session;
use crate::kubectl::{self, Completions, Terminal};

/// A line after Tab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completed {
    /// The line.
    pub text: String,
    /// Where the cursor is, in bytes.
    pub caret: usize,
    /// The ways to go on, where there are several and none of them is taken.
    pub ways: Vec<String>,
}

impl Session {
    /// The line with the word before `caret` (in bytes) completed as far as it goes.
    pub fn complete(&self, line: &str, caret: usize) -> Completed {
        let unchanged = || Completed { text: line.to_owned(), caret, ways: Vec::new() };
        let (Some(before), Some(after)) = (line.get(..caret), line.get(caret..)) else { return unchanged() };
        let mut terminal =
            self.shell_terminal().cloned().unwrap_or_else(|| Terminal::new(crate::order::SortedMap::new()));
        terminal.set_files(self.files().all().iter().map(|file| (file.name.clone(), file.text.clone())).collect());
        let Completions { start, words } = kubectl::complete(self.cluster(), &terminal, before);
        let Some(first) = words.first() else { return unchanged() };
        let mut common = first.as_str();
        for other in &words {
            let same = common.char_indices().zip(other.chars()).take_while(|((_, a), b)| a == b);
            let length = same.map(|((at, c), _)| at + c.len_utf8()).last().unwrap_or(0);
            common = common.get(..length).unwrap_or("");
        }
        let typed = before.get(start..).unwrap_or("");
        if words.len() > 1 && common.len() <= typed.len() {
            return Completed { ways: words, ..unchanged() };
        }
        let open = words.len() > 1 || common.ends_with(['/', '=']) || after.starts_with(' ');
        let head = format!("{}{common}{}", before.get(..start).unwrap_or(""), if open { "" } else { " " });
        Completed { caret: head.len(), text: head + after, ways: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use crate::clock::Epoch;
    use crate::session::{EXAMPLES, Example, Session, Setup};

    #[test]
    fn the_word_goes_on_as_far_as_it_can() {
        let files = EXAMPLES.first().map_or(Vec::new(), Example::files);
        let session = Session::new(Setup { seed: 1, epoch: Epoch(1_795_000_000), files, modes: Vec::new() });
        // `^` is the cursor.
        for (line, whole, ways) in [
            ("ku^", "kubectl ^", 0),
            ("kubectl desc^", "kubectl describe ^", 0),
            ("kubectl desc^ svc", "kubectl describe^ svc", 0),
            ("kubectl get endp^", "kubectl get endpoints^", 0),
            ("kubectl get endpoints^", "kubectl get endpoints^", 2),
            ("kubectl get svc go^", "kubectl get svc go-demo-2-^", 0),
            ("kubectl get svc go-demo-2-^", "kubectl get svc go-demo-2-^", 2),
            ("kubectl get svc/go-demo-2-a^", "kubectl get svc/go-demo-2-api ^", 0),
            ("kubectl apply -f d^", "kubectl apply -f db.yaml ^", 0),
            ("kubectl get pods -o jsonpath^", "kubectl get pods -o jsonpath^", 2),
            ("kubectl zzz zzz^", "kubectl zzz zzz^", 0),
        ] {
            let caret = line.find('^').unwrap();
            let completed = session.complete(&line.replace('^', ""), caret);
            let mut text = completed.text.clone();
            text.insert(completed.caret, '^');
            assert_eq!((text.as_str(), completed.ways.len()), (whole, ways), "{line}");
        }
    }
}
