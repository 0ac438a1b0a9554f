//! Help and complaints of the command line in Chinese; clap knows English only.

use clap::builder::{StyledStr, ValueRange};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command};
use std::ffi::OsString;

/// What the commands and their arguments are, by what they are in English.
const WORDS: [(&str, &str); 78] = [
    (
        "揭榜: runs open-competition R&D programmes from the notice to the winners' list",
        "揭榜：办理揭榜挂帅项目，从发布通知到公布名单",
    ),
    ("Language of messages; default from LANG, else zh", "消息的语言；默认看 LANG，否则中文"),
    ("Check, explain and begin call files", "检查、说明、新建榜单文件"),
    ("Serve pages and forms", "提供网页和表单服务"),
    ("Serve the five calls with an invented season in them", "演示：五个榜单和一季虚构的申报"),
    ("Bring the database to this version", "把数据库升到本版本"),
    ("Check that what was acknowledged is still whole", "检查已确认的内容是否完好"),
    (
        "Say offline what a receipt or an export proves, or that one head of the ledger extends another",
        "离线验证：回执或导出证明了什么，或账本的新检查点是否延续旧检查点",
    ),
    (
        "File with the public key of the ledger, from elsewhere than what is verified",
        "账本公钥文件，须另行取得，不得来自被验证的文件",
    ),
    (
        "Two signed heads and the proof that the second extends the first",
        "新旧两个签名检查点，以及后者延续前者的证明",
    ),
    ("A receipt, or the folder of an export", "回执，或导出的文件夹"),
    ("Accounts for offices, authorities, experts and others", "主办单位、推荐单位、专家等的账号"),
    (
        "Check call files and plans: every fault with its place and a way to mend it",
        "检查榜单文件和组织实施方案：列出每处错误的位置和改法",
    ),
    (
        "Print a whole call in plain words, to read against the notice",
        "用平实的话写出整个榜单，供与通知原文核对",
    ),
    ("Print the JSON Schema of the call language, for editors", "输出榜单语言的 JSON Schema，供编辑器使用"),
    ("Begin a new call file with its blanks marked", "新建榜单文件，标出待填之处"),
    ("Call files, plans, shared files, or folders of them", "榜单、方案、共享文件，或存放它们的文件夹"),
    ("The language of plans instead", "改为输出组织实施方案的语言"),
    ("Marked blanks count as errors", "待填之处也算错误"),
    ("Form of the result", "结果的形式"),
    ("Plain words", "文字"),
    ("JSON", "JSON"),
    ("Folder with further calls and shared files", "存放其他榜单和共享文件的文件夹"),
    ("Id of a call, or path of a call file", "榜单编号，或榜单文件的路径"),
    ("Id of the call", "榜单编号"),
    ("File to write; stdout when absent", "写入的文件；不填则写到标准输出"),
    ("Address to listen on", "监听地址"),
    ("Folder for the database and the files", "存放数据库和文件的文件夹"),
    (
        "Address of a PostgreSQL database, as postgres://user@host/name; without it SQLite in the data folder",
        "PostgreSQL数据库的地址，形如 postgres://用户@主机/库名；不写则用数据文件夹里的SQLite",
    ),
    (
        "Folder for uploaded files, or s3://bucket/prefix, which several servers may share; without it `files` in the data folder",
        "存放上传文件的文件夹或 s3://桶/前缀，多个服务可共用；不写则用数据文件夹里的 files",
    ),
    (
        "File with the secret key of the ledger, the same for all servers on one database; without it `ledger.key` in the data folder",
        "账本私钥文件，同一数据库的各个服务须用同一把；不写则用数据文件夹里的 ledger.key",
    ),
    (
        "Address that others reach the server by, as https://host; documents lead there for verification",
        "他人访问本服务的地址，如 https://主机名；文书上的核验码指向这里",
    ),
    (
        "Have the ledger signed by another key from now on, after the old one was lost or became known",
        "今后换用另一把密钥为账本签名，用于原密钥丢失或泄露之后",
    ),
    (
        "Copy database and files, also beside a running server, and check the copy",
        "备份数据库和文件并检查备份，服务运行时也可进行",
    ),
    ("Erase what the law asks to delete; the ledger over it stands", "依法删除；其上的账本不变"),
    ("What is erased", "删除什么"),
    (
        "An application: draft, files, submitted versions, notes of the desk, facts of its events",
        "一项申报：草稿、附件、历次提交、推荐单位的记录、事件的内容",
    ),
    (
        "What one receipt states, and the version that was submitted with it",
        "一份回执的内容，连同当次提交的版本",
    ),
    (
        "Who an account is: name, address, login name, password. It is closed",
        "账号的身份信息：姓名、邮箱、登录名、密码；账号停用",
    ),
    ("Number of a receipt, or login name", "回执编号，或登录名"),
    (
        "Law and article. It is kept and shown: it must name nobody",
        "依据的法律和条款；会保留并展示，不得写人名",
    ),
    (
        "Hand a call over as files that prove themselves, for an auditor or a court",
        "导出一个榜单，供审计或法院使用，导出的文件可自证真实",
    ),
    ("Which call is handed over, and where to", "导出哪个榜单，存放到何处"),
    ("Id of a published call", "已发布榜单的编号"),
    ("Folder for the export; it must not exist or be empty", "存放导出的文件夹，须不存在或为空"),
    (
        "Only what anybody may have: calls, plans, lists and the records behind them",
        "只导出可以公开的内容：榜单、方案、名单及其底稿",
    ),
    ("Compute the lists of an export again, from it alone", "只用导出文件重算名单"),
    ("What to compute again", "重算什么"),
    ("Folder of an export, full or public", "导出的文件夹，完整的或公开的"),
    (
        "File with the public key of the ledger, from elsewhere than the export",
        "账本公钥文件，须从导出以外的途径取得",
    ),
    ("What is copied, and where to", "备份的来源和去处"),
    ("Folder for the copy; it must not exist or be empty", "存放备份的文件夹，须不存在或为空"),
    ("Where the data and the ledger's key are", "数据和账本私钥所在"),
    (
        "Configuration file; `jiebang.toml` of the working folder when it exists",
        "配置文件；默认为当前文件夹的 jiebang.toml（如有）",
    ),
    (
        "Send cookies over TLS only; set it behind a TLS proxy",
        "仅经 TLS 发送 Cookie；位于 TLS 代理之后的应设置",
    ),
    (
        "Addresses or networks of the proxies in front, by commas; only they are believed in X-Forwarded-For",
        "前置代理的地址或网段，用逗号分隔；X-Forwarded-For 只采信它们的",
    ),
    ("Do not limit requests; for load tests", "不限制请求次数；用于压力测试"),
    ("Instant at which the demo begins, RFC 3339", "演示开始的时刻（RFC 3339）"),
    ("Seed of every invented name, code and order", "随机种子，决定全部虚构的名称、代码和次序"),
    (
        "Serve what the folder holds, without the season; for load tests",
        "只提供文件夹中已有的内容；用于压力测试",
    ),
    ("Add an account", "添加账号"),
    ("Set a new password and end the sessions of the account", "设置新密码，结束该账号的全部登录"),
    ("Close an account and end its sessions", "停用账号，结束其全部登录"),
    ("Role, such as programme_office", "角色，如 programme_office"),
    ("Login name", "登录名"),
    ("Name of the person", "姓名"),
    (
        "Password; without it JIEBANG_PASSWORD, else asked for on a terminal, else the first line of standard input",
        "密码；不填则取 JIEBANG_PASSWORD，再不然在终端询问，或读标准输入的第一行",
    ),
    ("Region code, for authorities", "地区代码，推荐单位填写"),
    (
        "Code of a registered organisation, for applicants and partners",
        "已注册单位的代码，申报单位和联合单位填写",
    ),
    ("Print help", "显示帮助"),
    ("Print help (see more with '--help')", "显示帮助"),
    ("Print help (see a summary with '-h')", "显示帮助"),
    ("Print version", "显示版本"),
    ("Print this message or the help of the given subcommand(s)", "显示本帮助或某个子命令的帮助"),
    ("A new account", "新账号"),
    ("An account that is there", "已有的账号"),
    ("A new password for an account that is there", "已有账号的新密码"),
    ("Where the data is", "数据所在"),
];

const TEMPLATE: &str = "{about-with-newline}\n用法：{usage}\n\n{all-args}{after-help}";

/// The command with everything that it says of itself in Chinese.
pub fn chinese(mut command: Command) -> Command {
    // Only then are the arguments for help there.
    command.build();
    translated(command)
}

fn translated(mut command: Command) -> Command {
    let usage = command.render_usage().to_string();
    let usage =
        usage.trim_start_matches("Usage: ").replace("[OPTIONS]", "[选项]").replace("<COMMAND>", "<命令>");
    let about = command.get_about().map(words);
    let names: Vec<String> = command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    let mut command = command
        .help_template(TEMPLATE)
        .override_usage(usage)
        .subcommand_help_heading("命令")
        .mut_args(argument)
        .disable_help_subcommand(true);
    if let Some(about) = about {
        command = command.about(about.clone()).long_about(about);
    }
    for name in names {
        command = command.mut_subcommand(name, translated);
    }
    command
}

fn argument(argument: Arg) -> Arg {
    let mut help = argument.get_help().map(words).unwrap_or_default();
    let values = argument.get_num_args().unwrap_or(ValueRange::EMPTY).takes_values();
    let mut add = |name: &str, all: Vec<String>| {
        if values && !all.is_empty() {
            help += &format!("（{name}：{}）", all.join("、"));
        }
    };
    let default = argument.get_default_values().iter().map(|value| value.to_string_lossy().into_owned());
    add("默认", default.collect());
    add("可选", argument.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect());
    add("环境变量", argument.get_env().map(|name| name.to_string_lossy().into_owned()).into_iter().collect());
    let heading = if argument.is_positional() { "参数" } else { "选项" };
    argument
        .help(help.clone())
        .long_help(help)
        .help_heading(heading)
        .hide_default_value(true)
        .hide_possible_values(true)
        .hide_env(true)
}

fn words(english: &StyledStr) -> String {
    let english = english.to_string();
    let known = WORDS.iter().find(|(known, _)| *known == english.trim_end_matches('.'));
    known.map_or(english.clone(), |(_, chinese)| (*chinese).to_owned())
}

/// What is wrong with the arguments, in Chinese.
pub fn complaint(error: &clap::Error) -> String {
    let said = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.join("、"),
        _ => String::new(),
    };
    let argument = said(ContextKind::InvalidArg);
    let value = said(ContextKind::InvalidValue);
    let mut text = match error.kind() {
        ErrorKind::InvalidSubcommand => format!("没有命令“{}”", said(ContextKind::InvalidSubcommand)),
        ErrorKind::UnknownArgument => format!("不认识的参数“{argument}”"),
        ErrorKind::MissingRequiredArgument => format!("缺少参数：{argument}"),
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            "缺少命令".to_owned()
        }
        ErrorKind::InvalidValue if value.is_empty() => format!("参数 {argument} 缺少值"),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            format!("参数 {argument} 的值“{value}”不能用")
        }
        ErrorKind::ArgumentConflict => format!("参数 {argument} 不能重复，也不能与其他参数同用"),
        ErrorKind::InvalidUtf8 => "参数不是 UTF-8 编码".to_owned(),
        _ => format!("参数有误（{}）", error.kind()),
    };
    let valid = said(ContextKind::ValidValue);
    if !valid.is_empty() {
        text += &format!("；可用：{valid}");
    }
    let suggestions =
        [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg, ContextKind::SuggestedValue];
    if let Some(suggested) = suggestions.map(said).iter().find(|text| !text.is_empty()) {
        text += &format!("；是不是“{suggested}”？");
    }
    format!("{text}\n用法见 jiebang --help。\n")
}

/// `help serve` as `serve --help`, wherever the language is said: the parser's own command for help knows no language.
pub fn help_as_flag(mut arguments: Vec<OsString>) -> Vec<OsString> {
    let mut place = 1;
    while let Some(argument) = arguments.get(place) {
        match argument.to_str() {
            Some("--lang") => place += 2,
            Some(language) if language.starts_with("--lang=") => place += 1,
            Some("help") => {
                arguments.remove(place);
                arguments.push("--help".into());
                break;
            }
            _ => break,
        }
    }
    arguments
}

/// `--lang` of arguments that have not been read yet.
pub fn language_asked(arguments: &[OsString]) -> Option<&str> {
    let arguments: Vec<&str> = arguments.iter().filter_map(|argument| argument.to_str()).collect();
    let place =
        arguments.iter().position(|argument| *argument == "--lang" || argument.starts_with("--lang="))?;
    arguments[place].strip_prefix("--lang=").or_else(|| arguments.get(place + 1).copied())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::Arguments;

    fn assert_chinese(command: &Command) {
        let has = |text: &str| !text.is_ascii() || text == "JSON";
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        assert!(has(&about), "{}: {about}", command.get_name());
        for argument in command.get_arguments() {
            let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
            assert!(has(&help), "{} {}: {help}", command.get_name(), argument.get_id());
        }
        command.get_subcommands().for_each(assert_chinese);
    }

    #[test]
    fn every_command_and_argument_is_told_in_chinese() {
        let mut command = chinese(Arguments::command());
        assert_chinese(&command);
        let help = command.render_long_help().to_string();
        for english in ["Usage", "ptions", "OPTIONS", "COMMAND", "Commands", "Print", "possible", "default:"]
        {
            assert!(!help.contains(english), "{english}: {help}");
        }
        chinese(Arguments::command()).debug_assert();
    }

    #[test]
    fn complaints_are_in_chinese() {
        for (arguments, words) in [
            (&["call", "checkk"][..], "没有命令“checkk”；是不是“check”？"),
            (&["serve", "--listne", "x"], "不认识的参数“--listne”；是不是“--listen”？"),
            (&["serve", "--listen", "x"], "的值“x”不能用"),
            (&["call", "check"], "缺少参数：<PATHS>..."),
            (&["call"], "缺少命令"),
            (&["--lang", "fr", "call", "schema"], "可用：zh、en"),
            (&["call", "new"], "缺少参数：<ID>"),
        ] {
            let all = ["jiebang"].iter().chain(arguments);
            let error = chinese(Arguments::command()).try_get_matches_from(all).unwrap_err();
            let said = complaint(&error);
            assert!(said.contains(words), "{arguments:?}: {said}");
        }
    }

    #[test]
    fn the_language_is_known_before_the_rest() {
        for (arguments, language) in
            [(&["x", "--lang", "en"][..], Some("en")), (&["--lang=zh"], Some("zh")), (&["--lang"], None)]
        {
            let arguments: Vec<_> = arguments.iter().map(std::ffi::OsString::from).collect();
            assert_eq!(language_asked(&arguments), language);
        }
    }
}
