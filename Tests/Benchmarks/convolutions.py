"""Both passes of NatureCNN and of MinAtar's network in PyTorch on one thread, as `rlgym speed --threads 1 --only conv/` measures ours.

usage: python convolutions.py      (pip install torch)
Batches of 256 images of bytes; images a second, the best of five measurements of half a second.
"""
import time
import torch

torch.set_num_threads(1)


def network(channels, convolutions, features, dense, outputs):
    layers = []
    for filters, kernel, stride in convolutions:
        layers += [torch.nn.Conv2d(channels, filters, kernel, stride), torch.nn.ReLU()]
        channels = filters
    layers += [torch.nn.Flatten(), torch.nn.Linear(features, dense), torch.nn.ReLU(), torch.nn.Linear(dense, outputs)]
    return torch.nn.Sequential(*layers)


def measure(name, net, channels, size):
    images = torch.randint(0, 256, (256, channels, size, size), dtype=torch.uint8)

    def update():
        net.zero_grad()
        (net(images.float() / 255) ** 2).sum(1).mean().backward()

    update()
    best = 0
    for _ in range(5):
        start, count = time.perf_counter(), 0
        while time.perf_counter() - start < 0.5:
            update()
            count += 1
        best = max(best, 256 * count / (time.perf_counter() - start))
    print(f"{name}: {best:,.0f} images/s")


measure("nature", network(4, [(32, 8, 4), (64, 4, 2), (64, 3, 1)], 3136, 512, 4), 4, 84)
for channels in 4, 6, 7, 10:
    measure(f"minatar-{channels}", network(channels, [(16, 3, 1)], 1024, 128, 6), channels, 10)
