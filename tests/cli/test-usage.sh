#!/usr/bin/env bash
# Help, and what happens to wrong arguments: exit code 2, a message, nothing done.
# shellcheck source=tests/cli/common.sh
source "$(dirname "$0")/common.sh"

commands=(merge inspect diff align statistics repair evaluate soup convert methods presets demo)

check 0 --version
says out '^amalgam [0-9]+\.[0-9]+\.[0-9]+$'

check 0 --help
cp out help
check 0 help
same out help
for command in "${commands[@]}"; do
  says out "^  $command "
  check 0 help "$command"
  says out "^  amalgam $command "
  cp out command-help
  check 0 "$command" --help
  same out command-help
  check 2 "$command" --no-such-option
  says err '^amalgam: .*no-such-option'
  says err "amalgam $command --help"
  check 0 help
done

check 2
check 2 no-such-command
says err "^amalgam: no command is called 'no-such-command'"

# The flags that scripts rely on.
check 0 help merge
for flag in method parameter base output blocks dtype vae discard prune seed threads memory shard-size dry-run \
  report force quiet no-metadata no-sync blocks-file elements time-embed text-encoder clamp align; do
  says out "--$flag"
done
for flag in json scan hash; do
  check 0 help inspect
  says out "--$flag"
done
for flag in json png top; do
  check 0 help diff
  says out "--$flag"
done
for flag in output order seed restarts sweeps tolerance rotate normalize architecture dtype json png top report \
  threads dry-run force quiet; do
  check 0 help align
  says out "--$flag"
done
for flag in data preprocessing samples seed batch-size threads architecture head output kind estimator diagonal \
  widest add json force quiet no-sync; do
  check 0 help statistics
  says out "--$flag"
done
for flag in data preprocessing samples seed batch-size threads architecture head classes barrier points reset-bn png \
  json force quiet; do
  check 0 help evaluate
  says out "--$flag"
done
for flag in output kind evaluate data samples json force quiet; do
  check 0 help soup
  says out "--$flag"
done
for flag in output dtype prune vae memory; do
  check 0 help convert
  says out "--$flag"
done

usage() {
  local pattern=$1
  shift
  check 2 "$@"
  says err "^amalgam: .*$pattern"
  [ ! -s out ] || fail "words on standard output: $*"
}

usage 'nothing to merge' merge -o out.safetensors
usage '-o OUT' merge a b -m weighted_sum
usage 'need a method' merge a b -o c
usage '--base' merge recipe.yaml --base a -o c
usage "no method is called 'blend'" merge a b -m blend -o c
usage 'takes 2 models, not 3' merge a b c -m weighted_sum -o d
usage 'takes no base' merge a b -m weighted_sum --base c -o d
usage 'name of a model is empty' merge a '' -m weighted_sum -o d
usage 'name of the output is empty' merge a b -m weighted_sum -o ''
usage 'name of the output is empty' convert a -o ''
usage 'takes 3 models, not 2' merge a b -m add_difference -o d
usage 'with --base' merge a b -m ties -o d
usage 'alpha' merge a b -m weighted_sum -p alpha=2,x -o d
usage 'gamma' merge a b -m weighted_sum -p gamma=1 -o d
usage '--dtype' merge a b -m weighted_sum --dtype int8 -o d
usage '--seed' merge a b -m weighted_sum --seed -1 -o d
usage '--memory: .*half' merge a b -m weighted_sum --memory half -o d
usage '--memory: ' convert a --memory 0 -o d
usage '--threads' merge a b -m weighted_sum --threads -1 -o d
usage 'NO_SUCH' merge a b -m weighted_sum --blocks NO_SUCH -o d
usage "no parameter 'omega'" merge a b -m weighted_sum --blocks omega=GRAD_V -o d
usage '--discard' merge a b -m weighted_sum --discard '(' -o d
usage '--time-embed' merge a b -m weighted_sum --time-embed soon -o d
usage 'five' merge a b -m weighted_sum --shard-size five -o d
usage 'one checkpoint' inspect
usage 'one checkpoint' inspect a b
usage 'two checkpoints' diff a
usage 'one input' convert a b -o c
usage '-o OUT' convert a
usage '--dtype' convert a -o c --dtype int4
usage 'no method' methods blend
usage '25 or 19' presets --blocks 7
usage 'no arguments' presets GRAD_V
usage 'one folder' demo a b
only_files . out err help command-help
