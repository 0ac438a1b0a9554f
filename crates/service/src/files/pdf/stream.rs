//! Data of streams, unpacked within a bound.

use std::io::{Read, Seek};

use miniz_oxide::inflate::stream::{InflateState, inflate};
use miniz_oxide::{DataFormat, MZError, MZFlush, MZStatus};

use super::lexer::{Dictionary, Lexer, Stop, UNKNOWN, Value, Windowed, Work};

/// Most bytes that one stream of objects or of a table may unpack to.
pub(super) const STREAM_BYTES_MAX: usize = 8 << 20;
/// Bytes unpacked at once.
const STEP_BYTES: usize = 32 * 1024;
/// Longest row of a predictor.
const ROW_BYTES_MAX: u64 = 64 * 1024;

/// The data of the stream with this dictionary and stated length that begins at this place. What is packed in another way than by
/// deflation, does not unpack, or unpacks to too much is `PagesUnknown`.
pub(super) fn unpack<R: Read + Seek>(
    file: &mut Windowed<R>,
    work: &Work,
    dictionary: &Dictionary,
    place: u64,
    length: Option<u64>,
) -> Result<Vec<u8>, Stop> {
    // Its data are in another file.
    if *dictionary.get("F") != Value::Null {
        return Err(UNKNOWN);
    }
    let Some(filter) = single(dictionary.get("Filter"))? else {
        return plain(file, work, place, length.ok_or(UNKNOWN)?);
    };
    if *filter != Value::Name(b"FlateDecode".to_vec()) {
        return Err(UNKNOWN);
    }
    let data = inflated(file, work, place, length)?;
    match single(dictionary.get("DecodeParms"))? {
        None => Ok(data),
        Some(Value::Dictionary(parameters)) => predicted(data, work, parameters),
        Some(_) => Err(UNKNOWN),
    }
}

/// A value that may stand in a list of one; `None` for nothing.
fn single(value: &Value) -> Result<Option<&Value>, Stop> {
    match value {
        Value::Null => Ok(None),
        Value::List(items) => match items.as_slice() {
            [] | [Value::Null] => Ok(None),
            [item] => Ok(Some(item)),
            _ => Err(UNKNOWN),
        },
        value => Ok(Some(value)),
    }
}

fn plain<R: Read + Seek>(
    file: &mut Windowed<R>,
    work: &Work,
    place: u64,
    length: u64,
) -> Result<Vec<u8>, Stop> {
    let length = usize::try_from(length).ok().filter(|length| *length <= STREAM_BYTES_MAX).ok_or(UNKNOWN)?;
    work.spend(length as u64)?;
    let mut data = Vec::new();
    while data.len() < length {
        let piece = file.piece(place + data.len() as u64)?;
        if piece.is_empty() {
            return Err(UNKNOWN);
        }
        data.extend_from_slice(piece.get(..length - data.len()).unwrap_or(piece));
    }
    Ok(data)
}

/// Deflated data (解压). They know their own end, so that the stated length matters only where they do not: Acrobat Reader leaves
/// the end away.
fn inflated<R: Read + Seek>(
    file: &mut Windowed<R>,
    work: &Work,
    mut place: u64,
    length: Option<u64>,
) -> Result<Vec<u8>, Stop> {
    // Readers of PDF do not look at the checksum either.
    let mut state = InflateState::new_boxed(DataFormat::ZLibIgnoreChecksum);
    let (mut data, mut step) = (Vec::new(), vec![0; STEP_BYTES]);
    let mut end = length.and_then(|length| place.checked_add(length));
    loop {
        let left = end.map_or(u64::MAX, |end| end - place);
        let piece = file.piece(place)?;
        let piece = usize::try_from(left).ok().and_then(|left| piece.get(..left)).unwrap_or(piece);
        let done = inflate(&mut state, piece, &mut step, MZFlush::None);
        let (read, written) = (done.bytes_consumed, done.bytes_written);
        work.spend((read + written) as u64)?;
        place += read as u64;
        if data.len() + written > STREAM_BYTES_MAX {
            return Err(UNKNOWN);
        }
        data.extend_from_slice(step.get(..written).unwrap_or_default());
        match done.status {
            Ok(MZStatus::StreamEnd) => return Ok(data),
            Ok(_) | Err(MZError::Buf) if read + written > 0 => {}
            Ok(_) | Err(MZError::Buf) if left == 0 => {
                if Lexer::new(file, work, place).token()?.is_word("endstream") {
                    return Ok(data);
                }
                // The length is wrong.
                end = None;
            }
            _ => return Err(UNKNOWN),
        }
    }
}

/// Undoes the prediction of PNG: each byte was written as a difference to its neighbours.
fn predicted(mut data: Vec<u8>, work: &Work, parameters: &Dictionary) -> Result<Vec<u8>, Stop> {
    let number = |key: &str, normal: u64| match parameters.get(key) {
        Value::Null => Ok(normal),
        _ => parameters.number(key).filter(|number| (1..=ROW_BYTES_MAX).contains(number)).ok_or(UNKNOWN),
    };
    match number("Predictor", 1)? {
        1 => return Ok(data),
        10..=15 => {}
        _ => return Err(UNKNOWN),
    }
    // Each at most 2^16, so that the product fits.
    let bits = number("Colors", 1)? * number("BitsPerComponent", 8)?;
    let row_bytes = (bits * number("Columns", 1)?).div_ceil(8);
    if row_bytes > ROW_BYTES_MAX {
        return Err(UNKNOWN);
    }
    work.spend(data.len() as u64)?;
    let (row_bytes, back) = (row_bytes as usize, bits.div_ceil(8) as usize);
    let (mut above, mut end) = (vec![0; row_bytes], 0);
    for start in (0..data.len()).step_by(row_bytes + 1) {
        let row_end = data.len().min(start + 1 + row_bytes);
        let Some((kind, row)) = data.get_mut(start..row_end).and_then(|row| row.split_first_mut()) else {
            break;
        };
        undo(*kind, row, &above, back)?;
        let length = row.len();
        above.iter_mut().zip(&*row).for_each(|(above, byte)| *above = *byte);
        data.copy_within(start + 1..row_end, end);
        end += length;
    }
    data.truncate(end);
    Ok(data)
}

/// One row, in place; `back` is the distance to the neighbour on the left.
fn undo(kind: u8, row: &mut [u8], above: &[u8], back: usize) -> Result<(), Stop> {
    for place in 0..row.len() {
        let before =
            |line: &[u8]| place.checked_sub(back).and_then(|place| line.get(place)).copied().unwrap_or(0);
        let (left, corner) = (before(row), before(above));
        let up = above.get(place).copied().unwrap_or(0);
        let guess = match kind {
            0 => 0,
            1 => left,
            2 => up,
            3 => u8::midpoint(left, up),
            4 => paeth(left, up, corner),
            _ => return Err(UNKNOWN),
        };
        if let Some(byte) = row.get_mut(place) {
            *byte = byte.wrapping_add(guess);
        }
    }
    Ok(())
}

fn paeth(left: u8, up: u8, corner: u8) -> u8 {
    let from = |value: u8| (i16::from(left) + i16::from(up) - i16::from(corner) - i16::from(value)).abs();
    if from(left) <= from(up) && from(left) <= from(corner) {
        left
    } else if from(up) <= from(corner) {
        up
    } else {
        corner
    }
}
