"""Networks of transformers that take text: the text encoders of diffusion checkpoints, and Llama with its like."""

import torch

from symmetry_network import TOKENS, Network, network, pretrained, random, to_tokens
from symmetry_keys import fill_keys, list_keys, unet_shapes


def text_config(width, n_heads, n_layers, activation):
    from transformers import CLIPTextConfig

    return CLIPTextConfig(
        hidden_size=width,
        num_attention_heads=n_heads,
        num_hidden_layers=n_layers,
        vocab_size=100,
        intermediate_size=4 * width,
        max_position_embeddings=7,
        hidden_act=activation,
        projection_dim=width,
        eos_token_id=99,
        bos_token_id=98,
        pad_token_id=97,
    )


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
    inputs = {
        "time": random("time", unet[root + "time_embed.0.weight"][1], 1, 1),
        "latent": random("latent", 4, 8, 8),
        "text": random("text", unet[root + "middle_block.1.transformer_blocks.0.attn2.to_k.weight"][1], 1, 3),
    }
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
    model = (
        CLIPTextModel._from_config(text_config(96, 12, 3, "quick_gelu"), attn_implementation="eager").double().eval()
    )

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
    model = CLIPTextModelWithProjection._from_config(
        text_config(width, n_heads, 3, "gelu"), attn_implementation="eager"
    )
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
    return Network(
        name,
        make,
        run,
        lambda: {embedding: torch.tensor([[TOKENS]]).double()},
        config=None if rename else config.to_dict(),
        metadata=metadata,
    )


def language_sizes(**more):
    return {
        "hidden_size": 48,
        "intermediate_size": 80,
        "num_hidden_layers": 2,
        "num_attention_heads": 6,
        "num_key_value_heads": 2,
        "vocab_size": 100,
        "eos_token_id": 99,
        "bos_token_id": 98,
        **more,
    }


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

    names = {
        "self_attn.q_proj": "attn_q",
        "self_attn.k_proj": "attn_k",
        "self_attn.v_proj": "attn_v",
        "self_attn.o_proj": "attn_output",
        "mlp.gate_proj": "ffn_gate",
        "mlp.up_proj": "ffn_up",
        "mlp.down_proj": "ffn_down",
        "input_layernorm": "attn_norm",
        "post_attention_layernorm": "ffn_norm",
        "model.embed_tokens": "token_embd",
        "model.norm": "output_norm",
        "lm_head": "output",
        "model.layers": "blk",
    }

    def rename(name):
        for old, new in names.items():
            name = name.replace(old, new)
        return name

    return language_network(
        "llama_gguf",
        LlamaForCausalLM,
        LlamaConfig(**language_sizes(), rms_norm_eps=1e-5),
        rename,
        {"llama.attention.head_count": "6", "llama.attention.layer_norm_rms_epsilon": "1e-5"},
    )
