"""Convolutions and batch norms of large maps by PyTorch in float64, with their gradients, as JSON:

    python3 tests/peers/torch_layers.py > tests/fixtures/torch-layers.json

Inputs follow from a formula (`normals`), which whoever reads the numbers computes too, to the same bits. Of every array
that PyTorch computes there are its root mean square, some elements, and some sums in which each element has a weight of
its own: a sum notices a wrong element wherever it lies.
"""
import json

import numpy as np
import torch

ELEMENTS, SUMS = 24, 3
EPSILON = 1e-3
# batch, channels, height, width; then channels out, kernel, stride, dilation. The padding keeps the size at stride 1.
CONVOLUTIONS = [
    *((image, 64, 3, 1, dilation) for image in ([1, 64, 81, 81], [2, 64, 41, 41]) for dilation in (1, 2, 12)),
    ([8, 128, 24, 24], 128, 3, 1, 1),
    ([2, 64, 41, 41], 128, 3, 2, 1),
    ([1, 3, 161, 161], 64, 7, 2, 1),
    ([2, 256, 41, 41], 64, 1, 1, 1),
]
# batch, channels, height, width; then mean and deviation.
BATCH_NORMS = [
    ([2, 32, 161, 161], 50, 2),
    ([8, 32, 24, 24], 50, 2),
]


def uniforms(count, seed):
    """Numbers in [-1, 1) with 23 fractional bits: the final mix of MurmurHash3 of i + 2^24 seed, i = 0 .. count - 1."""
    h = np.arange(count, dtype=np.uint32) + np.uint32(seed << 24)
    h ^= h >> np.uint32(16)
    h *= np.uint32(0x85EBCA6B)
    h ^= h >> np.uint32(13)
    h *= np.uint32(0xC2B2AE35)
    h ^= h >> np.uint32(16)
    return (h >> np.uint32(8)).astype(np.float64) / 2**23 - 1


def normals(shape, seed, mean=0.0, deviation=1.0):
    """Almost normal numbers: sums of three uniform ones. Sums and products are exact in float64; float32 rounds once."""
    count = int(np.prod(shape))
    total = sum(uniforms(count, 3 * seed + k) for k in range(3))
    return (mean + deviation * total).astype(np.float32).astype(np.float64).reshape(shape)


def record(array):
    """What is kept of an array. Elements: the corners of the first and the last map, and others that uniforms name."""
    flat = array.detach().numpy().reshape(-1)
    count = flat.size
    chosen = sorted({0, count - 1, *(int((u + 1) / 2 * count) for u in uniforms(ELEMENTS - 2, 90))})
    weights = [uniforms(count, 100 + k) for k in range(SUMS)]
    number = lambda x: float(f"{x:.15g}")
    return {
        "rms": number(np.sqrt(np.mean(flat**2))),
        "elements": [[at, number(flat[at])] for at in chosen],
        "sums": [number(np.dot(flat, weight)) for weight in weights],
    }


def differentiated(y, dy, **inputs):
    gradients = torch.autograd.grad(y, list(inputs.values()), dy)
    return {"y": record(y), **{f"d{name}": record(gradient) for name, gradient in zip(inputs, gradients)}}


def tensor(*arguments, positive=False):
    array = normals(*arguments)
    return torch.tensor(np.maximum(array, 0) if positive else array, requires_grad=True)


def convolution(image, outputs, kernel, stride, dilation):
    x = tensor(image, 1, positive=True)  # as after ReLU
    weight = tensor([outputs, image[1], kernel, kernel], 2, 0.0, 1 / 16)
    padding = dilation * (kernel // 2)
    y = torch.nn.functional.conv2d(x, weight, None, stride, padding, dilation)
    dy = tensor(list(y.shape), 3)
    return {"image": image, "outputs": outputs, "kernel": kernel, "stride": stride, "dilation": dilation,
            **differentiated(y, dy, x=x, w=weight)}


def batch_norm(image, mean, deviation):
    channels = image[1]
    x = tensor(image, 1, mean, deviation)
    gamma, beta = tensor([channels], 4, 1.0, 0.25), tensor([channels], 5)
    y = torch.nn.functional.batch_norm(x, None, None, gamma, beta, training=True, eps=EPSILON)
    dy = tensor(list(y.shape), 3)
    variance, average = torch.var_mean(x, dim=(0, 2, 3), unbiased=False)
    return {"image": image, "level": mean, "deviation": deviation, "mean": record(average),
            "variance": record(variance), **differentiated(y, dy, x=x, gamma=gamma, beta=beta)}


def main():
    print(json.dumps({
        "torch": torch.__version__,
        "epsilon": EPSILON,
        "convolutions": [convolution(*case) for case in CONVOLUTIONS],
        "batchNorms": [batch_norm(*case) for case in BATCH_NORMS],
    }))


main()
