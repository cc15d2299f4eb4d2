"""Muon for matrices between hidden states and AdamW for the rest, as packages/core/src/optim has them."""
import math
import re

import torch

HIDDEN = re.compile(r"^(blocks\.\d+\.(attn_qkv|attn_out|mlp\.[02])"
                    r"|h\.\d+\.(attn\.c_attn|attn\.c_proj|mlp\.c_fc|mlp\.c_proj))\.weight$")


def orthogonalised(g):
    """[n, rows, columns], each with its singular values near 1: five Newton-Schulz steps."""
    tall = g.shape[1] > g.shape[2]
    x = g.transpose(1, 2) if tall else g
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(5):
        gram = x @ x.transpose(1, 2)
        x = 3.4445 * x + (-4.775 * gram + 2.0315 * gram @ gram) @ x
    return x.transpose(1, 2) if tall else x


class Optimizer:
    """Muon and AdamW with one clip and an average, as in packages/core/src/optim."""

    def __init__(self, net, decay, ema, momentum=0.95, betas=(0.9, 0.999), eps=1e-8, clip=1.0):
        self.params = dict(net.named_parameters())
        self.decay, self.ema_decay, self.momentum, self.betas, self.eps, self.clip = decay, ema, momentum, betas, eps, clip
        self.average = {name: p.detach().clone() for name, p in self.params.items()}
        self.groups = {}
        for name, p in self.params.items():
            if HIDDEN.match(name):
                parts = 3 if "c_attn" in name or "attn_qkv" in name else 1
                axis = 1 if "c_attn" in name else 0
                shape = list(p.shape)
                shape[axis] //= parts
                self.groups.setdefault(tuple(shape), []).append((name, parts, axis))
        self.muon = {name for group in self.groups.values() for name, _, _ in group}
        self.m = {name: torch.zeros_like(p) for name, p in self.params.items()}
        self.v = {name: torch.zeros_like(p) for name, p in self.params.items() if name not in self.muon}
        self.n = 0

    @torch.no_grad()
    def step(self, rate):
        self.n += 1
        names = list(self.params)
        grads = [self.params[name].grad for name in names]
        norm = torch.nn.utils.get_total_norm(grads)
        torch._foreach_mul_(grads, (self.clip / norm).clamp(max=1.0))
        torch._foreach_mul_([self.params[name] for name in names], 1 - rate * self.decay)
        muon = [name for name in names if name in self.muon]
        m, g = [self.m[name] for name in muon], [self.params[name].grad for name in muon]
        torch._foreach_lerp_(m, g, 1 - self.momentum)
        ahead = dict(zip(muon, torch._foreach_lerp(m, g, 1 - self.momentum)))
        for shape, group in self.groups.items():
            pieces = [piece for name, parts, axis in group for piece in ahead[name].chunk(parts, axis)]
            steps = list(orthogonalised(torch.stack(pieces)))
            for name, parts, axis in group:
                own = torch.cat([steps.pop(0) for _ in range(parts)], axis)
                self.params[name].sub_(own, alpha=rate * 0.2 * math.sqrt(max(shape)))
        rest = [name for name in names if name not in self.muon]
        g, m, v = [self.params[n].grad for n in rest], [self.m[n] for n in rest], [self.v[n] for n in rest]
        b1, b2 = self.betas
        torch._foreach_lerp_(m, g, 1 - b1)
        torch._foreach_mul_(v, b2)
        torch._foreach_addcmul_(v, g, g, 1 - b2)
        roots = torch._foreach_sqrt(v)
        torch._foreach_mul_(roots, 1 / math.sqrt(1 - b2 ** self.n))
        torch._foreach_add_(roots, self.eps)
        torch._foreach_addcdiv_([self.params[n] for n in rest], m, roots, -rate / (1 - b1 ** self.n))
        keep = min(self.ema_decay, (1 + self.n) / (10 + self.n))
        torch._foreach_lerp_([self.average[n] for n in names], [self.params[n] for n in names], 1 - keep)
        return norm
