"""Operators that remember: SVDF, LSTM and resource variables. Runs are one sequence."""
import zlib

import numpy as np

from build import ACT, T, const
from case import add, single


def svdf(case, kind, batch, n_in, units, rank, memory, act="none", has_bias=True, time="int16"):
    rng = np.random.default_rng(zlib.crc32(f"svdf{case}{kind}".encode()))
    n = units * rank
    o = ("SVDFOptions", dict(rank=rank, fusedActivationFunction=ACT[act], asymmetricQuantizeInputs=False))
    if kind == "float32":
        x, y = T([batch, n_in]), T([batch, units])
        wf = T([n, n_in], data=rng.uniform(-1, 1, [n, n_in]).astype(np.float32))
        wt = T([n, memory], data=rng.uniform(-1, 1, [n, memory]).astype(np.float32))
        b = T([units], data=rng.uniform(-1, 1, units).astype(np.float32))
        s = T([batch, memory * n], variable=True)
    else:
        x, y = T([batch, n_in], "int8", 0.05, 3), T([batch, units], "int8", 0.3, -9)
        wf = T([n, n_in], "int8", 0.01, 0, data=rng.integers(-127, 128, [n, n_in]).astype(np.int8))
        s_scale = 0.05 * 0.01 * np.sqrt(n_in) * 5000 / (32768 if time == "int16" else 128)
        t_max = 32767 if time == "int16" else 127
        wt = T([n, memory], time, 1 / t_max, 0, data=rng.integers(-t_max, t_max + 1, [n, memory]).astype(time))
        b = T([units], "int32", float(np.float32(s_scale) * np.float32(1 / t_max)), 0, data=rng.integers(-20000, 20000, units).astype(np.int32))
        s = T([batch, memory * n], time, s_scale, 0, variable=True)
        y.scale = 0.02 if act == "relu" else 0.05
    single("SVDF", f"{case}_{kind}", kind, [x, wf, wt, b if has_bias else None, s], [y], o, 8)


for kind in ("float32", "int8"):
    svdf("basic", kind, 1, 5, 3, 1, 4)
    svdf("rank_2", kind, 1, 5, 3, 2, 5)
    svdf("batch_2", kind, 2, 3, 2, 2, 3)
    if kind == "float32":  # the int8 oracle crashes without a bias
        svdf("no_bias", kind, 1, 5, 3, 1, 4, has_bias=False)
    svdf("relu", kind, 1, 7, 5, 2, 6, "relu")
    svdf("one", kind, 1, 1, 1, 1, 1)
svdf("int8_time", "int8", 1, 5, 3, 2, 5, time="int8")


def lstm(case, kind, batch, steps, n_in, n, major=False, clip=0.0, runs=3, scales=(0.02, 0.01)):
    rng = np.random.default_rng(zlib.crc32(f"lstm{case}{kind}".encode()))
    shape = [steps, batch, n_in] if major else [batch, steps, n_in]
    y_shape = [steps, batch, n] if major else [batch, steps, n]
    w_scale, r_scale = scales
    if kind == "float32":
        def w(a, b):
            return T([a, b], data=rng.uniform(-1, 1, [a, b]).astype(np.float32))
        x, y = T(shape, range=(-2, 2)), T(y_shape)
        wi, wr = [w(n, n_in) for _ in range(4)], [w(n, n) for _ in range(4)]
        b = [T([n], data=rng.uniform(-1, 1, n).astype(np.float32)) for _ in range(4)]
        hidden, cell = T([batch, n], variable=True), T([batch, n], variable=True)
    else:
        def w(a, b, scale):
            return T([a, b], "int8", scale, 0, data=rng.integers(-127, 128, [a, b]).astype(np.int8))
        if kind == "int8":
            xq, hq = dict(type="int8", scale=0.02, zero=7), dict(type="int8", scale=1 / 128, zero=-3)
        else:
            xq, hq = dict(type="int16", scale=1 / 8192, zero=0), dict(type="int16", scale=1 / 32768, zero=0)
        x, y = T(shape, **xq), T(y_shape, **hq)
        ss = [w_scale * f for f in (1, 0.7, 1.3, 0.9)]
        rs = [r_scale * f for f in (1, 1.2, 0.8, 1.1)]
        wi, wr = [w(n, n_in, s) for s in ss], [w(n, n, s) for s in rs]
        bt = "int32" if kind == "int8" else "int64"
        b = [T([n], bt, float(np.float32(xq["scale"]) * np.float32(s)), 0, data=rng.integers(-1500, 1500, n).astype(bt)) for s in ss]
        hidden = T([batch, n], variable=True, **hq)
        cell = T([batch, n], "int16", 2.0**-12, 0, variable=True)
    ins = [x] + wi + wr + [None] * 3 + b + [None, None, hidden, cell] + [None] * 4
    single("UNIDIRECTIONAL_SEQUENCE_LSTM", f"{case}_{kind}", kind, ins, [y],
           ("UnidirectionalSequenceLSTMOptions", dict(fusedActivationFunction=ACT["tanh"], cellClip=clip, projClip=0.0, timeMajor=major,
                                                      asymmetricQuantizeInputs=False)), runs)


for kind in ("float32", "int8", "int16"):
    lstm("basic", kind, 1, 3, 4, 3)
    lstm("batch_2", kind, 2, 3, 3, 5)
    lstm("time_major", kind, 2, 4, 3, 2, True)
    lstm("cell_clip", kind, 1, 5, 4, 3, clip=0.6)
    lstm("one_step", kind, 1, 1, 5, 4, runs=6)
    lstm("one", kind, 1, 2, 1, 1)
    lstm("wide", kind, 1, 4, 16, 16)
    if kind != "float32":
        lstm("large_weights", kind, 1, 4, 7, 5, scales=(0.1, 0.06))


def variable(case, kind, has_init, **q):
    """y = old + x; old = x. Two variables would share nothing."""
    def handle():
        return T([1], "resource")
    x = T([2, 3], kind, **q)
    h, old, y = handle(), T([2, 3], kind, **q), T([2, 3], kind, **q)
    name = ("VarHandleOptions", dict(container="", sharedName="v"))
    ops = [("VAR_HANDLE", [], [h], name, 1), ("READ_VARIABLE", [h], [old], ("ReadVariableOptions", {}), 1),
           ("ADD", [x, old], [y], ("AddOptions", dict(fusedActivationFunction=0)), 1),
           ("ASSIGN_VARIABLE", [h, x], [], ("AssignVariableOptions", {}), 1)]
    others = ()
    if has_init:
        h0 = handle()
        start = const(np.arange(6).reshape(2, 3), kind, **q)
        others = (([], [], [("VAR_HANDLE", [], [h0], name, 1), ("ASSIGN_VARIABLE", [h0, start], [], ("AssignVariableOptions", {}), 1)]),)
        ops = [("CALL_ONCE", [], [], ("CallOnceOptions", dict(initSubgraphIndex=1)), 1)] + ops
    add("VAR_HANDLE", f"{case}_{kind}", kind, ops, [x], [y], 6, None, others)


for kind, q in (("float32", {}), ("int8", dict(scale=0.05, zero=3))):
    variable("call_once", kind, True, **q)
    variable("no_init", kind, False, **q)


def two_variables(kind, **q):
    x = T([1, 4], kind, **q)
    ha, hb, a, b = T([1], "resource"), T([1], "resource"), T([1, 4], kind, **q), T([1, 4], kind, **q)
    na, nb = (("VarHandleOptions", dict(container="", sharedName=n)) for n in ("a", "b"))
    sub = [("VAR_HANDLE", [], [T([1], "resource")], n, 1) for n in (na, nb)]
    zeros = const(np.full([1, 4], q.get("zero", 0)), kind, **q)
    init = sub + [("ASSIGN_VARIABLE", [s[2][0], zeros], [], ("AssignVariableOptions", {}), 1) for s in sub]
    y = T([1, 4], kind, **q)
    ops = [("CALL_ONCE", [], [], ("CallOnceOptions", dict(initSubgraphIndex=1)), 1), ("VAR_HANDLE", [], [ha], na, 1), ("VAR_HANDLE", [], [hb], nb, 1),
           ("READ_VARIABLE", [ha], [a], ("ReadVariableOptions", {}), 1), ("READ_VARIABLE", [hb], [b], ("ReadVariableOptions", {}), 1),
           ("CONCATENATION", [a, b, x], [T([1, 12], kind, **q)], ("ConcatenationOptions", dict(axis=1, fusedActivationFunction=0)), 1),
           ("ASSIGN_VARIABLE", [hb, a], [], ("AssignVariableOptions", {}), 1), ("ASSIGN_VARIABLE", [ha, x], [], ("AssignVariableOptions", {}), 1)]
    add("VAR_HANDLE", f"delay_line_{kind}", kind, ops, [x], [ops[5][2][0]], 6, None, (([], [], init),))


two_variables("float32")
two_variables("int8", scale=0.05, zero=3)
