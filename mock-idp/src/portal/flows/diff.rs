//! Two messages side by side, line by line.

use super::xml::Line;
use crate::flows::Carried;

/// Lines times lines that are compared; what is longer is shown as different as a whole.
const CELLS_MAX: usize = 4_000_000;

/// Two lines that stand beside each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    /// Of the first message; `None`: only the second has this line.
    pub(crate) left: Option<Line>,
    /// Of the second message; `None`: only the first has this line.
    pub(crate) right: Option<Line>,
    /// Whether they differ.
    pub(crate) differs: bool,
}

/// Sets `left` beside `right` with as many equal lines as there can be.
pub(crate) fn side_by_side(left: &[Line], right: &[Line]) -> Vec<Row> {
    let before = left
        .iter()
        .zip(right)
        .take_while(|(left, right)| left == right)
        .count();
    let (left_rest, right_rest) = (&left[before..], &right[before..]);
    let pairs = left_rest.iter().rev().zip(right_rest.iter().rev());
    let after = pairs.take_while(|(left, right)| left == right).count();
    let (left_middle, left_end) = left_rest.split_at(left_rest.len() - after);
    let right_middle = &right_rest[..right_rest.len() - after];

    let mut rows: Vec<Row> = left[..before].iter().map(same).collect();
    let mut changed = Changed::default();
    let (mut at_left, mut at_right) = (0, 0);
    for (common_left, common_right) in common(left_middle, right_middle) {
        changed.left.extend_from_slice(&left_middle[at_left..common_left]);
        changed
            .right
            .extend_from_slice(&right_middle[at_right..common_right]);
        changed.flush(&mut rows);
        rows.push(same(&left_middle[common_left]));
        (at_left, at_right) = (common_left + 1, common_right + 1);
    }
    changed.left.extend_from_slice(&left_middle[at_left..]);
    changed.right.extend_from_slice(&right_middle[at_right..]);
    changed.flush(&mut rows);
    rows.extend(left_end.iter().map(same));
    rows
}

/// The forms that carry two messages.
pub(crate) fn forms(carried: &Carried) -> Vec<Row> {
    let lines = |texts: &[String]| texts.iter().map(|text| Line::plain(text)).collect::<Vec<_>>();
    side_by_side(&lines(&carried.honest), &lines(&carried.sent))
}

fn same(line: &Line) -> Row {
    Row {
        left: Some(line.clone()),
        right: Some(line.clone()),
        differs: false,
    }
}

/// Lines between two that are equal.
#[derive(Default)]
struct Changed {
    left: Vec<Line>,
    right: Vec<Line>,
}

impl Changed {
    fn flush(&mut self, rows: &mut Vec<Row>) {
        let longest = self.left.len().max(self.right.len());
        let mut left = std::mem::take(&mut self.left).into_iter();
        let mut right = std::mem::take(&mut self.right).into_iter();
        rows.extend((0..longest).map(|_| Row {
            left: left.next(),
            right: right.next(),
            differs: true,
        }));
    }
}

/// The places of a longest common subsequence.
fn common(left: &[Line], right: &[Line]) -> Vec<(usize, usize)> {
    if left.len().saturating_mul(right.len()) > CELLS_MAX {
        return Vec::new();
    }
    let width = right.len() + 1;
    // How much the ends of both have in common.
    let mut lengths = vec![0_u32; (left.len() + 1) * width];
    for (at, line) in left.iter().enumerate().rev() {
        for (beside, other) in right.iter().enumerate().rev() {
            lengths[at * width + beside] = if line == other {
                lengths[(at + 1) * width + beside + 1] + 1
            } else {
                lengths[(at + 1) * width + beside].max(lengths[at * width + beside + 1])
            };
        }
    }
    let (mut at, mut beside) = (0, 0);
    let mut pairs = Vec::new();
    while at < left.len() && beside < right.len() {
        if left[at] == right[beside] {
            pairs.push((at, beside));
            (at, beside) = (at + 1, beside + 1);
        } else if lengths[(at + 1) * width + beside] >= lengths[at * width + beside + 1] {
            at += 1;
        } else {
            beside += 1;
        }
    }
    pairs
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::xml::lines;
    use super::*;

    /// Lines of one empty element each, named by these letters.
    pub(in super::super) fn lettered(letters: &str) -> Vec<Line> {
        let elements: String = letters.chars().map(|name| format!("<{name}/>")).collect();
        lines(&elements).0
    }

    fn shown(left: &str, right: &str) -> Vec<String> {
        let (left, right) = (lettered(left), lettered(right));
        let text = |line: &Option<Line>| {
            line.as_ref()
                .map_or("-".to_owned(), |line| line.text()[1..2].to_owned())
        };
        side_by_side(&left, &right)
            .iter()
            .map(|row| {
                let mark = if row.differs { "!" } else { "" };
                format!("{}{}{mark}", text(&row.left), text(&row.right))
            })
            .collect()
    }

    #[test]
    fn equal_lines_stand_beside_each_other() {
        for (left, right, expected) in [
            ("abc", "abc", &["aa", "bb", "cc"][..]),
            ("abc", "axc", &["aa", "bx!", "cc"]),
            ("abc", "ac", &["aa", "b-!", "cc"]),
            ("ac", "abc", &["aa", "-b!", "cc"]),
            ("", "ab", &["-a!", "-b!"]),
            ("abcd", "bxd", &["a-!", "bb", "cx!", "dd"]),
            ("aab", "ab", &["aa", "a-!", "bb"]),
        ] {
            assert_eq!(shown(left, right), expected, "{left} {right}");
        }
    }
}
