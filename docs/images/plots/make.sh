#!/bin/sh
# The figures of README.md and docs/choosing.md, on this machine's adapter.
set -eu
cd "$(dirname "$0")"

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

plot() {
    cargo run --release --locked --quiet -p wgpu-activations-cli -- plot --out "$folder" "$@"
}

# compare FILE NAME,... [OPTION...]
compare() {
    file=$1
    names=$2
    shift 2
    plot --compare "$names" "$@"
    mv "$folder/compare.svg" "$file.svg"
}

compare first_four "relu,leaky_relu(negative_slope=0.1),sigmoid,tanh"
compare rectifiers "relu,leaky_relu(negative_slope=0.1),prelu,rrelu,relu6,thresholded_relu" --x -4,8
compare smooth_rectifiers "elu,selu,celu(alpha=2),softplus,squareplus,sparse_plus"
compare gates "silu,swish(beta=3),gelu_erf,gelu_tanh,quick_gelu,mish,hardswish" --x -5,3.5
compare sigmoids "sigmoid,hardsigmoid,sparse_sigmoid,tanh,hardtanh,softsign,logsigmoid"
compare shrinkages "hardshrink,softshrink,shrink(lambda=1.5, bias=1),tanhshrink"
compare others "identity,threshold(threshold=1, value=-1),relu_squared,snake,xielu"

plot --layer 3,0.1,2,0.2 relu tanh gelu_erf snake
mv "$folder/layer.svg" layer.svg
