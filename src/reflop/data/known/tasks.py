"""What the predictor learns from: graphs, poses, detection."""

from __future__ import annotations

from reflop.data.dataset import Dataset

TASKS = (
    Dataset(
        "graph_caches",
        "computational graphs with measured labels (cache.zip)",
        page="https://drive.google.com/drive/folders/1CxHYLAH8AsFz138325xWo1aIlfB-KPx4",
        sections=("predictor",),
        layout=("gpi_<family>_comp_graph_cache.pkl",),
        files={"cache.zip": None},
        note="pickled objects, which Reflop does not open; named CG_data.zip elsewhere in the source",
    ),
    Dataset(
        "sample_graphs",
        "example GraphDef files: ResNet-18 and EfficientNet-B0 (sample_pbs.zip)",
        page="https://drive.google.com/drive/folders/1CxHYLAH8AsFz138325xWo1aIlfB-KPx4",
        sections=("predictor",),
        layout=("*.pb",),
        files={"sample_pbs.zip": None},
    ),
    Dataset(
        "lsp",
        "Leeds Sports Poses: 2,000 pictures, 14 joints",
        page="http://sam.johnson.io/research/lsp.html",
        sections=("predictor",),
        layout=("joints.mat", "images/im*.jpg"),
        counts={"images/im*.jpg": 2000},
    ),
    Dataset(
        "lsp_extended",
        "Leeds Sports Poses, extended: 10,000 pictures, 14 joints",
        page="http://sam.johnson.io/research/lspet.html",
        sections=("predictor",),
        layout=("joints.mat", "images/im*.jpg"),
        counts={"images/im*.jpg": 10_000},
    ),
    Dataset(
        "mpii",
        "MPII Human Pose: pictures of people, 16 joints",
        page="http://human-pose.mpi-inf.mpg.de/#download",
        sections=("predictor",),
        layout=("annot/*.json", "images/*.jpg"),
        licence="research only, no commercial use",
        size="12.9 GB",
    ),
    Dataset(
        "coco",
        "COCO 2017 in detectron2's layout: boxes, masks, panoptic segments",
        page="https://cocodataset.org/#download",
        sections=("predictor",),
        layout=(
            "annotations/{instances,panoptic}_{train,val}2017.json",
            "{train,val}2017/*.jpg",
            "panoptic_{train,val}2017/*.png",
        ),
        licence="annotations CC BY 4.0, pictures under their Flickr terms",
        files={
            "annotations_trainval2017.zip": "113a836d90195ee1f884e704da6304dfaaecff1f023f49b6ca93c4aaae470268",
            "panoptic_annotations_trainval2017.zip": (
                "c05f76d2129b6b561eb70efe16e7006df62f73fb92889132d373b9d90e31a370"
            ),
            "train2017.zip": "69a8bb58ea5f8f99d24875f21416de2e9ded3178e903f1f7603e283b9e06d929",
            "val2017.zip": "4f7e2ccb2866ec5041993c9cf2a952bbed69647b115d0f74da7ce8f4bef82f05",
        },
        size="22 GB",
        note="DIR is the folder coco below what detectron2 calls DETECTRON2_DATASETS",
    ),
)
