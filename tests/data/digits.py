#!/usr/bin/env python3
"""Real input for the demo and the tests: a layer of a small network, halfway through learning real images.

What.   digits_preactivations.npy   x, what goes into the hidden layer's activation: 512 images x 128 units
        digits_gradient.npy         dy = dL/dy, what comes back to that activation's output, of the same shape
        Both float32, C order, 256 KiB each.
How.    A 64-128-10 network with leaky_relu(0.01) learns scikit-learn's digits (8 x 8 pixels, 0 to 16) by
        Adam and mean cross-entropy, three epochs long, so that there still is a gradient worth the name. The
        two tensors are what one further step would see for 512 images that it has not been trained on.
        Everything is float64 and rounded to float32 at the end. The seed is fixed, but the last bits depend
        on numpy's linear algebra: the committed files are the reference, another machine may give the same
        picture in other bits.
        `python3 tests/data/digits.py` (numpy and scikit-learn) writes them anew, beside this script.
Data.   E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI Machine Learning Repository,
        1998, DOI 10.24432/C50P49, whose page states the licence; scikit-learn ships its test set
        (`load_digits`). The tensors derive from those images; no image and no label is in them.
"""

from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

SEED = 1998
HIDDEN = 128
NEGATIVE_SLOPE = np.float64(np.float32(0.01))
EPOCHS = 3
BATCH = 32
HELD_OUT = 512
LEARNING_RATE = 2e-3


def leaky_relu(x):
    return np.where(x > 0, x, NEGATIVE_SLOPE * x)


def leaky_relu_backward(x, dy):
    return np.where(x > 0, dy, NEGATIVE_SLOPE * dy)


def start(rng):
    """He's initialisation, biases 0: [W1, b1, W2, b2]."""
    layer = lambda inputs, outputs: rng.normal(0, np.sqrt(2 / inputs), (inputs, outputs))
    return [layer(64, HIDDEN), np.zeros(HIDDEN), layer(HIDDEN, 10), np.zeros(10)]


def forward(weights, images):
    """The hidden layer's pre-activations, and the logits."""
    w1, b1, w2, b2 = weights
    x = images @ w1 + b1
    return x, leaky_relu(x) @ w2 + b2


def cross_entropy(logits, labels):
    """The mean loss, and its gradient by the logits."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    wanted = np.eye(10)[labels]
    return -(wanted * log_p).sum() / len(labels), (np.exp(log_p) - wanted) / len(labels)


def gradients(weights, images, labels):
    """The gradients by all weights, and (x, dy) at the hidden layer's activation."""
    x, logits = forward(weights, images)
    _, d_logits = cross_entropy(logits, labels)
    dy = d_logits @ weights[2].T
    dx = leaky_relu_backward(x, dy)
    return [images.T @ dx, dx.sum(axis=0), leaky_relu(x).T @ d_logits, d_logits.sum(axis=0)], x, dy


def adam(weights, batches):
    """Trains in place. (Kingma and Ba 2015, with their constants.)"""
    mean, square = ([np.zeros_like(w) for w in weights] for _ in range(2))
    for step, (images, labels) in enumerate(batches, start=1):
        for w, g, m, s in zip(weights, gradients(weights, images, labels)[0], mean, square):
            m += 0.1 * (g - m)
            s += 0.001 * (g * g - s)
            w -= LEARNING_RATE * (m / (1 - 0.9**step)) / (np.sqrt(s / (1 - 0.999**step)) + 1e-8)


def epochs(rng, images, labels):
    for _ in range(EPOCHS):
        order = rng.permutation(len(labels))
        for at in range(0, len(order), BATCH):
            yield images[order[at : at + BATCH]], labels[order[at : at + BATCH]]


def describe(name, tensor):
    print(f"{name}: {tensor.shape} {tensor.dtype}, min {tensor.min():.4g}, max {tensor.max():.4g}, "
          f"mean {tensor.mean():.4g}, negative {(tensor < 0).mean():.1%}")


def main():
    rng = np.random.default_rng(SEED)
    images, labels = load_digits(return_X_y=True)
    images = images / 16
    order = rng.permutation(len(labels))
    held_out, training = order[:HELD_OUT], order[HELD_OUT:]

    weights = start(rng)
    adam(weights, epochs(rng, images[training], labels[training]))

    _, x, dy = gradients(weights, images[held_out], labels[held_out])
    _, logits = forward(weights, images[held_out])
    loss, _ = cross_entropy(logits, labels[held_out])
    right = (logits.argmax(axis=1) == labels[held_out]).mean()
    print(f"{EPOCHS} epochs, {len(training)} images: of {HELD_OUT} others {right:.1%} right, loss {loss:.3f}")

    for name, tensor in (("digits_preactivations", x), ("digits_gradient", dy)):
        tensor = np.ascontiguousarray(tensor, dtype=np.float32)
        describe(name, tensor)
        np.save(Path(__file__).with_name(f"{name}.npy"), tensor)


if __name__ == "__main__":
    main()
