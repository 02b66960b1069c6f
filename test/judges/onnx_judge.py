"""Judges ONNX files by Python's onnx: {"paths": [...]} on stdin, a list of verdicts on stdout.

A file that onnx.checker with full check or strict shape inference refuses has its complaint under "error".
"""

import json
import sys

import onnx


def ports(values):
    return {
        value.name: [
            onnx.TensorProto.DataType.Name(value.type.tensor_type.elem_type),
            [dim.dim_param or dim.dim_value for dim in value.type.tensor_type.shape.dim],
        ]
        for value in values
    }


def judge(path):
    try:
        model = onnx.load(path)
        onnx.checker.check_model(model, full_check=True)
        inferred = onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
    except Exception as error:  # every complaint is a verdict
        return {"error": f"{type(error).__name__}: {error}"}
    graph = inferred.graph
    return {
        "opsets": {entry.domain: entry.version for entry in model.opset_import},
        "domains": sorted({node.domain for node in graph.node}),
        "operators": sorted({node.op_type for node in graph.node}),
        "inputs": ports(graph.input),
        "outputs": ports(graph.output),
    }


print(json.dumps([judge(path) for path in json.load(sys.stdin)["paths"]]))
