"""A residual network in PyTorch, written for these tests alone, with the names of the brief."""

import torch
from torch import nn
from torch.nn import functional as F


class TwinBlock(nn.Module):
    """A block; `kernels` are those of its convolutions, `strides` where it halves."""

    def __init__(self, n_in, widths, kernels, strides, config):
        super().__init__()
        self.config, self.stride, n_out = config, max(strides), widths[-1]
        self.n_in, self.n_out, self.layers = n_in, n_out, len(widths)
        channels = n_in
        for i, (width, kernel, stride) in enumerate(zip(widths, kernels, strides, strict=True), start=1):
            layer = nn.Conv2d(channels, width, kernel, stride, kernel // 2, bias=not config.batch_norm)
            setattr(self, f"conv{i}", layer)
            setattr(self, f"bn{i}", nn.BatchNorm2d(width) if config.batch_norm else nn.Identity())
            channels = width
        changes = self.stride > 1 or n_in != n_out
        self.shortcut = None
        if config.residual and (config.option == "C" or (config.option == "B" and changes)):
            norm = nn.BatchNorm2d(n_out) if config.batch_norm else nn.Identity()
            projection = nn.Conv2d(n_in, n_out, 1, self.stride, bias=not config.batch_norm)
            self.shortcut = nn.Sequential(projection, norm)

    def forward(self, x):
        y = x
        for i in range(1, self.layers + 1):
            y = getattr(self, f"bn{i}")(getattr(self, f"conv{i}")(y))
            if i < self.layers:
                y = F.relu(y)
        if not self.config.residual:
            return F.relu(y)
        if self.shortcut is not None:
            return F.relu(y + self.shortcut(x))
        kept = x[:, :, :: self.stride, :: self.stride]
        padded = torch.zeros_like(y)
        first = (self.n_out - self.n_in) // 2 if self.config.zeros == "around" else 0
        padded[:, first : first + self.n_in] = kept
        return F.relu(y + padded)


class Twin(nn.Module):
    """The network."""

    def __init__(self, config):
        super().__init__()
        self.config = config
        n_in, big = config.widths[0], config.stem == "imagenet"
        self.conv1 = nn.Conv2d(
            config.channels,
            n_in,
            7 if big else 3,
            2 if big else 1,
            3 if big else 1,
            bias=not config.batch_norm,
        )
        self.bn1 = nn.BatchNorm2d(n_in) if config.batch_norm else nn.Identity()
        for stage, (count, width) in enumerate(zip(config.blocks, config.widths, strict=True), start=1):
            blocks = []
            for number in range(count):
                stride = 2 if stage > 1 and number == 0 else 1
                if config.block == "basic":
                    shape = ([width, width], [3, 3], [stride, 1])
                else:
                    strides = [stride, 1, 1] if config.stride_on == "1x1" else [1, stride, 1]
                    shape = ([width, width, 4 * width], [1, 3, 1], strides)
                blocks.append(TwinBlock(n_in, *shape, config))
                n_in = shape[0][-1]
            setattr(self, f"layer{stage}", nn.Sequential(*blocks))
        self.linear = nn.Linear(n_in, config.classes)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        if self.config.stem == "imagenet":
            x = F.max_pool2d(x, 3, 2, 1)
        for stage in range(1, len(self.config.blocks) + 1):
            x = getattr(self, f"layer{stage}")(x)
        return self.linear(x.mean((2, 3)))


def trained_twin(config, seed=0):
    """Return one whose running statistics and scales are not those of the beginning, in evaluation mode."""
    torch.manual_seed(seed)
    twin = Twin(config).double()
    for module in twin.modules():
        if isinstance(module, nn.BatchNorm2d):
            channels = module.num_features
            module.weight.data = torch.rand(channels, dtype=torch.float64) + 0.5
            module.bias.data = torch.randn(channels, dtype=torch.float64) / 3
            module.running_mean = torch.randn(channels, dtype=torch.float64) / 3
            module.running_var = torch.rand(channels, dtype=torch.float64) + 0.5
    return twin.eval()


def arrays(twin):
    """Return its state as NumPy arrays, counts of batches and all."""
    return {name: value.detach().numpy().copy() for name, value in twin.state_dict().items()}
