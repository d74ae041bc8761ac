"""Checks models with the official checker and its strict shape inference. Prints one JSON object: file to its fault, or null.

python3 onnx_check.py FILE ...
"""
import json
import sys

import onnx
import onnx.checker
import onnx.shape_inference


def fault(path):
    try:
        model = onnx.load(path)
        onnx.checker.check_model(model, full_check=True)
        inferred = onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True)
        if {entry.domain for entry in inferred.opset_import} - {"", "ai.onnx"}:
            return "operators of other domains than the standard one"
        return None
    except Exception as error:  # every kind of fault is reported
        return f"{type(error).__name__}: {error}"


print(json.dumps({path: fault(path) for path in sys.argv[1:]}))
