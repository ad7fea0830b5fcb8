"""Writes tests/quantize/net_*: a small float net, what TFLiteConverter makes of it, and the samples that it calibrated with.
Usage: make_quantize.py (from tests/oracle). SPDX-License-Identifier: Apache-2.0"""
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import numpy as np
import tensorflow as tf

DIR = "../quantize/"
SEED = 3


def net():
    k = tf.keras.layers
    x = tf.keras.Input((8, 8, 3))
    a = k.Conv2D(8, 3, activation="relu", bias_initializer="normal")(x)
    b = k.DepthwiseConv2D(3, padding="same")(a)
    b = k.BatchNormalization(moving_mean_initializer="normal", beta_initializer="normal")(b)
    b = k.PReLU(shared_axes=[1, 2], alpha_initializer="uniform")(b)
    c = k.Conv2D(8, 1, activation="sigmoid")(a)
    d = k.Concatenate()([b, c])
    # Not on a layer's output: LiteRT multiplies in place, and the converter's ranges then mix both tensors.
    e = k.Multiply()([d, k.Activation("tanh")(d)])
    f = k.GlobalAveragePooling2D()(k.MaxPooling2D(2)(k.Conv2D(16, 1, activation="relu6")(e)))
    g = k.LeakyReLU(0.2)(k.Dense(12)(f))
    return tf.keras.Model(x, k.Softmax()(k.Dense(5)(g)))


def main():
    tf.keras.utils.set_random_seed(SEED)
    model = net()
    x = np.random.default_rng(SEED).normal(size=(20, 8, 8, 3)).astype("<f4")
    x.tofile(DIR + "net_calibration.bin")
    with open(DIR + "net_float.tflite", "wb") as f:
        f.write(tf.lite.TFLiteConverter.from_keras_model(model).convert())
    c = tf.lite.TFLiteConverter.from_keras_model(model)
    c.optimizations = [tf.lite.Optimize.DEFAULT]
    c.representative_dataset = lambda: ([v[None]] for v in x)
    c.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    c.inference_input_type = c.inference_output_type = tf.int8
    with open(DIR + "net_int8.tflite", "wb") as f:
        f.write(c.convert())


if __name__ == "__main__":
    main()
