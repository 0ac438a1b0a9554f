//! QR codes as drawings.

use std::fmt::Write as _;

use qrcode::{Color, EcLevel, QrCode};

use crate::Fault;

/// Light modules around the code that readers need.
const QUIET: usize = 2;

/// The code of an address as SVG: one path, one run of dark modules after the other.
pub(crate) fn svg(address: &str) -> Result<String, Fault> {
    let code = QrCode::with_error_correction_level(address, EcLevel::M)
        .or_else(|_| QrCode::with_error_correction_level(address, EcLevel::L))
        .map_err(|_| Fault::AddressTooLong)?;
    let width = code.width();
    let mut path = String::new();
    for (y, row) in code.to_colors().chunks(width).enumerate() {
        let mut x = 0;
        while x < width {
            let run = row[x..].iter().take_while(|module| **module == Color::Dark).count();
            if run > 0 {
                let _ = write!(path, "M{} {}h{run}v1h-{run}z", x + QUIET, y + QUIET);
            }
            x += run.max(1);
        }
    }
    let side = width + 2 * QUIET;
    Ok(format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" width="{side}" height="{side}"><path fill="#1d2129" d="{path}"/></svg>"##
    ))
}

#[cfg(test)]
mod tests {
    use super::svg;
    use crate::Fault;

    #[test]
    fn an_address_becomes_one_path() {
        let code = svg("https://example.org/verify/abc").unwrap();
        assert_eq!(code.matches("<path").count(), 1);
        assert!(code.contains("M2 2h7v1h-7z"), "the corner of a code is a bar of seven");
    }

    #[test]
    fn an_address_may_be_too_long() {
        assert_eq!(svg(&"x".repeat(4_000)), Err(Fault::AddressTooLong));
    }
}
