/**
 * @file A process that prepares a corpus and, if told so, kills itself at a point of the work:
 * `prepare.js SOURCE TOKENIZER OUT WORKERS PIECE_BYTES [STEP PIECES]`.
 */

import { loadTokenizer } from "../tokenizer/tokenizer.js";
import { prepareShards } from "./shards.js";

const [source = "", tokenizerFile = "", out = "", workers, pieceBytes, step, pieces] = process.argv.slice(2);
const { keptPieces, wasThere } = await prepareShards({
  ...{ source, out, tokenizer: loadTokenizer(tokenizerFile) },
  ...{ workers: Number(workers), pieceBytes: Number(pieceBytes) },
  on(event) {
    if (event.step === step && event.pieces === Number(pieces)) process.kill(process.pid, "SIGKILL");
  },
});
process.stdout.write(JSON.stringify({ keptPieces, wasThere }));
