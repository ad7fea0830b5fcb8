"""Test FACTS.md: recompute the integer vectors in plain Python and count unequal bytes.

usage: python check_facts.py [op ...]
An independent, slow model of family R; it shares no code with the kernels.
"""
import csv
import math
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from build import TYPES, fb

ROOT = pathlib.Path(__file__).resolve().parent.parent / "vectors"
NUMPY = {number: np.dtype(kind) for number, kind in TYPES.values()}
F = np.float32


# ---- fixed point

def quantise_multiplier(real):
    """real = m * 2^(shift - 31), m in [2^30, 2^31)."""
    if real == 0:
        return 0, 0
    q, shift = math.frexp(real)
    m = int(math.floor(abs(q) * 2**31 + 0.5)) * (1 if q > 0 else -1)
    if m == 2**31:
        m, shift = 2**30, shift + 1
    return (0, 0) if shift < -31 else (m, shift)


def wrap(x):
    return (x + 2**31) % 2**32 - 2**31


def high_mul(a, b, bits=31):
    """ab / 2^bits, to nearest, ties upward; the one overflow saturates."""
    if a == b == -2**bits:
        return 2**bits - 1
    n = a * b + (2**(bits - 1) if a * b >= 0 else 1 - 2**(bits - 1))
    return n // 2**bits if n >= 0 else -(-n // 2**bits)


def shift_right(x, n):
    """Divide by 2^n, ties away from zero."""
    rest, half = x & ((1 << n) - 1), ((1 << n) - 1) >> 1
    return (x >> n) + (rest > half + (x < 0))


def mul(x, m, shift):
    return shift_right(high_mul(wrap(x << max(shift, 0)), m), max(-shift, 0))


def mul64(x, m, shift):
    m = (m + 2**15) >> 16 if m < 0x7FFF0000 else 0x7FFF
    return (x * m + (1 << (14 - shift))) >> (15 - shift)


def clamp(x, low, high):
    return max(low, min(high, x))


def sat(x):
    return clamp(x, -2**31, 2**31 - 1)


def pot(x, n):
    """Rescale by 2^n, saturating or rounding."""
    return sat(x << n) if n >= 0 else shift_right(x, -n)


def div0(a, b):
    """C division: toward zero."""
    return abs(a) // b * (1 if a >= 0 else -1)


# ---- transcendental, Q0.31

ONE = 2**31 - 1


def exp_quarter(a):
    """exp(a) for a in [-1/4, 0), Q0.31."""
    x = a + 2**28
    x2 = high_mul(x, x)
    x3, x4 = high_mul(x2, x), high_mul(x2, x2)
    tail = shift_right(high_mul(shift_right(x4, 2) + x3, 715827883) + x2, 1)
    return sat(1895147668 + high_mul(1895147668, x + tail))


def exp_negative(a, k):
    """exp(a) for a <= 0 in Qk.(31-k), as Q0.31."""
    if a == 0:
        return ONE
    quarter = 1 << (29 - k)
    part = (a & (quarter - 1)) - quarter
    y = exp_quarter(pot(part, k))
    rest = part - a
    for e, m in ((-2, 1672461947), (-1, 1302514674), (0, 790015084), (1, 290630308), (2, 39332535), (3, 720401), (4, 242)):
        if k > e and rest & (1 << (31 - k + e)):
            y = high_mul(y, m)
    return 0 if k > 5 and a < -(1 << (36 - k)) else y


def newton(a):
    """2 / (1 + a) in Q2.29 for a in [0, 1] in Q0.31."""
    half = a + ONE
    half = (half + 1) // 2
    x = 1515870810 + high_mul(half, -1010580540)
    for _ in range(3):
        x = x + pot(high_mul(x, 2**29 - high_mul(half, x)), 2)
    return x


def reciprocal(a):
    """1 / (1 + a), Q0.31."""
    return sat(newton(a) << 1)


def logistic_q(a, k):
    if a == 0:
        return 2**30
    p = reciprocal(exp_negative(-abs(a), k))
    return p if a > 0 else ONE - p


def tanh_q(a, k):
    if a == 0:
        return 0
    t = sat((newton(exp_negative(-abs(a), k + 1)) - 2**29) << 2)
    return t if a > 0 else -t


def table16(f, x_low, x_high, y_low, y_high):
    """513 entries, each shifted by half the error at its midpoint; float32 arithmetic."""
    step = F(F(x_high - x_low) / F(512))
    half, inverse = F(step / F(2)), F(F(65536) / F(y_high - y_low))
    def rnd(v):
        return F(math.floor(abs(float(v)) + 0.5) * (1 if v >= 0 else -1))
    def g(v):
        return F(f(F(v)))
    out = []
    for i in range(512):
        here, middle, after = (g(F(x_low) + F(i) * step), g(F(F(x_low) + F(i) * step) + half), g(F(x_low) + F(i + 1) * step))
        guess = rnd(F(F(F(after * inverse) + rnd(F(here * inverse))) / F(2)))
        bias = rnd(F(F(guess - rnd(F(middle * inverse))) / F(2)))
        out.append(int(clamp(float(rnd(F(here * inverse)) - bias), -32768, 32767)))
    return out + [int(clamp(float(rnd(F(g(x_high) * inverse))), -32768, 32767))]


def look(table, x):
    i, rest = 256 + (x >> 7), x & 127
    return table[i] + (((table[i + 1] - table[i]) * rest + 64) >> 7)


def sigmoid_table():
    """65536 * sigmoid(i / 24), each less half the error a straight line makes at its midpoint."""
    def f(t):
        return 65536 / (1 + math.exp(-t / 24))
    return [int(math.floor(f(i) - ((f(i) + f(i + 1)) / 2 - f(i + 0.5)) / 2 + 0.5)) for i in range(255)] + [65535]


# ---- reading a case

class Tensor:
    def __init__(self, t, buffers):
        self.shape = [int(v) for v in t.shape] if t.shape is not None else []
        self.type = NUMPY.get(t.type)
        q = t.quantization
        self.scale = np.array(q.scale, F) if q is not None and q.scale is not None else None
        self.s = self.scale[0] if self.scale is not None else None
        self.zero = int(q.zeroPoint[0]) if self.scale is not None else 0
        raw = buffers[t.buffer].data
        self.data = None
        if raw is not None and len(raw):
            self.data = np.frombuffer(bytes(bytearray(raw)), self.type).reshape(self.shape)
        if self.type is not None and self.type.kind in "iu":
            i = np.iinfo(self.type)
            self.low, self.high = i.min, i.max


class Case:
    def __init__(self, op, name):
        base = ROOT / op / name
        m = fb.ModelT.InitFromObj(fb.Model.GetRootAsModel(pathlib.Path(f"{base}.tflite").read_bytes(), 0))
        g = m.subgraphs[0]
        self.tensors = [Tensor(t, m.buffers) for t in g.tensors]
        self.node = g.operators[-1]
        self.ins = [self.tensors[i] if i >= 0 else None for i in self.node.inputs]
        self.outs = [self.tensors[i] for i in self.node.outputs]
        self.opt = self.node.builtinOptions
        self.fed = list(g.inputs)
        self.runs = list(zip(self.read(f"{base}.in.bin", g.inputs), self.read(f"{base}.out.bin", g.outputs)))

    def read(self, path, index):
        data, at, runs = pathlib.Path(path).read_bytes(), 0, []
        while at < len(data):
            run = []
            for i in index:
                t = self.tensors[i]
                n = int(np.prod(t.shape)) * t.type.itemsize
                run.append(np.frombuffer(data[at : at + n], t.type).reshape(t.shape))
                at += n
            runs.append(run)
        return runs

    def values(self, run):
        """Arrays of the operator's inputs in one run, as Python-safe int64."""
        out = []
        for i, t in zip(self.node.inputs, self.ins):
            a = None if t is None else t.data if t.data is not None else run[self.fed.index(i)] if i in self.fed else None
            out.append(None if a is None else a.astype(np.int64) if a.dtype.kind in "iub" else a)
        return out


def limits(t, act):
    """Clamp of a fused activation: 0 none, 1 relu, 2 relu -1..1, 3 relu6."""
    def q(v):
        r = F(F(v) / t.s)
        return t.zero + int(math.floor(abs(float(r)) + 0.5)) * (1 if r >= 0 else -1)
    low = t.low if act == 0 else max(t.low, q(-1.0 if act == 2 else 0.0))
    high = t.high if act in (0, 1) else min(t.high, q(1.0 if act == 2 else 6.0))
    return low, high


def per_channel(x, w, y, n):
    """float64 of (input scale * weight scale / output scale)."""
    return [quantise_multiplier(float(x.s) * float(w.scale[i if len(w.scale) > 1 else 0]) / float(y.s)) for i in range(n)]


def pad_before(size, k, s, d, out):
    return max(0, (out - 1) * s + (k - 1) * d + 1 - size) // 2


# ---- the operators

def requantise_rows(acc, x, y, multipliers, low, high, b):
    """acc[..., channel] to output values. int16: the 64-bit product, unless the bias is int32."""
    f = mul64 if x.type == np.int16 and (b is None or b.type == np.int64) else mul
    flat = acc.reshape(-1, acc.shape[-1])
    return np.array([[clamp(f(int(v), *multipliers[c]) + y.zero, low, high) for c, v in enumerate(row)] for row in flat])


def conv(c, v, depthwise=False):
    x, w, b = c.ins[0], c.ins[1], c.ins[2] if len(c.ins) > 2 else None
    y, o = c.outs[0], c.opt
    xs, ws = v[0] - x.zero, v[1]
    n, oh, ow, oc = y.shape
    kh, kw = w.shape[1:3]
    py, px = ((pad_before(x.shape[1], kh, o.strideH, o.dilationHFactor, oh), pad_before(x.shape[2], kw, o.strideW, o.dilationWFactor, ow))
              if o.padding == 0 else (0, 0))
    acc = np.zeros(y.shape, np.int64)
    for i in range(oh):
        for j in range(ow):
            for ky in range(kh):
                for kx in range(kw):
                    iy, ix = i * o.strideH - py + ky * o.dilationHFactor, j * o.strideW - px + kx * o.dilationWFactor
                    if not (0 <= iy < x.shape[1] and 0 <= ix < x.shape[2]):
                        continue
                    for k in range(oc):
                        if depthwise:
                            acc[:, i, j, k] += xs[:, iy, ix, k // o.depthMultiplier] * ws[0, ky, kx, k]
                        else:
                            g = k // (oc // (x.shape[3] // w.shape[3])) * w.shape[3]
                            acc[:, i, j, k] += xs[:, iy, ix, g : g + w.shape[3]] @ ws[k, ky, kx]
    if b is not None:
        acc = acc + v[2]
    return [requantise_rows(acc, x, y, per_channel(x, w, y, oc), *limits(y, o.fusedActivationFunction), b)]


def transpose_conv(c, v):
    w, x, b = c.ins[1], c.ins[2], c.ins[3] if len(c.ins) > 3 else None
    y, o = c.outs[0], c.opt
    xs, ws = v[2] - x.zero, v[1]
    n, oh, ow, oc = y.shape
    kh, kw = w.shape[1:3]
    def before(out, k, s):  # as the forward convolution from the output would have it
        return max(0, (-(-out // s) - 1) * s + k - out) // 2 if o.padding == 0 else 0
    py, px = before(oh, kh, o.strideH), before(ow, kw, o.strideW)
    acc = np.zeros(y.shape, np.int64)
    for i in range(x.shape[1]):
        for j in range(x.shape[2]):
            for ky in range(kh):
                for kx in range(kw):
                    iy, ix = i * o.strideH - py + ky, j * o.strideW - px + kx
                    if 0 <= iy < oh and 0 <= ix < ow:
                        acc[:, iy, ix] += xs[:, i, j] @ ws[:, ky, kx].T
    if b is not None:
        acc = acc + v[3]
    return [requantise_rows(acc, x, y, per_channel(x, w, y, oc), *limits(y, o.fusedActivationFunction), b)]


def fully_connected(c, v):
    x, w, b = c.ins
    y = c.outs[0]
    acc = (v[0].reshape(-1, w.shape[1]) - x.zero) @ (v[1] - w.zero).T
    if b is not None:
        acc = acc + v[2]
    m = per_channel(x, w, y, w.shape[0])
    return [requantise_rows(acc, x, y, m, *limits(y, c.opt.fusedActivationFunction), b)]


def pool(c, v, average):
    x, y, o = c.ins[0], c.outs[0], c.opt
    low, high = limits(y, o.fusedActivationFunction)
    out = np.zeros(y.shape, np.int64)
    py, px = ((pad_before(x.shape[1], o.filterHeight, o.strideH, 1, y.shape[1]), pad_before(x.shape[2], o.filterWidth, o.strideW, 1, y.shape[2]))
              if o.padding == 0 else (0, 0))
    for i in range(y.shape[1]):
        for j in range(y.shape[2]):
            a, b = i * o.strideH - py, j * o.strideW - px
            win = v[0][:, max(a, 0) : a + o.filterHeight, max(b, 0) : b + o.filterWidth]
            n = win.shape[1] * win.shape[2]
            if average:
                s = win.sum(axis=(1, 2))
                r = [[div0(int(q) + (n // 2 if q > 0 else -(n // 2)), n) for q in row] for row in s]
            else:
                r = win.max(axis=(1, 2))
            out[:, i, j] = np.clip(r, low, high)
    return [out]


def spread(c, v, f):
    a, b = np.broadcast_arrays(v[0], v[1])
    return [np.array([f(int(p), int(q)) for p, q in zip(a.ravel(), b.ravel())])]


def add(c, v, sign):
    a, b, y = c.ins[0], c.ins[1], c.outs[0]
    low, high = (-2**31, 2**31 - 1) if y.s is None else limits(y, c.opt.fusedActivationFunction)
    if y.s is None:
        return spread(c, v, lambda p, q: p + sign * q)
    left = 15 if y.type == np.int16 else 20
    twice = 2 * max(float(a.s), float(b.s))
    ma, mb = quantise_multiplier(float(a.s) / twice), quantise_multiplier(float(b.s) / twice)
    my = quantise_multiplier(twice / ((1 << left) * float(y.s)))
    return spread(c, v, lambda p, q: clamp(
        mul(mul((p - a.zero) << left, *ma) + sign * mul((q - b.zero) << left, *mb), *my) + y.zero, low, high))


def multiply(c, v):
    a, b, y = c.ins[0], c.ins[1], c.outs[0]
    if y.s is None:
        return spread(c, v, lambda p, q: p * q)
    low, high = limits(y, c.opt.fusedActivationFunction)
    m = quantise_multiplier(float(a.s) * float(b.s) / float(y.s))
    return spread(c, v, lambda p, q: clamp(mul((p - a.zero) * (q - b.zero), *m) + y.zero, low, high))


def squared_difference(c, v):
    a, b, y = c.ins[0], c.ins[1], c.outs[0]
    if y.s is None:
        return spread(c, v, lambda p, q: (p - q)**2)
    left = 7
    twice = 2 * max(float(a.s), float(b.s))
    ma, mb = quantise_multiplier(float(a.s) / twice), quantise_multiplier(float(b.s) / twice)
    my = quantise_multiplier(twice * twice / ((1 << left * 2) * float(y.s)))
    def f(p, q):
        d = mul((p - a.zero) << left, *ma) - mul((q - b.zero) << left, *mb)
        return clamp(mul(d * d, *my) + y.zero, y.low, y.high)
    return spread(c, v, f)


def compare(c, v, f):
    a, b = c.ins[0], c.ins[1]
    if a.type != np.int8:
        return [f(v[0], v[1])]
    ma, mb = quantise_multiplier(float(a.s)), quantise_multiplier(float(b.s))
    return spread(c, v, lambda p, q: f(mul((p - a.zero) << 8, *ma), mul((q - b.zero) << 8, *mb)))


def softmax(c, v):
    x, y = c.ins[0], c.outs[0]
    beta = float(F(c.opt.beta))
    out = []
    if x.type == np.int16:
        m, s = quantise_multiplier(float(x.s) * beta / (10.0 / 65535.0))
        e_table = table16(lambda t: np.exp(t, dtype=F), -10.0, 0.0, -1.0, 1.0)
        r_table = table16(lambda t: F(1) / (F(1) + t), 0.0, 1.0, -1.0, 1.0)
        for row in v[0].reshape(-1, x.shape[-1]):
            top = int(row.max())
            e = [look(e_table, clamp(mul(int(p) - top, m, s) + 32767, -32768, 32767)) for p in row]
            total = sum(e)
            head = 32 - total.bit_length()
            t = ((total << (head - 1)) + (1 << 13)) >> 14
            r = look(r_table, clamp(t - (1 << 15) - (1 << 16), -32768, 32767))
            n = 31 - head
            out.append([clamp((p * r + (1 << (n - 1))) >> n, 0, 32767) for p in e])
        return [np.array(out)]
    m, left = quantise_multiplier(min(beta * float(x.s) * (1 << 26), 2.0**31 - 1))
    low = -int(math.floor(31 * 2.0**26 / 2.0**left))
    bits = 8 * y.type.itemsize
    for row in v[0].reshape(-1, x.shape[-1]):
        top = int(row.max())
        e = [exp_negative(high_mul(wrap((int(p) - top) << left), m), 5) if p - top >= low else None for p in row]
        total = sum(shift_right(q, 12) for q in e if q is not None)
        head = 32 - total.bit_length()
        r = reciprocal((total << head) - 2**31)
        n = 12 - head + 31 - bits
        out.append([y.low if q is None else clamp(shift_right(high_mul(r, q), n) + y.low, y.low, y.high) for q in e])
    return [np.array(out)]


def sigmoid_like(c, v, tanh):
    x, y = c.ins[0], c.outs[0]
    if x.type == np.int8:
        q, left = math.frexp(float(x.s) * 2.0**27)
        m = int(math.floor(q * 2**31 + 0.5))
        radius = int(math.floor(15 * 2.0**27 / 2.0**left))
        def f(p):
            p -= x.zero
            if abs(p) >= radius:
                return -128 if p < 0 else 127
            q4 = mul(p, m, left)
            if tanh:
                return clamp(shift_right(tanh_q(q4, 4), 24), -128, 127)
            return clamp(shift_right(logistic_q(q4, 4), 23) - 128, -128, 127)
        return [np.array([f(int(p)) for p in v[0].ravel()])]
    lg = math.log2(float(x.s))
    left = 12 + round(lg)
    if abs(lg - round(lg)) < 1e-3 and (left == 0 or tanh and left == 1):
        m, n = 3 << left, 0
    else:
        real, n = float(x.s) * 4096.0 * 3.0, 0
        while real <= 32767.0 / 2.0 and n <= 30:
            real, n = real * 2, n + 1
        m = int(real)
    return [np.array([sigmoid16(int(p), m, n, tanh) for p in v[0].ravel()])]


TABLE = sigmoid_table()


def sigmoid16(p, m, n, tanh):
    """p * m >> n is in steps of 1/(3 * 4096); the table has steps of 1/24 (sigmoid), 1/48 (tanh)."""
    p = (p * m + ((1 << (n - 1)) if n else 0)) >> n
    bits = 8 if tanh else 9
    h, rest = abs(p) >> bits, abs(p) & ((1 << bits) - 1)
    if h >= 255:
        r = 0xFFFF << 8 if tanh else 0x7FFF << 10
    else:
        r = (TABLE[h] << bits) + rest * (TABLE[h + 1] - TABLE[h])
    if tanh:
        r = r - (1 << 23) + 128 if p >= 0 else -r + (1 << 23) + 127
        return r >> 8
    r = r + 512 if p >= 0 else (1 << 25) - r + 511
    return r >> 10


def mean(c, v, is_sum):
    x, y = c.ins[0], c.outs[0]
    axes = tuple(sorted({int(a) % len(x.shape) for a in v[1].ravel()}))
    n = int(np.prod([x.shape[a] for a in axes]))
    m, s = quantise_multiplier(float(x.s) / float(y.s))
    if not is_sum:
        k = min(n.bit_length() - 1, 32, 31 + s)
        m, s = (m << k) // n, s - k
    acc = v[0].sum(axis=axes) - x.zero * n
    return [np.array([clamp(mul(int(a), m, s) + y.zero, y.low, y.high) for a in np.ravel(acc)])]


def requantise(c, v):
    x, y = c.ins[0], c.outs[0]
    if x.type == np.float32:
        def f(p):
            r = F(p / y.s)
            return clamp(int(math.floor(abs(float(r)) + 0.5)) * (1 if r >= 0 else -1) + y.zero, y.low, y.high)
        return [np.array([f(p) for p in v[0].ravel()])]
    m, s = quantise_multiplier(float(x.s) / float(y.s))
    return [np.array([clamp(mul(int(p) - x.zero, m, s) + y.zero, y.low, y.high) for p in v[0].ravel()])]


def leaky_relu(c, v):
    x, y = c.ins[0], c.outs[0]
    up = quantise_multiplier(float(x.s) / float(y.s))
    down = quantise_multiplier(float(x.s) * float(F(c.opt.alpha)) / float(y.s))
    return [np.array([clamp(y.zero + mul(int(p) - x.zero, *(up if p >= x.zero else down)), y.low, y.high) for p in v[0].ravel()])]


def prelu(c, v):
    x, a, y = c.ins[0], c.ins[1], c.outs[0]
    up = quantise_multiplier(float(x.s) / float(y.s))
    down = quantise_multiplier(float(x.s) * float(a.s) / float(y.s))
    return spread(c, v, lambda p, q: clamp(
        y.zero + (mul(p - x.zero, *up) if p >= x.zero else mul((p - x.zero) * (q - a.zero), *down)), y.low, y.high))


def relu(c, v, act=1):
    """LiteRT's relu -1..1 divides the scales in float32."""
    x, y = c.ins[0], c.outs[0]
    m, s = quantise_multiplier(float(F(x.s / y.s)) if act == 2 else float(x.s) / float(y.s))
    return [np.array([clamp(y.zero + mul(int(p) - x.zero, m, s), *limits(y, act)) for p in v[0].ravel()])]


def negate(c, v):
    return [(-v[0] + 128) % 256 - 128]


def relu6(c, v):
    x, y = c.ins[0], c.outs[0]
    six = clamp(x.zero + int(math.floor(float(F(F(6) / x.s)) + 0.5)), -128, 127)
    return [np.clip(v[0], x.zero, six)]


def hard_swish(c, v):
    x, y = c.ins[0], c.outs[0]
    fine = F(F(1 / 128) * x.s)
    def narrow(m):
        return 32767 if m >= 2**31 - 2**15 else (m + 2**15) >> 16
    om, oe = quantise_multiplier(float(F(fine / y.s)))
    rm, re = quantise_multiplier(float(F(fine / F(F(3) / F(32768)))))
    om, rm = narrow(om), narrow(rm)
    def left16(p, n):
        return clamp(p << n, -32768, 32767)
    def f(p):
        p = (p - x.zero) * 128
        scaled = high_mul(p, om, 15)
        r = left16(p, re - 1) if re > 0 else p
        r = high_mul(r, rm, 15)
        if re > 0:
            r = left16(r, 1)
        elif re < 0:
            r = shift_right(r, -re)
        r = (r + 32768) >> 1
        t = shift_right(div0(r * scaled, 32768), -oe)
        return clamp(t + y.zero, -128, 127)
    return [np.array([f(int(p)) for p in v[0].ravel()])]


def inverse_sqrt(n):
    """1 / sqrt(n) as (m, shift) for mul(x, m, shift); 31-bit Newton iteration."""
    if n <= 1:
        return 2**31 - 1, 0
    right = 11
    while n >= 1 << 29:
        n, right = n // 4, right + 1
    lead = 32 - n.bit_length() - 1  # sign bits beyond the first
    half = lead // 2 - 1
    right -= half
    n <<= 2 * half
    half_n = shift_right(n >> 1, 1)
    half_three = (1 << 28) + (1 << 27)
    x = 1 << 28
    for _ in range(5):
        x3 = pot(high_mul(high_mul(x, x), x), 6)
        x = pot(high_mul(half_three, x) - high_mul(half_n, x3), 3)
    m = high_mul(x, 1518500250)  # sqrt(1/2)
    if right < 0:
        m, right = m << -right, 0
    return m, -right


def l2_normalisation(c, v):
    x, y = c.ins[0], c.outs[0]
    out = []
    for row in v[0].reshape(-1, x.shape[-1]) - x.zero:
        m, s = inverse_sqrt(int((row * row).sum()))
        out.append([clamp(mul(int(p), m, s + 7), -128, 127) for p in row])
    return [np.array(out)]


def batch_matmul(c, v):
    a, b, y = c.ins[0], c.ins[1], c.outs[0]
    p, q = v[0] - a.zero, v[1] - b.zero
    acc = (np.swapaxes(p, -1, -2) if c.opt.adjX else p) @ (np.swapaxes(q, -1, -2) if c.opt.adjY else q)
    m, s = quantise_multiplier(float(a.s) * float(b.s) / float(y.s))
    f = mul64 if a.type == np.int16 else mul
    return [np.array([clamp(f(int(t), m, s) + y.zero, y.low, y.high) for t in acc.ravel()])]


def rescale_abs(c, v):
    x, y = c.ins[0], c.outs[0]
    m, s = quantise_multiplier(float(x.s) / float(y.s))
    f = (lambda p: p) if x.s == y.s else (lambda p: mul(p, m, s))
    return [np.array([clamp(f(abs(int(p) - x.zero)) + y.zero, y.low, y.high) for p in v[0].ravel()])]


def rsqrt(c, v):
    x, y = c.ins[0], c.outs[0]
    m, s = quantise_multiplier(1.0 / (math.sqrt(float(x.s)) * float(y.s)))
    def f(p):
        p -= x.zero
        if p == 0:
            return y.high
        im, i = inverse_sqrt(p)
        return clamp(mul(mul(1, im, i + 20), m, s - 20) + y.zero, y.low, y.high)
    return [np.array([f(int(p)) for p in v[0].ravel()])]


def cumsum(c, v):
    x, y, o = c.ins[0], c.outs[0], c.opt
    axis = int(v[1].ravel()[0]) % len(x.shape)
    mx = quantise_multiplier(0.5)
    my = quantise_multiplier(2 * float(x.s) / ((1 << 20) * float(y.s)))
    a = np.vectorize(lambda p: mul((int(p) - x.zero) << 20, *mx), otypes=[np.int64])(v[0])
    if o.reverse:
        a = np.flip(a, axis)
    t = np.cumsum(a, axis)
    if o.exclusive:
        t = t - a
    t = t + mul(-x.zero << 20, *mx)  # the sum starts at the byte 0, not at the zero point
    if o.reverse:
        t = np.flip(t, axis)
    return [np.array([clamp(mul(int(p), *my) + y.zero, -128, 127) for p in t.ravel()])]


def table8(c, v, f, rounds=True):
    """An int8 operator as float32 of every byte."""
    x, y = c.ins[0], c.outs[0]
    inverse = F(F(1) / y.s)
    out = {}
    for p in range(-128, 128):
        with np.errstate(all="ignore"):
            t = F(f(F(x.s * F(p - x.zero))))
            t = F(t * inverse) if rounds else F(t / y.s)
        t = t if np.isfinite(t) else F(-1e6)
        t = F(math.floor(abs(float(t)) + (0.5 if rounds else 0)) * (1 if t >= 0 else -1))
        out[p] = clamp(int(F(t + F(y.zero))), -128, 127)
    return [np.array([out[int(p)] for p in v[0].ravel()])]


def table_16(c, v, f):
    x, y = c.ins[0], c.outs[0]
    t = table16(f, F(x.s * F(-32768)), F(x.s * F(32767)), F(y.s * F(-32768)), F(y.s * F(32767)))
    return [np.array([look(t, int(p)) for p in v[0].ravel()])]


def resize_bilinear(c, v):
    x, y, o = c.ins[0], c.outs[0], c.opt
    if x.type != np.int8:
        return None
    def axis(n_in, n_out):
        step = (1024 * n_in + n_out // 2) // n_out
        if o.alignCorners and n_out > 1:
            step = (1024 * (n_in - 1) + (n_out - 1) // 2) // (n_out - 1)
        out = []
        for i in range(n_out):
            p = i * step + (step // 2 - 512 if o.halfPixelCenters else 0)
            low = max(div0(p, 1024), 0)
            out.append((low, min(div0(p + 1023, 1024), n_in - 1), p - 1024 * low))
        return out
    out = np.zeros(y.shape, np.int64)
    for i, (y0, y1, fy) in enumerate(axis(x.shape[1], y.shape[1])):
        for j, (x0, x1, fx) in enumerate(axis(x.shape[2], y.shape[2])):
            t = (v[0][:, y0, x0] * (1024 - fy) * (1024 - fx) + v[0][:, y1, x0] * fy * (1024 - fx)
                 + v[0][:, y0, x1] * (1024 - fy) * fx + v[0][:, y1, x1] * fy * fx)
            out[:, i, j] = [[div0(int(q) + (2**19 if q > 0 else -2**19), 2**20) for q in row] for row in t]
    return [out]


def log_q(a, k_in, k_out):
    """ln(a) for a >= 1 in Qk_in, as Qk_out; rational approximation around 2^(1/4) steps."""
    k = k_out + 1
    def shl(v, n):
        edge = (1 << (31 - n)) - 1
        return v if n == 0 else 2**31 - 1 if v > edge else -2**31 if v < -edge else wrap(v << n)
    def clz(v):
        return 32 - (v % 2**32).bit_length()
    root_half, root_root_half, quarter = 1518500250, 1805811301, pot(536870912, -k)
    head = clz(a)
    ra = shl(high_mul(shl(a, head - 1), root_half), 1)
    pa = sat(shl(k_in - head, 31 - k) + quarter)
    head = clz(high_mul(a, root_half)) - 1
    rb = shl(a, head)
    pb = sat(shl(k_in - head, 31 - k) - quarter)
    r, power = min(ra, rb), max(pa, pb)
    t = r + root_root_half
    p = div0(t + (1 if t >= 0 else -1), 2)
    q = wrap(2 * (r - root_root_half))
    qq = high_mul(q, q)
    num = wrap(high_mul(q, r) + high_mul(high_mul(q, qq), 117049297))
    den = wrap(high_mul(p, wrap(1057819769 + q + high_mul(127690142, qq))) + high_mul(638450708, q))
    return pot(wrap(high_mul(power, 1488522236) + high_mul(pot(num, -k), reciprocal(den))), k - k_out)


def log_softmax(c, v):
    x = c.ins[0]
    m, left = quantise_multiplier(min(float(x.s) * (1 << 26), 2.0**31 - 1))
    rm, rs = quantise_multiplier((1 << (31 - left)) / float(m))
    low = -int(math.floor(31 * 2.0**26 / 2.0**left))
    out = []
    for row in v[0].reshape(-1, x.shape[-1]):
        top = int(row.max())
        total = sum(shift_right(exp_negative(mul(int(p) - top, m, left), 5), 12) for p in row if p - top >= low)
        ln = log_q(total, 12, 5)
        edge = max(low - 1, mul(wrap(ln - 2**31), rm, rs))
        out.append([clamp(shift_right(mul(int(p) - top, m, left) - ln, 22) + 127, -128, 127) if p - top > edge else -128 for p in row])
    return [np.array(out)]


class Svdf:
    def __init__(self):
        self.state = None

    def __call__(self, c, v):
        x, wf, wt, b, s = c.ins
        y = c.outs[0]
        rank = c.opt.rank
        n, memory = wt.shape
        if self.state is None:
            self.state = np.full([x.shape[0], n, memory], s.zero, np.int64)
        m1 = quantise_multiplier(float(x.s) * float(wf.s) / float(s.s))
        m2 = quantise_multiplier(float(s.s) * float(wt.s) / float(y.s))
        self.state[:, :, :-1] = self.state[:, :, 1:].copy()
        dot = (v[0] - x.zero) @ v[1].T
        self.state[:, :, -1] = [[clamp(mul(int(p), *m1) + s.zero, s.low, s.high) for p in row] for row in dot]
        acc = ((self.state - s.zero) * v[2][None]).sum(axis=2).reshape(x.shape[0], n // rank, rank).sum(axis=2) + v[3]
        return [np.array([clamp(mul(wrap(int(p)), *m2) + y.zero, -128, 127) for p in acc.ravel()])]


class Lstm:
    def __init__(self):
        self.h = None

    def __call__(self, c, v):
        x, y, t = c.ins[0], c.outs[0], c.ins
        hs, cs = t[18], t[19]
        n = t[5].shape[0]
        major = c.opt.timeMajor
        steps, batch = (x.shape[0], x.shape[1]) if major else (x.shape[1], x.shape[0])
        if self.h is None:
            self.h = np.full([batch, n], hs.zero, np.int64)
            self.c = np.zeros([batch, n], np.int64)
        gate_scale = 2.0**-12
        def multiplier(a, w):
            return quantise_multiplier(float(a.s) * float(w.s) / gate_scale)
        f = mul64 if x.type == np.int16 else mul
        cell_power = round(math.log2(float(cs.s)))
        forget = quantise_multiplier(2.0**-15)
        inp = quantise_multiplier(2.0**-30 / float(cs.s))
        outm = quantise_multiplier(2.0**-30 / float(hs.s))
        clip = int(clamp(float(F(c.opt.cellClip)) / float(cs.s), -32768, 32767))
        out = np.zeros(y.shape, np.int64)
        def c16(q):
            return clamp(q, -32768, 32767)
        for s in range(steps):
            for k in range(batch):
                xi = (v[0][s, k] if major else v[0][k, s]) - x.zero
                gates = []
                for g in range(4):  # input, forget, cell, output
                    mi, mr = multiplier(x, t[1 + g]), multiplier(hs, t[5 + g])
                    a = v[1 + g] @ xi + v[12 + g]
                    r = v[5 + g] @ (self.h[k] - hs.zero)
                    q = [c16(c16(f(int(p), *mi)) + c16(f(int(w), *mr))) for p, w in zip(a, r)]
                    gates.append([sigmoid16(p, 3, 0, g == 2) for p in q])
                i, fg, g, og = gates
                left = 12 + cell_power
                m, shift = (3 << left, 0) if left >= 0 else (3, -left)
                for j in range(n):
                    q = c16(c16(mul(fg[j] * int(self.c[k, j]), *forget)) + c16(mul(i[j] * g[j], *inp)))
                    if clip > 0:
                        q = clamp(q, -clip, clip)
                    self.c[k, j] = q
                    th = sigmoid16(q, m, shift, True)
                    self.h[k, j] = clamp(mul(th * og[j], *outm) + hs.zero, hs.low, hs.high)
                if major:
                    out[s, k] = self.h[k]
                else:
                    out[k, s] = self.h[k]
        return [out]


CHECKS = {
    "conv_2d": conv, "depthwise_conv_2d": lambda c, v: conv(c, v, True), "transpose_conv": transpose_conv,
    "fully_connected": fully_connected, "average_pool_2d": lambda c, v: pool(c, v, True), "max_pool_2d": lambda c, v: pool(c, v, False),
    "add": lambda c, v: add(c, v, 1), "sub": lambda c, v: add(c, v, -1), "mul": multiply, "squared_difference": squared_difference,
    "softmax": softmax, "logistic": lambda c, v: sigmoid_like(c, v, False), "tanh": lambda c, v: sigmoid_like(c, v, True),
    "mean": lambda c, v: mean(c, v, False), "sum": lambda c, v: mean(c, v, True), "quantize": requantise, "leaky_relu": leaky_relu,
    "prelu": prelu, "relu": relu, "relu6": relu6, "relu_n1_to_1": lambda c, v: relu(c, v, 2), "neg": negate, "hard_swish": hard_swish, "l2_normalization": l2_normalisation,
    "batch_matmul": batch_matmul, "abs": rescale_abs, "rsqrt": rsqrt, "cumsum": cumsum, "resize_bilinear": resize_bilinear,
    "elu": lambda c, v: table8(c, v, lambda t: t if t >= 0 else np.expm1(t, dtype=F)),
    "exp": lambda c, v: (table8 if c.ins[0].type == np.int8 else table_16)(c, v, lambda t: np.exp(t, dtype=F)),
    "gelu": lambda c, v: table8(c, v, lambda t: (0.5 * t * (1 + np.tanh(0.7978845608028654 * (t + 0.044715 * t**3))))
                                if c.opt.approximate else (0.5 * t * (1 + math.erf(float(t) / math.sqrt(2))))),
    "log_softmax": log_softmax, "maximum": lambda c, v: spread(c, v, max), "minimum": lambda c, v: spread(c, v, min),
    "sqrt": lambda c, v: table8(c, v, lambda t: np.sqrt(t, dtype=F), False), "log": lambda c, v: table8(c, v, lambda t: np.log(t, dtype=F)),
    "svdf": Svdf, "unidirectional_sequence_lstm": Lstm,
    "equal": lambda c, v: compare(c, v, lambda p, q: p == q), "not_equal": lambda c, v: compare(c, v, lambda p, q: p != q),
    "greater": lambda c, v: compare(c, v, lambda p, q: p > q), "greater_equal": lambda c, v: compare(c, v, lambda p, q: p >= q),
    "less": lambda c, v: compare(c, v, lambda p, q: p < q), "less_equal": lambda c, v: compare(c, v, lambda p, q: p <= q),
}


def main():
    only, total, bad_cases = set(sys.argv[1:]), {}, []
    with open(ROOT / "INDEX.csv", newline="") as f:
        rows = list(csv.DictReader(f))
    for row in rows:
        op = row["op"]
        if op not in CHECKS or row["tolerance"] != "exact" or row["type"] == "float32" and op != "quantize" or only and op not in only:
            continue
        c = Case(op, row["case"])
        check = CHECKS[op]() if isinstance(CHECKS[op], type) else CHECKS[op]
        bad = n = 0
        for ins, outs in c.runs:
            answer = check(c, c.values(ins))
            if answer is None:
                break
            for a, b in zip(answer, outs):
                n += b.size
                bad += int((np.ravel(a) != np.ravel(b).astype(np.int64)).sum())
        t = total.setdefault(op, [0, 0, 0])
        t[0] += 1 if n else 0
        t[1] += n
        t[2] += bad
        if bad:
            bad_cases.append(f"  {op}/{row['case']} ({row['oracle']}): {bad} of {n} differ")
    for op, (cases, n, bad) in sorted(total.items()):
        print(f"{op}: {cases} cases, {n} values, {bad} differ")
    print(*bad_cases, sep="\n")
    return bool(bad_cases)


if __name__ == "__main__":
    sys.exit(main())
