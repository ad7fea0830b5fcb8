"""Train, convert and sample the models of examples/models. Fixed seeds.

usage: python make_models.py
"""
import os
import pathlib
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from oracles import ask

OUT = pathlib.Path(__file__).resolve().parents[2] / "examples" / "models"
RUNS = 16
SEED = 3


def convert(model, shape, sample=None):
    """To .tflite with batch 1; with a sample: int8 throughout, input and output too."""
    fixed = tf.function(lambda x: model(x, training=False)).get_concrete_function(tf.TensorSpec(shape, tf.float32))
    c = tf.lite.TFLiteConverter.from_concrete_functions([convert_variables_to_constants_v2(fixed)])
    if sample is not None:
        c.optimizations = [tf.lite.Optimize.DEFAULT]
        c.representative_dataset = lambda: ([x.reshape(shape)] for x in sample)
        c.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        c.inference_input_type = c.inference_output_type = tf.int8
    return c.convert()


def quantised(blob, x):
    i = tf.lite.Interpreter(model_content=blob).get_input_details()[0]
    scale, zero = i["quantization"]
    return np.clip(np.rint(x / scale) + zero, -128, 127).astype(np.int8)


def save(name, blob, runs):
    answers, why = ask("tflm", blob, [[r] for r in runs], 1)
    if answers is None:
        raise SystemExit(f"{name}: the oracle refuses: {why}")
    (OUT / f"{name}.tflite").write_bytes(blob)
    (OUT / f"{name}.in.bin").write_bytes(b"".join(r.tobytes() for r in runs))
    (OUT / f"{name}.out.bin").write_bytes(b"".join(a[0].tobytes() for a in answers))
    print(f"{name}: {len(blob)} bytes")
    return [a[0] for a in answers]


def sine():
    rng = np.random.default_rng(SEED)
    x = rng.uniform(0, 2 * np.pi, (1000, 1)).astype(np.float32)
    y = (np.sin(x) + rng.normal(0, 0.1, x.shape)).astype(np.float32)
    model = tf.keras.Sequential([tf.keras.Input((1,)), tf.keras.layers.Dense(16, "relu"), tf.keras.layers.Dense(16, "relu"),
                                 tf.keras.layers.Dense(1)])
    model.compile(tf.keras.optimizers.Adam(0.01), "mse")
    model.fit(x, y, epochs=400, batch_size=64, verbose=0)
    grid = np.linspace(0, 2 * np.pi, RUNS).astype(np.float32)
    out = save("sine_float", convert(model, [1, 1]), [v.reshape(1, 1) for v in grid])
    print("  mean absolute error to sin:", float(np.mean(np.abs(np.ravel(out) - np.sin(grid)))))
    blob = convert(model, [1, 1], x[:200])
    out = save("sine_int8", blob, [quantised(blob, v).reshape(1, 1) for v in grid])
    scale, zero = tf.lite.Interpreter(model_content=blob).get_output_details()[0]["quantization"]
    real = (np.ravel(out).astype(float) - zero) * scale
    print("  mean absolute error to sin:", float(np.mean(np.abs(real - np.sin(grid)))))


def digits():
    d = load_digits()
    x = (d.images / 16).astype(np.float32)[..., None]
    order = np.random.default_rng(SEED).permutation(len(x))
    train, test = order[:1437], order[1437:]
    layers = tf.keras.layers
    model = tf.keras.Sequential([
        tf.keras.Input((8, 8, 1)),
        layers.Conv2D(8, 3, padding="same", activation="relu"),
        layers.MaxPooling2D(2),
        layers.DepthwiseConv2D(3, padding="same", activation="relu"),
        layers.Conv2D(16, 1, activation="relu"),
        layers.DepthwiseConv2D(3, padding="same"),
        layers.ReLU(6.0),
        layers.Conv2D(24, 1, activation="relu"),
        layers.AveragePooling2D(2),
        layers.Reshape((96,)),
        layers.Dense(10),
        layers.Softmax(),
    ])
    model.compile(tf.keras.optimizers.Adam(0.004), "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x[train], d.target[train], epochs=60, batch_size=32, verbose=0)
    print("digits: float accuracy on 360 test images:", model.evaluate(x[test], d.target[test], verbose=0)[1])
    blob = convert(model, [1, 8, 8, 1], x[train][:300])
    answers, _ = ask("tflm", blob, [[quantised(blob, x[i : i + 1])] for i in test], 1)
    print("digits: int8 accuracy on them:", np.mean([np.argmax(a[0]) == d.target[i] for a, i in zip(answers, test)]))
    save("digits_int8", blob, [quantised(blob, x[i : i + 1]) for i in test[:RUNS]])
    print("  labels of the runs:", *d.target[test[:RUNS]])


if __name__ == "__main__":
    tf.keras.utils.set_random_seed(SEED)
    tf.config.experimental.enable_op_determinism()
    OUT.mkdir(parents=True, exist_ok=True)
    sine()
    tf.keras.utils.set_random_seed(SEED)
    digits()
