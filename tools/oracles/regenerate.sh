#!/usr/bin/env bash
# Makes every fixture of the frameworks anew, in a Python environment of its own that is thrown away afterwards. See README.md.
#   tools/oracles/regenerate.sh            PYTHON=python3.11 chooses the interpreter
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"${PYTHON:-python3}" -m venv "$work/venv"
python="$work/venv/bin/python"
"$python" -m pip install --quiet torch==2.13.0 numpy==2.4.6
# OpenRLHF's wheels carry a Python version and a platform, though what is in them doesn't depend on either: name one.
"$python" -m pip download --quiet --no-deps --require-hashes --only-binary :all: --python-version 3.11 --platform manylinux1_x86_64 --platform any \
  --dest "$work/wheels" --requirement "$here/frameworks.txt"
for wheel in "$work"/wheels/*.whl; do "$python" -m zipfile -e "$wheel" "$work/unpacked"; done

export PYTHONDONTWRITEBYTECODE=1
for oracle in verl verl-critic verl-algorithms verl-surrogates trl trl-algorithms trl-surrogates trl-reward openrlhf openrlhf-critic openrlhf-algorithms verl-off-policy trl-off-policy; do
  "$python" "$here/$oracle.py" "$work/unpacked"
done
"$python" -m pip download --quiet --no-deps --require-hashes --dest "$work/trl-ppo" --requirement "$here/trl-ppo.txt"
"$python" -m zipfile -e "$work"/trl-ppo/*.whl "$work/unpacked-trl-ppo"
"$python" "$here/trl-ppo.py" "$work/unpacked-trl-ppo"
for derivation in nemo stable-reinforce; do "$python" "$here/$derivation.py"; done
"$python" -m pip install --quiet --requirement "$here/statistics-oracle.txt"
"$python" "$here/statistics-oracle.py"
"$python" "$here/crossed-oracle.py"
"$python" -m pip install --quiet pillow==13.0.0
"$python" "$here/pillow.py"
"$python" -m pip install --quiet tokenizers==0.23.3 gguf==0.19.0
for files in hf-tokenizers hf-trained hf-gguf; do "$python" "$here/$files.py"; done
