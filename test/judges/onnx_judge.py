"""Judges ONNX files by Python's onnx: {"paths", "ecg": values, "shape"} on stdin, a list of verdicts on stdout.

A file that onnx.checker with full check or strict shape inference refuses has its complaint under "error". The others
are run on the ECGs by onnx's reference evaluator, which knows the operators by their definition alone.
"""

import json
import sys

import numpy as np
import onnx
from onnx.reference import ReferenceEvaluator


def ports(values):
    return {
        value.name: [
            onnx.TensorProto.DataType.Name(value.type.tensor_type.elem_type),
            [dim.dim_param or dim.dim_value for dim in value.type.tensor_type.shape.dim],
        ]
        for value in values
    }


def judge(path, ecg):
    try:
        model = onnx.load(path)
        onnx.checker.check_model(model, full_check=True)
        inferred = onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
    except Exception as error:  # every complaint is a verdict
        return {"error": f"{type(error).__name__}: {error}"}
    graph = inferred.graph
    logits, _ = ReferenceEvaluator(model).run(["logit", "probability"], {"ecg": ecg})
    return {
        "opsets": {entry.domain: entry.version for entry in model.opset_import},
        "domains": sorted({node.domain for node in graph.node}),
        "operators": sorted({node.op_type for node in graph.node}),
        "inputs": ports(graph.input),
        "outputs": ports(graph.output),
        "logits": logits.flatten().tolist(),
    }


asked = json.load(sys.stdin)
records = np.array(asked["ecg"], np.float32).reshape(asked["shape"])
print(json.dumps([judge(path, records) for path in asked["paths"]]))
