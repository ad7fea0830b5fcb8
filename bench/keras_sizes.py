#!/usr/bin/env python3
"""How large the sine network 1-16-16-1 is in TensorFlow's own files: writes bench/keras_sizes.csv.

Needs tensorflow from PyPI. The sizes depend on the layers and on Adam's state, not on what was learned.
SPDX-License-Identifier: Apache-2.0
"""
import os
import tempfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras
import numpy as np
import tensorflow as tf

x = np.random.default_rng(1).uniform(0, 2 * np.pi, (600, 1)).astype("float32")
model = keras.Sequential([keras.layers.Input((1,)), keras.layers.Dense(16, "relu"),
                          keras.layers.Dense(16, "relu"), keras.layers.Dense(1)])
model.compile("adam", "mse", metrics=["mae"])
model.fit(x, np.sin(x), epochs=2, batch_size=64, verbose=0)


def converted(int8):
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    if int8:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = lambda: ([x[i:i + 1]] for i in range(len(x)))
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = converter.inference_output_type = tf.int8
    return len(converter.convert())


with tempfile.TemporaryDirectory() as folder:
    rows = []
    for ending in "keras", "h5":
        path = os.path.join(folder, "sine." + ending)
        model.save(path)
        rows.append(("model.save: ." + ending, os.path.getsize(path)))
    path = os.path.join(folder, "saved")
    model.export(path, verbose=False)
    files = [os.path.join(d, f) for d, _, names in os.walk(path) for f in names]
    rows.append(("model.export: SavedModel folder", sum(map(os.path.getsize, files))))
    rows.append(("TFLiteConverter: float32", converted(False)))
    rows.append(("TFLiteConverter: int8", converted(True)))

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "keras_sizes.csv"), "w") as out:
    out.write("# by bench/keras_sizes.py: Keras %s, TensorFlow %s; dense 16 relu, dense 16 relu, dense 1\n"
              % (keras.__version__, tf.__version__))
    out.write("form,bytes\n")
    for row in rows:
        out.write("%s,%d\n" % row)
