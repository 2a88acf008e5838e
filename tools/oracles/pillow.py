"""Pillow's Image.resize of 8-bit RGB pictures: what packages/models/src/resample.ts must give, byte for byte.
   python tools/oracles/pillow.py            Pillow is all it needs; regenerate.sh runs it.

Pictures are made by a rule that the test repeats: a linear congruential generator, or bars."""

import hashlib
import json
from base64 import b64encode
from pathlib import Path

import PIL
from PIL import Image

FIXTURES = Path(__file__).parents[2] / "packages" / "models" / "src" / "fixtures"
FILTERS = {name: Image.Resampling[name.upper()] for name in ("box", "bilinear", "hamming", "bicubic", "lanczos")}
SMALL = 240


def noise(width, height, seed):
    """The upper byte of x ← 1664525 x + 1013904223 (mod 2³²)."""
    data = bytearray()
    for _ in range(width * height * 3):
        seed = (1664525 * seed + 1013904223) % 2**32
        data.append(seed >> 24)
    return bytes(data)


def extremes(width, height, seed):
    """Nothing but 0 and 255: filters with negative weights overshoot."""
    return bytes(255 if byte > 127 else 0 for byte in noise(width, height, seed))


def bars(width, height, every):
    """White, with a black column and a red row every so many pixels, one pixel thin."""
    return b"".join(
        b"\0\0\0" if x % every == every // 2 else b"\xff\0\0" if y % every == every // 2 else b"\xff\xff\xff"
        for y in range(height)
        for x in range(width)
    )


KINDS = {"noise": noise, "extremes": extremes, "bars": bars}


def case(kind, number, size, to, filter):
    picture = Image.frombytes("RGB", size, KINDS[kind](*size, number))
    data = picture.resize(to, FILTERS[filter]).tobytes()
    expected = {"bytes": b64encode(data).decode()} if len(data) <= SMALL else {"sha256": hashlib.sha256(data).hexdigest()}
    return {"kind": kind, "number": number, "from": size, "to": to, "filter": filter, **expected}


SIZES = [
    ((8, 8), (4, 4)),  # half
    ((4, 4), (8, 8)),  # twice
    ((7, 5), (3, 2)),  # odd, not square
    ((3, 2), (7, 5)),
    ((5, 7), (6, 6)),  # a little up and down
    ((13, 4), (4, 13)),  # one side shrinks, the other grows
    ((20, 44), (17, 9)),  # the height shrinks much more: since Pillow 13 the columns come first
    ((9, 6), (9, 3)),  # one pass alone
    ((9, 6), (4, 6)),
    ((1, 1), (5, 3)),  # one pixel
    ((6, 9), (1, 1)),
    ((1, 11), (3, 2)),
    ((64, 48), (36, 36)),
    ((36, 36), (64, 48)),
    ((100, 30), (7, 31)),
    ((33, 35), (36, 36)),
]
cases = [
    case(kind, 1 + index, size, to, filter)
    for index, (size, to) in enumerate(SIZES)
    for kind in ("noise", "extremes")
    for filter in FILTERS
] + [case("bars", 60, (360, 360), (36, 36), filter) for filter in FILTERS]

lines = ",\n".join(f"  {json.dumps(one)}" for one in cases)
text = f'{{\n "madeBy": "tools/oracles/pillow.py",\n "pillow": "{PIL.__version__}",\n "cases": [\n{lines}\n ]\n}}\n'
assert len(text) < 60_000, len(text)
(FIXTURES / "pillow.json").write_text(text)
print(f"pillow.json: {len(cases)} cases, {len(text)} bytes")
