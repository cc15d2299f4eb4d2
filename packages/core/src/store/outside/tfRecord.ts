/**
 * @file Records of a TFRecord file: length, its checksum, data, its checksum.
 *
 * A writer that is still at work, or was killed, leaves a last record that is not whole: it is left out. A record whose
 * checksum is wrong ends the file with an error, because nothing behind it can be trusted.
 * Source   tensorflow/core/lib/io/record_writer.h: uint64 length · uint32 masked CRC of it · data · uint32 masked CRC of that
 */
import { userError } from "../../base/errors.js";
import { maskedCrc32c } from "./crc32c.js";

const [headBytes, sumBytes] = [12, 4];

function check(where: string, at: number, bytes: Uint8Array, sum: number): void {
  if (maskedCrc32c(bytes) === sum) return;
  const remedy = "It is damaged, or no event file of TensorBoard. Copy it again.";
  throw userError(where, "each record must have its checksum", `another at byte ${at}`, remedy);
}

/** Throws UserError where a checksum is wrong. */
export function* records(where: string, bytes: Uint8Array): Generator<Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + headBytes <= bytes.length; ) {
    check(where, at, bytes.subarray(at, at + 8), view.getUint32(at + 8, true));
    const length = Number(view.getBigUint64(at, true));
    const end = at + headBytes + length;
    if (end + sumBytes > bytes.length) return;
    const data = bytes.subarray(at + headBytes, end);
    check(where, at, data, view.getUint32(end, true));
    yield data;
    at = end + sumBytes;
  }
}
