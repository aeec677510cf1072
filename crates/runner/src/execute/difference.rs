//! What the faults of a sign-on changed of its response, as evidence.

use control_api::flow::DifferenceLine;

use super::Case;
use crate::text::shortened;

/// The most lines of a difference that are kept as evidence.
const DIFFERENCE_LINES_MAX: usize = 120;
/// The most of such a line that is kept, in characters: a signature value fits.
const DIFFERENCE_CHARACTERS_MAX: usize = 400;

impl Case<'_> {
    /// What the faults changed of the response. What cannot be asked is no evidence, and no reason to fail.
    pub(super) async fn difference(&self, flow: &str) -> Vec<String> {
        let asked = self.world.control.difference(&self.info.id, flow).await;
        let lines = asked.map(|difference| difference.lines).unwrap_or_default();
        let mut told: Vec<_> = lines.iter().take(DIFFERENCE_LINES_MAX).map(told).collect();
        if lines.len() > told.len() {
            told.push(told_left_out(lines.len() - told.len()));
        }
        told
    }
}

/// A line of a difference, for reading.
fn told(line: &DifferenceLine) -> String {
    let marked = |mark: &str, text: &str| format!("{mark} {}", shortened(text, DIFFERENCE_CHARACTERS_MAX));
    match line {
        DifferenceLine::Same(text) => marked(" ", text),
        DifferenceLine::Honest(text) => marked("-", text),
        DifferenceLine::Sent(text) => marked("+", text),
        DifferenceLine::LeftOut(count) => told_left_out(*count),
    }
}

fn told_left_out(count: usize) -> String {
    match count {
        1 => "  … 1 line".to_owned(),
        many => format!("  … {many} lines"),
    }
}
