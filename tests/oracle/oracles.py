"""The oracles. Each call runs in a child process: a refused model may abort."""
import os
import pickle
import tempfile

import numpy as np
from ai_edge_litert import interpreter as litert
from tflite_micro.python.tflite_micro import runtime as tflm

ARENA = 1 << 20


def _tflm(model, runs, n_out):
    it = tflm.Interpreter.from_bytes(model, arena_size=ARENA)
    out = []
    for ins in runs:
        for i, a in enumerate(ins):
            it.set_input(a, i)
        it.invoke()
        out.append([np.array(it.get_output(i)) for i in range(n_out)])
    return out


def _litert(kind):
    def run(model, runs, n_out):
        it = litert.Interpreter(model_content=model, experimental_op_resolver_type=kind, num_threads=1)
        it.allocate_tensors()
        d = it.get_input_details()
        out = []
        for ins in runs:
            for i, a in enumerate(ins):
                it.set_tensor(d[i]["index"], a)
            it.invoke()
            out.append([np.array(it.get_tensor(o["index"])) for o in it.get_output_details()])
        return out
    return run


ORACLES = {
    "tflm": _tflm,
    "litert_ref": _litert(litert.OpResolverType.BUILTIN_REF),
    "litert_xnnpack": _litert(litert.OpResolverType.BUILTIN),
}


def ask(oracle, model, runs, n_out):
    """Returns (outputs, "") or (None, why)."""
    with tempfile.TemporaryFile() as result, tempfile.TemporaryFile() as err:
        pid = os.fork()
        if pid == 0:
            os.dup2(err.fileno(), 2)
            try:
                answer = ORACLES[oracle](model, runs, n_out)
                pickle.dump((answer, ""), result)
            except BaseException as e:
                pickle.dump((None, str(e).strip()[:300]), result)
            result.flush()
            os._exit(0)
        _, status = os.waitpid(pid, 0)
        err.seek(0)
        log = err.read().decode(errors="replace").strip()
        log = " / ".join(l for l in log.splitlines() if not l.startswith(("INFO", "WARNING", "W0", "I0")))
        result.seek(0)
        data = result.read()
        if status or not data:
            return None, f"aborted: {log[:400]}"
        answer, why = pickle.loads(data)
        return answer, (why + " | " + log)[:600] if answer is None else ""
