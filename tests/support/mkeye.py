#!/usr/bin/env python3
"""Writes a tiny image encoder (a llava projector) for the model that mkchain.py writes, so that a real engine takes real images.

What it sees it does not tell: its weights are zero, so an answer is the same with and without an image. But the engine decodes
the image, and each adds PATCHES tokens to the request, which its counts show.
usage: mkeye.py OUT.gguf MODEL.gguf        needs gguf and numpy
"""
import sys

import gguf
import numpy as np

SIDE, PATCH, WIDTH, HIDDEN, BLOCKS = 32, 16, 64, 64, 2
PATCHES = (SIDE // PATCH) ** 2


def write_header(writer, projection):
    vision = gguf.Keys.ClipVision
    writer.add_name("tiny-eye")
    writer.add_file_type(0)
    writer.add_bool(gguf.Keys.Clip.HAS_VISION_ENCODER, True)
    writer.add_string(gguf.Keys.Clip.PROJECTOR_TYPE, "mlp")
    for key, value in ((vision.IMAGE_SIZE, SIDE), (vision.PATCH_SIZE, PATCH), (vision.EMBEDDING_LENGTH, WIDTH),
                       (vision.FEED_FORWARD_LENGTH, HIDDEN), (vision.PROJECTION_DIM, projection),
                       (vision.BLOCK_COUNT, BLOCKS), (vision.Attention.HEAD_COUNT, 1)):
        writer.add_uint32(key, value)
    writer.add_float32(vision.Attention.LAYERNORM_EPS, 1e-5)
    writer.add_array(vision.IMAGE_MEAN, [0.5, 0.5, 0.5])
    writer.add_array(vision.IMAGE_STD, [0.5, 0.5, 0.5])
    writer.add_bool(vision.USE_GELU, True)


def tensors(projection):
    """Name: shape, as the engine's loader wants them."""
    yield from {"v.patch_embd.weight": (WIDTH, 3, PATCH, PATCH), "v.position_embd.weight": (PATCHES, WIDTH),
                "mm.0.weight": (projection, WIDTH), "mm.0.bias": (projection,),
                "mm.2.weight": (projection, projection), "mm.2.bias": (projection,)}.items()
    for block in range(BLOCKS):
        for part, shape in {"attn_q": (WIDTH, WIDTH), "attn_k": (WIDTH, WIDTH), "attn_v": (WIDTH, WIDTH), "attn_out": (WIDTH, WIDTH),
                            "ffn_up": (HIDDEN, WIDTH), "ffn_down": (WIDTH, HIDDEN), "ln1": (WIDTH,), "ln2": (WIDTH,)}.items():
            yield f"v.blk.{block}.{part}.weight", shape
            yield f"v.blk.{block}.{part}.bias", shape[:1]


def width_of(model):
    return int(gguf.GGUFReader(model).fields["llama.embedding_length"].parts[-1][0])


def main(target, projection):
    writer = gguf.GGUFWriter(target, "clip")
    write_header(writer, projection)
    for name, shape in tensors(projection):
        writer.add_tensor(name, np.zeros(shape, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    main(sys.argv[1], width_of(sys.argv[2]))
