//! All pictures with sample figures as one page, to be looked at: `cargo run -p jiebang-web --example figures -- zh > figures.html`.
//! The style sheet is taken from `crates/web/assets/app.css`.

use jiebang_domain::shared::{Language, Region};
use jiebang_web::figures::{
    Funnel, FunnelStep, Gantt, GanttBar, GanttLane, Hours, Regions, Spread, SpreadGroup, funnel, gantt,
    hours, regions, spread,
};
use jiff::civil::{Date, date};

fn main() {
    let english = std::env::args().nth(1).as_deref() == Some("en");
    let language = if english { Language::En } else { Language::Zh };
    let figures = [
        gantt(&plan(), language),
        gantt(&Gantt { lanes: Vec::new(), ..plan() }, language),
        funnel(&steps(), language),
        hours(
            &Hours {
                title: "申报提交".to_owned(), deadline: "2025-03-28 24:00".to_owned(), counts: rush()
            },
            language,
        ),
        regions(&shares(), language),
        spread(&scores(), language),
    ];
    println!(
        "<!doctype html><html lang=\"{}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\"><title>Figures</title><style>{}</style></head>\
         <body><main class=\"main\"><div class=\"width\">{}</div></main></body></html>",
        language.tag(),
        include_str!("../assets/app.css"),
        figures.join("\n")
    );
}

fn bar(name: &str, from: Date, to: Date, percent: u8, reached_on: Option<Date>, note: &str) -> GanttBar {
    GanttBar { name: name.to_owned(), from, to, percent, reached_on, note: note.to_owned() }
}

fn plan() -> Gantt {
    let upstream = vec![
        bar("树脂中试与批次一致性", date(2025, 11, 4), date(2026, 5, 31), 100, Some(date(2026, 5, 20)), ""),
        bar("生物相容性全项检测", date(2026, 3, 1), date(2026, 9, 30), 80, None, "送检排期延后"),
        bar("主文档登记", date(2026, 10, 1), date(2027, 3, 31), 10, None, ""),
    ];
    let downstream = vec![
        bar(
            "样机设计冻结，完成关键零部件的可靠性验证和第一轮动物试验方案",
            date(2026, 1, 1),
            date(2026, 12, 31),
            65,
            None,
            "有风险",
        ),
        bar("注册检验", date(2027, 1, 1), date(2027, 6, 30), 0, None, ""),
        bar("临床试验入组", date(2027, 6, 1), date(2027, 11, 4), 0, None, ""),
    ];
    let lane = |name: &str, bars| GanttLane { name: name.to_owned(), bars };
    Gantt {
        title: "攻关计划".to_owned(),
        lanes: vec![lane("上游材料", upstream), lane("下游器械", downstream)],
        first: date(2025, 11, 4),
        last: date(2027, 11, 4),
        today: date(2026, 11, 23),
    }
}

fn steps() -> Funnel {
    let step = |name: &str, count| FunnelStep { name: name.to_owned(), count };
    Funnel {
        title: "从申报到优胜".to_owned(),
        steps: vec![
            step("建立申报", Some(1_412)),
            step("提交", Some(1_035)),
            step("推荐", Some(612)),
            step("形式审查通过", Some(598)),
            step("入围", Some(221)),
            step("优胜", None),
        ],
    }
}

fn rush() -> Vec<u32> {
    (0..72_u32).map(|hour| (hour * hour * hour / 6_000 + hour % 5) * u32::from(hour % 24 > 7)).collect()
}

fn shares() -> Regions {
    let counts = Region::all().zip(0..).map(|(region, nth): (_, u32)| (region, (nth * 37 + 11) % 90));
    Regions {
        title: "各地区申报".to_owned(),
        counts: counts.filter(|(_, count)| *count > 9).collect(),
        kinds: Vec::new(),
    }
}

fn scores() -> Spread {
    let group = |name: &str, count: u32, middle: u32| SpreadGroup {
        name: name.to_owned(),
        scores: (0..count)
            .map(|nth| f64::from(middle + (nth * 7_919) % 31) - 15.0 + f64::from(nth % 7) / 3.0)
            .collect(),
    };
    Spread {
        title: "专家评分".to_owned(),
        lowest: 0.0,
        highest: 100.0,
        groups: vec![
            group("智能辅助诊断", 64, 74),
            group("手术机器人", 31, 81),
            group("康复", 5, 60),
            group("智能监护", 0, 0),
        ],
    }
}
