#!/usr/bin/env bash
# Speaks the ten digits in English and Mandarin into files of 8 kHz mu-law without a header (en-0.ulaw, zh-0.ulaw, …).
# Needed only when the voices shall change: the files are part of the repository, and the server embeds them. Needs
# Debian's espeak-ng and Python 3; what it speaks is ours.
set -euo pipefail
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for lang in en zh; do
  voice=$lang
  [ $lang = zh ] && voice=cmn
  for digit in 0 1 2 3 4 5 6 7 8 9; do
    espeak-ng -v "$voice" -s 140 -a 180 -w "$work/$lang-$digit.wav" "$digit"
  done
done
python3 - "$work" <<'PY'
import pathlib, struct, sys, wave
work = pathlib.Path(sys.argv[1])
RATE = 8000


def mu_law(sample):
    """ITU-T G.711: sign, three bits of segment, four of step, all inverted."""
    sign = 0x80 if sample < 0 else 0
    size = min(abs(sample), 32635) + 132
    segment = max(0, size.bit_length() - 8)
    return ~(sign | segment << 4 | size >> segment + 3 & 15) & 0xFF


for file in sorted(work.glob("*.wav")):
    with wave.open(str(file)) as sound:
        rate, frames = sound.getframerate(), sound.readframes(sound.getnframes())
    samples = struct.unpack(f"<{len(frames) // 2}h", frames)
    step = rate / RATE
    # The mean of what falls into a new sample keeps the worst of the high notes out.
    slow = [
        sum(samples[int(i * step) : int((i + 1) * step) + 1]) // len(samples[int(i * step) : int((i + 1) * step) + 1])
        for i in range(int(len(samples) / step))
    ]
    loud = [i for i, s in enumerate(slow) if abs(s) > 300]
    slow = slow[loud[0] : loud[-1] + 1]
    most = max(abs(s) for s in slow)
    pathlib.Path(f"{file.stem}.ulaw").write_bytes(bytes(mu_law(s * 24000 // most) for s in slow))
PY
