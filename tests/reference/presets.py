#!/usr/bin/env python3
"""Writes tests/core/recipe/preset-numbers.h: block-weight presets computed apart from the program.

Polynomials are evaluated in exact fractions, lists are spelled out, so nothing is shared with core/recipe/presets.c
but the definitions: x = i / (n - 1) over the blocks without BASE; BASE is 0 except in ALL_B.

    tests/reference/presets.py > tests/core/recipe/preset-numbers.h
"""
import math
from fractions import Fraction as F


def smooth(y):
    return 3 * y**2 - 2 * y**3


def tri(y):
    return 1 - abs(1 - y % 2)


def xs(n):
    return [F(i, n - 1) for i in range(n)]


def curves(n):
    half = F(1, 2)
    true_cubic = [F(25, 48) + F(77, 12) * (x - half) ** 3 - F(31, 48) * (x - half) for x in xs(n)]
    true_cubic[0] = F(0)
    yield "GRAD_V", [abs(1 - 2 * x) for x in xs(n)]
    yield "GRAD_A", [1 - abs(1 - 2 * x) for x in xs(n)]
    yield "FLAT_25", [F(1, 4)] * n
    yield "FLAT_75", [F(3, 4)] * n
    for name, k in ("WRAP08", 4), ("WRAP12", 6), ("WRAP14", 7), ("WRAP16", 8):
        yield name, [1] * k + [0] * (n - 2 * k) + [1] * k
    both = [("SMOOTHSTEP", "REVERSE-SMOOTHSTEP", [smooth(x) for x in xs(n)])]
    for k in 2, 3, 4:
        both.append((f"SMOOTHSTEP*{k}", f"R_SMOOTHSTEP*{k}", [tri(k * smooth(x)) for x in xs(n)]))
        both.append((f"SMOOTHSTEP/{k}", f"R_SMOOTHSTEP/{k}", [smooth(tri(k * x)) for x in xs(n)]))
    both.append(("REVERSE_COSINE", "COSINE", [math.sin(math.pi / 2 * float(x)) ** 2 for x in xs(n)]))
    both.append(("TRUE_CUBIC_HERMITE", "TRUE_REVERSE_CUBIC_HERMITE", true_cubic))
    both.append(("FAKE_CUBIC_HERMITE", "FAKE_REVERSE_CUBIC_HERMITE",
                 [(38 * x**3 - 57 * x**2 + 25 * x) / 6 for x in xs(n)]))
    for name, reverse, values in both:
        yield name, values
        yield reverse, [1 - v for v in values]
    yield "ALL_A", [0] * n


def lists(n):
    yield "OUT07", [0] * (n - 7) + [1] * 7
    if n == 25:
        yield "MID12_50", [0] * 5 + [.5] * 14 + [0] * 6
        yield "OUT12", [0] * 13 + [1] * 12
        yield "OUT12_5", [0] * 12 + [.5] + [1] * 12
        yield "RING08_SOFT", [0] * 5 + [.5, 1, 1, 1, .5] + [0] * 5 + [.5, 1, 1, 1, .5] + [0] * 5
        yield "RING08_5", [0] * 6 + [1] * 4 + [0] * 5 + [1] * 4 + [0] * 6
        yield "RING10_5", [0] * 5 + [1] * 5 + [0] * 5 + [1] * 5 + [0] * 5
        yield "RING10_3", [0] * 6 + [1] * 5 + [0] * 3 + [1] * 5 + [0] * 6
        yield "LOW_OFFSET_CUBIC_HERMITE", [
            0, .0995159, .162881, .212321, .249228, .274996, .291016, .298680, .299383, .294515, .285470, .273639,
            .261514, .249388, .245727, .237637, .222901, .224306, .234635, .247675, .273210, .312025, .360905,
            .422635, .5]
    else:
        yield "MID12_50", [0] * 3 + [.5] * 13 + [0] * 3
        yield "OUT09", [0] * 10 + [1] * 9
        yield "OUT09_5", [0] * 9 + [.5] + [1] * 9
        yield "RING08_SOFT", [0] * 2 + [.5, 1, 1, 1, .5] + [0] * 5 + [.5, 1, 1, 1, .5] + [0] * 2
        yield "RING08_5", [0] * 6 + [1] * 7 + [0] * 6
        yield "RING10_5", [0] * 2 + [1] * 5 + [0] * 5 + [1] * 5 + [0] * 2
        yield "RING10_3", [0] * 3 + [1] * 5 + [0] * 3 + [1] * 5 + [0] * 3


def table(n):
    rows = [(name, [0] + values) for name, values in [*curves(n), *lists(n)]]
    rows.append(("ALL_B", [1] * (n + 1)))
    for name, values in sorted(rows):
        assert len(values) == n + 1, (name, len(values))
        numbers = ["%.12g" % float(v) for v in values]
        text = "  { \"%s\", {" % name
        lines = []
        for number in numbers:
            if len(text) + len(number) + 2 > 104:
                lines.append(text)
                text = "     "
            text += " " + number + ","
        lines.append(text + " } },")
        yield "\n".join(lines)


def main():
    print("/* Made by tests/reference/presets.py. BASE first. */")
    print("/* clang-format off */")
    for title, n in ("sd1", 25), ("sdxl", 19):
        print(f"static const PresetNumbers {title}_presets[] = {{")
        print("\n".join(table(n)))
        print("};")


if __name__ == "__main__":
    main()
