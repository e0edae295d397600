"""Networks of torchvision, timm, open_clip and transformers that take pictures."""

import functools

import torch

from symmetry_network import (
    TOKENS,
    Network,
    fill_like,
    network,
    pretrained,
    random,
    to_tokens,
    to_vector,
    torch_network,
)


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
            self.shortcut = torch.nn.Sequential(
                torch.nn.Conv2d(n_in, n_out, 1, stride, bias=False), torch.nn.BatchNorm2d(n_out)
            )
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
            blocks = [
                SmallBlock(n_in if i == 0 else n_out, n_out, 2 if stage and i == 0 else 1, has_projection)
                for i in range(n_blocks)
            ]
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


VIT_SIZES = {
    "img_size": 32,
    "patch_size": 8,
    "embed_dim": 192,
    "depth": 2,
    "num_heads": 3,
    "mlp_ratio": 2,
    "num_classes": 5,
}


@network
def vit_timm():
    from timm.models.vision_transformer import VisionTransformer

    model = VisionTransformer(**VIT_SIZES, init_values=0.1)
    return torch_network("vit_timm", model, random("picture", 1, 3, 32, 32))


@network
def vit_distilled():
    from timm.models.deit import VisionTransformerDistilled

    model = VisionTransformerDistilled(**VIT_SIZES)
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

    model = VisionTransformer(**VIT_SIZES, reg_tokens=4, no_embed_class=True, init_values=0.1)
    return torch_network("vit_registers", model, random("picture", 1, 3, 32, 32))


@network
def vit_averaged():
    """CLIP's norm before the first layer, and the mean of all patches."""
    from timm.models.vision_transformer import VisionTransformer

    model = VisionTransformer(
        **VIT_SIZES, pre_norm=True, global_pool="avg", norm_layer=functools.partial(torch.nn.LayerNorm, eps=1e-5)
    )
    return torch_network("vit_averaged", model, random("picture", 1, 3, 32, 32))


@network
def vit_torchvision():
    from torchvision.models import VisionTransformer

    model = VisionTransformer(
        image_size=32, patch_size=8, num_layers=2, num_heads=3, hidden_dim=192, mlp_dim=320, num_classes=5
    )
    return torch_network("vit_torchvision", model, random("picture", 1, 3, 32, 32))


@network
def vit_transformers():
    from transformers import ViTConfig, ViTForImageClassification

    config = ViTConfig(
        hidden_size=96,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=160,
        image_size=32,
        patch_size=8,
        num_labels=5,
    )
    make_tensors, load = pretrained(ViTForImageClassification, config)
    picture = random("picture", 1, 3, 32, 32)

    def run(tensors, folder):
        return {"logits": to_vector(load(tensors, folder)(picture).logits)}

    return Network("vit_transformers", make_tensors, run, lambda: {"picture": picture[0]}, config=config.to_dict())


def clip_config():
    from transformers import CLIPConfig

    sizes = {"num_hidden_layers": 2, "projection_dim": 24, "intermediate_size": 128}
    text = {
        "hidden_size": 48,
        "num_attention_heads": 4,
        "vocab_size": 100,
        "max_position_embeddings": 7,
        "eos_token_id": 99,
        "bos_token_id": 98,
        "pad_token_id": 97,
    }
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
        return {
            "projected": to_tokens(model.text_projection(hidden)),
            "vision_model.projected": to_vector(model.visual_projection(pooled)),
        }

    def inputs():
        return {"picture": picture[0], "text_model.embeddings.token_embedding": torch.tensor([[TOKENS]]).double()}

    return Network("clip_transformers", make_tensors, run, inputs, config=config.to_dict())


@network
def clip_openai():
    from open_clip.model import CLIP

    model = CLIP(
        24,
        {"image_size": 32, "layers": 2, "width": 768, "head_width": 64, "patch_size": 8},
        {"context_length": 7, "vocab_size": 100, "width": 128, "heads": 4, "layers": 2},
        quick_gelu=True,
    )
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
