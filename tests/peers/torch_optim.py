"""Five updates of PyTorch's optimizers in float64, as JSON:

    python3 tests/peers/torch_optim.py > tests/fixtures/torch-optim.json

Every case has the gradients it was given and the weights after each update, so that whoever reads it needs no PyTorch.
"""
import json
import random

import torch

STEPS, SIZE, RATE = 5, 4, 0.1
CASES = {
    "sgd": (torch.optim.SGD, {}),
    "sgd, momentum and decay": (torch.optim.SGD, {"momentum": 0.9, "weight_decay": 0.05}),
    "sgd, nesterov and decay": (torch.optim.SGD, {"momentum": 0.9, "nesterov": True, "weight_decay": 0.05}),
    "adam": (torch.optim.Adam, {}),
    "adam, other betas and decay": (torch.optim.Adam, {"betas": (0.8, 0.95), "eps": 1e-3, "weight_decay": 0.05}),
    "adamw": (torch.optim.AdamW, {"weight_decay": 0.05}),
    "adamw, other betas": (torch.optim.AdamW, {"betas": (0.8, 0.95), "eps": 1e-3, "weight_decay": 0.3}),
}
CLIP = 1.0  # shorter than some of the gradients, longer than others


def main():
    rng = random.Random(1)
    start = [round(rng.uniform(-1, 1), 3) for _ in range(SIZE)]
    grads = [[round(rng.uniform(-1, 1), 3) for _ in range(SIZE)] for _ in range(STEPS)]
    cases = {}
    for name, (make, options) in CASES.items():
        for clip in (None, CLIP):
            weight = torch.nn.Parameter(torch.tensor(start, dtype=torch.float64))
            optimizer = make([weight], lr=RATE, **options)
            trace = []
            for grad in grads:
                weight.grad = torch.tensor(grad, dtype=torch.float64)
                if clip:
                    torch.nn.utils.clip_grad_norm_([weight], clip)
                optimizer.step()
                trace.append(weight.tolist())
            cases[name + (", clipped" if clip else "")] = trace
    text = json.dumps({"torch": torch.__version__, "rate": RATE, "clip": CLIP, "start": start, "gradients": grads,
                       "weights": cases}, indent=1)
    print(text)


main()
