"""Writes packages/data/src/fixtures/*.parquet: preference data as pyarrow and Hugging Face's datasets write them, with what they read back (JSON).

python -m venv V && V/bin/pip install pyarrow==26.0.1 datasets==5.2.0 pillow==13.0.0 && V/bin/python tools/oracles/preference-files.py
"""

import io
import json
import os
import sys

import pyarrow as pa
import pyarrow.parquet as pq
from datasets import Dataset, Features, Image, Sequence, Value
from PIL import Image as Pictures

folder = os.path.join(os.path.dirname(__file__), "..", "..", "packages", "data", "src", "fixtures")


def png(red, green, blue, width=2, height=1):
    out = io.BytesIO()
    Pictures.new("RGB", (width, height), (red, green, blue)).save(out, "PNG")
    return out.getvalue()


# RLAIF-V's columns (huggingface.co/datasets/openbmb/RLAIF-V-Dataset), with embedded pictures, as `datasets` writes them.
rows = {
    "ds_name": ["RLAIF-V"] * 5,
    "image": [{"bytes": png(10 * i, 20, 30, 2 + i, 1), "path": f"{i}.png"} for i in range(5)],
    "question": [f"What is in picture {i} ? é" for i in range(5)],
    "chosen": [f"thing {i}" for i in range(5)],
    "rejected": [f"nothing {i}" for i in range(5)],
    "origin_dataset": ["made"] * 5,
    "origin_split": [json.dumps({"model": "none"})] * 5,
    "idx": [str(i) for i in range(5)],
    "image_path": [f"{i}.png" for i in range(5)],
}
features = Features(
    {name: Value("string") for name in rows if name != "image"} | {"image": Image(decode=False)}
)
Dataset.from_dict(rows, features=Features({name: features[name] for name in rows})).to_parquet(
    os.path.join(folder, "rlaif-v.parquet"), batch_size=2
)

# TRL's conversational preference with a list of pictures (huggingface.co/datasets/trl-lib/rlaif-v), 64-bit ids, and a column of each kind.
text = lambda role, value: [{"role": role, "content": [{"type": "text", "text": value}]}]
message = pa.list_(
    pa.struct([("role", pa.string()), ("content", pa.list_(pa.struct([("type", pa.string()), ("text", pa.string())])))])
)
picture = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
schema = pa.schema(
    [
        ("id", pa.int64()),
        ("images", pa.list_(picture)),
        ("prompt", message),
        ("chosen", message),
        ("rejected", message),
        ("score", pa.float64()),
        ("when", pa.timestamp("us")),
        ("tags", pa.list_(pa.string())),
        ("seen", pa.bool_()),
    ]
)
table = pa.Table.from_pylist(
    [
        {
            "id": 9007199254740993 + i,
            "images": [{"bytes": png(i, i, i), "path": None} for _ in range(i)],
            "prompt": [{"role": "user", "content": [{"type": "image", "text": None}, {"type": "text", "text": f"Which {i} ?"}]}],
            "chosen": text("assistant", f"good {i}"),
            "rejected": text("assistant", f"bad {i}"),
            "score": i / 4 if i != 1 else None,
            "when": 1_700_000_000_000_000 + i,
            "tags": ["a", "b"][:i],
            "seen": i % 2 == 0,
        }
        for i in range(4)
    ],
    schema=schema,
)
for compression in ["zstd", "gzip", "snappy", "none", "lz4", "brotli"]:
    pq.write_table(table, os.path.join(folder, f"trl-{compression}.parquet"), compression=compression, row_group_size=3)
read = pq.read_table(os.path.join(folder, "trl-zstd.parquet")).to_pylist()


def plain(value):
    if isinstance(value, bytes):
        return {"hex": value.hex()}
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    if hasattr(value, "isoformat"):
        return value.isoformat(timespec="milliseconds") + "Z"
    return str(value) if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 2**53 else value


with open(os.path.join(folder, "parquet-rows.json"), "w") as file:
    json.dump(
        {
            "made by": f"pyarrow {pa.__version__}, tools/oracles/preference-files.py",
            "trl": plain(read),
            "rlaif-v": plain(pq.read_table(os.path.join(folder, "rlaif-v.parquet")).to_pylist()),
        },
        file,
        indent=1,
        ensure_ascii=False,
    )
    file.write("\n")
print(sys.version)
