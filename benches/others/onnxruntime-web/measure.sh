#!/bin/sh
# Softmax by onnxruntime-web and by wgpu-activations, in a headless Chromium: prints a table. CHROMIUM names the browser.
set -eu
cd "$(dirname "$0")/../../.."
. web/tasks.sh

find_chromium || {
    echo "No Chromium: name one in CHROMIUM." >&2
    exit 1
}
for folder in web/test benches/others/onnxruntime-web; do
    (cd "$folder" && npm ci --no-audit --no-fund --ignore-scripts >&2)
done
CHROMIUM=$chromium node benches/others/onnxruntime-web/measure.mjs
