"""What a bulk run is asked to do, laid out in a folder that any number of workers share.

`job.json` holds everything the answers follow from; a run that resumes must ask for the same. How many workers share
the work, and with how many decoders, may change from one start to the next.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from reflop.errors import BadFile, BadParams
from reflop.files import canonical, read_json, write_atomic
from reflop.systems.bulk import manifest, ranges
from reflop.systems.bulk.manifest import Manifest

FILE = "job.json"


class Job(BaseModel):
    """One bulk run.

    A step is `batch_size * batches_per_step` pictures: what a worker claims, writes and reports as one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    pictures: str = Field(description="SHA-256 of the list of pictures")
    n: int = Field(ge=1, description="number of pictures")
    model: str = Field(description="name of a network, or path of an ONNX file")
    weights: str = Field(default="", description="path of its weights; none: the project's own, or random")
    model_digest: str = Field(description="SHA-256 of the weights, or of the ONNX file")
    trained: bool = Field(default=True, description="False for random weights, whose answers mean nothing")
    engine: str
    precision: str
    device: str = "cpu"
    batch_size: int = Field(ge=1, le=65_536)
    batches_per_step: int = Field(ge=1, le=10**6)
    pixels: int = Field(ge=1, le=4096, description="side of the square picture that the network sees")
    preprocess: Literal["imagenet", "crop"] = "imagenet"
    logits: bool = Field(default=False, description="store all logits, as float16")
    synthetic: bool = Field(default=False, description="random pixels instead of files")

    def steps(self) -> list[range]:
        """The positions of every step."""
        return ranges.steps(self.n, self.batch_size * self.batches_per_step)


def lay_out(folder: Path, job: Job, pictures: Manifest) -> None:
    """Write the job and its list of pictures into `folder`, or see that the same ones are there already.

    Raises:
        BadParams: the folder holds another job, naming the first difference.
    """
    if (folder / FILE).is_file():
        known, asked = read(folder).model_dump(), job.model_dump()
        if other := [name for name in asked if known[name] != asked[name]]:
            name = other[0]
            raise BadParams(
                what=f"{folder} holds a run with another {name}",
                expected=str(known[name])[:60],
                found=str(asked[name])[:60],
                then="another folder, or the same settings to resume",
            )
        return
    folder.mkdir(parents=True, exist_ok=True)
    manifest.write(pictures, folder)
    write_atomic(folder / FILE, canonical(job.model_dump()) + "\n")


def read(folder: Path) -> Job:
    """The job in `folder`.

    Raises:
        BadFile: none there, or not one that this version wrote.
    """
    try:
        return Job.model_validate_json(canonical(read_json(folder / FILE)))
    except ValidationError as error:
        first = error.errors()[0]
        told = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
        raise BadFile(what=str(folder / FILE), expected="a bulk job", found=told) from None
