"""What a user would run in PyTorch instead, to be timed beside `core:bench`: updates, samples and AR decoding.

    npx nx run core:bench --peer=experiments/torch/peer.py --python=VENV/bin/python --out=bench [--peer-flags=--compile]

It does the work of the published Python code, written anew: each forward pass gives logits of every position over the
whole vocabulary, each sampling step runs the network, tokens are drawn by a race over [B, L, V] of noise. Attention, the
optimizer and the average are PyTorch 2's fused ones. `--compile` puts the losses and the sampling step through
torch.compile; the decoder with its growing cache stays eager. Prints one JSON object.
"""
import argparse
import json
import os
import platform
import statistics
import time

import torch
from torch.nn import functional as F

from denoiser import Denoiser

HIDDEN = -1e6


def subs(net, xt, mask):
    """log p(x0 | xt) [B, L, V]: the mask has none, a token that is shown has all."""
    shown = (xt != mask)[..., None]
    logits = net(xt)
    logits = logits.masked_fill(torch.arange(logits.shape[-1], device=xt.device) == mask, HIDDEN)
    known = torch.full_like(logits, HIDDEN).scatter(-1, xt[..., None], 0.0)
    return torch.where(shown, known, logits - logits.logsumexp(-1, keepdim=True))


def step(net, xt, t, dt, mask):
    """One ancestral step of dt from t: log-probabilities, and the tokens after it."""
    log_probs = subs(net, xt, mask)
    chances = log_probs.exp() * dt
    chances[..., mask] = (t - dt).clamp(min=0)[:, None]
    winner = (chances / torch.empty_like(chances).exponential_()).argmax(-1)
    return log_probs, torch.where(xt == mask, winner, xt)


class Peer:
    def __init__(self, a):
        self.a, self.mask = a, a.vocab
        make = lambda: Denoiser(a.vocab + 1, a.width, a.blocks, a.heads, a.length)
        self.net, self.teacher = make(), make().requires_grad_(False)
        self.parameters = list(self.net.parameters())
        self.average = [p.detach().clone() for p in self.parameters]
        self.optimizer = torch.optim.AdamW(self.parameters, lr=1e-4, weight_decay=0.0, fused=True)
        self.x0 = torch.randint(0, a.vocab, (a.batch, a.length))
        compiled = torch.compile if a.compile else lambda f: f
        self.mdlm_loss, self.sdtt_loss = compiled(self.mdlm_loss_of), compiled(self.sdtt_loss_of)
        self.teacher_step = compiled(lambda xt, t, dt: step(self.teacher, xt, t, dt, self.mask))
        self.sample_step = compiled(lambda xt, t, dt: step(self.net, xt, t, dt, self.mask)[1])

    def noised(self):
        a = self.a
        t = (torch.rand(1) + torch.arange(a.batch) / a.batch) % 1 * (1 - 1e-3) + 1e-3
        return t, torch.where(torch.rand(a.batch, a.length) < t[:, None], self.mask, self.x0)

    def mdlm_loss_of(self, xt, t):
        nll = -subs(self.net, xt, self.mask).gather(-1, self.x0[..., None])[..., 0]
        return (nll / t[:, None]).mean()

    def sdtt_loss_of(self, xt, targets):
        hidden = (xt == self.mask)[..., None]
        log_probs = subs(self.net, xt, self.mask)
        kl = F.kl_div(targets, log_probs, log_target=True, reduction="none")
        return (kl * hidden).sum() / hidden.sum()

    @torch.no_grad()
    def targets(self, xt, t, dt=1 / 1024):
        found, now = torch.zeros(*xt.shape, self.mask + 1), xt
        for i in range(self.a.substeps):
            log_probs, after = self.teacher_step(now, (t - i * dt).clamp(min=1e-5), dt)
            found = torch.where((after != now)[..., None], log_probs, found)
            now = after
        return torch.where((now == self.mask)[..., None], log_probs, found)

    def follow(self, loss):
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.parameters, 1.0)
        self.optimizer.step()
        with torch.no_grad():
            torch._foreach_lerp_(self.average, self.parameters, 1e-4)

    def mdlm_update(self):
        t, xt = self.noised()
        self.follow(self.mdlm_loss(xt, t))

    def sdtt_update(self):
        t, xt = self.noised()
        self.follow(self.sdtt_loss(xt, self.targets(xt, t)))

    @torch.no_grad()
    def sample(self, steps):
        x, dt = torch.full_like(self.x0, self.mask), 1 / steps
        for i in range(steps):
            x = self.sample_step(x, torch.full((self.a.batch,), 1 - i * dt), dt)

    @torch.no_grad()
    def decode(self):
        cache, ids = [[] for _ in range(self.a.blocks)], torch.zeros(self.a.batch, 1, dtype=torch.long)
        for i in range(self.a.length):
            logits = self.net(ids, causal=True, cache=cache, start=i)[:, -1, :self.mask]
            ids = torch.multinomial(logits.softmax(-1), 1)


def timed(run, repeats, tokens, warm=None):
    (warm or run)()
    ms, cpu = [], []
    for _ in range(repeats):
        started, began = time.perf_counter(), time.process_time()
        run()
        ms.append(1e3 * (time.perf_counter() - started))
        cpu.append(1e3 * (time.process_time() - began))
    middle = statistics.median(ms)
    return dict(ms=round(middle, 2), fastest=round(min(ms), 2), slowest=round(max(ms), 2), runs=repeats,
                cpu_ms=round(statistics.median(cpu), 2), tokens_per_s=round(tokens / middle * 1e3, 1))


def main():
    parser = argparse.ArgumentParser()
    for name, value in dict(width=256, blocks=4, heads=4, length=128, vocab=4096, batch=16, threads=2, substeps=2,
                            repeats=5).items():
        parser.add_argument("--" + name, type=int, default=value)
    parser.add_argument("--steps", default="8,32,128")
    parser.add_argument("--only", default="mdlm_update,sdtt_update,sample,ar_kv")
    parser.add_argument("--compile", action="store_true")
    a = parser.parse_args()
    torch.set_num_threads(a.threads)
    torch.manual_seed(0)
    peer = Peer(a)
    only, tokens = a.only.split(","), a.batch * a.length
    form = "torch.compile" if a.compile else "eager"
    result = dict(torch=f"{torch.__version__} ({form})", python=platform.python_version(), load=os.getloadavg()[0],
                  parameters=sum(p.numel() for p in peer.parameters), **vars(a))
    for name in ("mdlm_update", "sdtt_update"):
        if name in only:
            result[name] = timed(getattr(peer, name), a.repeats, tokens)
    if "sample" in only:
        for steps in map(int, a.steps.split(",")):
            few = lambda: peer.sample(min(steps, 8))
            result[f"sample_{steps}"] = timed(lambda: peer.sample(steps), max(1, a.repeats // 3), tokens, few)
    if "ar_kv" in only:
        result["ar_kv"] = timed(peer.decode, max(1, a.repeats // 3), tokens)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
