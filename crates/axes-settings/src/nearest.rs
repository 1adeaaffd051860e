//! What a misspelt name most likely means.

use crate::{Hosts, Spec, TABLE};

/// How many letters may be wrong.
const MOST: usize = 3;

/// The setting of Django that a misspelt `name` most likely means.
pub(crate) fn nearest(name: &str) -> Option<&'static str> {
    of(name, TABLE.iter()).map(|spec| spec.name)
}

/// The setting outside Django that a misspelt `name` most likely means, be that a key, a flag or an
/// environment variable.
pub(crate) fn nearest_outside(name: &str) -> Option<&'static Spec> {
    let words = name
        .trim_start_matches('-')
        .replace('-', "_")
        .to_uppercase();
    let word = words.strip_prefix("AXES_").unwrap_or(&words);
    of(
        &format!("AXES_{word}"),
        TABLE.iter().filter(|spec| spec.hosts == Hosts::All),
    )
}

fn of(name: &str, among: impl Iterator<Item = &'static Spec>) -> Option<&'static Spec> {
    among
        .map(|spec| (distance(name, spec.name), spec))
        .min_by_key(|(distance, spec)| (*distance, spec.name))
        .filter(|(distance, _)| *distance <= MOST)
        .map(|(_, spec)| spec)
}

/// How many letters have to be put in, taken out or replaced to make one name the other.
fn distance(name: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (index, left) in name.bytes().enumerate() {
        let mut diagonal = index;
        let mut before = index.saturating_add(1);
        if let Some(first) = row.first_mut() {
            *first = before;
        }
        for (cell, right) in row.iter_mut().skip(1).zip(other.bytes()) {
            let replaced = diagonal.saturating_add(usize::from(left != right));
            diagonal = *cell;
            *cell = replaced
                .min(diagonal.saturating_add(1))
                .min(before.saturating_add(1));
            before = *cell;
        }
    }
    row.last().copied().unwrap_or(usize::MAX)
}
