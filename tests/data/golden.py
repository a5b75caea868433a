#!/usr/bin/env python3
"""Writes golden.csv: what the table's own formulas give, to 50 digits.

    wgpu-activations list --json - | python3 tests/data/golden.py [NAME...]

reads the table from standard input, evaluates each row's formula and derivatives, as the documentation shows them,
with mpmath at 400 digits (so that no cancellation matters), holds each derivative to the difference quotient of what it
is the derivative of, and writes golden.csv beside this script. With names, only those rows are evaluated; the lines of the others
stay as they are. Needs Python 3 and mpmath.

The formulas' language: numbers, x, the parameters, + - * / ^, comparisons (chained, too), `a ? b : c`, the
functions below, pi, and a final `where name = ..., name = ...`. A function is NaN outside its domain, and then so is the row's
derivative; a number over 0 is infinite (that 0 being positive). golden.csv says `nan` and `inf`.

Columns: activation, parameters (f32, separated by spaces), the bits of x, x, value, derivative, then the
derivative by each learnable parameter, the second derivative, then the derivative by x and each learnable parameter. Parameters and x are f32 values, taken exactly. Each activation has
its defaults and its first other parameter values.
"""

import json
import pathlib
import re
import struct
import sys

from mpmath import mp, mpf

DIGITS = 50
WORKING_DIGITS = 400
# A step (a share of x, or of 1) that leaves the difference quotient more digits than are compared.
STEP = mpf(10) ** -60
# How far the stated derivative may be from the difference quotient: relatively, or absolutely near 0.
AGREEMENT = mpf(10) ** -45
NEGLIGIBLE = mpf(10) ** -200
# Below the smallest f64, and so 0 for whoever reads the file.
VANISHING = mpf(10) ** -330

# Beyond this, which takes an exponential to reach, functions are their limits: mpmath would want as many bits as the
# argument is large. What is left off is relatively less than exp(-FAR), or the value itself where the limit is 0.
FAR = mpf(2) ** 1000


def limited(function, below, above):
    """The function, or its limits far below and far above 0; without a limit it is refused."""

    def within(x):
        if abs(x) <= FAR:
            return function(x)
        limit = above if x > 0 else below
        if limit is None:
            raise ValueError(f"a function without a limit at {mp.nstr(x, 5)}")
        return mpf(limit)

    return within


def real(function):
    """The function, or NaN where its result is complex."""

    def within(x):
        result = function(x)
        return result if isinstance(result, mpf) else mp.nan

    return within


def quotient(a, b):
    return a / b if b else a * mp.inf


FUNCTIONS = {
    "exp": limited(mp.exp, 0, "inf"),
    "log": real(mp.log),
    "sqrt": real(mp.sqrt),
    "tanh": limited(mp.tanh, -1, 1),
    "sin": limited(mp.sin, None, None),
    "cos": limited(mp.cos, None, None),
    "erf": limited(mp.erf, -1, 1),
    "abs": abs,
    "min": min,
    "max": max,
    "s": limited(lambda x: 1 / (1 + mp.exp(-x)), 0, 1),
    "Phi": limited(lambda x: mp.erfc(-x / mp.sqrt(2)) / 2, 0, 1),
    "phi": limited(lambda x: mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi), 0, 0),
}

COMPARISONS = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b,
}


class Formula:
    """A formula's text, parsed into nested functions of a dictionary of values."""

    def __init__(self, text):
        main, *where = re.split(r"\bwhere\b", text)
        bindings = re.split(r",\s*(?=\w+ =)", where[0]) if where else []
        pairs = (binding.split(" = ") for binding in bindings)
        self.bindings = [(name.strip(), self.parse(body)) for name, body in pairs]
        self.main = self.parse(main)

    def __call__(self, values):
        values = dict(values)
        for name, body in self.bindings:
            values[name] = body(values)
        return self.main(values)

    def parse(self, text):
        self.tokens = re.findall(r"\d+\.?\d*|\w+|[<>=]=|\S", text)
        result = self.choice()
        if self.tokens:
            raise ValueError(f"{text!r}: left over: {self.tokens}")
        return result

    def accept(self, *wanted):
        return self.tokens.pop(0) if self.tokens and self.tokens[0] in wanted else None

    def expect(self, wanted):
        if not self.accept(wanted):
            raise ValueError(f"expected {wanted!r} before {self.tokens}")

    def choice(self):
        condition = self.comparison()
        if not self.accept("?"):
            return condition
        yes = self.choice()
        self.expect(":")
        no = self.choice()
        return lambda v: yes(v) if condition(v) else no(v)

    def comparison(self):
        first = last = self.sum()
        tests = []
        while operator := self.accept(*COMPARISONS):
            left, last = last, self.sum()
            tests.append((COMPARISONS[operator], left, last))
        return (lambda v: all(test(a(v), b(v)) for test, a, b in tests)) if tests else first

    def sum(self):
        result = self.product()
        while operator := self.accept("+", "-"):
            result = self.combine(operator, result, self.product())
        return result

    def product(self):
        result = self.sign()
        while operator := self.accept("*", "/"):
            result = self.combine(operator, result, self.sign())
        return result

    @staticmethod
    def combine(operator, a, b):
        if operator == "+":
            return lambda v: a(v) + b(v)
        if operator == "-":
            return lambda v: a(v) - b(v)
        if operator == "*":
            return lambda v: a(v) * b(v)
        return lambda v: quotient(a(v), b(v))

    def sign(self):
        if self.accept("-"):
            operand = self.sign()
            return lambda v: -operand(v)
        return self.power()

    def power(self):
        base = self.atom()
        if not self.accept("^"):
            return base
        exponent = self.sign()
        return lambda v: base(v) ** exponent(v)

    def atom(self):
        token = self.tokens.pop(0)
        if token == "(":
            result = self.choice()
            self.expect(")")
            return result
        if token[0].isdigit():
            return lambda v: mpf(token)
        if token == "pi":
            return lambda v: +mp.pi
        if self.accept("("):
            arguments = [self.choice()]
            while self.accept(","):
                arguments.append(self.choice())
            self.expect(")")
            return lambda v: FUNCTIONS[token](*(argument(v) for argument in arguments))
        return lambda v: v[token]


def f32(number):
    """The f32 nearest to a number, as a float."""
    try:
        return struct.unpack("<f", struct.pack("<f", number))[0]
    except OverflowError:
        return float("inf")


def bits(number):
    return struct.unpack("<I", struct.pack("<f", number))[0]


def from_bits(pattern):
    return struct.unpack("<f", struct.pack("<I", pattern))[0]


def shortest(number):
    """The fewest digits that give this f32 back."""
    texts = (f"{number:.{digits}g}" for digits in range(1, 10))
    return next(text for text in texts if f32(float(text)) == number)


def neighbours(number):
    """The f32 nearest to a number, and one unit in the last place to each side."""
    middle = f32(float(number))
    if middle == 0.0:
        return [0.0, from_bits(1), from_bits(0x80000001)]
    pattern = bits(middle)
    return [from_bits(pattern - 1), middle, from_bits(pattern + 1)]


MAGNITUDES = [
    1e-45, 1e-40, 1.1754944e-38, 1e-30, 1e-19, 1e-12, 7e-9, 1e-8, 1e-6, 1e-4, 1e-3, 0.01, 0.03, 0.1, 0.25, 0.4,
    0.6, 0.8, 1.0, 1.3, 1.7, 2.2, 3.3, 4.5, 5.7, 6.6, 8.0, 10.0, 13.0, 17.0, 19.9, 25.0, 39.0, 60.0, 87.0,
    88.0, 89.0, 103.0, 200.0, 999.0, 1e5, 1e8, 1e12, 1.9e19, 1e30, 3.4028235e38,
]  # fmt: skip


def zeros(function):
    """Where a function of x changes sign or touches 0 between -8 and 8: the four nearest to 0."""
    step = mpf(1) / 16
    grid = [i * step + mpf(1) / 977 for i in range(-128, 128)]
    values = [function(x) for x in grid]
    found = []
    for i in range(1, len(grid) - 1):
        before, here, after = values[i - 1 : i + 2]
        if before * here < 0:
            found.append(bisect(function, grid[i - 1], grid[i]))
        elif here != 0 and abs(here) < min(abs(before), abs(after)) and before * after > 0:
            touching = lowest(lambda x: abs(function(x)), grid[i - 1], grid[i + 1])
            if abs(function(touching)) < mpf(10) ** -20:
                found.append(touching)
    return sorted((z for z in found if abs(z) > mpf(10) ** -9), key=abs)[:4]


def bisect(function, low, high):
    rising = function(high) > 0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if (function(middle) > 0) == rising else (middle, high)
    return low


def lowest(function, low, high):
    for _ in range(100):
        third = (high - low) / 3
        falls = function(low + third) > function(high - third)
        low, high = (low + third, high) if falls else (low, high - third)
    return low


class Case:
    """A row of the table with one set of parameter values."""

    def __init__(self, row, parameters, kinks):
        self.row, self.parameters = row, [f32(p) for p in parameters]
        self.kinks = [mpf(kink) for kink in kinks]
        self.names = [parameter["name"] for parameter in row["parameters"]]
        self.value = Formula(row["formula"])
        self.derivative = Formula(row["derivative"])
        self.by_parameter = {it["parameter"]: Formula(it["derivative"]) for it in row["learnable"]}
        self.second = Formula(row["second_derivative"])
        self.mixed = {it["parameter"]: Formula(it["mixed_derivative"]) for it in row["learnable"]}
        self.all = [self.value, self.derivative, *self.by_parameter.values(), self.second, *self.mixed.values()]

    def at(self, formula, x, **changed):
        return formula({**dict(zip(self.names, map(mpf, self.parameters))), **changed, "x": mpf(x)})

    def inputs(self):
        points = [0.0] + [sign * f32(magnitude) for magnitude in MAGNITUDES for sign in (1, -1)]
        for kink in self.kinks:
            points += neighbours(kink)
        with mp.workdps(30):
            for formula in self.all:
                for zero in zeros(lambda x: self.at(formula, x)):
                    points += neighbours(zero)
        return sorted({x + 0.0 for x in points if abs(x) < float("inf")})

    def check_derivatives(self, x):
        h = STEP * min(max(abs(mpf(x)), mpf(10) ** -45), 1)
        if all(abs(mpf(x) - kink) > 2 * h for kink in self.kinks):
            for value, derivative, by in [(self.value, self.derivative, "x"), (self.derivative, self.second, "x twice")]:
                quotient = (self.at(value, x + h) - self.at(value, x - h)) / (2 * h)
                # What the quotient itself is off by: the rest of its series, which is all there is where the derivative is 0.
                self.agree(self.at(derivative, x), quotient, x, by, h * abs(self.at(value, x)))
        for of, derivatives in [(self.value, self.by_parameter), (self.derivative, self.mixed)]:
            for name, derivative in derivatives.items():
                parameter = mpf(self.parameters[self.names.index(name)])
                h = STEP / max(abs(mpf(x)), 1)
                above, below = (self.at(of, x, **{name: parameter + change}) for change in (h, -h))
                self.agree(self.at(derivative, x), (above - below) / (2 * h), x, name)

    def agree(self, stated, quotient, x, by, rest=0):
        if abs(stated - quotient) > AGREEMENT * abs(stated) + rest + NEGLIGIBLE:
            where = f"derivative by {by} at {x}, parameters {self.parameters}"
            raise ValueError(f"{where}: {mp.nstr(stated, 20)}, by differences of the formula {mp.nstr(quotient, 20)}")

    def lines(self):
        parameters = " ".join(map(shortest, self.parameters))
        for x in self.inputs():
            self.check_derivatives(x)
            results = [self.at(it, x) for it in self.all]
            if mp.isnan(results[0]):
                results = [mp.nan] * len(results)
            point = [self.row["name"], parameters, f"{bits(x):08x}", shortest(x)]
            yield ",".join(point + [decimal(result) for result in results])


def decimal(number):
    return "0" if abs(number) < VANISHING else mp.nstr(mpf(number), DIGITS).removesuffix(".0").replace("+inf", "inf")


def cases(row):
    """The defaults, where every parameter has one, then the samples; two at most."""
    defaults = [parameter["default"] for parameter in row["parameters"]]
    samples = list(zip(row["samples"], row["sample_kinks"]))
    if None not in defaults:
        samples.insert(0, (defaults, row["kinks"]))
    return [Case(row, parameters, kinks) for parameters, kinks in samples[:2]]


def merged(rows, names, old):
    """The file's lines, in the table's order: those of the rows named (all, where none is) anew, the others as they were."""
    kept = {}
    for line in old:
        kept.setdefault(line.split(",")[0], []).append(line)
    for row in rows:
        if names and row["name"] not in names:
            yield from kept.get(row["name"], [])
        else:
            yield from evaluated(row)


def evaluated(row):
    try:
        return [line for case in cases(row) for line in case.lines()]
    except (ArithmeticError, LookupError, MemoryError, TypeError, ValueError) as error:
        sys.exit(f"golden.py: {row['name']}: {type(error).__name__}: {error}")


def main(names):
    mp.dps = WORKING_DIGITS
    rows = json.load(sys.stdin)["activations"]
    unknown = set(names) - {row["name"] for row in rows}
    if unknown:
        sys.exit(f"golden.py: not in the table: {', '.join(sorted(unknown))}")
    path = pathlib.Path(__file__).with_name("golden.csv")
    old = path.read_text().splitlines() if path.exists() else []
    lines = list(merged(rows, names, old))
    path.write_text("".join(line + "\n" for line in lines))
    print(f"{path.name}: {len(lines)} points, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main(sys.argv[1:])
