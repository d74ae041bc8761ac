"""Writes small files of weights in the formats of ONNX, TensorFlow.js, Caffe and TensorFlow, and what they hold.

python3 tests/peers/weight_formats.py FOLDER [KIND ...]

Each file FILE gets a FILE.expected.json: names to dtype, shape and numbers. ONNX files are written by onnx, those of
Caffe by protobuf from the fields of caffe.proto; the others by this script, which shares no code with the project and
follows tfjs-converter's quantization and TensorFlow's tensor_bundle with LevelDB's tables. Needs numpy, onnx, protobuf.
"""
import json
import os
import struct
import sys

import numpy as np

RNG = np.random.RandomState(7)
CODES = {'float64': 'F64', 'float32': 'F32', 'float16': 'F16', 'int64': 'I64', 'int32': 'I32', 'int16': 'I16',
         'int8': 'I8', 'uint64': 'U64', 'uint32': 'U32', 'uint16': 'U16', 'uint8': 'U8', 'bool': 'BOOL'}


def normal(*shape, dtype='float32'):
    return RNG.standard_normal(shape).astype(dtype)


def bfloat16_bits(array):
    """The upper halves of float32 numbers."""
    return (np.ascontiguousarray(array, '<f4').view('<u4') >> 16).astype('<u2')


def expect(path, tensors):
    """tensors: name to array, or to (dtype, array) where NumPy lacks the type."""
    found = {}
    for name, value in tensors.items():
        code, array = value if isinstance(value, tuple) else (CODES[str(value.dtype)], value)
        # The shortest text of a float32 is far shorter than that of the float64 equal to it.
        numbers = array.ravel().astype('float64').tolist() if array.dtype != 'float32' else \
            [float(str(number)) for number in array.ravel()]
        found[name] = {'dtype': code, 'shape': list(array.shape), 'values': numbers}
    with open(f'{path}.expected.json', 'w') as file:
        json.dump(found, file, separators=(',', ':'))
        file.write('\n')


def widened(bits):
    return (bits.astype('<u4') << 16).view('<f4')


# --- ONNX, by onnx itself -------------------------------------------------------------------------------------------


def write_onnx(folder):
    import onnx
    from onnx import TensorProto, helper, numpy_helper
    from onnx.external_data_helper import convert_model_to_external_data

    kernel, bias = normal(4, 3, 3, 3), normal(4)
    bits = bfloat16_bits(normal(5))
    arrays = {
        'raw.float': kernel, 'raw.half': normal(3, 2, dtype='float16'), 'raw.double': normal(2, 2, dtype='float64'),
        'raw.int64': np.array([-(2**40), 5], 'int64'), 'raw.bool': np.array([[True, False, True]]),
        'raw.scalar': np.array(2.5, 'float32'), 'raw.empty': np.zeros((0, 3), 'float32'),
        'raw.int8': np.array([-128, 127], 'int8'), 'raw.uint16': np.array([65535, 1], 'uint16'),
    }
    initializers = [numpy_helper.from_array(array, name) for name, array in arrays.items()]
    typed = {
        'typed.float': bias, 'typed.double': normal(3, dtype='float64'), 'typed.half': normal(4, dtype='float16'),
        'typed.int32': np.array([-(2**31), 7], 'int32'), 'typed.int8': np.array([-5, 100], 'int8'),
        'typed.uint8': np.array([0, 255], 'uint8'), 'typed.int64': np.array([-1, 2**50], 'int64'),
        'typed.uint64': np.array([2**52, 3], 'uint64'), 'typed.uint32': np.array([2**32 - 1], 'uint32'),
        'typed.bool': np.array([True, False]), 'typed.int16': np.array([-300, 300], 'int16'),
    }
    for name, array in typed.items():
        kind = helper.np_dtype_to_tensor_dtype(array.dtype) if hasattr(helper, 'np_dtype_to_tensor_dtype') else \
            onnx.mapping.NP_TYPE_TO_TENSOR_TYPE[array.dtype]
        values = array.view('<u2') if array.dtype == np.float16 else array
        if array.dtype == np.float16:  # make_tensor takes the numbers of this type, not their bits
            tensor = TensorProto(name=name, data_type=kind, dims=array.shape)
            tensor.int32_data.extend(int(value) for value in values)
        else:
            tensor = helper.make_tensor(name, kind, array.shape, values.ravel().tolist())
        initializers.append(tensor)
    brain = TensorProto(name='typed.bfloat16', data_type=TensorProto.BFLOAT16, dims=[5])
    brain.int32_data.extend(int(value) for value in bits)
    initializers.append(brain)
    initializers.append(helper.make_tensor('words', TensorProto.STRING, [1], [b'a text']))
    constant = normal(2, 3)
    nodes = [
        helper.make_node('Constant', [], ['constant'], value=numpy_helper.from_array(constant, 'inner')),
        helper.make_node('Constant', [], ['number'], value_float=1.0),
        helper.make_node('Identity', ['typed.float'], ['again']),
        helper.make_node('Identity', ['image'], ['same']),
        helper.make_node('Conv', ['image', 'raw.float', 'typed.float'], ['features']),
    ]
    graph = helper.make_graph(
        nodes, 'graph', [helper.make_tensor_value_info('image', TensorProto.FLOAT, [1, 3, 8, 8])],
        [helper.make_tensor_value_info('features', TensorProto.FLOAT, [1, 4, 6, 6])], initializers)
    model = helper.make_model(graph, producer_name='weight_formats.py')
    helper.set_model_props(model, {'classes': 'wall, floor'})
    path = os.path.join(folder, 'typed.onnx')
    onnx.save(model, path)
    expect(path, {**arrays, **typed, 'typed.bfloat16': ('BF16', widened(bits)), 'constant': constant,
                  'again': bias})

    outside = {'first': normal(8, 3, 3, 3), 'second': normal(300), 'small': normal(2)}
    graph = helper.make_graph([], 'graph', [], [], [numpy_helper.from_array(a, n) for n, a in outside.items()])
    model = helper.make_model(graph)
    convert_model_to_external_data(model, all_tensors_to_one_file=True, location='outside.data', size_threshold=64)
    path = os.path.join(folder, 'outside.onnx')
    if os.path.exists(os.path.join(folder, 'outside.data')):
        os.remove(os.path.join(folder, 'outside.data'))  # onnx would append to it
    onnx.save(model, path)
    expect(path, outside)


# --- TensorFlow.js ---------------------------------------------------------------------------------------------------


def quantized(array, dtype):
    """As tfjs-converter: codes from the smallest to the largest number, so that 0 is one of them."""
    levels = np.iinfo(dtype).max
    low, high = min(0.0, float(array.min())), max(0.0, float(array.max()))
    scale = (high - low) / levels
    low = -round(-low / scale) * scale
    codes = np.round((array.astype('float64') - low) / scale).clip(0, levels).astype(dtype)
    return codes, {'dtype': dtype, 'scale': scale, 'min': low}


def write_tfjs(folder):
    kernel, gamma = normal(3, 3, 3, 8), normal(8) + 1
    deep, steps = normal(1, 1, 8, 4), np.array([3, 250, 77], 'int32')
    half = normal(5, dtype='float16')
    groups, wanted = [], {}

    def tensor(name, array, dtype, how=None):
        entry = {'name': name, 'shape': list(array.shape), 'dtype': dtype}
        stored, held = array, array
        if how == 'float16':
            stored = held = array.astype('float16')
            entry['quantization'] = {'dtype': 'float16'}
        elif how:
            stored, entry['quantization'] = quantized(array, how)
            numbers = stored.astype('float64') * entry['quantization']['scale'] + entry['quantization']['min']
            held = np.floor(numbers + 0.5).astype('int32') if dtype == 'int32' else numbers.astype('float32')
        wanted[name] = held
        return entry, stored.tobytes()

    def group(shards, *tensors):
        data = b''.join(stored for _, stored in tensors)
        number, size = len(groups) + 1, -(-len(data) // shards)
        paths = [f'group{number}-shard{i + 1}of{shards}.bin' for i in range(shards)]
        for i, path in enumerate(paths):
            with open(os.path.join(folder, path), 'wb') as file:
                file.write(data[i * size:(i + 1) * size])
        groups.append({'paths': paths, 'weights': [entry for entry, _ in tensors]})

    group(3, tensor('Conv1/kernel', kernel, 'float32', 'uint8'), tensor('bn_Conv1/gamma', gamma, 'float32'),
          tensor('mask', np.array([True, False, True]), 'bool'), tensor('deep/kernel', deep, 'float32', 'uint16'))
    group(1, tensor('steps', steps, 'int32'), tensor('quantized steps', steps * 1000, 'int32', 'uint8'),
          tensor('half', half, 'float32', 'float16'), tensor('bytes', np.arange(4, dtype='uint8'), 'uint8'),
          tensor('scalar', np.array(0.5, 'float32'), 'float32'))
    topologies = {
        'layers.json': {'modelTopology': {'class_name': 'Model', 'config': {}}, 'format': 'layers-model'},
        'graph.json': {'modelTopology': {'node': []}, 'format': 'graph-model', 'convertedBy': 'weight_formats.py'},
    }
    for name, head in topologies.items():
        with open(os.path.join(folder, name), 'w') as file:
            json.dump({**head, 'weightsManifest': groups}, file)
            file.write('\n')
        expect(os.path.join(folder, name), wanted)
    with open(os.path.join(folder, 'weights_manifest.json'), 'w') as file:
        json.dump(groups, file)
        file.write('\n')
    expect(os.path.join(folder, 'weights_manifest.json'), wanted)


# --- Caffe, by protobuf from the fields of caffe.proto that hold weights ---------------------------------------------


def caffe_messages():
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
    file = descriptor_pb2.FileDescriptorProto(name='caffe.proto', package='caffe', syntax='proto2')
    kinds = descriptor_pb2.FieldDescriptorProto
    plain = {'int64': kinds.TYPE_INT64, 'int32': kinds.TYPE_INT32, 'float': kinds.TYPE_FLOAT,
             'double': kinds.TYPE_DOUBLE, 'string': kinds.TYPE_STRING}
    for name, fields in {
        'BlobShape': [('dim', 1, '*int64')],
        'BlobProto': [('num', 1, 'int64'), ('channels', 2, 'int64'), ('height', 3, 'int64'), ('width', 4, 'int64'),
                      ('data', 5, '*float'), ('diff', 6, '*float'), ('shape', 7, 'BlobShape'),
                      ('double_data', 8, '*double')],
        'LayerParameter': [('name', 1, 'string'), ('type', 2, 'string'), ('bottom', 3, '*string'),
                           ('top', 4, '*string'), ('blobs', 7, '*BlobProto')],
        # The type is the enum V1LayerParameter.LayerType; an int32 has the same bytes.
        'V1LayerParameter': [('bottom', 2, '*string'), ('top', 3, '*string'), ('name', 4, 'string'),
                             ('type', 5, 'int32'), ('blobs', 6, '*BlobProto')],
        'NetParameter': [('name', 1, 'string'), ('layers', 2, '*V1LayerParameter'), ('layer', 100, '*LayerParameter')],
    }.items():
        message = file.message_type.add(name=name)
        for field, number, kind in fields:
            repeated, kind = kind.startswith('*'), kind.lstrip('*')
            added = message.field.add(name=field, number=number,
                                      label=kinds.LABEL_REPEATED if repeated else kinds.LABEL_OPTIONAL)
            if kind in plain:
                added.type = plain[kind]
                if repeated and kind != 'string':
                    added.options.packed = True
            else:
                added.type, added.type_name = kinds.TYPE_MESSAGE, f'.caffe.{kind}'
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.MessageFactory(pool).GetPrototype(pool.FindMessageTypeByName('caffe.NetParameter'))


def write_caffe(folder):
    Net = caffe_messages()

    def fill(blob, array, legacy):
        if legacy:
            sizes = [1] * (4 - array.ndim) + list(array.shape)
            blob.num, blob.channels, blob.height, blob.width = sizes
        else:
            blob.shape.dim.extend(array.shape)
        (blob.double_data if array.dtype == np.float64 else blob.data).extend(array.ravel().tolist())

    def write(path, net, tensors):
        with open(path, 'wb') as file:
            file.write(net.SerializeToString())
        expect(path, tensors)

    net = Net(name='today')
    tensors = {}
    net.layer.add(name='data', type='Input', top=['data'])
    for name, kind, arrays, roles in [
        ('conv1_1', 'Convolution', [normal(4, 3, 3, 3), normal(4)], ['weight', 'bias']),
        ('bn1', 'BatchNorm', [normal(4), normal(4), normal(1)], ['mean', 'variance', 'factor']),
        ('scale1', 'Scale', [normal(4), normal(4)], ['weight', 'bias']),
        ('relu1', 'PReLU', [normal(4)], ['0']),
        ('fc8', 'InnerProduct', [normal(2, 16, dtype='float64'), normal(2, dtype='float64')], ['weight', 'bias']),
    ]:
        layer = net.layer.add(name=name, type=kind, bottom=['data'], top=['data'])
        for array, role in zip(arrays, roles):
            fill(layer.blobs.add(), array, False)
            tensors[f'{name}.{role}'] = array
    write(os.path.join(folder, 'today.caffemodel'), net, tensors)

    # DeepLab-LargeFOV, narrow.
    net = Net(name='VGG_ILSVRC_16_layers')
    tensors = {}
    net.layers.add(name='data', type=5, top=['data'])
    channels = {'conv1_1': (3, 2), 'conv1_2': (2, 2), 'conv2_1': (2, 3), 'conv2_2': (3, 3), 'conv3_1': (3, 3),
                'conv3_2': (3, 3), 'conv3_3': (3, 3), 'conv4_1': (3, 4), 'conv4_2': (4, 4), 'conv4_3': (4, 4),
                'conv5_1': (4, 4), 'conv5_2': (4, 4), 'conv5_3': (4, 4), 'fc6': (4, 5), 'fc7': (5, 5),
                'fc8_voc12': (5, 3)}
    for name, (taken, given) in channels.items():
        side = 1 if name in ('fc7', 'fc8_voc12') else 3
        layer = net.layers.add(name=name, type=4, bottom=['data'], top=['data'])
        for array, role in ((normal(given, taken, side, side), 'weight'), (normal(given), 'bias')):
            fill(layer.blobs.add(), array, True)
            tensors[f'{name}.{role}'] = array
        layer.blobs[0].diff.extend([0.0] * 3)
    layer = net.layers.add(name='classes', type=14)
    for array, role in ((normal(3, 7), 'weight'), (normal(3), 'bias')):
        fill(layer.blobs.add(), array, True)
        tensors[f'classes.{role}'] = array
    write(os.path.join(folder, 'version1.caffemodel'), net, tensors)


# --- TensorFlow checkpoints ------------------------------------------------------------------------------------------


def varint(number):
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes(out) + bytes([number])


def field(number, value):
    """A field of a message: varint, bytes, or fixed32 given as a tuple."""
    if isinstance(value, tuple):
        return varint(number << 3 | 5) + struct.pack('<I', *value)
    if isinstance(value, bytes):
        return varint(number << 3 | 2) + varint(len(value)) + value
    return varint(number << 3) + varint(value) if value else b''  # proto3 leaves zeros out


CRC_TABLE = []
for byte in range(256):
    for _ in range(8):
        byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
    CRC_TABLE.append(byte)


def masked_crc(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ CRC_TABLE[(crc ^ byte) & 0xFF]
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


class Block:
    """Keys share what they can with the key before, except at every 16th one."""

    def __init__(self):
        self.data, self.restarts, self.last, self.count = bytearray(), [0], b'', 0

    def add(self, key, value):
        shared = 0
        if self.count % 16 == 0:
            if self.count:
                self.restarts.append(len(self.data))
        else:
            while shared < min(len(key), len(self.last)) and key[shared] == self.last[shared]:
                shared += 1
        self.data += varint(shared) + varint(len(key) - shared) + varint(len(value)) + key[shared:] + value
        self.last, self.count = key, self.count + 1

    def bytes(self):
        return bytes(self.data) + struct.pack(f'<{len(self.restarts) + 1}I', *self.restarts, len(self.restarts))


def table(pairs, block_bytes):
    out, index, block = bytearray(), Block(), Block()

    def flush(block):
        content = block.bytes()
        handle = varint(len(out)) + varint(len(content))
        out.extend(content + b'\0' + struct.pack('<I', masked_crc(content + b'\0')))
        return handle

    for key, value in pairs:
        if len(block.data) >= block_bytes:
            index.add(block.last, flush(block))
            block = Block()
        block.add(key, value)
    index.add(block.last + b'\0', flush(block))
    meta = flush(Block())
    footer = meta + flush(index)
    return bytes(out) + footer.ljust(40, b'\0') + struct.pack('<Q', 0xDB4775248B80FB57)


TF_TYPES = {'float32': 1, 'float64': 2, 'int32': 3, 'uint8': 4, 'int64': 9, 'bool': 10, 'float16': 19}


def write_bundle(prefix, tensors, shards, block_bytes):
    datas = [bytearray() for _ in range(shards)]
    entries = {}
    for i, (name, array) in enumerate(sorted(tensors.items())):
        shard = i % shards
        if isinstance(array, bytes):  # a scalar text: its length, a checksum of that, and the text
            kind, shape, lengths = 7, (), struct.pack('<I', len(array))
            stored = varint(len(array)) + struct.pack('<I', masked_crc(lengths)) + array
            crc = masked_crc(lengths + struct.pack('<I', masked_crc(lengths)) + array)
        else:
            kind, shape, stored = TF_TYPES[str(array.dtype)], array.shape, array.tobytes()
            crc = masked_crc(stored)
        sizes = b''.join(field(2, field(1, size)) for size in shape)
        entries[name.encode()] = (field(1, kind) + field(2, sizes) + field(3, shard) + field(4, len(datas[shard])) +
                                  field(5, len(stored)) + field(6, (crc,)))
        datas[shard] += stored
    header = field(1, shards) + field(3, field(1, 1))
    with open(f'{prefix}.index', 'wb') as file:
        file.write(table([(b'', header), *sorted(entries.items())], block_bytes))
    for shard, data in enumerate(datas):
        with open(f'{prefix}.data-{shard:05d}-of-{shards:05d}', 'wb') as file:
            file.write(data)
    expect(f'{prefix}.index', {name: array for name, array in tensors.items() if not isinstance(array, bytes)})


def write_tf(folder):
    """The names of the published NDDR-CNN code: two towers whose stages have scopes of their own."""
    tensors = {'global_step': np.array(20000, 'int64'), '_CHECKPOINTABLE_OBJECT_GRAPH': b'\x0a\x02an object'}

    def conv(scope, side, taken, given):
        tensors[f'{scope}/weights'] = normal(side, side, taken, given)
        tensors[f'{scope}/weights/Momentum'] = normal(side, side, taken, given)
        for part in ('gamma', 'beta', 'moving_mean', 'moving_variance'):
            tensors[f'{scope}/BatchNorm/{part}'] = np.abs(normal(given))

    for tower in (1, 2):
        for stage, (convs, taken, given) in enumerate([(2, 3, 2), (2, 2, 2), (3, 2, 3), (3, 3, 3), (3, 3, 3)], 1):
            for i in range(convs):
                conv(f'vgg_16_{tower}_{stage}/conv{stage}/conv{stage}_{i + 1}', 3, taken if i == 0 else given, given)
            conv(f'nddr_{stage}_{tower}', 1, 2 * given, given)
        conv(f'vgg_16_{tower}_6/fc6', 3, 3, 4)
        conv(f'vgg_16_{tower}_6/fc7', 1, 4, 4)
        tensors[f'vgg_16_{tower}_6/fc8_voc12/weights'] = normal(1, 1, 4, 5 if tower == 1 else 3)
        tensors[f'vgg_16_{tower}_6/fc8_voc12/biases'] = normal(5 if tower == 1 else 3)
    write_bundle(os.path.join(folder, 'model.ckpt-20000'), tensors, 2, 1024)
    small = {'layer/kernel': normal(2, 3, dtype='float16'), 'layer/bias': normal(3, dtype='float64'),
             'done': np.array([True, False]), 'count': np.array([-4], 'int32'), 'empty': np.zeros((0, 2), 'float32')}
    write_bundle(os.path.join(folder, 'small.ckpt'), small, 1, 4096)


KINDS = {'onnx': write_onnx, 'tfjs': write_tfjs, 'caffe': write_caffe, 'tensorflow': write_tf}

if __name__ == '__main__':
    folder, *kinds = sys.argv[1:]
    for kind in kinds or KINDS:
        os.makedirs(os.path.join(folder, kind), exist_ok=True)
        KINDS[kind](os.path.join(folder, kind))
