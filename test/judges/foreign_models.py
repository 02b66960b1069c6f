"""Makes the small ONNX files of test/fixtures/onnx with PyTorch, Keras and scikit-learn, and the probabilities that these
frameworks give for the same windows. Run it only to make the fixtures again:

    pip install torch onnx onnxscript tensorflow-cpu tf2onnx scikit-learn skl2onnx
    python test/judges/foreign_models.py FOLDER [torch|keras|sklearn ...]

Window n, lead c, sample t: (1 + n / 10) * sin((n + 1) * t / 10 + c), as float32.
"""

import json
import sys
from pathlib import Path

import numpy as np

WINDOWS, LENGTH = 5, 48
folder = Path(sys.argv[1])
wanted = sys.argv[2:] or ["torch", "keras", "sklearn"]
expected = {}


def windows(leads: int) -> np.ndarray:
    n, c, t = np.ogrid[0:WINDOWS, 0:leads, 0:LENGTH]
    return ((1 + n / 10) * np.sin((n + 1) * t / 10 + c)).astype(np.float32)


def keep(name: str, probabilities, **options) -> None:
    values = np.asarray(probabilities, dtype=np.float64)
    expected[name] = {"probabilities": values.reshape(WINDOWS, -1).tolist(), **options}


def make_torch() -> None:
    import torch
    from torch import nn

    torch.manual_seed(1)

    class Conv(nn.Module):
        def __init__(self, leads: int, outputs: int):
            super().__init__()
            self.body = nn.Sequential(nn.Conv1d(leads, 4, 7, stride=2), nn.ReLU(), nn.AdaptiveAvgPool1d(1), nn.Flatten())
            self.head = nn.Linear(4, outputs)

        def forward(self, x):
            return self.head(self.body(x))

    class Recurrent(nn.Module):
        def __init__(self):
            super().__init__()
            self.gru = nn.GRU(1, 4, batch_first=True)
            self.head = nn.Linear(4, 2)

        def forward(self, x):
            return torch.softmax(self.head(self.gru(x)[0][:, -1]), 1)

    def export(name, net, x, axes, outputs="logits", **more):
        net.eval()
        torch.onnx.export(
            net, (x,), folder / f"{name}.onnx", input_names=["ecg"], output_names=[outputs], dynamic_axes=axes, **more
        )
        return net(x).detach()

    one, twelve = torch.from_numpy(windows(1)), torch.from_numpy(windows(12))
    batch = {"ecg": {0: "batch"}, "logits": {0: "batch"}}
    keep("torch-conv", torch.sigmoid(export("torch-conv", Conv(1, 1), one, batch)))
    free = {"ecg": {0: "batch", 1: "leads", 2: "samples"}, "logits": {0: "batch"}}
    logits = export("torch-12-leads-free", Conv(12, 3), twelve, free)
    keep("torch-12-leads-free", torch.softmax(logits, 1), leads="12", classes=["a", "b", "c"], free=True)
    last = one.transpose(1, 2).contiguous()
    axes = {"ecg": {0: "batch"}, "probs": {0: "batch"}}
    keep("torch-gru", export("torch-gru", Recurrent(), last, axes, "probs"), classes=["a", "b"])
    fixed = Conv(1, 1)
    export("torch-fixed-batch", fixed, one[:2], None)
    keep("torch-fixed-batch", torch.sigmoid(fixed(one).detach()))
    # ONNX Runtime has no convolution of float64 on the CPU.
    dense = nn.Sequential(nn.Flatten(), nn.Linear(LENGTH, 4), nn.Tanh(), nn.Linear(4, 1))
    double = export("torch-float64", dense.double(), one.double(), batch)
    keep("torch-float64", torch.sigmoid(double))
    half = export("torch-float16", Conv(1, 1).half(), one.half(), batch)
    keep("torch-float16", torch.sigmoid(half.float()), tolerance=2e-3)
    net = Conv(12, 2).eval()
    torch.onnx.export(
        net, (twelve,), folder / "torch-dynamo.onnx", input_names=["ecg"], output_names=["logits"],
        dynamo=True, external_data=True, dynamic_shapes=({0: torch.export.Dim("n", min=1, max=512)},),
    )
    forget_sources(folder / "torch-dynamo.onnx")
    keep("torch-dynamo", torch.softmax(net(twelve).detach(), 1), leads="12", classes=["a", "b"])


def forget_sources(path) -> None:
    """Removes the lines of source code with their paths, which the exporter of PyTorch writes beside each node."""
    import onnx

    model = onnx.load(path, load_external_data=False)
    graph = model.graph
    for one in [graph, *graph.node, *graph.input, *graph.output, *graph.value_info, *graph.initializer]:
        one.ClearField("metadata_props")
        one.ClearField("doc_string")
    path.write_bytes(model.SerializeToString())


def make_keras() -> None:
    import keras
    import tensorflow as tf
    import tf2onnx

    keras.utils.set_random_seed(2)
    layers = keras.layers

    def export(name, model, shape, x, **more):
        signature = [tf.TensorSpec(shape, tf.float32, name="ecg")]
        call = tf.function(lambda ecg: model(ecg, training=False), input_signature=signature)
        tf2onnx.convert.from_function(call, signature, opset=15, output_path=str(folder / f"{name}.onnx"))
        keep(name, model(x).numpy(), output="probability", **more)

    one, twelve = np.swapaxes(windows(1), 1, 2), np.swapaxes(windows(12), 1, 2)
    conv = keras.Sequential([
        keras.Input((LENGTH, 1)), layers.Conv1D(4, 7, activation="relu"), layers.BatchNormalization(),
        layers.GlobalAveragePooling1D(), layers.Dense(1, activation="sigmoid"),
    ])
    export("keras-conv", conv, (None, LENGTH, 1), one)
    lstm = keras.Sequential([
        keras.Input((None, 12)), layers.Conv1D(4, 5, strides=2), layers.LSTM(4), layers.Dense(3, activation="softmax"),
    ])
    export("keras-lstm-12", lstm, (None, None, 12), twelve, leads="12", classes=["a", "b", "c"], free=True)
    dense = keras.Sequential([
        keras.Input((LENGTH,)), layers.Dense(6, activation="tanh"), layers.Dense(2, activation="softmax"),
    ])
    export("keras-dense", dense, (None, LENGTH), windows(1)[:, 0], classes=["a", "b"])


def make_sklearn() -> None:
    from skl2onnx import to_onnx
    from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    rng = np.random.default_rng(3)
    x = windows(1)[:, 0]
    train = (x[rng.integers(0, WINDOWS, 60)] + rng.normal(0, 0.5, (60, LENGTH))).astype(np.float32)
    level = train[:, :10].sum(1)
    y = (level > np.median(level)).astype(int)
    words = np.where(y == 1, "NORM", "AFIB")
    three = np.digitize(level, np.quantile(level, [0.3, 0.6]))

    def export(name, model, labels, data=x, options=None, **more):
        model.fit(train, labels)
        made = to_onnx(model, data[:1], options={id(model): options} if options else None, target_opset=15)
        (folder / f"{name}.onnx").write_bytes(made.SerializeToString())
        keep(name, model.predict_proba(data), **more)

    export("sklearn-zipmap", LogisticRegression(), y, zipMap=["0", "1"])
    export("sklearn-zipmap-words", LogisticRegression(), words, zipMap=["AFIB", "NORM"])
    forest = RandomForestClassifier(5, max_depth=3, random_state=0)
    export("sklearn-forest", forest, words, options={"zipmap": False}, classes=["AFIB", "NORM"])
    boosted = GradientBoostingClassifier(n_estimators=4, max_depth=2, random_state=0)
    export("sklearn-boosting", boosted, y, options={"zipmap": False}, classes=["a", "b"])
    scaled = make_pipeline(StandardScaler(), MLPClassifier((6,), max_iter=300, random_state=0))
    export("sklearn-pipeline", scaled, three, zipMap=["0", "1", "2"])
    double = x.astype(np.float64)
    export("sklearn-float64", LogisticRegression(), y, double, {"zipmap": False}, classes=["a", "b"])


for part in wanted:
    {"torch": make_torch, "keras": make_keras, "sklearn": make_sklearn}[part]()
path = folder / "expected.json"
before = json.loads(path.read_text()) if path.exists() else {}
path.write_text(json.dumps({**before, **expected}, indent=1) + "\n")
