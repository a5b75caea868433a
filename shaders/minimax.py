#!/usr/bin/env python3
"""Finds every polynomial, rational and multi-word constant of the WGSL in this folder and of src/cpu, and
proves its error.

    python3 shaders/minimax.py              all problems
    python3 shaders/minimax.py NAME ...     these
    python3 shaders/minimax.py --check      compares all with the sources, constants and errors; exit status 1 if any differs

A problem approximates target(x) on an interval by N(x) or N(x) / D(x) so that the largest abs(error(x)) is
least, with error(x) = weight(x) * (N(x) / D(x) - target(x)). The coefficients are found by Remez exchange
in 50 digits, then rounded to f32 (f64 for the problems of the CPU) one by one, in the order given, the rest being
fitted anew each time.

The printed error is that of the rounded coefficients in exact arithmetic, and it is a bound: the error is
expanded in Chebyshev polynomials up to the degree m beyond which its coefficients vanish, and a polynomial
of degree m is nowhere larger than its largest value at K > m Chebyshev nodes over cos(pi m / (2 K)) (Ehlich
and Zeller, 1964); the rest of the expansion is added.

Needs mpmath.
"""

import pathlib
import re
import sys
from dataclasses import dataclass, field, replace
from typing import Callable

from mpmath import mp, mpf

mp.dps = 50


def rounded_to(bits, value):
    """value rounded to this many significant bits (normal range)."""
    with mp.workprec(bits):
        return +mpf(value)


def f32(value):
    return rounded_to(24, value)


def literal(value, precision):
    """The decimal literal of 9 significant digits (17 for an f64), which reads back as the same number."""
    text = f"{float(value):.9g}" if precision == 24 else repr(float(value))
    assert rounded_to(precision, mpf(text)) == value, text
    return text


def evaluate(coefficients, x):
    """The sum of coefficient * x^power, for a dict from power to coefficient, by Horner's rule."""
    total, above = mpf(0), max(coefficients, default=0)
    for power in sorted(coefficients, reverse=True):
        for _ in range(above - power):
            total *= x
        total, above = total + coefficients[power], power
    for _ in range(above):
        total *= x
    return total


def chebyshev_nodes(low, high, count):
    middle, half = (low + high) / 2, (high - low) / 2
    return [middle - half * mp.cos(mp.pi * (2 * i + 1) / (2 * count)) for i in range(count)]


@dataclass
class Problem:
    name: str
    about: str
    target: Callable
    interval: tuple
    powers: tuple  # of x in the numerator
    weight: Callable = lambda x: mpf(1)
    fixed: dict = field(default_factory=dict)  # power: coefficient that the WGSL has exactly
    below: tuple = ()  # powers of x in the denominator, if there is one
    below_fixed: dict = field(default_factory=lambda: {0: mpf(1)})
    unit: str = "error"  # what the error means
    precision: int = 24  # bits of a coefficient: 24 make an f32, 53 an f64
    nested: bool = False  # whether the source has nested forms of numerator and denominator, see there
    near: Callable = None  # a target close to this one, from whose solution the exchange finds this one's

    def ends(self):
        return mpf(self.interval[0]), mpf(self.interval[1])

    def error(self, x, above, below):
        return self.weight(x) * (evaluate(above, x) / evaluate(below, x) - self.target(x))


class Grid:
    """Target and weight, evaluated once on a grid dense enough for the exchange."""

    def __init__(self, problem):
        low, high = problem.ends()
        inner = chebyshev_nodes(low, high, 24 * (len(problem.powers) + len(problem.below) + 2))
        self.x = [low, *inner, high]
        self.weight = [problem.weight(x) for x in self.x]
        self.target = [problem.target(x) for x in self.x]

    def errors(self, above, below):
        polynomial = below == {0: 1}
        return [
            w * ((evaluate(above, x) if polynomial else evaluate(above, x) / evaluate(below, x)) - f)
            for x, w, f in zip(self.x, self.weight, self.target)
        ]


def solve_levelled(grid, points, signs, free, fixed, below_free, below_fixed, denominator):
    """Coefficients with an error of equal size and alternating sign at the points."""
    count = len(points)
    matrix, right = mp.matrix(count, count), mp.matrix(count, 1)
    for row, i in enumerate(points):
        x, w, f = grid.x[i], grid.weight[i], grid.target[i]
        for column, power in enumerate(free):
            matrix[row, column] = w * x**power
        for column, power in enumerate(below_free, len(free)):
            matrix[row, column] = -w * f * x**power
        matrix[row, count - 1] = (-1) ** row * signs[i] * evaluate(denominator, x)
        right[row] = w * (f * evaluate(below_fixed, x) - evaluate(fixed, x))
    solution = mp.lu_solve(matrix, right)
    above = dict(fixed) | {p: solution[k] for k, p in enumerate(free)}
    below = dict(below_fixed) | {p: solution[k] for k, p in enumerate(below_free, len(free))}
    return above, below


def alternating_extrema(errors, signs, candidates, count):
    """Indices of the `count` largest extrema of alternating sign; None if there are too few."""
    extrema = []
    for i in candidates:
        e = errors[i] * signs[i]
        if e == 0:
            continue
        if extrema and (errors[extrema[-1]] * signs[extrema[-1]] > 0) == (e > 0):
            if abs(e) > abs(errors[extrema[-1]]):
                extrema[-1] = i
        else:
            extrema.append(i)
    while len(extrema) > count:
        extrema.pop(0 if abs(errors[extrema[0]]) < abs(errors[extrema[-1]]) else -1)
    return extrema if len(extrema) == count else None


def remez(problem, grid, fixed, below_fixed, start=None):
    """The best coefficients, those fixed given. Returns numerator, denominator and reference points, the
    latter two as a start for the next one: a denominator enters the equations by its last values, which may not
    converge from afar."""
    free = [p for p in problem.powers if p not in fixed]
    below_free = [p for p in problem.below if p not in below_fixed]
    count = len(free) + len(below_free) + 1
    if count == 1:
        return fixed, below_fixed, ()
    # Once the lowest coefficients are fixed, all that is left vanishes at 0: points near it cannot be
    # levelled, and where x^lowest changes sign the alternation skips one.
    lowest = min(free + below_free)
    reach = [abs(w * x**lowest) for w, x in zip(grid.weight, grid.x)]
    candidates = [i for i, r in enumerate(reach) if r > max(reach) / 1000]
    signs = [-1 if x < 0 and lowest % 2 else 1 for x in grid.x]
    last = len(candidates) - 1
    points = [candidates[round(last * (1 - mp.cos(mp.pi * k / (count - 1))) / 2)] for k in range(count)]
    denominator = {0: mpf(1)}
    if start:
        denominator, points = start[0], start[1][:count]
    best, best_error = None, mp.inf
    for _ in range(40):
        for _ in range(8 if below_free else 1):
            above, denominator = solve_levelled(
                grid, points, signs, free, fixed, below_free, below_fixed, denominator
            )
        errors = grid.errors(above, denominator)
        largest = max(map(abs, errors))
        if largest < best_error:
            best, best_error = (above, denominator, points), largest
        exchanged = alternating_extrema(errors, signs, candidates, count)
        if exchanged is None or exchanged == points:
            break
        points = exchanged
    return best


def rounded(problem):
    """Numerator and denominator with all coefficients rounded."""
    grid = Grid(problem)
    fixed, below_fixed = dict(problem.fixed), dict(problem.below_fixed)
    start = None
    if problem.near:
        start = remez(problem, Grid(replace(problem, target=problem.near)), fixed, below_fixed)[1:]
    for side, powers, done in ((0, problem.powers, fixed), (1, problem.below, below_fixed)):
        for power in powers:
            if power not in done:
                best = remez(problem, grid, fixed, below_fixed, start)
                done[power] = rounded_to(problem.precision, best[side][power])
                start = best[1:] if problem.below else None
    return fixed, below_fixed


def nested(coefficients, precision):
    """The constants d, e, ... of a polynomial as ((lead + d) (x^2 + e) + f) (x^2 + g) + h, rounded, and the polynomial that
    they then are: an operation less for each x^2 than Horner's rule, by Eve (1964). Where x^2 = -e and x^2 = -g, the odd part
    vanishes, which is of degree 5; lead is b x, or x^2 + b x, and b the first constant."""
    rest = [coefficients[power] for power in sorted(coefficients)]
    middle, root = rest[3] / (2 * rest[5]), mp.sqrt((rest[3] / (2 * rest[5])) ** 2 - rest[1] / rest[5])
    constants = []
    for shift in (middle - root, middle + root):
        # Divided by x^2 + shift.
        quotient = [mpf(0)] * (len(rest) + 2)
        for power in range(len(rest) - 1, -1, -1):
            quotient[power] = rest[power] - shift * quotient[power + 2]
        constants = [shift, quotient[0], *constants]
        rest = quotient[2 : len(rest)]
    constants = [rounded_to(precision, value) for value in (rest[1], rest[0], *constants)]
    b, d, e, f, g, h = constants
    product = [d, b, *rest[2:]]
    for shift, constant in ((e, f), (g, h)):
        product = [shift * low + high for low, high in zip([*product, 0, 0], [0, 0, *product])]
        product[0] += constant
    return constants, dict(enumerate(product))


def in_source(problem):
    """Constants of numerator and denominator as the source has them, and the two as these make them."""
    above, below = rounded(problem)
    if problem.nested:
        (first, above), (second, below) = nested(above, problem.precision), nested(below, problem.precision)
        return first, second, above, below
    return [*above.values()], [*(below.values() if problem.below else ())], above, below


def proven_error(problem, above, below, nodes=120):
    """A bound of abs(error) over the interval, see above."""
    low, high = problem.ends()
    samples = [problem.error(x, above, below) for x in chebyshev_nodes(low, high, nodes)]
    angles = [mp.pi * (2 * i + 1) / (2 * nodes) for i in range(nodes)]
    expansion = [
        2 * abs(mp.fsum(s * mp.cos(k * a) for s, a in zip(samples, angles))) / nodes for k in range(nodes)
    ]
    negligible = max(expansion) * mpf(10) ** -9
    degree = max(k for k in range(nodes) if expansion[k] > negligible)
    assert degree < nodes - 10, f"{problem.name}: the error is not smooth enough for {nodes} nodes"
    dense = max(abs(problem.error(x, above, below)) for x in chebyshev_nodes(low, high, 12 * degree))
    return dense / mp.cos(mp.pi / 24) + mp.fsum(expansion[degree + 1 :])


@dataclass
class Words:
    """A constant in several words: each the rest rounded to `bits` significant bits."""

    name: str
    about: str
    value: Callable
    bits: tuple
    precision: int = 24  # of the type that holds them


def print_problem(problem):
    low, high = problem.ends()
    print(f"{problem.name}: {problem.about}")
    first, second, above, below = in_source(problem)
    if problem.nested:
        print("\n  over\n".join("\n".join(f"    {literal(c, problem.precision)}" for c in side) for side in (first, second)))
    else:
        for power, coefficient in sorted(above.items()):
            fixed = "   (fixed)" if power in problem.fixed else ""
            print(f"    x^{power:<3} {literal(coefficient, problem.precision)}{fixed}")
        if problem.below:
            print("  over")
            for power, coefficient in sorted(below.items()):
                print(f"    x^{power:<3} {literal(coefficient, problem.precision)}")
    bound = proven_error(problem, above, below)
    print(f"  on [{mp.nstr(low, 9)}, {mp.nstr(high, 9)}]: {problem.unit} at most {mp.nstr(bound, 3)}"
          f" = 2^{mp.nstr(mp.log(bound, 2), 4)}\n")


def split_words(words):
    """The words, and what is left."""
    found, rest = [], words.value()
    for bits in words.bits:
        found.append(rounded_to(bits, rest))
        rest -= found[-1]
    return found, rest


def print_words(words):
    print(f"{words.name}: {words.about}")
    found, rest = split_words(words)
    for word in found:
        print(f"    {literal(word, words.precision)}")
    print(f"  rest {mp.nstr(rest, 3)} = 2^{mp.nstr(mp.log(abs(rest), 2), 4)}\n" if rest else "  exact\n")


def check_all():
    """What differs between this script and the sources that name its problems, in words."""
    folder = pathlib.Path(__file__).parent
    paths = [*sorted(folder.glob("**/*.wgsl")), *sorted((folder.parent / "src" / "cpu").glob("*.rs"))]
    sources = {str(path.relative_to(folder.parent)): path.read_text() for path in paths}
    comments = {name: " ".join(re.findall(r"//(.*)", text)) for name, text in sources.items()}
    named = {name: names_in(text) for name, text in comments.items()}
    known = {problem.name for problem in PROBLEMS}
    wrong = [f"{file} names {name}, which is no problem" for file in named for name in sorted(named[file] - known)]
    for problem in PROBLEMS:
        files = [file for file in named if problem.name in named[file]]
        if not files:
            wrong.append(f"no source names {problem.name}")
        for file in files:
            wrong += check(problem, file, sources[file], comments[file])
    return wrong


def names_in(comment):
    """The problems that a file's comments name: `minimax.py: one, or other` in WGSL, cpu_... in the CPU's sources."""
    lists = re.findall(r"minimax\.py:([^)]*)\)", comment)
    named = {item.split()[-1] for names in lists for item in re.split("[,;]", names)}
    return named | set(re.findall(r"\bcpu_\w+", comment))


def check(problem, file, source, comment):
    """A constant counts as there if its magnitude is: signs are often the operators'."""
    code = re.sub(r"//.*", "", source)
    numbers = re.findall(r"\d+\.\d*(?:e[+-]?\d+)?", code)
    there = {rounded_to(problem.precision, mpf(number)) for number in numbers}
    if isinstance(problem, Words):
        constants, wrong = split_words(problem)[0], []
    else:
        first, second, above, below = in_source(problem)
        constants = [*first, *second]
        exponent = -mp.log(proven_error(problem, above, below), 2)
        stated = [mpf(number) for number in re.findall(r"2\^-(\d+\.?\d*)", comment)]
        right = any(abs(number - exponent) < mpf("0.06") for number in stated)
        wrong = [] if right else [f"{file} does not state {problem.name}'s error, 2^-{mp.nstr(exponent, 4)}"]
    absent = [constant for constant in constants if constant and abs(constant) not in there]
    return wrong + [f"{file} lacks {problem.name}'s {literal(constant, problem.precision)}" for constant in absent]


# The problems. Targets with a removable singularity are evaluated in enough digits to cancel.

HALF_LN2 = mp.log(2) / 2
GELU_TANH = 2 * mp.sqrt(2 / mp.pi)

# Klambauer, Unterthiner, Mayr and Hochreiter, Self-Normalizing Neural Networks (2017).
SELU_SCALE = mpf("1.0507009873554804934193349852946")
SELU_ALPHA = mpf("1.6732632423543772848170429916717")


def exp_tail(r):
    with mp.workdps(120):
        return mp.mpf(1) / 2 if r == 0 else (mp.expm1(r) - r) / r**2


def log1p_tail(e):
    with mp.workdps(120):
        return -mp.mpf(1) / 2 if e == 0 else (mp.log1p(e) - e) / e**2


def tanhshrink_quotient(z):
    with mp.workdps(150):
        a = mp.sqrt(z)
        return mp.mpf(1) / 3 if z == 0 else (a - mp.tanh(a)) / a**3


def tanh_square_tail(z):
    with mp.workdps(150):
        return -mp.mpf(2) / 3 if z == 0 else (mp.tanh(mp.sqrt(z)) ** 2 - z) / z**2


def coth_tail(z):
    with mp.workdps(120):
        r = mp.sqrt(z)
        return mp.mpf(1) / 3 if z == 0 else (r * mp.coth(r) - 1) / z


def exp_quotient(r, factor=mpf(1)):
    """(exp(factor r) - 1) / r"""
    with mp.workdps(120):
        return factor if r == 0 else mp.expm1(factor * r) / r


def sine_tail(z):
    with mp.workdps(120):
        e = mp.sqrt(z)
        return -mp.mpf(1) / 6 if z == 0 else (mp.sin(e) / e - 1) / z


def versine_tail(z):
    with mp.workdps(120):
        return -mp.mpf(1) / 24 if z == 0 else (1 - mp.cos(mp.sqrt(z)) - z / 2) / z**2


def logcosh_tail(z):
    with mp.workdps(150):
        return -mpf(1) / 12 if z == 0 else (mp.log(mp.cosh(mp.sqrt(z))) - z / 2) / z**2


def half_turn_sine(z):
    with mp.workdps(120):
        t = mp.sqrt(z)
        return mp.pi if z == 0 else mp.sin(mp.pi * t) / t


def quarter_turn_sine(z):
    return half_turn_sine(z / 4)


def quarter_turn_cosine(z):
    return 2 * mp.cos(mp.pi / 2 * mp.sqrt(z))


def snake_slope(z):
    with mp.workdps(120):
        t = mp.sqrt(z)
        return mpf(1) if z == 0 else (t * mp.sin(2 * t) - mp.sin(t) ** 2) / z


def expm1_minus_x(x):
    with mp.workdps(120):
        return mpf(1) / 2 if x == 0 else (mp.expm1(x) - x) / x**2


def normal_tail(a):
    """Phi(-a) exp(a^2 / 2)."""
    return mp.erfc(a / mp.sqrt(2)) * mp.exp(a**2 / 2) / 2


def bent_normal_tail(a):
    """The same with a bend: a bell that is wider by so little suits a quotient better by 1.4 bits, and costs nothing."""
    return normal_tail(a) * mp.exp(mpf("-2.2e-9") * a**2)


# sqrt(2 pi) and 23 units in the last place, with which the rest fits best.
KAPPA = mpf("2.50663376")

# log(m) for m from sqrt(1/2) to sqrt(2), as log(1 + f).
MANTISSA = (mp.sqrt(mpf(1) / 2) - 1 - mpf(2) ** -22, mp.sqrt(2) - 1 + mpf(2) ** -22)


def erf_quotient(z):
    with mp.workdps(120):
        x = mp.sqrt(z)
        return 2 / mp.sqrt(mp.pi) if z == 0 else mp.erf(x) / x


def atanh_tail(z):
    with mp.workdps(120):
        s = mp.sqrt(z)
        return mpf(1) / 3 if z == 0 else (mp.atanh(s) / s - 1) / z


def exp2_tail(f):
    with mp.workdps(120):
        return mp.log(2) if f == 0 else mp.expm1(f * mp.log(2)) / f


def exp2_quotient(z):
    """f / tanh(f ln 2 / 2), z = f^2: 2^f is (1 + tanh) / (1 - tanh)."""
    f = mp.sqrt(z)
    return f / mp.tanh(f * mp.log(2) / 2) if z else 2 / mp.log(2)


def log1p_quotient(e):
    with mp.workdps(120):
        return mpf(1) if e == 0 else mp.log1p(e) / e


def gelu_slope(a):
    """The derivative of gelu_erf at -a, without the factor exp(-a^2 / 2)."""
    return normal_tail(a) - a / mp.sqrt(2 * mp.pi)


GELU_ZERO = mp.findroot(gelu_slope, mpf("0.75"))


def gelu_slope_quotient(z, centre=mpf("2.5")):
    a = centre * (1 + z) / (1 - z)
    return gelu_slope(a) / (GELU_ZERO - a)


SHORT_CENTRE = mpf("3.5")


def gelu_slope_weight(z):
    """What a relative error of P becomes in the derivative, which is as large, and in Phi, from which a phi is that far: the root of their
    squares, which is smooth."""
    a = SHORT_CENTRE * (1 + z) / (1 - z)
    return mp.sqrt(1 + (gelu_slope(a) / normal_tail(a)) ** 2) / gelu_slope_quotient(z, SHORT_CENTRE)


def gelu_slope_near_zero():
    a = GELU_ZERO + mpf("1e-20")
    return gelu_slope(a) / (GELU_ZERO - a)


def gelu_tanh_bend():
    """(2 v' + a v'') - a v'^2 in powers of a - 1.3125, v = 2 sqrt(2 / pi) (a + 0.044715 a^3)."""
    slope = lambda a: GELU_TANH * (1 + 3 * mpf("0.044715") * a**2)
    polynomial = lambda a: GELU_TANH * (2 + 12 * mpf("0.044715") * a**2) - a * slope(a) ** 2
    return mp.taylor(polynomial, mpf("1.3125"), 5)


def tanh_quotient(z):
    """tanh(x) / x, z = x^2"""
    with mp.workdps(60):
        x = mp.sqrt(z)
        return mpf(1) if z == 0 else mp.tanh(x) / x


def log2_normal(a):
    """log2(Phi(-a))"""
    return mp.log(mp.erfc(a / mp.sqrt(2)) / 2, 2)


def f16_share(a):
    """About how much of an error of Phi(-a) counts in a Phi(-a) times a number of f16: below 2^-30, all of f16 are equally far apart."""
    return mp.exp(-((a / mpf("6.3")) ** 16))


PROBLEMS = [
    Words("exp_ln2", "ln 2: 355/512 (9 bits, so that its product with an exponent is exact) and the rest",
          lambda: mp.log(2), (9, 24)),
    Problem("exp", "Q in exp(r) = 1 + r + r^2 Q(r)", exp_tail, (-HALF_LN2 * 1.001, HALF_LN2 * 1.001),
            tuple(range(5)), weight=lambda r: r**2 / mp.exp(r), unit="relative error of exp"),
    Problem("exp_twice", "Q in exp(-2 r) = 1 - 2 r + r^2 Q(r)", lambda r: 4 * exp_tail(-2 * r),
            (-HALF_LN2 * mpf("0.5005"), HALF_LN2 * mpf("0.5005")), tuple(range(5)), weight=lambda r: r**2 / mp.exp(-2 * r),
            unit="relative error of exp(-2 r)"),
    Words("tanh_ln2", "ln 2 / 2: half of exp_ln2", lambda: mp.log(2) / 2, (9, 24)),
    Words("tanh_rest_ln2", "ln 2 / 2", lambda: mp.log(2) / 2, (24,)),
    Problem("coth", "K in r coth(r) = 1 + z K(z), z = r^2", coth_tail, (0, mpf("0.2601") ** 2), (0, 1, 2),
            weight=lambda z: z / (1 + z * coth_tail(z)), unit="relative error of r coth(r)"),
    Problem("log1p", "Q in log1p(e) = e + e^2 Q(e)", log1p_tail, (0, 1), tuple(range(9)),
            weight=lambda e: e**2 / mp.log1p(e) if e else mpf(0), unit="relative error of log1p"),
    Problem("tanhshrink", "T in x - tanh(x) = x z T(z), z = x^2", tanhshrink_quotient, (0, 1),
            tuple(range(8)), weight=lambda z: 1 / tanhshrink_quotient(z), fixed={0: f32(mpf(1) / 3)},
            unit="relative error"),
    Problem("logcosh", "P in log(cosh(x)) = z / 2 + z^2 P(z), z = x^2", logcosh_tail, (0, 1), tuple(range(7)),
            weight=lambda z: z**2 / mp.log(mp.cosh(mp.sqrt(z))) if z else mpf(0), unit="relative error"),
    Words("logcosh_log2", "log(2)", lambda: mp.log(2), (24, 24)),
    Problem("tanh_square", "R in tanh(x)^2 = z + z^2 R(z), z = x^2", tanh_square_tail, (0, mpf("0.7") ** 2),
            tuple(range(7)), weight=lambda z: z**2 / mp.tanh(mp.sqrt(z)) ** 2 if z else mpf(0),
            unit="relative error"),
    Problem("log", "Q in log(1 + f) = f + f^2 Q(f)", log1p_tail, MANTISSA, tuple(range(10)),
            weight=lambda f: f**2 / mp.log1p(f) if f else mpf(0), unit="relative error of log"),
    Problem("inverse", "R(f) = 1 / (1 + f)", lambda f: 1 / (1 + f), MANTISSA, (0, 1, 2),
            weight=lambda f: 1 + f, fixed={0: mpf(1)}, unit="relative error"),
    Problem("erf_near", "P in erf(x) = x + x P(z), z = x^2", lambda z: erf_quotient(z) - 1, (0, mpf("0.9") ** 2),
            tuple(range(7)), weight=lambda z: 1 / erf_quotient(z), unit="relative error of erf"),
    Problem("erf_far", "Q(a) = log(1 - erf(a))", lambda a: mp.log(mp.erfc(a)), (mpf("0.9"), 4), tuple(range(7)),
            weight=lambda a: mp.erfc(a) / mp.erf(a), unit="relative error of erf"),
    Words("erf_slope", "log(2 / sqrt(pi))", lambda: mp.log(2 / mp.sqrt(mp.pi)), (24,)),
    Words("half_pi_of_many", "pi/2: five words of 8 bits (their products with 16 bits are exact), and the rest",
          lambda: mp.pi / 2, (8, 8, 8, 8, 8, 24)),
    Words("half_pi", "pi/2: two words of 12 bits (their products with 12 bits are exact), and the rest",
          lambda: mp.pi / 2, (12, 12, 24)),
    Problem("sine", "P in sin(e) = e + e z P(z), z = e^2", sine_tail, (0, mpf("0.792") ** 2), (0, 1, 2),
            weight=lambda z: z * mp.sqrt(z) / mp.sin(mp.sqrt(z)) if z else mpf(0),
            unit="relative error of sin"),
    Problem("versine", "Q in 1 - cos(e) = z / 2 + z^2 Q(z), z = e^2", versine_tail, (0, mpf("0.792") ** 2),
            (0, 1, 2), weight=lambda z: z**2 / (1 - mp.cos(mp.sqrt(z))) if z else mpf(0),
            unit="relative error of 1 - cos"),
    Problem("snake_slope", "t sin(2 t) - sin(t)^2 = z S(z), z = t^2", snake_slope, (0, mpf("0.4") ** 2),
            (0, 1, 2, 3, 4), weight=lambda z: 1 / snake_slope(z), fixed={0: mpf(1), 1: mpf(-1)},
            unit="relative error"),
    Problem("expm1_minus_x", "exp(x) - 1 - x = x^2 P(x)", expm1_minus_x, (-1, 0), tuple(range(7)),
            weight=lambda x: 1 / expm1_minus_x(x), fixed={0: mpf(1) / 2}, unit="relative error"),
    Problem("xielu", "B in exp(r) = 1 + r + r^2 B(r)", exp_tail, (mpf("-0.521"), mpf("0.1738")), tuple(range(6)),
            weight=lambda r: 1 / exp_tail(r), fixed={0: mpf("0.5")}, unit="relative error of B"),
    Problem("gelu_erf", "1 / (Phi(-a) exp(a^2 / 2)) - kappa a = T(a) / N(a), kappa = 2.50663376",
            lambda a: 1 / normal_tail(a) - KAPPA * a, (0, mpf("13.42")), tuple(range(4)), weight=normal_tail,
            fixed={0: mpf(2)}, below=tuple(range(5)), unit="relative error of Phi"),
    Words("exp_2ln2", "2 ln 2: twice exp_ln2", lambda: 2 * mp.log(2), (9, 24)),
    Problem("gaussian", "P in exp(-r / 2) = 1 + r P(r)", lambda r: exp_quotient(r, mpf("-0.5")),
            (mpf("-0.694"), mpf("0.81")), tuple(range(6)), weight=lambda r: r * mp.exp(r / 2),
            unit="relative error of exp"),
    Words("gelu_erf_zero", "an eighth of where the derivative of gelu_erf vanishes, at minus that",
          lambda: GELU_ZERO / 8, (24,)),
    Words("gelu_erf_zero_rest", "what that has too much, times gelu_erf_slope's P there",
          lambda: f32(f32(GELU_ZERO / 8) - GELU_ZERO / 8) * gelu_slope_near_zero(), (24,)),
    Problem("gelu_erf_slope", "P(z) in the derivative of gelu_erf, z = (a - 2.5) / (a + 2.5)",
            gelu_slope_quotient, (-1, mpf(12) / 17), tuple(range(10)),
            weight=lambda z: 1 / gelu_slope_quotient(z), unit="relative error"),
    Words("gelu_erf_bend_zero", "sqrt(2)", lambda: mp.sqrt(2), (24,)),
    Words("gelu_erf_bend_rest", "what that lacks, times 2 sqrt(2) phi(0)",
          lambda: (mp.sqrt(2) - f32(mp.sqrt(2))) * 2 / mp.sqrt(mp.pi), (24,)),
    Words("density", "phi(0)", lambda: 1 / mp.sqrt(2 * mp.pi), (24,)),
    Words("selu_scale", "selu's scale", lambda: SELU_SCALE, (24,)),
    Words("selu_scale_alpha", "selu's scale * alpha", lambda: SELU_SCALE * SELU_ALPHA, (24, 24)),
    Words("gelu_tanh_a", "2 sqrt(2 / pi) log2(e): 20 bits, so that a sum is exact, and the rest",
          lambda: GELU_TANH / mp.log(2), (20, 24)),
    Words("gelu_tanh_b", "2 sqrt(2 / pi) 0.044715 log2(e): 7 bits, so that a product is exact, and the rest",
          lambda: GELU_TANH * mpf("0.044715") / mp.log(2), (7, 24)),
    Words("gelu_tanh_b_rounded", "the same in one word", lambda: GELU_TANH * mpf("0.044715") / mp.log(2), (24,)),
    *(Words(f"gelu_tanh_bend_{power}", f"(a - 1.3125)^{power} in A - B of gelu_tanh's second derivative",
            lambda power=power: gelu_tanh_bend()[power], (24,)) for power in range(6)),
    Words("gelu_tanh_bend_sum", "the constant of 2 A", lambda: 4 * GELU_TANH, (24,)),
    Words("gelu_tanh_bend_sum_square", "a^2 in 2 A", lambda: 24 * mpf("0.044715") * GELU_TANH, (24,)),
    Words("factor_one", "1.5 ln 2 - 1", lambda: mpf("1.5") * mp.log(2) - 1, (24,)),
    Words("log2_e", "log2(e)", lambda: 1 / mp.log(2), (24,)),
    Problem("exp2", "P in 2^r = 1 + r P(r) / 4096", lambda r: 4096 * exp2_tail(r), (mpf("-0.5005"), mpf("0.5005")), tuple(range(6)),
            weight=lambda r: r / mpf(2) ** r / 4096, unit="relative error of 2^r"),

    # For 16 bits: math/short.
    Problem("short_expm1_left", "P in exp(x) - 1 = x P(x)", exp_quotient, (mpf("-0.018"), 0), (0, 1),
            weight=lambda x: 1 / exp_quotient(x), fixed={0: mpf(1)}, unit="relative error"),
    Problem("short_expm1", "P in exp(x) - 1 = x P(x)", exp_quotient, (mpf("-0.2"), mpf("0.2")), (0, 1, 2, 3),
            weight=lambda x: 1 / exp_quotient(x), fixed={0: mpf(1)}, unit="relative error"),
    Problem("short_log1p", "P in log(1 + e) = e P(e)", log1p_quotient, (0, 1), tuple(range(7)),
            weight=lambda e: 1 / log1p_quotient(e), unit="relative error"),
    Problem("f16_log1p", "P in log(1 + e) = e P(e)", log1p_quotient, (0, 1), tuple(range(6)),
            weight=lambda e: (1 + 1 / (2 + 16 * e)) / log1p_quotient(e), unit="relative error times 1 + 1 / (2 + 16 e)"),
    Problem("short_log", "P in log(1 + f) = f P(f)", log1p_quotient, (mpf("-0.2"), mpf("0.25")), tuple(range(6)),
            weight=lambda f: 1 / log1p_quotient(f), unit="relative error"),
    Problem("short_tanh", "A(z) / B(z) in tanh(x) = x A / B, z = x^2", tanh_quotient, (0, mpf("6.25") ** 2), (0, 1, 2, 3),
            weight=lambda z: 1 / tanh_quotient(z), fixed={0: mpf(1)}, below=(0, 1, 2, 3), unit="relative error"),
    Problem("short_erf_near", "P in erf(x) = x P(z), z = x^2", erf_quotient, (0, mpf("0.9") ** 2), tuple(range(5)),
            weight=lambda z: 1 / erf_quotient(z), unit="relative error of erf"),
    Problem("short_erf_far", "Q(a) = log(1 - erf(a))", lambda a: mp.log(mp.erfc(a)), (mpf("0.9"), 4), tuple(range(5)),
            weight=lambda a: mp.erfc(a) / mp.erf(a), unit="relative error of erf"),
    Problem("short_expm1_minus_x", "exp(x) - 1 - x = x^2 P(x)", expm1_minus_x, (-1, 0), tuple(range(5)),
            weight=lambda x: 1 / expm1_minus_x(x), unit="relative error"),
    Problem("short_xielu", "B in exp(r) = 1 + r + r^2 B(r)", exp_tail, (mpf("-0.521"), mpf("0.1738")), tuple(range(5)),
            weight=lambda r: 1 / exp_tail(r), unit="relative error of B"),
    Words("short_xielu_ln2", "ln 2", lambda: mp.log(2), (24,)),
    Problem("short_gelu_erf", "L(a) = log2(Phi(-a)) / 2", lambda a: log2_normal(a) / 2, (0, mpf("13.65")), tuple(range(10)),
            weight=lambda a: 2 * mp.log(2), fixed={0: f32("-0.49999")}, unit="relative error of Phi"),
    Problem("f16_gelu_erf", "L(a) = log2(Phi(-a))", log2_normal, (0, mpf("7.2")), tuple(range(8)),
            weight=lambda a: mp.log(2) * f16_share(a), unit="relative error of Phi, times exp(-(a / 6.3)^16)"),
    Problem("short_gelu_erf_slope", "P(z) in the derivative of gelu_erf, z = (a - 3.5) / (a + 3.5)",
            lambda z: gelu_slope_quotient(z, SHORT_CENTRE), (-1, mpf(109) / 179), tuple(range(7)),
            weight=gelu_slope_weight, unit="relative errors of the derivative and of Phi, as one"),
    Words("f16_gelu_tanh_a", "2 sqrt(2 / pi) log2(e)", lambda: GELU_TANH / mp.log(2), (24,)),
    Words("short_gelu_tanh_a", "sqrt(2 / pi) log2(e)", lambda: GELU_TANH / mp.log(2) / 2, (24,)),
    Words("short_gelu_tanh_b", "sqrt(2 / pi) 0.044715 log2(e)",
          lambda: GELU_TANH * mpf("0.044715") / mp.log(2) / 2, (24,)),
    Words("short_gelu_tanh_slope_a", "2 sqrt(2 / pi)", lambda: GELU_TANH, (24,)),
    Words("short_gelu_tanh_slope_b", "6 sqrt(2 / pi) 0.044715", lambda: 3 * GELU_TANH * mpf("0.044715"), (24,)),
    Words("short_inverse_pi", "1 / pi: two words of 13 bits (their products with 11 bits are exact), and the rest",
          lambda: 1 / mp.pi, (13, 13, 24)),
    Words("inverse_pi", "1 / pi: two words of 12 bits (their products with 12 bits are exact), and the rest",
          lambda: 1 / mp.pi, (12, 12, 24)),
    Problem("short_sine", "P in sin(pi t) = t P(z), z = t^2", half_turn_sine, (0, mpf("0.504") ** 2), tuple(range(5)),
            weight=lambda z: 1 / half_turn_sine(z), unit="relative error"),
    Problem("short_quarter_sine", "P in 2 sin(pi/2 t) = t P(z), z = t^2", quarter_turn_sine, (0, mpf("0.504") ** 2),
            tuple(range(4)), weight=lambda z: 1 / quarter_turn_sine(z), unit="relative error"),
    Problem("short_quarter_cosine", "P in 2 cos(pi/2 t) = P(z), z = t^2", quarter_turn_cosine, (0, mpf("0.504") ** 2),
            tuple(range(4)), weight=lambda z: 1 / quarter_turn_cosine(z), fixed={0: mpf(2)}, unit="relative error"),

    # For the CPU, in f64.
    Words("cpu_ln2", "ln 2: 42 bits, so that the product with an exponent is exact, and the rest",
          lambda: mp.log(2), (42, 53), precision=53),
    Problem("cpu_exp", "Q in exp(r) = 1 + r + r^2 Q(r)", exp_tail, (-HALF_LN2 * 1.001, HALF_LN2 * 1.001),
            tuple(range(9)), weight=lambda r: r**2 / mp.exp(r), unit="relative error of exp", precision=53),
    Problem("cpu_exp2", "P in 2^f = 1 + f P(f)", exp2_tail, (mpf("-0.5005"), mpf("0.5005")), tuple(range(8)),
            weight=lambda f: 1 / exp2_tail(f), unit="relative error of 2^f - 1", precision=53),
    Problem("cpu_exp2_quotient", "A(z) / B(z) in 2^f = (A + f B) / (A - f B), z = f^2", exp2_quotient,
            (0, mpf("0.5005") ** 2), tuple(range(3)), weight=lambda z: 1 / exp2_quotient(z), below=(0,),
            below_fixed={1: mpf(1)}, unit="relative error of A / B, three times that of 2^f", precision=53),
    Problem("cpu_log1p", "N(e) / D(e) in log1p(e) = e N(e) / D(e)", log1p_quotient, (0, 1), tuple(range(5)),
            weight=lambda e: 1 / log1p_quotient(e), below=tuple(range(5)), unit="relative error", precision=53),
    Problem("cpu_tanhshrink", "T in x - tanh(x) = x z T(z), z = x^2", tanhshrink_quotient, (0, mpf("0.5205") ** 2),
            tuple(range(7)), weight=lambda z: 1 / tanhshrink_quotient(z), unit="relative error", precision=53),
    Problem("cpu_log", "A in atanh(s) = s + s z A(z), z = s^2", atanh_tail, (0, mpf("0.1716") ** 2), tuple(range(4)),
            weight=lambda z: z * mp.sqrt(z) / mp.atanh(mp.sqrt(z)) if z else mpf(0),
            unit="relative error of atanh", precision=53),
    Problem("cpu_erf", "P in erf(x) = x P(z), z = x^2", erf_quotient, (0, mpf("0.75") ** 2), tuple(range(7)),
            weight=lambda z: 1 / erf_quotient(z), unit="relative error", precision=53),
    Words("cpu_pi", "pi: two words of 26 bits (their products with 27 bits are exact), and the rest",
          lambda: mp.pi, (26, 26, 53), precision=53),
    Problem("cpu_sine", "P in sin(r) = r + r z P(z), z = r^2", sine_tail, (0, mpf("1.5708") ** 2),
            tuple(range(7)), weight=lambda z: z * mp.sqrt(z) / mp.sin(mp.sqrt(z)) if z else mpf(0),
            unit="relative error of sin", precision=53),
    Problem("cpu_gelu_erf_exp2", "A(z) / B(z) in 2^(32 f) = (A + f B) / (A - f B), z = f^2", lambda z: exp2_quotient(1024 * z) / 32,
            (0, (mpf("0.5005") / 32) ** 2), (0, 1, 2), weight=lambda z: 32 / exp2_quotient(1024 * z), fixed={2: mpf(1)},
            below=(0,), below_fixed={1: mpf(1)}, unit="relative error of A / B, three times that of 2^(32 f)", precision=53),
    Problem("cpu_gelu_erf", "P(a) / Q(a) = Phi(-a) exp((1/2 - 2.2e-9) a^2)", bent_normal_tail, (0, mpf("13.147")), tuple(range(6)),
            weight=lambda a: 1 / bent_normal_tail(a), below=tuple(range(6)), below_fixed={6: mpf(1)},
            unit="relative error", precision=53, nested=True, near=normal_tail),
    Problem("cpu_gelu_erf_slope", "P(z) in the derivative of gelu_erf, z = (a - 2.5) / (a + 2.5)",
            gelu_slope_quotient, (-1, mpf(27) / 37), tuple(range(16)),
            weight=lambda z: 1 / gelu_slope_quotient(z), unit="relative error", precision=53),
    Words("cpu_gelu_erf_zero", "where the derivative of gelu_erf vanishes, at minus this", lambda: GELU_ZERO,
          (53,), precision=53),
    Words("cpu_gelu_tanh_a", "2 sqrt(2 / pi)", lambda: GELU_TANH, (53,), precision=53),
    Words("cpu_gelu_tanh_b", "2 sqrt(2 / pi) 0.044715", lambda: GELU_TANH * mpf("0.044715"), (53,), precision=53),
    Words("cpu_selu_scale", "selu's scale", lambda: SELU_SCALE, (53,), precision=53),
    Words("cpu_selu_scale_alpha", "selu's scale * alpha", lambda: SELU_SCALE * SELU_ALPHA, (53, 53), precision=53),
]


def main():
    wanted = sys.argv[1:]
    if wanted == ["--check"]:
        wrong = check_all()
        sys.exit("\n".join(wrong) or None)
    unknown = set(wanted) - {p.name for p in PROBLEMS}
    if unknown:
        names = ", ".join(p.name for p in PROBLEMS)
        sys.exit(f"no such problem: {', '.join(sorted(unknown))}; there are {names}")
    for problem in PROBLEMS:
        if not wanted or problem.name in wanted:
            print_words(problem) if isinstance(problem, Words) else print_problem(problem)


if __name__ == "__main__":
    main()
