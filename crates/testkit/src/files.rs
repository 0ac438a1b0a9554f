//! Files to attach: whole ones, and ones that are not what they say.

/// A PDF with so many pages.
pub fn pdf(title: &str, pages: usize) -> Vec<u8> {
    let plain: String = title.chars().filter(char::is_ascii_alphanumeric).collect();
    let kids: String = (3..pages + 3).map(|number| format!("{number} 0 R ")).collect();
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        format!("<< /Type /Pages /Kids [{kids}] /Count {pages} /MediaBox [0 0 595 842] >>"),
    ];
    objects.resize(pages + 2, "<< /Type /Page /Parent 2 0 R >>".to_owned());
    let (mut text, mut rows) = (format!("%PDF-1.7\n% {plain}\n"), String::new());
    for (nth, object) in objects.iter().enumerate() {
        rows += &format!("{:010} 00000 n \n", text.len());
        text += &format!("{} 0 obj\n{object}\nendobj\n", nth + 1);
    }
    let (table, size) = (text.len(), objects.len() + 1);
    text += &format!("xref\n0 {size}\n0000000000 65535 f \n{rows}trailer\n<< /Size {size} /Root 1 0 R >>\n");
    text += &format!("startxref\n{table}\n%%EOF\n");
    text.into_bytes()
}

/// The head and end of a PNG that claims these dimensions.
pub fn png(width: u32, height: u32) -> Vec<u8> {
    let mut all = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    all.extend(width.to_be_bytes());
    all.extend(height.to_be_bytes());
    all.extend(b"\x08\x02\0\0\0crc!\0\0\0\x04IDATdatacrc!\0\0\0\0IENDcrc!");
    all
}

/// A small JPEG of these dimensions.
pub fn jpeg(width: u16, height: u16) -> Vec<u8> {
    let mut all =
        b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0\xff\xff\xc4\0\x04\0\0\xff\xc2\0\x0b\x08"
            .to_vec();
    all.extend(height.to_be_bytes());
    all.extend(width.to_be_bytes());
    all.extend(b"\x01\x01\x11\0\xff\xda\0\x04\0\0scan\xff\0data\xff\xd9");
    all
}

/// A ZIP whose one entry claims to unpack to four gigabytes.
pub fn zip_bomb() -> Vec<u8> {
    let mut all =
        b"PK\x03\x04\x14\0\0\0\x08\0\0\0\0\0crc!\x40\0\0\0\xff\xff\xff\xff\x05\0\0\x000.txt".to_vec();
    all.extend([0; 64]);
    all.extend(b"PK\x05\x06\0\0\0\0\x01\0\x01\0\x33\0\0\0\x63\0\0\0\0\0");
    all
}
