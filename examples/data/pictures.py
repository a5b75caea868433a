#!/usr/bin/env python3
"""The photograph that the examples learn and tone: a cat's face, 128 x 128.

What.   chelsea.png   8-bit RGB, 128 x 128 pixels
How.    A square of scikit-image's `chelsea`, shrunk by Pillow's Lanczos filter.
        `python3 examples/data/pictures.py` (scikit-image and Pillow) writes it anew, beside this script.
Data.   Photograph by Stefan van der Walt, who dedicated it to the public domain (CC0 1.0); scikit-image ships it
        and says so in the documentation of `skimage.data.chelsea`.
"""

from pathlib import Path

from PIL import Image
from skimage.data import chelsea

SQUARE = (100, 0, 400, 300)
SIZE = 128


def main():
    picture = Image.fromarray(chelsea()).crop(SQUARE).resize((SIZE, SIZE), Image.Resampling.LANCZOS)
    path = Path(__file__).with_name("chelsea.png")
    picture.save(path, optimize=True)
    print(f"{path.name}: {picture.width} x {picture.height}, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
