#!/usr/bin/env python3
"""Writes tests/core/graph/forward-numbers.h: results of single operations, computed by PyTorch in float64.

Inputs and weights are waves, wave(phase)[i] = sin(phase + 1.3 i), which the test makes for itself. Values are
[channels][height][width], as in core/graph/graph.h; tokens are turned to PyTorch's order and back.

    tests/reference/forward.py > tests/core/graph/forward-numbers.h
"""
import math

import torch
import torch.nn.functional as F


def wave(phase, *shape):
    n = math.prod(shape)
    return torch.sin(phase + 1.3 * torch.arange(n, dtype=torch.float64)).reshape(shape)


def heads_of(x, heads):
    """[channels][positions] to [heads][positions][width]"""
    return x.reshape(heads, -1, x.shape[1]).transpose(1, 2)


def attention(q, k, v, heads, kv_heads, causal):
    q, k, v = heads_of(q, heads), heads_of(k, kv_heads), heads_of(v, kv_heads)
    y = F.scaled_dot_product_attention(q[None], k[None], v[None], is_causal=causal, enable_gqa=True)[0]
    return y.transpose(1, 2).reshape(-1, y.shape[1])


def rotary(x, heads):
    """Complex numbers of modulus 1, one frequency for channels i and i + half of each head."""
    x = heads_of(x, heads)
    half = x.shape[2] // 2
    angle = torch.outer(torch.arange(x.shape[1]), 10000.0 ** (-torch.arange(half, dtype=torch.float64) / half))
    turned = torch.complex(x[..., :half], x[..., half:]) * torch.polar(torch.ones_like(angle), angle)
    y = torch.cat([turned.real, turned.imag], 2)
    return y.transpose(1, 2).reshape(-1, y.shape[1])


def head_norm(x, heads, weight, epsilon):
    y = F.rms_norm(heads_of(x, heads), weight.shape, weight, epsilon)
    return y.transpose(1, 2).reshape(-1, y.shape[1])


def operations():
    picture = wave(0.1, 4, 5, 6)[None]
    square = wave(0.1, 2, 4, 4)[None]
    six = wave(0.1, 6, 2, 2)
    tokens = wave(0.1, 6, 5)
    weight, bias = wave(0.2, 6), wave(0.3, 6)
    yield "conv", F.conv2d(picture, wave(0.2, 6, 2, 3, 3), wave(0.3, 6), stride=2, padding=1, groups=2)
    yield "conv_far", F.conv2d(F.pad(square, (0, 1, 0, 1)), wave(0.2, 3, 2, 3, 3), stride=2)
    yield "conv_matrix", F.conv2d(square, wave(0.2, 3, 2)[..., None, None], wave(0.3, 3))
    yield "linear", F.linear(tokens.T, wave(0.2, 4, 6), wave(0.3, 4)).T
    yield "linear_transposed", F.linear(tokens.T, wave(0.2, 6, 4).T).T
    yield "linear_wide", F.linear(wave(0.1, 21), wave(0.2, 3, 21), wave(0.3, 3))
    yield "embedding", F.embedding(torch.tensor([2, 0, 6, 2]), wave(0.2, 7, 3)).T
    yield "batch_norm", F.batch_norm(six[None], wave(0.4, 6), 1.5 + wave(0.5, 6), weight, bias, eps=1e-3)
    yield "layer_norm", F.layer_norm(tokens.T, [6], weight, bias, 1e-3).T
    yield "layer_norm_plain", F.layer_norm(tokens.T, [6], eps=1e-3).T
    yield "rms_norm", F.rms_norm(tokens.T, [6], weight, 1e-3).T
    yield "group_norm", F.group_norm(six[None], 3, weight, bias, 1e-3)
    yield "head_norm", head_norm(tokens, 2, wave(0.2, 3), 1e-3)
    x = 3 * wave(0.1, 5)
    yield "relu", F.relu(x)
    yield "gelu", F.gelu(x)
    yield "gelu_tanh", F.gelu(x, approximate="tanh")
    yield "quick_gelu", x * torch.sigmoid(1.702 * x)
    yield "silu", F.silu(x)
    yield "tanh", torch.tanh(x)
    yield "sigmoid", torch.sigmoid(x)
    yield "attention_causal", attention(wave(0.1, 12, 5), wave(0.2, 6, 5), wave(0.3, 4, 5), 4, 2, True)
    yield "attention_cross", attention(wave(0.1, 6, 3), wave(0.2, 6, 5), wave(0.3, 6, 5), 2, 2, False)
    yield "rotary", rotary(wave(0.1, 8, 3), 2)
    yield "pool_max", F.max_pool2d(square, 3, 2, 1)
    yield "pool_mean", F.avg_pool2d(square, 2, 2)
    yield "pool_all", square.mean((2, 3))
    yield "upsample", F.interpolate(wave(0.1, 2, 1, 2)[None], scale_factor=2)
    yield "modulate", tokens * (1 + wave(0.2, 6)[:, None]) + wave(0.3, 6)[:, None]
    yield "multiply", tokens * wave(0.2, 6)[:, None]
    yield "concat", torch.cat([wave(0.1, 2, 3), wave(0.2, 1, 3)])
    yield "flatten", F.linear(six.flatten(), wave(0.2, 2, 24))


print("/* Made by tests/reference/forward.py. */")
print("/* clang-format off */")
for name, value in operations():
    print(f"static const double {name}_numbers[] = {{")
    texts = [f"{x:.16g}" for x in value.flatten().tolist()]
    for i in range(0, len(texts), 4):
        print("  " + ", ".join(texts[i:i + 4]) + ",")
    print("};")
print("/* clang-format on */")
