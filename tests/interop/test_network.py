"""Amalgam's engine computes what PyTorch does, forward and backward.

Networks of torchvision, timm, transformers and open_clip get random weights and statistics under which values stay
near 1, and are run on two random pictures. The logits must agree to 1e-4 of the greatest one with those PyTorch finds in
double; in the smaller networks the gradients of each sample's loss must agree with autograd's, to 1e-3 of the greatest
in the tensor.

RUN_NETWORK is a program. Exits with 77 where no library is there. Arguments: names of networks to try, else all."""

import os
import pathlib
import subprocess
import sys
import tempfile
import time
import warnings

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
warnings.filterwarnings("ignore")

try:
    import torch
    from safetensors.torch import load_file, save_file
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

from symmetry_network import fill, pretrained, random

LOGITS_LIMIT = 1e-4
GRADIENT_LIMIT = 1e-3
N_SAMPLES = 2
CASES = {}


class Case:
    """module: with double weights; compute(pictures): its logits; files: what stands beside the checkpoint; head: text
    features and scale; views: shapes in which the pictures are given."""

    def __init__(self, module, picture, compute=None, head=None, config=None, gradients=False, views=None):
        self.module = module
        self.picture = picture
        self.compute = compute or module
        self.head = head
        self.config = config
        self.gradients = gradients
        self.views = views or [picture]


def case(make):
    CASES[make.__name__] = make
    return make


def fill_network(name, shape):
    """He's deviation where rectifiers follow, small positions and tokens."""
    if len(shape) == 4:
        return fill(name, shape) * 2**0.5
    if len(shape) == 3:
        return random(name, *shape) * 0.5
    return fill(name, shape)


def prepare(module):
    state = module.state_dict()
    for name, value in state.items():
        if value.is_floating_point():
            state[name] = fill_network(name, tuple(value.shape)).float()
    module.load_state_dict(state)
    return module.double().eval()


def plain(module, *picture, **options):
    return Case(prepare(module), picture, **options)


@case
def mlp():
    layers = torch.nn.Linear(64, 48), torch.nn.ReLU(), torch.nn.Linear(48, 32), torch.nn.ReLU(), torch.nn.Linear(32, 10)
    module = torch.nn.Sequential(*layers)
    return plain(module, 64, gradients=True, views=[(64,), (1, 8, 8)])


@case
def mlp_colours():
    """Channel, row, column is the order of a vector."""
    layers = torch.nn.Linear(48, 20), torch.nn.BatchNorm1d(20), torch.nn.ReLU(), torch.nn.Linear(20, 5)
    return plain(torch.nn.Sequential(*layers), 48, gradients=True, views=[(48,), (3, 4, 4)])


def narrow(module):
    """The classifier of a whole VGG takes half a gigabyte."""
    module.classifier[0] = torch.nn.Linear(512 * 49, 128)
    module.classifier[3] = torch.nn.Linear(128, 96)
    module.classifier[6] = torch.nn.Linear(96, 1000)
    return module


@case
def vgg11():
    from torchvision.models import vgg11 as make

    return plain(narrow(make()), 3, 224, 224)


@case
def vgg11_bn():
    from torchvision.models import vgg11_bn as make

    return plain(narrow(make()), 3, 224, 224)


@case
def vgg11_small():
    from torchvision.models import vgg

    widths = [8, "M", 12, "M", 16, 16, "M", 20, 20, "M", 24, 24, "M"]
    module = vgg.VGG(vgg.make_layers(widths, batch_norm=True), num_classes=5)
    module.avgpool = torch.nn.Identity()
    module.classifier = torch.nn.Linear(24, 5)
    return plain(module, 3, 32, 32, gradients=True)


@case
def resnet18():
    from torchvision.models import resnet18 as make

    return plain(make(), 3, 224, 224)


@case
def resnet50():
    from torchvision.models import resnet50 as make

    return plain(make(), 3, 224, 224)


@case
def resnet18_small():
    from torchvision.models import resnet

    module = resnet.ResNet(resnet.BasicBlock, [1, 1, 1, 1], num_classes=7)
    return plain(module, 3, 64, 64, gradients=True)


@case
def resnext_small():
    from torchvision.models import resnet

    module = resnet.ResNet(resnet.Bottleneck, [1, 2, 1, 1], num_classes=5, groups=32, width_per_group=4)
    return plain(module, 3, 33, 47, gradients=True)


@case
def resnet20():
    from symmetry_vision import SmallResNet

    return plain(SmallResNet(True), 3, 32, 32, gradients=True)


@case
def resnet20_padded():
    """Shortcuts that fill up with zeros."""
    from symmetry_vision import SmallResNet

    return plain(SmallResNet(False), 3, 32, 32, gradients=True)


@case
def vit_tiny():
    import timm

    return plain(timm.create_model("vit_tiny_patch16_224"), 3, 224, 224)


@case
def vit_base_32():
    import timm

    return plain(timm.create_model("vit_base_patch32_224"), 3, 224, 224)


VIT_SIZES = {"img_size": 32, "patch_size": 8, "embed_dim": 192, "depth": 2, "num_heads": 3, "num_classes": 5}


@case
def vit_small():
    from timm.models.vision_transformer import VisionTransformer

    return plain(VisionTransformer(**VIT_SIZES, init_values=0.5), 3, 32, 32, gradients=True)


@case
def vit_registers():
    from timm.models.vision_transformer import VisionTransformer

    module = VisionTransformer(**VIT_SIZES, reg_tokens=4, no_embed_class=True)
    return plain(module, 3, 32, 32, gradients=True)


@case
def vit_averaged():
    from timm.models.vision_transformer import VisionTransformer

    return plain(VisionTransformer(**VIT_SIZES, global_pool="avg"), 3, 32, 32, gradients=True)


@case
def vit_registers_averaged():
    from timm.models.vision_transformer import VisionTransformer

    module = VisionTransformer(**VIT_SIZES, reg_tokens=4, no_embed_class=True, global_pool="avg")
    return plain(module, 3, 32, 32, gradients=True)


@case
def vit_torchvision():
    from torchvision.models import VisionTransformer

    module = VisionTransformer(
        image_size=32, patch_size=8, num_layers=2, num_heads=3, hidden_dim=192, mlp_dim=320, num_classes=5
    )
    return plain(module, 3, 32, 32, gradients=True)


@case
def vit_transformers():
    from transformers import ViTConfig, ViTForImageClassification

    sizes = {"hidden_size": 96, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 160}
    config = ViTConfig(**sizes, image_size=32, patch_size=8, num_labels=5)
    return published(ViTForImageClassification, config, lambda module, x: module(x).logits, 32)


def published(cls, config, compute, side, **options):
    """By way of files: they keep the names of old checkpoints, models in memory do not."""
    make_tensors, load = pretrained(cls, config)
    with tempfile.TemporaryDirectory() as folder:
        tensors = {name: value.float() for name, value in make_tensors().items()}
        module = load(tensors, pathlib.Path(folder))
    result = Case(module, (3, side, side), lambda x: compute(module, x), config=config, **options)
    result.tensors = tensors
    return result


def make_head(n_classes, width):
    return {"text_features": random("text", n_classes, width).float(), "logit_scale": torch.tensor(30.0)}


def compare_with(head, embedding):
    """CLIP's logits (Radford et al. 2021, figure 3)."""
    features = torch.nn.functional.normalize(head["text_features"].double(), dim=-1)
    return head["logit_scale"].double() * torch.nn.functional.normalize(embedding, dim=-1) @ features.t()


@case
def clip_vision():
    from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

    config = CLIPVisionConfig(projection_dim=512)
    assert config.patch_size == 32 and config.hidden_size == 768 and config.num_hidden_layers == 12
    head = make_head(10, 512)
    return published(
        CLIPVisionModelWithProjection,
        config,
        lambda module, x: compare_with(head, module(x).image_embeds),
        224,
        head=head,
    )


@case
def clip_transformers():
    """Both towers in one file."""
    from transformers import CLIPModel

    from symmetry_vision import clip_config

    head = make_head(6, 24)

    def compute(module, x):
        return compare_with(head, module.visual_projection(module.vision_model(pixel_values=x).pooler_output))

    return published(CLIPModel, clip_config(), compute, 32, head=head, gradients=True)


@case
def clip_open():
    from open_clip.model import CLIP

    module = CLIP(
        24,
        {"image_size": 32, "layers": 2, "width": 768, "head_width": 64, "patch_size": 8},
        {"context_length": 7, "vocab_size": 100, "width": 128, "heads": 4, "layers": 2},
        quick_gelu=True,
    )
    head = make_head(6, 24)
    del head["logit_scale"]
    whole = {**head, "logit_scale": torch.tensor(100.0)}
    prepare(module)
    return Case(module, (3, 32, 32), lambda x: compare_with(whole, module.encode_image(x)), head=head, gradients=True)


def run(*arguments):
    result = subprocess.run([os.environ["RUN_NETWORK"], *map(str, arguments)], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr.strip() or f"run-network ended with {result.returncode}"


def find_gradients(module, logits, direction, names):
    """[N, elements] for each name. Parameters that no logit depends on have none."""
    parameters = {name: value for name, value in module.named_parameters() if name in names}
    found = {name: [] for name in parameters}
    for sample in range(N_SAMPLES):
        loss = (logits[sample] * direction[sample]).sum()
        gradients = torch.autograd.grad(loss, list(parameters.values()), retain_graph=True)
        for name, gradient in zip(parameters, gradients):
            found[name].append(gradient.flatten())
    return {name: torch.stack(values) for name, values in found.items()}


def list_used(module, logits):
    parameters = dict(module.named_parameters())
    gradients = torch.autograd.grad(logits.sum(), list(parameters.values()), retain_graph=True, allow_unused=True)
    return {name for name, gradient in zip(parameters, gradients) if gradient is not None}


def check_gradients(module, logits, direction, outputs):
    used = list_used(module, logits)
    ours = {name.removeprefix("gradient."): value for name, value in outputs.items() if name != "logits"}
    wanted = find_gradients(module, logits, direction, used)
    assert set(ours) == used, f"gradients differ in names: {sorted(set(ours) ^ used)[:4]}"
    greatest = max(float(value.abs().max()) for value in wanted.values())
    worst = 0.0
    for name, value in wanted.items():
        assert ours[name].shape == value.shape, name
        # A bias of keys has no effect: its gradient is nothing but rounding.
        magnitude = value.abs().amax(1).clamp(min=1e-3 * greatest)
        worst = max(worst, float(((ours[name].double() - value).abs().amax(1) / magnitude).max()))
    assert worst < GRADIENT_LIMIT, f"gradients differ by {worst:.1e}"
    return worst


def check_view(entry, view, pictures, wanted, direction, folder):
    inputs = {"images": pictures.reshape(N_SAMPLES, *view).float().contiguous()}
    if entry.gradients:
        inputs["direction"] = direction.float()
    save_file(inputs, folder / "inputs.safetensors")
    heads = [folder / "head.safetensors"] if entry.head else []
    run(folder / "model.safetensors", folder / "inputs.safetensors", folder / "outputs.safetensors", *heads)
    outputs = load_file(folder / "outputs.safetensors")
    assert torch.isfinite(outputs["logits"]).all(), "logits are not finite"
    apart = float((outputs["logits"].double() - wanted).abs().max() / wanted.abs().max())
    assert apart < LOGITS_LIMIT, f"logits differ by {apart:.1e}"
    return apart, outputs


def write(entry, folder):
    tensors = getattr(entry, "tensors", None) or entry.module.state_dict()
    tensors = {name: value.float() if value.is_floating_point() else value for name, value in tensors.items()}
    save_file({name: value.contiguous() for name, value in tensors.items()}, folder / "model.safetensors")
    if entry.config is not None:
        (folder / "config.json").write_text(entry.config.to_json_string())
    if entry.head:
        save_file(entry.head, folder / "head.safetensors")


def check(name, entry, folder):
    begin = time.monotonic()
    pictures = random("pictures", N_SAMPLES, *entry.picture).float().double()
    write(entry, folder)
    with torch.set_grad_enabled(entry.gradients):
        logits = entry.compute(pictures)
    wanted = logits.detach()
    direction = random("direction", *wanted.shape).float().double()
    spread = float((wanted[0] - wanted[1]).abs().max() / wanted.abs().max())
    assert spread > 0.01, f"logits hardly depend on the picture: {spread:.1e}"
    for view in entry.views:
        apart, outputs = check_view(entry, view, pictures, wanted, direction, folder)
        text = f"{name} {'x'.join(map(str, view))}: logits {apart:.1e}"
        if entry.gradients:
            text += f", gradients {check_gradients(entry.module, logits, direction, outputs):.1e}"
        print(f"{text}; spread {spread:.2f}; {time.monotonic() - begin:.1f} s", flush=True)


def main():
    n_tried = 0
    failures = []
    for name, make in CASES.items():
        if sys.argv[1:] and name not in sys.argv[1:]:
            continue
        try:
            entry = make()
        except (ImportError, RuntimeError) as missing:
            if "torchvision" not in str(missing) and not isinstance(missing, ImportError):
                raise
            print(f"{name} skipped: {missing}")
            continue
        n_tried += 1
        with tempfile.TemporaryDirectory() as folder:
            try:
                check(name, entry, pathlib.Path(folder))
            except AssertionError as failure:
                failures.append(name)
                print(f"{name} FAILED: {failure}", flush=True)
    if not n_tried:
        sys.exit(77)
    assert not failures, f"failed: {', '.join(failures)}"


if __name__ == "__main__":
    main()
