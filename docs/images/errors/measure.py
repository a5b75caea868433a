"""Writes errors.csv: how many units in the last place (ULP) f32 results are off, over x, here and elsewhere.

    pip install torch==2.15.0 onnx mpmath numpy
    npm install @tensorflow/tfjs@4.22.0 @tensorflow/tfjs-backend-webgpu@4.22.0 onnxruntime-web@1.30.0 playwright-core@1.65.1
    python3 docs/images/errors/measure.py node_modules
    wgpu-activations plot --errors docs/images/errors/errors.csv --out docs/images/errors

Without a folder of modules, only this library's column is measured again, which needs mpmath and numpy alone.

Every library gets the same inputs: PyTorch on the CPU; TensorFlow.js and onnxruntime-web in Chromium, whose WebGPU is SwiftShader's; this
library's command on the adapter that WGPU_ADAPTER_NAME and WGPU_BACKEND choose. onnxruntime-web has no gradients. A function that a
library lacks is written as its users write it: silu = x * sigmoid(x), gelu_erf = x / 2 * (1 + erf(x / sqrt(2))).

The exact values are mpmath's, with 40 digits. A line of the file is the largest error in one of BINS parts of a figure's x.
"""

import csv
import subprocess
import sys
import tempfile
from pathlib import Path

import mpmath
import numpy as np
from mpmath import mp, mpf

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
BINS = 96
# Inputs in a part.
EACH = 160
# "No digit is right": an error as large as the result. More is not told apart.
MOST = 2.0**24

REMARKS = """\
# Measured by docs/images/errors/measure.py: PyTorch on the CPU, TensorFlow.js and onnxruntime-web in Chromium over SwiftShader,
# wgpu-activations on SwiftShader, all of them with the same inputs; exact values from mpmath. onnxruntime-web has no gradients.
# Spikes near -1, backward, are zeros of a derivative. Lines may hide each other: gelu_erf, forward, is one line of the three others.
"""
LIBRARIES = ["wgpu-activations 0.1", "PyTorch 2.15", "TensorFlow.js 4.22", "onnxruntime-web 1.30"]

mp.dps = 40


def sigmoid(x):
    return 1 / (1 + mp.exp(-x))


def phi(x):
    return mp.erfc(-x / mp.sqrt(2)) / 2


EXACT = {
    ("sigmoid", "forward"): sigmoid,
    ("sigmoid", "backward"): lambda x: sigmoid(x) * sigmoid(-x),
    ("tanh", "forward"): mp.tanh,
    ("tanh", "backward"): lambda x: mp.sech(x) ** 2,
    ("gelu_erf", "forward"): lambda x: x * phi(x),
    ("gelu_erf", "backward"): lambda x: phi(x) + x * mp.npdf(x),
    ("silu", "forward"): lambda x: x * sigmoid(x),
    ("silu", "backward"): lambda x: sigmoid(x) * (1 + x * sigmoid(-x)),
}

# Where each is looked at, and whether x is shown by its logarithm: as far as exact results are normal f32.
INTERVALS = {
    ("sigmoid", "forward"): (-87.0, 20.0, False),
    ("sigmoid", "backward"): (-87.0, 87.0, False),
    ("tanh", "forward"): (1e-10, 10.0, True),
    ("tanh", "backward"): (-43.0, 43.0, False),
    ("gelu_erf", "forward"): (-12.9, 5.0, False),
    ("gelu_erf", "backward"): (-12.9, 5.0, False),
    ("silu", "forward"): (-90.0, 20.0, False),
    ("silu", "backward"): (-90.0, 20.0, False),
}

def edges(low, high, is_log):
    spaced = np.geomspace if is_log else np.linspace
    return spaced(low, high, BINS + 1)


def inputs(interval):
    """EACH inputs in each part, and the parts' middles."""
    random = np.random.default_rng(1)
    low, high, is_log = interval
    edge = edges(low, high, is_log)
    part = random.random((BINS, EACH))
    if is_log:
        x = edge[:-1, None] * (edge[1:] / edge[:-1])[:, None] ** part
        middle = np.sqrt(edge[:-1] * edge[1:])
    else:
        x = edge[:-1, None] + (edge[1:] - edge[:-1])[:, None] * part
        middle = (edge[:-1] + edge[1:]) / 2
    return x.astype(np.float32).ravel(), middle


def by_torch(name, direction, x):
    import torch

    functions = {"sigmoid": torch.sigmoid, "tanh": torch.tanh, "gelu_erf": torch.nn.functional.gelu,
                 "silu": torch.nn.functional.silu}
    x = torch.from_numpy(x).requires_grad_()
    y = functions[name](x)
    if direction == "forward":
        return y.detach().numpy()
    y.backward(torch.ones_like(y))
    return x.grad.numpy()


def by_command(name, direction, x, folder):
    file = {key: str(folder / f"{key}.npy") for key in ["x", "y", "dy", "dx"]}
    np.save(file["x"], x)
    np.save(file["dy"], np.ones_like(x))
    command = ["cargo", "run", "--release", "--locked", "--quiet", "-p", "wgpu-activations-cli", "--", "run", name]
    command += ["--input", file["x"], "--output", file["y"], "--grad", file["dy"], "--grad-output", file["dx"]]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return np.load(file["y" if direction == "forward" else "dx"])


def model(name):
    """An ONNX model of the one function."""
    from onnx import TensorProto, helper

    silu = [helper.make_node("Sigmoid", ["x"], ["s"]), helper.make_node("Mul", ["x", "s"], ["y"])]
    one = {"sigmoid": "Sigmoid", "tanh": "Tanh", "gelu_erf": "Gelu"}
    nodes = silu if name == "silu" else [helper.make_node(one[name], ["x"], ["y"])]
    value = [helper.make_tensor_value_info(key, TensorProto.FLOAT, [BINS * EACH]) for key in "xy"]
    graph = helper.make_graph(nodes, name, value[:1], value[1:])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)


def in_the_browser(all_inputs, modules, folder):
    """What TensorFlow.js and onnxruntime-web make of all inputs: browser.mjs reads and writes files of raw f32."""
    import onnx

    for (name, direction), x in all_inputs.items():
        x.tofile(folder / f"{name}.{direction}.x")
        onnx.save(model(name), folder / f"{name}.onnx")
    subprocess.run(["node", HERE / "browser.mjs", modules, folder], check=True)
    read = lambda key, library: np.fromfile(folder / f"{key[0]}.{key[1]}.{library}", np.float32)
    return {(key, library): read(key, library) for key in all_inputs for library in ["tensorflow_js", "onnxruntime_web"]
            if not (library == "onnxruntime_web" and key[1] == "backward")}


def worst(got, exact):
    """The largest error of each part."""
    errors = [min(MOST, float(abs(mpf(float(y)) - e) / mpf(2) ** (mp.frexp(e)[1] - 24))) if np.isfinite(y) else MOST
              for y, e in zip(got, exact)]
    return np.array(errors).reshape(BINS, EACH).max(axis=1)


def text(got, exact):
    return [""] * BINS if got is None else [f"{ulp:.4g}" for ulp in worst(got, exact)]


def columns_of_others(made, exact, modules, folder):
    """Of the other libraries, for each function."""
    found = in_the_browser({key: x for key, (x, _) in made.items()}, modules, folder)
    results = {key: [by_torch(*key, x), *(found.get((key, library)) for library in ["tensorflow_js", "onnxruntime_web"])]
               for key, (x, _) in made.items()}
    return {key: [text(got, exact[key]) for got in all_of_it] for key, all_of_it in results.items()}


def columns_before():
    """Those that the file has."""
    with open(HERE / "errors.csv", newline="") as file:
        lines = list(csv.reader(line for line in file if not line.startswith("#")))[1:]
    keys = dict.fromkeys((line[0], line[1]) for line in lines)
    return {key: list(zip(*(line[4:] for line in lines if (line[0], line[1]) == key))) for key in keys}


def main():
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        made = {key: inputs(interval) for key, interval in INTERVALS.items()}
        exact = {key: [EXACT[key](mpf(float(value))) for value in x] for key, (x, _) in made.items()}
        if len(sys.argv) > 1:
            others = columns_of_others(made, exact, Path(sys.argv[1]).resolve(), folder)
        else:
            others = columns_before()
        own = {key: text(by_command(*key, x, folder), exact[key]) for key, (x, _) in made.items()}
    with open(HERE / "errors.csv", "w", newline="") as file:
        file.write(REMARKS)
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(["function", "direction", "x", *LIBRARIES])
        for key, (_, middle) in made.items():
            lines.writerows([*key, f"{at:.5g}", *ulps] for at, *ulps in zip(middle, own[key], *others[key]))


main()
