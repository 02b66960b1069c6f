"""Checks ONNX files with the onnx package: the checker, strict shape inference, and the reference evaluator.

The reference evaluator computes the outputs for given ECGs by the definitions of the operators alone.

Input (stdin): JSON {"paths": [files], "ecg": values, "shape": [N, leads, samples]}.
Output (stdout): JSON list with one object per file, as `judge` below makes it. A file that the checker or the shape
inference rejects has only the field "error".
"""

import json
import sys

import numpy as np
import onnx
from onnx.reference import ReferenceEvaluator


def ports(values):
    """Returns the type and the dimensions of inputs or outputs by their names."""
    return {
        value.name: [
            onnx.TensorProto.DataType.Name(value.type.tensor_type.elem_type),
            [dim.dim_param or dim.dim_value for dim in value.type.tensor_type.shape.dim],
        ]
        for value in values
    }


def judge(path, ecg):
    """Checks one file and computes its logits."""
    try:
        model = onnx.load(path)
        onnx.checker.check_model(model, full_check=True)
        inferred = onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
    except Exception as error:  # every error is a result
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


request = json.load(sys.stdin)
records = np.array(request["ecg"], np.float32).reshape(request["shape"])
print(json.dumps([judge(path, records) for path in request["paths"]]))
