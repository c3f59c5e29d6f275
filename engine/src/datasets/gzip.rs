//! GZIP: a head, deflated data, and a tail with a checksum. Several of them may follow each other.
//!
//! Source: RFC 1952.

use super::DatasetError;
use miniz_oxide::inflate::core::DecompressorOxide;
use miniz_oxide::inflate::core::inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
use miniz_oxide::inflate::{TINFLStatus, core::decompress};

/// The most that an object may hold when it is unpacked. AWS takes 10 GB; this is held in memory.
const MOST_BYTES: usize = 512 * 1024 * 1024;

/// Which fields the head has besides those that it always has.
const CHECKSUM: u8 = 2;
const EXTRA: u8 = 4;
const NAME: u8 = 8;
const COMMENT: u8 = 16;

/// How much room there is at least for what a member still gives.
const ROOM: usize = 64 * 1024;

/// What was compressed.
pub(super) fn unpacked(object: &[u8]) -> Result<Vec<u8>, DatasetError> {
    within(object, MOST_BYTES)
}

/// What was compressed, if it is no more than so many bytes, whatever the object says of itself.
fn within(mut object: &[u8], most: usize) -> Result<Vec<u8>, DatasetError> {
    let mut unpacker = Unpacker { decompressor: Box::default(), room: Vec::new(), end: 0, most };
    loop {
        let data = data(object).ok_or_else(|| wrong("it does not begin as one"))?;
        object = unpacker.member(data)?;
        if object.is_empty() {
            unpacker.room.truncate(unpacker.end);
            return Ok(unpacker.room);
        }
    }
}

/// What stands behind the head.
fn data(object: &[u8]) -> Option<&[u8]> {
    let (head, mut rest) = object.split_first_chunk::<10>()?;
    let [0x1f, 0x8b, 8, flags, ..] = *head else { return None };
    if flags & EXTRA != 0 {
        let (length, after) = rest.split_first_chunk::<2>()?;
        rest = after.get(usize::from(u16::from_le_bytes(*length))..)?;
    }
    for flag in [NAME, COMMENT] {
        if flags & flag != 0 {
            let end = rest.iter().position(|byte| *byte == 0)?;
            rest = rest.get(end + 1..)?;
        }
    }
    if flags & CHECKSUM != 0 { rest.get(2..) } else { Some(rest) }
}

struct Unpacker {
    decompressor: Box<DecompressorOxide>,
    /// What was unpacked, and room for more. It only grows, so that many small members do not clear it each time.
    room: Vec<u8>,
    /// Where what was unpacked ends.
    end: usize,
    /// How large the room may become.
    most: usize,
}

impl Unpacker {
    /// Unpacks one of them, and gives what follows it.
    fn member<'a>(&mut self, data: &'a [u8]) -> Result<&'a [u8], DatasetError> {
        self.decompressor.init();
        let (start, mut read, mut written) = (self.end, 0, 0);
        self.grow(start.saturating_add(ROOM));
        while let (Some(input), Some(output)) = (data.get(read..), self.room.get_mut(start..)) {
            let flags = TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
            let (status, taken, given) = decompress(&mut self.decompressor, input, output, written, flags);
            (read, written) = (read + taken, written + given);
            match status {
                TINFLStatus::Done => break,
                TINFLStatus::HasMoreOutput if self.room.len() < self.most => {
                    let own = (self.room.len() - start).max(ROOM);
                    self.grow(self.room.len().saturating_add(own));
                }
                TINFLStatus::HasMoreOutput => {
                    return Err(DatasetError::Unreadable(
                        "objects of more than 512 MB when they are unpacked",
                    ));
                }
                _ => return Err(wrong("what it has compressed is cut off or damaged")),
            }
        }
        self.end = start + written;
        // A checksum and the length, of which the length is enough to know that nothing is lost.
        let tail = data.get(read..).and_then(|rest| rest.split_first_chunk::<8>());
        let Some(([.., a, b, c, d], rest)) = tail else { return Err(wrong("it is cut off")) };
        if u32::from_le_bytes([*a, *b, *c, *d]) != written as u32 {
            return Err(wrong("what it has compressed has another length than it says"));
        }
        Ok(rest)
    }

    fn grow(&mut self, size: usize) {
        let size = size.min(self.most);
        if self.room.len() < size {
            self.room.resize(size, 0);
        }
    }
}

fn wrong(why: &str) -> DatasetError {
    DatasetError::Type { expected: "GZIP", why: why.to_owned() }
}

#[cfg(test)]
mod tests;
