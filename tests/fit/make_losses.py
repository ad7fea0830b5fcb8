"""Losses of Keras, step by step, of nets with batch norm that start from made weights: losses.txt. Needs the packages of
tests/oracle/requirements.txt. SPDX-License-Identifier: Apache-2.0"""
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
import keras
import numpy as np
from keras import layers as L

CLASSES, STEPS, RATE = 4, 8, 0.003


def uniforms(state):
    while True:
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        yield (state >> 33) / 1073741824.0 - 1.0


def fill(source, shape):
    return np.array([next(source) for _ in range(int(np.prod(shape)))], np.float32).reshape(shape)


def conv(t, n, stride, k=3, bias=False):
    return L.Conv2D(n, k, stride, "same", use_bias=bias)(t)


def norm(t, relu=True):
    t = L.BatchNormalization()(t)
    return L.ReLU()(t) if relu else t


def block(t, n, stride):
    z = norm(conv(norm(conv(t, n, stride)), n, 1), False)
    return L.ReLU()(L.Add()([z, t if stride == 1 else conv(t, n, stride, 1, True)]))


def residual(t):
    return L.GlobalAveragePooling2D()(block(block(norm(conv(t, 8, 1)), 8, 1), 20, 2))


def separable(t):
    t = norm(L.DepthwiseConv2D(3, 2, "same", use_bias=False)(norm(conv(t, 16, 1))))
    return L.GlobalAveragePooling2D()(norm(conv(t, 24, 1, 1)))


def dense(t):
    return norm(L.Dense(24, use_bias=False)(norm(L.Dense(17, use_bias=False)(t))))


# The text of the net, the shape of a sample, samples of a batch, the same net in Keras.
CASES = [
    ("conv 8 3 batchnorm relu, residual { conv 8 3 batchnorm relu, conv 8 3 batchnorm } relu, "
     "residual { conv 20 3 stride 2 batchnorm relu, conv 20 3 batchnorm } relu, globalavgpool, dense classes softmax",
     (8, 8, 2), 40, residual),
    ("conv 16 3 batchnorm relu, separable 24 3 stride 2 batchnorm relu, globalavgpool, dense classes softmax", (7, 9, 3), 40,
     separable),
    ("dense 17 batchnorm relu, dense 24 batchnorm relu, dense classes softmax", (12,), 33, dense),
]
print("# Made by make_losses.py with keras", keras.__version__)
print("# samples of a batch, dimensions of a sample, the net; then the loss of each step of Adam at rate", RATE)
for text, shape, batch, build in CASES:
    a = L.Input(shape)
    model = keras.Model(a, L.Dense(CLASSES, "softmax")(build(a)))
    source = uniforms(7)
    made = [l for l in model.layers if any(v.name == "kernel" for v in l.trainable_variables)]
    shortcuts = [l for l in made if isinstance(l, L.Conv2D) and l.kernel_size == (1, 1) and l.use_bias]
    order = [l for l in made if l not in shortcuts]
    order[-1:-1] = shortcuts  # as the text makes them: behind their block
    for l in order:
        kernel = l.kernel
        if kernel.ndim == 2:
            value = fill(source, kernel.shape[::-1]).T
        elif isinstance(l, L.DepthwiseConv2D):
            value = fill(source, kernel.shape[:3])[..., None]
        else:
            h, w, i, o = kernel.shape
            value = fill(source, (o, h, w, i)).transpose(1, 2, 3, 0)
        kernel.assign(0.4 * value)
    model.compile(keras.optimizers.Adam(RATE), "sparse_categorical_crossentropy")
    print("case", batch, len(shape), *shape, text)
    for _ in range(STEPS):
        label = np.array([int((next(source) + 1.0) * CLASSES / 2) for _ in range(batch)])
        x = fill(source, (batch,) + shape) + 0.3 * label.astype(np.float32).reshape((batch,) + (1,) * len(shape))
        print("loss %.7g" % float(model.train_on_batch(x, label)))
        model.reset_metrics()
