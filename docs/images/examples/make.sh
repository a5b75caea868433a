#!/bin/sh
# The pictures of docs/examples.md, and the numbers behind the figures, on this machine's adapter: some minutes without a GPU.
set -eu
cd "$(dirname "$0")"

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

example() {
    name=$1
    shift
    cargo run --release --locked --quiet --example "$name" -- "$@"
}

example neural_image --out "$folder/neural_image"
mv "$folder/neural_image/comparison.png" neural_image.png

example train_digits --out "$folder/train_digits"
for figure in gradients dead_units; do
    mv "$folder/train_digits/$figure.svg" "$folder/train_digits/$figure.csv" .
done

example fuse_into_your_shader --out "$folder/fused.png"
mv "$folder/fused.png" fused.png

example attention --out "$folder/attention.png"
mv "$folder/attention.png" attention.png
