"""The masked-diffusion denoiser in PyTorch, with the parameters of the published MDLM by their published names.

What it is for: a trainer whose checkpoint `core:import` reads, and a peer to be timed beside. The network is the one of
`packages/core/src/model/dit`: rotary attention, adaLN conditioned on sigma = 0, tanh-GELU, an untied head.
"""
import json
import math
import os
import struct

import torch
from torch import nn
from torch.nn import functional as F

FREQUENCIES = 256


class Scale(nn.Module):
    """LayerNorm's weight; the published norms have no bias."""

    def __init__(self, width):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x):
        return F.layer_norm(x, x.shape[-1:], self.weight)


class Table(nn.Module):
    def __init__(self, vocab, width):
        super().__init__()
        self.embedding = nn.Parameter(0.3 * torch.randn(vocab, width))

    def forward(self, ids):
        return F.embedding(ids, self.embedding)


class Conditioning(nn.Module):
    """c of sigma = 0: a constant input, learned weights."""

    def __init__(self, size):
        super().__init__()
        self.mlp = nn.Sequential(nn.Linear(FREQUENCIES, size), nn.SiLU(), nn.Linear(size, size))
        zero = torch.zeros(1, FREQUENCIES // 2)
        self.register_buffer("features", torch.cat([zero.cos(), zero.sin()], -1), persistent=False)

    def forward(self):
        return F.silu(self.mlp(self.features))


def turned(x, cos, sin):
    a, b = x.chunk(2, -1)
    return torch.cat([a * cos - b * sin, a * sin + b * cos], -1)


class Block(nn.Module):
    def __init__(self, width, heads, conditioning, dropout=0.0):
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.norm1, self.norm2 = Scale(width), Scale(width)
        self.attn_qkv = nn.Linear(width, 3 * width, bias=False)
        self.attn_out = nn.Linear(width, width, bias=False)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(approximate="tanh"), nn.Linear(4 * width, width))
        self.adaLN_modulation = nn.Linear(conditioning, 6 * width)

    def forward(self, h, c, cos, sin, causal=False, cache=None):
        batch, length, width = h.shape
        shift1, scale1, gate1, shift2, scale2, gate2 = self.adaLN_modulation(c)[:, None].chunk(6, -1)
        qkv = self.attn_qkv(self.norm1(h) * (1 + scale1) + shift1)
        q, k, v = qkv.view(batch, length, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        q, k = turned(q, cos, sin), turned(k, cos, sin)
        if cache is not None:
            if cache:
                k, v = torch.cat([cache[0], k], 2), torch.cat([cache[1], v], 2)
            cache[:] = [k, v]
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=causal and length > 1)
        h = h + gate1 * self.dropped(self.attn_out(mixed.transpose(1, 2).reshape(batch, length, width)))
        return h + gate2 * self.dropped(self.mlp(self.norm2(h) * (1 + scale2) + shift2))

    def dropped(self, x):
        return F.dropout(x, self.dropout, self.training)


class Head(nn.Module):
    def __init__(self, vocab, width, conditioning):
        super().__init__()
        self.norm_final = Scale(width)
        self.linear = nn.Linear(width, vocab)
        self.adaLN_modulation = nn.Linear(conditioning, 2 * width)

    def forward(self, h, c):
        shift, scale = self.adaLN_modulation(c)[:, None].chunk(2, -1)
        return self.linear(self.norm_final(h) * (1 + scale) + shift)


class Denoiser(nn.Module):
    """ids [B, L] -> logits [B, L, V]; V counts the mask, which is the last id."""

    def __init__(self, vocab, width, blocks, heads, length, conditioning=128, dropout=0.0):
        super().__init__()
        self.sizes = dict(vocab_size=vocab, hidden_dim=width, n_blocks=blocks, n_heads=heads, model_length=length,
                          cond_dim=conditioning)
        self.vocab_embed = Table(vocab, width)
        self.sigma_map = Conditioning(conditioning)
        self.blocks = nn.ModuleList(Block(width, heads, conditioning, dropout) for _ in range(blocks))
        self.output_layer = Head(vocab, width, conditioning)
        half = width // heads // 2
        angles = torch.arange(length)[:, None] / 10000 ** (torch.arange(half) / half)
        self.register_buffer("cos", angles.cos(), persistent=False)
        self.register_buffer("sin", angles.sin(), persistent=False)
        self.initialise(width, blocks)

    @torch.no_grad()
    def initialise(self, width, blocks):
        """As docs/decisions/0003 has it: matrices by fan-in, adaLN the identity."""
        for name, parameter in self.named_parameters():
            if "adaLN" in name or name.endswith("bias"):
                parameter.zero_()
            elif parameter.dim() == 2 and "embed" not in name:
                small = "sigma_map" in name or "output_layer" in name
                residual = "attn_out" in name or "mlp.2" in name
                std = 0.02 if small else parameter.shape[1] ** -0.5 / (math.sqrt(2 * blocks) if residual else 1)
                parameter.normal_(std=std)
        for block in self.blocks:
            gates = block.adaLN_modulation.bias.view(6, width)
            gates[2], gates[5] = 1, 1

    def forward(self, ids, causal=False, cache=None, start=0):
        c = self.sigma_map()
        cos, sin = (table[start:start + ids.shape[1]] for table in (self.cos, self.sin))
        h = self.vocab_embed(ids)
        for i, block in enumerate(self.blocks):
            h = block(h, c, cos, sin, causal, None if cache is None else cache[i])
        return self.output_layer(h, c)


def write_safetensors(path, tensors):
    """The format of safetensors, whole or not at all: a length, a JSON header, the bytes."""
    header, at = {}, 0
    for name, tensor in tensors.items():
        size = 4 * tensor.numel()
        header[name] = dict(dtype="F32", shape=list(tensor.shape), data_offsets=[at, at + size])
        at += size
    text = json.dumps(dict(__metadata__=dict(format="pt"), **header)).encode()
    text += b" " * (-len(text) % 8)
    with open(path + ".tmp", "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for tensor in tensors.values():
            file.write(tensor.detach().float().contiguous().numpy().tobytes())
        file.flush()
        os.fsync(file.fileno())
    os.replace(path + ".tmp", path)


def write_published(folder, net, dropout=0.1):
    """The folder that MDLM's own loader reads: config.json and model.safetensors; the config last."""
    os.makedirs(folder, exist_ok=True)
    tensors = {"backbone." + name: tensor for name, tensor in net.state_dict().items()}
    write_safetensors(os.path.join(folder, "model.safetensors"), tensors)
    config = dict(model_type="mdlm", dropout=dropout, time_conditioning=False, **net.sizes)
    with open(os.path.join(folder, "config.json.tmp"), "w") as file:
        json.dump(config, file, indent=2)
    os.replace(os.path.join(folder, "config.json.tmp"), os.path.join(folder, "config.json"))
