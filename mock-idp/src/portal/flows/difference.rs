//! What faults changed of a response, for readers that are no page.

use control_api::flow::{Difference, DifferenceLine};

use super::diff::{Row, forms, side_by_side};
use super::messages::{self, Outgoing};
use super::xml::{self, Line};
use crate::flows::Recorded;

/// Equal lines that are shown before and after what differs.
const CONTEXT_LINES: usize = 2;

/// What faults changed of the newest response of a flow that carried any, first of the form that carries it, then of the
/// message; no lines where none did. An encrypted assertion is compared as it was before.
pub(crate) fn difference(recorded: &Recorded) -> Difference {
    let outgoing = messages::outgoing(recorded);
    let lines = outgoing.iter().rev().find_map(lines_of).unwrap_or_default();
    Difference { lines }
}

fn lines_of(message: &Outgoing) -> Option<Vec<DifferenceLine>> {
    let form = message.carried.as_ref().map(|carried| told(&forms(carried)));
    let sent = message.open.as_deref().or(message.xml.as_deref().ok());
    let xml = message.honest.as_deref().zip(sent);
    let xml = xml.map(|(honest, sent)| told(&side_by_side(&xml::lines(honest).0, &xml::lines(sent).0)));
    (form.is_some() || xml.is_some()).then(|| form.into_iter().chain(xml).flatten().collect())
}

/// Of every run of rows that differ first what is missing, then what stands there instead, with some lines around it.
fn told(rows: &[Row]) -> Vec<DifferenceLine> {
    let text = |line: &Option<Line>| line.as_ref().map(Line::text);
    let mut lines = Vec::new();
    let mut left_out = 0;
    let mut at = 0;
    while let Some(row) = rows.get(at) {
        if row.differs {
            let run = rows[at..].iter().take_while(|row| row.differs).count();
            let run = &rows[at..at + run];
            lines.extend(
                run.iter()
                    .filter_map(|row| text(&row.left))
                    .map(DifferenceLine::Honest),
            );
            lines.extend(
                run.iter()
                    .filter_map(|row| text(&row.right))
                    .map(DifferenceLine::Sent),
            );
            at += run.len();
            continue;
        }
        let near = &rows[at.saturating_sub(CONTEXT_LINES)..rows.len().min(at + CONTEXT_LINES + 1)];
        if near.iter().any(|row| row.differs) {
            if left_out > 0 {
                lines.push(DifferenceLine::LeftOut(std::mem::take(&mut left_out)));
            }
            lines.extend(text(&row.left).map(DifferenceLine::Same));
        } else {
            left_out += 1;
        }
        at += 1;
    }
    if left_out > 0 && !lines.is_empty() {
        lines.push(DifferenceLine::LeftOut(left_out));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::super::diff::tests::lettered;
    use super::*;

    fn shown(left: &str, right: &str) -> Vec<String> {
        let (left, right) = (lettered(left), lettered(right));
        let line = |line: DifferenceLine| match line {
            DifferenceLine::Same(text) => format!(" {text}"),
            DifferenceLine::Honest(text) => format!("-{text}"),
            DifferenceLine::Sent(text) => format!("+{text}"),
            DifferenceLine::LeftOut(count) => format!("{count}"),
        };
        told(&side_by_side(&left, &right)).into_iter().map(line).collect()
    }

    #[test]
    fn what_differs_is_shown_with_two_lines_around_it() {
        for (left, right, expected) in [
            ("abc", "abc", &[][..]),
            ("a", "", &["-<a/>"]),
            (
                "abcdefg",
                "abcxefg",
                &["1", " <b/>", " <c/>", "-<d/>", "+<x/>", " <e/>", " <f/>", "1"],
            ),
            ("ab", "xyb", &["-<a/>", "+<x/>", "+<y/>", " <b/>"]),
            (
                "abcdefg",
                "xbcdefy",
                &[
                    "-<a/>", "+<x/>", " <b/>", " <c/>", "1", " <e/>", " <f/>", "-<g/>", "+<y/>",
                ],
            ),
        ] {
            assert_eq!(shown(left, right), expected, "{left} {right}");
        }
    }
}
