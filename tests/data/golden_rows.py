#!/usr/bin/env python3
"""Writes golden_rows.csv: functions of rows, to 50 digits, with mpmath at 400.

    python3 tests/data/golden_rows.py

Columns: the function, its direction, the scale, the row (or y, for the backward from the output), dy where there is one, the results, and
of cross_entropy the label smoothing and the target: a label, or probabilities; of others with a bias that, and the row's sink.
All but the results are f32 values, taken exactly. Needs Python 3 and mpmath.
"""

import pathlib
import struct

from mpmath import mp, mpf

DIGITS = 50
WORKING_DIGITS = 400
SCALES = [1.0, 0.125, -1.7]
ROWS = [
    [1.0, 2.0, 3.0],
    [0.5],
    [2.5, 2.5, 2.5, 2.5],
    # One outweighs all: its logarithm is what the others are beside it.
    [0.0, 40.0, 1.0, -3.0],
    [16.5, -16.5, 0.25, 16.5],
    [-1e4, 1e4, 9999.5],
    # Down to the subnormal results, and beyond.
    [0.0, -30.0, -60.0, -87.0, -95.0, -104.0],
    [3e38, -3e38, 2.9e38],
    [1e-30, -1e-30, 1e-38],
    [0.1, 0.2, 0.3, 0.7, -0.9, 1.1, -1.3, 17.7],
]
SMOOTHINGS = [0.0, 0.1]
BIASES = [0.0, -1.5, 33.3, 0.1, "-inf", 2.0, -100.0, 1e-7]
SINK = 0.75
GRADIENTS = [1.0, -0.5, 2.25, 0.1, -3.0, 0.7, 1e-3, 12.5]


def f32(value):
    return struct.unpack("<f", struct.pack("<f", value))[0]


def exponents(row, scale):
    """scale * x, less the largest of these: an exponent of 1e38 would want as many bits. Below -100000 nothing is left in f64."""
    scaled = [scale * mpf(x) for x in row]
    return [x - max(scaled) for x in scaled]


def power(exponent):
    return mp.exp(max(exponent, mpf(-100000)))


def softmax(row, scale):
    powers = [power(exponent) for exponent in exponents(row, scale)]
    return [one / sum(powers) for one in powers]


def log_softmax(row, scale):
    below = exponents(row, scale)
    return [exponent - mp.log(sum(power(one) for one in below)) for exponent in below]


def hardmax(row, scale):
    scaled = [scale * mpf(x) for x in row]
    return [mpf(index == scaled.index(max(scaled))) for index in range(len(row))]


def sparsemax(row, scale):
    below = exponents(row, scale)
    thresholds = [(sum(ordered) - 1) / len(ordered) for ordered in prefixes(sorted(below, reverse=True))]
    threshold = max(thresholds)
    return [max(one - threshold, mpf(0)) for one in below]


def prefixes(values):
    return [values[: count + 1] for count in range(len(values))]


def logsumexp(row, scale):
    return scale * (max(row) if scale > 0 else min(row)) + mp.log(sum(power(one) for one in exponents(row, scale)))


def weights(count, smoothing, target):
    """(1 - smoothing) p + smoothing / n, of a label or of probabilities."""
    p = target if isinstance(target, list) else [int(index == target) for index in range(count)]
    return [(1 - smoothing) * one + smoothing / count for one in p]


def cross_entropy(row, scale, smoothing, target):
    return -sum(t * y for t, y in zip(weights(len(row), smoothing, target), log_softmax(row, scale)))


def cross_entropy_backward(row, scale, smoothing, target, dy):
    t = weights(len(row), smoothing, target)
    return [scale * dy * (sum(t) * y - one) for y, one in zip(softmax(row, scale), t)]


def backward(name, y, dy, scale):
    if name == "softmax":
        total = sum(a * b for a, b in zip(y, dy))
        return [scale * a * (b - total) for a, b in zip(y, dy)]
    if name == "hardmax":
        return [mpf(0) for _ in dy]
    if name == "sparsemax":
        support = [b for a, b in zip(y, dy) if a > 0]
        return [scale * (b - sum(support) / len(support)) if a > 0 else mpf(0) for a, b in zip(y, dy)]
    return [scale * (b - mp.exp(a) * sum(dy)) for a, b in zip(y, dy)]


def numbers(values):
    return " ".join(repr(value) for value in values)


def decimals(values):
    return " ".join("0" if abs(value) < mpf(10) ** -330 else mp.nstr(value, DIGITS) for value in values)


def lines():
    for row in ROWS:
        row = [f32(x) for x in row]
        dy = [f32(value) for value in GRADIENTS[: len(row)]]
        for scale in map(f32, SCALES):
            functions = [("softmax", softmax), ("log_softmax", log_softmax), ("hardmax", hardmax), ("sparsemax", sparsemax)]
            for name, function in functions:
                results = function(row, mpf(scale))
                yield [name, "forward", repr(scale), numbers(row), "", decimals(results)]
                if any(abs(result) > 1e30 for result in results):
                    continue
                rounded = [f32(float(result)) for result in results]
                exact = backward(name, *([mpf(value) for value in values] for values in (rounded, dy)), mpf(scale))
                yield [name, "backward_from_output", repr(scale), numbers(rounded), numbers(dy), decimals(exact)]
                exact = backward(name, results, [mpf(value) for value in dy], mpf(scale))
                yield [name, "backward", repr(scale), numbers(row), numbers(dy), decimals(exact)]
            yield ["logsumexp", "forward", repr(scale), numbers(row), "", decimals([logsumexp(row, mpf(scale))])]
            exact = [mpf(scale) * mpf(dy[0]) * y for y in softmax(row, mpf(scale))]
            yield ["logsumexp", "backward", repr(scale), numbers(row), numbers(dy[:1]), decimals(exact)]
            yield from biased(row, scale, dy)
            for smoothing in map(f32, SMOOTHINGS):
                yield from losses(row, scale, smoothing, dy[0])


def biased(row, scale, dy):
    """Of scale * x + bias, with a sink: an exponent of -100000 is as good as minus infinity."""
    bias = [f32(float(value)) for value in BIASES[: len(row)]]
    scores = [mpf(scale) * mpf(x) + max(mpf(b), mpf(-(10**60))) for x, b in zip(row, bias)]
    last = [numbers(bias), repr(SINK)]
    all_scores = [*scores, mpf(scale) * mpf(SINK)]
    y = softmax(all_scores, mpf(1))[:-1]
    yield ["softmax", "forward", repr(scale), numbers(row), "", decimals(y), *last]
    exact = backward("softmax", y, [mpf(value) for value in dy], mpf(scale))
    yield ["softmax", "backward", repr(scale), numbers(row), numbers(dy), decimals(exact), *last]
    yield ["logsumexp", "forward", repr(scale), numbers(row), "", decimals([logsumexp(all_scores, mpf(1))]), *last]


def losses(row, scale, smoothing, dy):
    """With the label of the largest element, with that of the last one, and with probabilities."""
    p = [f32((index + 1) / len(row)) for index in range(len(row))]
    for target in (row.index(max(row)), len(row) - 1, p):
        exact = mpf(scale), mpf(smoothing), [mpf(one) for one in target] if target is p else target
        last = [repr(smoothing), numbers(p) if target is p else str(target)]
        loss = cross_entropy(row, *exact)
        if loss < 1e30:
            yield ["cross_entropy", "forward", repr(scale), numbers(row), "", decimals([loss]), *last]
        gradient = cross_entropy_backward(row, *exact, mpf(dy))
        yield ["cross_entropy", "backward", repr(scale), numbers(row), numbers([dy]), decimals(gradient), *last]


def main():
    mp.dps = WORKING_DIGITS
    path = pathlib.Path(__file__).with_suffix(".csv")
    path.write_text("".join(",".join(line) + "\n" for line in lines()))
    print(f"{path.name}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
