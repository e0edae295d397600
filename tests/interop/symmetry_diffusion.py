"""The UNets, transformers and VAE of Stable Diffusion and Flux, by diffusers' conversions of public checkpoints."""

import inspect

import torch

from symmetry_network import Network, network, random, to_tokens, to_vector
from symmetry_keys import fill_keys, list_keys, unet_shapes


def load_strictly(model, state):
    model.double().eval().load_state_dict(state, strict=True)


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
    return unet_network(
        "sd1_unet",
        "sd1",
        {
            "block_out_channels": (64, 128, 256, 256),
            "down_block_types": ("CrossAttnDownBlock2D",) * 3 + ("DownBlock2D",),
            "up_block_types": ("UpBlock2D",) + ("CrossAttnUpBlock2D",) * 3,
            "cross_attention_dim": 96,
            "attention_head_dim": 8,
        },
    )


@network
def sd2_unet():
    return unet_network(
        "sd2_unet",
        "sd2",
        {
            "block_out_channels": (64, 128, 256, 256),
            "down_block_types": ("CrossAttnDownBlock2D",) * 3 + ("DownBlock2D",),
            "up_block_types": ("UpBlock2D",) + ("CrossAttnUpBlock2D",) * 3,
            "cross_attention_dim": 128,
            "attention_head_dim": (1, 2, 4, 4),
            "use_linear_projection": True,
        },
    )


@network
def sdxl_unet():
    added = {
        "text_embeds": random("pooled", 1, 160),
        "time_ids": torch.tensor([[64.0, 48.0, 0.0, 8.0, 64.0, 64.0]]).double(),
    }
    return unet_network(
        "sdxl_unet",
        "sdxl",
        {
            "block_out_channels": (64, 128, 256),
            "down_block_types": ("DownBlock2D",) + ("CrossAttnDownBlock2D",) * 2,
            "up_block_types": ("CrossAttnUpBlock2D",) * 2 + ("UpBlock2D",),
            "transformer_layers_per_block": (1, 2, 2),
            "cross_attention_dim": 256,
            "attention_head_dim": (1, 2, 4),
            "use_linear_projection": True,
            "addition_embed_type": "text_time",
            "addition_time_embed_dim": 32,
            "projection_class_embeddings_input_dim": 352,
        },
        added,
    )


@network
def vae():
    from diffusers import AutoencoderKL
    from diffusers.loaders.single_file_utils import convert_ldm_vae_checkpoint

    shapes = list_keys("sd1", 4, "vae")
    model = AutoencoderKL(
        block_out_channels=(32, 64, 128, 128),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        layers_per_block=2,
        latent_channels=4,
    )
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
        block = key[len(prefix) :].split(".")[0] if key.startswith(prefix) else "0"
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
            shapes.update(
                {
                    f"{stem}attn2.qkv.weight": [3 * width, width],
                    f"{stem}attn2.qkv.bias": [3 * width],
                    f"{stem}attn2.proj.weight": [width, width],
                    f"{stem}attn2.proj.bias": [width],
                    f"{stem}attn2.ln_q.weight": [head],
                    f"{stem}attn2.ln_k.weight": [head],
                    f"{stem}adaLN_modulation.1.weight": [9 * width, width],
                    f"{stem}adaLN_modulation.1.bias": [9 * width],
                }
            )
    side = 6
    shapes["model.diffusion_model.pos_embed"] = [1, side * side, width]
    pooled_width = shapes["model.diffusion_model.y_embedder.mlp.0.weight"][1]
    text_width = shapes["model.diffusion_model.context_embedder.weight"][1]
    model = SD3Transformer2DModel(
        sample_size=2 * side,
        patch_size=2,
        in_channels=16,
        num_layers=3,
        attention_head_dim=head,
        num_attention_heads=width // head,
        joint_attention_dim=text_width,
        caption_projection_dim=width,
        pooled_projection_dim=pooled_width,
        out_channels=16,
        pos_embed_max_size=side,
        dual_attention_layers=tuple(range(n_dual)),
        qk_norm="rms_norm" if has_norm else None,
    ).double()
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
        return {
            "time": to_vector(model.time_text_embed.time_proj(timestep)),
            "pooled": to_vector(pooled),
            "context": to_tokens(text),
            "latent": latent[0],
        }

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
    shapes = {
        key: shape
        for key, shape in list_keys("flux", 8, "unet").items()
        if "blocks." not in key or int(key.split("blocks.")[1].split(".")[0]) < 2
    }
    n_heads, width = 24, shapes[root + "img_in.weight"][0]
    head = width // n_heads
    convert = flux_converter(width)
    text_width, pooled_width = shapes[root + "txt_in.weight"][1], shapes[root + "vector_in.in_layer.weight"][1]
    model = FluxTransformer2DModel(
        patch_size=1,
        in_channels=64,
        num_layers=2,
        num_single_layers=2,
        attention_head_dim=head,
        num_attention_heads=n_heads,
        joint_attention_dim=text_width,
        pooled_projection_dim=pooled_width,
        guidance_embeds=True,
        axes_dims_rope=(head,),
    ).double()
    patches, text = random("patches", 1, 6, 64), random("text", 1, 5, text_width)
    pooled, timestep, guidance = random("pooled", 1, pooled_width), torch.tensor([0.25]), torch.tensor([3.5])
    picture_ids, text_ids = torch.arange(6).double().unsqueeze(1), torch.zeros(5, 1).double()

    def run(tensors, folder):
        load_strictly(model, convert(dict(tensors)))
        result = model(patches, text, pooled, timestep, picture_ids, text_ids, guidance)
        return {"prediction": to_tokens(result.sample)}

    def inputs():
        project = model.time_text_embed.time_proj
        return {
            "time": to_vector(project(timestep * 1000)),
            "guidance": to_vector(project(guidance * 1000)),
            "pooled": to_vector(pooled),
            "context": to_tokens(text),
            "patches": to_tokens(patches),
        }

    def graph_tensors(tensors):
        inside, across = pair_channels(width, n_heads)
        rows = torch.cat([across, width + across])
        result = {}
        for name, value in tensors.items():
            if name.endswith("norm.scale"):
                result[name] = value[inside]
            elif ".qkv." in name or ".linear1." in name:
                result[name] = torch.cat([value[rows], value[2 * width :]])
        return result

    return Network("flux", lambda: fill_keys(shapes), run, inputs, graph_tensors=graph_tensors)
