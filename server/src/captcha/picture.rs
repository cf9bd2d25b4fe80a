//! Draws letters as a grey picture: each turned, sheared and moved by itself, all bent together, with lines across.

use super::{Sequence, glyphs, png};

const WIDTH: usize = 240;
const HEIGHT: usize = 80;
/// Pixels of a unit of a glyph's box.
const UNIT: f32 = 7.2;
/// Half of a stroke's width, in pixels.
const HALF: f32 = 1.7;
/// Lines are bent in pieces of about this length, in pixels.
const PIECE: f32 = 3.0;

type Point = (f32, f32);

/// The picture of some letters.
pub(super) fn draw(letters: &str, mut random: Sequence) -> Vec<u8> {
    let mut canvas = Canvas(vec![0; WIDTH * HEIGHT]);
    let bend = Bend::new(&mut random);
    let signs: Vec<char> = letters.chars().collect();
    let room = span(WIDTH) / span(signs.len().max(1));
    for (place, sign) in signs.iter().enumerate() {
        let Some((_, strokes)) = glyphs::LETTERS.iter().find(|(letter, _)| letter == sign) else { continue };
        let middle =
            (room * (span(place) + 0.5) + random.between(-4.0, 4.0), span(HEIGHT) / 2.0 + random.between(-6.0, 6.0));
        let (turn, shear) = (random.between(-0.32, 0.32), random.between(-0.22, 0.22));
        let (wide, high) = (UNIT * random.between(0.86, 1.12), UNIT * random.between(0.9, 1.15));
        let put = |(x, y): Point| {
            let (x, y) = ((x - 2.0) * wide, (y - 3.0) * high);
            let x = x + shear * y;
            (middle.0 + x * turn.cos() - y * turn.sin(), middle.1 + x * turn.sin() + y * turn.cos())
        };
        for stroke in *strokes {
            for ends in stroke.windows(2) {
                canvas.bent_line(put(ends[0]), put(ends[1]), HALF, &bend);
            }
        }
    }
    for _ in 0..3 {
        let across = Bend::new(&mut random);
        let (left, right) = (random.between(8.0, span(HEIGHT) - 8.0), random.between(8.0, span(HEIGHT) - 8.0));
        canvas.bent_line((0.0, left), (span(WIDTH), right), random.between(0.7, 1.3), &across);
    }
    for _ in 0..60 {
        let at = (random.between(0.0, span(WIDTH)), random.between(0.0, span(HEIGHT)));
        canvas.line(at, at, random.between(0.5, 1.2));
    }
    for dark in &mut canvas.0 {
        let grain = u8::try_from(random.below(40)).unwrap_or_default();
        *dark = 255 - (*dark).max(grain / 2).min(255 - grain);
    }
    png::grey(&canvas.0, WIDTH, HEIGHT)
}

#[expect(clippy::cast_precision_loss, reason = "sizes of a small picture")]
fn span(pixels: usize) -> f32 {
    pixels as f32
}

/// Two waves, one to each side.
struct Bend {
    along: (f32, f32, f32),
    across: (f32, f32, f32),
}

impl Bend {
    fn new(random: &mut Sequence) -> Self {
        let mut wave =
            |most: f32| (random.between(most / 2.0, most), random.between(18.0, 34.0), random.between(0.0, 6.3));
        Self { along: wave(3.4), across: wave(3.0) }
    }

    fn of(&self, (x, y): Point) -> Point {
        let wave = |(most, length, start): (f32, f32, f32), at: f32| most * (at / length + start).sin();
        (x + wave(self.along, y), y + wave(self.across, x))
    }
}

/// How dark each pixel is.
struct Canvas(Vec<u8>);

impl Canvas {
    fn bent_line(&mut self, from: Point, to: Point, half: f32, bend: &Bend) {
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let pieces = (dx.hypot(dy) / PIECE).ceil().max(1.0);
        let at = |part: f32| bend.of((from.0 + dx * part / pieces, from.1 + dy * part / pieces));
        let mut part = 0.0;
        while part < pieces {
            self.line(at(part), at(part + 1.0), half);
            part += 1.0;
        }
    }

    /// A straight line with round ends and soft edges.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the picture, or to a byte")]
    fn line(&mut self, from: Point, to: Point, half: f32) {
        let edge = half + 1.0;
        let range = |a: f32, b: f32, size: usize| {
            let low = (a.min(b) - edge).max(0.0) as usize;
            low..((a.max(b) + edge + 1.0).max(0.0) as usize).min(size)
        };
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let length = (dx * dx + dy * dy).max(f32::EPSILON);
        for y in range(from.1, to.1, HEIGHT) {
            for x in range(from.0, to.0, WIDTH) {
                let (px, py) = (span(x) + 0.5 - from.0, span(y) + 0.5 - from.1);
                let part = ((px * dx + py * dy) / length).clamp(0.0, 1.0);
                let away = (px - part * dx).hypot(py - part * dy);
                let dark = ((half + 0.5 - away).clamp(0.0, 1.0) * 225.0) as u8;
                let pixel = &mut self.0[y * WIDTH + x];
                *pixel = (*pixel).max(dark);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_leaves_ink_and_stays_within_the_picture() {
        for (letter, _) in glyphs::LETTERS {
            let row = letter.to_string().repeat(5);
            let picture = draw(&row, Sequence(7));
            assert_eq!(&picture[..8], b"\x89PNG\r\n\x1a\n");
            assert!(picture.len() > WIDTH * HEIGHT, "{letter}");
        }
    }
}
