#!/usr/bin/env python3
"""Trains the two networks in tests/core/merge/splits, which know half of the digits each.

From one start, a perceptron learns scikit-learn's digits 0 to 4 and another 5 to 9 (8 by 8 pixels; 540 of the 1,797
pictures are held out, those of tests/core/align/digits). Beside each lie 200 of the pictures it learned, to measure it
on, and held-out.safetensors holds the others; digits.yaml says that their 0 to 16 become 0 to 1. Weights are stored as fp16. Some seconds on one core:

    pip install torch scikit-learn safetensors
    tests/reference/train_splits.py tests/core/merge/splits
"""
import os
import sys

import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional

from train_digits import load_split, to_input

WIDTH, EPOCHS, RATE, DECAY, BATCH = 64, 20, 0.02, 1e-3, 32
N_MEASURED = 200


def make_start():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(64, WIDTH), nn.ReLU(), nn.Linear(WIDTH, WIDTH), nn.ReLU(), nn.Linear(WIDTH, 10))


def train(pictures, labels, seed):
    network = make_start()
    generator = torch.Generator().manual_seed(seed)
    optimiser = torch.optim.SGD(network.parameters(), RATE, momentum=0.9, weight_decay=DECAY)
    for _ in range(EPOCHS):
        order = torch.randperm(len(pictures), generator=generator)
        for batch in order.split(BATCH):
            optimiser.zero_grad()
            functional.cross_entropy(network(to_input(pictures[batch])), labels[batch].long()).backward()
            optimiser.step()
    return network


def main():
    folder = sys.argv[1]
    pictures, labels, held_out, held_out_labels = load_split()
    torch.set_num_threads(1)
    for seed, (name, is_its) in enumerate({"low": labels < 5, "high": labels >= 5}.items(), 1):
        network = train(pictures[is_its], labels[is_its], seed)
        weights = {key: value.half() for key, value in network.state_dict().items()}
        save_file(weights, os.path.join(folder, f"{name}.safetensors"))
        save_file({"images": pictures[is_its][:N_MEASURED].clone(), "labels": labels[is_its][:N_MEASURED].clone()},
                  os.path.join(folder, f"{name}-pictures.safetensors"))
    save_file({"images": held_out, "labels": held_out_labels}, os.path.join(folder, "held-out.safetensors"))


if __name__ == "__main__":
    main()
