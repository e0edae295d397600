#!/usr/bin/env python3
"""Times merges against the bare loop over the same files and prints the ratios; assignments, alignments and
forward passes. Called by tests/benchmark/run."""

import argparse
import os
import statistics
import subprocess
import sys
import time

MODELS = 4  # the base and three fine-tuned models

# Name, goal on disk, goal in memory, number of files read, arguments.
CASES = [
    ("weighted_sum", 1.25, 1.5, 2, ["-m", "weighted_sum", "-p", "alpha=0.3"]),
    ("slerp", 1.8, None, 2, ["-m", "slerp", "-p", "t=0.3"]),
    ("ties", 2.5, None, 4, ["-m", "ties", "-p", "density=0.2"]),
    ("dare_linear", 2.5, None, 4, ["-m", "dare_linear", "-p", "density=0.3"]),
]

# Seconds an alignment may take on two cores.
ALIGN_GOALS = {"sd15": 240, "sdxl": 900}

# Times PyTorch's that a forward pass of ResNet-50 may take; how often both are run, in turns.
FORWARD_GOAL = 2.0
FORWARD_TURNS = 3


class Bench:
    def __init__(self, build, options):
        self.amalgam = os.path.join(build, "app", "cli", "amalgam")
        self.bare = os.path.join(build, "tests", "benchmark", "bare-loop")
        self.assigner = os.path.join(build, "tests", "benchmark", "assignment-time")
        self.forward = os.path.join(build, "tests", "benchmark", "forward")
        self.solver = os.path.join(build, "tests", "benchmark", "gram-solve")
        self.reorderer = os.path.join(build, "tests", "interop", "reorder-randomly")
        self.maker = os.path.join(build, "tests", "benchmark", "make-checkpoint")
        self.folder = options.folder
        self.runs = options.runs
        self.environment = dict(os.environ, XDG_CACHE_HOME=os.path.join(self.folder, "cache"))

    def checkpoints(self, kind, n):
        """Paths of @n checkpoints, the base first; makes those that do not exist."""
        paths = [os.path.join(self.folder, f"{kind}-{seed}.safetensors") for seed in range(n)]
        for seed, path in enumerate(paths):
            self.make(path, lambda part, seed=seed: [self.maker, kind, str(seed), part])
        return paths

    def make(self, path, command):
        """@path, made by @command, which is given a name to write to, when it does not exist."""
        if not os.path.exists(path):
            print(f"making {path}", flush=True)
            subprocess.run(command(path + ".part"), check=True, stdout=subprocess.DEVNULL)
            os.rename(path + ".part", path)
        return path

    def report_alignment(self, kind, paths, goal):
        """A sibling, the same with its units in another order, and a model with nothing in common."""
        moved = self.make(os.path.join(self.folder, f"{kind}-moved.safetensors"),
                          lambda part: [self.reorderer, paths[1], "3", part])
        apart = self.make(os.path.join(self.folder, f"{kind}-apart.safetensors"),
                          lambda part: [self.maker, kind, "9", part, "apart"])
        out = os.path.join(self.folder, "benchmark-output.safetensors")
        for name, path in (("sibling", paths[1]), ("reordered", moved), ("apart", apart)):
            seconds, peak = self.run([self.amalgam, "align", paths[0], path, "-o", out, "--quiet", "--force"])
            os.unlink(out)
            print(f"{name:14} {seconds:6.1f} s   peak {peak:5.0f} MiB   goal {goal} s "
                  f"{'met' if seconds <= goal else 'MISSED'}", flush=True)

    def run(self, command):
        """Seconds and peak memory in MiB of one command."""
        start = time.monotonic()
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=self.environment)
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.monotonic() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            sys.exit(f"failed with {child.returncode}: {' '.join(command)}")
        return seconds, usage.ru_maxrss / 1024

    def commands(self, case, paths, out, sync):
        """The bare loop and the merge of one case."""
        _, _, _, n_files, arguments = case
        flags = [] if sync else ["--no-sync"]
        bare = [self.bare, *flags, out, *paths[:n_files]]
        if n_files == 2:
            inputs = paths[:2]
        else:
            inputs = [*paths[1:], "--base", paths[0]]
        merge = [self.amalgam, "merge", *inputs, *arguments, "--quiet", "--force", *flags, "-o", out]
        return bare, merge

    def compare(self, case, paths, out_folder, sync):
        """Medians over alternating runs, after one of each that does not count."""
        out = os.path.join(out_folder, "benchmark-output.safetensors")
        bare, merge = self.commands(case, paths, out, sync)
        times = {"bare": [], "merge": []}
        peak = 0.0
        for number in range(self.runs + 1):
            for name, command in (("bare", bare), ("merge", merge)):
                seconds, memory = self.run(command)
                if number > 0:
                    times[name].append(seconds)
                if name == "merge":
                    peak = max(peak, memory)
        os.unlink(out)
        return statistics.median(times["bare"]), statistics.median(times["merge"]), peak

    def report(self, case, paths, out_folder, sync, goal):
        bare, merge, peak = self.compare(case, paths, out_folder, sync)
        ratio = merge / bare
        verdict = "" if goal is None else f"   goal {goal:.2f} {'met' if ratio <= goal else 'MISSED'}"
        rate = sum(os.path.getsize(path) for path in paths[:case[3]]) / merge / 1e9
        print(f"{case[0]:14} bare {bare:6.2f} s   merge {merge:6.2f} s   ratio {ratio:5.2f}   "
              f"reads {rate:5.2f} GB/s   peak {peak:5.0f} MiB{verdict}", flush=True)

    def report_cold(self, case, paths, out_folder):
        """One run of each with nothing in the page cache and no digest known."""
        out = os.path.join(out_folder, "benchmark-output.safetensors")
        seconds = []
        for command in self.commands(case, paths, out, True):
            subprocess.run(["rm", "-rf", self.environment["XDG_CACHE_HOME"]], check=True)
            os.sync()
            with open("/proc/sys/vm/drop_caches", "w", encoding="ascii") as file:
                file.write("3")
            seconds.append(self.run(command)[0])
        os.unlink(out)
        print(f"{case[0]:14} bare {seconds[0]:6.2f} s   merge {seconds[1]:6.2f} s   "
              f"ratio {seconds[1] / seconds[0]:5.2f}", flush=True)

    def report_memory(self, case, paths):
        out = os.path.join(self.folder, "benchmark-output.safetensors")
        seconds, peak = self.run(self.commands(case, paths, out, False)[1])
        os.unlink(out)
        print(f"{case[0]:14} {seconds:6.2f} s   peak {peak:5.0f} MiB", flush=True)

    def report_assignments(self):
        subprocess.run([self.assigner], check=False)

    def report_solve(self):
        """RegMean's equations for a ViT-B/32; the program prints seconds and goal itself."""
        subprocess.run([self.solver], check=False)

    def report_forward(self):
        python = os.environ.get("AMALGAM_PYTHON", sys.executable)
        torch = [python, os.path.join(os.path.dirname(__file__), "forward_torch.py")]
        path = os.path.join(self.folder, "resnet50.safetensors")
        if subprocess.run(torch + [path, "64", "1", "1", "--write"], check=False, capture_output=True).returncode:
            print(f"{python} has no torchvision or safetensors: nothing to compare with")
            return
        fastest = [min(times) for times in zip(*(
            [float(subprocess.run(command + [path], check=True, capture_output=True, text=True).stdout)
             for command in (torch, [self.forward])] for _ in range(FORWARD_TURNS)))]
        ratio = fastest[1] / fastest[0]
        print(f"{'resnet50':14} PyTorch {fastest[0]:6.1f} ms   forward {fastest[1]:6.1f} ms   ratio {ratio:5.2f}   "
              f"goal {FORWARD_GOAL:.2f} {'met' if ratio <= FORWARD_GOAL else 'MISSED'}", flush=True)


def parse(arguments):
    parser = argparse.ArgumentParser(prog="tests/benchmark/run")
    parser.add_argument("folder", help="where the checkpoints are kept")
    parser.add_argument("--runs", type=int, default=5, help="runs that count, after one that does not")
    parser.add_argument("--sdxl", action="store_true", help="peak memory with SDXL too")
    parser.add_argument("--memory-folder", default="/dev/shm", help="a folder on tmpfs")
    return parser.parse_args(arguments)


def main():
    options = parse(sys.argv[2:])
    os.makedirs(options.folder, exist_ok=True)
    bench = Bench(sys.argv[1], options)
    print("Assignments by similarity, one core:", flush=True)
    bench.report_assignments()
    print("\nForward passes, a picture of 224 x 224, in batches of 8:", flush=True)
    bench.report_forward()
    bench.report_solve()
    paths = bench.checkpoints("sd15", MODELS)
    print(f"\nSD 1.5, {os.path.getsize(paths[0]) / 1e9:.2f} GB each; medians of {options.runs} after one more; "
          f"{os.cpu_count()} CPUs\n\nTo disk with fsync, inputs in the page cache:")
    for case in CASES:
        bench.report(case, paths, options.folder, True, case[1])
    print(f"\nTo {options.memory_folder} with --no-sync:")
    for case in CASES:
        bench.report(case, paths, options.memory_folder, False, case[2])
    if os.access("/proc/sys/vm/drop_caches", os.W_OK):
        print("\nTo disk with fsync, nothing in the page cache, no digests known, one run:")
        for case in CASES:
            bench.report_cold(case, paths, options.folder)
    print("\nAligning SD 1.5 to the base, written with fsync, one run:")
    bench.report_alignment("sd15", paths, ALIGN_GOALS["sd15"])
    if options.sdxl:
        paths = bench.checkpoints("sdxl", MODELS)
        print(f"\nSDXL, {os.path.getsize(paths[0]) / 1e9:.2f} GB each, to disk with --no-sync, one run:")
        for case in CASES:
            bench.report_memory(case, paths)
        print("\nAligning SDXL to the base:")
        bench.report_alignment("sdxl", paths, ALIGN_GOALS["sdxl"])


if __name__ == "__main__":
    main()
