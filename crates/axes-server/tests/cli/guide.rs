//! The examples of the guide, run one after another as they are printed.
//!
//! A block of `console` holds commands behind `$ ` with what they say; `$ echo $?` tells how the last one
//! ended. Comments between them say what happens at the site meanwhile:
//!
//! - `<!-- file NAME -->`: the next block is in that file,
//! - `<!-- fails NAME ADDRESS TIMES -->`, `<!-- logs in NAME ADDRESS -->`,
//! - `<!-- passes SECONDS -->`.
//!
//! `AXES_UPDATE_GUIDE=1` writes what is said now into the guide.

use std::fmt::Write as _;
use std::time::Duration;

use crate::Desk;

const GUIDE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../docs/guide/command-line.md"
);

#[test]
fn the_guide_prints_what_the_program_says() {
    let guide = std::fs::read_to_string(GUIDE).expect("the guide is there");
    let now = run(&guide);
    if std::env::var("AXES_UPDATE_GUIDE").as_deref() == Ok("1") {
        std::fs::write(GUIDE, &now).expect("the guide can be written");
    }
    for (line, (is, printed)) in now.lines().zip(guide.lines()).enumerate() {
        assert_eq!(is, printed, "line {} of the guide", line + 1);
    }
    assert!(now == guide, "the guide ends elsewhere");
}

/// The guide with what is said now.
fn run(guide: &str) -> String {
    let mut desk = Desk::bare();
    desk.environment
        .insert("USER".to_owned(), "olivia".to_owned());
    let mut page = String::new();
    let mut lines = guide.lines().peekable();
    let (mut code, mut file) = (0, None);
    while let Some(line) = lines.next() {
        writeln!(page, "{line}").expect("there is memory");
        if let Some(told) = line
            .strip_prefix("<!-- ")
            .and_then(|line| line.strip_suffix(" -->"))
        {
            let words: Vec<&str> = told.split(' ').collect();
            match words.as_slice() {
                ["file", name] => file = Some((*name).to_owned()),
                ["fails", name, address, times] => {
                    for _ in 0..times.parse().expect("a number") {
                        desk.fails(name, address);
                    }
                }
                ["logs", "in", name, address] => desk.logs_in(name, address),
                ["passes", seconds] => {
                    desk.clock
                        .advance(Duration::from_secs(seconds.parse().expect("a number")));
                }
                _ => {}
            }
        } else if line == "```console" {
            while let Some(line) = lines.next_if(|line| *line != "```") {
                let Some(command) = line.strip_prefix("$ ") else {
                    continue;
                };
                writeln!(page, "{line}").expect("there is memory");
                if command == "echo $?" {
                    writeln!(page, "{code}").expect("there is memory");
                    continue;
                }
                let words = words(command);
                let words: Vec<&str> = words.iter().map(String::as_str).collect();
                assert_eq!(words.first(), Some(&"axes"), "{command}");
                let said = desk.run(words.get(1..).unwrap_or_default());
                code = said.exit.code();
                page.push_str(&said.out);
                page.push_str(&said.err);
            }
        } else if line.starts_with("```")
            && let Some(name) = file.take()
        {
            let mut text = String::new();
            while let Some(line) = lines.next_if(|line| *line != "```") {
                text.push_str(line);
                text.push('\n');
            }
            page.push_str(&text);
            desk.write(&name, &text);
        }
    }
    page
}

/// The words of a command, as a shell parts them.
fn words(command: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for character in command.chars() {
        match character {
            '"' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            other => {
                if let Some(word) = words.last_mut() {
                    word.push(other);
                }
            }
        }
    }
    words
}
