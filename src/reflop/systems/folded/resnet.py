"""ResNet-18 for pictures of 32 x 32 (He et al. 2016), folded."""

from __future__ import annotations

from torch import Tensor, nn

from reflop.systems.folded.folding import width

SIDE = 32


class ResNet18(nn.Module):
    """Folded pictures (B / f, 3 f, 32, 32) to (B / f, f n): stem 3 x 3, four stages of two units, average, linear."""

    def __init__(
        self,
        n_classes: int = 10,
        f: int = 1,
        *,
        multiplier: float | None = None,
        round_to: int = 1,
        padded_pool: bool = False,
    ) -> None:
        """With `padded_pool` the average is the unfolded original's: of the top left 3 x 3 of the 4 x 4, over 16."""
        super().__init__()
        w = [width(c, f, multiplier, round_to) for c in (64, 128, 256, 512)]
        self.conv1, self.bn1 = nn.Conv2d(3 * f, w[0], 3, padding=1, bias=False), nn.BatchNorm2d(w[0])
        self.relu = nn.ReLU()
        inputs = [w[0], *w[:3]]
        self.layer1, self.layer2, self.layer3, self.layer4 = (
            nn.Sequential(Unit(i, o, stride), Unit(o, o))
            for i, o, stride in zip(inputs, w, (1, 2, 2, 2), strict=True)
        )
        self.pool = nn.AvgPool2d(4, padding=1) if padded_pool else nn.AvgPool2d(4)
        self.linear = nn.Linear(w[3], f * n_classes)

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        x = self.relu(self.bn1(self.conv1(x)))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.linear(self.pool(x).flatten(1))


class Unit(nn.Module):
    """Two convolutions 3 x 3 beside a shortcut, which is a convolution 1 x 1 where the shape changes."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        """Random weights, as torch makes them."""
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
        self.bn1, self.relu = nn.BatchNorm2d(outputs), nn.ReLU()
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.shortcut = nn.Sequential()
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)
            )

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        y = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        return self.relu(y + self.shortcut(x))
