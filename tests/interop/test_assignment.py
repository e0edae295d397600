"""Optima of the assignment solver beside those of scipy.optimize.linear_sum_assignment on 1,000 matrices up to 512 rows:
random, tied, degenerate and of huge range. The duals are held against the matrix too.

SOLVE_ASSIGNMENT is the program. Exits with 77 where a package is missing."""

import math
import os
import subprocess
import sys

try:
    import numpy
    from scipy.optimize import linear_sum_assignment
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

LARGEST = 512
TIMES = 50
ROUNDING = 1e-12  # of the largest magnitude, where costs are no integers


def similarity(rng, n, n_dims):
    return rng.standard_normal((n, n_dims)) @ rng.standard_normal((n, n_dims)).T


def sibling(rng, n):
    a, b = rng.standard_normal((2, n, 2 * n))
    return a @ (0.9 * a + math.sqrt(1 - 0.81) * b)[rng.permutation(n)].T


def blocks(rng, n):
    side = max(1, n // 8)
    groups = numpy.arange(n) // side
    values = rng.integers(0, 100, (groups[-1] + 1, groups[-1] + 1))
    return values[groups][:, groups]


def repeated(rng, n):
    rows, columns = rng.integers(0, 5, (2, n))
    return rng.integers(-50, 50, (5, 5))[rows][:, columns]


def hidden(rng, n):
    values = rng.integers(1, 4, (n, n))
    values[numpy.arange(n), rng.permutation(n)] = 0
    return values


def band(rng, n):
    distance = abs(numpy.arange(n)[:, None] - numpy.arange(n))
    return numpy.where(distance <= 2, rng.integers(0, 10, (n, n)), 1 << 20)


def one_row(rng, n):
    values = numpy.zeros((n, n))
    values[rng.integers(n)] = rng.integers(-9, 9, n)
    return values


def forbidden(rng, n):
    return numpy.where(rng.random((n, n)) < 0.5, rng.random((n, n)), 1e30)


def line(rng, n):
    a, b = rng.random((2, n))
    return abs(a[:, None] - b)


# Whether all values are integers below 2^24, and a matrix of n rows.
KINDS = {
    "uniform": (False, lambda rng, n: rng.random((n, n))),
    "negative": (False, lambda rng, n: -1 - rng.random((n, n))),
    "independent": (False, lambda rng, n: similarity(rng, n, 2 * n)),
    "sibling": (False, sibling),
    "rank 16": (False, lambda rng, n: similarity(rng, n, 16)),
    "rank 1": (False, lambda rng, n: similarity(rng, n, 1)),
    "line": (False, line),
    "heavy tails": (False, lambda rng, n: rng.standard_cauchy((n, n))),
    "huge range": (False, lambda rng, n: 10.0 ** rng.uniform(-30, 30, (n, n)) * rng.choice([-1, 1], (n, n))),
    "forbidden": (False, forbidden),
    "bits": (True, lambda rng, n: rng.integers(0, 2, (n, n))),
    "digits": (True, lambda rng, n: rng.integers(-5, 5, (n, n))),
    "thousands": (True, lambda rng, n: rng.integers(0, 1000, (n, n))),
    "large integers": (True, lambda rng, n: rng.integers(1 - (1 << 24), 1 << 24, (n, n))),
    "products": (True, lambda rng, n: numpy.outer(numpy.arange(n), numpy.arange(n))),
    "blocks": (True, blocks),
    "repeated": (True, repeated),
    "hidden": (True, hidden),
    "band": (True, band),
    "one row": (True, one_row),
}


def size(rng, number):
    """The largest in every kind, and otherwise sizes of all magnitudes."""
    return LARGEST if number == 0 else int(LARGEST ** rng.random())


def solve(problems):
    """Columns, duals of rows and of columns, and violation of each (maximise, matrix)."""
    data = b"".join(numpy.array([len(matrix), maximise], numpy.uint32).tobytes() + matrix.tobytes()
                    for maximise, matrix in problems)
    output = subprocess.run([os.environ["SOLVE_ASSIGNMENT"]], input=data, stdout=subprocess.PIPE, check=True).stdout
    position = 0
    for _, matrix in problems:
        n = len(matrix)
        columns = numpy.frombuffer(output, numpy.uint32, n, position)
        duals = numpy.frombuffer(output, numpy.float64, 2 * n + 1, position + 4 * n)
        position += 4 * n + 8 * (2 * n + 1)
        yield columns, duals[:n], duals[n:2 * n], duals[2 * n]
    assert position == len(output), "the program wrote something else"


def total(matrix, columns):
    return math.fsum(matrix[numpy.arange(len(matrix)), columns])


def check(name, is_integer, maximise, matrix, solution):
    columns, u, v, violation = solution
    exact = matrix.astype(numpy.float64)
    assert sorted(columns) == list(range(len(matrix))), f"{name}: no permutation"
    best = total(exact, linear_sum_assignment(exact, maximize=maximise)[1])
    largest = max(abs(exact).max(), abs(u).max(), abs(v).max())
    allowed = 0 if is_integer else ROUNDING * largest
    assert abs(total(exact, columns) - best) <= allowed, f"{name}: {total(exact, columns)} is not {best}"
    reduced = (-exact if maximise else exact) - v - u[:, None]
    assert reduced.min() >= -allowed, f"{name}: a reduced cost of {reduced.min()}"
    assert abs(total(reduced, columns)) <= allowed, f"{name}: chosen elements cost {total(reduced, columns)}"
    assert 0 <= violation <= allowed, f"{name}: the certificate is violated by {violation}"


def main():
    rng = numpy.random.default_rng(4)
    n_checked = 0
    for name, (is_integer, make) in KINDS.items():
        problems = [(number % 2 == 1, make(rng, size(rng, number)).astype(numpy.float32)) for number in range(TIMES)]
        for (maximise, matrix), solution in zip(problems, solve(problems), strict=True):
            check(f"{name}, {len(matrix)} rows", is_integer, maximise, matrix, solution)
            n_checked += 1
    print(f"{n_checked} matrices have the optimum that scipy finds")


if __name__ == "__main__":
    main()
