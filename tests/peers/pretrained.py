#!/usr/bin/python3
"""Networks of other programs by their names, and what PyTorch computes with them: for tests/pretrained.test.ts.

Needs Debian's python3-torchvision. Weights follow from a formula (`numbers`), so that only names, shapes and outputs are
stored; tests/pretrained.ts has the same formula.

  pretrained.py > tests/fixtures/pretrained.json
  pretrained.py --save FOLDER [--width 1]    also writes the state dicts of torchvision's networks there, by torch.save:
                                             NAME.pth (zip), NAME-legacy.pth, NAME-half.pth; and by other writers
                                             NAME.onnx, NAME.npz, NAME.safetensors. Outputs with weights that were
                                             rounded to half precision are "half" beside "outputs".

Where a network of the project differs from torchvision's by design (DeepLab's dilations and poolings in VGG-16; dilation
in place of strides), torchvision's layers are changed to be the same here.
"""
import argparse, base64, json, math, os, sys, zlib
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
import torchvision

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "bench", "peers"))
import torchvision_outputs as peers
from torchvision_outputs import scaled

CLASSES = 5
MEAN, DEVIATION = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
CAFFE_MEAN = [122.67891434, 116.66876762, 104.00698793]


def numbers(name, shape, offset, scale):
    """offset + scale u, with u in [-1, 1) from a hash of the name and the index."""
    mask = np.uint64(0xFFFFFFFF)
    h = (np.arange(int(np.prod(shape)), dtype=np.uint64) * np.uint64(2654435761) + np.uint64(zlib.crc32(name.encode()))) & mask
    h ^= h >> np.uint64(16)
    h = (h * np.uint64(0x45D9F3B)) & mask
    h ^= h >> np.uint64(16)
    return (offset + scale * (h.astype(np.float64) / 2**31 - 1)).astype(np.float32).reshape(shape)


class File:
    """Tensors of a file by name: how each is made, and its numbers."""
    def __init__(self):
        self.rules, self.values = {}, {}

    def add(self, name, shape, role, fan_in=1):
        offset, scale = {"weight": (0, math.sqrt(6 / fan_in)), "bias": (0, 0.2), "mean": (0, 0.2), "beta": (0, 0.2),
                         "gamma": (0.65, 0.25), "var": (0.65, 0.25)}[role]
        self.rules[name] = [list(shape), offset, scale]
        self.values[name] = torch.from_numpy(numbers(name, shape, offset, scale))
        return self.values[name]


ROUNDED = False  # whether networks compute with weights that were rounded to half precision


def fill(net):
    """Replaces the state of a PyTorch network by the formula's numbers. Returns the file of its state dict."""
    file, state = File(), {}
    for name, value in net.state_dict().items():
        if name.endswith("num_batches_tracked"):
            state[name] = value
            continue
        last, shape = name.rsplit(".", 1)[1], list(value.shape)
        normed = f"{name.rsplit('.', 1)[0]}.running_mean" in net.state_dict()
        role = {"running_mean": "mean", "running_var": "var", "weight": "gamma" if normed else "weight", "bias": "bias"}[last]
        state[name] = file.add(name, shape, role, math.prod(shape[1:]) if len(shape) > 1 else 1)
    if ROUNDED:
        state = {name: value.half().float() if value.is_floating_point() else value for name, value in state.items()}
    net.load_state_dict(state)
    net.eval()
    return file


def fresh(name, shape):
    """A variable of the project's network that no file gives, by its path."""
    return torch.from_numpy(numbers(name, shape, 0, 0.2 if len(shape) == 1 else math.sqrt(6 / math.prod(shape[1:]))))


def image(height, width):
    return torch.from_numpy(numbers("image", [1, 3, height, width], 127.5, 127))


def normalised(x):
    shape = [1, 3, 1, 1]
    return (x / 255 - torch.tensor(MEAN).view(shape)) / torch.tensor(DEVIATION).view(shape)


# --- VGG-16 -------------------------------------------------------------------------------------------------------------

def vgg(width, normed):
    """torchvision's, narrow."""
    cfg = [scaled(c, width) if c != "M" else c for c in torchvision.models.vgg.cfgs["D"]]
    net = torchvision.models.VGG(torchvision.models.vgg.make_layers(cfg, batch_norm=normed), num_classes=10, init_weights=False)
    hidden = 4 * scaled(1024, width)
    net.classifier = nn.Sequential(nn.Linear(scaled(512, width) * 49, hidden), nn.ReLU(), nn.Dropout(),
                                   nn.Linear(hidden, hidden), nn.ReLU(), nn.Dropout(), nn.Linear(hidden, 10))
    return net


def deeplab_features(features, x):
    """VGG's layers with DeepLab's poolings (3x3, the last two of stride 1, then an average) and dilation of 2 in block 5."""
    block = 1
    for layer in features:
        if isinstance(layer, nn.MaxPool2d):
            x = F.max_pool2d(x, 3, 2 if block <= 3 else 1, 1)
            block += 1
        elif isinstance(layer, nn.Conv2d):
            d = 2 if block == 5 else 1
            x = F.conv2d(x, layer.weight, layer.bias, padding=d, dilation=d)
        else:
            x = layer(x)
    return F.avg_pool2d(x, 3, 1, 1, count_include_pad=False)


def largefov(classifier, x, task):
    """DeepLab's head: every fourth output and the taps 0, 3, 6 of the fully connected layers; the last layer is fresh."""
    fc6, fc7 = classifier[0], classifier[3]
    channels = x.shape[1]
    w6 = fc6.weight.view(fc6.out_features, channels, 7, 7)[::4, :, ::3, ::3]
    w7 = fc7.weight[::4, ::4, None, None]
    x = F.relu(F.conv2d(x, w6, fc6.bias[::4], padding=12, dilation=12))
    x = F.relu(F.conv2d(x, w7, fc7.bias[::4]))
    return F.conv2d(x, fresh(f"{task}.fc8.weight", [CLASSES, x.shape[1], 1, 1]), fresh(f"{task}.fc8.bias", [CLASSES]))


def case_vgg(width, normed, size=(65, 73)):
    net = vgg(width, normed)
    file = fill(net)
    features = deeplab_features(net.features, normalised(image(*size)))
    return net, file, {"seg.features": features, "seg.logits": largefov(net.classifier, features, "seg")}


VGG_CONVS = [f"conv{b}_{i}" for b, n in enumerate([2, 2, 3, 3, 3], 1) for i in range(1, n + 1)]


def case_caffe(width, size=(65, 73)):
    """DeepLab-LargeFOV as Caffe names it: blue, green, red from 0 to 255, fc6 and fc7 as convolutions."""
    file, x = File(), None
    net = vgg(width, False)
    convs = [layer for layer in net.features if isinstance(layer, nn.Conv2d)]
    for name, conv in zip(VGG_CONVS, convs):
        conv.weight.data = file.add(f"{name}.weight", list(conv.weight.shape), "weight", math.prod(conv.weight.shape[1:]))
        conv.bias.data = file.add(f"{name}.bias", list(conv.bias.shape), "bias")
    bgr = (image(*size) - torch.tensor(CAFFE_MEAN).view(1, 3, 1, 1)).flip(1)
    features = deeplab_features(net.features, bgr)
    hidden, channels = scaled(1024, width), features.shape[1]
    x = F.relu(F.conv2d(features, file.add("fc6.weight", [hidden, channels, 3, 3], "weight", channels * 9),
                        file.add("fc6.bias", [hidden], "bias"), padding=12, dilation=12))
    x = F.relu(F.conv2d(x, file.add("fc7.weight", [hidden, hidden, 1, 1], "weight", hidden), file.add("fc7.bias", [hidden], "bias")))
    file.add("fc8_voc12.weight", [21, hidden, 1, 1], "weight", hidden)
    logits = F.conv2d(x, fresh("seg.fc8.weight", [CLASSES, hidden, 1, 1]), fresh("seg.fc8.bias", [CLASSES]))
    return net, file, {"seg.features": features, "seg.logits": logits}


# --- TensorFlow -----------------------------------------------------------------------------------------------------------

class Tensorflow:
    """Layers whose weights are those of a file in TensorFlow's layout."""
    def __init__(self, names):
        self.file, self.names = File(), names

    def conv(self, name, x, outputs, kernel, padding=None, **options):
        inputs = x.shape[1]
        w = self.file.add(f"{name}/{self.names['weight']}", [kernel, kernel, inputs, outputs], "weight", inputs * kernel**2)
        return F.conv2d(x, w.permute(3, 2, 0, 1), padding=kernel // 2 if padding is None else padding, **options)

    def depthwise(self, name, x, **options):
        w = self.file.add(f"{name}/depthwise_kernel", [3, 3, x.shape[1], 1], "weight", 9)
        return F.conv2d(x, w.permute(2, 3, 0, 1), groups=x.shape[1], **options)

    def norm(self, name, x):
        parts = [("moving_mean", "mean"), ("moving_variance", "var"), ("gamma", "gamma"), ("beta", "beta")]
        mean, var, gamma, beta = [self.file.add(f"{name}/{n}", [x.shape[1]], role) for n, role in parts]
        return F.batch_norm(x, mean, var, gamma, beta, eps=1e-3)

    def slim(self, name, x, outputs, kernel, **options):
        return F.relu(self.norm(f"{name}/BatchNorm", self.conv(name, x, outputs, kernel, **options)))


def case_published(width, size=(65, 73)):
    """The published NDDR network; at odd sizes TensorFlow's padding is symmetric."""
    tf = Tensorflow({"weight": "weights"})
    towers = [(image(*size) - torch.tensor(CAFFE_MEAN).view(1, 3, 1, 1)).flip(1)] * 2
    for block, (count, channels) in enumerate(zip([2, 2, 3, 3, 3], [64, 128, 256, 512, 512]), 1):
        d, c = 2 if block == 5 else 1, scaled(channels, width)
        pooled = []
        for t, x in enumerate(towers, 1):
            for i in range(1, count + 1):
                x = tf.slim(f"vgg_16_{t}_{block}/conv{block}/conv{block}_{i}", x, c, 3, padding=d, dilation=d)
            x = F.max_pool2d(x, 3, 2 if block <= 3 else 1, 1)
            pooled.append(F.avg_pool2d(x, 3, 1, 1, count_include_pad=False) if block == 5 else x)
        both = torch.cat(pooled, 1)
        towers = [tf.slim(f"nddr_{block}/nddr_{block}_n{t}", both, c, 1) for t in (1, 2)]
    outputs = {}
    for t, (task, x) in enumerate(zip(["seg", "facing"], towers), 1):
        outputs[f"{task}.features"] = x
        x = tf.slim(f"vgg_16_{t}_6/fc6", x, scaled(1024, width), 3, padding=12, dilation=12)
        x = tf.slim(f"vgg_16_{t}_6/fc7", x, scaled(1024, width), 1)
        classes = CLASSES if task == "seg" else 3
        y = tf.conv(f"vgg_16_{t}_6/fc8_voc12", x, classes, 1)
        outputs[f"{task}.logits"] = y + tf.file.add(f"vgg_16_{t}_6/fc8_voc12/biases", [classes], "bias").view(1, -1, 1, 1)
    tf.file.add("global_step", [], "bias")
    tf.file.add("vgg_16_1_1/conv1/conv1_1/weights/Momentum", [3, 3, 3, scaled(64, width)], "bias")
    return None, tf.file, outputs


def case_keras(width, size=(64, 80)):
    """MobileNetV2 of Keras: epsilon 1e-3, and before a stride of 2 padding after the map only, where its size is even."""
    tf = Tensorflow({"weight": "kernel"})
    divisible = lambda c: torchvision.models._utils._make_divisible(c * width, 8)
    padded = lambda x: F.pad(x, [x.shape[3] % 2, 1, x.shape[2] % 2, 1])
    x = image(*size) / 127.5 - 1
    x = F.relu6(tf.norm("bn_Conv1", tf.conv("Conv1", padded(x), divisible(32), 3, padding=0, stride=2)))
    block = 0
    for t, c, n, s in [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]:
        for i in range(n):
            name = f"block_{block}" if block else "expanded_conv"
            y, stride = x, s if i == 0 else 1
            if block:
                y = F.relu6(tf.norm(f"{name}_expand_BN", tf.conv(f"{name}_expand", y, t * x.shape[1], 1)))
            y = tf.depthwise(f"{name}_depthwise", padded(y), stride=2) if stride == 2 else tf.depthwise(f"{name}_depthwise", y, padding=1)
            y = F.relu6(tf.norm(f"{name}_depthwise_BN", y))
            y = tf.norm(f"{name}_project_BN", tf.conv(f"{name}_project", y, divisible(c), 1))
            x = x + y if stride == 1 and x.shape[1] == y.shape[1] else y
            block += 1
    features = x
    x = F.relu6(tf.norm("Conv_1_bn", tf.conv("Conv_1", x, torchvision.models._utils._make_divisible(1280 * max(1, width), 8), 1)))
    x = x.mean([2, 3], keepdim=True)
    logits = F.conv2d(x, fresh("kind.fc.weight", [CLASSES, x.shape[1], 1, 1]), fresh("kind.fc.bias", [CLASSES]))
    return None, tf.file, {"kind.features": features, "kind.logits": logits}


# --- torchvision's others ---------------------------------------------------------------------------------------------------

def case_resnet(depth, stride, width, size=(65, 73)):
    net, trunk, _ = peers.resnet(depth, stride, width, 10)
    file = fill(net)
    return net, file, {"seg.features": trunk(normalised(image(*size)))}


def case_alexnet(width, size=(95, 103)):
    net, features, _ = peers.alexnet(width, 10)
    file = fill(net)
    x = features(normalised(image(*size)))
    hidden = net.classifier[:6](torch.flatten(F.adaptive_avg_pool2d(x, 6), 1))[:, :, None, None]
    logits = F.conv2d(hidden, fresh("kind.fc8.weight", [CLASSES, hidden.shape[1], 1, 1]), fresh("kind.fc8.bias", [CLASSES]))
    return net, file, {"kind.features": x, "kind.logits": logits}


def case_mobilenet(stride, width, size=(65, 73)):
    net, features, _ = peers.mobilenetv2(stride, width, 10)
    file = fill(net)
    x = normalised(image(*size))
    pooled = net.features(x).mean([2, 3], keepdim=True)
    logits = F.conv2d(pooled, fresh("kind.fc.weight", [CLASSES, pooled.shape[1], 1, 1]), fresh("kind.fc.bias", [CLASSES]))
    return net, file, {"kind.features": features(x), "kind.logits": logits}


def case_hrnet(width, size=(65, 73)):
    net = peers.HRNet(width, 10)
    file = fill(net)
    return net, file, {"seg.features": net.features(normalised(image(*size)))}


# name: how it is made (of a width), the width that is recorded
CASES = {
    "vgg16": (lambda w: case_vgg(w, False), 1 / 16),
    "vgg16_bn": (lambda w: case_vgg(w, True), 1 / 16),
    "resnet18": (lambda w: case_resnet(18, 8, w), 1 / 16),
    "resnet50": (lambda w: case_resnet(50, 16, w), 1 / 16),
    "alexnet": (case_alexnet, 1 / 16),
    "mobilenet_v2": (lambda w: case_mobilenet(16, w), 1 / 8),
    "hrnet18": (case_hrnet, 1 / 9),
    "caffe": (case_caffe, 1 / 16),
    "published": (case_published, 1 / 16),
    "keras_mobilenet_v2": (case_keras, 1 / 8),
}
SAVED = ["vgg16", "vgg16_bn", "resnet50", "alexnet", "mobilenet_v2"]


def sized(outputs):
    return {k: {"shape": list(v.shape), "data": base64.b64encode(v.contiguous().numpy().astype("<f4").tobytes()).decode()}
            for k, v in outputs.items()}


def described(name, width):
    with torch.no_grad():
        net, file, outputs = CASES[name][0](width)
    return net, {"width": width, "tensors": file.rules, "outputs": sized(outputs)}


def rounded_outputs(name, width):
    global ROUNDED
    ROUNDED = True
    with torch.no_grad():
        outputs = CASES[name][0](width)[2]
    ROUNDED = False
    return sized(outputs)


def save_safetensors(path, state):
    header, chunks, at = {}, [], 0
    for name, value in state.items():
        data = value.contiguous().numpy().tobytes()
        dtype = {torch.float32: "F32", torch.int64: "I64"}[value.dtype]
        header[name] = {"dtype": dtype, "shape": list(value.shape), "data_offsets": [at, at + len(data)]}
        chunks.append(data)
        at += len(data)
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text + b"".join(chunks))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--save")
    parser.add_argument("--width", type=float)
    args = parser.parse_args()
    torch.set_num_threads(1)
    result = {}
    for name in SAVED if args.save else CASES:
        net, result[name] = described(name, args.width or CASES[name][1])
        if not args.save:
            continue
        path = os.path.join(args.save, name)
        state = net.state_dict()
        torch.save(state, f"{path}.pth")
        torch.save(state, f"{path}-legacy.pth", _use_new_zipfile_serialization=False)
        torch.save({k: v.half() if v.is_floating_point() else v for k, v in state.items()}, f"{path}-half.pth")
        result[name]["half"] = rounded_outputs(name, result[name]["width"])
        np.savez(f"{path}.npz", **{k: v.numpy() for k, v in state.items()})
        save_safetensors(f"{path}.safetensors", state)
        # In this mode the export folds no batch normalisation into convolutions, which would take the names away.
        torch.onnx.export(net, torch.zeros(1, 3, 224, 224), f"{path}.onnx", training=torch.onnx.TrainingMode.PRESERVE,
                          do_constant_folding=False)
    json.dump(result, sys.stdout, separators=(",", ":"))
    print()


if __name__ == "__main__":
    main()
