#!/usr/bin/python3
"""Writes networks of PyTorch's torchvision with random weights, an image and what they make of it in evaluation mode.

Needs Debian's python3-torchvision (apt-get install python3-torchvision, or pip install torch torchvision).

  torchvision_outputs.py OUT_FOLDER NAME ... [--width 1] [--size 97x64] [--classes 10] [--seed 1]

NAME: resnet18-32, resnet34-16, resnet50-8, ... (depth and output stride), mobilenetv2-32, -16 or -8 (output stride),
alexnet, deeplab50 (DeepLab v3 on ResNet-50, full width only) and hrnet18, which torchvision lacks: it is written here
from the architecture's published table.
Each becomes OUT_FOLDER/NAME.safetensors: every entry of its state_dict, `image` [1, 3, H, W] around 0, `features` (of
the last stage; for hrnet18 all resolutions enlarged to the finest and concatenated) and `logits`; the metadata has
the number of trained parameters.

--width multiplies every channel count as the project does (at least 4), by replacing torchvision's layers.
"""
import argparse, json, math, os, struct
import torch
import torch.nn as nn
import torch.nn.functional as F
import torchvision
from torchvision.models.resnet import BasicBlock, Bottleneck, ResNet

DEPTHS = {18: (BasicBlock, [2, 2, 2, 2]), 34: (BasicBlock, [3, 4, 6, 3]),
          50: (Bottleneck, [3, 4, 6, 3]), 101: (Bottleneck, [3, 4, 23, 3])}


def scaled(channels, width):
    return max(4, math.floor(channels * width + 0.5))


def resnet(depth, stride, width, classes):
    block, layers = DEPTHS[depth]
    replaced = [False, stride == 8, stride <= 16]

    class Narrow(ResNet):
        def _make_layer(self, block, planes, *args, **kwargs):
            if planes == 64:
                self.inplanes = scaled(64, width)
            return super()._make_layer(block, scaled(planes, width), *args, **kwargs)

    # torchvision dilates bottlenecks only; basic blocks are dilated below, by the same rule.
    by_torchvision = replaced if block is Bottleneck else [False] * 3
    net = Narrow(block, layers, classes, replace_stride_with_dilation=by_torchvision)
    net.conv1 = nn.Conv2d(3, scaled(64, width), 7, 2, 3, bias=False)
    net.bn1 = nn.BatchNorm2d(scaled(64, width))
    net.fc = nn.Linear(scaled(512, width) * block.expansion, classes)
    if block is BasicBlock:
        dilation = 1
        for layer, replace in zip([net.layer2, net.layer3, net.layer4], replaced):
            previous, dilation = dilation, dilation * 2 if replace else dilation
            for name, module in layer.named_modules():
                if replace and isinstance(module, nn.Conv2d):
                    d = previous if name == "0.conv1" else dilation
                    module.stride = (1, 1)
                    if module.kernel_size == (3, 3):
                        module.dilation = module.padding = (d, d)
    trunk = nn.Sequential(net.conv1, net.bn1, net.relu, net.maxpool, net.layer1, net.layer2, net.layer3, net.layer4)
    return net, trunk, net


def alexnet(width, classes):
    net = torchvision.models.AlexNet(classes)
    inputs = 3
    for i, layer in enumerate(net.features):
        if isinstance(layer, nn.Conv2d):
            outputs = scaled(layer.out_channels, width)
            net.features[i] = nn.Conv2d(inputs, outputs, layer.kernel_size, layer.stride, layer.padding)
            inputs = outputs
    hidden = scaled(4096, width)
    net.classifier[1] = nn.Linear(inputs * 36, hidden)
    net.classifier[4] = nn.Linear(hidden, hidden)
    net.classifier[6] = nn.Linear(hidden, classes)
    return net, net.features, net


def mobilenetv2(stride, width, classes):
    """torchvision does not dilate it; here blocks that would reduce the resolution further keep it, as in ResNet."""
    net = torchvision.models.mobilenet_v2(width_mult=width, num_classes=classes)
    reached, dilation = 1, 1
    for layer in net.features:
        convs = [m for m in layer.modules() if isinstance(m, nn.Conv2d) and m.kernel_size == (3, 3)]
        for conv in convs:
            wanted, previous = conv.stride[0], dilation
            if wanted == 2 and reached == stride:
                conv.stride, dilation = (1, 1), dilation * 2
            reached *= conv.stride[0]
            conv.dilation = conv.padding = (previous, previous)
    return net, net.features[:-1], net


def deeplab(classes):
    net = torchvision.models.segmentation.deeplabv3_resnet50(
        weights=None, weights_backbone=None, num_classes=classes, aux_loss=False)
    features = lambda x: net.backbone(x)["out"]
    return net, features, lambda x: net.classifier(features(x))


def conv_norm(inputs, outputs, kernel, stride=1, relu=True):
    layers = [nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(outputs)]
    return nn.Sequential(*layers, nn.ReLU()) if relu else nn.Sequential(*layers)


class Exchange(nn.Module):
    """A module of HRNet: four residual blocks a branch, then every branch becomes the sum of all."""
    def __init__(self, channels):
        super().__init__()
        self.branches = nn.ModuleList(nn.Sequential(*[BasicBlock(c, c) for _ in range(4)]) for c in channels)
        self.fuse_layers = nn.ModuleList()
        for to, goal in enumerate(channels):
            row = nn.ModuleList()
            for origin, c in enumerate(channels):
                if origin == to:
                    row.append(nn.Identity())
                elif origin > to:
                    row.append(conv_norm(c, goal, 1, relu=False))
                else:
                    halvings = [conv_norm(c, c, 3, 2) for _ in range(to - origin - 1)]
                    row.append(nn.Sequential(*halvings, conv_norm(c, goal, 3, 2, relu=False)))
            self.fuse_layers.append(row)

    def forward(self, x):
        x = [branch(y) for branch, y in zip(self.branches, x)]
        size = lambda i: x[i].shape[2:]
        enlarge = lambda y, i: F.interpolate(y, size=size(i), mode="bilinear", align_corners=False)
        part = lambda i, j: enlarge(self.fuse_layers[i][j](x[j]), i) if j > i else self.fuse_layers[i][j](x[j])
        return [F.relu(sum(part(i, j) for j in range(len(x)))) for i in range(len(x))]


class HRNet(nn.Module):
    def __init__(self, width, classes):
        super().__init__()
        stem, finest = scaled(64, width), lambda i: scaled(18 * 2 ** i, width)
        self.conv1, self.bn1 = nn.Conv2d(3, stem, 3, 2, 1, bias=False), nn.BatchNorm2d(stem)
        self.conv2, self.bn2 = nn.Conv2d(stem, stem, 3, 2, 1, bias=False), nn.BatchNorm2d(stem)
        project = conv_norm(stem, 4 * stem, 1, relu=False)
        self.layer1 = nn.Sequential(Bottleneck(stem, stem, downsample=project),
                                    *[Bottleneck(4 * stem, stem) for _ in range(3)])
        channels = [4 * stem]
        for number, modules in ((2, 1), (3, 4), (4, 3)):
            wanted = [finest(i) for i in range(number)]
            # A branch that has its channels already goes on as it is.
            steps = [nn.Identity() if i < len(channels) and channels[i] == c
                     else conv_norm(channels[i], c, 3) if i < len(channels)
                     else nn.Sequential(conv_norm(channels[-1], c, 3, 2)) for i, c in enumerate(wanted)]
            setattr(self, f"transition{number - 1}", nn.ModuleList(steps))
            setattr(self, f"stage{number}", nn.Sequential(*[Exchange(wanted) for _ in range(modules)]))
            channels = wanted
        total = sum(channels)
        self.last_layer = nn.Sequential(nn.Conv2d(total, total, 1, bias=False), nn.BatchNorm2d(total), nn.ReLU(),
                                        nn.Conv2d(total, classes, 1))

    def features(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = [self.layer1(F.relu(self.bn2(self.conv2(x))))]
        for number in (2, 3, 4):
            transition = getattr(self, f"transition{number - 1}")
            x = [step(x[i] if i < len(x) else x[-1]) for i, step in enumerate(transition)]
            x = getattr(self, f"stage{number}")(x)
        return torch.cat([F.interpolate(y, size=x[0].shape[2:], mode="bilinear", align_corners=False) for y in x], 1)

    def forward(self, x):
        return self.last_layer(self.features(x))


def create(name, width, classes):
    if name == "alexnet":
        return alexnet(width, classes)
    if name == "deeplab50":
        return deeplab(classes)
    if name == "hrnet18":
        net = HRNet(width, classes)
        return net, net.features, net
    if name.startswith("mobilenetv2"):
        return mobilenetv2(int(name.split("-")[1]), width, classes)
    depth, stride = name.removeprefix("resnet").split("-")
    return resnet(int(depth), int(stride), width, classes)


def randomise(net):
    """Statistics, scales and shifts as training leaves them, small enough that a hundred layers do not explode."""
    for name, value in net.state_dict().items():
        if name.endswith("running_mean") or (name.endswith("bias")):
            value.uniform_(-0.2, 0.2)
        elif name.endswith("running_var"):
            value.uniform_(0.4, 0.9)
        elif name.endswith("weight") and value.dim() == 1:
            value.uniform_(0.4, 0.9)


def write(path, tensors, metadata):
    header, offset = {"__metadata__": metadata}, 0
    for name, value in tensors.items():
        size = value.numel() * 4
        header[name] = {"dtype": "F32", "shape": list(value.shape), "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)))
        file.write(text)
        for value in tensors.values():
            file.write(value.detach().contiguous().float().numpy().tobytes())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out")
    parser.add_argument("names", nargs="+")
    parser.add_argument("--width", type=float, default=1)
    parser.add_argument("--size", default="97x64")
    parser.add_argument("--classes", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    height, width = map(int, args.size.split("x"))
    for name in args.names:
        torch.manual_seed(args.seed)
        net, features, logits = create(name, args.width, args.classes)
        randomise(net)
        net.eval()
        image = torch.randn(1, 3, height, width)
        with torch.no_grad():
            tensors = {"image": image, "features": features(image), "logits": logits(image)}
        state = {k: v for k, v in net.state_dict().items() if not k.endswith("num_batches_tracked")}
        count = sum(p.numel() for p in net.parameters())
        metadata = {"name": name, "width": str(args.width), "parameters": str(count)}
        write(os.path.join(args.out, f"{name}.safetensors"), {**state, **tensors}, metadata)


if __name__ == "__main__":
    main()
