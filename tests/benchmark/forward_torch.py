#!/usr/bin/env python3
"""Times forward passes of torchvision's ResNet-50 on random pictures in PyTorch, as forward.c does.

    forward_torch.py CHECKPOINT [SIZE] [PICTURES OF A BATCH] [BATCHES] [--write]

Prints the milliseconds that a picture takes, in the fastest batch. With --write CHECKPOINT is written first, with
random weights: it is read by both programs.
"""

import sys
import time

import safetensors.torch
import torch
import torchvision


def main():
    arguments = [argument for argument in sys.argv[1:] if argument != "--write"]
    path = arguments[0]
    size, n, batches = (int(a) for a in (arguments[1:] + ["224", "8", "10"][len(arguments) - 1 :])[:3])
    torch.manual_seed(1)
    network = torchvision.models.resnet50(weights=None).eval()
    if "--write" in sys.argv:
        safetensors.torch.save_file(network.state_dict(), path)
    network.load_state_dict(safetensors.torch.load_file(path))
    pictures = torch.rand(n, 3, size, size) * 4 - 2
    fastest = float("inf")
    with torch.inference_mode():
        for _ in range(batches):
            start = time.monotonic()
            network(pictures)
            fastest = min(fastest, time.monotonic() - start)
    print(f"{fastest * 1000 / n:.2f}")


if __name__ == "__main__":
    main()
