"""Small files of weights by PyTorch and NumPy, and what they hold:

    python3 tests/peers/weight_files.py tests/fixtures/weights

values.json has for each file its tensors by name: type, shape, and the numbers in row-major order (64-bit integers as
texts). Several files hold the same tensors; they have one entry, under the name before the first dash.
"""
import argparse
import collections
import io
import json
import pathlib
import sys
import zipfile

import numpy as np
import torch

FOLDER = pathlib.Path(sys.argv[1])
DTYPES = {
    torch.float64: "F64", torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16", torch.int64: "I64",
    torch.int32: "I32", torch.int16: "I16", torch.int8: "I8", torch.uint8: "U8", torch.bool: "BOOL",
}
NUMPY_DTYPES = {
    "float64": "F64", "float32": "F32", "float16": "F16", "int64": "I64", "int32": "I32", "int16": "I16", "int8": "I8",
    "uint64": "U64", "uint32": "U32", "uint16": "U16", "uint8": "U8", "bool": "BOOL",
}
torch.manual_seed(7)


def numbers(array):
    """As JSON: integers of 64 bits as texts, all floats exactly as float64."""
    flat = np.asarray(array).reshape(-1)
    if flat.dtype.itemsize == 8 and flat.dtype.kind in "iu":
        return [str(value) for value in flat.tolist()]
    return [float(value) if flat.dtype.kind == "f" else int(value) for value in flat]


def of_torch(tensor):
    dtype = DTYPES[tensor.dtype]
    tensor = tensor.detach()
    array = tensor.float().numpy() if dtype == "BF16" else tensor.numpy()
    return {"dtype": dtype, "shape": list(tensor.shape), "data": numbers(array)}


def of_numpy(array):
    return {"dtype": NUMPY_DTYPES[array.dtype.name], "shape": list(array.shape), "data": numbers(array)}


def types():
    tensors = {str(dtype)[6:]: (torch.randn(2, 3) * 50).to(dtype) for dtype in DTYPES}
    tensors["long"] = torch.tensor([-(2**62) - 1, 2**62 + 1])
    tensors["scalar"] = torch.tensor(0.1)
    tensors["none"] = torch.zeros(0, 4)
    return tensors


def views():
    base = torch.randn(4, 6)
    image = torch.randn(2, 3, 2, 2)
    return {
        "base": base,
        "row": base[2],
        "block": base[1:3, 2:5],
        "transposed": base.t(),
        "steps": base[::2, 1::3],
        "expanded": base[0, :1].expand(3, 2, 1),
        "half.strided": base.half()[:, ::2],
        "channels_last": image.to(memory_format=torch.channels_last),
        "tail": torch.arange(10, dtype=torch.int64)[7:],
    }


def network():
    return torch.nn.Sequential(
        collections.OrderedDict(conv=torch.nn.Conv2d(2, 3, 3), norm=torch.nn.BatchNorm2d(3), head=torch.nn.Linear(3, 2))
    )


def checkpoint():
    model = torch.nn.DataParallel(network())
    optimizer = torch.optim.SGD(model.parameters(), 0.1, momentum=0.9)
    for parameter in model.parameters():
        parameter.grad = torch.ones_like(parameter)
    optimizer.step()
    holder = {
        "epoch": 3,
        "arch": "tiny",
        "best_acc1": np.float64(0.25),
        "args": argparse.Namespace(lr=0.1, path=pathlib.PosixPath("data")),
        "device": torch.device("cpu"),
        "state_dict": model.state_dict(),
        "optimizer": optimizer.state_dict(),
    }
    return holder, model.state_dict()


def nested():
    return {"encoder": {"a": torch.ones(2), "list": [torch.zeros(1), {"b": torch.full((1, 2), 3.0)}]}, "note": "kept"}


def write(name, value, **options):
    torch.save(value, FOLDER / name, **options)


def both(name, value):
    write(f"{name}-zip.pth", value)
    write(f"{name}-legacy.pth", value, _use_new_zipfile_serialization=False)


def deflated(source, target):
    """The same archive with its entries compressed, and with records of zip64."""
    with zipfile.ZipFile(FOLDER / source) as old, zipfile.ZipFile(FOLDER / target, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            with new.open(info.filename, "w", force_zip64=True) as entry:
                entry.write(old.read(info))


def arrays():
    image = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    return {
        "c": image,
        "fortran": np.asfortranarray(image * 0.5),
        "big": (image * 3).astype(">f4"),
        "half": (image / 7).astype(np.float16),
        "double": np.array(np.pi),
        "long": np.array([-(2**62) - 1, 2**62 + 1]),
        "bytes": np.array([[0, 255]], np.uint8),
        "mask": np.array([True, False, True]),
        "layer/kernel": np.zeros((0, 3), np.float32),
    }


FOLDER.mkdir(parents=True, exist_ok=True)
values = {}
both("types", types())
values["types"] = {name: of_torch(tensor) for name, tensor in torch.load(FOLDER / "types-zip.pth").items()}
saved = views()
both("views", saved)
values["views"] = {name: of_torch(tensor) for name, tensor in saved.items()}
holder, state = checkpoint()
both("checkpoint", holder)
for protocol in (3, 4, 5):
    write(f"checkpoint-protocol{protocol}.pth", holder, pickle_protocol=protocol)
deflated("checkpoint-zip.pth", "checkpoint-deflated.pth")
values["checkpoint"] = {name: of_torch(tensor) for name, tensor in state.items()}
module = network()
both("parameters", dict(module.named_parameters()))
values["parameters"] = {name: of_torch(tensor) for name, tensor in module.named_parameters()}
both("nested", nested())
values["nested"] = {
    "encoder.a": of_torch(torch.ones(2)), "encoder.list.0": of_torch(torch.zeros(1)),
    "encoder.list.1.b": of_torch(torch.full((1, 2), 3.0)),
}
both("single", torch.arange(3.0))
buffer = io.BytesIO()  # without a name, the folder of the archive is called "archive"
torch.save(torch.arange(3.0), buffer)
(FOLDER / "single-unnamed.pth").write_bytes(buffer.getvalue())
values["single"] = {"tensor": of_torch(torch.arange(3.0))}
# What is refused.
write("model-zip.pth", module)
torch.jit.script(torch.nn.Linear(1, 1)).save(str(FOLDER / "script.pt"))
write("complex.pth", {"c": torch.zeros(2, dtype=torch.complex64)})
write("quantized.pth", {"q": torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8)})
np.savez(FOLDER / "arrays-stored.npz", **arrays(), note=np.array(["text"]))
np.savez_compressed(FOLDER / "arrays-deflated.npz", **arrays(), note=np.array(["text"]))
values["arrays"] = {name: of_numpy(array) for name, array in arrays().items()}
with open(FOLDER / "values.json", "w") as out:
    json.dump(values, out)
    out.write("\n")
