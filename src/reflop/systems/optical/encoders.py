"""Encoders: floating-point features to the zeros and ones a mirror array can show.

Names and rules follow the original scripts (`positive`, `float32`, `plain_th`, `abs_th`) and lightonml 1.4.3 (the
others), rewritten over whole arrays. A rule that depends on the data (a median, a range) is learnt once, on training
features, by `learn`, and then applied unchanged to any other features.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from reflop.errors import BadParams
from reflop.params import unknown


def positive(x: Tensor) -> Tensor:
    """1 where x > 0: the sign of DenseNet's features, the activity of rectified ones. (N, n) -> (N, n)."""
    return (x > 0).to(torch.uint8)


def float32(x: Tensor, original: bool = False) -> Tensor:
    """The top exponent bit of float32, that is |x| >= 2; `original` keeps the original's |x| > 2.

    >>> float32(torch.tensor([[-3.0, 2.0, 1.9]])).tolist()
    [[1, 1, 0]]
    """
    size = x.abs()
    return (size > 2 if original else size >= 2).to(torch.uint8)


def plain_th(x: Tensor, t: float) -> Tensor:
    """1 where x >= t.

    Raises:
        BadParams: t = 0 on features without a negative value (rectified): every bit would be 1.
    """
    if t <= 0 and x.numel() and bool((x >= t).all()):
        raise BadParams(
            what=f"plain_th {t:g}",
            expected="a threshold that some feature is below",
            found="rectified features: every bit would be 1",
            then="encoder positive, or a threshold above 0",
        )
    return (x >= t).to(torch.uint8)


def abs_th(x: Tensor, t: float = 2.0) -> Tensor:
    """1 where |x| >= t; t = 2 is the top exponent bit."""
    return (x.abs() >= t).to(torch.uint8)


def binary_threshold(
    x: Tensor, threshold: Tensor | float | str = "auto", greater_is_one: bool = True
) -> Tensor:
    """1 where x > threshold (or <), a number or one per column; "auto" is the median of each column."""
    level = learn("binary_threshold", x)["threshold"] if isinstance(threshold, str) else threshold
    return ((x > level) if greater_is_one else (x < level)).to(torch.uint8)


def multi_threshold(
    x: Tensor, thresholds: Tensor | list[float] | str = "linspace", n_bins: int = 8, columnwise: bool = False
) -> Tensor:
    """Bits x > t_i of every threshold, threshold after threshold: (N, n) -> (N, T n).

    `thresholds`: (T,), or (n, T) one set per column, or "linspace" / "quantiles" for n_bins - 1 learnt ones.

    >>> multi_threshold(torch.tensor([[5.0, 1.0]]), [2.0, 4.0]).tolist()
    [[1, 0, 1, 0]]
    """
    if isinstance(thresholds, str):
        thresholds = learn("multi_threshold", x, thresholds=thresholds, n_bins=n_bins, columnwise=columnwise)[
            "thresholds"
        ]
    levels = torch.as_tensor(thresholds, dtype=x.dtype)
    levels = levels[:, None, None] if levels.ndim == 1 else levels.T[:, None, :]  # (T, 1, 1 or n)
    return (x[None] > levels).permute(1, 0, 2).reshape(len(x), -1).to(torch.uint8)


def sequential_base_two(
    x: Tensor, n_gray_levels: int = 16, offset: float | None = None, scale: float | None = None
) -> Tensor:
    """Min-max to integers; the bit of weight 2^k is shown 2^k times: (N, n) -> (N, n (levels - 1)).

    >>> sequential_base_two(torch.tensor([[0.0, 5.0, 7.0]]), 8)[0, 7:14].tolist()      # 5 = 101
    [1, 1, 1, 1, 0, 0, 1]
    """
    if n_gray_levels < 2 or n_gray_levels & (n_gray_levels - 1):
        raise BadParams(what="n_gray_levels", expected="a power of 2, at least 2", found=str(n_gray_levels))
    if offset is None or scale is None:
        learnt = learn("sequential_base_two", x)
        offset, scale = learnt["offset"], learnt["scale"]
    level = ((n_gray_levels - 1) * (x.double() - offset) / (scale or 1)).round().clamp(0, n_gray_levels - 1)
    weights = [k for k in reversed(range(n_gray_levels.bit_length() - 1)) for _ in range(2**k)]
    return _bits(level.long(), weights).reshape(len(x), -1)


def concatenated_bit_plane(x: Tensor, n_bits: int = 8, starting_bit: int = 0) -> Tensor:
    """Bits of an integer, most significant first, feature after feature: (N, n) -> (N, n n_bits).

    >>> concatenated_bit_plane(torch.tensor([[130]], dtype=torch.uint8), 4).tolist()    # 1000 0010
    [[1, 0, 0, 0]]
    """
    if x.dtype.is_floating_point or x.dtype == torch.bool:
        raise BadParams(what="concatenated_bit_plane", expected="integers", found=str(x.dtype))
    width = x.element_size() * 8
    if not (n_bits >= 1 and starting_bit >= 0 and n_bits + starting_bit <= width):
        raise BadParams(
            what="n_bits + starting_bit", expected=f"1 to {width} bits", found=f"{n_bits} + {starting_bit}"
        )
    shifts = [width - 1 - b for b in range(starting_bit, starting_bit + n_bits)]
    return _bits(x.long(), shifts).reshape(len(x), -1)


def float32_bits(x: Tensor, sign_bit: bool = True, exp_bits: int = 8, mantissa_bits: int = 23) -> Tensor:
    """Selected bits of the float32 pattern, one row per bit: (N, n) -> (N bits, n), sample after sample."""
    return _float_planes(x, sign_bit, exp_bits, mantissa_bits).permute(0, 2, 1).reshape(-1, x.shape[1])


def concatenated_float32(
    x: Tensor, sign_bit: bool = True, exp_bits: int = 8, mantissa_bits: int = 23
) -> Tensor:
    """The same bits as columns: (N, n) -> (N, n bits), feature after feature.

    >>> concatenated_float32(torch.tensor([[-2.0]]), mantissa_bits=0).tolist()         # 1 10000000
    [[1, 1, 0, 0, 0, 0, 0, 0, 0]]
    """
    return _float_planes(x, sign_bit, exp_bits, mantissa_bits).reshape(len(x), -1)


def separated_bit_plane(
    x: Tensor, precision: int = 6, magnitude_p: float | None = None, magnitude_n: float | None = None
) -> Tensor:
    """Quantised positive and negative parts, one row per bit, most significant first: (N, n) -> (2 N bits, n).

    All rows of the positive part come first. A part without a value is left out, as in lightonml; the decoder of the
    same name undoes the encoding of a linear map, given what `learn` returns.
    """
    if not 1 <= precision <= 8:
        raise BadParams(what="precision", expected="1 to 8", found=str(precision))
    if magnitude_p is None or magnitude_n is None:
        learnt = learn("separated_bit_plane", x)
        magnitude_p, magnitude_n = learnt["magnitude_p"], learnt["magnitude_n"]
    shifts = list(reversed(range(precision)))
    planes = []
    for part, largest in ((x, magnitude_p), (-x, magnitude_n)):
        if largest > 0 or (magnitude_n <= 0 and part is x):
            level = ((part.double() / (largest or 1)).clamp(0, 1) * (2**precision - 1) + 0.5).long()
            planes.append(_bits(level, shifts).permute(0, 2, 1).reshape(-1, x.shape[1]))
    return torch.cat(planes)


ENCODERS: dict[str, Callable[..., Tensor]] = {
    "positive": positive,
    "float32": float32,
    "plain_th": plain_th,
    "abs_th": abs_th,
    "binary_threshold": binary_threshold,
    "multi_threshold": multi_threshold,
    "sequential_base_two": sequential_base_two,
    "concatenated_bit_plane": concatenated_bit_plane,
    "float32_bits": float32_bits,
    "concatenated_float32": concatenated_float32,
    "separated_bit_plane": separated_bit_plane,
}


def encode(name: str, x: Tensor, **options: Any) -> Tensor:
    """Bits of features `x` (N, n), as uint8 zeros and ones; see the function of that name for the shape.

    Raises:
        BadParams: an unknown encoder, an option it does not have, or features that are not finite.
    """
    if name not in ENCODERS:
        raise unknown(name, list(ENCODERS), "encoder")
    x = torch.as_tensor(x)
    if x.ndim != 2:
        raise BadParams(
            what="features to encode", expected="two dimensions (N, n)", found=str(tuple(x.shape))
        )
    if x.dtype.is_floating_point and not bool(torch.isfinite(x).all()):
        bad = int((~torch.isfinite(x)).sum())
        raise BadParams(what="features to encode", expected="finite numbers", found=f"{bad} that are not")
    try:
        return ENCODERS[name](x, **options)
    except TypeError as error:
        raise BadParams(what=f"encoder {name}", found=str(error)) from None


def learn(name: str, x: Tensor, **options: Any) -> dict[str, Any]:
    """Options of encoder `name` with everything that depends on the data replaced by its value on `x`.

    >>> learn("sequential_base_two", torch.tensor([[1.0, 5.0]]))
    {'offset': 1.0, 'scale': 4.0}
    """
    if name == "binary_threshold" and options.get("threshold", "auto") == "auto":
        return {**options, "threshold": x.double().quantile(0.5, dim=0).to(x.dtype)}
    if name == "multi_threshold" and isinstance(options.get("thresholds", "linspace"), str):
        return {"thresholds": _levels(x, **{"thresholds": "linspace", **options})}
    if name == "sequential_base_two":
        return {**options, "offset": float(x.min()), "scale": float(x.max() - x.min())}
    if name == "separated_bit_plane":
        return {**options, "magnitude_p": max(float(x.max()), 0.0), "magnitude_n": max(float(-x.min()), 0.0)}
    return options


def _levels(x: Tensor, thresholds: str, n_bins: int = 8, columnwise: bool = False) -> Tensor:
    """n_bins - 1 thresholds, evenly spaced over the range or the probabilities: (T,) or (n, T)."""
    if thresholds not in ("linspace", "quantiles") or n_bins < 2:
        raise BadParams(
            what="thresholds", expected="numbers, linspace or quantiles; n_bins >= 2", found=thresholds
        )
    values = x.double() if columnwise else x.double().reshape(-1, 1)  # (N, n) or (N n, 1)
    steps = torch.arange(1, n_bins, dtype=torch.float64) / n_bins  # (T,)
    if thresholds == "quantiles":
        rank = steps * (len(values) - 1)
        ordered = values.sort(dim=0).values
        levels = (ordered[rank.floor().long()] + ordered[rank.ceil().long()]) / 2  # midpoints, (T, n)
    else:
        low, high = values.min(dim=0).values, values.max(dim=0).values
        levels = low + steps[:, None] * (high - low)
    return levels.T.to(x.dtype) if columnwise else levels[:, 0].to(x.dtype)


def _bits(values: Tensor, shifts: list[int]) -> Tensor:
    """Bits of integers at the given shifts: (N, n) -> (N, n, len(shifts))."""
    return ((values[..., None] >> torch.tensor(shifts)) & 1).to(torch.uint8)


def _float_planes(x: Tensor, sign_bit: bool, exp_bits: int, mantissa_bits: int) -> Tensor:
    """Sign, then leading exponent, then leading mantissa bits: (N, n) -> (N, n, bits)."""
    if not (0 <= exp_bits <= 8 and 0 <= mantissa_bits <= 23 and exp_bits + mantissa_bits + sign_bit):
        found = f"{exp_bits} and {mantissa_bits}"
        raise BadParams(
            what="exp_bits and mantissa_bits", expected="0 to 8 and 0 to 23, one bit at least", found=found
        )
    shifts = [31] * sign_bit + [30 - b for b in range(exp_bits)] + [22 - b for b in range(mantissa_bits)]
    return _bits(x.float().contiguous().view(torch.int32), shifts)
