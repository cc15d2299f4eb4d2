"""Trains a small masked-diffusion model with PyTorch's DistributedDataParallel: an external trainer, as a sweep runs one.

    torchrun --nproc-per-node=2 train_mdlm.py --data=.sdtt/data/mine --out=out --updates=200

Reads text that `distill:prepare` made. Prints a JSON line an update, writes `out/checkpoint` in MDLM's published layout
when it is done, and `out/state.pt` on the way: started again, it goes on there. SIGTERM saves and ends.
"""
import argparse
import json
import math
import os
import signal
import time

import numpy as np
import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel

from denoiser import Denoiser, write_published
from prepared import open_ids

def batch_of(ids, a, update, rank, world):
    """Rows of one rank, drawn by seed and update alone, so that a run that goes on sees what it would have seen."""
    random = np.random.default_rng([a.seed, update])
    rows = random.integers(0, len(ids) - a.length + 1, a.sequences)
    t = (random.random() + np.arange(a.sequences) / a.sequences) % 1 * (1 - 1e-3) + 1e-3
    hidden = random.random((a.sequences, a.length)) < t[:, None]
    x0 = np.stack([ids[row:row + a.length] for row in rows]).astype(np.int64)
    mine = slice(rank * a.sequences // world, (rank + 1) * a.sequences // world)
    return torch.from_numpy(x0[mine]), torch.from_numpy(hidden[mine]), torch.from_numpy(t[mine].astype(np.float32))


def nelbo(net, x0, hidden, t, mask):
    """-ln p(x0 | xt) / t at hidden positions, a token: SUBS with log-linear noise."""
    logits = net(torch.where(hidden, torch.full_like(x0, mask), x0))[..., :mask]
    nll = torch.nn.functional.cross_entropy(logits.flatten(0, 1), x0.flatten(), reduction="none").view_as(x0)
    return (nll * hidden / t[:, None]).mean()


def rate_at(a, update):
    warm = min(1, (update + 1) / a.warmup)
    return a.lr * warm * 0.5 * (1 + math.cos(math.pi * update / a.updates))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True)
    parser.add_argument("--out", required=True)
    for name, value in dict(width=64, blocks=2, heads=2, length=64, updates=200, sequences=8, warmup=10, seed=1,
                            checkpoint_every=50).items():
        parser.add_argument("--" + name.replace("_", "-"), type=int, default=value)
    parser.add_argument("--lr", type=float, default=1e-3)
    a = parser.parse_args()
    dist.init_process_group("gloo")
    rank, world = dist.get_rank(), dist.get_world_size()
    torch.set_num_threads(1)
    torch.manual_seed(a.seed)
    ids, vocab = open_ids(os.path.join(a.data, "train.bin"))
    net = Denoiser(vocab + 1, a.width, a.blocks, a.heads, a.length)
    optimizer = torch.optim.AdamW(net.parameters(), lr=a.lr, weight_decay=0.0)
    state_file = os.path.join(a.out, "state.pt")
    first = 0
    if os.path.exists(state_file):
        state = torch.load(state_file)
        net.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        first = state["update"]
    shared = DistributedDataParallel(net)
    asked = []
    signal.signal(signal.SIGTERM, lambda *_: asked.append(True))

    def save(update):
        if rank == 0:
            os.makedirs(a.out, exist_ok=True)
            state = dict(model=net.state_dict(), optimizer=optimizer.state_dict(), update=update)
            torch.save(state, state_file + ".tmp")
            os.replace(state_file + ".tmp", state_file)

    for update in range(first, a.updates):
        started = time.perf_counter()
        for group in optimizer.param_groups:
            group["lr"] = rate_at(a, update)
        loss = nelbo(shared, *batch_of(ids, a, update, rank, world), vocab)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        # Every rank must stop at the same update, whichever of them was asked to.
        told = torch.tensor([loss.item() / world, float(bool(asked))])
        dist.all_reduce(told)
        if rank == 0:
            ms = 1e3 * (time.perf_counter() - started)
            print(json.dumps(dict(update=update + 1, loss=told[0].item(), lr=rate_at(a, update), grad_norm=norm.item(),
                                  tokens=(update + 1) * a.sequences * a.length, wall_ms=ms)), flush=True)
        if (update + 1) % a.checkpoint_every == 0 or told[1] > 0:
            save(update + 1)
        if told[1] > 0:
            break
    else:
        if rank == 0:
            write_published(os.path.join(a.out, "checkpoint"), net)
    dist.barrier()
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
