"""Steps of Keras's optimisers and schedules on made gradients: steps.txt. Needs the packages of tests/oracle/requirements.txt.
SPDX-License-Identifier: Apache-2.0"""
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
import keras
import numpy as np

CASES = [
    ("sgd", "", keras.optimizers.SGD(0.1)),
    ("sgd", "momentum=0.9", keras.optimizers.SGD(0.1, momentum=0.9)),
    ("sgd", "momentum=0.9 nesterov=1", keras.optimizers.SGD(0.1, momentum=0.9, nesterov=True)),
    ("rmsprop", "", keras.optimizers.RMSprop(0.01)),
    ("rmsprop", "momentum=0.5 rho=0.8", keras.optimizers.RMSprop(0.01, rho=0.8, momentum=0.5)),
    ("adam", "", keras.optimizers.Adam(0.01)),
    ("adam", "beta_1=0.8 beta_2=0.95 epsilon=0.001", keras.optimizers.Adam(0.01, 0.8, 0.95, 0.001)),
    ("adamw", "", keras.optimizers.AdamW(0.01)),
    ("adamw", "weight_decay=0.1", keras.optimizers.AdamW(0.01, weight_decay=0.1)),
]
STEPS, COUNT = 12, 5
print("# Made by make_steps.py with keras", keras.__version__)
print("# optimizer rate options; then the start, and for each step the gradient and the values after it")
for name, options, optimizer in CASES:
    rng = np.random.default_rng(7)
    w = keras.Variable(rng.normal(size=COUNT).astype(np.float32))
    print("case", name, "%.9g" % float(optimizer.learning_rate), options)
    print("start", *("%.9g" % v for v in w.numpy()))
    for _ in range(STEPS):
        g = (rng.normal(size=COUNT) * rng.choice([0.01, 1, 10])).astype(np.float32)
        optimizer.apply([keras.ops.convert_to_tensor(g)], [w])
        print("gradient", *("%.9g" % v for v in g))
        print("value", *("%.9g" % v for v in w.numpy()))
