//! Help, completions and manual pages.

use axes_server::Exit;

use crate::{Desk, assert_said};

#[test]
fn help_is_short_and_whole() {
    let desk = Desk::bare();
    assert_said!("help", desk.axes("-h"));
    for command in axes_server::command().get_subcommands() {
        let name = command.get_name();
        let said = desk.run(&[name, "-h"]);
        insta::assert_snapshot!(format!("help_{name}"), said);
        let widest = said.out.lines().map(|line| line.chars().count()).max();
        assert!(widest <= Some(80), "{said}");
    }
}

#[test]
fn every_setting_is_an_option() {
    let desk = Desk::bare();
    let said = desk.axes("--help").out;
    for spec in axes_settings::TABLE {
        let is_flag = spec.hosts == axes_settings::Hosts::All;
        let shown = said.contains(&format!("{} <", spec.flag()));
        assert_eq!(shown, is_flag, "{}", spec.name);
    }
    assert!(!desk.axes("-h").out.contains("--failure-limit"));
}

#[test]
fn nothing_is_coloured_for_those_who_do_not_want_it() {
    let mut desk = Desk::bare();
    let is_coloured = |desk: &Desk| desk.axes("--help").out.contains('\u{1b}');
    assert!(is_coloured(&desk));
    desk.environment
        .insert("NO_COLOR".to_owned(), "1".to_owned());
    assert!(!is_coloured(&desk));
    desk.environment.clear();
    desk.terminal.width = None;
    assert!(!is_coloured(&desk));
}

#[test]
fn shells_and_man_read_what_is_written() {
    let desk = Desk::bare();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let said = desk.axes(&format!("completions {shell}"));
        assert!(
            said.exit == Exit::Done && said.out.contains("explain"),
            "{shell}"
        );
    }
    let page = desk.axes("man").out;
    assert!(page.contains(".TH axes 1") && page.contains("axes\\-explain(1)"));
    let folder = desk.folder.path().display().to_string();
    assert_eq!(desk.run(&["man", "--folder", &folder]).exit, Exit::Done);
    for name in ["axes.1", "axes-locked.1", "axes-explain.1"] {
        assert!(desk.path(name).exists(), "{name}");
    }
}

#[test]
fn its_version_is_that_of_the_crate() {
    let said = Desk::bare().axes("--version");
    assert_eq!(said.out, format!("axes {}\n", env!("CARGO_PKG_VERSION")));
    assert_eq!(said.exit, Exit::Done);
}
