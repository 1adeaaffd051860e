//! Rows of one kind, as JSON lines or CSV.

use std::io::{self, Write};

use serde::Serialize;

use crate::output::line;

/// Writes rows as they come.
pub(super) struct Sheet<'a> {
    out: &'a mut dyn Write,
    csv: bool,
    number: u64,
}

impl<'a> Sheet<'a> {
    pub(super) fn new(out: &'a mut dyn Write, csv: bool) -> Self {
        Self {
            out,
            csv,
            number: 0,
        }
    }

    /// How many rows were written.
    pub(super) const fn number(&self) -> u64 {
        self.number
    }

    /// Writes the `names` of the columns, where there are any.
    pub(super) fn begin<const N: usize>(&mut self, names: [&str; N]) -> io::Result<()> {
        if self.csv {
            self.write(&names.map(str::to_owned))?;
        }
        Ok(())
    }

    /// Writes one row, which is `shape` as JSON and `cells` as CSV.
    pub(super) fn put(&mut self, shape: &impl Serialize, cells: &[String]) -> io::Result<()> {
        if self.csv {
            let safe: Vec<String> = cells.iter().map(|cell| no_formula(cell)).collect();
            self.write(&safe)?;
        } else {
            line(self.out, shape)?;
        }
        self.number = self.number.saturating_add(1);
        Ok(())
    }

    fn write(&mut self, cells: &[String]) -> io::Result<()> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(cells)?;
        let row = writer
            .into_inner()
            .map_err(csv::IntoInnerError::into_error)?;
        self.out.write_all(&row)
    }
}

/// `cell` with a `'` before what a spreadsheet would execute: usernames come from strangers. Where a
/// spreadsheet parts cells by something else than a comma, a cell begins behind that too.
fn no_formula(cell: &str) -> String {
    let mut safe = String::with_capacity(cell.len());
    let mut begins = true;
    for character in cell.chars() {
        let tab = safe.is_empty() && matches!(character, '\t' | '\r');
        if begins && matches!(character, '=' | '+' | '-' | '@') || tab {
            safe.push('\'');
        }
        begins =
            matches!(character, ';' | ',' | '\t' | '\r' | '\n' | '|') || begins && character == ' ';
        safe.push(character);
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spreadsheet_executes_nothing() {
        let mut out = Vec::new();
        let mut sheet = Sheet::new(&mut out, true);
        sheet.begin(["username", "time"]).unwrap();
        let names = [
            "=HYPERLINK(\"http://evil\")",
            "a,\"b\"\nc",
            "@x",
            "ada",
            "x; =cmd|'/C calc'!A0;y",
        ];
        for name in names {
            sheet
                .put(&name, &[name.to_owned(), "now".to_owned()])
                .unwrap();
        }
        assert_eq!(sheet.number(), 5);
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "username,time\n\"'=HYPERLINK(\"\"http://evil\"\")\",now\n\"a,\"\"b\"\"\nc\",now\n'@x,now\nada,now\n\
             x; '=cmd|'/C calc'!A0;y,now\n"
        );
    }
}
