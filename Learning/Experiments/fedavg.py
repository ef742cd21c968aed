"""An experiment file as plain PyTorch, float32, no chain: what `ledger simulate --experiment` is compared with.

    python3 fedavg.py fedavg-2nn-iid.json DATA [SEED]

FedAvg of McMahan et al. (2017), algorithm 1, equal weights; the models 2nn and mlp, IID or shards:K. Needs Debian's
python3-torch. Prints the accuracy after each round, and stops at the file's target.
"""

import gzip
import json
import random
import re
import sys
from pathlib import Path

import torch
from torch.nn import functional as F


def read_idx(path, head):
    return torch.frombuffer(bytearray(gzip.open(path).read()[head:]), dtype=torch.uint8)


def mnist(folder, part):
    images = read_idx(folder / f"{part}-images-idx3-ubyte.gz", 16).view(-1, 784).float()
    # The mean and deviation of the training pixels.
    return (images / 255 - 0.1307) / 0.3081, read_idx(folder / f"{part}-labels-idx1-ubyte.gz", 8).long()


def deal(labels, split, parties):
    rows = list(range(len(labels)))
    random.shuffle(rows)
    if split == "iid":
        return [rows[i::parties] for i in range(parties)]
    count = int(split.removeprefix("shards:"))
    rows.sort(key=lambda row: int(labels[row]))
    size = len(rows) // (parties * count)
    pieces = [rows[i * size:(i + 1) * size] for i in range(parties * count)]
    random.shuffle(pieces)
    return [sum(pieces[i * count:(i + 1) * count], []) for i in range(parties)]


def two_nn():
    return torch.nn.Sequential(torch.nn.Linear(784, 200), torch.nn.ReLU(), torch.nn.Linear(200, 200), torch.nn.ReLU(),
                               torch.nn.Linear(200, 10))


def train(model, images, labels, rows, task):
    optimiser = torch.optim.SGD(model.parameters(), task["learning-rate"], task.get("momentum", 0))
    for _ in range(task["local-epochs"]):
        random.shuffle(rows)
        for start in range(0, len(rows), task["batch-size"]):
            batch = rows[start:start + task["batch-size"]]
            optimiser.zero_grad()
            F.cross_entropy(model(images[batch]), labels[batch]).backward()
            optimiser.step()


def main(file, data, seed=1):
    task = json.loads(re.sub(r"^\s*//.*$", "", Path(file).read_text(), flags=re.MULTILINE))
    random.seed(seed)
    torch.manual_seed(seed)
    folder = Path(data) / task["data"]
    images, labels = mnist(folder, "train")
    test_images, test_labels = mnist(folder, "t10k")
    parts = deal(labels, task["split"], task["contributors"])
    model, local = two_nn(), two_nn()
    for round in range(1, task["rounds"] + 1):
        start = torch.nn.utils.parameters_to_vector(model.parameters()).detach()
        total = torch.zeros_like(start)
        chosen = random.sample(parts, max(1, int(task.get("fraction-train", 1) * len(parts))))
        for rows in chosen:
            torch.nn.utils.vector_to_parameters(start.clone(), local.parameters())
            train(local, images, labels, rows, task)
            total += torch.nn.utils.parameters_to_vector(local.parameters()).detach() - start
        torch.nn.utils.vector_to_parameters(start + total / len(chosen), model.parameters())
        with torch.no_grad():
            accuracy = (model(test_images).argmax(1) == test_labels).float().mean().item()
        print(f"seed {seed} round {round}: accuracy {accuracy:.4f}", flush=True)
        if accuracy >= task.get("target", 2):
            return


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:]))
