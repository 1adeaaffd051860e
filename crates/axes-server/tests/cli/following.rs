//! `axes log --follow`.

use std::io::{self, Write};

use axes_server::Exit;

use crate::Desk;

/// Reads so many lines, lets something happen after each, and goes away.
struct Reader<'a> {
    text: String,
    left: usize,
    happens: &'a dyn Fn(usize),
}

impl Write for Reader<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.text.push_str(str::from_utf8(bytes).expect("text"));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.left = self.left.checked_sub(1).ok_or(io::ErrorKind::BrokenPipe)?;
        (self.happens)(self.left);
        Ok(())
    }
}

#[test]
fn what_happens_is_shown_as_it_happens_and_once() {
    let desk = Desk::new();
    desk.morning();
    let happens = |left: usize| match left {
        5 => desk.fails("eve", "192.0.2.50"),
        3 => {
            desk.fails("mallory", "192.0.2.51");
            desk.logs_in("bob", "198.51.100.2");
        }
        _ => {}
    };
    let mut reader = Reader {
        text: String::new(),
        left: 6,
        happens: &happens,
    };
    let mut err = Vec::new();
    let exit = desk.run_into(&["log", "--follow", "--limit", "2"], &mut reader, &mut err);
    assert_eq!((exit, err.as_slice()), (Exit::Done, &b""[..]));
    let names: Vec<&str> = reader
        .text
        .lines()
        .map(|line| {
            let names = ["bob", "dave", "eve", "mallory"];
            names
                .into_iter()
                .find(|name| line.contains(name))
                .unwrap_or(line)
        })
        .collect();
    assert_eq!(names[..3], ["dave", "bob", "eve"], "{}", reader.text);
    assert_eq!(names.len(), 5, "{}", reader.text);
    assert!(names[3..].contains(&"bob") && names[3..].contains(&"mallory"));
}
