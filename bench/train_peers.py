"""The trainings of bench/train.sh in Keras/TensorFlow or PyTorch: prints name,peer,version,epochs,seconds of fit alone,accuracy or loss.
Usage: train_peers.py keras|torch TASK DATA.npz. Importing and building are not counted.
SPDX-License-Identifier: Apache-2.0"""
import os
import sys
import time

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
started = time.perf_counter()
import numpy as np

peer, task, path, epochs = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
data = np.load(path)
x, y = data["x"].astype("float32"), data["y"]
batch = 64


def with_keras():
    import keras
    from keras import layers as L

    imported = time.perf_counter() - started
    keras.utils.set_random_seed(1)
    if task == "sine":
        model = keras.Sequential([L.Dense(16, "relu"), L.Dense(16, "relu"), L.Dense(1)])
        model.compile("adam", "mse", metrics=["mae"])
    elif task == "mlp":
        model = keras.Sequential([L.Flatten(), L.Dense(64, "relu"), L.Dense(10, "softmax")])
        model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    elif task == "cnn":
        model = keras.Sequential([L.Conv2D(32, 3, activation="relu"), L.Conv2D(32, 3, activation="relu"), L.MaxPool2D(),
                                  L.Flatten(), L.Dense(128, "relu"), L.Dense(10, "softmax")])
        model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    else:
        def block(t, n, stride):
            z = L.ReLU()(L.BatchNormalization()(L.Conv2D(n, 3, stride, "same", use_bias=False)(t)))
            z = L.BatchNormalization()(L.Conv2D(n, 3, 1, "same", use_bias=False)(z))
            return L.ReLU()(L.Add()([z, t if stride == 1 else L.Conv2D(n, 1, stride, "same")(t)]))

        a = L.Input((32, 32, 3))
        t = L.ReLU()(L.BatchNormalization()(L.Conv2D(16, 3, 1, "same", use_bias=False)(a)))
        t = block(block(block(t, 16, 1), 32, 2), 64, 2)
        model = keras.Model(a, L.Dense(10, "softmax")(L.GlobalAveragePooling2D()(t)))
        model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    begun = time.perf_counter()
    h = model.fit(x, y, batch_size=batch, epochs=epochs, verbose=0).history
    seconds = time.perf_counter() - begun
    return "keras", keras.__version__, imported, seconds, h["mae" if task == "sine" else "accuracy"][-1]


def with_torch():
    import torch
    from torch import nn

    imported = time.perf_counter() - started
    torch.manual_seed(1)
    torch.set_num_threads(1 if task == "sine" else 2)  # threads would only wait for each other

    class Block(nn.Module):
        def __init__(self, i, n, stride):
            super().__init__()
            self.a = nn.Sequential(nn.Conv2d(i, n, 3, stride, 1, bias=False), nn.BatchNorm2d(n), nn.ReLU(),
                                   nn.Conv2d(n, n, 3, 1, 1, bias=False), nn.BatchNorm2d(n))
            self.b = nn.Identity() if stride == 1 else nn.Conv2d(i, n, 1, stride)

        def forward(self, t):
            return torch.relu(self.a(t) + self.b(t))

    nets = {
        "sine": lambda: nn.Sequential(nn.Linear(1, 16), nn.ReLU(), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 1)),
        "mlp": lambda: nn.Sequential(nn.Flatten(), nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 10)),
        "cnn": lambda: nn.Sequential(nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Conv2d(32, 32, 3), nn.ReLU(), nn.MaxPool2d(2),
                                     nn.Flatten(), nn.Linear(4608, 128), nn.ReLU(), nn.Linear(128, 10)),
        "resnet8": lambda: nn.Sequential(nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU(),
                                         Block(16, 16, 1), Block(16, 32, 2), Block(32, 64, 2), nn.AdaptiveAvgPool2d(1),
                                         nn.Flatten(), nn.Linear(64, 10)),
    }
    model = nets[task]()
    a = torch.from_numpy(x if x.ndim < 4 else np.ascontiguousarray(x.transpose(0, 3, 1, 2)))
    b = torch.from_numpy(y.astype("float32" if task == "sine" else "int64"))
    loss_of = nn.MSELoss() if task == "sine" else nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), 1e-3)
    begun = time.perf_counter()
    for _ in range(epochs):
        order = torch.randperm(len(a))
        worth = 0.0
        for i in range(0, len(a), batch):
            rows = order[i:i + batch]
            out = model(a[rows])
            loss = loss_of(out, b[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            with torch.no_grad():
                worth += float((out - b[rows]).abs().sum() if task == "sine" else (out.argmax(1) == b[rows]).sum())
    return "pytorch", torch.__version__, imported, time.perf_counter() - begun, worth / len(a)


name, version, imported, seconds, worth = with_keras() if peer == "keras" else with_torch()
print(f"{task},{name} {version},{epochs},{seconds:.3f},{seconds / epochs:.4f},{imported:.1f},{worth:.4f}")
