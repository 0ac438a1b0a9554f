use std::io::Cursor;

use super::made::{Made, deflated, predicted, tree};
use crate::files::FILE_PAGES_MAX;
use crate::files::inspect::{Fault, Kind};
use crate::files::pdf;

/// What is found in these bytes, which begin with a PDF's first line.
fn found(bytes: &[u8]) -> Result<u32, Fault> {
    pdf::pages(Cursor::new(bytes), bytes.len() as u64, 0).unwrap()
}

const DAMAGED: Result<u32, Fault> = Err(Fault::Damaged(Kind::Pdf));
const UNKNOWN: Result<u32, Fault> = Err(Fault::PagesUnknown);
const FLATE: &str = "/Filter/FlateDecode";

/// A tree in text whose root, and first kid, are written like this.
fn written(root: &str, kid: &str) -> Vec<u8> {
    Made::new().tree(2).object(2, root).object(3, kid).table("").bytes()
}

#[test]
fn pages_are_counted_however_they_are_written() {
    let plain = || Made::new().tree(3);
    let text =
        b"<</Type/Page>> /Encrypt 5 0 R\ntrailer <</Encrypt 5 0 R>>\n9 0 obj <</Type /Page>> startxref 0";
    for (name, content, pages) in [
        ("plain", plain().table("").bytes(), 3),
        ("escaped", written("<</Type/P#61ges/K#69ds[3 0 R 4 0 R]/#43ount 2>>", "<</Type%x\n/P#61ge>>"), 2),
        ("comments", written("<</Type%\r/Pages/Kids%]\n[3%\n0 R 4 0%R\n R]/Count 2>>", "<</Type/Page>>"), 2),
        ("strings", written("<</Kids[3 0 R 4 0 R]/A(\\)/Kids[]()>>)/B<2f>/Count 2>>", "<</A(>>)>>"), 2),
        ("no type", written("<</Kids[3 0 R 4 0 R]/Count 2>>", "<<>>"), 2),
        ("another type", written("<</Kids[3 0 R 4 0 R]/Count 2>>", "<</Type/Template>>"), 2),
        ("a page twice", written("<</Kids[3 0 R 3 0 R 4 0 R]/Count 3>>", "<</Type/Page>>"), 3),
        ("counted too low", written("<</Kids[3 0 R 4 0 R]/Count 1>>", "<</Type/Page>>"), 2),
        ("counted too high", written("<</Kids[3 0 R 4 0 R]/Count 7>>", "<</Type/Page>>"), 7),
        ("not counted", written("<</Kids[3 0 R 4 0 R]/Count -7>>", "<</Type/Page>>"), 2),
        ("parts", written("<</Kids[3 0 R 4 0 R]/Count 1>>", "<</Type/Pages/Kids[4 0 R 4 0 R]>>"), 3),
        ("an empty part", written("<</Kids[3 0 R 4 0 R]/Count 1>>", "<</Type/Pages/Kids[]>>"), 1),
        (
            "elsewhere",
            plain()
                .object(2, "<</Type 20 0 R/Kids 21 0 R/Count 22 0 R>>")
                .object(20, "/Pages")
                .object(21, "[3 0 R 4 0 R 5 0 R]")
                .object(22, "5")
                .table("")
                .bytes(),
            5,
        ),
        ("text in a stream", plain().stream(9, "", text).table("").bytes(), 3),
        ("text in a comment", plain().table("/X(/Encrypt 5 0 R)%/Encrypt 5 0 R\n").bytes(), 3),
        ("pages that hang nowhere", plain().object(90, "<</Type/Page/Parent 2 0 R>>").table("").bytes(), 3),
        ("a bracket", plain().table("/X[[]<</Y[<<>>]>>(])]").bytes(), 3),
        ("other keys", plain().table("/EncryptMetadata false /Encrypted 1 0 R /Encrypt null").bytes(), 3),
    ] {
        assert_eq!(found(&content), Ok(pages), "{name}");
    }
}

#[test]
fn a_file_saved_again_is_read_as_it_is_now() {
    let twice =
        |first: Made| first.object(4, "<</Type/Page/Rotate 90>>").object(3, "<</Type/Page>>").table("");
    let rows = |made: Made, number| made.rows(number, FLATE, |data| deflated(&data));
    let first = || Made::new().tree(3).table("");
    for (name, made, pages) in [
        ("pages written again", twice(twice(first())), 3),
        ("a page more", first().object(6, "<</Type/Page>>").object(2, tree(4)[1].1.as_bytes()).table(""), 4),
        ("a page less", first().object(2, tree(1)[1].1.as_bytes()).free(4).table(""), 1),
        ("a table, then a stream", rows(twice(first()).object(3, "<</Type/Page>>"), 40), 3),
        ("streams", rows(rows(Made::new().packed(30, &tree(3)), 40).packed(31, &tree(5)), 41), 5),
        ("a stream, then a table", rows(Made::new().packed(30, &tree(3)), 40).object(50, "1").table(""), 3),
    ] {
        let content = made.bytes();
        assert_eq!(found(&content), Ok(pages), "{name}");
        // Cut while it was saved for the last time.
        assert_eq!(found(&content[..content.len() - 8]), DAMAGED, "{name}");
    }
    // One page hangs on in an older state only.
    let gone = first().free(4).table("").bytes();
    assert_eq!(found(&gone), UNKNOWN);
}

#[test]
fn pages_that_are_packed_away_are_counted() {
    let made = || Made::new().packed(30, &tree(3));
    let parts = "/DecodeParms<</Predictor 12/Columns 8>>";
    let rows = |made: Made, filters: &str| made.rows(40, filters, |data| deflated(&data)).bytes();
    for (name, content, pages) in [
        ("deflated", rows(made(), FLATE), 3),
        ("a list", rows(made(), "/Filter [ /FlateDecode ]/DecodeParms[null]"), 3),
        ("predictor 1", rows(made(), "/Filter/FlateDecode/DecodeParms<</Predictor 1/Columns 4>>"), 3),
        ("plain", Made::new().packed_as(30, "", &tree(4), |data| data).rows(40, "", |data| data).bytes(), 4),
        (
            "predicted",
            made().rows(40, &format!("{FLATE}{parts}"), |data| deflated(&predicted(&data))).bytes(),
            3,
        ),
        (
            "objects predicted",
            rows(
                Made::new().packed_as(30, &format!("{FLATE}{parts}"), &tree(400), |data| {
                    deflated(&predicted(&data))
                }),
                FLATE,
            ),
            400,
        ),
        (
            "many streams",
            rows(
                tree(700)
                    .chunks(9)
                    .enumerate()
                    .fold(Made::new(), |made, (nth, objects)| made.packed(1000 + nth as u32, objects)),
                FLATE,
            ),
            700,
        ),
        (
            "more behind it",
            rows(
                Made::new()
                    .packed_as(30, FLATE, &tree(3), |data| [deflated(&data), b"more".to_vec()].concat()),
                FLATE,
            ),
            3,
        ),
        ("hybrid", made().hybrid(40).bytes(), 3),
        ("hybrid, saved again", made().hybrid(40).object(4, "<</Type/Page>>").table("").bytes(), 3),
    ] {
        assert_eq!(found(&content), Ok(pages), "{name}");
    }
    // Acrobat Reader does not end what it deflates: one stored piece, which is not the last.
    let unended = |data: Vec<u8>| {
        let length = data.len() as u16;
        [&[0x78, 0x9c, 0][..], &length.to_le_bytes(), &(!length).to_le_bytes(), &data].concat()
    };
    let open = Made::new().packed_as(30, FLATE, &tree(3), unended).rows(40, FLATE, unended);
    assert_eq!(found(&open.clone().bytes()), Ok(3));
    assert_eq!(found(&open.changed("endstream", "endstrean")), UNKNOWN);
}

#[test]
fn a_length_counts_where_the_data_do_not_say_their_end() {
    let data = "1 0 2 30 <</Type/Catalog/Pages 2 0 R>> <</Type/Pages/Count 1/Kids[3 0 R]>>";
    let stated = |filter: &str, data: &[u8], length: &str| {
        let head = format!("<</Type/ObjStm/N 2/First 9{filter}/Length {length}>>\nstream\n");
        let stream = [head.as_bytes(), data, b"\nendstream"].concat();
        let made = Made::new().object(3, "<</Type/Page>>").object(30, stream).inside(30, [1, 2]);
        found(&made.object(50, data.len().to_string()).object(51, "51 0 R").rows(40, "", |data| data).bytes())
    };
    for (length, expected) in [
        ("50 0 R", Ok(1)),
        (&data.len().to_string(), Ok(1)),
        ("60", DAMAGED),
        ("99999", UNKNOWN),
        ("99999999999999", UNKNOWN),
        ("-5", UNKNOWN),
        ("(75)", UNKNOWN),
        ("51 0 R", UNKNOWN),
        ("52 0 R", UNKNOWN),
    ] {
        assert_eq!(stated("", data.as_bytes(), length), expected, "{length}");
    }
    for length in ["50 0 R", "0", "5", "99999", "-5", "51 0 R", "null"] {
        assert_eq!(stated(FLATE, &deflated(data.as_bytes()), length), Ok(1), "{length}");
    }
}

#[test]
fn encryption_is_found_by_the_trailer() {
    let made = || Made::new().tree(1);
    let rows = |trailer: &str| made().rows(40, &format!("{FLATE}{trailer}"), |data| deflated(&data)).bytes();
    for (name, content) in [
        ("referred to", made().table("/Encrypt 12 0 R").bytes()),
        ("in place", made().table("/Encrypt<</Filter/Standard>>").bytes()),
        ("escaped", made().table("/#45ncr#79pt%\n<</Filter/Standard>>").bytes()),
        ("a stream", rows("/Encrypt 12 0 R")),
        (
            "before it was saved again",
            made().table("/Encrypt 12 0 R").object(3, "<</Type/Page>>").table("").bytes(),
        ),
        ("afterwards", made().table("").object(3, "<</Type/Page>>").table("/Encrypt 12 0 R").bytes()),
        (
            "hybrid",
            made()
                .packed(30, &[(9, "1".to_owned())])
                .hybrid(40)
                .changed("/XRefStm", "/Encrypt 5 0 R/XRefStm"),
        ),
    ] {
        assert_eq!(found(&content), Err(Fault::Encrypted), "{name}");
    }
}

#[test]
fn a_linearised_file_counts_by_its_tree() {
    // The first table stands before the pages and leads to the rest behind them.
    let head = "%PDF-1.5\n9 0 obj\n<</Linearized 1/N 9000/L 5>>\nendobj\n".to_owned();
    let (first, object) =
        (format!("{}3 0 obj\n<</Type/Page>>\nendobj\n", " ".repeat(40)), head.len() + 140 + 40);
    let trailer = |rest: usize| {
        format!(
            "xref\n3 1\n{object:010} 00000 n \ntrailer\n<</Size 10/Root 1 0 R/Prev {rest:06}>>\nstartxref\n0\n%%EOF\n"
        )
    };
    let front = |rest| format!("{:<140}", trailer(rest));
    let mut body = head.clone() + &front(0) + &first;
    let catalog = body.len();
    body += "1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n";
    let pages = body.len();
    body += "2 0 obj\n<</Type/Pages/Count 1/Kids[3 0 R]>>\nendobj\n";
    let rest = body.len();
    body += &format!(
        "xref\n0 3\n0000000000 65535 f \n{catalog:010} 00000 n \n{pages:010} 00000 n \ntrailer\n<</Size 3>>\n"
    );
    body += &format!("startxref\n{}\n%%EOF\n", head.len());
    let body = body.replacen(&front(0), &front(rest), 1);
    assert_eq!(found(body.as_bytes()), Ok(1));
    // It came only in part, up to the mark behind its first table, or beyond.
    for length in 1..body.len() - 1 {
        assert!(matches!(found(&body.as_bytes()[..length]), DAMAGED), "{length}");
    }
}

#[test]
fn what_stands_before_the_first_line_is_no_matter() {
    let pages = |made: &[u8], header| pdf::pages(Cursor::new(made), made.len() as u64, header).unwrap();
    let before = "Content-Type: application/pdf\r\n\r\n";
    for base in [0, before.len()] {
        let made = Made::behind(before, base).tree(2).stream(9, "", &[b' '; 99]);
        assert_eq!(pages(&made.clone().table("").bytes(), before.len() as u64), Ok(2));
        assert_eq!(pages(&made.clone().packed(30, &tree(3)).hybrid(40).bytes(), before.len() as u64), Ok(3));
        assert_eq!(pages(&made.rows(40, "", |data| data).bytes(), before.len() as u64), Ok(2));
    }
    // Both ways of counting lead to a table.
    let mut content = Made::behind(before, before.len()).tree(2).stream(9, "", &[b' '; 99]).table("").bytes();
    let table = content.windows(6).rposition(|window| window == b"xref\n0").unwrap();
    content[table - before.len()..][..4].copy_from_slice(b"xref");
    assert_eq!(pages(&content, before.len() as u64), UNKNOWN);
}

#[test]
fn what_says_two_things_is_refused() {
    let plain = |trailer: &str| Made::new().tree(3).table(trailer);
    let root = |root: &str| written(root, "<</Type/Page>>");
    let second = "3 1\n0000000009 00000 n \ntrailer";
    for (name, content) in [
        ("two lists", root("<</Kids[3 0 R 4 0 R]/Kids[3 0 R]/Count 2>>")),
        ("two counts", root("<</Kids[3 0 R 4 0 R]/Count 2/Cou#6et 2000/Count 7>>")),
        ("two types", written("<</Kids[3 0 R 4 0 R]>>", "<</Type/Page/Type/Pages>>")),
        ("two roots", plain("/Root 2 0 R").bytes()),
        ("two entries", plain("").changed("trailer", second)),
        ("page and part", written("<</Kids[3 0 R 4 0 R]>>", "<</Type/Page/Kids[4 0 R]>>")),
        ("neither", written("<</Kids[3 0 R 4 0 R]>>", "<</Type/Pages>>")),
        ("a page as root", root("<</Type/Page>>")),
        ("no root", root("null")),
        ("kids that are not there", root("<</Kids[3 0 R 44 0 R]/Count 2>>")),
        ("a kid in place", root("<</Kids[<</Type/Page>>]/Count 1>>")),
        ("kids that are no list", root("<</Kids 5/Count 1>>")),
        (
            "kids that lead on",
            Made::new().tree(1).object(2, "<</Kids 9 0 R>>").object(9, "9 0 R").table("").bytes(),
        ),
    ] {
        assert_eq!(found(&content), UNKNOWN, "{name}");
    }
    // The same twice is no contradiction.
    assert_eq!(found(&root("<</Kids[3 0 R 4 0 R]/Kids[3 0 R 4 0 R]/Type/Pages/Type/P#61ges>>")), Ok(2));
}

#[test]
fn a_file_that_does_not_hold_together_is_damaged() {
    let plain = || Made::new().tree(3).table("");
    let rows = || Made::new().packed(30, &tree(3)).rows(40, "", |data| data);
    for (name, content) in [
        ("no end", plain().changed("%%EOF", "")),
        ("no start", plain().changed("startxref", "startxrfe")),
        ("a start elsewhere", plain().changed("startxref\n", "startxref\n1")),
        ("a start in an object", plain().changed("startxref\n2", "startxref\n1")),
        ("a negative start", plain().changed("startxref\n", "startxref\n-")),
        ("no trailer", plain().changed("trailer", "trail")),
        ("no root", plain().changed("/Root 1 0 R", "")),
        ("a root that is not there", plain().changed("/Root 1 0 R", "/Root 77 0 R")),
        ("a root that is no dictionary", plain().object(1, "[]").table("").bytes()),
        ("another number", plain().changed("4 0 obj", "5 0 obj")),
        ("another generation", plain().changed("4 0 obj", "4 1 obj")),
        ("asked for by another generation", written("<</Kids[3 1 R]/Count 1>>", "<</Type/Page>>")),
        ("no object", plain().changed("4 0 obj", "4 0 bjo")),
        ("a bracket of another kind", written("<</Kids[3 0 R>>", "<</Type/Page>>")),
        ("a bracket too few", written("<</Kids[3 0 R]", "<</Type/Page>>")),
        ("a row that is none", plain().changed(" 00000 n ", " 00000 x ")),
        ("more rows than there are", plain().changed("xref\n0 6", "xref\n0 7")),
        ("a table before it that is not there", Made::new().tree(3).table("/Prev 5").bytes()),
        ("a table before it beyond the end", Made::new().tree(3).table("/Prev 99999999999").bytes()),
        ("a stream that is no table", rows().changed("/XRef", "/XReg")),
        ("widths that are none", rows().changed("/W[1 4 3]", "/W[1 4 9]")),
        ("rows of nothing", rows().changed("/W[1 4 3]", "/W[0 0 0]")),
        ("more rows in a stream", rows().changed("/Index[0 6", "/Index[0 8")),
        ("a stream of no objects", rows().changed("/ObjStm", "/ObjStn")),
        ("fewer objects", rows().changed("/N 5", "/N 3")),
    ] {
        assert_eq!(found(&content), DAMAGED, "{name}");
    }
    // What common programs do, and readers take.
    for (name, content) in [
        ("counted from 1", plain().changed("xref\n0 6", "xref\n1 6")),
        ("short rows", plain().changed("00000 n \ntrailer", "00000 n\ntrailer")),
        ("no table before", Made::new().tree(3).table("/Prev 0").bytes()),
        ("unused but not free", plain().object(9, "1").free(8).table("").changed("65535 f", "00000 n")),
    ] {
        assert_eq!(found(&content), Ok(3), "{name}");
    }
    // Whatever is missing at its end.
    for whole in [plain().bytes(), rows().bytes(), Made::new().packed(30, &tree(3)).hybrid(40).bytes()] {
        for length in 0..whole.len() - 1 {
            assert_eq!(found(&whole[..length]), DAMAGED, "{length}");
        }
    }
}

/// A root, a page, and so many times the same kid.
fn kids(number: u32, count: usize) -> Vec<u8> {
    written(&format!("<</Kids[{}]/Count 1>>", format!("{number} 0 R ").repeat(count)), "<</Type/Page>>")
}

#[test]
fn too_many_pages_are_told_with_their_number() {
    let limit = FILE_PAGES_MAX;
    let tree = |pages| Made::new().tree(pages).table("").bytes();
    let promised = |count: &str| written(&format!("<</Kids[3 0 R]/Count {count}>>"), "<</Type/Page>>");
    for (name, content, expected) in [
        ("a page less", tree(limit), Ok(limit)),
        ("a page more", tree(limit + 1), Err(Fault::Pages(limit + 1))),
        ("many pages", tree(10_000), Err(Fault::Pages(10_000))),
        ("one page often", kids(3, 5_000), Err(Fault::Pages(limit + 1))),
        ("a great count", promised("1000000000"), Err(Fault::Pages(1_000_000_000))),
        ("the greatest count", promised("99999999999999"), Err(Fault::Pages(u32::MAX))),
        ("a count beyond numbers", promised("99999999999999999999"), Ok(1)),
        ("no pages", tree(0), Err(Fault::NoPages)),
        ("no page, but promised", kids(3, 0), Err(Fault::NoPages)),
    ] {
        assert_eq!(found(&content), expected, "{name}");
    }
}

#[test]
fn a_tree_costs_no_more_than_its_bound() {
    let chain = |length: u32, last: &str| {
        let part = |number: u32| format!("<</Type/Pages/Count 1/Kids[{} 0 R]>>", number + 1);
        let made = (2..length).fold(Made::new().tree(0), |made, number| made.object(number, part(number)));
        made.object(length, last).table("").bytes()
    };
    let branches = (2..60).fold(Made::new().tree(0), |made, number| {
        made.object(number, format!("<</Kids[{} 0 R {} 0 R]>>", number + 1, number + 1))
    });
    let nested = |depth: usize| {
        written(&format!("<</Kids[3 0 R]/X{}{}>>", "[".repeat(depth), "]".repeat(depth)), "<</Type/Page>>")
    };
    let lists = format!("<</Kids[{}]>>", "[/A /B /C]".repeat(50_000));
    for (name, content, expected) in [
        ("a deep tree", chain(20_000, "<</Type/Page>>"), Ok(1)),
        ("a tree that is a ring", chain(20_000, "<</Kids[2 0 R]>>"), UNKNOWN),
        ("its own kid", kids(2, 1), UNKNOWN),
        ("branches that meet", branches.object(60, "<</Type/Page>>").table("").bytes(), UNKNOWN),
        ("kids without end", kids(4, 100_001), UNKNOWN),
        ("lists of lists", written(&lists, "<</Type/Page>>"), UNKNOWN),
        ("brackets", nested(900), Ok(1)),
        ("more brackets", nested(100_000), UNKNOWN),
    ] {
        assert_eq!(found(&content), expected, "{name}");
    }
    // Small, but each page is looked at for long.
    let long = format!("<</Type/Page/X[{}]>>", "[]".repeat(100_000));
    let root = format!("<</Kids[{}]>>", "3 0 R ".repeat(1_000));
    assert_eq!(found(&written(&root, &long)), UNKNOWN);
}

#[test]
fn a_table_costs_no_more_than_its_bound() {
    let plain = || Made::new().tree(1).table("");
    let saved = |times: usize| (1..times).fold(plain(), |made, _| made.object(3, "<<>>").table("")).bytes();
    let rows = || Made::new().tree(1).rows(40, "", |data| data);
    let table = rows().bytes().windows(6).rposition(|window| window == b"40 0 o").unwrap();
    let ring = Made::new().tree(1).rows(40, &format!("/Prev {table}"), |data| data).bytes();
    for (name, content, expected) in [
        ("saved often", saved(900), Ok(1)),
        ("saved too often", saved(1_001), UNKNOWN),
        ("a table that leads to itself", ring, DAMAGED),
        ("a great table", plain().changed("xref\n0 4", "xref\n0 4294967295"), UNKNOWN),
        ("a great stream", rows().changed("/Index[0 4", "/Index[0 4294967295"), UNKNOWN),
        ("a great number", rows().changed("/Index[0 4", "/Index[0 99999999999999999999"), DAMAGED),
        ("a number beyond all", plain().changed("xref\n0 4", "xref\n4294967296 4"), DAMAGED),
    ] {
        assert_eq!(found(&content), expected, "{name}");
    }
}

#[test]
fn what_unpacks_without_end_is_refused() {
    let bomb = deflated(&vec![b' '; 40 << 20]);
    assert!(bomb.len() < 50_000);
    let objects = Made::new().packed_as(30, FLATE, &tree(3), |_| bomb.clone());
    let endless = "<</Type/ObjStm/N 4294967295/First 9/Length 5>>\nstream\n1 0 2\nendstream";
    let aside =
        |made: Made, number: u32| made.stream(number, "/Type/ObjStm/N 1/First 2/Filter/FlateDecode", &bomb);
    for (name, made, expected) in [
        ("a table", Made::new().tree(1).rows(40, FLATE, |_| bomb.clone()), UNKNOWN),
        ("objects", objects.hybrid(40), UNKNOWN),
        ("a list of objects", Made::new().object(30, endless).inside(30, [1, 2]).hybrid(40), UNKNOWN),
        ("aside", (50..60).fold(Made::new().tree(3), aside).table(""), Ok(3)),
    ] {
        assert_eq!(found(&made.bytes()), expected, "{name}");
    }
    // Asked for in turn, and too large to be kept beside each other.
    let far = |stream: u32| -> Vec<_> {
        let pages = (0..50).map(|nth| (stream * 100 + nth, "<</Type/Page>>".to_owned()));
        pages.chain([(stream * 100 + 50, " ".repeat(5 << 20))]).collect()
    };
    let kids: String = (3000..3050).map(|number| format!("{number} 0 R {} 0 R ", number + 100)).collect();
    let made = Made::new().tree(0).object(2, format!("<</Kids[{kids}]>>"));
    let made = made.packed(30, &far(30)).packed(31, &far(31)).rows(9_000, FLATE, |data| deflated(&data));
    assert_eq!(found(&made.bytes()), UNKNOWN);
}

#[test]
fn what_is_packed_in_another_way_is_not_taken_on_trust() {
    let whole = |filters: &str, pack: &dyn Fn(Vec<u8>) -> Vec<u8>| {
        Made::new().packed_as(30, filters, &tree(3), pack).rows(40, FLATE, |data| deflated(&data)).bytes()
    };
    let deflate = |data: Vec<u8>| deflated(&data);
    for filters in [
        "/Filter/LZWDecode",
        "/Filter/Fl",
        "/Filter/FlateDecodeX",
        "/Filter[/ASCII85Decode/FlateDecode]",
        "/Filter[/FlateDecode/FlateDecode]",
        "/Filter/FlateDecode/F(elsewhere.bin)",
        "/Filter/FlateDecode/DecodeParms 7",
        "/Filter/FlateDecode/DecodeParms<</Predictor 2>>",
        "/Filter/FlateDecode/DecodeParms<</Predictor 12/Columns 0>>",
        "/Filter/FlateDecode/DecodeParms<</Predictor 12/Columns 65537>>",
        "/Filter/FlateDecode/DecodeParms<</Predictor 12/Columns 65536/Colors 65536/BitsPerComponent 65536>>",
        "/Filter/FlateDecode/DecodeParms<</Predictor 12/Columns -8>>",
    ] {
        assert_eq!(found(&whole(filters, &deflate)), UNKNOWN, "{filters}");
    }
    assert_eq!(found(&whole(FLATE, &|_| b"nothing deflated".to_vec())), UNKNOWN);
    assert_eq!(found(&whole(FLATE, &|data| deflated(&data)[..20].to_vec())), DAMAGED, "cut and not ended");
    // Whatever is in a stream, it is told or counted.
    for place in 0..whole(FLATE, &deflate).len() {
        let mut broken = whole(FLATE, &deflate);
        broken[place] ^= 0x5a;
        match found(&broken) {
            Ok(pages) => assert!(pages > 0),
            Err(Fault::Damaged(_) | Fault::PagesUnknown | Fault::Pages(_) | Fault::NoPages) => {}
            Err(fault) => panic!("{place} {fault:?}"),
        }
    }
}

/// Numbers that look like chance, the same each time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }
}

#[test]
fn no_damage_makes_it_panic_or_hide_pages() {
    let packed = || Made::new().packed(30, &tree(3)).packed(31, &[(50, "<<>>".to_owned())]);
    let wholes = [
        Made::new().tree(3).table("").object(4, "<</Type/Page>>").table("").bytes(),
        packed().rows(40, FLATE, |data| deflated(&data)).bytes(),
        packed().rows(40, "", |data| data).bytes(),
        packed().hybrid(40).bytes(),
    ];
    let mut chance = Chance(0x9e37_79b9_7f4a_7c15);
    let (mut counted, mut refused) = (0, 0);
    for round in 0..20_000 {
        let mut bytes = wholes[round % wholes.len()].clone();
        for _ in 0..=chance.below(4) {
            let place = chance.below(bytes.len());
            let until = bytes.len().min(place + chance.below(60));
            match chance.below(5) {
                0 => bytes[place] = chance.below(256) as u8,
                1 => bytes[place] ^= 1 << chance.below(8),
                2 => drop(bytes.drain(place..until.min(bytes.len() - 1))),
                3 => {
                    let piece = bytes[place..until].to_vec();
                    let to = chance.below(bytes.len());
                    bytes.splice(to..to, piece);
                }
                _ => bytes[place] = b"0123456789<>[]()/R%"[chance.below(19)],
            }
        }
        match found(&bytes) {
            Ok(pages) => {
                assert!((3..=FILE_PAGES_MAX).contains(&pages), "{pages} {round}");
                counted += 1;
            }
            Err(_) => refused += 1,
        }
    }
    assert!(counted > 500 && refused > 5_000, "{counted} {refused}");
}
