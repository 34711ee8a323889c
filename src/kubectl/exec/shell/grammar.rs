//! A shell script taken apart: words with their quotes, lists, pipes, redirections, loops and branches.

use super::words::{Piece, Word};

/// What a command's place in a list depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// It runs in any case.
    Always,
    /// It runs where the one before it succeeded (`&&`).
    Succeeded,
    /// It runs where the one before it failed (`||`).
    Failed,
}

/// Commands one after the other.
pub type List = Vec<(When, Pipeline)>;

/// Commands that pipes join, and whether `!` turns the result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pipeline {
    /// `!` stands before it.
    pub turned: bool,
    /// The commands.
    pub commands: Vec<Command>,
}

/// A command with its redirections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// What runs.
    pub what: What,
    /// Where its streams go: `>`, `2>&1`, ... and the file.
    pub redirects: Vec<(&'static str, Word)>,
}

/// What a command is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// Words.
    Simple(Vec<Word>),
    /// `for NAME in WORDS; do BODY; done`
    For(String, Vec<Word>, List),
    /// `while CONDITION; do BODY; done`; `until` turns it.
    While(bool, List, List),
    /// `if`, its branches in order, and `else`.
    If(Vec<(List, List)>, List),
    /// `{ LIST; }`, and `( LIST )`, which `exit` leaves alone.
    Group(List, bool),
}

/// A piece of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(Word),
    /// `;`, `&&`, `||`, `|`, `&`, `(`, `)`; a line's end is `;`.
    Sign(&'static str),
    /// `>`, `>>`, `2>`, `2>&1`, `<`, `<<`, ...
    Redirect(&'static str),
}

/// Loops and branches inside of each other.
const DEEPEST: usize = 40;

/// The commands of a script; the error is what stands behind `syntax error: `.
pub fn parse(text: &str) -> Result<List, String> {
    parse_tokens(tokens(text)?.0)
}

/// The commands of lines that somebody types; `None` where they go on in the next line.
pub fn parse_typed(text: &str) -> Result<Option<List>, String> {
    match tokens(text).and_then(|(tokens, is_open)| Ok((parse_tokens(tokens)?, is_open))) {
        Ok((_, true)) => Ok(None),
        Ok((list, false)) => Ok(Some(list)),
        Err(why) if why.starts_with(END_OF_FILE) || why == UNTERMINATED => Ok(None),
        Err(why) => Err(why),
    }
}

/// Whether a shell would wait for another line.
pub fn needs_more(text: &str) -> bool {
    matches!(parse_typed(text), Ok(None))
}

/// Whether a line's commands shall go on behind the prompt: it ends with `&`.
pub fn goes_behind(text: &str) -> bool {
    let ends_so = |tokens: &[Token]| matches!(tokens, [.., Token::Word(_), Token::Sign("&")]);
    matches!(tokens(text.trim_end()), Ok((tokens, false)) if ends_so(&tokens))
}

fn parse_tokens(tokens: Vec<Token>) -> Result<List, String> {
    let mut parser = Parser { tokens, at: 0, depth: 0 };
    let list = parser.list(&[])?;
    match parser.tokens.get(parser.at) {
        None => Ok(list),
        Some(token) => Err(unexpected(token)),
    }
}

fn unexpected(token: &Token) -> String {
    match token {
        Token::Word(word) => format!("unexpected \"{}\"", word.plain()),
        Token::Sign(sign) | Token::Redirect(sign) => format!("unexpected \"{sign}\""),
    }
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
}

impl Parser {
    fn sign(&self) -> Option<&'static str> {
        match self.tokens.get(self.at) {
            Some(Token::Sign(sign)) => Some(sign),
            _ => None,
        }
    }

    /// The word that comes next, where it has no quotes.
    fn keyword(&self) -> Option<&str> {
        match self.tokens.get(self.at) {
            Some(Token::Word(word)) => word.bare(),
            _ => None,
        }
    }

    fn skip_ends(&mut self) {
        while self.sign() == Some(";") {
            self.at += 1;
        }
    }

    fn expect(&mut self, word: &str) -> Result<(), String> {
        let found = if word == ")" { self.sign() == Some(")") } else { self.keyword() == Some(word) };
        if found {
            self.at += 1;
            return Ok(());
        }
        let found = self.tokens.get(self.at).map_or_else(|| END_OF_FILE.to_owned(), unexpected);
        Err(format!("{found} (expecting \"{word}\")"))
    }

    /// Commands up to one of the words that end the list, or to the script's end.
    fn list(&mut self, ends: &[&str]) -> Result<List, String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err("too deep".to_owned());
        }
        let mut list = List::new();
        let mut when = When::Always;
        loop {
            self.skip_ends();
            let ended = self.at >= self.tokens.len()
                || self.sign() == Some(")")
                || self.keyword().is_some_and(|word| ends.contains(&word));
            if ended {
                break;
            }
            list.push((when, self.pipeline()?));
            when = match self.sign() {
                Some("&&") => When::Succeeded,
                Some("||") => When::Failed,
                Some(";" | "&") => When::Always,
                _ => {
                    when = When::Always;
                    break;
                }
            };
            self.at += 1;
        }
        self.depth -= 1;
        if when == When::Always { Ok(list) } else { Err(END_OF_FILE.to_owned()) }
    }

    fn pipeline(&mut self) -> Result<Pipeline, String> {
        let turned = self.keyword() == Some("!");
        self.at += usize::from(turned);
        let mut commands = vec![self.command()?];
        while self.sign() == Some("|") {
            self.at += 1;
            self.skip_ends();
            commands.push(self.command()?);
        }
        Ok(Pipeline { turned, commands })
    }

    fn command(&mut self) -> Result<Command, String> {
        let keyword = self.keyword().unwrap_or("").to_owned();
        let what = match keyword.as_str() {
            "for" => self.for_loop()?,
            "while" | "until" => {
                self.at += 1;
                let condition = self.list(&["do"])?;
                What::While(keyword == "until", condition, self.body()?)
            }
            "if" => self.branches()?,
            "{" => {
                self.at += 1;
                let list = self.list(&["}"])?;
                self.expect("}")?;
                What::Group(list, false)
            }
            _ if self.sign() == Some("(") => {
                self.at += 1;
                let list = self.list(&[])?;
                self.expect(")")?;
                What::Group(list, true)
            }
            "then" | "else" | "elif" | "fi" | "do" | "done" | "}" => return Err(format!("unexpected \"{keyword}\"")),
            _ => What::Simple(Vec::new()),
        };
        let mut command = Command { what, redirects: Vec::new() };
        loop {
            match self.tokens.get(self.at) {
                Some(Token::Word(word)) => match &mut command.what {
                    What::Simple(words) => words.push(word.clone()),
                    _ => break,
                },
                Some(Token::Redirect(sign)) => {
                    let target = match (*sign, self.tokens.get(self.at + 1)) {
                        ("2>&1" | ">&2", _) => Word::default(),
                        (_, Some(Token::Word(word))) => {
                            self.at += 1;
                            word.clone()
                        }
                        (_, Some(token)) => return Err(unexpected(token)),
                        (_, None) => return Err("unexpected newline".to_owned()),
                    };
                    command.redirects.push((sign, target));
                }
                Some(Token::Sign(_)) | None => break,
            }
            self.at += 1;
        }
        match &command.what {
            What::Simple(words) if words.is_empty() && command.redirects.is_empty() => {
                Err(self.tokens.get(self.at).map_or_else(|| END_OF_FILE.to_owned(), unexpected))
            }
            _ => Ok(command),
        }
    }

    fn body(&mut self) -> Result<List, String> {
        self.expect("do")?;
        let body = self.list(&["done"])?;
        self.expect("done")?;
        Ok(body)
    }

    fn for_loop(&mut self) -> Result<What, String> {
        self.at += 1;
        let name = self.keyword().unwrap_or("").to_owned();
        self.at += 1;
        let mut words = Vec::new();
        if self.keyword() == Some("in") {
            self.at += 1;
            while let Some(Token::Word(word)) = self.tokens.get(self.at) {
                words.push(word.clone());
                self.at += 1;
            }
        }
        self.skip_ends();
        Ok(What::For(name, words, self.body()?))
    }

    fn branches(&mut self) -> Result<What, String> {
        let (mut branches, mut otherwise) = (Vec::new(), List::new());
        while matches!(self.keyword(), Some("if" | "elif")) {
            self.at += 1;
            let condition = self.list(&["then"])?;
            self.expect("then")?;
            branches.push((condition, self.list(&["elif", "else", "fi"])?));
        }
        if self.keyword() == Some("else") {
            self.at += 1;
            otherwise = self.list(&["fi"])?;
        }
        self.expect("fi")?;
        Ok(What::If(branches, otherwise))
    }
}

/// A here-document that still has to be read: the token that it fills, its last line, whether it is taken as it is,
/// whether tabs before its lines are dropped.
struct Here {
    token: usize,
    end: String,
    literal: bool,
    bare: bool,
}

const END_OF_FILE: &str = "unexpected end of file";
const UNTERMINATED: &str = "unterminated quoted string";

/// Takes a script apart; `true` where its end is still to come: a here-document, a bracket, a line behind a backslash.
fn tokens(text: &str) -> Result<(Vec<Token>, bool), String> {
    const SIGNS: [(&str, &str); 8] =
        [("&&", "&&"), ("||", "||"), (";", ";"), ("\n", ";"), ("|", "|"), ("&", "&"), ("(", "("), (")", ")")];
    const REDIRECTS: [&str; 14] =
        ["2>&1", "1>&2", "2>>", "2>", "&>", ">&2", ">>", "1>", ">", "<<-", "<<<", "<<", "<", ">&1"];
    let mut tokens = Vec::new();
    let mut word: Option<Word> = None;
    let mut heres: Vec<Here> = Vec::new();
    let mut is_open = false;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let after = rest.get(c.len_utf8()..).unwrap_or("");
        let redirect = REDIRECTS
            .iter()
            .find(|sign| rest.starts_with(**sign) && (word.is_none() || !sign.starts_with(['1', '2'])))
            .copied();
        match c {
            ' ' | '\t' | '\r' => {
                tokens.extend(word.take().map(Token::Word));
                rest = after;
            }
            '#' if word.is_none() => rest = rest.find('\n').and_then(|end| rest.get(end..)).unwrap_or(""),
            '\'' => {
                let (inner, left) = after.split_once('\'').ok_or(UNTERMINATED)?;
                word.get_or_insert_default().push(Piece::literal(inner));
                rest = left;
            }
            '"' => rest = double_quoted(after, word.get_or_insert_default())?,
            '\\' => {
                is_open |= after.is_empty() || after == "\n";
                let c = after.chars().next().unwrap_or('\\');
                if c != '\n' {
                    word.get_or_insert_default().push(Piece::literal(c.encode_utf8(&mut [0; 4])));
                }
                rest = after.get(c.len_utf8()..).unwrap_or("");
            }
            '$' if after.starts_with('(') => {
                let inner = after.get(1..).unwrap_or("");
                let end = closing(inner);
                is_open |= end == inner.len();
                let length = (end + 3).min(rest.len());
                word.get_or_insert_default().push(Piece::open(rest.get(..length).unwrap_or(rest)));
                rest = rest.get(length..).unwrap_or("");
            }
            '$' if after.starts_with('$') => {
                word.get_or_insert_default().push(Piece::open("$$"));
                rest = rest.get(2..).unwrap_or("");
            }
            '$' if after.starts_with('{') => {
                is_open |= !rest.contains('}');
                let length = rest.find('}').map_or(rest.len(), |end| end + 1);
                word.get_or_insert_default().push(Piece::open(rest.get(..length).unwrap_or(rest)));
                rest = rest.get(length..).unwrap_or("");
            }
            '`' => {
                let (inner, left) = after.split_once('`').ok_or(UNTERMINATED)?;
                word.get_or_insert_default().push(Piece::open(&format!("$({inner})")));
                rest = left;
            }
            _ if redirect.is_some() => {
                let sign = redirect.unwrap_or(">");
                tokens.extend(word.take().map(Token::Word));
                rest = rest.get(sign.len()..).unwrap_or("");
                match sign {
                    "<<" | "<<-" => {
                        let (here, left) = here(rest, tokens.len() + 1, sign == "<<-");
                        heres.push(here);
                        rest = left;
                        tokens.push(Token::Redirect("<<"));
                        tokens.push(Token::Word(Word::default()));
                    }
                    "1>" => tokens.push(Token::Redirect(">")),
                    "1>&2" => tokens.push(Token::Redirect(">&2")),
                    ">&1" => {}
                    _ => tokens.push(Token::Redirect(sign)),
                }
            }
            _ => {
                if let Some((text, sign)) = SIGNS.iter().find(|(text, _)| rest.starts_with(text)) {
                    tokens.extend(word.take().map(Token::Word));
                    tokens.push(Token::Sign(sign));
                    rest = rest.get(text.len()..).unwrap_or("");
                    if *text == "\n" {
                        for here in heres.drain(..) {
                            let found;
                            (rest, found) = read_here(&here, rest, &mut tokens);
                            is_open |= !found;
                        }
                    }
                } else {
                    let end = after.find(|c: char| " \t\r\n'\"\\$`;&|<>()".contains(c)).unwrap_or(after.len());
                    let length = c.len_utf8() + end;
                    word.get_or_insert_default().push(Piece::open(rest.get(..length).unwrap_or("")));
                    rest = rest.get(length..).unwrap_or("");
                }
            }
        }
    }
    tokens.extend(word.map(Token::Word));
    Ok((tokens, is_open || !heres.is_empty()))
}

/// Reads up to the closing `"` into `word`; gives what follows.
fn double_quoted<'t>(text: &'t str, word: &mut Word) -> Result<&'t str, String> {
    let mut inner = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let after = rest.get(c.len_utf8()..).unwrap_or("");
        match c {
            '"' => {
                word.push(Piece::quoted(&inner));
                return Ok(after);
            }
            '\\' => {
                let next = after.chars().next().unwrap_or('\\');
                match next {
                    '"' | '\\' | '$' | '`' => {
                        word.push(Piece::quoted(&std::mem::take(&mut inner)));
                        word.push(Piece::literal(next.encode_utf8(&mut [0; 4])));
                    }
                    '\n' => {}
                    other => inner.extend(['\\', other]),
                }
                rest = after.get(next.len_utf8()..).unwrap_or("");
            }
            '$' if after.starts_with('(') => {
                let end = closing(after.get(1..).unwrap_or(""));
                let length = (end + 3).min(rest.len());
                inner.push_str(rest.get(..length).unwrap_or(""));
                rest = rest.get(length..).unwrap_or("");
            }
            '`' => {
                let (script, left) = after.split_once('`').ok_or(UNTERMINATED)?;
                inner.push_str(&format!("$({script})"));
                rest = left;
            }
            c => {
                inner.push(c);
                rest = after;
            }
        }
    }
    Err(UNTERMINATED.to_owned())
}

/// The word behind `<<`, and what follows it.
fn here(text: &str, token: usize, bare: bool) -> (Here, &str) {
    let text = text.trim_start_matches([' ', '\t']);
    let end = text.find(|c: char| c.is_whitespace() || ";|&<>()".contains(c)).unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    let literal = word.contains(['\'', '"', '\\']);
    (Here { token, end: word.replace(['\'', '"', '\\'], ""), literal, bare }, rest)
}

/// Reads a here-document's lines into its token; gives what follows them, and whether its end was found.
fn read_here<'t>(here: &Here, text: &'t str, tokens: &mut [Token]) -> (&'t str, bool) {
    let mut body = String::new();
    let mut rest = text;
    let mut found = false;
    while !rest.is_empty() {
        let (line, left) = rest.split_once('\n').unwrap_or((rest, ""));
        rest = left;
        let line = if here.bare { line.trim_start_matches('\t') } else { line };
        if line == here.end {
            found = true;
            break;
        }
        body.push_str(line);
        body.push('\n');
    }
    if let Some(Token::Word(word)) = tokens.get_mut(here.token) {
        word.push(if here.literal { Piece::literal(&body) } else { Piece::quoted(&body) });
    }
    (rest, found)
}

/// Where the bracket closes that was opened before `text`.
pub fn closing(text: &str) -> usize {
    let mut depth = 0;
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (c, quote) {
            (c, Some(open)) if c == open => quote = None,
            ('\'' | '"', None) => quote = Some(c),
            ('(', None) => depth += 1,
            (')', None) if depth == 0 => return at,
            (')', None) => depth -= 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::{goes_behind, needs_more};

    #[test]
    fn a_line_that_ends_so_goes_behind_the_prompt() {
        let lines = [
            ("kubectl port-forward svc/web 8080:80 &", true),
            ("sleep 1 & sleep 2", false),
            ("echo a &&", false),
            ("echo 'a &'", false),
            ("echo a # b &", false),
            ("&", false),
        ];
        for (text, behind) in lines {
            assert_eq!(goes_behind(text), behind, "{text}");
        }
    }

    #[test]
    fn what_is_open_needs_another_line() {
        for (text, more) in [
            ("kubectl get pods", false),
            ("", false),
            ("echo 'a", true),
            ("echo 'a\nb'", false),
            ("echo \"a", true),
            ("kubectl get pods \\", true),
            ("kubectl get pods \\\n", true),
            ("kubectl get pods \\\n  -o wide", false),
            ("echo \\\\", false),
            ("cat <<EOF | kubectl apply -f -", true),
            ("cat <<EOF | kubectl apply -f -\nkind: Pod", true),
            ("cat <<EOF | kubectl apply -f -\nkind: Pod\nEOF", false),
            ("cat <<'A' <<B\nx\nA\ny", true),
            ("kubectl get pods |", true),
            ("kubectl get pods &&", true),
            ("for i in 1 2; do", true),
            ("for i in 1 2\ndo echo $i", true),
            ("for i in 1 2; do echo $i; done", false),
            ("if true; then", true),
            ("( echo a", true),
            ("echo $(date", true),
            ("echo \"$(date", true),
            ("echo ${A", true),
            ("| wc", false),
            ("echo )", false),
        ] {
            assert_eq!(needs_more(text), more, "{text}");
        }
    }
}
