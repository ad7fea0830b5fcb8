"""Make tests/vectors: one-operator models with inputs and expected outputs.

usage: python make_vectors.py [op | op/beginning_of_case ...]
Whole operators are made anew; cases by their beginning are added to what is there.
"""
import importlib
import pathlib
import shutil
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import case


def main():
    only = set(sys.argv[1:]) or None
    for f in sorted((pathlib.Path(__file__).resolve().parent / "cases").glob("*.py")):
        importlib.import_module(f"cases.{f.stem}")
    for op in {c[0] for c in case.CASES if not only or c[0] in only}:
        shutil.rmtree(case.ROOT / op, ignore_errors=True)
    rows, remarks = case.make(only)
    case.write_index(rows)
    for r in remarks:
        print(r)
    print(f"{len(rows)} cases")


if __name__ == "__main__":
    main()
