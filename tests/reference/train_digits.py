#!/usr/bin/env python3
"""Trains the pairs of networks in tests/core/align/digits and tests/core/repair/digits, and stores the digits with them.

Two perceptrons and two small residual networks learn scikit-learn's digits (8 by 8 pixels, 1,797 of them, 540 held
out), each pair on the same pictures and from different seeds. Weights are stored as fp16. Half a minute on one core:

    pip install torch scikit-learn safetensors
    tests/reference/train_digits.py tests/core/align/digits

Other seeds, into another folder: train_digits.py FOLDER 3 4

With --vgg, a pair of narrow VGG-11 without norms instead, which see each digit as 32 by 32 pixels, and 600 of the
training digits to measure statistics on. A minute:

    tests/reference/train_digits.py --vgg tests/core/repair/digits
"""
import os
import sys

import torch
from safetensors.torch import save_file
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn
from torch.nn import functional

N_HELD_OUT = 540
WIDTH = 128
STAGES = (16, 32, 64)
VGG = (16, "pool", 32, "pool", 64, 64, "pool", 64, 64, "pool", 64, 64, "pool")
VGG_SIDE = 32
N_CALIBRATION = 600


def load_split():
    """Training and held-out pictures [n, 64] of 0..16, and labels [n]."""
    digits = load_digits()
    parts = train_test_split(digits.data, digits.target, test_size=N_HELD_OUT, random_state=0, stratify=digits.target)
    pictures, held_out, labels, held_out_labels = (torch.tensor(part).to(torch.uint8) for part in parts)
    return pictures, labels, held_out, held_out_labels


def to_input(pictures):
    return pictures.float() / 16


class Perceptron(nn.Module):
    EPOCHS, RATE, DECAY = 60, 0.05, 1e-3

    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(64, WIDTH)
        self.fc2 = nn.Linear(WIDTH, WIDTH)
        self.fc3 = nn.Linear(WIDTH, WIDTH)
        self.fc4 = nn.Linear(WIDTH, 10)

    def forward(self, x):
        for layer in self.fc1, self.fc2, self.fc3:
            x = functional.relu(layer(x))
        return self.fc4(x)


class Block(nn.Module):
    def __init__(self, n_inputs, n_outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(n_inputs, n_outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(n_outputs)
        self.conv2 = nn.Conv2d(n_outputs, n_outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(n_outputs)
        if stride != 1:
            self.downsample = nn.Sequential(nn.Conv2d(n_inputs, n_outputs, 1, stride, bias=False),
                                            nn.BatchNorm2d(n_outputs))

    def forward(self, x):
        y = self.bn2(self.conv2(functional.relu(self.bn1(self.conv1(x)))))
        return functional.relu(y + (self.downsample(x) if hasattr(self, "downsample") else x))


class Residual(nn.Module):
    EPOCHS, RATE, DECAY = 60, 0.1, 5e-3

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, STAGES[0], 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(STAGES[0])
        self.layer1 = nn.Sequential(Block(STAGES[0], STAGES[0], 1))
        self.layer2 = nn.Sequential(Block(STAGES[0], STAGES[1], 2))
        self.layer3 = nn.Sequential(Block(STAGES[1], STAGES[2], 2))
        self.fc = nn.Linear(STAGES[2], 10)

    def forward(self, x):
        x = functional.relu(self.bn1(self.conv1(x.view(-1, 1, 8, 8))))
        return self.fc(self.layer3(self.layer2(self.layer1(x))).mean((2, 3)))


class Vgg(nn.Module):
    EPOCHS, RATE, DECAY = 40, 0.03, 2e-3

    def __init__(self):
        super().__init__()
        layers = []
        n_channels = 1
        for step in VGG:
            if step == "pool":
                layers.append(nn.MaxPool2d(2))
                continue
            layers += [nn.Conv2d(n_channels, step, 3, 1, 1), nn.ReLU()]
            nn.init.kaiming_normal_(layers[-2].weight, mode="fan_out", nonlinearity="relu")
            nn.init.zeros_(layers[-2].bias)
            n_channels = step
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Linear(n_channels, 10)

    def forward(self, x):
        x = x.view(-1, 1, 8, 8).repeat_interleave(VGG_SIDE // 8, 2).repeat_interleave(VGG_SIDE // 8, 3)
        return self.classifier(self.features(x).flatten(1))


def train(kind, seed, pictures, labels):
    torch.manual_seed(seed)
    model = kind()
    order = torch.Generator().manual_seed(seed)
    optimiser = torch.optim.SGD(model.parameters(), lr=kind.RATE, momentum=0.9, weight_decay=kind.DECAY)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, kind.EPOCHS)
    for _ in range(kind.EPOCHS):
        for batch in torch.randperm(len(pictures), generator=order).split(64):
            optimiser.zero_grad()
            functional.cross_entropy(model(to_input(pictures[batch])), labels[batch].long()).backward()
            optimiser.step()
        schedule.step()
    return model.state_dict()


def store_pair(kind, name, folder, seeds, pictures, labels):
    for seed, letter in zip(seeds, "ab"):
        weights = train(kind, seed, pictures, labels)
        weights = {key: value.half() if value.is_floating_point() else value for key, value in weights.items()}
        save_file(weights, os.path.join(folder, f"{name}-{letter}.safetensors"))


def main():
    words = [word for word in sys.argv[1:] if word != "--vgg"]
    folder = words[0]
    seeds = [int(word) for word in words[1:]] or [1, 2]
    torch.set_num_threads(1)
    pictures, labels, held_out, held_out_labels = load_split()
    if "--vgg" in sys.argv:
        calibration = {"images": pictures[:N_CALIBRATION].reshape(-1, 8, 8).contiguous(),
                       "labels": labels[:N_CALIBRATION].contiguous()}
        save_file(calibration, os.path.join(folder, "calibration.safetensors"))
        store_pair(Vgg, "vgg", folder, seeds, pictures, labels)
        return
    save_file({"pictures": held_out, "labels": held_out_labels}, os.path.join(folder, "held-out.safetensors"))
    store_pair(Perceptron, "mlp", folder, seeds, pictures, labels)
    store_pair(Residual, "resnet", folder, seeds, pictures, labels)


if __name__ == "__main__":
    main()
