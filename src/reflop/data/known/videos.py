"""Data sets of videos, their frames, flow and splits."""

from __future__ import annotations

from reflop.data.dataset import Dataset

EACH_ONCE = "each video once per class; the three official splits lie in a data set of their own"
STREAMS = "frames and TV-L1 flow as images, with the annotation files of the splits"

VIDEOS = (
    Dataset(
        "hmdb51_videos",
        "action videos of 51 classes",
        page="http://serre-lab.clps.brown.edu/resource/hmdb-a-large-human-motion-database/",
        sections=("optical", "video"),
        layout=("<class>/*.avi",),
        licence="CC BY 4.0",
        size="about 2 GB",
        counts={"<class>/": 51},
        note=EACH_ONCE,
    ),
    Dataset(
        "hmdb51_splits",
        "three train/test splits of HMDB51: one text file per class and split",
        page="http://serre-lab.clps.brown.edu/wp-content/uploads/2013/10/test_train_splits.rar",
        sections=("optical", "video"),
        layout=("<class>_test_split{1,2,3}.txt",),
        licence="CC BY 4.0",
        counts={"<class>_test_split{1,2,3}.txt": 153},
        note="a RAR archive: unpack it yourself; lines are `<video>.avi <0 unused, 1 train, 2 test>`",
    ),
    Dataset(
        "hmdb51_streams",
        "HMDB51 as frames and flow",
        page="https://github.com/feichtenhofer/twostreamfusion",
        sections=("optical",),
        layout=("frames/<video>/*.jpg", "flow/{u,v}/<video>/*.jpg", "annotations/*.txt"),
        note=STREAMS,
    ),
    Dataset(
        "ucf101_videos",
        "13,320 action videos of 101 classes",
        page="https://www.crcv.ucf.edu/research/data-sets/ucf101/",
        sections=("optical", "video"),
        layout=("<class>/v_*.avi",),
        size="7 GB",
        counts={"<class>/": 101, "<class>/v_*.avi": 13_320},
        note=EACH_ONCE,
    ),
    Dataset(
        "ucf101_splits",
        "three train/test splits of UCF101",
        page="https://www.crcv.ucf.edu/wp-content/uploads/2019/03/UCF101TrainTestSplits-RecognitionTask.zip",
        sections=("optical", "video"),
        layout=("classInd.txt", "{train,test}list0{1,2,3}.txt"),
        size="114 kB",
        files={"UCF101TrainTestSplits-RecognitionTask.zip": None},
    ),
    Dataset(
        "ucf101_streams",
        "UCF101 as frames and flow",
        page="https://github.com/feichtenhofer/twostreamfusion",
        sections=("optical",),
        layout=("frames/<video>/*.jpg", "flow/{u,v}/<video>/*.jpg", "annotations/*.txt"),
        note=STREAMS,
    ),
    Dataset(
        "ucf101_frames",
        "UCF101 as numbered frames with their number in n_frames",
        page="https://www.crcv.ucf.edu/research/data-sets/ucf101/",
        sections=("video",),
        layout=("<class>/<video>/image_*.jpg", "<class>/<video>/n_frames"),
        counts={"<class>/": 101, "<class>/<video>/": 13_320},
        note="made from ucf101_videos; the source calls the folder ucf101_videos/jpg",
    ),
    Dataset(
        "ucf101_annotations",
        "the splits as ActivityNet-like JSON",
        page=None,
        sections=("video",),
        layout=("ucf101_0{1,2,3}.json",),
        note="made from ucf101_splits; the source uses ucf101_01.json throughout",
    ),
    Dataset(
        "noscope_videos",
        "fixed-camera videos with a CSV of detections, for example coral-reef-long",
        page="https://github.com/stanford-futuredata/noscope",
        sections=("folded",),
        layout=("*.mp4", "*.csv"),
        size="at least 100 GB of disk while splitting into frames",
    ),
    Dataset(
        "noscope_subset",
        "frames of one such video, 50 x 50, split by time: 1 where the object is seen",
        page="https://github.com/stanford-futuredata/noscope",
        sections=("folded",),
        layout=("{train,val,test}/{0,1}/*.png",),
        note="made from noscope_videos",
    ),
)
