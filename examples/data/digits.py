#!/usr/bin/env python3
"""Handwritten digits for a classifier to learn.

What.   digits_images.npy   uint8, (1797, 64): images of 8 x 8 pixels, row by row, 0 (paper) to 16 (ink)
        digits_labels.npy   uint8, (1797,): which digit each is
How.    scikit-learn's `load_digits` in a random order with a fixed seed, so that the first images can be learned and
        the last ones held out: as shipped, neighbours are of one hand.
        `python3 examples/data/digits.py` (numpy and scikit-learn) writes them anew, beside this script.
Data.   E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI Machine Learning Repository,
        1998, DOI 10.24432/C50P49, licensed CC BY 4.0 as its page there states; scikit-learn ships its test set.
        Changed: the order, and the type.
"""

from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

SEED = 1998


def main():
    images, labels = load_digits(return_X_y=True)
    order = np.random.default_rng(SEED).permutation(len(labels))
    for name, array in (("images", images[order]), ("labels", labels[order])):
        exact = array.astype(np.uint8)
        assert (exact == array).all()
        path = Path(__file__).with_name(f"digits_{name}.npy")
        np.save(path, exact)
        print(f"{path.name}: {exact.shape}, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
