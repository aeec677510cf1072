//! HTML as a tree, within limits: some pages cost a parser the square of their size, or more (HTML standard 13.2.4).

use std::time::{Duration, Instant};

use html5ever::driver::{Parser, parse_document};
use html5ever::tendril::{StrTendril, TendrilSink as _};
use scraper::{Html, HtmlTreeSink};

/// How deep elements may nest: what Chromium's parser allows.
pub(crate) const DEPTH_MAX: usize = 512;
/// How many elements, texts and comments a page may have. Entra's have some hundred.
pub(crate) const NODES_MAX: usize = 200_000;
/// How long a page may be parsed, for what the other limits do not see, such as a tag with very many attributes.
const PARSE_TIME_MAX: Duration = Duration::from_secs(5);
/// After how many bytes the limits are looked at again.
const CHUNK_BYTES: usize = 4096;

/// Why a page is not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum HtmlError {
    /// More than [`DEPTH_MAX`] levels.
    #[error("its elements nest deeper than {DEPTH_MAX} levels")]
    Depth,
    /// More than so many of something.
    #[error("it has more than {0} {1}")]
    Count(usize, &'static str),
    /// Longer than so many seconds.
    #[error("parsing it takes more than {0} s")]
    Time(u64),
}

/// The tree of a page.
///
/// # Errors
/// Which limit the page exceeds.
pub(crate) fn parse(body: &str) -> Result<Html, HtmlError> {
    parse_within(body, PARSE_TIME_MAX)
}

/// Computes what a page says on a thread where nobody waits for anything else: time limits and signals keep working
/// beside it.
pub(crate) async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(payload) => std::panic::resume_unwind(payload),
            // The program ends, and this task with it.
            Err(_) => std::future::pending().await,
        },
    }
}

fn parse_within(body: &str, time: Duration) -> Result<Html, HtmlError> {
    let started = Instant::now();
    let mut parser = parse_document(HtmlTreeSink::new(Html::new_document()), Default::default());
    let mut rest = body;
    while !rest.is_empty() {
        let (chunk, after) = rest.split_at(rest.floor_char_boundary(CHUNK_BYTES));
        rest = after;
        parser.process(StrTendril::from(chunk));
        may_go_on(&parser)?;
        if started.elapsed() >= time {
            return Err(HtmlError::Time(time.as_secs()));
        }
    }
    let html = parser.finish();
    require_shallow(&html)?;
    Ok(html)
}

/// What the parser costs grows with the elements that are open, of which the newest node tells.
fn may_go_on(parser: &Parser<HtmlTreeSink>) -> Result<(), HtmlError> {
    let html = parser.tokenizer.sink.sink.0.borrow();
    let mut nodes = html.tree.nodes();
    if nodes.len() > NODES_MAX {
        return Err(HtmlError::Count(NODES_MAX, "nodes"));
    }
    let newest = nodes.next_back();
    if newest.is_some_and(|node| node.ancestors().nth(DEPTH_MAX).is_some()) {
        return Err(HtmlError::Depth);
    }
    Ok(())
}

fn require_shallow(html: &Html) -> Result<(), HtmlError> {
    let mut ahead = vec![(html.tree.root(), 0)];
    while let Some((node, depth)) = ahead.pop() {
        if depth > DEPTH_MAX {
            return Err(HtmlError::Depth);
        }
        ahead.extend(node.next_sibling().map(|sibling| (sibling, depth)));
        ahead.extend(node.first_child().map(|child| (child, depth + 1)));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::BODY_BYTES_MAX;

    /// The largest body that is made of `piece`, which a parser without limits reads for hours.
    fn endless(piece: &str) -> String {
        piece.repeat(BODY_BYTES_MAX / piece.len())
    }

    #[test]
    fn a_page_that_would_keep_the_parser_for_hours_is_refused() {
        // Every paragraph opens all formatting elements again.
        let formatting: String = (0..100_000)
            .map(|number| format!("<p><b id={number}>x</p>"))
            .collect();
        let nodes = HtmlError::Count(NODES_MAX, "nodes");
        for (page, expected) in [
            (endless("<div>x"), HtmlError::Depth),
            (endless("<div>"), HtmlError::Depth),
            (endless("<table><tr><td>"), HtmlError::Depth),
            (endless("<svg>"), HtmlError::Depth),
            (endless("<b><p>"), nodes.clone()),
            (endless("<p>x"), nodes.clone()),
            (endless("<!---->"), nodes.clone()),
            (formatting, nodes),
        ] {
            let error = parse(&page).err().unwrap();
            let same = error == expected || (expected != HtmlError::Depth && error == HtmlError::Depth);
            assert!(same, "{}: {error}", &page[..20]);
        }
    }

    #[test]
    fn depth_is_counted_where_it_is_and_not_where_the_page_ends() {
        // `html` and `body` are two levels, the text is one.
        let page = |divs: usize| format!("<body>{}x{}<p>y", "<div>".repeat(divs), "</div>".repeat(divs));
        assert!(parse(&page(DEPTH_MAX - 3)).is_ok());
        assert_eq!(parse(&page(DEPTH_MAX - 2)).err(), Some(HtmlError::Depth));
    }

    #[test]
    fn time_is_limited_too_and_chunks_end_between_characters() {
        let error = parse_within("<p>", Duration::ZERO).err();
        assert_eq!(error, Some(HtmlError::Time(0)));
        let text = format!("x{}", "ü".repeat(CHUNK_BYTES));
        let html = parse(&text).unwrap();
        assert_eq!(html.root_element().text().collect::<String>(), text);
        assert!(parse("").is_ok());
    }
}
