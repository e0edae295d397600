"""Small networks of other libraries under the names of public checkpoints, for test_symmetry.py.

NETWORKS maps names to functions that make a Network and raise ImportError (or RuntimeError, from a library built for
another torch) where a library is missing."""

import json
import os
import subprocess

import torch
from safetensors.torch import load_file, save_file

NETWORKS = {}


class Network:
    """make_tensors() gives a checkpoint; run(tensors, folder) the library's outputs, by the names of the graph's
    outputs; inputs() what goes into the graph, [channels, height, width] each; graph_tensors(tensors) what the graph
    needs otherwise than the library; the outputs depend on the tensors under the prefix checked."""

    def __init__(self, name, make_tensors, run, inputs, config=None, metadata=None, graph_tensors=None, checked=""):
        self.name = name
        self.make_tensors = make_tensors
        self.run = run
        self.inputs = inputs
        self.checked = checked
        self.config = config
        self.metadata = metadata
        self.graph_tensors = graph_tensors or (lambda tensors: {})


def network(make):
    NETWORKS[make.__name__] = make
    return make


def generator_for(text):
    return torch.Generator().manual_seed(sum(text.encode()) + 1)


def random(text, *shape):
    return torch.randn(shape, generator=generator_for(text), dtype=torch.float64)


def fill(name, shape):
    """Values under which deep networks stay near 1 and no gain or bias is idle."""
    values = random(name, *shape)
    if name.endswith("running_var"):
        return 0.5 + values.abs()
    if "position_ids" in name or "num_batches" in name:
        return values * 0
    if len(shape) == 0:
        return values
    if len(shape) == 1:
        return values * 0.1 if name.endswith(("bias", "mean")) else 1 + 0.2 * values
    fan_in = values[0].numel()
    return values / fan_in**0.5 if fan_in > 1 else values


def fill_like(state):
    """Random values for a state dictionary, without counters."""
    return {name: fill(name, tuple(value.shape)) for name, value in state.items() if value.is_floating_point()}


def to_tokens(value):
    """[1, n, channels] as the graph has it."""
    return value[0].t().unsqueeze(1)


def to_vector(value):
    """[1, channels] likewise."""
    return value.reshape(-1, 1, 1)


def torch_network(name, module, picture, output="logits", **options):
    """A module that takes a picture, whose state dictionary is the checkpoint."""

    def run(tensors, folder):
        model = module.double().eval()
        model.load_state_dict(tensors, strict=False)
        missing = set(model.state_dict()) - set(tensors)
        assert all("num_batches" in key for key in missing), missing
        return {output: model(picture)[0].reshape(-1, 1, 1)}

    return Network(name, lambda: fill_like(module.state_dict()), run,
                   lambda: {"picture": picture[0], **options.get("more", {})}, config=options.get("config"))


@network
def vgg11():
    from torchvision.models import vgg

    layers = vgg.make_layers([6, "M", 8, "M", 12, 12, "M", 16, 16, "M", 16, 16, "M"])
    model = vgg.VGG(layers, num_classes=5, init_weights=False)
    model.classifier[0] = torch.nn.Linear(16 * 49, 20)
    model.classifier[3] = torch.nn.Linear(20, 18)
    model.classifier[6] = torch.nn.Linear(18, 5)
    return torch_network("vgg11", model, random("picture", 1, 3, 224, 224))


@network
def vgg16_bn():
    from torchvision.models import vgg

    widths = [8, 8, "M", 12, 12, "M", 16, 16, 16, "M", 20, 20, 20, "M", 24, 24, 24, "M"]
    model = vgg.VGG(vgg.make_layers(widths, batch_norm=True), num_classes=5, init_weights=False)
    model.avgpool = torch.nn.Identity()
    model.classifier = torch.nn.Linear(24, 5)
    return torch_network("vgg16_bn", model, random("picture", 1, 3, 32, 32))


@network
def vgg16():
    from torchvision.models import vgg

    widths = [8, 8, "M", 12, 12, "M", 16, 16, 16, "M", 20, 20, 20, "M", 24, 24, 24, "M"]
    model = vgg.VGG(vgg.make_layers(widths), num_classes=5, init_weights=False)
    model.avgpool = torch.nn.Identity()
    model.classifier[0] = torch.nn.Linear(24 * 4, 20)
    model.classifier[3] = torch.nn.Linear(20, 18)
    model.classifier[6] = torch.nn.Linear(18, 5)
    return torch_network("vgg16", model, random("picture", 1, 3, 64, 64))


@network
def resnet18():
    from torchvision.models import resnet18 as make

    return torch_network("resnet18", make(num_classes=5), random("picture", 1, 3, 40, 40))


@network
def resnet50():
    from torchvision.models import resnet50 as make

    return torch_network("resnet50", make(num_classes=5), random("picture", 1, 3, 32, 32))


@network
def resnext():
    from torchvision.models import resnet

    model = resnet.ResNet(resnet.Bottleneck, [1, 2, 1, 1], num_classes=5, groups=32, width_per_group=4)
    return torch_network("resnext", model, random("picture", 1, 3, 32, 32))


class SmallBlock(torch.nn.Module):
    def __init__(self, n_in, n_out, stride, has_projection):
        super().__init__()
        if has_projection and n_in != n_out:
            self.shortcut = torch.nn.Sequential(torch.nn.Conv2d(n_in, n_out, 1, stride, bias=False),
                                                torch.nn.BatchNorm2d(n_out))
        self.conv1 = torch.nn.Conv2d(n_in, n_out, 3, stride, 1, bias=False)
        self.bn1 = torch.nn.BatchNorm2d(n_out)
        self.conv2 = torch.nn.Conv2d(n_out, n_out, 3, 1, 1, bias=False)
        self.bn2 = torch.nn.BatchNorm2d(n_out)
        self.n_padded = (n_out - n_in) // 2
        self.stride = stride

    def forward(self, x):
        y = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
        if hasattr(self, "shortcut"):
            return torch.relu(y + self.shortcut(x))
        shortcut = x[:, :, :: self.stride, :: self.stride]
        shortcut = torch.nn.functional.pad(shortcut, (0, 0, 0, 0, self.n_padded, self.n_padded))
        return torch.relu(y + shortcut)


class SmallResNet(torch.nn.Module):
    """He et al. 2016, section 4.2: three stages; shortcuts with weights where they widen, or without."""

    def __init__(self, has_projection, n_blocks=3, width=16):
        super().__init__()
        self.conv1 = torch.nn.Conv2d(3, width, 3, 1, 1, bias=False)
        self.bn1 = torch.nn.BatchNorm2d(width)
        n_in = width
        for stage in range(3):
            n_out = width << stage
            blocks = [SmallBlock(n_in if i == 0 else n_out, n_out, 2 if stage and i == 0 else 1, has_projection)
                      for i in range(n_blocks)]
            setattr(self, f"layer{stage + 1}", torch.nn.Sequential(*blocks))
            n_in = n_out
        self.linear = torch.nn.Linear(n_in, 10)

    def forward(self, x):
        x = torch.relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.linear(x.mean((2, 3)))


@network
def resnet20():
    zeros = {"layer2.0.zeros": torch.zeros(8, 1, 1), "layer3.0.zeros": torch.zeros(16, 1, 1)}
    return torch_network("resnet20", SmallResNet(False), random("picture", 1, 3, 32, 32), more=zeros)


@network
def resnet20_projected():
    return torch_network("resnet20_projected", SmallResNet(True), random("picture", 1, 3, 32, 32))


@network
def vit_timm():
    from timm.models.vision_transformer import VisionTransformer

    model = VisionTransformer(img_size=32, patch_size=8, embed_dim=192, depth=2, num_heads=3, mlp_ratio=2, num_classes=5,
                              init_values=0.1)
    return torch_network("vit_timm", model, random("picture", 1, 3, 32, 32))


@network
def vit_distilled():
    from timm.models.deit import VisionTransformerDistilled

    model = VisionTransformerDistilled(img_size=32, patch_size=8, embed_dim=192, depth=2, num_heads=3, mlp_ratio=2,
                                       num_classes=5)
    model.distilled_training = True
    picture = random("picture", 1, 3, 32, 32)

    def run(tensors, folder):
        model.double().train().load_state_dict(tensors)
        logits, distilled = model(picture)
        return {"logits": to_vector(logits), "distilled": to_vector(distilled)}

    return Network("vit_distilled", lambda: fill_like(model.state_dict()), run, lambda: {"picture": picture[0]})


@network
def vit_registers():
    from timm.models.vision_transformer import VisionTransformer

    model = VisionTransformer(img_size=32, patch_size=8, embed_dim=192, depth=2, num_heads=3, mlp_ratio=2, num_classes=5,
                              reg_tokens=4, no_embed_class=True, init_values=0.1)
    return torch_network("vit_registers", model, random("picture", 1, 3, 32, 32))


@network
def vit_averaged():
    """CLIP's norm before the first layer, and the mean of all patches."""
    import functools

    from timm.models.vision_transformer import VisionTransformer

    model = VisionTransformer(img_size=32, patch_size=8, embed_dim=192, depth=2, num_heads=3, mlp_ratio=2, num_classes=5,
                              pre_norm=True, global_pool="avg", norm_layer=functools.partial(torch.nn.LayerNorm, eps=1e-5))
    return torch_network("vit_averaged", model, random("picture", 1, 3, 32, 32))


@network
def vit_torchvision():
    from torchvision.models import VisionTransformer

    model = VisionTransformer(image_size=32, patch_size=8, num_layers=2, num_heads=3, hidden_dim=192, mlp_dim=320,
                              num_classes=5)
    return torch_network("vit_torchvision", model, random("picture", 1, 3, 32, 32))


def pretrained(cls, config, prefix=""):
    """make_tensors and a loader, both by way of files, where transformers keeps the names of old checkpoints."""
    import tempfile

    def make_tensors():
        with tempfile.TemporaryDirectory() as folder:
            cls(config).save_pretrained(folder)
            return {prefix + name: value for name, value in fill_like(load_file(f"{folder}/model.safetensors")).items()}

    def load(tensors, folder):
        (folder / "config.json").write_text(json.dumps(config.to_dict()))
        save_file({name: value.contiguous() for name, value in tensors.items()}, folder / "model.safetensors",
                  metadata={"format": "pt"})
        model, report = cls.from_pretrained(folder, dtype=torch.float64, attn_implementation="eager",
                                            output_loading_info=True)
        assert not report["missing_keys"] and not report["mismatched_keys"], report
        return model.eval()

    return make_tensors, load


@network
def vit_transformers():
    from transformers import ViTConfig, ViTForImageClassification

    config = ViTConfig(hidden_size=96, num_hidden_layers=2, num_attention_heads=4, intermediate_size=160, image_size=32,
                       patch_size=8, num_labels=5)
    make_tensors, load = pretrained(ViTForImageClassification, config)
    picture = random("picture", 1, 3, 32, 32)

    def run(tensors, folder):
        return {"logits": to_vector(load(tensors, folder)(picture).logits)}

    return Network("vit_transformers", make_tensors, run, lambda: {"picture": picture[0]}, config=config.to_dict())


TOKENS = [49, 3, 17, 80, 5, 11, 99]


def clip_config():
    from transformers import CLIPConfig

    sizes = {"num_hidden_layers": 2, "projection_dim": 24, "intermediate_size": 128}
    text = {"hidden_size": 48, "num_attention_heads": 4, "vocab_size": 100, "max_position_embeddings": 7, "eos_token_id": 99,
            "bos_token_id": 98, "pad_token_id": 97}
    vision = {"hidden_size": 64, "num_attention_heads": 2, "image_size": 32, "patch_size": 8}
    return CLIPConfig(text_config={**sizes, **text}, vision_config={**sizes, **vision}, projection_dim=24)


@network
def clip_transformers():
    from transformers import CLIPModel

    config = clip_config()
    make_tensors, load = pretrained(CLIPModel, config)
    picture = random("picture", 1, 3, 32, 32)

    def run(tensors, folder):
        model = load(tensors, folder)
        ids = torch.tensor([TOKENS])
        hidden = model.text_model(input_ids=ids).last_hidden_state
        pooled = model.vision_model(pixel_values=picture).pooler_output
        return {"projected": to_tokens(model.text_projection(hidden)),
                "vision_model.projected": to_vector(model.visual_projection(pooled))}

    def inputs():
        return {"picture": picture[0], "text_model.embeddings.token_embedding": torch.tensor([[TOKENS]]).double()}

    return Network("clip_transformers", make_tensors, run, inputs, config=config.to_dict())


@network
def clip_openai():
    import open_clip
    from open_clip.model import CLIP

    model = CLIP(24, {"image_size": 32, "layers": 2, "width": 768, "head_width": 64, "patch_size": 8},
                 {"context_length": 7, "vocab_size": 100, "width": 128, "heads": 4, "layers": 2}, quick_gelu=True)
    picture = random("picture", 1, 3, 32, 32)
    config = {"text_config": {"num_attention_heads": 4}}

    def run(tensors, folder):
        model.double().eval().load_state_dict(tensors, strict=False)
        model.attn_mask = model.attn_mask.double()
        x = model.token_embedding(torch.tensor([TOKENS])) + model.positional_embedding
        x = model.ln_final(model.transformer(x, attn_mask=model.attn_mask)) @ model.text_projection
        return {"projected": to_tokens(x), "visual.projected": to_vector(model.encode_image(picture))}

    def inputs():
        return {"picture": picture[0], "token_embedding": torch.tensor([[TOKENS]]).double()}

    return Network("clip_openai", lambda: fill_like(model.state_dict()), run, inputs, config=config)


def list_keys(family, divisor, component):
    """The rows of Amalgam's key table as {name: shape}."""
    text = subprocess.run([os.environ["LIST_KEYS"], family, str(divisor)], capture_output=True, text=True, check=True).stdout
    rows = [line.split() for line in text.splitlines() if line.split()[0] == component]
    return {row[1]: [int(length) for length in row[2].split(",")] if len(row) > 2 else [] for row in rows}


def fill_keys(shapes):
    return {name: fill(name, shape) for name, shape in shapes.items() if "position_ids" not in name}


def load_strictly(model, state):
    model.double().eval().load_state_dict(state, strict=True)


def unet_shapes(family):
    """The keys of a UNet with at most two transformer blocks at one place."""
    return {key: shape for key, shape in list_keys(family, 8, "unet").items()
            if int((key + "transformer_blocks.0.").split("transformer_blocks.")[1].split(".")[0]) < 2}


def unet_network(name, family, config, added=None):
    """A UNet by diffusers, from the original names. @added: text_embeds and time_ids of XL."""
    from diffusers import UNet2DConditionModel
    from diffusers.loaders.single_file_utils import convert_ldm_unet_checkpoint

    shapes = unet_shapes(family)
    latent = random("latent", 1, 4, 8, 8)
    text = random("text", 1, 5, config["cross_attention_dim"])
    model = UNet2DConditionModel(sample_size=8, in_channels=4, out_channels=4, **config).double()
    timestep = torch.tensor([300])

    def run(tensors, folder):
        load_strictly(model, convert_ldm_unet_checkpoint(dict(tensors), model.config))
        return {"noise": model(latent, timestep, text, added_cond_kwargs=added).sample[0]}

    def inputs():
        given = {"time": to_vector(model.time_proj(timestep)), "latent": latent[0], "text": to_tokens(text)}
        if added is not None:
            times = model.add_time_proj(added["time_ids"].flatten()).reshape(1, -1)
            given["vector"] = to_vector(torch.cat([added["text_embeds"], times], 1))
        return given

    return Network(name, lambda: fill_keys(shapes), run, inputs)


@network
def sd1_unet():
    return unet_network("sd1_unet", "sd1", {
        "block_out_channels": (64, 128, 256, 256),
        "down_block_types": ("CrossAttnDownBlock2D",) * 3 + ("DownBlock2D",),
        "up_block_types": ("UpBlock2D",) + ("CrossAttnUpBlock2D",) * 3,
        "cross_attention_dim": 96, "attention_head_dim": 8})


@network
def sd2_unet():
    return unet_network("sd2_unet", "sd2", {
        "block_out_channels": (64, 128, 256, 256),
        "down_block_types": ("CrossAttnDownBlock2D",) * 3 + ("DownBlock2D",),
        "up_block_types": ("UpBlock2D",) + ("CrossAttnUpBlock2D",) * 3,
        "cross_attention_dim": 128, "attention_head_dim": (1, 2, 4, 4), "use_linear_projection": True})


@network
def sdxl_unet():
    added = {"text_embeds": random("pooled", 1, 160), "time_ids": torch.tensor([[64., 48., 0., 8., 64., 64.]]).double()}
    return unet_network("sdxl_unet", "sdxl", {
        "block_out_channels": (64, 128, 256),
        "down_block_types": ("DownBlock2D",) + ("CrossAttnDownBlock2D",) * 2,
        "up_block_types": ("CrossAttnUpBlock2D",) * 2 + ("UpBlock2D",),
        "transformer_layers_per_block": (1, 2, 2), "cross_attention_dim": 256, "attention_head_dim": (1, 2, 4),
        "use_linear_projection": True, "addition_embed_type": "text_time", "addition_time_embed_dim": 32,
        "projection_class_embeddings_input_dim": 352}, added)


@network
def vae():
    from diffusers import AutoencoderKL
    from diffusers.loaders.single_file_utils import convert_ldm_vae_checkpoint

    shapes = list_keys("sd1", 4, "vae")
    model = AutoencoderKL(block_out_channels=(32, 64, 128, 128), down_block_types=("DownEncoderBlock2D",) * 4,
                          up_block_types=("UpDecoderBlock2D",) * 4, layers_per_block=2, latent_channels=4)
    picture, encoded = random("picture", 1, 3, 32, 32), random("encoded", 1, 4, 4, 4)

    def run(tensors, folder):
        load_strictly(model, convert_ldm_vae_checkpoint(dict(tensors), model.config))
        return {"moments": model.encode(picture).latent_dist.parameters[0], "decoded": model.decode(encoded).sample[0]}

    return Network("vae", lambda: fill_keys(shapes), run, lambda: {"picture": picture[0], "encoded": encoded[0]})


def sd3_network(name, has_norm=False, n_dual=0):
    """A Stable Diffusion 3 of three blocks, the last one being the one whose text ends there. @n_dual: blocks with a
    second attention."""
    from diffusers import SD3Transformer2DModel
    from diffusers.loaders.single_file_utils import convert_sd3_transformer_checkpoint_to_diffusers

    prefix = "model.diffusion_model.joint_blocks."
    width, head = 192, 64
    shapes = {}
    for key, shape in list_keys("sd3", 8, "unet").items():
        block = key[len(prefix):].split(".")[0] if key.startswith(prefix) else "0"
        if block == "23":
            key = key.replace(prefix + "23.", prefix + "2.")
        elif int(block) >= 2:
            continue
        shapes[key] = shape
    for i in range(3):
        for half in ("x_block", "context_block") if has_norm else ():
            shapes[f"{prefix}{i}.{half}.attn.ln_q.weight"] = shapes[f"{prefix}{i}.{half}.attn.ln_k.weight"] = [head]
        if i < n_dual:
            stem = f"{prefix}{i}.x_block."
            shapes.update({f"{stem}attn2.qkv.weight": [3 * width, width], f"{stem}attn2.qkv.bias": [3 * width],
                           f"{stem}attn2.proj.weight": [width, width], f"{stem}attn2.proj.bias": [width],
                           f"{stem}attn2.ln_q.weight": [head], f"{stem}attn2.ln_k.weight": [head],
                           f"{stem}adaLN_modulation.1.weight": [9 * width, width],
                           f"{stem}adaLN_modulation.1.bias": [9 * width]})
    side = 6
    shapes["model.diffusion_model.pos_embed"] = [1, side * side, width]
    pooled_width = shapes["model.diffusion_model.y_embedder.mlp.0.weight"][1]
    text_width = shapes["model.diffusion_model.context_embedder.weight"][1]
    model = SD3Transformer2DModel(
        sample_size=2 * side, patch_size=2, in_channels=16, num_layers=3, attention_head_dim=head,
        num_attention_heads=width // head, joint_attention_dim=text_width, caption_projection_dim=width,
        pooled_projection_dim=pooled_width, out_channels=16, pos_embed_max_size=side,
        dual_attention_layers=tuple(range(n_dual)), qk_norm="rms_norm" if has_norm else None).double()
    latent, text = random("latent", 1, 16, 2 * side, 2 * side), random("text", 1, 5, text_width)
    pooled, timestep = random("pooled", 1, pooled_width), torch.tensor([300])

    def run(tensors, folder):
        load_strictly(model, convert_sd3_transformer_checkpoint_to_diffusers(dict(tensors)))
        patches = []
        hook = model.proj_out.register_forward_hook(lambda module, given, result: patches.append(result))
        model(latent, text, pooled, timestep)
        hook.remove()
        return {"patches": patches[0][0].t().reshape(-1, side, side)}

    def inputs():
        return {"time": to_vector(model.time_text_embed.time_proj(timestep)), "pooled": to_vector(pooled),
                "context": to_tokens(text), "latent": latent[0]}

    return Network(name, lambda: fill_keys(shapes), run, inputs)


@network
def sd3():
    return sd3_network("sd3")


@network
def sd35_large():
    return sd3_network("sd35_large", has_norm=True)


@network
def sd35_medium():
    return sd3_network("sd35_medium", has_norm=True, n_dual=2)


def pair_channels(width, n_heads):
    """Rotary positions turn channels 2i and 2i + 1 in Flux, i and i + half in the graph: where each comes from."""
    head = width // n_heads
    inside = torch.cat([torch.arange(0, head, 2), torch.arange(1, head, 2)])
    return inside, torch.cat([h * head + inside for h in range(n_heads)])


def flux_converter(width):
    """diffusers' own, which has the width of the true model in it."""
    import inspect

    from diffusers.loaders import single_file_utils

    function = single_file_utils.convert_flux_transformer_checkpoint_to_diffusers
    text = inspect.getsource(function)
    assert text.count("inner_dim = 3072") == 1
    names = dict(vars(single_file_utils))
    exec(text.replace("inner_dim = 3072", f"inner_dim = {width}"), names)
    return names[function.__name__]


@network
def flux():
    from diffusers import FluxTransformer2DModel

    root = "model.diffusion_model."
    shapes = {key: shape for key, shape in list_keys("flux", 8, "unet").items()
              if "blocks." not in key or int(key.split("blocks.")[1].split(".")[0]) < 2}
    n_heads, width = 24, shapes[root + "img_in.weight"][0]
    head = width // n_heads
    convert = flux_converter(width)
    text_width, pooled_width = shapes[root + "txt_in.weight"][1], shapes[root + "vector_in.in_layer.weight"][1]
    model = FluxTransformer2DModel(
        patch_size=1, in_channels=64, num_layers=2, num_single_layers=2, attention_head_dim=head, num_attention_heads=n_heads,
        joint_attention_dim=text_width, pooled_projection_dim=pooled_width, guidance_embeds=True,
        axes_dims_rope=(head,)).double()
    patches, text = random("patches", 1, 6, 64), random("text", 1, 5, text_width)
    pooled, timestep, guidance = random("pooled", 1, pooled_width), torch.tensor([0.25]), torch.tensor([3.5])
    picture_ids, text_ids = torch.arange(6).double().unsqueeze(1), torch.zeros(5, 1).double()

    def run(tensors, folder):
        load_strictly(model, convert(dict(tensors)))
        result = model(patches, text, pooled, timestep, picture_ids, text_ids, guidance)
        return {"prediction": to_tokens(result.sample)}

    def inputs():
        project = model.time_text_embed.time_proj
        return {"time": to_vector(project(timestep * 1000)), "guidance": to_vector(project(guidance * 1000)),
                "pooled": to_vector(pooled), "context": to_tokens(text), "patches": to_tokens(patches)}

    def graph_tensors(tensors):
        inside, across = pair_channels(width, n_heads)
        rows = torch.cat([across, width + across])
        result = {}
        for name, value in tensors.items():
            if name.endswith("norm.scale"):
                result[name] = value[inside]
            elif ".qkv." in name or ".linear1." in name:
                result[name] = torch.cat([value[rows], value[2 * width:]])
        return result

    return Network("flux", lambda: fill_keys(shapes), run, inputs, graph_tensors=graph_tensors)


def text_config(width, n_heads, n_layers, activation):
    from transformers import CLIPTextConfig

    return CLIPTextConfig(hidden_size=width, num_attention_heads=n_heads, num_hidden_layers=n_layers, vocab_size=100,
                          intermediate_size=4 * width, max_position_embeddings=7, hidden_act=activation, projection_dim=width,
                          eos_token_id=99, bos_token_id=98, pad_token_id=97)


def text_outputs(model, prefix, final="text"):
    """Outputs of transformers' text encoder by the graph's names."""
    result = model(input_ids=torch.tensor([TOKENS]), output_hidden_states=True)
    outputs = {f"{prefix}embedded": to_tokens(result.hidden_states[0])}
    outputs.update({f"{prefix}hidden.{i}": to_tokens(value) for i, value in enumerate(result.hidden_states[1:])})
    return {**outputs, f"{prefix}{final}": to_tokens(result.last_hidden_state)}


def text_shapes(family, component, n_layers):
    """The keys of a text encoder, cut to a few layers and words."""
    shapes = {}
    for key, shape in list_keys(family, 8, component).items():
        layer = key.split("layers." if "layers." in key else "resblocks.")
        if len(layer) > 1 and int(layer[1].split(".")[0]) >= n_layers:
            continue
        shapes[key] = [100, *shape[1:]] if "token_embedding" in key else [7, *shape[1:]] if "position" in key else shape
    return shapes


def unet_inputs(family):
    """Anything for the UNet that makes a checkpoint known as its family."""
    unet = unet_shapes(family)
    root = "model.diffusion_model."
    inputs = {"time": random("time", unet[root + "time_embed.0.weight"][1], 1, 1), "latent": random("latent", 4, 8, 8),
              "text": random("text", unet[root + "middle_block.1.transformer_blocks.0.attn2.to_k.weight"][1], 1, 3)}
    if root + "label_emb.0.0.weight" in unet:
        inputs["vector"] = random("vector", unet[root + "label_emb.0.0.weight"][1], 1, 1)
    return unet, inputs


@network
def sd1_text():
    from diffusers.loaders.single_file_utils import convert_ldm_clip_checkpoint
    from transformers import CLIPTextModel

    shapes = text_shapes("sd1", "text_encoder", 3)
    unet, given = unet_inputs("sd1")
    prefix = "cond_stage_model.transformer."
    model = CLIPTextModel._from_config(text_config(96, 12, 3, "quick_gelu"), attn_implementation="eager").double().eval()

    def run(tensors, folder):
        load_text(model, convert_ldm_clip_checkpoint({name: tensors[name] for name in shapes if name in tensors}))
        return text_outputs(model, prefix)

    def inputs():
        return {**given, prefix + "text_model.embeddings.token_embedding": torch.tensor([[TOKENS]]).double()}

    return Network("sd1_text", lambda: fill_keys({**unet, **shapes}), run, inputs, checked=prefix)


def load_text(model, state):
    """Into a text encoder, whichever way the version of transformers nests it."""
    own = model.state_dict()
    if not any(name.startswith("text_model.") for name in own):
        state = {name.removeprefix("text_model."): value for name, value in state.items()}
    report = model.load_state_dict(state, strict=False)
    assert not report.missing_keys and all("position_ids" in key for key in report.unexpected_keys), report


def open_text_network(name, family, component, prefix, width, n_heads):
    """A text encoder in OpenCLIP's layout, by diffusers' conversion."""
    from diffusers.loaders.single_file_utils import convert_open_clip_checkpoint
    from transformers import CLIPTextModelWithProjection

    shapes = text_shapes(family, component, 3)
    unet, given = unet_inputs(family)
    model = CLIPTextModelWithProjection._from_config(text_config(width, n_heads, 3, "gelu"), attn_implementation="eager")
    model = model.double().eval()

    def run(tensors, folder):
        converted = convert_open_clip_checkpoint(model, {name: tensors[name] for name in shapes}, prefix=prefix)
        missing = model.load_state_dict(converted, strict=False).missing_keys
        assert missing in ([], ["text_projection.weight"]), missing
        outputs = text_outputs(model.text_model, prefix)
        if missing:
            return outputs
        hidden = outputs[prefix + "text"][:, 0].t()
        return {**outputs, prefix + "projected": to_tokens(model.text_projection(hidden).unsqueeze(0))}

    def inputs():
        return {**given, prefix + "token_embedding": torch.tensor([[TOKENS]]).double()}

    return Network(name, lambda: fill_keys({**unet, **shapes}), run, inputs, checked=prefix)


@network
def sd2_text():
    return open_text_network("sd2_text", "sd2", "text_encoder", "cond_stage_model.model.", 128, 16)


@network
def sdxl_text():
    return open_text_network("sdxl_text", "sdxl", "text_encoder_2", "conditioner.embedders.1.model.", 160, 20)


def language_network(name, cls, config, rename=None, metadata=None):
    """@rename: to the names in the file; then there is metadata instead of config.json."""
    make_tensors, load = pretrained(cls, config)
    back = {}

    def make():
        tensors = make_tensors()
        if config.tie_word_embeddings:
            tensors.pop("lm_head.weight", None)
        back.update({rename(key) if rename else key: key for key in tensors})
        return {new: tensors[old] for new, old in back.items()}

    def run(tensors, folder):
        model = load({back[key]: value for key, value in tensors.items()}, folder)
        return {"logits": to_tokens(model(input_ids=torch.tensor([TOKENS])).logits)}

    embedding = "token_embd" if rename else "model.embed_tokens"
    return Network(name, make, run, lambda: {embedding: torch.tensor([[TOKENS]]).double()},
                   config=None if rename else config.to_dict(), metadata=metadata)


def language_sizes(**more):
    return {"hidden_size": 48, "intermediate_size": 80, "num_hidden_layers": 2, "num_attention_heads": 6,
            "num_key_value_heads": 2, "vocab_size": 100, "eos_token_id": 99, "bos_token_id": 98, **more}


@network
def llama():
    from transformers import LlamaConfig, LlamaForCausalLM

    return language_network("llama", LlamaForCausalLM, LlamaConfig(**language_sizes(), rms_norm_eps=1e-3))


@network
def llama_tied():
    from transformers import LlamaConfig, LlamaForCausalLM

    return language_network("llama_tied", LlamaForCausalLM, LlamaConfig(**language_sizes(tie_word_embeddings=True)))


@network
def qwen2():
    from transformers import Qwen2Config, Qwen2ForCausalLM

    return language_network("qwen2", Qwen2ForCausalLM, Qwen2Config(**language_sizes()))


@network
def qwen3():
    from transformers import Qwen3Config, Qwen3ForCausalLM

    return language_network("qwen3", Qwen3ForCausalLM, Qwen3Config(**language_sizes(head_dim=12)))


@network
def llama_gguf():
    """GGUF's names and metadata. Its order of channels inside heads is not looked at: rotary positions fix it."""
    from transformers import LlamaConfig, LlamaForCausalLM

    names = {"self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
             "self_attn.o_proj": "attn_output", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up",
             "mlp.down_proj": "ffn_down", "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm",
             "model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output", "model.layers": "blk"}

    def rename(name):
        for old, new in names.items():
            name = name.replace(old, new)
        return name

    return language_network("llama_gguf", LlamaForCausalLM, LlamaConfig(**language_sizes(), rms_norm_eps=1e-5), rename,
                            {"llama.attention.head_count": "6", "llama.attention.layer_norm_rms_epsilon": "1e-5"})
