"""Text that `distill:prepare` made, and weights as safetensors, read for trainers in PyTorch."""
import json
import os
import struct

import numpy as np
import torch

HEADER = 96


def open_ids(path):
    """The ids of a prepared file: magic, version, bytes an id, vocabulary, count, two hashes, then the ids."""
    with open(path, "rb") as file:
        head = file.read(HEADER)
    if head[:8] != b"SDTTIDS\0":
        raise SystemExit(f"open_ids: --data must hold prepared text, got {path}. Run distill:prepare.")
    width, vocab = int.from_bytes(head[12:16], "little"), int.from_bytes(head[16:20], "little")
    return np.memmap(path, dtype="<u2" if width == 2 else "<u4", mode="r", offset=HEADER), vocab


def ids_on(device, folder, split):
    """A whole split as int64 on a device, and its vocabulary."""
    ids, vocab = open_ids(os.path.join(folder, split + ".bin"))
    return torch.from_numpy(ids.astype(np.int64)).to(device), vocab


def read_safetensors(path):
    """Name to float32 tensor, of a file of float32 or float16."""
    with open(path, "rb") as file:
        size = struct.unpack("<Q", file.read(8))[0]
        header, body = json.loads(file.read(size)), file.read()
    types = {"F32": np.float32, "F16": np.float16}

    def tensor(dtype, shape, data_offsets):
        begin, end = data_offsets
        return torch.from_numpy(np.frombuffer(body[begin:end], dtype=types[dtype]).astype(np.float32).reshape(shape))

    return {name: tensor(**entry) for name, entry in header.items() if name != "__metadata__"}
