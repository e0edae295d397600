"""Pictures beside torchvision's ImageFolder and transforms, with Pillow below: PNG of all kinds must agree to the bit
after resizing and cropping, JPEG up to one level, and normalised values to rounding.

READ_DATA is the program. Exits with 77 where a package is missing."""

import os
import struct
import subprocess
import sys
import tempfile

try:
    import numpy
    import PIL
    from PIL import Image
    from torchvision import datasets, transforms
    from torchvision.transforms import InterpolationMode
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

MODES = {"nearest": InterpolationMode.NEAREST, "bilinear": InterpolationMode.BILINEAR,
         "bicubic": InterpolationMode.BICUBIC}
SIZES = [(1, 1), (2, 3), (7, 5), (16, 16), (31, 64), (64, 33), (224, 224), (225, 224), (300, 217), (480, 641)]


def read(path, preprocessing):
    """Labels and values [n, height, width, channels]."""
    result = subprocess.run([os.environ["READ_DATA"], path, preprocessing], capture_output=True, check=False)
    if result.returncode != 0:
        raise AssertionError(result.stderr.decode())
    n, height, width, channels = struct.unpack_from("<4Q", result.stdout)
    labels = numpy.frombuffer(result.stdout, "<i4", n, 32)
    values = numpy.frombuffer(result.stdout, "<f4", -1, 32 + 4 * n)
    return labels, values.reshape(n, height, width, channels)


def noise(rng, height, width, channels):
    """Edges and noise: what overshoots and what aliases."""
    values = rng.integers(0, 256, (height, width, channels))
    steps = (numpy.arange(width) // 5 + numpy.arange(height)[:, None] // 3)[..., None] % 2 * 255
    values = numpy.where(rng.random((height, width, 1)) < 0.5, steps, values).astype(numpy.uint8)
    return values[..., 0] if channels == 1 else values


def smooth(rng, height, width, channels):
    small = noise(rng, 2 + height // 8, 2 + width // 8, channels)
    return numpy.asarray(Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC))


def make_pngs(rng, folder):
    for number, (height, width) in enumerate(SIZES):
        for mode, channels in (("RGB", 3), ("L", 1), ("RGBA", 4), ("LA", 2)):
            where = os.path.join(folder, mode)
            os.makedirs(where, exist_ok=True)
            image = Image.fromarray(noise(rng, height, width, channels))
            image.save(os.path.join(where, f"{number:02}.png"))
        colours = Image.fromarray(noise(rng, height, width, 3))
        for name, image in (("palette", colours.quantize(37)), ("bilevel", colours.convert("1"))):
            os.makedirs(os.path.join(folder, name), exist_ok=True)
            image.save(os.path.join(folder, name, f"{number:02}.png"))


def make_jpegs(rng, folder):
    for number, (height, width) in enumerate(SIZES):
        for name, options in (("444", {"subsampling": 0}), ("420", {"subsampling": 2}), ("422", {"subsampling": 1}),
                              ("progressive", {"progressive": True}), ("rough", {"quality": 20})):
            os.makedirs(os.path.join(folder, name), exist_ok=True)
            image = Image.fromarray(smooth(rng, height, width, 3))
            image.save(os.path.join(folder, name, f"{number:02}.jpg"), **options)
        os.makedirs(os.path.join(folder, "grey"), exist_ok=True)
        Image.fromarray(smooth(rng, height, width, 1)).save(os.path.join(folder, "grey", f"{number:02}.jpg"))


def resize_rows_first(size, mode):
    """To [height, width] in two steps: Pillow 13 takes the columns first where the height shrinks more, with a rounding
    of its own, unlike all before it."""
    height, width = size

    def resize(image):
        rows = transforms.Resize([image.height, width], MODES[mode])(image)
        return transforms.Resize([height, width], MODES[mode])(rows)

    return transforms.Lambda(resize)


def levels_apart(folder, work, size, crop, mode, channels):
    """Largest difference in 8-bit levels over all pictures; labels must be the same."""
    lines = [f"interpolation: {mode}", "scale: 1", f"size: {size}", f"channels: {channels}"]
    steps = [resize_rows_first(size, mode) if isinstance(size, list) else transforms.Resize(size, MODES[mode])]
    if crop:
        lines.append(f"crop: {crop}")
        steps.append(transforms.CenterCrop(crop))
    preprocessing = os.path.join(work, "preprocessing.yaml")
    with open(preprocessing, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    theirs = datasets.ImageFolder(folder, transforms.Compose(steps))
    if channels == 1:
        theirs.loader = lambda path: Image.open(path).convert("RGB").convert("L")
    labels, values = read(folder, preprocessing)
    assert labels.tolist() == theirs.targets
    worst = 0
    for ours, (image, _) in zip(values, theirs):
        expected = numpy.asarray(image, numpy.float32).reshape(ours.shape)
        worst = max(worst, float(numpy.abs(ours - expected).max()))
    return worst


def check_pixels(work, pngs, jpegs):
    worst = {"PNG": 0, "JPEG": 0}
    for mode in MODES:
        for size, crop in ([7, 9], None), ([40, 31], None), ([300, 500], None), (32, 24), (64, 77), (225, 224), (8, 13):
            for channels in 1, 3:
                for kind, folder in ("PNG", pngs), ("JPEG", jpegs):
                    apart = levels_apart(folder, work, size, crop, mode, channels)
                    worst[kind] = max(worst[kind], apart)
    print(f"Pillow {PIL.__version__}: levels apart: {worst}")
    assert worst["PNG"] == 0 and worst["JPEG"] <= 1


def published(name):
    """The same as the built-in one of that name."""
    resize, mode, mean, std = {
        "torchvision": (256, "bilinear", (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
        "clip": (224, "bicubic", (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)),
        "vit": (248, "bicubic", (0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
    }[name]
    return transforms.Compose([transforms.Resize(resize, MODES[mode]), transforms.CenterCrop(224),
                               transforms.ToTensor(), transforms.Normalize(mean, std)])


def check_built_in(pngs):
    for name in "torchvision", "clip", "vit":
        _, values = read(pngs, name)
        worst = 0
        for ours, (image, _) in zip(values, datasets.ImageFolder(pngs, published(name))):
            worst = max(worst, float(numpy.abs(ours - image.numpy().transpose(1, 2, 0)).max()))
        print(f"{name}: {len(values)} pictures, values apart at most {worst:.2g}")
        assert worst < 1e-6


def main():
    rng = numpy.random.default_rng(5)
    with tempfile.TemporaryDirectory() as work:
        pngs, jpegs = os.path.join(work, "png"), os.path.join(work, "jpeg")
        make_pngs(rng, pngs)
        make_jpegs(rng, jpegs)
        check_pixels(work, pngs, jpegs)
        check_built_in(pngs)


if __name__ == "__main__":
    main()
