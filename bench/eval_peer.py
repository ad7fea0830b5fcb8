#!/usr/bin/env python3
# LiteRT's part of bench/eval.sh: writes COUNT made samples of a model's golden inputs (a little noise added) with LiteRT's answers as
# their labels, and prints the microseconds that one of its threads (XNNPACK) takes for each: the best of three passes.
# Usage: eval_peer.py MODEL.tflite COUNT OUT.npz
# SPDX-License-Identifier: Apache-2.0
import sys
import time

import numpy as np
from ai_edge_litert.interpreter import Interpreter

path, count, out = sys.argv[1], int(sys.argv[2]), sys.argv[3]
net = Interpreter(model_path=path, num_threads=1)
net.allocate_tensors()
x_info, y_info = net.get_input_details()[0], net.get_output_details()[0]
golden = np.fromfile(path.replace(".tflite", ".in.bin"), dtype=np.int8).reshape((-1,) + tuple(x_info["shape"]))
noise = np.random.default_rng(1).integers(-8, 9, (count,) + golden.shape[1:])
x = np.clip(golden[np.arange(count) % len(golden)].astype(int) + noise, -128, 127).astype(np.int8)
label = np.zeros(count, np.int64)
best = float("inf")
for _ in range(3):
    start = time.process_time()
    for i in range(count):
        net.set_tensor(x_info["index"], x[i])
        net.invoke()
        label[i] = np.argmax(net.get_tensor(y_info["index"]))
    best = min(best, time.process_time() - start)
scale, zero = x_info["quantization"]
np.savez(out, x=((x.astype(np.float32) - zero) * np.float32(scale)).reshape((count,) + golden.shape[2:]), y=label)
print(f"{1e6 * best / count:.1f}")
