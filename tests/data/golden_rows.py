#!/usr/bin/env python3
"""Writes golden_rows.csv: functions of rows, to 50 digits, with mpmath at 400.

    python3 tests/data/golden_rows.py

Columns: the function, its direction, the scale, the row (or y, for the backward from the output), dy where there is one, and the results.
All but these are f32 values, taken exactly. Needs Python 3 and mpmath.
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


def backward(name, y, dy, scale):
    if name == "softmax":
        total = sum(a * b for a, b in zip(y, dy))
        return [scale * a * (b - total) for a, b in zip(y, dy)]
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
            for name, function in (("softmax", softmax), ("log_softmax", log_softmax)):
                results = function(row, mpf(scale))
                yield [name, "forward", repr(scale), numbers(row), "", decimals(results)]
                if any(abs(result) > 1e30 for result in results):
                    continue
                rounded = [f32(float(result)) for result in results]
                exact = backward(name, *([mpf(value) for value in values] for values in (rounded, dy)), mpf(scale))
                yield [name, "backward_from_output", repr(scale), numbers(rounded), numbers(dy), decimals(exact)]


def main():
    mp.dps = WORKING_DIGITS
    path = pathlib.Path(__file__).with_suffix(".csv")
    path.write_text("".join(",".join(line) + "\n" for line in lines()))
    print(f"{path.name}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
