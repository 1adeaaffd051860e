//! Tables for docs/benchmarks.md.

use std::fmt::Write as _;

use crate::turns::Spread;

/// The page, as seen from the root of the repository.
const PAGE: &str = "docs/benchmarks.md";

/// A table of texts.
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new(head: &[&str]) -> Self {
        let cells = |text: &&str| (*text).to_owned();
        Self {
            rows: vec![
                head.iter().map(cells).collect(),
                vec!["---".to_owned(); head.len()],
            ],
        }
    }

    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// As Markdown.
    pub(crate) fn markdown(&self) -> String {
        let mut text = String::new();
        for row in &self.rows {
            let _ = writeln!(text, "| {} |", row.join(" | "));
        }
        text
    }
}

impl Spread {
    /// As a ratio: `1.30× [1.25× – 1.41×]`.
    pub(crate) fn times(self) -> String {
        let Self {
            lower,
            median,
            upper,
        } = self;
        format!("{median:.2}× [{lower:.2}× – {upper:.2}×]")
    }
}

/// Writes `text` between the marks of the section `name`.
pub(crate) fn write(name: &str, text: &str) -> Result<(), String> {
    let page =
        std::fs::read_to_string(PAGE).map_err(|error| format!("cannot read {PAGE}: {error}"))?;
    let [begin, end] = ["begin", "end"].map(|mark| format!("<!-- {mark}: {name} -->"));
    let (Some((before, _)), Some((_, after))) = (page.split_once(&begin), page.split_once(&end))
    else {
        return Err(format!("{PAGE} has no section {name}"));
    };
    let page = format!("{before}{begin}\n{text}{end}{after}");
    std::fs::write(PAGE, page).map_err(|error| format!("cannot write {PAGE}: {error}"))
}
