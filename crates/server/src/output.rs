//! Where results and messages go: results to stdout or a file, messages to stderr.

use std::io::{self, ErrorKind, Write};

use jiebang_domain::shared::{Language, Text};

/// Done, and the answer is yes.
pub const WELL: u8 = 0;
/// Done, and the answer is no.
pub const NO: u8 = 1;
/// The request cannot be read.
pub const UNREADABLE: u8 = 2;
/// A fault of ours.
pub const FAULT: u8 = 3;

/// Prints a result; a reader that went away is no fault of ours.
pub fn result(text: &str) {
    let mut out = std::io::stdout().lock();
    drop(
        out.write_all(text.as_bytes())
            .and_then(|()| if text.ends_with('\n') { Ok(()) } else { out.write_all(b"\n") }),
    );
}

/// Prints a message.
pub fn message(text: &Text, language: Language) {
    let mut out = std::io::stderr().lock();
    drop(writeln!(out, "{}", text.get(language)));
}

/// An error of the operating system in both languages; what is not common stays in the system's words.
pub fn os(error: &io::Error) -> Text {
    let zh = match error.kind() {
        ErrorKind::NotFound => "没有这个文件或文件夹",
        ErrorKind::PermissionDenied => "没有权限",
        ErrorKind::AlreadyExists => "已经存在",
        ErrorKind::IsADirectory => "这是文件夹，不是文件",
        ErrorKind::NotADirectory => "路径中有一段不是文件夹",
        ErrorKind::ReadOnlyFilesystem => "文件系统只读",
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "存储空间不足",
        ErrorKind::FileTooLarge => "文件过大",
        ErrorKind::InvalidData => "内容不是 UTF-8 编码",
        ErrorKind::InvalidFilename => "文件名不合法",
        ErrorKind::AddrInUse => "地址已被占用",
        ErrorKind::AddrNotAvailable => "本机没有这个地址",
        ErrorKind::TimedOut => "超时",
        _ => return Text::new(error.to_string(), error.to_string()),
    };
    Text::new(zh, error.to_string())
}
