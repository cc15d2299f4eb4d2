"""Trains the small models of the default world on one graphics card: a denoiser, or a judge of GPT-2's form.

    python3 train_small.py --kind=denoiser --data=.sdtt/data/mine --out=teacher --seconds=120
    python3 train_small.py --kind=judge --data=.sdtt/data/judge --more=.sdtt/data/more --out=judge --updates=4000

An update is that of `distill:pretrain`: Muon and AdamW, weight decay, one clip, a warmed-up moving average, the mean over
masked tokens, a constant rate that falls to 0 in the last part. What differs is the batch (rows from anywhere in the text, as
many as a card takes), bfloat16 products, and that training may end by the clock. A judge may learn the mean prediction
of larger ones (`--teachers`). Prints a JSON line at each validation; the average's weights are written in published layout,
with `training.json` beside them, where validation is lowest. `core:import` reads the folder.
"""
import argparse
import contextlib
import json
import math
import os
import time

import torch
from torch.nn import functional as F

from denoiser import Denoiser, write_published
from gpt2 import Gpt2, load_gpt2, write_gpt2
from muon import Optimizer
from prepared import ids_on, read_safetensors

VALIDATION_SEED = 20241021


def options():
    parser = argparse.ArgumentParser()
    parser.add_argument("--kind", choices=["denoiser", "judge"], required=True)
    parser.add_argument("--data", required=True, help="prepared text: training and validation")
    parser.add_argument("--more", help="more prepared text of the same tokenizer; half of each batch")
    parser.add_argument("--init", help="a model.safetensors to begin with")
    parser.add_argument("--teachers", nargs="*", default=[], help="folders of judges whose mean prediction is learned")
    parser.add_argument("--out", required=True)
    for name, value in dict(width=192, blocks=4, heads=4, length=256, rows=256, seed=1, updates=0, every=100).items():
        parser.add_argument("--" + name, type=int, default=value)
    for name, value in dict(lr=4e-3, decay=0.01, dropout=0.1, ema=0.998, seconds=0.0, cooldown=0.4, warmup=100.0).items():
        parser.add_argument("--" + name, type=float, default=value)
    parser.add_argument("--device", default="cuda")
    a = parser.parse_args()
    if a.updates == 0 and a.seconds == 0:
        parser.error("training must end: give --updates or --seconds")
    return a


def build(a, vocab):
    if a.kind == "judge":
        return Gpt2(vocab, a.width, a.blocks, a.heads, a.length, a.dropout)
    return Denoiser(vocab + 1, a.width, a.blocks, a.heads, a.length, dropout=a.dropout)


def rows_of(ids, count, length, generator):
    """Rows from anywhere in the text: [count, length]."""
    starts = torch.randint(0, len(ids) - length + 1, (count,), generator=generator, device=ids.device)
    return ids[starts[:, None] + torch.arange(length, device=ids.device)]


def masked(x0, mask, generator):
    """Times stratified over the batch, each token masked by chance: xt and what is masked, [B, L]."""
    u = torch.rand((), generator=generator, device=x0.device)
    t = ((u + torch.arange(len(x0), device=x0.device) / len(x0)) % 1) * (1 - 1e-3) + 1e-3
    hidden = torch.rand(x0.shape, generator=generator, device=x0.device) < t[:, None]
    return torch.where(hidden, mask, x0), hidden


def counted(x0, mask, generator):
    """The number of masked tokens uniform on 1 ... L, stratified over rows: xt, what is masked, and how many [B]."""
    rows, length = x0.shape
    n = ((torch.arange(rows, device=x0.device) + 0.5) / rows * length).ceil().clamp(1, length)
    order = torch.rand(x0.shape, generator=generator, device=x0.device).argsort(1).argsort(1)
    hidden = order < n[:, None]
    return torch.where(hidden, mask, x0), hidden, n


class Denoising:
    """The mean over masked tokens in training, the NELBO a token in validation."""

    repeats = 4

    def __init__(self, vocab):
        self.mask = vocab

    def nll(self, net, xt, x0):
        logits = net(xt)[..., :self.mask].float()
        return F.cross_entropy(logits.flatten(0, 1), x0.flatten(), reduction="none").view_as(x0)

    def loss(self, net, x0, generator):
        xt, hidden = masked(x0, self.mask, generator)
        return (self.nll(net, xt, x0) * hidden).sum() / hidden.sum()

    def validation(self, net, x0, generator):
        """Its sum over rows, and how many they are."""
        xt, hidden, n = counted(x0, self.mask, generator)
        return ((self.nll(net, xt, x0) * hidden).sum(1) / n).sum().item(), len(x0)


class NextToken:
    """Likelihood of the next token, or the mean prediction of teachers in its place."""

    repeats = 1

    def __init__(self, teachers):
        self.teachers = teachers

    def loss(self, net, x0, _):
        logits = net(x0).float()
        if not self.teachers:
            return F.cross_entropy(logits[:, :-1].flatten(0, 1), x0[:, 1:].flatten())
        with torch.no_grad():
            target = sum(teacher(x0).float().softmax(-1) for teacher in self.teachers) / len(self.teachers)
        return -(target * logits.log_softmax(-1)).sum(-1).mean()

    def validation(self, net, x0, _):
        logits = net(x0)[:, :-1]
        return F.cross_entropy(logits.flatten(0, 1), x0[:, 1:].flatten(), reduction="sum").item(), x0[:, 1:].numel()


@contextlib.contextmanager
def averaged(net, average):
    """The network with its average's weights, without dropout."""
    own = {name: p.detach().clone() for name, p in net.named_parameters()}
    with torch.no_grad():
        for name, p in net.named_parameters():
            p.copy_(average[name])
        net.eval()
        yield
        for name, p in net.named_parameters():
            p.copy_(own[name])
        net.train()


def validate(a, net, objective, held, average):
    """Nats a token of the average in float32; the same rows and masks at every call."""
    generator = torch.Generator(held.device).manual_seed(VALIDATION_SEED)
    with averaged(net, average):
        found = [objective.validation(net, rows, generator) for rows in held.repeat(objective.repeats, 1).split(64)]
    return sum(total for total, _ in found) / sum(count for _, count in found)


def write(a, net, vocab, average, facts):
    copy = build(a, vocab)
    copy.load_state_dict({name: value.cpu() for name, value in {**net.state_dict(), **average}.items()})
    write_gpt2(a.out, copy) if a.kind == "judge" else write_published(a.out, copy, a.dropout)
    with open(os.path.join(a.out, "training.json"), "w") as file:
        json.dump(facts, file, indent=1)


def rate_at(a, update, progress):
    return a.lr * min(1, (update + 1) / a.warmup) * min(1, max(0.02, (1 - progress) / a.cooldown))


def train(a):
    device = torch.device(a.device)
    torch.manual_seed(a.seed)
    torch.backends.cuda.matmul.allow_tf32 = True
    generator = torch.Generator(device).manual_seed(a.seed)
    ids, vocab = ids_on(device, a.data, "train")
    more = ids_on(device, a.more, "train")[0] if a.more else None
    held = ids_on(device, a.data, "validation")[0]
    held = held[:len(held) // a.length * a.length].view(-1, a.length)
    net = build(a, vocab).to(device)
    if a.init:
        net.load_state_dict({name.removeprefix("backbone."): value for name, value in read_safetensors(a.init).items()})
    teachers = [load_gpt2(folder).to(device).eval() for folder in a.teachers]
    objective = Denoising(vocab) if a.kind == "denoiser" else NextToken(teachers)
    optimizer = Optimizer(net, a.decay, a.ema)
    half = torch.autocast(device.type, torch.bfloat16) if device.type == "cuda" else contextlib.nullcontext()
    sources = [ids] if more is None else [ids, more]
    facts = dict(arguments=vars(a), parameters=sum(p.numel() for p in net.parameters()), torch=torch.__version__,
                 card=torch.cuda.get_device_name() if device.type == "cuda" else "none", curve=[])
    started, update, best = time.perf_counter(), 0, math.inf
    net.train()
    while True:
        spent = time.perf_counter() - started
        progress = max(update / a.updates if a.updates else 0, spent / a.seconds if a.seconds else 0)
        if update % a.every == 0 or progress >= 1:
            found = validate(a, net, objective, held, optimizer.average)
            facts["curve"].append([update, round(found, 4)])
            told = dict(update=update, tokens=update * a.rows * a.length, seconds=round(spent, 1), validation=found)
            print(json.dumps(told), flush=True)
            if found < best:
                best = found
                write(a, net, vocab, optimizer.average, {**facts, **told})
        if progress >= 1:
            break
        x0 = torch.cat([rows_of(text, a.rows // len(sources), a.length, generator) for text in sources])
        with half:
            loss = objective.loss(net, x0, generator)
        for p in net.parameters():
            p.grad = None
        loss.backward()
        optimizer.step(rate_at(a, update, progress))
        update += 1


if __name__ == "__main__":
    train(options())
