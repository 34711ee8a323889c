//! Columns by tabs that stretch: what Go's text/tabwriter does to what kubectl prints.

/// Lines whose cells are parted by tabs, to lines whose columns line up.
///
/// A cell that a tab ends belongs to a column: the run of neighbouring lines that have such a cell at that place. Each
/// column is as wide as its widest cell and `padding` spaces, at least `least`. What follows a line's last tab is in no
/// column and is not padded.
pub fn align(text: &str, least: usize, padding: usize) -> String {
    let body = text.strip_suffix('\n').unwrap_or(text);
    let mut lines: Vec<Vec<Cell>> = Vec::new();
    for line in body.split('\n') {
        lines.push(line.split('\t').map(|text| Cell { text, width: 0 }).collect());
    }
    set_widths(&mut lines, 0, least, padding);
    let mut out = String::with_capacity(text.len() * 2);
    for (number, line) in lines.iter().enumerate() {
        if number > 0 {
            out.push('\n');
        }
        for (place, cell) in line.iter().enumerate() {
            out.push_str(cell.text);
            if place + 1 < line.len() {
                let used = cell.text.chars().count();
                out.extend(std::iter::repeat_n(' ', cell.width.saturating_sub(used)));
            }
        }
    }
    if text.ends_with('\n') {
        out.push('\n');
    }
    out
}

struct Cell<'a> {
    text: &'a str,
    width: usize,
}

/// Gives each cell at `place` the width of its column, then does the same for the places behind it, run by run.
fn set_widths(lines: &mut [Vec<Cell>], place: usize, least: usize, padding: usize) {
    let mut rest = lines;
    while !rest.is_empty() {
        let ended = |line: &Vec<Cell>| line.len() > place + 1;
        let skipped = rest.iter().take_while(|line| !ended(line)).count();
        let (_, from) = rest.split_at_mut(skipped);
        let run = from.iter().take_while(|line| ended(line)).count();
        let (column, after) = from.split_at_mut(run);
        let widest = column.iter().filter_map(|line| line.get(place)).map(|cell| cell.text.chars().count()).max();
        if let Some(widest) = widest {
            let width = (widest + padding).max(least);
            column.iter_mut().filter_map(|line| line.get_mut(place)).for_each(|cell| cell.width = width);
            set_widths(column, place + 1, least, padding);
        }
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stretch_over_neighbouring_lines() {
        assert_eq!(align("a\tb\nlong\tc\n", 0, 2), "a     b\nlong  c\n");
        assert_eq!(align("a\tb\nno tab\nlong\tc\n", 0, 2), "a  b\nno tab\nlong  c\n");
        assert_eq!(align("a\t1/1\tx\n", 6, 3), "a     1/1   x\n");
        assert_eq!(align("a\tb\t\nc\td\te\n", 0, 1), "a b \nc d e\n");
    }
}
