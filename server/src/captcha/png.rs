//! A grey picture as PNG (RFC 2083), without compression: it is small, and nothing is worth a dependency.

/// Eight bits a pixel, row after row. Pictures of up to 65,535 bytes with a byte more for each row.
pub(super) fn grey(pixels: &[u8], width: usize, height: usize) -> Vec<u8> {
    let mut rows = Vec::with_capacity(pixels.len() + height);
    for row in pixels.chunks(width) {
        rows.push(0); // no filter
        rows.extend_from_slice(row);
    }
    let mut head = Vec::with_capacity(13);
    for side in [width, height] {
        head.extend(u32::try_from(side).unwrap_or_default().to_be_bytes());
    }
    head.extend([8, 0, 0, 0, 0]);
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut out, *b"IHDR", &head);
    chunk(&mut out, *b"IDAT", &stored(&rows));
    chunk(&mut out, *b"IEND", &[]);
    out
}

fn chunk(out: &mut Vec<u8>, kind: [u8; 4], data: &[u8]) {
    out.extend(u32::try_from(data.len()).unwrap_or_default().to_be_bytes());
    let from = out.len();
    out.extend(kind);
    out.extend_from_slice(data);
    let sum = crc32(&out[from..]);
    out.extend(sum.to_be_bytes());
}

/// One stored block of deflate within zlib's frame.
fn stored(data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len()).unwrap_or(u16::MAX);
    let data = &data[..usize::from(length)];
    let mut out = vec![0x78, 0x01, 0x01];
    out.extend(length.to_le_bytes());
    out.extend((!length).to_le_bytes());
    out.extend_from_slice(data);
    out.extend(adler32(data).to_be_bytes());
    out
}

fn crc32(data: &[u8]) -> u32 {
    !data.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| (sum >> 1) ^ (0xEDB8_8320 & (sum & 1).wrapping_neg()))
    })
}

fn adler32(data: &[u8]) -> u32 {
    let (a, b) = data.iter().fold((1_u32, 0_u32), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65_521;
        (a, (b + a) % 65_521)
    });
    b << 16 | a
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_those_of_the_standards() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        assert_eq!(adler32(b"Wikipedia"), 0x11E6_0398);
    }

    #[test]
    fn the_file_says_its_size() {
        let png = grey(&[0; 6], 3, 2);
        assert_eq!(&png[12..24], b"IHDR\0\0\0\x03\0\0\0\x02");
        assert!(png.ends_with(b"IEND\xae\x42\x60\x82"));
    }
}
