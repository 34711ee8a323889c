//! Patterns as grep and sed have them, without groups: `^`, `$`, `.`, `*`, `+`, `?`, `[...]` and escapes.

/// What one place of a pattern fits.
enum Fits {
    Char(char),
    Any,
    /// Ranges, and whether they are turned.
    Of(Vec<(char, char)>, bool),
}

impl Fits {
    fn fits(&self, c: char) -> bool {
        match self {
            Fits::Char(one) => *one == c,
            Fits::Any => true,
            Fits::Of(ranges, turned) => ranges.iter().any(|(from, to)| (*from..=*to).contains(&c)) != *turned,
        }
    }
}

/// Pieces with the fewest and the most times that they may come.
type Pieces = Vec<(Fits, usize, usize)>;

/// Steps that one search may take: patterns such as `.*.*.*.*x` never end otherwise.
const MOST_STEPS: usize = 100_000;

/// Where `line` holds the pattern first: from and to, in bytes.
pub fn find(pattern: &str, line: &str) -> Option<(usize, usize)> {
    let (pattern, from_start) = pattern.strip_prefix('^').map_or((pattern, false), |rest| (rest, true));
    let (pattern, to_end) = match pattern.strip_suffix('$') {
        Some(rest) if !rest.ends_with('\\') => (rest, true),
        _ => (pattern, false),
    };
    let pieces = pieces(pattern);
    let places: Vec<(usize, char)> = line.char_indices().collect();
    let at = |place: usize| places.get(place).map_or(line.len(), |(at, _)| *at);
    let mut steps = 0;
    let starts = if from_start { 0..=0 } else { 0..=places.len() };
    for start in starts {
        if let Some(end) = fit(&pieces, &places, start, to_end, &mut steps) {
            return Some((at(start), at(end)));
        }
    }
    None
}

fn pieces(pattern: &str) -> Pieces {
    let mut pieces = Pieces::new();
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        let fits = match c {
            '.' => Fits::Any,
            '[' => {
                let turned = chars.next_if_eq(&'^').is_some();
                let mut ranges = Vec::new();
                while let Some(from) = chars.next() {
                    if from == ']' && !ranges.is_empty() {
                        break;
                    }
                    if from == '[' && chars.peek() == Some(&':') {
                        let name: String = chars.by_ref().take_while(|c| *c != ']').collect();
                        ranges.extend(match name.trim_matches(':') {
                            "digit" => vec![('0', '9')],
                            "alpha" => vec![('a', 'z'), ('A', 'Z')],
                            "space" => vec![(' ', ' '), ('\t', '\t')],
                            _ => vec![('a', 'z'), ('A', 'Z'), ('0', '9')],
                        });
                        continue;
                    }
                    let is_range = chars.peek() == Some(&'-') && chars.clone().nth(1).is_some_and(|c| c != ']');
                    let to = if is_range { chars.nth(1).unwrap_or(from) } else { from };
                    ranges.push((from, to));
                }
                Fits::Of(ranges, turned)
            }
            '\\' => match chars.next() {
                Some('d') => Fits::Of(vec![('0', '9')], false),
                Some('s') => Fits::Of(vec![(' ', ' '), ('\t', '\t')], false),
                Some('w') => Fits::Of(vec![('a', 'z'), ('A', 'Z'), ('0', '9'), ('_', '_')], false),
                Some(c) => Fits::Char(c),
                None => Fits::Char('\\'),
            },
            c => Fits::Char(c),
        };
        let (least, most) = match chars.peek() {
            Some('*') => (0, usize::MAX),
            Some('+') => (1, usize::MAX),
            Some('?') => (0, 1),
            _ => (1, 1),
        };
        if (least, most) != (1, 1) {
            chars.next();
        }
        pieces.push((fits, least, most));
    }
    pieces
}

/// How far the pieces reach from `start`, each as far as it can.
fn fit(
    pieces: &[(Fits, usize, usize)],
    line: &[(usize, char)],
    start: usize,
    to_end: bool,
    steps: &mut usize,
) -> Option<usize> {
    *steps += 1;
    if *steps > MOST_STEPS {
        return None;
    }
    let Some(((fits, least, most), rest)) = pieces.split_first() else {
        return (!to_end || start == line.len()).then_some(start);
    };
    let run = line.iter().skip(start).take_while(|(_, c)| fits.fits(*c)).take(*most).count();
    if run < *least {
        return None;
    }
    (*least..=run).rev().find_map(|count| fit(rest, line, start + count, to_end, steps))
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn patterns_are_found_where_greps_finds_them() {
        for (pattern, line, expected) in [
            ("web", "a web", Some((2, 5))),
            ("^d.*0$", "db 10", Some((0, 5))),
            ("[0-9]+", "ab 123 c", Some((3, 6))),
            ("[^ ]*$", "one two", Some((4, 7))),
            ("colou?r", "color", Some((0, 5))),
            (r"10\.96", "10.96", Some((0, 5))),
            (r"10\.96", "10x96", None),
            ("", "x", Some((0, 0))),
            ("ß.", "aßb", Some((1, 4))),
        ] {
            assert_eq!(find(pattern, line), expected, "{pattern}");
        }
        assert_eq!(find(&".*".repeat(30), &"a".repeat(300)), Some((0, 300)));
        assert_eq!(find(&(".*".repeat(30) + "x"), &"a".repeat(300)), None);
        assert_eq!(find("[", "["), None);
    }
}
