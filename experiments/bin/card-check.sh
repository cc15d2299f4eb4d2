#!/bin/sh
# The card check where there is neither Node nor npm: unpacks what `experiments:card-check --pack=PIECES` made over this
# checkout, finds CUDA's libraries where a PyTorch brought them, and runs the check. Arguments are card-check's.
#
#   experiments/bin/card-check.sh PIECES [--devices=cuda,webgpu] [--minutes=8] [--out=DIR]
set -eu
pieces=$(cd "${1:?the folder of the pieces}" && pwd)
shift
ls "$pieces"/piece-* >/dev/null
cd "$(dirname "$0")/../.."
cat "$pieces"/piece-* | tar -xJf -
for root in "${VIRTUAL_ENV:-/nowhere}" /usr/lib/python3* /usr/local/lib/python3* /opt "$HOME"; do
  [ -d "$root" ] || continue
  found=$(find "$root" -path '*/nvidia/*' -type d -name lib 2>/dev/null | tr '\n' ':')
  [ -n "$found" ] && LD_LIBRARY_PATH="$found${LD_LIBRARY_PATH:-}" && break
done
export LD_LIBRARY_PATH="${LD_LIBRARY_PATH:-}"
exec .sdtt/card/node experiments/dist/cli.js card-check "$@"
