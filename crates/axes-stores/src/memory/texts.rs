//! Usernames and user agents, each kept once.

use std::hash::{BuildHasher as _, RandomState};
use std::num::NonZeroU32;

use hashbrown::HashTable;

use super::chunks::Chunks;

/// Stands for a text as long as somebody holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct TextId(NonZeroU32);

impl TextId {
    fn at(place: u32) -> Self {
        Self(NonZeroU32::MIN.saturating_add(place))
    }

    fn place(self) -> u32 {
        self.0.get().saturating_sub(1)
    }
}

/// Texts that entries share: those who guess have few user agents, and try one username from many
/// addresses or many from one.
#[derive(Debug, Default)]
pub(super) struct Texts {
    index: HashTable<u32>,
    all: Chunks<Text>,
    /// Places of texts that nobody held any more.
    vacant: Vec<u32>,
    random: RandomState,
}

#[derive(Debug, Default)]
struct Text {
    text: Box<str>,
    /// How many entries hold it.
    holders: u32,
}

impl Texts {
    /// What stands for `text`, if anybody holds it.
    pub(super) fn find(&self, text: &str) -> Option<TextId> {
        let is_it = |place: &u32| self.at(*place).is_some_and(|it| *it.text == *text);
        let found = self.index.find(self.random.hash_one(text), is_it);
        found.copied().map(TextId::at)
    }

    /// What stands for `text` until it is released.
    pub(super) fn hold(&mut self, text: &str) -> TextId {
        let hash = self.random.hash_one(text);
        let texts = &mut self.all;
        let is_it = |place: &u32| {
            let found = texts.get(*place as usize);
            found.is_some_and(|it| *it.text == *text)
        };
        if let Some(&place) = self.index.find(hash, is_it) {
            if let Some(it) = texts.get_mut(place as usize) {
                it.holders = it.holders.saturating_add(1);
            }
            return TextId::at(place);
        }
        let place = self.put(Text {
            text: text.into(),
            holders: 1,
        });
        let (texts, random) = (&self.all, &self.random);
        self.index.insert_unique(hash, place, |place| {
            let text = texts.get(*place as usize);
            text.map_or(0, |it| random.hash_one(&*it.text))
        });
        TextId::at(place)
    }

    /// Lets go of a text that was held.
    pub(super) fn release(&mut self, id: TextId) {
        let place = id.place();
        let Some(it) = self.all.get_mut(place as usize) else {
            return;
        };
        it.holders = it.holders.saturating_sub(1);
        if it.holders > 0 {
            return;
        }
        let hash = self.random.hash_one(&*it.text);
        *it = Text::default();
        if let Ok(found) = self.index.find_entry(hash, |other| *other == place) {
            found.remove();
            self.vacant.push(place);
        }
    }

    /// The text that `id` stands for.
    pub(super) fn get(&self, id: TextId) -> &str {
        self.at(id.place()).map_or("", |it| &it.text)
    }

    /// How many texts are held.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.index.len()
    }

    fn at(&self, place: u32) -> Option<&Text> {
        self.all.get(place as usize)
    }

    fn put(&mut self, text: Text) -> u32 {
        if let Some(place) = self.vacant.pop() {
            if let Some(it) = self.all.get_mut(place as usize) {
                *it = text;
            }
            return place;
        }
        let place = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        self.all.push(text);
        place
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_text_is_kept_once_until_the_last_has_released_it() {
        let mut texts = Texts::default();
        let ids = [texts.hold("curl/8"), texts.hold("curl/8")];
        assert_eq!(ids[0], ids[1]);
        texts.release(ids[0]);
        assert_eq!(texts.find("curl/8"), Some(ids[1]));
        texts.release(ids[1]);
        assert_eq!((texts.find("curl/8"), texts.index.len()), (None, 0));
    }

    #[test]
    fn places_of_released_texts_are_used_again() {
        let mut texts = Texts::default();
        let names = |from: u32| (from..from + 1_000).map(|number| format!("user {number}"));
        for name in names(0) {
            texts.hold(&name);
        }
        for name in names(0).step_by(2) {
            texts.release(texts.find(&name).unwrap());
        }
        for name in names(1_000).take(500) {
            texts.hold(&name);
        }
        assert_eq!((texts.all.len(), texts.vacant.len()), (1_000, 0));
        for name in names(0).skip(1).step_by(2).chain(names(1_000).take(500)) {
            assert_eq!(texts.get(texts.find(&name).unwrap()), name);
        }
    }

    #[test]
    fn an_empty_text_is_one_too() {
        let mut texts = Texts::default();
        assert_eq!(texts.find(""), None);
        let id = texts.hold("");
        assert_eq!((texts.find(""), texts.get(id)), (Some(id), ""));
        texts.release(id);
        assert_eq!(texts.find(""), None);
    }
}
