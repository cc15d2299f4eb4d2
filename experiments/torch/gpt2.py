"""GPT-2 in PyTorch with its published parameter names (matrices as [in, out]), as the judge of this project is."""
import json
import math
import os

import torch
from torch import nn
from torch.nn import functional as F

from denoiser import write_safetensors
from prepared import read_safetensors


class Conv1D(nn.Module):
    """x W + b with W [in, out], as GPT-2 stores it."""

    def __init__(self, inputs, outputs, std):
        super().__init__()
        self.weight = nn.Parameter(std * torch.randn(inputs, outputs))
        self.bias = nn.Parameter(torch.zeros(outputs))

    def forward(self, x):
        return F.linear(x, self.weight.t(), self.bias)


class Attention(nn.Module):
    def __init__(self, width, heads, std):
        super().__init__()
        self.heads = heads
        self.c_attn, self.c_proj = Conv1D(width, 3 * width, 0.02), Conv1D(width, width, std)

    def forward(self, x):
        batch, length, width = x.shape
        q, k, v = self.c_attn(x).view(batch, length, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.c_proj(mixed.transpose(1, 2).reshape(batch, length, width))


class Mlp(nn.Module):
    def __init__(self, width, std):
        super().__init__()
        self.c_fc, self.c_proj = Conv1D(width, 4 * width, 0.02), Conv1D(4 * width, width, std)

    def forward(self, x):
        return self.c_proj(F.gelu(self.c_fc(x), approximate="tanh"))


class Block(nn.Module):
    def __init__(self, width, heads, std, dropout):
        super().__init__()
        self.ln_1, self.attn = nn.LayerNorm(width), Attention(width, heads, std)
        self.ln_2, self.mlp = nn.LayerNorm(width), Mlp(width, std)
        self.dropout = dropout

    def forward(self, h):
        h = h + F.dropout(self.attn(self.ln_1(h)), self.dropout, self.training)
        return h + F.dropout(self.mlp(self.ln_2(h)), self.dropout, self.training)


class Gpt2(nn.Module):
    """ids [B, L] -> logits [B, L, V]; head tied to the embedding."""

    def __init__(self, vocab, width, blocks, heads, length, dropout=0.0):
        super().__init__()
        self.sizes = dict(vocab_size=vocab, n_positions=length, n_ctx=length, n_embd=width, n_layer=blocks, n_head=heads)
        self.wte, self.wpe = nn.Embedding(vocab, width), nn.Embedding(length, width)
        nn.init.normal_(self.wte.weight, std=0.02)
        nn.init.normal_(self.wpe.weight, std=0.01)
        std = 0.02 / math.sqrt(2 * blocks)
        self.h = nn.ModuleList(Block(width, heads, std, dropout) for _ in range(blocks))
        self.ln_f = nn.LayerNorm(width)
        self.dropout = dropout

    def forward(self, ids):
        h = self.wte(ids) + self.wpe.weight[:ids.shape[1]]
        h = F.dropout(h, self.dropout, self.training)
        for block in self.h:
            h = block(h)
        return self.ln_f(h) @ self.wte.weight.t()


def write_gpt2(folder, net):
    os.makedirs(folder, exist_ok=True)
    write_safetensors(os.path.join(folder, "model.safetensors"), {k: v.cpu() for k, v in net.state_dict().items()})
    config = dict(model_type="gpt2", architectures=["GPT2LMHeadModel"], n_inner=None, activation_function="gelu_new",
                  layer_norm_epsilon=1e-5, tie_word_embeddings=True, torch_dtype="float32", **net.sizes)
    with open(os.path.join(folder, "config.json"), "w") as file:
        json.dump(config, file, indent=2)


def load_gpt2(folder):
    with open(os.path.join(folder, "config.json")) as file:
        config = json.load(file)
    net = Gpt2(*(config[name] for name in ("vocab_size", "n_embd", "n_layer", "n_head", "n_positions")))
    net.load_state_dict(read_safetensors(os.path.join(folder, "model.safetensors")))
    return net
