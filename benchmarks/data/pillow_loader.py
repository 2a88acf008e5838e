"""Pictures a CPU second of PyTorch's DataLoader over Pillow. Arguments: JSONL file, pictures, workers. Prints a JSON object."""

import json
import os
import resource
import sys
import time

import numpy
import PIL
import torch
from PIL import Image

torch.set_num_threads(1)
path, count, workers = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
folder = os.path.dirname(path)
with open(path) as lines:
    files = [os.path.join(folder, json.loads(line)["images"][0]) for line, _ in zip(lines, range(count))]


class Pictures(torch.utils.data.Dataset):
    def __len__(self):
        return len(files)

    def __getitem__(self, index):
        with Image.open(files[index]) as picture:
            return torch.from_numpy(numpy.array(picture.convert("RGB")))


def cpu_seconds():
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


before, began = cpu_seconds(), time.time()
loader = torch.utils.data.DataLoader(Pictures(), batch_size=32, num_workers=workers)
seen = sum(batch.shape[0] for batch in loader)
del loader  # its workers end, and their time is counted
print(
    json.dumps(
        {
            "pictures": seen,
            "perCpuSecond": seen / (cpu_seconds() - before),
            "perSecond": seen / (time.time() - began),
            "versions": {"torch": torch.__version__, "pillow": PIL.__version__},
        }
    )
)
