//! Tables for people.

use std::io::{self, Write};

use comfy_table::{ContentArrangement, presets};

/// A table that fits the terminal; where there is none, each row is one line.
pub(crate) struct Table {
    table: comfy_table::Table,
}

impl Table {
    pub(crate) fn new<const N: usize>(width: Option<u16>, header: [&str; N]) -> Self {
        let mut table = comfy_table::Table::new();
        table.load_style(presets::NOTHING);
        match width {
            Some(width) => table
                .set_width(width.max(40))
                .set_content_arrangement(ContentArrangement::Dynamic),
            None => table.set_content_arrangement(ContentArrangement::Disabled),
        };
        table.set_header(header.map(str::to_uppercase));
        for column in table.column_iter_mut() {
            column.set_padding((0, 2));
        }
        Self { table }
    }

    pub(crate) fn add<const N: usize>(&mut self, row: [String; N]) {
        self.table.add_row(row);
    }

    pub(crate) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        for line in self.table.lines() {
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(())
    }
}
