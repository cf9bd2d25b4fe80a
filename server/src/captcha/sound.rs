//! Speaks digits: recorded ones (server/assets/digits), a little faster or slower, with pauses and noise between and
//! beneath. Eight bits at 8 kHz, which every browser plays.

use app::i18n::Lang;

use super::Sequence;

const RATE: u32 = 8_000;

macro_rules! digits {
    ($($name:literal),*) => { [$(include_bytes!(concat!("../../assets/digits/", $name, ".ulaw"))),*] };
}

const ENGLISH: [&[u8]; 10] = digits!["en-0", "en-1", "en-2", "en-3", "en-4", "en-5", "en-6", "en-7", "en-8", "en-9"];
const CHINESE: [&[u8]; 10] = digits!["zh-0", "zh-1", "zh-2", "zh-3", "zh-4", "zh-5", "zh-6", "zh-7", "zh-8", "zh-9"];

/// The digits as a WAV file.
pub(super) fn speak(digits: &str, lang: Lang, mut random: Sequence) -> Vec<u8> {
    let voice = lang.pick(&ENGLISH, &CHINESE);
    let mut samples = vec![0.0; 3_000];
    for digit in digits.bytes().filter(u8::is_ascii_digit) {
        let spoken = voice[usize::from(digit - b'0')];
        let (speed, loud) = (random.between(0.9, 1.1), random.between(0.75, 1.0));
        let mut at = 0.0_f32;
        while let Some(byte) = spoken.get(index(at)) {
            samples.push(f32::from(linear(*byte)) / 32_768.0 * loud);
            at += speed;
        }
        samples.resize(samples.len() + index(random.between(2_600.0, 5_200.0)), 0.0);
    }
    // A hum that wanders, and a hiss.
    let (hum, mut phase) = (random.between(0.03, 0.06), 0.0_f32);
    let mut pitch = random.between(90.0, 240.0);
    let data: Vec<u8> = samples
        .iter()
        .map(|sample| {
            pitch = (pitch + random.between(-1.5, 1.5)).clamp(80.0, 320.0);
            phase = (phase + pitch / 8_000.0).fract();
            byte(sample * 0.8 + hum * (phase * std::f32::consts::TAU).sin() + random.between(-0.045, 0.045))
        })
        .collect();
    wav(&data)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "never negative, and far below the limit")]
fn index(at: f32) -> usize {
    at as usize
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to a byte")]
fn byte(sample: f32) -> u8 {
    (sample * 127.0 + 128.0).clamp(0.0, 255.0) as u8
}

/// A sample of mu-law (ITU-T G.711) as a linear one.
fn linear(byte: u8) -> i16 {
    let plain = !byte;
    let size = ((i16::from(plain & 15) << 3) + 132) << (plain >> 4 & 7);
    if plain & 0x80 == 0 { size - 132 } else { 132 - size }
}

fn wav(data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len()).unwrap_or_default();
    let mut out = Vec::with_capacity(data.len() + 44);
    out.extend(b"RIFF");
    out.extend((length + 36).to_le_bytes());
    out.extend(b"WAVEfmt ");
    out.extend(16_u32.to_le_bytes());
    for (short, long) in [(1_u16, None), (1, Some(RATE))] {
        out.extend(short.to_le_bytes());
        out.extend(long.map(u32::to_le_bytes).into_iter().flatten());
    }
    out.extend(RATE.to_le_bytes()); // bytes a second
    out.extend(1_u16.to_le_bytes()); // bytes a sample
    out.extend(8_u16.to_le_bytes()); // bits a sample
    out.extend(b"data");
    out.extend(length.to_le_bytes());
    out.extend_from_slice(data);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_its_head_and_lasts_some_seconds() {
        for lang in [Lang::En, Lang::Zh] {
            let file = speak("0123456789", lang, Sequence(3));
            assert_eq!((&file[..4], &file[8..16], &file[36..40]), (&b"RIFF"[..], &b"WAVEfmt "[..], &b"data"[..]));
            assert_eq!(&file[20..36], &[1, 0, 1, 0, 0x40, 0x1f, 0, 0, 0x40, 0x1f, 0, 0, 1, 0, 8, 0]);
            let seconds = (file.len() - 44) / 8_000;
            assert!((6..16).contains(&seconds), "{seconds} s");
        }
    }

    #[test]
    fn mu_law_is_the_standards() {
        assert_eq!((linear(0xFF), linear(0x7F), linear(0x80), linear(0x00)), (0, 0, 32_124, -32_124));
    }
}
