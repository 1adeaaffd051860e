//! Entries as texts: fields that end with a blank, texts with their length before them.

use std::fmt::Write as _;

use axes_core::Timestamp;

use crate::{ErrorKind, StoreError};

/// Writes the fields of an entry.
pub(super) struct Writer(String);

impl Writer {
    /// Begins an entry of `kind`, which names its form and version.
    pub(super) fn new(kind: &str) -> Self {
        Self(format!("{kind} "))
    }

    pub(super) fn number(&mut self, number: impl Into<i64>) {
        // Writing into a String cannot fail.
        let _ = write!(self.0, "{} ", number.into());
    }

    pub(super) fn time(&mut self, time: Timestamp) {
        self.number(time.as_millis());
    }

    pub(super) fn text(&mut self, text: Option<&str>) {
        match text {
            Some(text) => {
                let _ = write!(self.0, "{}:{text} ", text.len());
            }
            None => self.0.push_str("- "),
        }
    }

    pub(super) fn finish(self) -> String {
        self.0
    }
}

/// Reads the fields of an entry.
pub(super) struct Reader<'a>(&'a str);

impl<'a> Reader<'a> {
    /// Begins to read `value`, which has to be of `kind`.
    pub(super) fn new(kind: &str, value: &'a str) -> Result<Self, StoreError> {
        let mut reader = Self(value);
        (reader.word()? == kind)
            .then_some(reader)
            .ok_or_else(corrupt)
    }

    fn word(&mut self) -> Result<&'a str, StoreError> {
        let (word, rest) = self.0.split_once(' ').ok_or_else(corrupt)?;
        self.0 = rest;
        Ok(word)
    }

    pub(super) fn number<N: TryFrom<i64>>(&mut self) -> Result<N, StoreError> {
        let number: i64 = self.word()?.parse().map_err(|_| corrupt())?;
        N::try_from(number).map_err(|_| corrupt())
    }

    pub(super) fn time(&mut self) -> Result<Timestamp, StoreError> {
        self.number().map(Timestamp::from_millis)
    }

    pub(super) fn text(&mut self) -> Result<Option<String>, StoreError> {
        if let Some(rest) = self.0.strip_prefix("- ") {
            self.0 = rest;
            return Ok(None);
        }
        let (length, rest) = self.0.split_once(':').ok_or_else(corrupt)?;
        let length: usize = length.parse().map_err(|_| corrupt())?;
        let (text, rest) = rest.split_at_checked(length).ok_or_else(corrupt)?;
        self.0 = rest.strip_prefix(' ').ok_or_else(corrupt)?;
        Ok(Some(text.to_owned()))
    }
}

/// Somebody else wrote under a key of ours.
pub(super) const fn corrupt() -> StoreError {
    StoreError::new(ErrorKind::Corrupt, "read an entry of the cache")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let mut writer = Writer::new("x1");
        writer.number(-7);
        writer.text(Some("a b:c\n é"));
        writer.text(None);
        writer.text(Some(""));
        writer.text(Some("-"));
        writer.time(Timestamp::NEVER);
        let text = writer.finish();
        let mut reader = Reader::new("x1", &text).unwrap();
        assert_eq!(reader.number::<i64>().unwrap(), -7);
        assert_eq!(reader.text().unwrap().as_deref(), Some("a b:c\n é"));
        assert_eq!(reader.text().unwrap(), None);
        assert_eq!(reader.text().unwrap().as_deref(), Some(""));
        assert_eq!(reader.text().unwrap().as_deref(), Some("-"));
        assert_eq!(reader.time().unwrap(), Timestamp::NEVER);
        assert!(reader.number::<i64>().is_err());
    }

    #[test]
    fn what_somebody_else_wrote_is_an_error_and_no_panic() {
        for foreign in [
            "", "x1", "x2 1 ", "x1 -1 ", "x1 a ", "x1 9:ab ", "x1 1:é ", "x1 1:ab ",
        ] {
            let read = Reader::new("x1", foreign).and_then(|mut reader| {
                let mut again = Reader(reader.0);
                reader
                    .number::<u32>()
                    .map(|_| ())
                    .and(again.text().map(|_| ()))
            });
            assert_eq!(read.unwrap_err().kind(), ErrorKind::Corrupt, "{foreign:?}");
        }
    }
}
